"""Where digits, letters, delimiters and lines stand in a text: arrays made in one pass over it."""

from __future__ import annotations

import sys
from functools import cache, cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]  # offsets into the text
Mask = NDArray[np.bool_]

DIGIT: Final = 1 << 0  # ASCII, as the letters are
LOWER: Final = 1 << 1
UPPER: Final = 1 << 2
KATAKANA: Final = 1 << 3
BREAK: Final = 1 << 4
SPACE: Final = 1 << 5
TAB: Final = 1 << 6
DELIMITER: Final = 1 << 7  # "|", "," and ";"
STOP: Final = 1 << 8
DASH: Final = 1 << 9  # "-" and "/"
UNDERSCORE: Final = 1 << 10
SIGN: Final = 1 << 11  # "\", "#" and "$": they make a code of the digits behind them
PERCENT: Final = 1 << 12
KANJI: Final = 1 << 13  # and hiragana: whatever Japanese words are written with beside katakana
OTHER: Final = 1 << 14
MARK: Final = 1 << 15  # "(", ")" and ":"

LETTER: Final = LOWER | UPPER
CODE: Final = DIGIT | LETTER
BLANK: Final = SPACE | TAB
_MARGIN: Final = 16
_PIECE: Final = 1 << 20  # characters whose code points are looked up at a time


def _kinds() -> NDArray[np.uint16]:
    kinds = np.full(sys.maxunicode + 1, OTHER, dtype=np.uint16)
    for first, last, kind in (
        ("0", "9", DIGIT),
        ("a", "z", LOWER),
        ("A", "Z", UPPER),
        ("ァ", "ヺ", KATAKANA),
        ("ー", "ー", KATAKANA),
        ("ぁ", "ん", KANJI),
        ("々", "々", KANJI),
        ("一", "龥", KANJI),
        ("-", "-", DASH),
        ("/", "/", DASH),
    ):
        kinds[ord(first) : ord(last) + 1] = kind
    for chars, kind in (
        ("\n", BREAK),
        (" ", SPACE),
        ("\t", TAB),
        ("|,;", DELIMITER),
        (".", STOP),
        ("_", UNDERSCORE),
        ("\\#$", SIGN),
        ("%", PERCENT),
        ("():", MARK),
    ):
        kinds[[ord(char) for char in chars]] = kind
    return kinds


_KINDS: Final = _kinds()


