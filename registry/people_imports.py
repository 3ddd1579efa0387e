"""Imports of people that are written part by part: how far each has come, so that none ends unnoticed.

An import that was cut short stays on the list until the same table is taken again, or until somebody who
manages users of that unit says that it is settled. The table itself is never kept: a keyed digest tells it.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from registry.access import require, scope
from registry.accounts import managing_home
from registry.errors import NotFound
from registry.journal import Action
from registry.model import Permission, UnitId, UserId
from registry.people_lines import PersonLine
from registry.store import Tx
from registry.store.account_tables import PeopleImport

_TABLE = PeopleImport.__tablename__


@dataclass(frozen=True, slots=True)
class OpenImport:
    """An import that has not ended: it is being written now, or was cut short after `done` rows."""

    id: int
    unit_id: UnitId
    user_id: UserId
    rows: int
    done: int
    started_at: datetime
    written_at: datetime  # its newest part


def digest(tx: Tx, lines: Iterable[PersonLine]) -> str:
    """Return what a table is known by: nothing of it can be tried out without the vault."""
    signed = hmac.new(tx.vault.subkey("login", 1), digestmod="sha256")
    for each in sorted(lines, key=lambda each: each.number):
        signed.update(repr(each).encode() + b"\n")
    return signed.hexdigest()


def begin(tx: Tx, lines: Iterable[PersonLine]) -> int:
    """Record that an import begins, or begins again, and return its number."""
    rows = list(lines)
    known = digest(tx, rows)
    home = managing_home(tx)
    row = tx.session.scalar(
        select(PeopleImport).where(
            PeopleImport.digest == known, PeopleImport.unit_id == home, PeopleImport.ended_at.is_(None)
        )
    )
    if row is None:
        row = PeopleImport(
            unit_id=home,
            user_id=tx.principal.user_id,
            digest=known,
            rows=len(rows),
            done=0,
            started_at=tx.now,
            written_at=tx.now,
        )
        tx.session.add(row)
    row.done, row.written_at = 0, tx.now
    tx.session.flush()
    tx.record(Action.PEOPLE_IMPORT_STARTED, _TABLE, row.id, home, None, {"rows": row.rows})
    return row.id


def note(tx: Tx, number: int, rows: int, *, last: bool) -> None:
    """Count the rows of a part that is written in this transaction; the last one ends the import."""
    row = tx.session.get_one(PeopleImport, number)
    row.done += rows
    row.written_at = tx.now
    if last:
        _end(tx, row, "complete")
    tx.session.flush()


def unfinished(tx: Tx) -> list[OpenImport]:
    """Return the imports that have not ended, where the person asking manages users, oldest first."""
    query = select(PeopleImport).where(
        PeopleImport.unit_id.in_(scope(tx, Permission.MANAGE_USERS)), PeopleImport.ended_at.is_(None)
    )
    return [
        OpenImport(
            row.id,
            UnitId(row.unit_id),
            UserId(row.user_id),
            row.rows,
            row.done,
            row.started_at,
            row.written_at,
        )
        for row in tx.session.scalars(query.order_by(PeopleImport.id))
    ]


def settle(tx: Tx, number: int) -> None:
    """Take an import that was cut short off the list; what it wrote stays. NotFound, AccessDenied."""
    row = tx.session.scalar(
        select(PeopleImport).where(
            PeopleImport.id == number,
            PeopleImport.unit_id.in_(scope(tx, Permission.MANAGE_USERS)),
            PeopleImport.ended_at.is_(None),
        )
    )
    if row is None:
        raise NotFound(_TABLE)
    require(tx, Permission.MANAGE_USERS, UnitId(row.unit_id))
    _end(tx, row, "left")
    tx.session.flush()


def _end(tx: Tx, row: PeopleImport, outcome: str) -> None:
    row.ended_at = tx.now
    after = {"rows": row.rows, "taken": row.done, "outcome": outcome}
    tx.record(Action.PEOPLE_IMPORT_ENDED, _TABLE, row.id, UnitId(row.unit_id), None, after)
