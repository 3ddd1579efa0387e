"""Text of one byte a letter: Western, Central European, Cyrillic, Greek, Turkish, Hebrew, Arabic, Thai.

Every code page gives a meaning to nearly every byte, so that only likelihood tells them apart: which letters
of which language there are, and whether capitals and scripts stand where writers put them.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np

from scanners.letters import ASCII, language_costs

_UNSAID = 30.0  # a byte without meaning in the code page
_CONTROL = 25.0
_SIGN = 10.0  # a symbol that texts rarely hold
_FOREIGN = 11.0  # a letter of another language
# Code page, what it costs to believe in it beside its likelier twins, its languages.
_PAGES: tuple[tuple[str, float, tuple[str, ...]], ...] = (
    ("cp1252", 0.0, ("de", "fr", "es", "it", "pt", "sv", "is")),
    ("iso8859-15", 1.0, ("de", "fr", "es", "it", "pt", "sv")),
    ("cp850", 5.0, ("de", "fr", "es", "it", "pt", "sv")),
    ("mac_roman", 5.0, ("de", "fr", "es", "it", "pt", "sv")),
    ("cp1250", 2.5, ("pl", "cs", "hu", "ro", "de")),
    ("iso8859-2", 3.0, ("pl", "cs", "hu", "ro")),
    ("cp1251", 0.0, ("ru", "uk")),
    ("koi8-r", 1.0, ("ru",)),
    ("koi8-u", 1.5, ("uk",)),
    ("iso8859-5", 2.0, ("ru", "uk")),
    ("cp866", 1.0, ("ru",)),
    ("cp1253", 0.0, ("el",)),
    ("iso8859-7", 1.0, ("el",)),
    ("cp1254", 0.5, ("tr",)),
    ("cp1255", 0.0, ("he",)),
    ("cp1256", 0.0, ("ar",)),
    ("iso8859-6", 1.0, ("ar",)),
    ("cp874", 0.0, ("th",)),
)
_LATIN = frozenset({"cp1252", "iso8859-15", "cp850", "mac_roman", "cp1250", "iso8859-2", "cp1254"})
_BREAKS = (b"lu", b"au", b"lA")  # a capital inside a word
_MIXED = tuple(bytes(pair) for a in b"aA" for b in b"luo" for pair in ((a, b), (b, a)))


@dataclass(frozen=True, slots=True)
class Guess:
    """A code page, and what it costs to believe in it."""

    encoding: str
    cost: float
    mean: float  # of a character beyond ASCII


def _meaning(page: str, byte: int) -> str:
    return bytes((byte,)).decode(page, errors="replace")


def _byte_costs(page: str, language: str) -> list[float]:
    known = language_costs(language)
    costs = [0.0] * 128
    for byte in range(128, 256):
        character = _meaning(page, byte)
        if character in known:
            costs.append(known[character])
        elif character == "\ufffd":
            costs.append(_UNSAID)
        elif unicodedata.category(character) == "Cc":
            costs.append(_CONTROL)
        else:
            costs.append(_FOREIGN if character.isalpha() else _SIGN)
    return costs


def _kind(character: str) -> str:
    """Tell small from capital, ASCII from others, marks that need a letter before them, and the rest."""
    category = unicodedata.category(character)
    if character.isascii():
        return "a" if category == "Ll" else "A" if category == "Lu" else "."
    if category == "Mn":
        return "m"
    return {"Ll": "l", "Lu": "u"}.get(category, "o" if category.startswith("L") else ".")


@cache
def _kinds(page: str) -> bytes:
    return "".join(_kind(_meaning(page, byte)) for byte in range(256)).encode()


@cache
def _matrix() -> tuple[list[str], list[float], np.ndarray]:
    pairs = [(page, prior, language) for page, prior, languages in _PAGES for language in languages]
    costs = np.array([_byte_costs(page, language) for page, _, language in pairs])
    return [page for page, _, _ in pairs], [prior for _, prior, _ in pairs], costs


def _misplaced(page: str, data: bytes) -> float:
    """Return the cost of letters where no writer puts them."""
    kinds = data.translate(_kinds(page))
    cost = 6.0 * sum(kinds.count(each) for each in _BREAKS) + 6.0 * (kinds.count(b".m") + kinds.count(b"am"))
    if page in _LATIN:
        return cost + 4.0 * (kinds.count(b"lll") + kinds.count(b"uuu")) + 2.0 * kinds.count(b".l.")
    return cost + 5.0 * sum(kinds.count(each) for each in _MIXED)


def guess(data: bytes) -> Guess:
    """Return the likeliest code page of some bytes, however unlikely."""
    pages, priors, costs = _matrix()
    counted = np.bincount(np.frombuffer(data, dtype=np.uint8), minlength=256)
    high = max(1, int(counted[128:].sum()))
    totals = costs @ counted + np.array(priors)
    misplaced = {page: _misplaced(page, data) for page in dict.fromkeys(pages)}
    totals = totals + np.array([misplaced[page] for page in pages])
    best = int(totals.argmin())
    return Guess(pages[best], float(totals[best]) + ASCII * (len(data) - high), float(totals[best]) / high)
