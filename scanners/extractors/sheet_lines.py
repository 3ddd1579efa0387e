"""Rows of a form as lines of text, in which every place still knows its cell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from scanners.extractors.cell_names import column_letters
from scanners.model import TextSegment


@dataclass(slots=True)
class _Places:
    """Names the cell at a place of a text: filled cells with one character between each two."""

    rows: Sequence[Sequence[str]]
    first_row: int  # 1-based
    columns: Sequence[int]  # 0-based, of the cells of a row
    _starts: list[int] = field(default_factory=list)  # of each row with text
    _numbers: list[int] = field(default_factory=list)

    def __call__(self, at: int) -> str:
        if not self._starts:  # counted only for a text in which something was found
            lengths = [sum(len(cell) + 1 for cell in row if cell) for row in self.rows]
            self._numbers = [number for number, length in enumerate(lengths) if length]
            self._starts = [0, *accumulate(length for length in lengths if length)][:-1]
        line = max(0, bisect_right(self._starts, at) - 1)
        left, number = at - self._starts[line], self._numbers[line]
        column = 0
        for index, cell in enumerate(self.rows[number]):
            if cell:
                column = index
                if left <= len(cell):
                    break
                left -= len(cell) + 1
        return f"{column_letters(self.columns[column])}{self.first_row + number}"


def lines(
    name: str, rows: Sequence[Sequence[str]], row: int, columns: Sequence[int]
) -> Iterator[TextSegment]:
    """Yield rows as one text without empty cells; `row` is the first one's number, `columns` are 0-based."""
    text = "\n".join(["\t".join(filter(None, each)) for each in rows if any(each)])
    if text.strip():
        yield TextSegment(text, name, cell=_Places(rows, row, columns))
