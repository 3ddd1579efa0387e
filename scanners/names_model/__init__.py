"""The statistical tier of names: a small neural tagger over the morphemes of lines that may hold a name."""
