"""SQLite files: every table is an object of its own, read in place or from a copy in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from scanners.encodings import Decoded, decode
from scanners.errors import ExtractionError
from scanners.extractors.cell_values import Binaries, shown
from scanners.extractors.interface import Budget, Extracted, Member, Tables, size_of
from scanners.extractors.package import MALFORMED
from scanners.model import Gap, Reason, TableSegment, TextSegment

BLOCK_ROWS = 2_000
_BLOCK_CHARACTERS = 8 << 20  # after which a block of long rows ends
_MOST_ROWS = 500  # taken between two looks at how long they are
_LARGEST = 384 << 20  # of copies in memory: SQLite makes one more
_JOURNAL_MODE = slice(18, 20)  # file format versions: 2 means a write-ahead log, which memory cannot have
_ROLLBACK_JOURNAL = b"\x01\x01"
_OPEN_FILES = ("/proc/self/fd", "/dev/fd")
_FREE_PAGES = slice(36, 40)
_TABLES = (
    "SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
)
_REMARKS = (
    "SELECT name, sql FROM sqlite_master WHERE type IN ('view', 'trigger') "
    "OR sql LIKE '%--%' OR sql LIKE '%/*%' ORDER BY name"
)


def local_path(stream: BinaryIO) -> str | None:
    """Return a path by which a library may open the very file that is open here; None for bytes in memory."""
    try:
        number = stream.fileno()
    except (OSError, AttributeError):
        return None
    return next((path for folder in _OPEN_FILES if Path(path := f"{folder}/{number}").exists()), None)


@dataclass(slots=True)
class _Texts:
    """Decodes texts: UTF-8 by the format, whatever old programs wrote in fact."""

    damaged: int = 0
    binaries: Binaries = field(default_factory=Binaries)
    with_binaries: bool = False

    def decoded(self, value: bytes) -> str:
        """Return a text; what no encoding explains stands as U+FFFD and is counted."""
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            found = decode(value)
            text = found.text if isinstance(found, Decoded) else value.decode("utf-8", "replace")
            self.damaged += text.count("\ufffd")
            return text

    def cell(self, value: object) -> str:
        """Return a cell as text; a binary value that may be a document is noted for the second pass."""
        if type(value) is str:
            return value
        text = shown(value)
        if text is None:
            self.with_binaries = True
        return text or ""


class SqliteFile:
    """Tables of a database file; views and indexes hold nothing of their own."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield one member for each table, and the documents in its cells.

        Raises `ExtractionError` when the file is damaged or too large.
        """
        head = stream.read(100)
        texts = _Texts()
        connection = _opened(stream, budget)
        try:
            connection.text_factory = texts.decoded
            connection.execute("PRAGMA query_only=ON")
            connection.execute("PRAGMA trusted_schema=OFF")
            for (name,) in connection.execute(_TABLES).fetchall():
                budget.member()
                texts.with_binaries = False
                yield Member(str(name), _blocks(connection, str(name), texts, budget), 0)
                if texts.with_binaries:
                    yield from _documents(connection, str(name), texts, budget)
            for name, sql in connection.execute(_REMARKS).fetchall():
                yield TextSegment(str(sql), f"schema: {name}")
        except (sqlite3.Error, *MALFORMED) as error:
            raise ExtractionError(Gap(Reason.DAMAGED, type(error).__name__)) from None
        finally:
            connection.close()
        if texts.damaged:
            yield Gap(Reason.UNDECODABLE, f"{texts.damaged} characters")
        yield from texts.binaries.gap()
        if free := int.from_bytes(head[_FREE_PAGES], "big"):
            yield Member("free pages", None, 0, gap=Gap(Reason.EXCLUDED, f"{free} pages of deleted rows"))


def _opened(stream: BinaryIO, budget: Budget) -> sqlite3.Connection:
    """Open the file itself where it is one, read-only and without its log; else a copy in memory."""
    path = local_path(stream)
    if path is not None:
        try:
            connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
            connection.execute("PRAGMA schema_version")
        except sqlite3.DatabaseError:
            pass  # not allowed to open a path, or damaged: the copy tells which
        else:
            return connection
    if size_of(stream) > _LARGEST:
        raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {_LARGEST} bytes"))
    image = bytearray(stream.read())
    budget.spend(len(image))
    if image[_JOURNAL_MODE] == b"\x02\x02":
        image[_JOURNAL_MODE] = _ROLLBACK_JOURNAL
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(image)
    except (sqlite3.Error, *MALFORMED) as error:
        connection.close()
        raise ExtractionError(Gap(Reason.DAMAGED, type(error).__name__)) from None
    return connection


def _select(connection: sqlite3.Connection, name: str) -> sqlite3.Cursor:
    quoted = name.replace('"', '""')
    return connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608  an identifier, quoted


def _blocks(connection: sqlite3.Connection, name: str, texts: _Texts, budget: Budget) -> Tables:
    """Yield a table from its start; behind a damaged page from its end backwards, as far as it goes."""
    reading = _Reading(connection, name, texts, budget)
    try:
        yield from reading.rows("")
    except (sqlite3.Error, *MALFORMED) as error:
        if "no such module" in str(error):
            yield Gap(Reason.UNSUPPORTED, "virtual table")
            return
        before = reading.count
        if reading.last is not None:
            with suppress(sqlite3.Error, *MALFORMED):
                yield from reading.rows(f" WHERE rowid > {reading.last} ORDER BY rowid DESC")
        told = f"{type(error).__name__} after {before} rows"
        behind = reading.count - before
        yield Gap(Reason.DAMAGED, f"{told}, {behind} more read behind it" if behind else told)


@dataclass(slots=True)
class _Reading:
    """One table while it is read, and where it stands."""

    connection: sqlite3.Connection
    name: str
    texts: _Texts
    budget: Budget
    count: int = 0
    last: int | None = None  # rowid, where the table has one

    def rows(self, condition: str) -> Tables:
        """Yield blocks of rows; raises what SQLite raises at a damaged page, after the rows before it."""
        cursor, hidden = self._opened(condition)
        header = tuple(str(column[0]) for column in cursor.description[hidden:])
        error: sqlite3.Error | None = None
        step = 1
        while error is None:
            rows: list[tuple[str, ...]] = []
            size, ended, cell = 0, False, self.texts.cell
            while len(rows) < BLOCK_ROWS and size < _BLOCK_CHARACTERS and not ended and error is None:
                before, row = len(rows), None
                try:
                    for row in islice(cursor, min(step, BLOCK_ROWS - before)):
                        rows.append(tuple(map(cell, row[1:] if hidden else row)))
                except sqlite3.Error as found:
                    error = found
                if hidden and row is not None:
                    self.last = int(row[0])
                ended = row is None
                added = sum(sum(map(len, cells)) for cells in rows[before:])
                self.budget.spend(added)
                size += added
                step = min(step * 2, _MOST_ROWS) if added < _BLOCK_CHARACTERS // 8 else 1
            if rows or not self.count:
                yield TableSegment(self.name, header, self.count + 1, tuple(rows))
            self.count += len(rows)
            if ended and error is None:
                return
        raise error

    def _opened(self, condition: str) -> tuple[sqlite3.Cursor, int]:
        """Return a cursor, and 1 where the row's own number stands before its columns."""
        quoted = self.name.replace('"', '""')
        try:
            sql = f'SELECT rowid, * FROM "{quoted}"{condition}'  # noqa: S608  an identifier, quoted; a number
            cursor = self.connection.execute(sql)
        except sqlite3.OperationalError:
            if condition:
                raise
            return _select(self.connection, self.name), 0
        names = [str(column[0]).lower() for column in cursor.description]
        if "rowid" in names[1:]:  # a column of that name hides the number
            return _select(self.connection, self.name), 0
        return cursor, 1


def _documents(
    connection: sqlite3.Connection, name: str, texts: _Texts, budget: Budget
) -> Iterator[Extracted]:
    """Yield the documents in a table's cells in a second pass, so that few are held at once."""
    try:
        cursor = _select(connection, name)
        columns = [str(column[0]) for column in cursor.description]
        for number, row in enumerate(cursor, start=1):
            for column, value in zip(columns, row, strict=True):
                if isinstance(value, bytes) and shown(value) is None:
                    budget.spend(len(value))
                    texts.binaries.take(f"{name}.{column}[{number}]", value, budget)
            yield from texts.binaries.members()
    except sqlite3.Error:
        return  # the first pass has told it
