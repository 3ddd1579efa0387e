"""Training of the models in `data/models`; no part of the running product."""
