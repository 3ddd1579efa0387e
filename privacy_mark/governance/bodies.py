"""Committees and councils 委員会・協議会, and who was appointed to which post, by unit and period 任命."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from privacy_mark.governance.model import (
    APPOINTMENTS,
    BODIES,
    LONGEST_NAME,
    OF_BODIES,
    Appointment,
    AppointmentDraft,
    AppointmentId,
    Body,
    BodyDraft,
    BodyId,
    BodyKind,
    Post,
)
from registry.access import require, require_open, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.governance_tables import AppointmentRecord, BodyRecord
from registry.store.tables import OrgClosure


def register(tx: Tx, draft: BodyDraft) -> BodyId:
    """Register a body.

    Raises AccessDenied without MANAGE_REVIEWS in the unit, InvalidValue: `name_ja` `required`, `name_ja` or
    `name_en` `too_long`, `unit_id` `closed`.
    """
    require(tx, Permission.MANAGE_REVIEWS, draft.unit_id)
    require_open(tx, draft.unit_id)
    names = checked({"name_ja": draft.name_ja, "name_en": draft.name_en}, "name_ja", longest=LONGEST_NAME)
    uid = new_uid()
    row = BodyRecord(
        uid=uid,
        unit_id=draft.unit_id,
        kind=BodyKind(draft.kind).value,
        **Row(tx, BODIES, uid).sealed(names),
    )
    tx.session.add(row)
    tx.session.flush()
    tx.record(Action.BODY_REGISTERED, BODIES, row.id, draft.unit_id, None, {**names, "kind": row.kind})
    return BodyId(row.id)


def end(tx: Tx, body_id: BodyId, *, expected_version: int) -> None:
    """End a body today with all appointments to it; what it decided stays.

    Appointments that would have begun later are taken out: the journal keeps them. Raises NotFound,
    AccessDenied without MANAGE_REVIEWS, Conflict, InvalidValue: `state` `ended`.
    """
    row = body_row(tx, body_id)
    require(tx, Permission.MANAGE_REVIEWS, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, BODIES, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    if row.ended_on is not None:
        raise InvalidValue("state", "ended")
    today = today_in_japan(tx.now)
    row.ended_on = today
    tx.session.flush()
    tx.record(Action.BODY_ENDED, BODIES, row.id, UnitId(row.unit_id), None, {"ended_on": today})
    held = select(AppointmentRecord).filter_by(body_id=row.id)
    for each in tx.session.scalars(held.order_by(AppointmentRecord.id)).all():
        if each.valid_from > today:
            _cancelled(tx, each)
        elif each.valid_until is None or each.valid_until > today:
            _ended(tx, each, today)


def bodies(tx: Tx, unit_id: UnitId | None = None) -> list[Body]:
    """Return the bodies that one may see, of a unit and below or all, those that ended last."""
    rows = tx.session.scalars(
        select(BodyRecord)
        .where(*_seen(tx, BodyRecord.unit_id, unit_id))
        .order_by(BodyRecord.ended_on.is_not(None), BodyRecord.unit_id, BodyRecord.id)
    )
    return [_body(tx, row) for row in rows]


def appoint(tx: Tx, draft: AppointmentDraft) -> AppointmentId:
    """Record that somebody was appointed.

    Raises AccessDenied without MANAGE_REVIEWS in the unit, NotFound for a body that one may not see,
    InvalidValue: `person` `required` or `too_long`, `post` `wrong_kind`, `body_id` `other_unit` or `ended`,
    `valid_until` `before_start`, `unit_id` `closed`.
    """
    require(tx, Permission.MANAGE_REVIEWS, draft.unit_id)
    require_open(tx, draft.unit_id)
    if (draft.post in OF_BODIES) != (draft.body_id is not None):
        raise InvalidValue("post", "wrong_kind")
    if draft.body_id is not None:
        body = body_row(tx, draft.body_id)
        if body.unit_id != draft.unit_id:
            raise InvalidValue("body_id", "other_unit")
        if body.ended_on is not None:
            raise InvalidValue("body_id", "ended")
    if draft.valid_until is not None and draft.valid_until < draft.valid_from:
        raise InvalidValue("valid_until", "before_start")
    given = {"person": draft.person, "appointer": draft.appointer}
    texts = checked(given, "person", longest=LONGEST_NAME)
    uid = new_uid()
    row = AppointmentRecord(
        uid=uid,
        unit_id=draft.unit_id,
        body_id=draft.body_id,
        post=Post(draft.post).value,
        valid_from=draft.valid_from,
        valid_until=draft.valid_until,
        **Row(tx, APPOINTMENTS, uid).sealed(texts),
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"body": row.body_id, "post": row.post, "from": row.valid_from, "until": row.valid_until}
    tx.record(Action.APPOINTED, APPOINTMENTS, row.id, draft.unit_id, None, after)
    return AppointmentId(row.id)


def end_appointment(tx: Tx, appointment_id: AppointmentId, last_day: date, *, expected_version: int) -> None:
    """Set the last day of an appointment: it ended early, or a wrong day is corrected.

    Raises NotFound, AccessDenied without MANAGE_REVIEWS, Conflict, InvalidValue: `valid_until`
    `before_start`.
    """
    row = _appointment_row(tx, appointment_id)
    require(tx, Permission.MANAGE_REVIEWS, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, APPOINTMENTS, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    if last_day < row.valid_from:
        raise InvalidValue("valid_until", "before_start")
    _ended(tx, row, last_day)


def appointment(tx: Tx, appointment_id: AppointmentId) -> Appointment:
    """Return one appointment that one may see, also one that is over; raises NotFound."""
    return _appointment(tx, _appointment_row(tx, appointment_id))


def officers(tx: Tx, unit_id: UnitId | None = None, *, past: bool = False) -> list[Appointment]:
    """Return the appointments that hold today or will, of a unit and below or all; `past`: those over too."""
    conditions = _seen(tx, AppointmentRecord.unit_id, unit_id)
    if not past:
        last = today_in_japan(tx.now) - timedelta(days=1)
        conditions.append(AppointmentRecord.valid_until.is_(None) | (AppointmentRecord.valid_until > last))
    rows = tx.session.scalars(
        select(AppointmentRecord)
        .where(*conditions)
        .order_by(
            AppointmentRecord.unit_id,
            AppointmentRecord.body_id,
            AppointmentRecord.valid_from,
            AppointmentRecord.id,
        )
    )
    return [_appointment(tx, row) for row in rows]


def body_row(tx: Tx, body_id: BodyId) -> BodyRecord:
    """Return a body that one may see; raises NotFound."""
    row = tx.session.scalar(
        select(BodyRecord).where(BodyRecord.id == body_id, *_seen(tx, BodyRecord.unit_id, None))
    )
    if row is None:
        raise NotFound(BODIES)
    return row


def _appointment_row(tx: Tx, appointment_id: AppointmentId) -> AppointmentRecord:
    row = tx.session.scalar(
        select(AppointmentRecord).where(
            AppointmentRecord.id == appointment_id, *_seen(tx, AppointmentRecord.unit_id, None)
        )
    )
    if row is None:
        raise NotFound(APPOINTMENTS)
    return row


def _ended(tx: Tx, row: AppointmentRecord, last_day: date) -> None:
    before, row.valid_until = {"until": row.valid_until}, last_day
    tx.session.flush()
    tx.record(
        Action.APPOINTMENT_ENDED, APPOINTMENTS, row.id, UnitId(row.unit_id), before, {"until": last_day}
    )


def _cancelled(tx: Tx, row: AppointmentRecord) -> None:
    """Take out an appointment that has not begun."""
    person = Row(tx, APPOINTMENTS, row.uid).opened("person", row.person_sealed)
    before = {"person": person, "post": row.post, "from": row.valid_from, "until": row.valid_until}
    row_id, unit_id = row.id, UnitId(row.unit_id)
    tx.session.delete(row)
    tx.session.flush()
    tx.record(Action.APPOINTMENT_ENDED, APPOINTMENTS, row_id, unit_id, before, None)


def _seen(tx: Tx, column: InstrumentedAttribute[int], unit_id: UnitId | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [column.in_(scope(tx, Permission.VIEW_REVIEWS))]
    if unit_id is not None:
        found.append(column.in_(select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)))
    return found


def _body(tx: Tx, row: BodyRecord) -> Body:
    sealed = Row(tx, BODIES, row.uid)
    return Body(
        unit_id=UnitId(row.unit_id),
        kind=BodyKind(row.kind),
        name_ja=sealed.opened("name_ja", row.name_ja_sealed),
        name_en=sealed.opened("name_en", row.name_en_sealed),
        id=BodyId(row.id),
        ended_on=row.ended_on,
        version=row.version,
    )


def _appointment(tx: Tx, row: AppointmentRecord) -> Appointment:
    sealed = Row(tx, APPOINTMENTS, row.uid)
    return Appointment(
        unit_id=UnitId(row.unit_id),
        body_id=None if row.body_id is None else BodyId(row.body_id),
        post=Post(row.post),
        person=sealed.opened("person", row.person_sealed),
        appointer=sealed.opened("appointer", row.appointer_sealed),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        id=AppointmentId(row.id),
        version=row.version,
    )
