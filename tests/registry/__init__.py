"""Tests of the registry's store and services."""
