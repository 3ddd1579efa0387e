"""Complaints and consultations 苦情・相談 (J.11.1): received, answered, closed by another person, counted."""
