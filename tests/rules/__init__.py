"""Tests of a workspace's own rules."""
