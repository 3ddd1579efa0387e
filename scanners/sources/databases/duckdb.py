"""DuckDB: tables of one file, opened without writing to it and with nothing outside reachable."""

# ruff: noqa: ARG002  every dialect is asked the same, not each needs to know all
from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy.engine import Connection

from scanners.model import Exposure
from scanners.sources.databases.cells import LONGEST_TEXT, TOO_LARGE, gathered
from scanners.sources.databases.tables import Care, Column, Missing, Rows, Shape, Table
from scanners.sources.interface import Readers

if TYPE_CHECKING:
    import duckdb

SAMPLED_ROWS = 10_000  # each drawn for itself: far more than the 459 that are needed
SETTINGS = {
    "access_mode": "READ_ONLY",
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "temp_directory": "",
    "threads": "1",
    "memory_limit": "512MB",
}
_SCHEMAS = """SELECT schema_name FROM duckdb_tables() WHERE NOT internal
UNION SELECT schema_name FROM duckdb_views() WHERE NOT internal ORDER BY 1"""
_NAMES = """SELECT table_name FROM duckdb_tables() WHERE NOT internal AND schema_name = $1
UNION SELECT view_name FROM duckdb_views() WHERE NOT internal AND schema_name = $1 ORDER BY 1"""
_TABLE = """SELECT coalesce(comment, ''), estimated_size, true FROM duckdb_tables()
WHERE schema_name = $1 AND table_name = $2
UNION ALL SELECT coalesce(comment, ''), -1, false FROM duckdb_views()
WHERE schema_name = $1 AND view_name = $2"""
_COLUMNS = """SELECT column_name, lower(data_type), coalesce(comment, '') FROM duckdb_columns()
WHERE schema_name = $1 AND table_name = $2 ORDER BY column_index"""


def quoted(name: str) -> str:
    """Return an identifier as DuckDB reads it."""
    return '"' + name.replace('"', '""') + '"'


def _raw(connection: Connection) -> duckdb.DuckDBPyConnection:
    """Return the connection itself: SQLAlchemy has no dialect for it here."""
    return cast("duckdb.DuckDBPyConnection", connection)


class DuckDB:
    """The dialect of DuckDB; its connection is the library's own."""

    name, port, drivername = "duckdb", 0, "duckdb"
    denied: frozenset[str] = frozenset()
    vanished = frozenset({"CatalogException"})
    timed: frozenset[str] = frozenset()

    def connect_args(self, care: Care) -> dict[str, Any]:
        """Return the settings of every connection."""
        return dict(SETTINGS)

    def schemas(self, connection: Connection) -> list[str]:
        """Return the schemas of the file."""
        return [str(name) for (name,) in _raw(connection).execute(_SCHEMAS).fetchall()]

    def names(self, connection: Connection, schema: str) -> list[str]:
        """Return tables and views."""
        return [str(name) for (name,) in _raw(connection).execute(_NAMES, [schema]).fetchall()]

    def table(self, connection: Connection, schema: str, name: str) -> Table:
        """Return what the catalogue tells."""
        row = _raw(connection).execute(_TABLE, [schema, name]).fetchone()
        if row is None:
            raise Missing
        shapes = {"blob": Shape.BINARY, "json": Shape.JSON}
        found = _raw(connection).execute(_COLUMNS, [schema, name]).fetchall()
        columns = [Column(title, sql, told, shapes.get(sql, Shape.TEXT)) for title, sql, told in found]
        return Table(schema, name, tuple(columns), str(row[0]), int(row[1]), stored=bool(row[2]))

    def begin(self, connection: Connection, care: Care) -> None:
        """Begin a transaction; the file is open for reading only."""
        _raw(connection).execute("SET lock_configuration = true")
        _raw(connection).execute("BEGIN TRANSACTION")

    def complete(self, connection: Connection, table: Table, care: Care, after: str | None) -> Iterator[Rows]:
        """Yield all rows in one stream."""
        yield from self._selected(connection, table, care, "")

    def sample(self, connection: Connection, table: Table, care: Care) -> Iterator[Rows | int]:
        """Yield rows drawn one by one, and how many they were."""
        seen = 0
        for rows in self._selected(connection, table, care, f" USING SAMPLE reservoir({SAMPLED_ROWS} ROWS)"):
            seen += len(rows)
            yield rows
        yield seen

    @staticmethod
    def _selected(connection: Connection, table: Table, care: Care, rest: str) -> Iterator[Rows]:
        columns = ", ".join(_expression(each, care) for each in table.columns)
        place = f"{quoted(table.schema)}.{quoted(table.name)}"
        result = _raw(connection).execute(f"SELECT {columns} FROM {place}{rest}")  # noqa: S608  identifiers, quoted
        yield from gathered(iter(result.fetchone, None))

    def unread(self, connection: Connection) -> Iterator[str]:
        """Yield nothing that is known."""
        yield from ()

    def readers(self, connection: Connection, schema: str, name: str) -> Readers:
        """Return unknown: who can read the file is told by the file."""
        return Readers(Exposure.UNKNOWN)


def _expression(column: Column, care: Care) -> str:
    name = quoted(column.name)
    if column.shape is Shape.BINARY:
        most = care.largest_value
        return (
            f"CASE WHEN octet_length({name}) <= {most} THEN chr(1) || hex({name}) "
            f"WHEN {name} IS NOT NULL THEN '{TOO_LARGE}' ELSE '' END"
        )
    return f"coalesce(left(CAST({name} AS VARCHAR), {LONGEST_TEXT + 1}), '')"
