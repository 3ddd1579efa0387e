"""The workplaces and operations 職場・業務 that confirm, each with the questions of its kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NewType

from sqlalchemy import func, select

from privacy_mark.confirmations import asking
from privacy_mark.confirmations.questions import Frequency, questions
from registry.access import require, require_open, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.confirmation_tables import OperationRecord

OperationId = NewType("OperationId", int)
TABLE = "confirmation_operation"
LONGEST = 200


@dataclass(frozen=True, slots=True)
class OperationDraft:
    """An operation as people register it."""

    unit_id: UnitId
    name: str
    set_id: str
    frequency: Frequency


@dataclass(frozen=True, slots=True)
class Operation(OperationDraft):
    """One operation that confirms; without an end it still does."""

    id: OperationId
    ended_on: date | None
    version: int


def register(tx: Tx, draft: OperationDraft) -> Operation:
    """Register an operation; the round of its period that is under way asks it too.

    Raises AccessDenied without MANAGE_CONFIRMATIONS in the unit, InvalidValue: `name` `required` or
    `too_long`, `set_id` `unknown`, `unit_id` `closed`.
    """
    require(tx, Permission.MANAGE_CONFIRMATIONS, draft.unit_id)
    require_open(tx, draft.unit_id)
    name = _checked(draft.name, draft.set_id)
    uid = new_uid()
    row = OperationRecord(
        uid=uid,
        unit_id=draft.unit_id,
        set_id=draft.set_id,
        frequency=draft.frequency.value,
        **Row(tx, TABLE, uid).sealed({"name": name}),
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"name": name, "set": row.set_id, "frequency": row.frequency}
    tx.record(Action.OPERATION_REGISTERED, TABLE, row.id, draft.unit_id, None, after)
    asking.join(tx, row)
    return operation_of(tx, row)


def change(
    tx: Tx, operation_id: OperationId, *, name: str, set_id: str, ended_on: date | None, expected_version: int
) -> Operation:
    """Change or end an operation.

    One that ended is asked no more, and the rounds that it did not answer wait for it no longer. One that
    did not end after all is asked again.

    Raises NotFound, AccessDenied without MANAGE_CONFIRMATIONS, Conflict, InvalidValue as `register`, and
    `ended_on` `future`.
    """
    row = tx.session.scalar(
        select(OperationRecord).where(
            OperationRecord.id == operation_id,
            OperationRecord.unit_id.in_(scope(tx, Permission.VIEW_CONFIRMATIONS)),
        )
    )
    if row is None:
        raise NotFound(TABLE)
    require(tx, Permission.MANAGE_CONFIRMATIONS, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, TABLE, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    text = _checked(name, set_id)
    if ended_on is not None and ended_on > today_in_japan(tx.now):
        raise InvalidValue("ended_on", "future")
    sealed = Row(tx, TABLE, row.uid)
    before = {"name": sealed.opened("name", row.name_sealed), "set": row.set_id, "ended_on": row.ended_on}
    row.name_sealed = sealed.sealed({"name": text})["name_sealed"]
    row.set_id, row.ended_on = set_id, ended_on
    tx.session.flush()
    after = {"name": text, "set": set_id, "ended_on": ended_on}
    tx.record(Action.OPERATION_CHANGED, TABLE, row.id, UnitId(row.unit_id), before, after)
    if ended_on is not None:
        asking.take_out(tx, row)
    elif before["ended_on"] is not None:
        asking.take_back(tx, row)
        asking.join(tx, row)
    return operation_of(tx, row)


def operations(tx: Tx) -> list[Operation]:
    """Return the operations of units whose confirmations one may see, those that ended last."""
    rows = tx.session.scalars(
        select(OperationRecord)
        .where(OperationRecord.unit_id.in_(scope(tx, Permission.VIEW_CONFIRMATIONS)))
        .order_by(*_ORDER)
    )
    return [operation_of(tx, row) for row in rows]


def listed(tx: Tx, *, offset: int = 0, limit: int = 50) -> tuple[list[Operation], int]:
    """Return a part of the operations whose confirmations one may see, and how many there are in all."""
    seen = OperationRecord.unit_id.in_(scope(tx, Permission.VIEW_CONFIRMATIONS))
    total = tx.session.scalar(select(func.count(OperationRecord.id)).where(seen)) or 0
    rows = tx.session.scalars(
        select(OperationRecord).where(seen).order_by(*_ORDER).offset(offset).limit(limit)
    )
    return [operation_of(tx, row) for row in rows], total


_ORDER = (OperationRecord.ended_on.is_not(None), OperationRecord.unit_id, OperationRecord.id)


def operation_of(tx: Tx, row: OperationRecord) -> Operation:
    """Return a row that was found within the scope."""
    return Operation(
        unit_id=UnitId(row.unit_id),
        name=Row(tx, TABLE, row.uid).opened("name", row.name_sealed),
        set_id=row.set_id,
        frequency=Frequency(row.frequency),
        id=OperationId(row.id),
        ended_on=row.ended_on,
        version=row.version,
    )


def _checked(name: str, set_id: str) -> str:
    text = checked({"name": name}, "name", longest=LONGEST)["name"]
    if set_id not in questions().sets:
        raise InvalidValue("set_id", "unknown")
    return text
