"""Evidence from governance 体制: posts and committees are filled, managers appointed, decisions arrive.

Posts belong to the entity itself: those of its departments are its own matter. A post that was never recorded
says nothing against an entity, whose letters may lie elsewhere; one that nobody holds any more does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy import func, or_, select

from privacy_mark.governance.model import BodyKind, Post
from privacy_mark.requirements.facts import Fact, Members, Standing, Supplier
from privacy_mark.requirements.model import SupplierId
from registry.limits import months_after
from registry.model import UnitId
from registry.store import Tx
from registry.store.audit_tables import AuditAppointment
from registry.store.governance_tables import AppointmentRecord, ArrivalRecord, BodyRecord, DecisionRecord

_YEAR = 12  # months
_AUDIT_MANAGER = "audit_manager"  # appointed in the room of audits
_MANAGERS = frozenset({Post.PRIVACY_MANAGER.value, _AUDIT_MANAGER})
_POSTS = _MANAGERS | {Post.TOP.value, Post.TRAINING_MANAGER.value, Post.COMPLAINTS.value}


@dataclass(slots=True)
class _Held:
    """One post of an entity: since when it is held today, and until when at most."""

    since: date | None = None  # None: nobody holds it
    until: date | None = None  # None: no end is known
    recorded: bool = False  # somebody held it before today


def _held(tx: Tx, members: Members, today: date) -> dict[UnitId, dict[str, _Held]]:
    """Return the posts of entities, a committee as "body/<id>": its chair."""
    found: dict[UnitId, dict[str, _Held]] = {}
    bodies = {
        row.id: row.unit_id
        for row in tx.session.execute(
            select(BodyRecord.id, BodyRecord.unit_id).where(
                BodyRecord.ended_on.is_(None), BodyRecord.kind == BodyKind.COMMITTEE.value
            )
        )
    }
    for body_id, unit in bodies.items():
        if members.entity_of.get(unit) == unit:
            found.setdefault(UnitId(unit), {})[f"body/{body_id}"] = _Held()
    of, audit = AppointmentRecord, AuditAppointment
    rows = [
        (unit, post if body_id is None else f"body/{body_id}", since, until)
        for unit, body_id, post, since, until in tx.session.execute(
            select(of.unit_id, of.body_id, of.post, of.valid_from, of.valid_until).where(
                of.valid_from <= today,
                or_(of.body_id.is_(None), of.post == Post.CHAIR.value),
            )
        )
        if body_id is None or body_id in bodies
    ]
    rows += [
        (unit, _AUDIT_MANAGER, since, until)
        for unit, since, until in tx.session.execute(
            select(audit.unit_id, audit.valid_from, audit.valid_until).where(audit.valid_from <= today)
        )
    ]
    for unit, post, since, until in rows:
        if members.entity_of.get(unit) != unit:
            continue
        each = found.setdefault(UnitId(unit), {}).setdefault(post, _Held())
        each.recorded = True
        if until is not None and until < today:
            continue
        # Of several who hold it the one who holds it longest counts.
        if each.since is None or until is None or (each.until is not None and until > each.until):
            each.since = since if each.since is None else min(each.since, since)
            each.until = until
    return found


def _filled(
    posts: Collection[str], tx: Tx, members: Members, today: date, *, chairs: bool
) -> Mapping[UnitId, Fact]:
    """Every one of some posts is held today, and with `chairs` every committee has its chair."""
    found = {}
    for entity, held in _held(tx, members, today).items():
        wanted = {post: held.get(post, _Held()) for post in posts}
        if chairs:
            wanted |= {name: each for name, each in held.items() if name.startswith("body/")}
        if any(each.recorded for each in wanted.values()):
            found[entity] = _fact(wanted.values())
    return found


def _fact(posts: Collection[_Held]) -> Fact:
    days = [each.since for each in posts if each.since is not None]
    ends = [each.until for each in posts if each.since is not None and each.until is not None]
    if any(each.recorded and each.since is None for each in posts):
        standing = Standing.LACKING
    else:
        standing = Standing.SHOWN if len(days) == len(posts) else Standing.UNDER_WAY
    return Fact(standing, len(days), len(posts), max(days, default=None), min(ends, default=None))


@dataclass(slots=True)
class _Decided:
    of: int = 0
    arrived: int = 0
    late: bool = False
    newest: date | None = None
    next: date | None = None  # the day of the first that is under way

    def fact(self) -> Fact:
        if self.late:
            return Fact(Standing.LACKING, self.arrived, self.of, self.newest)
        if not self.arrived or self.newest is None:
            return Fact(Standing.UNDER_WAY, self.arrived, self.of, self.newest, self.next)
        return Fact(Standing.SHOWN, self.arrived, self.of, self.newest, months_after(self.newest, _YEAR))


def _decisions(tx: Tx, members: Members, today: date) -> Mapping[UnitId, Fact]:
    """The entity decided within a year, and what it decided or got from above arrived by its day.

    What was recorded and conveyed to nobody is no instruction yet.
    """
    of, arrival = DecisionRecord, ArrivalRecord
    made = {
        row.id: row
        for row in tx.session.execute(
            select(of.id, of.unit_id, of.decided_on, of.due_on).where(
                of.withdrawn_at.is_(None),
                of.issued_at.is_not(None),
                of.decided_on > months_after(today, -_YEAR),
            )
        )
    }
    waiting: dict[tuple[int, UnitId], int] = {}  # by decision and entity: units that have not got it
    units = tx.session.execute(
        select(arrival.decision_id, arrival.unit_id, func.count())
        .join(of, of.id == arrival.decision_id)
        .where(
            of.withdrawn_at.is_(None),
            of.decided_on > months_after(today, -_YEAR),
            arrival.acknowledged_at.is_(None),
        )
        .group_by(arrival.decision_id, arrival.unit_id)
    )
    for decision, unit, count in units:
        if (entity := members.entity_of.get(unit)) is not None:
            key = (decision, entity)
            waiting[key] = waiting.get(key, 0) + count
    found: dict[UnitId, _Decided] = {}
    for row in made.values():
        entity = members.entity_of.get(row.unit_id)
        if entity is None:
            continue
        each = found.setdefault(entity, _Decided())
        each.of += 1
        each.newest = row.decided_on if each.newest is None else max(each.newest, row.decided_on)
        if not waiting.get((row.id, entity)):
            each.arrived += 1
        elif row.due_on is not None and row.due_on >= today:
            each.next = row.due_on if each.next is None else min(each.next, row.due_on)
    for decision, entity in waiting:
        if decision not in made:
            continue
        row = made[decision]
        if row.due_on is None or row.due_on >= today:
            continue
        each = found.setdefault(entity, _Decided())
        each.late = True
        if members.entity_of.get(row.unit_id) != entity:  # from above
            each.of += 1
            each.newest = row.decided_on if each.newest is None else max(each.newest, row.decided_on)
    return {entity: each.fact() for entity, each in found.items()}


GOVERNANCE = (
    Supplier(SupplierId.GOVERNANCE, partial(_filled, _POSTS, chairs=True)),
    Supplier(SupplierId.MANAGERS, partial(_filled, _MANAGERS, chairs=False)),
    Supplier(SupplierId.DECISIONS, _decisions),
)
"""Suppliers of governance."""
