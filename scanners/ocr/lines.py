"""Words of an engine put together to lines: Japanese is written without the spaces that engines put in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

_WIDE = r"\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff9f々〆〇"
_SPACE_BESIDE_WIDE = re.compile(rf"(?<=[{_WIDE}]) (?=[{_WIDE}0-9])|(?<=[0-9]) (?=[{_WIDE}])")
_SPACE_IN_NUMBER = re.compile(r"(?<=\d) ?([-‐−ー]) ?(?=\d)")
_GAP = 1.2  # of the line's height: a wider space parts two cells or columns
_LEAST_CONFIDENCE = 20.0
_FEWEST_ALONE = 12


class Word(NamedTuple):
    """What an engine took for one word, and where."""

    text: str
    confidence: float  # 0 to 100
    line: tuple[int, ...]
    left: int
    top: int
    width: int
    height: int


def joined(words: Sequence[Word]) -> str:
    """Return the text of a picture, line by line; cells of a row are parted by a tab."""
    return "\n".join(
        filter(None, (_line(list(group)) for _, group in groupby(words, key=lambda word: word.line)))
    )


def _line(words: list[Word]) -> str:
    words = [word for word in words if word.confidence >= _LEAST_CONFIDENCE]
    if not words:
        return ""
    height = sorted(word.height for word in words)[len(words) // 2] or 1
    parts, before = [words[0].text], words[0]
    for word in words[1:]:
        wide = word.left - (before.left + before.width) > _GAP * height
        parts += ["\t" if wide else " ", word.text]
        before = word
    return tidy("".join(parts))


def runs_down(words: Sequence[Word]) -> bool:
    """Tell whether lines were read across columns that run downwards: single letters, far from each other."""
    alone = sum(
        1
        for before, word in pairwise(words)
        if len(word.text) == 1
        and before.line == word.line
        and word.left - (before.left + before.width) > _GAP * max(word.height, before.height)
    )
    return alone >= _FEWEST_ALONE and alone > len(words) / 2


def tidy(text: str) -> str:
    """Return a line without spaces between Japanese letters and numbers, nor around hyphens in numbers."""
    return _SPACE_IN_NUMBER.sub(r"\1", _SPACE_BESIDE_WIDE.sub("", text)).strip()


def confidence(words: Iterable[Word]) -> float:
    """Return the mean confidence, each word counted by its length; 0 without words."""
    weighed = [(len(word.text), word.confidence) for word in words]
    letters = sum(length for length, _ in weighed)
    return sum(length * sure for length, sure in weighed) / letters if letters else 0.0
