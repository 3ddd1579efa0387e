"""The morphological dictionary as the names model needs it: morphemes, their kinds, what a word can be.

SudachiPy (Apache-2.0) in split mode A, which keeps 山田|太郎|課長 apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sudachipy import Dictionary, SplitMode

# The tokenizer takes at most 49,149 bytes a call; a character of the normal spelling has four at most.
LONGEST: Final = 12_000


class Token(NamedTuple):
    """One morpheme by code points of its line; `kind` is the dictionary's id of the part of speech."""

    start: int
    end: int
    kind: int


class Lexicon:
    """Morphemes and word classes; one instance per thread (a tokenizer is not shared, a dictionary is)."""

    def __init__(self, dictionary: Any = None) -> None:
        opened: Any = Dictionary() if dictionary is None else dictionary
        self._tokenizer = opened.create(mode=SplitMode.A)
        self._lookup = opened.lookup
        self.parts: tuple[str, ...] = _part_names(opened)
        self.person: frozenset[int] = frozenset(
            number for number, part in enumerate(self.parts) if "-人名-" in part
        )
        self.classes = lru_cache(maxsize=60_000)(self._classes)

    def tokens(self, text: str, start: int, end: int) -> list[Token]:
        """Return the morphemes of text[start:end], LONGEST characters at most, by offsets from `start`."""
        found: list[Token] = []
        for each in self._tokenizer.tokenize(text[start:end]):
            begin, stop = each.begin(), each.end()
            if stop > begin:
                found.append(Token(begin, stop, each.part_of_speech_id()))
        return found

    def _classes(self, word: str) -> str:
        """Return what the dictionary knows a word to be: 姓 and 名 of persons, 地 places, 他 others."""
        found: set[str] = set()
        for entry in self._lookup(word):
            part = entry.part_of_speech()
            if part[2] == "人名":
                found.update(("姓", "名") if part[3] == "一般" else (part[3],))
            else:
                found.add("地" if part[2] == "地名" else "他")
        return "".join(sorted(found))


def _part_names(dictionary: Any) -> tuple[str, ...]:
    """Return the name of every part of speech by its id: 「名詞-固有名詞-人名-姓」."""
    found: list[str] = []
    while True:
        try:
            part = dictionary.pos_of(len(found))
        except (IndexError, ValueError):
            part = None
        if part is None:
            return tuple(found)
        found.append("-".join(part[:4]))


def pieces(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield bounds of parts that the tokenizer takes."""
    for at in range(start, end, LONGEST):
        yield at, min(at + LONGEST, end)
