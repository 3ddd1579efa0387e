"""Ids that are given once: the journal names rows by them.

PostgreSQL never gives an id twice. SQLite gives the highest one again when its row was deleted, so that the
records of two rows would stand under one name: there, ids that the journal knows are passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from registry.store.base import Base, UsedOnce
from registry.store.tables import JournalRecord

_CHUNK = 400  # ids that one question names


def unused_ids(session: Session, table: type[Base], count: int) -> Sequence[int | None]:
    """Return ids for rows that are about to be inserted; None where the database gives them itself."""
    if session.get_bind().dialect.name != "sqlite":
        return [None] * count
    connection, column = session.connection(), table.__table__.c.id
    last: int = connection.scalar(select(func.max(column))) or 0
    found: list[int] = []
    while len(found) < count:
        tried = range(last + 1, last + 1 + min(count - len(found), _CHUNK))
        told = select(JournalRecord.row_id).where(
            JournalRecord.table_name == table.__tablename__,
            JournalRecord.row_id.in_([str(number) for number in tried]),
        )
        known = set(connection.scalars(told))
        found += [number for number in tried if str(number) not in known]
        last = tried[-1]
    return found


def give_unused_ids(session: Session, _context: object, _rows: object) -> None:
    """Give new rows of such tables their ids before they are written: for the session's event."""
    new: dict[type[Base], list[Any]] = {}
    for row in session.new:
        if isinstance(row, UsedOnce) and isinstance(row, Base) and getattr(row, "id", None) is None:
            new.setdefault(type(row), []).append(row)
    for table, rows in new.items():
        rows.sort(key=_order)
        for row, number in zip(rows, unused_ids(session, table, len(rows)), strict=True):
            row.id = number


def _order(row: object) -> int:
    order: int = inspect(row).insert_order
    return order
