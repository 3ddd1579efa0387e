"""Planted values must never be seen outside the files they were planted in."""
