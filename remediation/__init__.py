"""The hands of the platform: alone here is anything written or removed at the places that scans read.

Nothing that scans imports this (an import contract), and it is off until `[remediation]` is set.
"""
