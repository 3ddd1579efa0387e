"""Texts, names and plan of the invented demonstration group; nobody and nothing real is meant."""
