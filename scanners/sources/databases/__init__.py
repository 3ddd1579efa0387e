"""Databases: what each one calls things, in a module of its own; what is alike for all beside them."""
