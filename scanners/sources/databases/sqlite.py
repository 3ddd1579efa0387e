"""SQLite: tables of one file; who can read the file can read them all."""

# ruff: noqa: ARG002  every dialect is asked the same, not each needs to know all
from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from scanners.encodings import Decoded, decode
from scanners.sources.databases import sampling
from scanners.sources.databases.cells import LEFT_OUT, LONGEST_TEXT, gathered
from scanners.sources.databases.other import Other
from scanners.sources.databases.tables import Care, Rows, Shape, Table


class SQLite(Other):
    """The dialect of SQLite, whose columns may hold values of any type."""

    name, port, drivername = "sqlite", 0, "sqlite"

    def connect_args(self, care: Care) -> dict[str, object]:
        """Return the time to wait for a lock."""
        return {"timeout": 10}

    def schemas(self, connection: Connection) -> list[str]:
        """Return the one nameless schema."""
        return [""]

    def table(self, connection: Connection, schema: str, name: str) -> Table:
        """Return a table with the number of its rows, which are counted: their numbers may lie far apart."""
        found = super().table(connection, schema, name)
        columns = tuple(replace(each, shape=Shape.BINARY) for each in found.columns)
        rows = -1
        if not any(each.name.lower() == "rowid" for each in columns):
            try:
                found_rows = f"SELECT count(*), max(rowid) FROM {quoted(name)}"  # noqa: S608  identifiers, quoted
                count, last = connection.exec_driver_sql(found_rows).one()
                rows = int(count) if last is not None else 0
            except SQLAlchemyError:
                rows = -1  # a view, or a table without numbers
        return replace(found, columns=columns, rows=rows, stored=rows > 0, key="rowid" if rows > 0 else "")

    def complete(
        self, connection: Connection, table: Table, care: Care, after: str | None
    ) -> Iterator[Rows | str]:
        """Yield all rows; in order of their numbers, each block is one to go on from."""
        if after is None:
            yield from gathered(self._read(connection, table, care, ""))
            return
        behind = f" WHERE rowid > {int(after)}" if after else ""
        for rows in gathered(self._read(connection, table, care, f"{behind} ORDER BY rowid", ", rowid")):
            yield [row[:-1] for row in rows]
            yield rows[-1][-1]

    def sample(self, connection: Connection, table: Table, care: Care) -> Iterator[Rows | int]:
        """Yield the rows behind random row numbers."""
        ends = f"SELECT min(rowid), max(rowid) FROM {quoted(table.name)}"  # noqa: S608  identifiers, quoted
        low, high = connection.exec_driver_sql(ends).one()
        if low is None:
            yield 0
            return

        def behind(begin: int) -> Iterator[tuple[Rows, int]]:
            rest = f" WHERE rowid >= {begin} ORDER BY rowid LIMIT {sampling.BLOCK}"
            for rows in gathered(self._read(connection, table, care, rest, ", rowid")):
                yield [row[:-1] for row in rows], int(rows[-1][-1])

        yield from sampling.behind_keys(int(low), int(high), table.rows, behind)

    @staticmethod
    def _read(
        connection: Connection, table: Table, care: Care, rest: str, more: str = ""
    ) -> Iterator[tuple[object, ...]]:
        columns = ", ".join(_expression(each.name, care) for each in table.columns)
        driver: Any = connection.connection.driver_connection
        # old programs wrote texts in other encodings than the format has
        driver.text_factory = _decoded
        with closing(driver.execute(f"SELECT {columns}{more} FROM {quoted(table.name)}{rest}")) as cursor:  # noqa: S608  identifiers, quoted
            yield from cursor


def quoted(name: str) -> str:
    """Return an identifier as SQLite reads it."""
    return '"' + name.replace('"', '""') + '"'


def _expression(column: str, care: Care) -> str:
    """Return a column, any of whose values may be of any type, with what is too long cut or left out."""
    name = quoted(column)
    return (
        f"CASE WHEN typeof({name}) = 'blob' AND length({name}) > {care.largest_value} "
        f"THEN x'{LEFT_OUT.hex()}' "
        f"WHEN typeof({name}) = 'text' AND length(CAST({name} AS BLOB)) > {LONGEST_TEXT} "
        f"THEN substr({name}, 1, {LONGEST_TEXT + 1}) ELSE {name} END"
    )


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        found = decode(value)
        return found.text if isinstance(found, Decoded) else value.decode("utf-8", "replace")
