"""Sources: local folders and databases."""
