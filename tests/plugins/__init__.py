"""Rules of this test suite that pytest itself does not know."""
