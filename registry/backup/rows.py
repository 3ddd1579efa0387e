"""The registry as lines of text that any of our databases can give and take.

One JSON array a line: ``["table", name, [column, …]]``, then that table's rows as ``[value, …]`` in the order
of its columns. What JSON has no word for is an object with one key: ``{"b": base64}`` for bytes,
``{"t": ISO 8601 UTC}`` for moments, ``{"d": ISO 8601}`` for days. Tables come in an order in which every
foreign key can be met; only a reference within one table is put in after its rows.

The tables are those of the database, not those of this program: a backup of an older schema is read into
that older schema, and migrated afterwards.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    MetaData,
    Table,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)

from registry.backup.errors import BackupError, Fault

VERSION_TABLE = "alembic_version"
BATCH = 500


def tables_of(connection: Connection) -> list[Table]:
    """Return the tables of a database but Alembic's, those that are referred to first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != VERSION_TABLE]


def dump(connection: Connection, counted: Callable[[str, int], None]) -> Iterator[bytes]:
    """Yield every row of one snapshot as lines; `counted` is told how many rows a table had."""
    for table in tables_of(connection):
        yield _line(["table", table.name, [column.name for column in table.columns]])
        count = 0
        rows = connection.execute(
            select(table).order_by(*table.primary_key.columns), execution_options={"yield_per": BATCH}
        )
        for row in rows:
            count += 1
            yield _line([_plain(value) for value in row])
        counted(table.name, count)


def load(connection: Connection, lines: Iterable[bytes]) -> dict[str, int]:
    """Put dumped rows into the empty tables of the same schema; return how many each table got.

    Raises BackupError (`damaged`) for a table or column that the schema does not have, or lacks.
    """
    known = {table.name: table for table in tables_of(connection)}
    counts = dict.fromkeys(known, 0)
    for name, columns, rows in _groups(lines):
        table = known.get(name)
        if table is None or {column.name for column in table.columns} != set(columns):
            raise BackupError(Fault.DAMAGED, name)
        later: list[Mapping[str, object]] = []
        inner = _inner_references(table)
        for batch in _batches(rows):
            values = [
                {
                    column: _stored(value, table.columns[column], connection.dialect.name)
                    for column, value in zip(columns, row, strict=True)
                }
                for row in batch
            ]
            later += [
                {f"k_{key.name}": row[key.name] for key in table.primary_key.columns}
                | {column: row[column] for column in inner}
                for row in values
                if any(row[column] is not None for column in inner)
            ]
            connection.execute(insert(table), [row | dict.fromkeys(inner) for row in values])
            counts[name] += len(values)
        if later:
            same = [key == bindparam(f"k_{key.name}") for key in table.primary_key.columns]
            put: dict[str, Any] = {column: bindparam(column) for column in inner}
            connection.execute(update(table).where(*same).values(put), later)
        _continue_numbers(connection, table)
    return counts


def counts_of(connection: Connection) -> dict[str, int]:
    """Return how many rows every table has."""
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0
        for table in tables_of(connection)
    }


def _inner_references(table: Table) -> list[str]:
    return [
        column.name
        for column in table.columns
        if any(key.column.table is table for key in column.foreign_keys) and column.nullable
    ]


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Let PostgreSQL's own numbers go on after the highest that was put in."""
    if connection.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        sequence = connection.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"),
            {"table": connection.dialect.identifier_preparer.format_table(table), "column": column.name},
        )
        highest = connection.scalar(select(func.max(column))) if sequence else None
        if highest is not None:
            connection.execute(text("SELECT setval(:name, :value)"), {"name": sequence, "value": highest})


def _groups(lines: Iterable[bytes]) -> Iterator[tuple[str, list[str], Iterator[list[Any]]]]:
    """Yield table, columns and rows; the rows must be taken before the next table is asked for."""
    parsed = (json.loads(line) for line in lines)
    head = next(parsed, None)
    while head is not None:
        following: list[Any] = []

        def rows(following: list[Any] = following) -> Iterator[list[Any]]:
            for row in parsed:
                if len(row) == 3 and row[0] == "table" and isinstance(row[2], list):
                    following.append(row)
                    return
                yield row

        taken = rows()
        yield head[1], head[2], taken
        for _ in taken:
            raise BackupError(Fault.DAMAGED, str(head[1]))
        head = following[0] if following else None


def _batches(rows: Iterator[list[Any]]) -> Iterator[list[list[Any]]]:
    batch: list[list[Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _line(value: list[Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: object) -> object:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case bytes() | memoryview():
            return {"b": base64.b64encode(value).decode("ascii")}
        case datetime():
            # SQLite keeps moments without their zone, which is UTC (registry.store.types).
            moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
            return {"t": moment.isoformat()}
        case date():
            return {"d": value.isoformat()}
        case _:
            raise TypeError("a column of the registry holds neither text, number, time nor bytes")


def _stored(value: object, column: Column[Any], dialect: str) -> object:
    match value:
        case {"b": str(encoded)}:
            return base64.b64decode(encoded)
        case {"t": str(moment)}:
            at = datetime.fromisoformat(moment)
            aware = dialect != "sqlite" or not isinstance(column.type, DateTime)
            return at if aware else at.replace(tzinfo=None)
        case {"d": str(day)}:
            return date.fromisoformat(day)
        case _:
            return value
