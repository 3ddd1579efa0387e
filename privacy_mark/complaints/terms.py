"""The terms of an entity: in how many days it answers, and how long it keeps what complaints say.

No law names these days: each entity sets its own, and those here hold until it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from privacy_mark.days import next_open
from registry.access import entity_id_of, require
from registry.errors import Conflict, InvalidValue
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.complaint_tables import ComplaintTermsRecord

TABLE = "complaint_terms"
MOST_DAYS, MOST_MONTHS = 365, 240


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms in calendar days and months; version 0: the entity has not set its own yet."""

    days: int = 14
    urgent_days: int = 3
    retention_months: int = 36
    version: int = 0

    def due_on(self, received_on: date, *, urgent: bool) -> date:
        """Return the day by which to answer, a working day."""
        return next_open(received_on + timedelta(days=self.urgent_days if urgent else self.days))


def terms(tx: Tx, unit_id: UnitId) -> Terms:
    """Return the terms of the unit's entity; raises AccessDenied without VIEW_COMPLAINTS."""
    require(tx, Permission.VIEW_COMPLAINTS, unit_id)
    return terms_of(tx, unit_id)


def change_terms(tx: Tx, unit_id: UnitId, wanted: Terms) -> Terms:
    """Set the terms of the unit's entity for what arrives from now on; `wanted.version` is the one seen.

    Raises AccessDenied without HANDLE_COMPLAINTS there, Conflict, InvalidValue: `range`.
    """
    require(tx, Permission.HANDLE_COMPLAINTS, unit_id)
    entity = _entity(tx, unit_id)
    require(tx, Permission.HANDLE_COMPLAINTS, entity)
    for name, value, most in (
        ("days", wanted.days, MOST_DAYS),
        ("urgent_days", wanted.urgent_days, wanted.days),
        ("retention_months", wanted.retention_months, MOST_MONTHS),
    ):
        if not 1 <= value <= most:
            raise InvalidValue(name, "range")
    row = _row(tx, entity)
    before = terms_of(tx, unit_id)
    if before.version != wanted.version:
        newest = newest_of(tx, TABLE, row.id if row else 0)
        raise Conflict(newest.actor, newest.at, (), version=before.version)
    if row is None:
        row = ComplaintTermsRecord(unit_id=entity, days=1, urgent_days=1, retention_months=1)
        tx.session.add(row)
    row.days, row.urgent_days, row.retention_months = wanted.days, wanted.urgent_days, wanted.retention_months
    tx.session.flush()
    told = [
        {"days": each.days, "urgent_days": each.urgent_days, "retention_months": each.retention_months}
        for each in (before, wanted)
    ]
    tx.record(Action.COMPLAINT_TERMS_CHANGED, TABLE, row.id, entity, *told)
    return terms_of(tx, unit_id)


def terms_of(tx: Tx, unit_id: UnitId) -> Terms:
    """Return the terms of the unit's entity; the caller has checked who asks."""
    row = _row(tx, _entity(tx, unit_id))
    if row is None:
        return Terms()
    return Terms(row.days, row.urgent_days, row.retention_months, row.version)


def _entity(tx: Tx, unit_id: UnitId) -> UnitId:
    found = tx.session.scalar(select(entity_id_of(unit_id)))
    return unit_id if found is None else UnitId(found)


def _row(tx: Tx, entity: UnitId) -> ComplaintTermsRecord | None:
    return tx.session.scalar(select(ComplaintTermsRecord).where(ComplaintTermsRecord.unit_id == entity))
