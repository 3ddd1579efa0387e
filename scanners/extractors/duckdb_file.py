"""DuckDB files, read in place: the library opens paths only. Nothing is written, nothing outside reached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.cell_values import Binaries, shown
from scanners.extractors.interface import Budget, Extracted, Member, Tables
from scanners.extractors.package import MALFORMED
from scanners.extractors.sqlite_file import local_path
from scanners.model import Gap, Reason, TableSegment

if TYPE_CHECKING:
    import duckdb

BLOCK_ROWS = 2_000
_SETTINGS = {
    "access_mode": "READ_ONLY",
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "temp_directory": "",
    "threads": "1",
    "memory_limit": "256MB",
}
_TABLES = "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal ORDER BY ALL"


class DuckdbFile:
    """Tables of a database file; views hold nothing of their own."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield one member for each table; raises `ExtractionError` for a file that lies in an archive."""
        import duckdb

        path = local_path(stream)
        if path is None:
            raise ExtractionError(Gap(Reason.UNSUPPORTED, "a DuckDB file is read only where it is a file"))
        try:
            connection = duckdb.connect(path, config=dict(_SETTINGS))
        except (duckdb.Error, *MALFORMED) as error:
            raise ExtractionError(_told(error)) from None
        binaries = Binaries()
        try:
            connection.execute("SET lock_configuration = true")
            for schema, table in connection.execute(_TABLES).fetchall():
                budget.member()
                name = table if schema == "main" else f"{schema}.{table}"
                yield Member(name, _blocks(connection, (schema, table), name, binaries, budget), 0)
                yield from binaries.members()
        except (duckdb.Error, *MALFORMED) as error:
            raise ExtractionError(_told(error)) from None
        finally:
            connection.close()
        yield from binaries.gap()


def _told(error: Exception) -> Gap:
    words = str(error).lower()
    if "encrypt" in words:
        return Gap(Reason.ENCRYPTED)
    if "storage version" in words or "newer version" in words:
        return Gap(Reason.UNSUPPORTED, "written by a version of DuckDB that this one cannot read")
    return Gap(Reason.DAMAGED, type(error).__name__)


def _blocks(
    connection: duckdb.DuckDBPyConnection,
    place: tuple[str, str],
    name: str,
    binaries: Binaries,
    budget: Budget,
) -> Tables:
    import duckdb

    schema, table = (part.replace('"', '""') for part in place)
    count = 0
    try:
        cursor = connection.execute(f'SELECT * FROM "{schema}"."{table}"')  # noqa: S608  identifiers, quoted
        header = tuple(str(column[0]) for column in cursor.description or ())
        while True:
            rows: list[tuple[str, ...]] = []
            for row in cursor.fetchmany(BLOCK_ROWS):
                cells = []
                for column, value in zip(header, row, strict=True):
                    text = shown(value)
                    if text is None and isinstance(value, bytes):
                        binaries.take(f"{name}.{column}[{count + len(rows) + 1}]", value, budget)
                    cells.append(text or "")
                rows.append(tuple(cells))
            if rows or not count:
                budget.spend(sum(len(cell) for row in rows for cell in row))
                yield TableSegment(name, header, count + 1, tuple(rows))
            if not rows:
                return
            count += len(rows)
    except (duckdb.Error, *MALFORMED) as error:
        yield Gap(Reason.DAMAGED, f"{type(error).__name__} after {count} rows")
