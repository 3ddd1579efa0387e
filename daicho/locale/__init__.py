"""Catalogues of the languages other than Japanese, the language of the sources."""
