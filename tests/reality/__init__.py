"""Tests of what scans found and how it compares with the ledger."""
