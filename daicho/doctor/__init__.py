"""Checks a deployment and says of each fault what it means and what to do."""
