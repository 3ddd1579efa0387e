"""Invented groups with planted differences and near-misses; the truth about them is told by who plants them.

Nothing here asks the product what a difference is: situations say what they expect, and folders are named
by walking over them one by one. Only `feeding` knows the registry.
"""
