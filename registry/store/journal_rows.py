"""The journal's rows as they lie in the database: for who reads all of them, plain tuples in batches;
for who appends one, statements on the driver's own cursor, because every change waits for them.

Texts and times come as the bytes that the chain signs (`registry.store.chain`): the database hands them
over without decoding, so that a damaged text is a value that can be judged and not an error.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from registry.check_proof import FIELDS
from registry.errors import StoreError
from registry.store.direct import first_row, run_many

BATCH = 4096
StoredRow = Sequence[Any]
"""seq, id, unit_id, at, actor_id, actor_name_sealed, action, table_name, row_id, before_sealed,
after_sealed, reason_sealed, prev_hash, hash, key_id: whole numbers and bytes; None where nothing stands."""

_COLUMNS = """seq, {id}, unit_id, {at}, actor_id, actor_name_sealed, {action}, {table_name}, {row_id},
before_sealed, after_sealed, reason_sealed, prev_hash, hash, key_id"""
_TEXTS = ("id", "action", "table_name", "row_id")
_ABSENT = b"\xff\xff\xff\xff"


def _columns(dialect: str) -> str:
    if dialect == "sqlite":
        texts = {name: f"CAST({name} AS BLOB)" for name in (*_TEXTS, "at")}
    else:
        texts = {name: f"convert_to({name}, 'UTF8')" for name in _TEXTS}
        texts["at"] = "convert_to(to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), 'UTF8')"
    return _COLUMNS.format(**texts)


def stored_rows(session: Session, *, up_to: int | None = None) -> Iterator[Sequence[StoredRow]]:
    """Yield all records in their order, some thousand at a time; memory stays constant."""
    # Put together from this module's own constants and one whole number.
    limit = "" if up_to is None else f" WHERE seq <= {int(up_to)}"
    with _cursor(session) as (cursor, columns):
        cursor.execute(f"SELECT {columns} FROM journal_record{limit} ORDER BY seq")  # noqa: S608
        while batch := cursor.fetchmany(BATCH):
            yield batch


def stored_row(session: Session, seq: int) -> StoredRow | None:
    """Return one record as it lies there."""
    with _cursor(session) as (cursor, columns):
        cursor.execute(f"SELECT {columns} FROM journal_record WHERE seq = {int(seq)}")  # noqa: S608
        row: StoredRow | None = cursor.fetchone()
        return row


_STORED = (*FIELDS, "prev_hash", "hash", "key_id")
_AT = FIELDS.index("at")
_MARKS = {"sqlite": "?", "postgresql": "%s"}
_HEAD = {
    dialect: "SELECT last.seq, last.hash, last.key_id, month.uid, month.key_sealed "  # noqa: S608
    "FROM journal_record AS last "
    f"LEFT JOIN journal_key AS month ON month.month = {mark} ORDER BY last.seq DESC LIMIT 1"
    for dialect, mark in _MARKS.items()
}
_APPEND = {
    dialect: f"INSERT INTO journal_record ({', '.join(_STORED)}) "  # noqa: S608
    f"VALUES ({', '.join([mark] * len(_STORED))})"
    for dialect, mark in _MARKS.items()
}


@dataclass(frozen=True, slots=True)
class Head:
    """Where the journal ends: its last record, and the sealed key of the month that goes on with it."""

    seq: int
    hash: bytes
    key_id: int
    month_uid: str | None  # None in a month that has no key yet
    month_key: bytes | None  # None too once it was destroyed


def head(connection: Connection, month: str) -> Head | None:
    """Return where the journal ends, in one question; None before there is any record or key."""
    found = first_row(connection, _HEAD[connection.dialect.name], (month,))
    return None if found is None else Head(*found)


def append_rows(connection: Connection, rows: Sequence[StoredRow]) -> None:
    """Store records; their time is a datetime, and is stored as the table's own type stores it."""
    dialect = connection.dialect.name
    if dialect == "sqlite":
        rows = [(*row[:_AT], _stored_time(row[_AT]), *row[_AT + 1 :]) for row in rows]
    if len(rows) == 1:
        first_row(connection, _APPEND[dialect], rows[0])
    else:
        run_many(connection, _APPEND[dialect], rows)


def _stored_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


@contextmanager
def _cursor(session: Session) -> Iterator[tuple[Any, str]]:
    """Give the driver's own cursor in the session's transaction: a tenth of the time for a million rows."""
    connection = session.connection()
    dialect, driver = connection.dialect.name, connection.connection.driver_connection
    assert driver is not None
    # A named cursor stays on PostgreSQL's side and sends what is asked for.
    cursor = (
        driver.cursor()
        if dialect == "sqlite"
        else driver.cursor(name=f"journal_{secrets.token_hex(4)}", binary=True)
    )
    try:
        with closing(cursor):
            yield cursor, _columns(dialect)
    except connection.dialect.loaded_dbapi.Error as error:
        kind = type(error).__name__
        raise StoreError(f"the journal cannot be read ({kind}); check the database's disk") from None


# Lengths up to this are looked up, which is what most of a million records need.
_LENGTHS = [length.to_bytes(4, "big") for length in range(4096)]


def framed(raw: bytes) -> bytes:
    """Return a field with its length in front."""
    return len(raw).to_bytes(4, "big") + raw


class _Frames(dict[Any, bytes]):
    """Values that come again and again, each with its length in front."""

    def __missing__(self, value: Any) -> bytes:
        if value is None:
            return _ABSENT
        raw = value if isinstance(value, bytes) else b"%d" % value
        found = framed(raw)
        if len(self) < 10_000:  # a damaged journal may hold as many values as records
            self[value] = found
        return found


_FRAMES = _Frames()


def canonical_row(row: StoredRow) -> bytes:
    """Return the canonical bytes of a stored record: those of `registry.store.chain.canonical`.

    Raises TypeError or ValueError for what no writer of ours stores.
    """
    seq, uid, unit_id, at, actor_id, actor, action, table, row_id, before, after, reason = row[:12]
    if len(at) != 26 or at[10] != 0x20:
        raise ValueError("a time is not written as the store writes it")
    number = b"%d" % seq
    lengths, frames = _LENGTHS, _FRAMES
    try:
        return b"".join(
            (
                lengths[len(number)],
                number,
                lengths[len(uid)],
                uid,
                frames[unit_id],
                b"\x00\x00\x00\x20",
                at[:10],
                b"T",
                at[11:],
                b"+00:00",
                frames[actor_id],
                lengths[len(actor)],
                actor,
                frames[action],
                frames[table],
                lengths[len(row_id)],
                row_id,
                _ABSENT if before is None else lengths[len(before)] + before,
                _ABSENT if after is None else lengths[len(after)] + after,
                lengths[len(reason)],
                reason,
            )
        )
    except IndexError:  # a long field
        when = b"%bT%b+00:00" % (at[:10], at[11:])
        fields = (number, uid, unit_id, when, actor_id, actor, action, table, row_id, before, after, reason)
        return b"".join(_FRAMES[field] if not isinstance(field, bytes) else framed(field) for field in fields)
