"""What the English model is told about a word, as rows of its tables; words that were met are remembered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from scanners.names_english.hashing import HASHES, string_number, table_rows
from scanners.names_english.tokens import Specials, split, stretches

Rows = npt.NDArray[np.int32]

# Normal form, first character, last three, shape: the rows and the seed of each table, one below the other.
TABLES: Final = ((5000, 8), (1000, 9), (2500, 10), (2500, 11))
TABLE_ROWS: Final = sum(size for size, _ in TABLES)
_LONG_SHAPE: Final = 100


class WordLists:
    """Contractions, normal forms and reserved words, as the model's files give them."""

    def __init__(self, specials: Specials, norms: Mapping[str, str], reserved: Mapping[str, int]) -> None:
        """Take `norms` by the number of the word in decimal digits, and numbers that are no hash."""
        self.specials = specials
        self._norms = {int(number): norm for number, norm in norms.items()}
        self._reserved = reserved
        self.number = lru_cache(maxsize=20_000)(self._number)

    def _number(self, text: str) -> int:
        reserved = self._reserved.get(text)
        return string_number(text) if reserved is None else reserved

    def norm(self, word: str) -> str:
        """Return the normal form of a word: American spelling, straight quotes, lower case."""
        return self._norms.get(self._number(word)) or word.lower()


class Vocabulary:
    """Numbers the words of texts and keeps their table rows; one instance per thread."""

    def __init__(self, lists: WordLists, *, keep: int) -> None:
        self._lists = lists
        self._keep = keep
        self._stretches: dict[str, list[tuple[int, int, int]]] = {}
        self._index: dict[tuple[str, str], int] = {}
        self._numbers: list[tuple[int, int, int, int]] = []
        self.blank: list[bool] = []  # by number of the word

    def __len__(self) -> int:
        """Return how many different words are remembered."""
        return len(self._index)

    def forget_if_full(self) -> bool:
        """Drop all when more than `keep` words or stretches are remembered; numbers then lose their sense."""
        if max(len(self._index), len(self._stretches)) <= self._keep:
            return False
        for each in (self._stretches, self._index, self._numbers, self.blank):
            each.clear()
        return True

    def read(self, text: str) -> list[tuple[int, int, int]]:
        """Return start, end and number of every word of a text."""
        found: list[tuple[int, int, int]] = []
        known = self._stretches
        for start, end in stretches(text):
            stretch = text[start:end]
            parts = known.get(stretch)
            if parts is None:
                parts = known[stretch] = self._split(stretch)
            for first, stop, number in parts:
                found.append((start + first, start + stop, number))
        return found

    def _split(self, stretch: str) -> list[tuple[int, int, int]]:
        return [
            (first, stop, self._word(stretch[first:stop], norm))
            for first, stop, norm in split(stretch, self._lists.specials)
        ]

    def _word(self, word: str, norm: str | None) -> int:
        key = (word, self._lists.norm(word) if norm is None else norm)
        number = self._index.get(key)
        if number is None:
            number = self._index[key] = len(self._numbers)
            values = (key[1], word[0], word[-3:], shape(word))
            first, second, third, fourth = map(self._lists.number, values)
            self._numbers.append((first, second, third, fourth))
            self.blank.append(word.isspace())
        return number

    def rows(self, first: int, stop: int) -> Rows:
        """Return the table rows of the words [first, stop), shape (stop - first, 4 * HASHES)."""
        numbers = np.array(self._numbers[first:stop], dtype=np.uint64).reshape(-1, len(TABLES))
        found = np.empty((len(numbers), len(TABLES) * HASHES), dtype=np.int32)
        below = 0
        for index, (size, seed) in enumerate(TABLES):
            part = table_rows(numbers[:, index], seed, size)
            found[:, index * HASHES : (index + 1) * HASHES] = part + below
            below += size
        return found


def shape(word: str) -> str:
    """Return a word's letters as X and x, digits as d, runs cut to four: "McKenzie2026" XxXxxxxdddd."""
    if len(word) >= _LONG_SHAPE:
        return "LONG"
    found: list[str] = []
    last, run = "", 0
    for char in word:
        sign = ("X" if char.isupper() else "x") if char.isalpha() else "d" if char.isdigit() else char
        run = run + 1 if sign == last else 1
        last = sign
        if run <= 4:
            found.append(sign)
    return "".join(found)
