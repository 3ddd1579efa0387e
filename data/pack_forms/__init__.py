"""Application forms and documents of evidence packs, and the words in them."""
