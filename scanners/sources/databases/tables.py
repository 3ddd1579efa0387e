"""Tables as every database tells of them, and what a dialect has to offer."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.engine import Connection

from scanners.sources.interface import Readers

Rows = Sequence[tuple[str, ...]]
READ_AT_ONCE = 100_000  # rows: what is read in less than a minute may as well begin again


class Block(list[tuple[str, ...]]):
    """Rows that know how long they are together: most are shorter than one value that would be too long."""

    def __init__(self, rows: Iterable[tuple[str, ...]], letters: int) -> None:
        """Take rows of at most so many letters (or bytes, of which no letter has less than one)."""
        super().__init__(rows)
        self.letters = letters


class Shape(enum.Enum):
    """How a column's values have to be looked at."""

    TEXT = "text"
    JSON = "json"
    BINARY = "binary"  # may arrive as hexadecimal digits: see `cells.BINARY`


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `sql` is the type as the database calls it, in lower case."""

    name: str
    sql: str = ""
    comment: str = ""
    shape: Shape = Shape.TEXT
    utf8: bool = False  # a text that its database keeps in UTF-8


@dataclass(frozen=True, slots=True)
class Table:
    """One table or view; `rows` and `pages` are the server's own estimate, -1 where it has none."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    comment: str = ""
    rows: int = -1
    pages: int = -1
    key: str = ""  # the one column of whole numbers that is the primary key
    hidden: int = 0  # columns that the account may not read
    stored: bool = True  # False: a view or foreign table, which cannot be sampled
    alone: bool = False  # what inherits from it is listed apart
    filtered: bool = False  # the server shows this account only some of the rows

    @property
    def shape(self) -> tuple[str, ...]:
        """Key and columns: as long as they stay, reading can go on where it was."""
        return (self.key, *(f"{each.name} {each.sql}" for each in self.columns))


@dataclass(frozen=True, slots=True)
class Care:
    """How gently a database is read (URL options)."""

    mode: str = ""  # "sample", "complete"; empty: large tables are sampled
    sample_above: int = 500_000  # rows
    statement_timeout: int = 3_600  # seconds: what a worker has for one table
    lock_timeout: int = 5  # seconds
    rows_per_second: float = 0  # 0: as fast as it goes
    mb_per_second: float = 0.0
    largest_value: int = 16 << 20  # bytes of one value that is opened as a document

    def samples(self, table: Table) -> bool:
        """Tell whether a table is read in part: by choice, or because it is large."""
        if self.mode == "complete" or not table.stored:
            return False
        if table.rows < 0:
            return self.mode == "sample" or table.pages * 50 > self.sample_above
        return self.mode == "sample" or table.rows > self.sample_above

    def by_key(self, table: Table) -> bool:
        """Tell whether a table is read in order of its key: it takes long, and may be cut short."""
        slowed = self.rows_per_second or self.mb_per_second
        return bool(table.key) and (bool(slowed) or not 0 <= table.rows <= READ_AT_ONCE)


class Missing(Exception):  # noqa: N818  what happened
    """A table that is not there any more."""


class Dialect(Protocol):
    """What one kind of database is asked, each in its own words."""

    name: str
    port: int  # 0: a file
    drivername: str
    denied: frozenset[str]  # codes of errors
    vanished: frozenset[str]
    timed: frozenset[str]

    def schemas(self, connection: Connection) -> list[str]:
        """Return every schema that the account sees, the database's own left out, sorted."""
        ...

    def names(self, connection: Connection, schema: str) -> list[str]:
        """Return tables, views and what else holds rows in a schema, partitions left out, sorted."""
        ...

    def table(self, connection: Connection, schema: str, name: str) -> Table:
        """Return what is known of a table; raises `Missing`."""
        ...

    def begin(self, connection: Connection, care: Care) -> None:
        """Begin one read-only transaction with a snapshot and time limits, as far as there are any."""
        ...

    def complete(
        self, connection: Connection, table: Table, care: Care, after: str | None
    ) -> Iterator[Rows | str]:
        """Yield all rows as text, in whatever order is fastest.

        Where `after` is given they come in order of the key behind it, empty: from the first one on, and
        between them now and then the key from which reading can go on.
        """
        ...

    def sample(self, connection: Connection, table: Table, care: Care) -> Iterator[Rows | int] | None:
        """Yield rows of a sample, then how many blocks they came from; None where it cannot be done."""
        ...

    def unread(self, connection: Connection) -> Iterator[str]:
        """Yield in words what the database holds beside its tables and nobody reads."""
        ...

    def connect_args(self, care: Care) -> dict[str, object]:
        """Return what the driver is told: how long it waits for an answer, and who asks."""
        ...

    def readers(self, connection: Connection, schema: str, name: str) -> Readers:
        """Return who can read a table."""
        ...
