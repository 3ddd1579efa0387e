"""Gathers lines to passages and rows to tables, for formats that mark ends of paragraphs, cells and rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanners.extractors.headings import has_header
from scanners.model import TableSegment, TextSegment

_FLUSH_CHARACTERS = 200_000
_TABLE_ROWS = 2_000


class Passages:
    """Text of one place; a table whose first row names its columns arrives as a table, others as lines."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._lines: list[str] = []
        self._length = 0
        self._rows: list[tuple[str, ...]] = []
        self._header: tuple[str, ...] | None = None
        self._first_row = 1
        self._tables = 0

    def line(self, text: str) -> Iterable[TextSegment | TableSegment]:
        """Take a paragraph; it ends a table that is open."""
        if not self._rows and self._first_row == 1:
            return self._line(text)
        return [*self._end_table(), *self._line(text)]

    def row(self, cells: tuple[str, ...]) -> Iterator[TextSegment | TableSegment]:
        """Take a row of a table."""
        if self._header is not None and self._rows and len(cells) != len(self._header):
            yield from self._end_table()
        self._rows.append(cells)
        if len(self._rows) >= _TABLE_ROWS:
            yield from self._table_rows()

    def end(self) -> Iterator[TextSegment | TableSegment]:
        """Yield what is left."""
        yield from self._end_table()
        yield from self._flush()

    def _line(self, text: str) -> Iterable[TextSegment]:
        self._lines.append(text)
        self._length += len(text) + 1
        return self._flush() if self._length > _FLUSH_CHARACTERS else ()

    def _flush(self) -> Iterator[TextSegment]:
        text = "\n".join(self._lines)
        self._lines, self._length = [], 0
        if text.strip():
            yield TextSegment(text, self.place)

    def _table_rows(self) -> Iterator[TextSegment | TableSegment]:
        rows, self._rows = self._rows, []
        if self._first_row == 1 and rows:
            wide = len(rows) >= 3 and len(rows[0]) >= 2 and all(len(row) == len(rows[0]) for row in rows)
            if wide and has_header(rows):
                self._header, rows = rows[0], rows[1:]
                self._first_row = 2
                yield from self._flush()
        if self._header is None:
            # a form: labels and values side by side read best as lines
            for row in rows:
                yield from self._line("\t".join(row))
        elif rows:
            yield TableSegment(
                f"{self.place} table {self._tables + 1}", self._header, self._first_row, tuple(rows)
            )
        self._first_row += len(rows)

    def _end_table(self) -> Iterator[TextSegment | TableSegment]:
        if not self._rows and self._first_row == 1:
            return
        yield from self._table_rows()
        self._header, self._first_row = None, 1
        self._tables += 1
