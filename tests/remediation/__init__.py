"""Tests of remediation: the hands, the services, and what becomes of both when they are cut short."""
