"""Scans on several machines: workers that read where the data lie and hand back sealed results."""
