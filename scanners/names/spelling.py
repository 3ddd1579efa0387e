"""How names are spelt in Latin script."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from data import read_lines

_ROMAJI_WORD: Final = re.compile(
    r"(?:(?:[kgsztdnhbpmyrwfjv]|ch|sh|ts|[kgsztdnhbpmr]y|kk|tt|pp|ss|tch|ssh|mb|mp)?[aiueo]"
    r"|n(?![aiueoy])|oh(?![aiueo]))+",
    re.IGNORECASE,
)


@cache
def english_given_names() -> frozenset[str]:
    """Return common English given names in lower case."""
    return frozenset(name.lower() for name in read_lines("given_names_en.txt"))


def is_romaji(word: str) -> bool:
    """Return True when a Latin word of two syllables or more is spelt like Japanese (Hepburn)."""
    return 3 <= len(word) <= 16 and _ROMAJI_WORD.fullmatch(word) is not None
