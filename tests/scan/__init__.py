"""The scan as a whole: outcomes, isolation, names, reports."""
