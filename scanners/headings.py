"""The heading above a value in text that is laid out as a table."""

import re
from dataclasses import dataclass

LINE_REACH = 2_000  # characters: longer lines are no rows of a table
DELIMITERS = ("\t", "|", ",", ";")
_BLANKS = " "  # the delimiter of tables that are aligned by blanks
_WORD = re.compile(r"[^ \n]+")
_DIGIT = re.compile("[0-9]")


@dataclass(frozen=True, slots=True)
class _Header:
    start: int
    delimiter: str


class Headings:
    """Finds rows and headers of one text; the lines are looked through once, when first asked."""

    def __init__(self, value: str) -> None:
        self._value = value
        self._headers: dict[int, _Header] | None = None

    def is_delimited(self, line_start: int) -> bool:
        """Say whether the line at `line_start` is a row of a delimited table."""
        header = self._header(line_start)
        return header is not None and header.delimiter != _BLANKS

    def cell(self, line_start: int, start: int, end: int) -> tuple[int, int] | None:
        """Return the bounds of the header cell above [start, end), a value on the line at `line_start`."""
        header = self._header(line_start)
        if header is None:
            return None
        if header.delimiter == _BLANKS:
            return self._aligned(header.start, line_start, start, end)
        field = self._value.count(header.delimiter, line_start, start)
        cells = self._line(header.start).split(header.delimiter)
        if field >= len(cells):
            return None
        low = header.start + sum(len(cell) + 1 for cell in cells[:field])
        return low, low + len(cells[field])

    def _header(self, line_start: int) -> _Header | None:
        if self._headers is None:
            self._headers = _headers(self._value)
        return self._headers.get(line_start)

    def _line(self, start: int) -> str:
        end = self._value.find("\n", start)
        return self._value[start : len(self._value) if end < 0 else end]

    def _aligned(self, header: int, row: int, start: int, end: int) -> tuple[int, int] | None:
        """Count words: from the left where both lines have as many, else from the right.

        Names are what holds blanks, and they stand before the numbers.
        """
        heads = [(header + word.start(), header + word.end()) for word in _WORD.finditer(self._line(header))]
        words = [(row + word.start(), row + word.end()) for word in _WORD.finditer(self._line(row))]
        if len(heads) == len(words):
            index = sum(until <= start for _, until in words)
        else:
            index = len(heads) - 1 - sum(at >= end for at, _ in words)
        return heads[index] if 0 <= index < len(heads) else None


def _headers(value: str) -> dict[int, _Header]:
    """Map the start of every row to its header.

    Delimited rows: the first of two or more lines with the same number of the same delimiter. Rows
    aligned by blanks: the last line above in the paragraph that has two words or more and no digit.
    """
    headers: dict[int, _Header] = {}
    at = block = 0
    shape: tuple[str, int] = ("", 0)
    words: int | None = None
    while at < len(value):
        end = value.find("\n", at)
        end = len(value) if end < 0 else end
        current = _shape(value, at, end)
        if current[1] and current == shape:
            headers[at] = _Header(block, current[0])
        else:
            block = at
            if words is not None and not current[1] and end - at <= LINE_REACH:
                headers[at] = _Header(words, _BLANKS)
        line = value[at:end].strip() if end - at <= LINE_REACH else ""
        if not line:
            words = None
        elif " " in line and not _DIGIT.search(line):
            words = at
        shape = current
        at = end + 1
    return headers


def _shape(value: str, start: int, end: int) -> tuple[str, int]:
    if end - start <= LINE_REACH:
        for delimiter in DELIMITERS:
            count = value.count(delimiter, start, end)
            if count:
                return delimiter, count
    return "", 0
