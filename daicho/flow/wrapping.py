"""Breaks text into lines of a width: Japanese between any characters that may begin and end a line.

Line ends follow JIS X 4051 (行頭禁則・行末禁則) as far as the usual marks go. Widths are rather too wide
than too narrow for the fonts that the picture names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

_NO_BEGIN = frozenset(
    "、。，．・：；？！ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ）］｝」』】〉》〕’”,.:;?!)]}%…"
)
_NO_END = frozenset("（［｛「『【〈《〔‘“([{")
_ELLIPSIS = "…"


def width(text: str) -> float:
    """Return how wide a text is, in widths of a full-width character."""
    return sum(_width(each) for each in text)


def _width(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WFA":
        return 1.0
    if character in "ilj.,:;'|! ()[]":
        return 0.36
    return 0.72 if character.isupper() or character in "mw@%&" else 0.6


def wrap(text: str, most: float, *, lines: int) -> list[str]:
    """Return a text in at most so many lines, each at most so wide; what is left out ends in an ellipsis."""
    found = [line for part in text.splitlines() for line in _lines(part.strip(), most)]
    if len(found) <= lines:
        return found
    last = found[lines - 1]
    while last and width(last + _ELLIPSIS) > most:
        last = last[:-1]
    return [*found[: lines - 1], last.rstrip() + _ELLIPSIS]


def _lines(text: str, most: float) -> Iterator[str]:
    line = ""
    for piece in _pieces(text):
        if line and width(line + piece.rstrip()) > most:
            yield line.rstrip()
            line = ""
        rest = piece if line else piece.lstrip()
        while width(rest.rstrip()) > most:  # one word that is longer than a line
            cut = 1
            while width(rest[: cut + 1]) <= most:
                cut += 1
            yield rest[:cut]
            rest = rest[cut:]
        line += rest
    if line.strip():
        yield line.rstrip()


def _pieces(text: str) -> Iterator[str]:
    """Yield what may not be broken: words of Latin letters, single Japanese characters with their marks."""
    piece = ""
    for character in text:
        wide = unicodedata.east_asian_width(character) in "WF"
        glued = (
            not piece
            or character in _NO_BEGIN
            or piece[-1] in _NO_END
            or (not wide and not piece[-1].isspace() and unicodedata.east_asian_width(piece[-1]) not in "WF")
        )
        if glued:
            piece += character
        else:
            yield piece
            piece = character
    if piece:
        yield piece
