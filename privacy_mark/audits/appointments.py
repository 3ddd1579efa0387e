"""Audit managers 個人情報保護監査責任者: appointed by the top management of each entity, for a time.

A role gives the rights; the appointment is the decision of top management that the guideline asks for
(J.2.3.2, J.6.2). Only the plan of somebody appointed is approved, and only who is appointed leads its audits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, or_, select

from privacy_mark.audits.facts import duties_of
from privacy_mark.audits.model import Appointment, AppointmentId
from privacy_mark.audits.tree import places_of
from registry.access import EVERYWHERE, allowed, require, require_open, scope, today_in_japan
from registry.account_names import name_of
from registry.duties import Duty, Period, broken_rule
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, Role, UnitId, UnitKind, UserId
from registry.sealing import Row
from registry.store import Tx
from registry.store.account_tables import Affiliation, RoleGrant, UserAccount
from registry.store.audit_tables import AuditAppointment
from registry.store.base import new_uid
from registry.store.tables import OrgClosure, OrgUnit

TABLE = "audit_appointment"


def appoint(
    tx: Tx, unit_id: UnitId, user_id: UserId, *, valid_from: date, valid_until: date | None = None
) -> Appointment:
    """Appoint somebody audit manager of a unit, as its top management.

    Raises AccessDenied without DECIDE_REVIEWS in the unit, InvalidValue: `user_id` `unknown` for who is not
    of the entity or does not hold the role there at that time, `same_person` for oneself, `taken` when
    appointed for days of these already, or the rule of `registry.duties` that is broken, `valid_until`
    `order`, `unit_id` `closed`.
    """
    require(tx, Permission.DECIDE_REVIEWS, unit_id)
    require_open(tx, unit_id)
    if user_id == tx.principal.user_id:
        raise InvalidValue("user_id", "same_person")
    if valid_until is not None and valid_until < valid_from:
        raise InvalidValue("valid_until", "order")
    period = Period(valid_from, valid_until)
    names = dict(_holders(unit_id, period, tx))
    if user_id not in names:
        raise InvalidValue("user_id", "unknown")
    rule = _rule(unit_id, period, duties_of([user_id], tx).get(user_id, []), tx)
    if rule is not None:
        raise InvalidValue("user_id", rule)
    earlier = select(AuditAppointment).where(
        AuditAppointment.unit_id == unit_id, AuditAppointment.user_id == user_id
    )
    if any(Period(row.valid_from, row.valid_until).overlaps(period) for row in tx.session.scalars(earlier)):
        raise InvalidValue("user_id", "taken")
    uid = new_uid()
    row = AuditAppointment(
        uid=uid,
        unit_id=unit_id,
        user_id=user_id,
        valid_from=valid_from,
        valid_until=valid_until,
        appointer_id=tx.principal.user_id,
        appointed_at=tx.now,
        **Row(tx, TABLE, uid).sealed({"name": names[user_id], "appointer": tx.principal.name}),
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"user_id": user_id, "valid_from": valid_from, "valid_until": valid_until}
    tx.record(Action.AUDIT_MANAGER_APPOINTED, TABLE, row.id, unit_id, None, after)
    return _told(row, tx)


def end(tx: Tx, appointment_id: AppointmentId, last: date, *, expected_version: int) -> Appointment:
    """Say on which day an appointment ends or ended, as top management.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, Conflict, InvalidValue: `valid_until` `order`.
    """
    seen = scope(tx, Permission.VIEW_AUDITS)
    row = tx.session.scalar(
        select(AuditAppointment).where(
            AuditAppointment.id == appointment_id, AuditAppointment.unit_id.in_(seen)
        )
    )
    if row is None:
        raise NotFound(TABLE)
    require(tx, Permission.DECIDE_REVIEWS, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, TABLE, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    if last < row.valid_from:
        raise InvalidValue("valid_until", "order")
    before = {"valid_until": row.valid_until}
    row.valid_until = last
    tx.session.flush()
    tx.record(
        Action.AUDIT_MANAGER_APPOINTED, TABLE, row.id, UnitId(row.unit_id), before, {"valid_until": last}
    )
    return _told(row, tx)


def appointments(tx: Tx, unit_id: UnitId) -> list[Appointment]:
    """Return who was and is audit manager of a unit, the newest first; nothing out of sight."""
    seen = scope(tx, Permission.VIEW_AUDITS)
    query = (
        select(AuditAppointment)
        .where(AuditAppointment.unit_id == unit_id, AuditAppointment.unit_id.in_(seen))
        .order_by(AuditAppointment.valid_from.desc(), AuditAppointment.id.desc())
    )
    return [_told(row, tx) for row in tx.session.scalars(query)]


def managers(tx: Tx, unit_id: UnitId | None = None) -> list[Appointment]:
    """Return who is or will be audit manager of a unit and below, or of all that one may see, by unit."""
    query = (
        select(AuditAppointment)
        .where(
            AuditAppointment.unit_id.in_(scope(tx, Permission.VIEW_AUDITS)),
            or_(
                AuditAppointment.valid_until.is_(None),
                AuditAppointment.valid_until >= today_in_japan(tx.now),
            ),
        )
        .order_by(AuditAppointment.unit_id, AuditAppointment.valid_from, AuditAppointment.id)
    )
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(AuditAppointment.unit_id.in_(below))
    return [_told(row, tx) for row in tx.session.scalars(query)]


def appointable(tx: Tx, unit_id: UnitId) -> list[tuple[UserId, str]]:
    """Return who of a unit's entity holds the role of audit manager there from today on, by name.

    Raises AccessDenied without DECIDE_REVIEWS.
    """
    require(tx, Permission.DECIDE_REVIEWS, unit_id)
    return _holders(unit_id, Period(today_in_japan(tx.now), None), tx)


def require_manager(unit_id: UnitId, tx: Tx) -> None:
    """Let only who is audit manager of a unit today lead its programme: the role alone is no appointment.

    Raises AccessDenied without PLAN_AUDITS, InvalidValue: `manager` `not_appointed`, or with the rule of
    `registry.duties` that this person breaks by now.
    """
    require(tx, Permission.PLAN_AUDITS, unit_id)
    if not is_appointed(tx.principal.user_id, unit_id, tx):
        raise InvalidValue("manager", "not_appointed")
    rule = manager_rule(tx.principal.user_id, unit_id, tx)
    if rule is not None:
        raise InvalidValue("manager", rule)


def leads(unit_id: UnitId, tx: Tx) -> bool:
    """Tell whether the person asking is audit manager of a unit today and holds the right."""
    may = allowed(tx, Permission.PLAN_AUDITS, unit_id)
    return may and is_appointed(tx.principal.user_id, unit_id, tx)


def led(tx: Tx) -> Select[int]:
    """Return the units whose audit manager the person asking is today, as SQL: of this person alone."""
    today = today_in_japan(tx.now)
    return select(AuditAppointment.unit_id).where(
        AuditAppointment.user_id == tx.principal.user_id,
        AuditAppointment.unit_id.in_(scope(tx, Permission.PLAN_AUDITS)),
        *_holding(today),
    )


def is_appointed(user_id: UserId, unit_id: UnitId, tx: Tx) -> bool:
    """Tell whether somebody is audit manager of a unit today."""
    today = today_in_japan(tx.now)
    found = select(AuditAppointment.id).where(
        AuditAppointment.unit_id == unit_id,
        AuditAppointment.user_id == user_id,
        *_holding(today),
    )
    return tx.session.scalar(found.limit(1)) is not None


def _holding(day: date) -> tuple[ColumnElement[bool], ...]:
    return (
        AuditAppointment.valid_from <= day,
        or_(AuditAppointment.valid_until.is_(None), AuditAppointment.valid_until >= day),
    )


def manager_rule(user_id: UserId, unit_id: UnitId, tx: Tx) -> str | None:
    """Return the rule of `registry.duties` that somebody breaks as audit manager of a unit today.

    Asked at every step, not only when appointed: what is held elsewhere is seen with it.
    """
    today = today_in_japan(tx.now)
    day = Period(today, today)
    held = duties_of([user_id], tx).get(user_id, [])
    if user_id == tx.principal.user_id:
        own = (grant for grant in tx.principal.grants if grant.unit_id != EVERYWHERE)
        held = [*held, *(Duty(grant.role, grant.unit_id, day) for grant in own)]
    return _rule(unit_id, day, held, tx)


def _holders(unit_id: UnitId, period: Period, tx: Tx) -> list[tuple[UserId, str]]:
    """Return who is of the entity and holds the role in the period, there or above it: no administrators."""
    above = select(OrgClosure.ancestor).where(OrgClosure.descendant == unit_id)
    rows = tx.session.execute(
        select(UserAccount, RoleGrant, Affiliation)
        .join(RoleGrant, RoleGrant.user_id == UserAccount.id)
        .join(Affiliation, Affiliation.id == RoleGrant.affiliation_id)
        .where(RoleGrant.role == Role.AUDIT_MANAGER, RoleGrant.unit_id.in_(above))
    )
    held = {
        UserId(account.id): account
        for account, grant, belongs in rows
        if _holds(Period(grant.valid_from, grant.valid_until), belongs, period)
    }
    inside = _inside(unit_id, held, period, tx)
    found = [(who, name_of(tx.vault, account)) for who, account in held.items() if who in inside]
    return sorted(found, key=lambda pair: pair[1])


def _holds(granted: Period, belongs: Affiliation, period: Period) -> bool:
    effective = granted.within(Period(belongs.valid_from, belongs.valid_until)).within(period)
    return not effective.is_empty


def _inside(
    unit_id: UnitId, accounts: Mapping[UserId, UserAccount], period: Period, tx: Tx
) -> frozenset[UserId]:
    """Return who is of the entity itself: by account, primary affiliation 主務 or secondment 出向.

    A concurrent affiliation is made with every role given to outsiders, and proves nothing. Headquarters 本社
    and the group above it share their people.
    """
    homes = [(who, UnitId(account.unit_id)) for who, account in accounts.items()]
    rows = tx.session.scalars(
        select(Affiliation).where(
            Affiliation.user_id.in_(accounts), Affiliation.kind.in_(["primary", "secondment"])
        )
    )
    homes += [
        (UserId(row.user_id), UnitId(row.unit_id))
        for row in rows
        if not Period(row.valid_from, row.valid_until).within(period).is_empty
    ]
    places = places_of({unit_id, *(home for _, home in homes)}, tx)
    at = places[unit_id]
    kind = UnitKind(tx.session.scalars(select(OrgUnit.kind).where(OrgUnit.id == unit_id)).one())
    return frozenset(
        who
        for who, home in homes
        if places[home].entity == at.entity
        or (not kind.is_entity and unit_id in places[home].above)
        or (kind is UnitKind.HEADQUARTERS and home in at.above)
    )


def _rule(unit_id: UnitId, period: Period, duties: Sequence[Duty], tx: Tx) -> str | None:
    held = [duty for duty in duties if duty.role is not Role.AUDITOR]
    places = places_of({unit_id, *(duty.unit_id for duty in held)}, tx)
    rule = broken_rule([Duty(Role.AUDIT_MANAGER, unit_id, period), *held], (), places)
    return rule if rule is not None and rule.startswith("audit_manager") else None


def _told(row: AuditAppointment, tx: Tx) -> Appointment:
    sealed = Row(tx, TABLE, row.uid)
    return Appointment(
        AppointmentId(row.id),
        UnitId(row.unit_id),
        UserId(row.user_id),
        sealed.opened("name", row.name_sealed),
        row.valid_from,
        row.valid_until,
        sealed.opened("appointer", row.appointer_sealed),
        today_in_japan(row.appointed_at),
        row.version,
    )
