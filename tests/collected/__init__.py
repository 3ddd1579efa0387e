"""What comes from afar: sealed results, kits of collectors, and their files."""
