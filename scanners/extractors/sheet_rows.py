"""Rows of a worksheet laid out as a table, or as several where they lie far apart."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice

from scanners.extractors.cells import Row
from scanners.extractors.interface import Extracted
from scanners.extractors.sheet_lines import lines
from scanners.extractors.spreadsheet import SheetPlace, sheet_segments
from scanners.model import TextSegment

_PEEKED = 1_000  # rows by which the width of a table is told
_FAR = 40  # empty rows after which another table begins
_WIDEST = 1_500  # columns of a table; what lies beyond is read as lines


def laid_out(shown: str, found: Iterator[Row]) -> Iterator[Extracted]:
    """Yield a sheet's rows: near ones together, each part with its place; memory stays small."""
    waiting = next(found, None)
    while waiting is not None:
        head = [waiting]
        waiting = None
        for row in islice(found, _PEEKED - 1):
            if not 0 < row.number - head[-1].number <= _FAR:
                waiting = row
                break
            head.append(row)
        columns = sorted({column for row in head for column in row.cells})
        first = columns[0]
        last = max(column for column in columns if column - first < _WIDEST)
        run = _Run(chain(head, found) if waiting is None else iter(head), first, last, shown)
        yield from sheet_segments(SheetPlace(shown, head[0].number, first), run.rows())
        yield from run.beyond
        waiting = waiting or run.waiting


class _Run:
    """Rows that lie near one another, all of one width."""

    def __init__(self, found: Iterator[Row], first: int, last: int, shown: str) -> None:
        self._found = found
        self._first, self._last = first, last
        self._shown = shown
        self.beyond: list[TextSegment] = []
        self.waiting: Row | None = None

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Yield each row from the first column to the last, empty ones between them too."""
        before = 0
        columns = range(self._first, self._last + 1)
        empty = ("",) * len(columns)
        for row in self._found:
            if before and not 0 < row.number - before <= _FAR:
                self.waiting = row
                return
            for _ in range(row.number - before - 1 if before else 0):
                yield empty
            before = row.number
            get = row.cells.get
            yield tuple([get(column, "") for column in columns])
            if max(row.cells) > self._last or min(row.cells) < self._first:
                outside = {column: text for column, text in row.cells.items() if column not in columns}
                self.beyond += lines(self._shown, [[*outside.values()]], row.number, [*outside])
