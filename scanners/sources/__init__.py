"""Places that hold objects: each source lists everything in scope, or says why it cannot."""
