"""Servers of the tests, one file each: started by whoever asks first, gone with the session."""
