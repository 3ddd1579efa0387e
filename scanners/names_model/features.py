"""What the names model is told about a morpheme, as rows of its embedding tables.

The same code serves training and use, so that both can never differ.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from scanners.names_model.lexicon import Lexicon, Token

Rows = npt.NDArray[np.int32]


class Column(NamedTuple):
    """One feature and the number of rows of its table."""

    name: str
    rows: int


# Part of speech, written form and its edges as in spaCy's MultiHashEmbed (NORM, PREFIX, SUFFIX, SHAPE,
# TAG), and beside them everything the dictionary knows the word to be, whatever it is read as here.
COLUMNS: Final = (
    Column("norm", 8000),
    Column("prefix", 3000),
    Column("suffix", 3000),
    Column("shape", 1000),
    Column("tag", 500),
    Column("classes", 500),
)
# A value has four rows of its table, so that two values that share one still differ in the others.
HASHES: Final = 4
WIDTH: Final = len(COLUMNS) * HASHES
_OFFSETS: Final = np.repeat(
    np.cumsum([0, *(column.rows for column in COLUMNS[:-1])], dtype=np.int64), HASHES
).astype(np.int32)
_SIZES: Final = np.repeat(np.array([column.rows for column in COLUMNS], dtype=np.uint32), HASHES)
TABLE_ROWS: Final = sum(column.rows for column in COLUMNS)

_SCRIPTS: Final = (
    (0x0030, 0x0039, "d"), (0x0041, 0x005A, "A"), (0x0061, 0x007A, "a"), (0x00C0, 0x00DE, "A"),
    (0x00DF, 0x024F, "a"), (0x3005, 0x3007, "K"), (0x3041, 0x309F, "h"), (0x30A0, 0x30FA, "t"),
    (0x30FB, 0x30FB, "·"), (0x30FC, 0x30FF, "t"), (0x3400, 0x4DBF, "K"), (0x4E00, 0x9FFF, "K"),
    (0xF900, 0xFAFF, "K"), (0x20000, 0x323AF, "K"),
)  # fmt: skip
_MARKS: Final = frozenset(" \n\t:;,.、。()「」『』[]<>/-_@=|*&!?\"'")


@dataclass(frozen=True, slots=True)
class TokenisedLine:
    """A stretch of text in the normal spelling with its morphemes, all of them, blanks too.

    It may hold several lines. Offsets of `tokens` are offsets into `text`.
    """

    text: str
    tokens: Sequence[Token]


class Featuriser:
    """Turns morphemes into table rows and remembers the words it has met; one instance per thread."""

    def __init__(self, lexicon: Lexicon, *, keep: int) -> None:
        self._lexicon = lexicon
        self._keep = keep
        self._index: dict[tuple[str, int], int] = {}
        self._rows: Rows = np.empty((1024, WIDTH), dtype=np.int32)

    def __len__(self) -> int:
        """Return how many different morphemes are remembered."""
        return len(self._index)

    @property
    def rows(self) -> Rows:
        """The rows of every remembered morpheme, shape (len(self), WIDTH)."""
        return self._rows[: len(self._index)]

    def forget_if_full(self) -> bool:
        """Drop all when more than `keep` morphemes are remembered: earlier numbers lose their sense."""
        if len(self._index) <= self._keep:
            return False
        self._index.clear()
        return True

    def numbers(self, line: TokenisedLine) -> list[int]:
        """Return for each morpheme its number: an index into `rows`."""
        text, index = line.text, self._index
        found: list[int] = []
        for start, end, kind in line.tokens:
            key = (text[start:end], kind)
            number = index.get(key)
            found.append(self._added(key) if number is None else number)
        return found

    def _added(self, key: tuple[str, int]) -> int:
        number = len(self._index)
        if number == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[number] = hashed(values(key[0], key[1], self._lexicon))
        self._index[key] = number
        return number


def values(word: str, kind: int, lexicon: Lexicon) -> tuple[str, ...]:
    """Return the features of one morpheme, one for each of COLUMNS."""
    known = lexicon.classes(word) if len(word) < 12 else ""
    return word.lower()[:24], word[0], word[-1], shape(word), lexicon.parts[kind], known


def shape(word: str) -> str:
    """Return the scripts of a word's first characters: 「佐々木」 KKK, "Anna" Aaaa, 「カタカナ」 tttt."""
    return "".join(_script(char) for char in word[:5])


def _script(char: str) -> str:
    if char in _MARKS:
        return char
    code = ord(char)
    for first, last, script in _SCRIPTS:
        if first <= code <= last:
            return script
    return "?"


def hashed(features: Sequence[str]) -> Rows:
    """Return the table rows of the features of one morpheme, shape (WIDTH,)."""
    digest = b"".join(
        hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=4 * HASHES).digest()
        for value in features
    )
    chosen = np.frombuffer(digest, dtype="<u4") % _SIZES
    return chosen.astype(np.int32) + _OFFSETS
