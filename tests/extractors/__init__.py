"""Readers: what they find, and how they end on hostile input."""
