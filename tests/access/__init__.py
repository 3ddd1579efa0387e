"""Access over legal entities, units and affiliations: the matrix, the separation, the duties."""
