"""Masks: enough of a value to recognise it in its place, too little to learn it from the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from scanners.model import Category, Match

DOT: Final = "●"

# Codes whose every digit is secret: none is shown (My Number Act Art. 12 and 19; PCI DSS is laxer).
_NOTHING_SHOWN: Final = frozenset({Category.MY_NUMBER})
_MOBILE_PREFIXES: Final = ("070", "080", "090")


class _Hidden(dict[int, str]):
    """What stands for each letter: itself or a dot."""

    def __missing__(self, code: int) -> str:
        # Anything that could carry meaning counts: half-width voice marks and iteration marks too.
        letter = chr(code)
        shown = letter.isspace() or letter in "-‐‑‒–—―−－/.,()（）@+〒:・･年月日"
        self[code] = letter if shown else DOT
        return self[code]


_HIDDEN: Final = _Hidden()


def mask(category: Category, value: str) -> str:
    """Return the value with its letters and digits replaced by ●, at most a third of them left.

    Separators stay, so that the shape is seen. Values under three letters or digits show none, the
    My Number never any. A mobile number shows its network prefix, which is public, and two of the
    eight subscriber digits; a date of birth its century; a name its first character.
    """
    masked = value.translate(_HIDDEN)
    if category in _NOTHING_SHOWN:
        return masked
    letters = list(masked)
    for index in _shown(category, value, [index for index, letter in enumerate(letters) if letter == DOT]):
        letters[index] = value[index]
    return "".join(letters)


def mask_matches(text: str, matches: Sequence[Match]) -> str:
    """Return the text with every match replaced by its mask; overlapping matches are merged and blanked."""
    pieces: list[str] = []
    position = 0
    for match in sorted(matches, key=lambda each: (each.start, -each.end)):
        if match.end <= position:
            continue
        start = max(match.start, position)
        pieces.append(text[position:start])
        value = text[start : match.end]
        # What is left of an overlapped match says nothing of its own shape any more.
        pieces.append(mask(match.category, value) if start == match.start else DOT * len(value))
        position = match.end
    pieces.append(text[position:])
    return "".join(pieces)


def _shown(category: Category, value: str, places: list[int]) -> list[int]:
    allowed = len(places) // 3
    if category is Category.PHONE:
        if len(places) == 11 and "".join([value[index] for index in places[:3]]) in _MOBILE_PREFIXES:
            return [*places[:3], *places[-2:]]
        return places[: min(2, allowed)]
    if category is Category.DOB:
        return places[: min(2, allowed)]
    if category is Category.ADDRESS:
        return places[: min(3, allowed)]
    if category in (Category.CREDIT_CARD, Category.BANK_ACCOUNT):
        return places[len(places) - min(2, allowed) :]
    return places[: min(1, allowed)]
