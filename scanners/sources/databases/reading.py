"""Rows of one table as blocks, with its comments, its documents and what was left out."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from sqlalchemy.engine import Connection

from scanners.extractors.interface import Member
from scanners.model import Gap, Reason, TableSegment, TextSegment
from scanners.pace import Throttle
from scanners.sources.databases import sampling
from scanners.sources.databases.cells import Cells
from scanners.sources.databases.dialects import as_gap, faults
from scanners.sources.databases.tables import Care, Dialect, Rows, Table


def blocks(
    connection: Connection, dialect: Dialect, table: Table, care: Care, after: str | None = None
) -> Generator[TableSegment | TextSegment | Member | Gap, None, None]:
    """Yield a table's rows, whole or a sample; whatever stops it, what was read before stays."""
    if table.hidden:
        total = table.hidden + len(table.columns)
        told = f"{table.hidden} of {total} columns"
        yield Gap(Reason.DENIED, told, seen=len(table.columns), total=total, unit="columns")
        if not table.columns:
            return
    if table.filtered:
        yield Gap(Reason.DENIED, "row security: only the rows that this account may see")
    yield from _comments(table)
    reading = _Reading(table, care)
    try:
        sample = dialect.sample(connection, table, care) if care.samples(table) else None
        if sample is None:
            yield from reading.of(dialect.complete(connection, table, care, after))
        else:
            yield from reading.of(sample)
            yield sampling.told(reading.count, table.rows, reading.sampled)
    except faults() as error:
        yield as_gap(error, dialect)
    yield from reading.end()


def _comments(table: Table) -> Iterator[TextSegment]:
    """Yield what people wrote about a table and its columns: it may tell of somebody too."""
    said = [table.comment, *(each.comment for each in table.columns)]
    if text := "\n".join(filter(None, said)):
        yield TextSegment(text, "comments")


class _Reading:
    """One table while it is read: how many rows came, and from how many blocks of a sample."""

    def __init__(self, table: Table, care: Care) -> None:
        self.count = self.sampled = 0
        self._table = table
        self._header = tuple(each.name for each in table.columns)
        comments = tuple(each.comment for each in table.columns)
        self._comments = comments if any(comments) else ()
        self._cells = Cells(table, care.largest_value)
        self._throttle = Throttle(care.rows_per_second, care.mb_per_second * 1e6)

    def of(self, rows: Iterator[Rows] | Iterator[Rows | int]) -> Iterator[TableSegment | Member]:
        """Yield blocks of rows, and documents in them behind their block."""
        first = True
        for block in rows:
            if isinstance(block, int):
                self.sampled = block
                continue
            first = False
            yield self._segment(self._cells.taken(block, self.count + 1))
            yield from self._cells.members()
            self.count += len(block)
            if not self._throttle.idle:
                self._throttle.passed(len(block), sum(len(cell) for row in block for cell in row))
        if first:
            yield self._segment(())

    def _segment(self, rows: tuple[tuple[str, ...], ...]) -> TableSegment:
        return TableSegment(self._table.name, self._header, self.count + 1, rows, comments=self._comments)

    def end(self) -> Iterator[Gap]:
        """Yield what was left out of the cells."""
        yield from self._cells.end()
