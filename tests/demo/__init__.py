"""The demonstration group is what it says it is."""
