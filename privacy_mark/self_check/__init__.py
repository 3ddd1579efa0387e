"""Global Security Self Check: overseas companies answer once a year, headquarters samples and verifies."""
