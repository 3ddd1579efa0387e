"""Scans on several machines."""
