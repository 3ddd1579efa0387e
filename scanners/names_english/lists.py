"""Word lists about English names."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import yaml

from data import read_lines, read_text
from scanners.names.spelling import english_given_names

_LISTS: Final[dict[str, list[str]]] = yaml.safe_load(read_text("lexicon_english.yaml"))

ROLES: Final = frozenset(_LISTS["roles"])
THINGS: Final = frozenset(_LISTS["things"])
NOT_NAMES: Final = frozenset(_LISTS["not_names"])


@cache
def given_names() -> frozenset[str]:
    """Return common given names of the world in lower case, Latin letters."""
    lines: Any = read_lines("given_names_world.txt")
    return english_given_names() | frozenset(name.lower() for line in lines for name in line.split())


@cache
def surnames() -> frozenset[str]:
    """Return common surnames outside Japan and the English-speaking countries in lower case."""
    lines: Any = read_lines("surnames_world.txt")
    return frozenset(name.lower() for line in lines for name in line.split())
