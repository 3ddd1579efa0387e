"""Readers: each turns one kind of bytes into text and tables with locations."""
