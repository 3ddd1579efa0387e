"""Screens of the dashboard: one file per page; pages ask services and decide nothing."""
