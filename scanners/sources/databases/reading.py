"""Rows of one table as blocks, with its comments, its documents and what was left out."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from sqlalchemy.engine import Connection

from scanners.extractors.interface import Member
from scanners.model import Gap, Mark, Reason, TableSegment, TextSegment
from scanners.pace import Throttle
from scanners.sources.databases import sampling
from scanners.sources.databases.cells import Cells
from scanners.sources.databases.dialects import as_gap, faults
from scanners.sources.databases.tables import Care, Dialect, Rows, Table


def blocks(
    connection: Connection, dialect: Dialect, table: Table, care: Care, behind: Mark | None = None
) -> Generator[TableSegment | TextSegment | Member | Mark | Gap, None, None]:
    """Yield a table's rows, whole or a sample; whatever stops it, what was read before stays.

    Where it can go on behind a place, that place comes first and only the rest follows.
    """
    if behind is not None and table.key and behind.columns == table.shape:
        yield behind
    else:
        behind = None
        yield from _beginning(table)
    if table.hidden and not table.columns:
        return
    reading = _Reading(table, care, behind)
    try:
        sample = dialect.sample(connection, table, care) if behind is None and care.samples(table) else None
        if sample is None:
            after = behind.key if behind else "" if care.by_key(table) else None
            yield from reading.of(dialect.complete(connection, table, care, after))
            if after is not None:
                yield reading.mark("")
        else:
            yield from reading.of(sample)
            yield sampling.told(reading.count, table.rows, reading.sampled)
    except faults() as error:
        yield as_gap(error, dialect)
    yield from reading.end()


def _beginning(table: Table) -> Iterator[TextSegment | Gap]:
    """Yield what is told of a table before its rows."""
    if table.hidden:
        total = table.hidden + len(table.columns)
        told = f"{table.hidden} of {total} columns"
        yield Gap(Reason.DENIED, told, seen=len(table.columns), total=total, unit="columns")
    if table.filtered:
        yield Gap(Reason.DENIED, "row security: only the rows that this account may see")
    yield from _comments(table)


def _comments(table: Table) -> Iterator[TextSegment]:
    """Yield what people wrote about a table and its columns: it may tell of somebody too."""
    said = [table.comment, *(each.comment for each in table.columns)]
    if text := "\n".join(filter(None, said)):
        yield TextSegment(text, "comments")


class _Reading:
    """One table while it is read: how many rows came, and from how many blocks of a sample."""

    def __init__(self, table: Table, care: Care, behind: Mark | None) -> None:
        self.count, self.sampled = behind.rows if behind else 0, 0
        self._table = table
        self._header = tuple(each.name for each in table.columns)
        comments = tuple(each.comment for each in table.columns)
        self._comments = comments if any(comments) else ()
        self._cells = Cells(table, care.largest_value, behind.left if behind else ())
        self._throttle = Throttle(care.rows_per_second, care.mb_per_second * 1e6)

    def of(self, rows: Iterator[Rows | str] | Iterator[Rows | int]) -> Iterator[TableSegment | Member | Mark]:
        """Yield blocks of rows, documents in them behind their block, and places to go on from."""
        first = not self.count
        for block in rows:
            if isinstance(block, int):
                self.sampled = block
                continue
            if isinstance(block, str):
                yield self.mark(block)
                continue
            first = False
            yield self._segment(self._cells.taken(block, self.count + 1))
            yield from self._cells.members()
            self.count += len(block)
            if not self._throttle.idle:
                self._throttle.passed(len(block), sum(len(cell) for row in block for cell in row))
        if first:
            yield self._segment(())

    def mark(self, key: str) -> Mark:
        """Return the place behind what was read so far."""
        return Mark(key, self.count, self._table.shape, self._cells.left)

    def _segment(self, rows: tuple[tuple[str, ...], ...]) -> TableSegment:
        return TableSegment(self._table.name, self._header, self.count + 1, rows, comments=self._comments)

    def end(self) -> Iterator[Gap]:
        """Yield what was left out of the cells."""
        yield from self._cells.end()
