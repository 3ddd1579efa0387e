"""The heading above a value in text that is laid out as a table."""

import re

import numpy as np

from scanners.layout import (
    BLANK,
    CODE,
    DASH,
    DELIMITER,
    DIGIT,
    KANJI,
    KATAKANA,
    SPACE,
    TAB,
    Layout,
    Mask,
    Places,
)

LINE_REACH = 2_000  # characters: longer lines are no rows of a table
DELIMITERS = ("\t", "|", ",", ";")
_BLANKS = len(DELIMITERS)  # the delimiter of tables that are aligned by blanks
_NONE = -1
_WORD = re.compile(r"[^ \n]+")
_CELL = re.compile(r"[^ \n]+(?: [^ \n]+)*")


class Headings:
    """Finds rows and headers of one text; the lines are looked through once, when first asked."""

    def __init__(self, value: str, layout: Layout) -> None:
        self._value = value
        self._layout = layout
        self._headers: list[int] = []  # by line: the line that heads it, or _NONE
        self._delimiters: list[int] = []  # by line: of its row

    def is_headed(self, line: int) -> bool:
        """Say whether a header stands above line number `line`."""
        return (self._headers or self._looked_up())[line] != _NONE

    def is_delimited(self, line: int) -> bool:
        """Say whether line number `line` is a row of a delimited table below a header."""
        return self._header(line) != _NONE and self._delimiters[line] != _BLANKS

    def cell(self, line: int, start: int, end: int) -> tuple[int, int] | None:
        """Return the bounds of the header cell above [start, end), a value on line number `line`."""
        header = self._header(line)
        if header == _NONE:
            return None
        line_start, header_start = self._start(line), self._start(header)
        if self._delimiters[line] == _BLANKS:
            return self._aligned(header_start, line_start, start, end)
        delimiter = DELIMITERS[self._delimiters[line]]
        field = _counted_outside(self._value[line_start:start], delimiter)
        cells = self._line(header_start).split(delimiter)
        if field >= len(cells):
            return None
        low = header_start + sum(len(cell) + 1 for cell in cells[:field])
        return low, low + len(cells[field])

    def _header(self, line: int) -> int:
        return (self._headers or self._looked_up())[line]

    def _looked_up(self) -> list[int]:
        headers, delimiters = _headers(self._layout)
        self._headers, self._delimiters = headers.tolist(), delimiters.tolist()
        return self._headers

    def _start(self, line: int) -> int:
        return int(self._layout.line_starts[line])

    def _line(self, start: int) -> str:
        end = self._value.find("\n", start)
        return self._value[start : len(self._value) if end < 0 else end]

    def _parts(self, pattern: re.Pattern[str], line: int) -> list[tuple[int, int]]:
        return [(line + part.start(), line + part.end()) for part in pattern.finditer(self._line(line))]

    def _aligned(self, header: int, row: int, start: int, end: int) -> tuple[int, int] | None:
        """Count cells from the left where two blanks part them and none is missing before the last.

        Else count words: from the left where both lines have as many, or from the right, because names
        are what holds blanks, and they stand before the numbers.
        """
        heads = self._parts(_CELL, header)
        cells = self._parts(_CELL, row)
        if 1 < len(cells) <= len(heads):
            return heads[sum(until <= start for _, until in cells)]
        heads = self._parts(_WORD, header)
        words = self._parts(_WORD, row)
        if len(heads) == len(words):
            index = sum(until <= start for _, until in words)
        else:
            index = len(heads) - 1 - sum(at >= end for at, _ in words)
        return heads[index] if 0 <= index < len(heads) else None


def _headers(layout: Layout) -> tuple[Places, Places]:
    """Return for every line the line that heads it and the delimiter of the row (an index).

    Delimited rows: the first of two or more lines with the same number of the same delimiter. Rows
    aligned by blanks: the last line above in the paragraph that has two words or more and no digit.
    """
    starts, ends = layout.line_starts, layout.line_ends
    number = np.arange(len(starts))
    short = ends - starts <= LINE_REACH
    delimiter, count = _shapes(layout, short)
    kinds = layout.seen(starts, ends)
    ruled = (kinds & (CODE | KANJI | KATAKANA) == 0) & (kinds & DASH != 0)  # +-----+ parts no table
    (rows,) = (~ruled).nonzero()
    same = (count[rows[1:]] > 0) & (delimiter[rows[1:]] == delimiter[rows[:-1]])
    same &= count[rows[1:]] == count[rows[:-1]]
    follows = np.zeros(len(starts), dtype=np.bool_)
    follows[rows[1:]] = same
    first = np.zeros(len(starts), dtype=np.int64)
    first[rows] = np.maximum.accumulate(np.where(follows[rows], 0, rows))

    empty = ~short | (kinds & ~np.uint16(BLANK) == 0)
    titled = ~empty & (kinds & DIGIT == 0) & (kinds & SPACE != 0)
    titled[titled] = layout.has_words(starts[titled], ends[titled])
    title, gap = np.full(len(starts), _NONE), np.full(len(starts), _NONE)
    title[1:] = np.maximum.accumulate(np.where(titled, number, _NONE))[:-1]
    gap[1:] = np.maximum.accumulate(np.where(empty, number, _NONE))[:-1]
    aligned = short & (count == 0) & (title > gap)

    headers = np.where(follows, first, np.where(aligned, title, _NONE))
    return headers, np.where(follows, delimiter, _BLANKS)


def _counted_outside(text: str, delimiter: str) -> int:
    """Count the delimiters that stand outside quotes: "Kasugai 2298, 35" is one field of CSV."""
    if '"' not in text or delimiter != ",":
        return text.count(delimiter)
    return sum(part.count(delimiter) for part in text.split('"')[::2])


def _outside_quotes(layout: Layout, places: Places) -> Places:
    """Return the places before which an even number of quotes stands on their line."""
    quotes = layout.places_of('"')
    if not len(quotes) or not len(places):
        return places
    starts = layout.line_starts[np.searchsorted(layout.breaks, places)]
    even: Mask = (np.searchsorted(quotes, places) - np.searchsorted(quotes, starts)) % 2 == 0
    return places[even]


def _shapes(layout: Layout, short: Mask) -> tuple[Places, Places]:
    """Return for every line its delimiter, the first that stands in it, and how often."""
    delimiter, count = np.zeros_like(layout.line_starts), np.zeros_like(layout.line_starts)
    places = layout.places_of_kinds(TAB | DELIMITER)
    codes = layout.codes_at(places)
    for index in reversed(range(len(DELIMITERS))):
        own = places[codes == ord(DELIMITERS[index])]
        if not len(own):
            continue
        if DELIMITERS[index] == ",":
            own = _outside_quotes(layout, own)
        here = np.searchsorted(own, layout.line_ends) - np.searchsorted(own, layout.line_starts)
        own = short & (here > 0)
        delimiter[own], count[own] = index, here[own]
    return delimiter, count
