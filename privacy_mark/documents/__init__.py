"""Internal rules 内部規程 (J.4.5.4): written, approved by another person, given out, read."""
