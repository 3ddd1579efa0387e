"""DuckDB files, read in place: the library opens paths only. Nothing is written, nothing outside reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
FEW_ROWS = 16  # of tables with binary columns, at a time
_BINARY = "AND data_type = 'BLOB'"
_NOT_BINARY = "AND data_type NOT LIKE '%BLOB%'"
_SETTINGS = {
    "access_mode": "READ_ONLY",
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "temp_directory": "",
    "threads": "1",
    "memory_limit": "512MB",  # 2,048 rows of a column are unpacked at once
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
                reading = _Table(connection, str(schema), str(table), name, budget)
                yield Member(name, reading.blocks(), 0)
                if reading.with_binaries:
                    yield from reading.documents(binaries)
        except (duckdb.Error, *MALFORMED) as error:
            raise ExtractionError(_told(error)) from None
        finally:
            connection.close()
        yield from binaries.gap()


def _told(error: Exception) -> Gap:
    words = str(error).lower()
    if type(error).__name__ == "OutOfMemoryException":
        return Gap(Reason.MEMORY_LIMIT)
    if "encrypt" in words:
        return Gap(Reason.ENCRYPTED)
    if "storage version" in words or "newer version" in words:
        return Gap(Reason.UNSUPPORTED, "written by a version of DuckDB that this one cannot read")
    return Gap(Reason.DAMAGED, type(error).__name__)


@dataclass(slots=True)
class _Table:
    """One table while it is read; of binary values few are held at a time."""

    connection: duckdb.DuckDBPyConnection
    schema: str
    table: str
    name: str
    budget: Budget
    with_binaries: bool = False

    def _cursor(self, condition: str = "", start: int = 0) -> duckdb.DuckDBPyConnection:
        """Return the rows from `start` on, of the columns whose type fits a condition."""
        columns = self.connection.execute(
            f"SELECT column_name FROM duckdb_columns() WHERE schema_name = ? AND table_name = ? {condition} "  # noqa: S608
            "ORDER BY column_index",
            [self.schema, self.table],
        ).fetchall()
        shown_columns = ", ".join(_quoted(str(column)) for (column,) in columns) or "NULL"
        place = f"{_quoted(self.schema)}.{_quoted(self.table)}"
        sql = f"SELECT {shown_columns} FROM {place} OFFSET {start}"  # noqa: S608  identifiers, quoted
        return self.connection.execute(sql)

    def blocks(self) -> Tables:
        """Yield the rows; where its binary values need too much memory, those of the other columns."""
        import duckdb

        count = 0
        without = ""
        while True:
            try:
                for block in self._rows(without, count):
                    count += len(block.rows)
                    yield block
            except duckdb.OutOfMemoryException:
                told = f"after {count} rows"
                if without:
                    yield Gap(Reason.MEMORY_LIMIT, told)
                    return
                without = _NOT_BINARY
                yield Gap(Reason.MEMORY_LIMIT, f"binary columns {told}")
            except (duckdb.Error, *MALFORMED) as error:
                yield Gap(Reason.DAMAGED, f"{type(error).__name__} after {count} rows")
                return
            else:
                return

    def _rows(self, condition: str, start: int) -> Iterator[TableSegment]:
        cursor = self._cursor(condition, start)
        header = tuple(str(column[0]) for column in cursor.description or ())
        step = (
            FEW_ROWS if any("BLOB" in str(column[1]) for column in cursor.description or ()) else BLOCK_ROWS
        )
        rows: list[tuple[str, ...]] = []
        count = start
        while True:
            some = cursor.fetchmany(step)
            for row in some:
                texts = [shown(value) for value in row]
                self.with_binaries |= None in texts
                rows.append(tuple(text or "" for text in texts))
            if len(rows) >= BLOCK_ROWS or (not some and (rows or not count)):
                self.budget.spend(sum(len(cell) for row in rows for cell in row))
                yield TableSegment(self.name, header, count + 1, tuple(rows))
                count += len(rows)
                rows = []
            if not some:
                return

    def documents(self, binaries: Binaries) -> Iterator[Member]:
        """Yield the documents in the cells in a second pass, so that few are held at once."""
        import duckdb

        number = 0
        try:
            cursor = self._cursor(_BINARY)
            names = [str(column[0]) for column in cursor.description or ()]
            while some := cursor.fetchmany(FEW_ROWS):
                for row in some:
                    number += 1
                    for column, value in zip(names, row, strict=True):
                        if isinstance(value, bytes) and shown(value) is None:
                            self.budget.spend(len(value))
                            binaries.take(f"{self.name}.{column}[{number}]", value, self.budget)
                yield from binaries.members()
        except (duckdb.Error, *MALFORMED):
            return  # the first pass has told it


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
