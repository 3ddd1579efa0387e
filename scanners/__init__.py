"""Finds personal information in files, mail, archives and databases, and never stores a raw value."""
