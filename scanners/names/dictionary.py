"""The morphological dictionary as far as names need it: tokens with their kind, and what a word can be.

SudachiPy (Apache-2.0) in split mode A, which keeps 山田|太郎|課長 apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

from sudachipy import Config, Dictionary, SplitMode

from data import read_lines
from scanners.names.morphemes import CHUNK, Morphemes, Piece

# What a word may be by itself: the flags of `NameDictionary.may_begin`.
PERSON: Final = 1
SURNAME: Final = 2
_PERSONAL: Final = frozenset(("姓", "名"))
_LONGEST: Final = 8  # kanji of a compound that is taken apart

_KANJI: Final = re.compile(r"[一-龥々㐀-䶵豈-龎]")
_SURNAME_BEGINS: Final = re.compile("[一-龥々〆㐀-䶵豈-龎ヶケノツ]")


@cache
def foreign_in_katakana() -> frozenset[str]:
    """Return common names from outside Japan as Japanese writes them."""
    return frozenset(name for line in read_lines("names_katakana.txt") for name in line.split())


class Token(NamedTuple):
    """One morpheme by code-point offsets into the passage; `kind` is the part-of-speech id."""

    start: int
    end: int
    kind: int


class NameDictionary:
    """Tokens and word classes; one instance per thread (a tokenizer is not shared)."""

    def __init__(self) -> None:
        # The text is normalised already, and numbers matter to nobody here: the tokenizer's own
        # rewriting would take a third of its time.
        dictionary: Any = Dictionary(config=Config(inputTextPlugin=[], pathRewritePlugin=[]))
        self._tokenizer = dictionary.create(mode=SplitMode.A, fields={"pos"})
        self._lookup = dictionary.lookup
        self.family: frozenset[int] = _ids(dictionary, ("人名", "姓"))
        self.given: frozenset[int] = _ids(dictionary, ("人名", "名"))
        self.person: frozenset[int] = self.family | self.given | _ids(dictionary, ("人名", "一般"))
        self.classes = lru_cache(maxsize=100_000)(self._classes)
        self._is_plain = lru_cache(maxsize=100_000)(self._plain)
        self.may_begin = lru_cache(maxsize=100_000)(self._may_begin)

    def morphemes(self, text: str, pieces: Sequence[Piece]) -> Morphemes:
        """Return the morphemes of some stretches of `text`, together at most CHUNK characters."""
        return Morphemes(text, pieces, self._tokenizer)

    def tokens(self, text: str, start: int, end: int) -> list[Token]:
        """Return the tokens of text[start:end], at most CHUNK characters, offsets into `text`."""
        morphemes = self._tokenizer.tokenize(text[start:end])
        return [
            Token(start + each.begin(), start + each.end(), each.part_of_speech_id()) for each in morphemes
        ]

    def is_family(self, word: str) -> bool:
        """Return True when the dictionary knows the word as a surname, whatever else it may be."""
        return "姓" in self.classes(word)

    def is_given(self, word: str) -> bool:
        """Return True when the dictionary knows the word as a given name."""
        return "名" in self.classes(word)

    def is_common(self, word: str) -> bool:
        """Return True when the dictionary knows the word as something else than a name or a place."""
        return "他" in self.classes(word)

    def is_deed(self, word: str) -> bool:
        """Return True for nouns that する makes verbs of, and no names: 「点検」, 「提出」."""
        return "為" in self.classes(word) and not self.is_family(word)

    def is_ordinary(self, run: str) -> bool:
        """Return True for dictionary words of at most three kanji each, none of which can be a name."""
        if len(run) <= 3:
            return self._is_plain(run)
        return len(run) <= _LONGEST and any(
            self._is_plain(run[:cut]) and self.is_ordinary(run[cut:]) for cut in (2, 3)
        )

    def _plain(self, word: str) -> bool:
        classes = self.classes(word)
        return "他" in classes and classes.isdisjoint(("姓", "名"))

    def _may_begin(self, word: str) -> int:
        """Return PERSON where some reading of the word is a name, SURNAME where a surname may begin so."""
        classes = self.classes(word)
        # What no dictionary holds may still be tagged as a name.
        person = PERSON if not classes or not classes.isdisjoint(("姓", "名")) else 0
        return person | (SURNAME if len(word) <= 4 and _SURNAME_BEGINS.match(word) else 0)

    def _classes(self, word: str) -> frozenset[str]:
        if word in foreign_in_katakana():
            return _PERSONAL  # the dictionary knows タマン and カルキ as places or peoples at best
        found: set[str] = set()
        for entry in self._lookup(word):
            part = entry.part_of_speech()
            if part[2] == "人名":
                found.update(("姓", "名") if part[3] == "一般" else (part[3],))
            elif part[2] == "サ変可能":
                found.update(("他", "為"))
            else:
                found.add("地" if part[2] == "地名" else "他")
        return frozenset(found)


def _ids(dictionary: Any, kind: tuple[str, str]) -> frozenset[int]:
    found: set[int] = set()
    for number in range(10_000):
        try:
            part = dictionary.pos_of(number)
        except (IndexError, ValueError):
            break
        if part is None:
            break
        if tuple(part[2:4]) == kind:
            found.add(number)
    return frozenset(found)


def chunks(text: str) -> Iterator[tuple[int, int]]:
    """Yield bounds of whole lines that hold kanji, together at most CHUNK characters each."""
    start = end = 0
    while end < len(text):
        line_end = text.find("\n", end)
        line_end = len(text) if line_end < 0 else line_end + 1
        wanted = _KANJI.search(text, end, line_end) is not None
        if not wanted or line_end - start > CHUNK:
            if end > start:
                yield from _pieces(start, end)
            start = end if wanted else line_end
        end = line_end
    if end > start:
        yield from _pieces(start, end)


def _pieces(start: int, end: int) -> Iterator[tuple[int, int]]:
    for at in range(start, end, CHUNK):
        yield at, min(end, at + CHUNK)