class Layout:
    """The kinds of all characters of a text, and its lines.

    Offsets may lie up to _MARGIN characters outside the text: there stand blanks.
    """

    def __init__(self, value: str) -> None:
        self.length = len(value)
        self._codes = code_points(value)
        self._around = np.full(len(value) + 2 * _MARGIN, SPACE, dtype=np.uint16)
        self.kinds = self._around[_MARGIN:-_MARGIN]
        for at in range(0, len(value), _PIECE):
            piece = slice(at, at + _PIECE)
            np.take(_KINDS, self._codes[piece], out=self.kinds[piece], mode="clip")

    @cached_property
    def breaks(self) -> Places:
        """Offsets of the line breaks."""
        return self.places_of("\n")

    @cached_property
    def line_starts(self) -> Places:
        """Offsets where lines begin; the text after the last break is a line as well."""
        return np.concatenate(([0], self.breaks + 1))

    @cached_property
    def line_ends(self) -> Places:
        """Offsets of the ends of the lines, without their breaks."""
        return np.concatenate((self.breaks, [self.length]))

    @cached_property
    def blank_lines(self) -> Places:
        """Offsets of the breaks behind which a line without a word and its break follow."""
        starts, ends = self.breaks[:-1] + 1, self.breaks[1:]
        empty = starts == ends
        (rest,) = (~empty).nonzero()
        empty[rest] = self.seen(starts[rest], ends[rest]) & ~np.uint16(BLANK) == 0
        before: Places = starts[empty] - 1
        return before

    def at(self, places: Places) -> NDArray[np.uint16]:
        """Return the kinds of the characters at `places`."""
        return self._around.take(places + _MARGIN)

    def is_one_of(self, places: Places, chars: str) -> Mask:
        """Say whether the characters at `places` are among `chars`."""
        if not self.length:
            return np.zeros(len(places), dtype=np.bool_)
        codes = self._codes.take(places, mode="clip")
        found = np.zeros(len(places), dtype=np.bool_)
        for char in chars:
            found |= codes == ord(char)
        return found & (places >= 0) & (places < self.length)

    def within(self, places: Places, first: str, last: str) -> Mask:
        """Say whether the characters at `places` lie between two code points, both included."""
        if not self.length:
            return np.zeros(len(places), dtype=np.bool_)
        codes = self._codes.take(places, mode="clip")
        inside: Mask = (codes >= ord(first)) & (codes <= ord(last)) & (places >= 0) & (places < self.length)
        return inside

    def has_one_of(self, places: Places, chars: str) -> Mask:
        """Say for each row of `places` whether one of the characters there is among `chars`."""
        if not self.length:
            return np.zeros(len(places), dtype=np.bool_)
        found: Mask = np.any(_table_of(chars).take(self._codes.take(places, mode="clip")), axis=1)
        return found

    def codes_at(self, places: Places) -> Places:
        """Return the code points at `places`, those of the ends outside the text."""
        codes: Places = self._codes.take(places, mode="clip").astype(np.int64)
        return codes

    def digits_at(self, places: Places) -> Places:
        """Return the values of the ASCII digits at `places` (of any shape), others as negative numbers."""
        values = self.codes_at(places) - ord("0")
        return np.where(values > 9, -1, values)

    def beyond(self, places: Places, kinds: int, most: int, step: int = 1) -> Places:
        """Return the places moved by `step` as long as characters of `kinds` stand there, `most` times."""
        moved = places
        for _ in range(most):
            moved = moved + step * (self.at(moved) & kinds != 0)
        return moved

    def seen(self, starts: Places, ends: Places) -> NDArray[np.uint16]:
        """Return all kinds that stand in each [start, end), or'ed; spans that hold nothing have none.

        Ordered spans cost no more than the text that they cover and that lies between them.
        """
        found = np.zeros(len(starts), dtype=np.uint16)
        (filled,) = (starts < ends).nonzero()
        if len(filled):
            bounds = np.empty(2 * len(filled), dtype=np.int64)
            bounds[::2], bounds[1::2] = starts[filled], ends[filled]
            found[filled] = np.bitwise_or.reduceat(self._around[_MARGIN:], bounds)[::2]
        return found

    def has_words(self, starts: Places, ends: Places) -> Mask:
        """Say which [start, end) hold two words or more; they begin at lines and overlap nowhere."""
        lengths = ends - starts
        lines = np.repeat(np.arange(len(starts)), lengths)
        places = np.arange(len(lines)) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
        begun = (self.at(places) & BLANK == 0) & (self.at(places - 1) & (BLANK | BREAK) != 0)
        several: Mask = np.bincount(lines[begun], minlength=len(starts)) > 1
        return several

    def places_of_kinds(self, kinds: int) -> Places:
        """Return the offsets of all characters of these kinds."""
        places: Places = (self.kinds & kinds).nonzero()[0]
        return places

    def places_of(self, char: str) -> Places:
        """Return the offsets of a character."""
        places: Places = (self._codes == ord(char)).nonzero()[0]
        return places


@cache
def _table_of(chars: str) -> Mask:
    """Return for every code point whether it is among `chars`."""
    table = np.zeros(sys.maxunicode + 1, dtype=np.bool_)
    table[[ord(char) for char in chars]] = True
    return table


def code_points(value: str) -> NDArray[np.uint8] | NDArray[np.uint32]:
    """Return the code points of a text, in bytes where it is plain ASCII."""
    if value.isascii():
        return np.frombuffer(value.encode("ascii"), dtype=np.uint8)
    return np.frombuffer(value.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
