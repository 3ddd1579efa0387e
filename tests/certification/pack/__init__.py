"""Evidence packs: their bag, seal and verifier."""
