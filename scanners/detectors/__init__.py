"""Detectors: each finds one or more categories of personal information in text."""
