"""Tests of internal audits."""
