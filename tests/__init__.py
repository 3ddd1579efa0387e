"""Everything that proves what Daicho promises; see docs/testing.md."""
