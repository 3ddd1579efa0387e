"""SQLite files found in a share: every table is an object of its own, read from a copy in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget, Extracted, Member, Tables, size_of
from scanners.extractors.package import MALFORMED
from scanners.model import Gap, Reason, TableSegment

BLOCK_ROWS = 2_000
_LARGEST = 512 << 20
_JOURNAL_MODE = slice(18, 20)  # file format versions: 2 means a write-ahead log, which memory cannot have
_ROLLBACK_JOURNAL = b"\x01\x01"


def _text(value: object) -> str:
    match value:
        case str():
            return value
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case _:
            return ""


def _decoded(value: bytes) -> str:
    return value.decode("utf-8", errors="replace")


class SqliteFile:
    """Tables and views of a database file."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield one member for each table; raises `ExtractionError` when the file is damaged or too large."""
        if size_of(stream) > _LARGEST:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {_LARGEST} bytes"))
        image = bytearray(stream.read())
        budget.spend(len(image))
        if image[_JOURNAL_MODE] == b"\x02\x02":
            image[_JOURNAL_MODE] = _ROLLBACK_JOURNAL
        connection = sqlite3.connect(":memory:")
        try:
            connection.text_factory = _decoded
            connection.deserialize(bytes(image))
            connection.execute("PRAGMA query_only=ON")
            connection.execute("PRAGMA trusted_schema=OFF")
            names = connection.execute(
                "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
                "AND substr(name, 1, 7) <> 'sqlite_' ORDER BY name"
            ).fetchall()
            for (name,) in names:
                budget.member()
                yield Member(str(name), _blocks(connection, str(name)), 0)
        except (sqlite3.Error, *MALFORMED) as error:
            raise ExtractionError(Gap(Reason.DAMAGED, type(error).__name__)) from None
        finally:
            connection.close()


def _blocks(connection: sqlite3.Connection, name: str) -> Tables:
    quoted = name.replace('"', '""')
    try:
        cursor = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608  an identifier, quoted
        header = tuple(str(column[0]) for column in cursor.description)
        first = 1
        while True:
            rows = tuple(tuple(map(_text, row)) for row in cursor.fetchmany(BLOCK_ROWS))
            if rows or first == 1:
                yield TableSegment(name, header, first, rows)
            if not rows:
                return
            first += len(rows)
    except (sqlite3.Error, *MALFORMED) as error:
        yield Gap(Reason.DAMAGED, type(error).__name__)
