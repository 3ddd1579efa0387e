"""What the certification cycle asks of somebody, as counts by room, and what has risen to that person.

A digest tells what is late or due within a week, of what the person may act on. What is late rises besides:
after a day to the privacy manager, after two weeks to top management, after a month to headquarters
(`privacy_mark.due`), who are told how much of it waits for others. No name, no subject, no place.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from privacy_mark.actions import due as actions
from privacy_mark.agenda import ROOMS
from privacy_mark.certificates import due as certificates
from privacy_mark.due import Due, Level
from privacy_mark.requirements import due as requirements
from privacy_mark.requirements.model import Catalogue
from registry.access import EVERYWHERE, SYSTEM_NAME, SYSTEM_USER, today_in_japan, units_allowed
from registry.model import Grant, Permission, Principal, Role, UnitId
from registry.store import Tx

AHEAD = timedelta(days=7)
"""So long before its day a thing is told: a digest comes every week at least."""


class Part(enum.StrEnum):
    """What a digest tells of the cycle, in its order; the ids are public API."""

    CERTIFICATES = "certificates"
    ACCIDENTS = "accidents"
    ASSESSMENTS = "assessments"
    CHANGES = "changes"
    YEARLY_PLAN = "yearly_plan"
    EVIDENCE = "evidence"
    ACTIONS = "actions"
    AUDITS = "audits"
    REVIEWS = "reviews"
    TRAINING = "training"
    PROCESSORS = "processors"
    CONFIRMATIONS = "confirmations"
    SELF_CHECKS = "self_checks"
    COMPLAINTS = "complaints"
    RULES = "rules"
    DECISIONS = "decisions"
    LAWS = "laws"
    RISEN_MANAGER = "risen_manager"  # late, and somebody else's: told to the privacy manager
    RISEN_TOP = "risen_top"
    RISEN_HEADQUARTERS = "risen_headquarters"


_OF: Mapping[str, Part] = {
    "accident": Part.ACCIDENTS,
    "actions": Part.ACTIONS,
    "assessments": Part.ASSESSMENTS,
    "audits": Part.AUDITS,
    "certificate": Part.CERTIFICATES,
    "changes": Part.CHANGES,
    "complaints": Part.COMPLAINTS,
    "confirmations": Part.CONFIRMATIONS,
    "documents": Part.RULES,
    "governance": Part.DECISIONS,
    "laws": Part.LAWS,
    "pms": Part.YEARLY_PLAN,
    "processors": Part.PROCESSORS,
    "requirements": Part.EVIDENCE,
    "reviews": Part.REVIEWS,
    "self_check": Part.SELF_CHECKS,
    "training": Part.TRAINING,
}
_RISES: Mapping[Role, tuple[Level, Part]] = {
    Role.OFFICER: (Level.PRIVACY_MANAGER, Part.RISEN_MANAGER),
    Role.TOP_MANAGEMENT: (Level.TOP_MANAGEMENT, Part.RISEN_TOP),
    Role.GROUP_OFFICER: (Level.HEADQUARTERS, Part.RISEN_HEADQUARTERS),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """One part of the cycle with something to do, and how much."""

    task: Part
    count: int


def part_of(kind: str) -> Part:
    """Return the part of a kind of work."""
    return _OF[kind.partition(".")[0]]


def counted(tx: Tx, catalogue: Catalogue) -> tuple[Counted, ...]:
    """Return what the cycle asks of the person asking, at the moment of the transaction."""
    return next(counts(tx, catalogue, [tx.principal]))


def counts(tx: Tx, catalogue: Catalogue, people: Iterable[Principal]) -> Iterator[tuple[Counted, ...]]:
    """Yield what the cycle asks of each of many people, in their order, as `counted` tells each of them.

    Evidence that runs out is read once for all; who holds no role is told nothing.
    """
    today = today_in_japan(tx.now)
    everybody = Principal(SYSTEM_USER, SYSTEM_NAME, (Grant(Role.ADMINISTRATOR, EVERYWHERE),))
    evidence: list[Due] | None = None
    below: dict[UnitId, list[Due]] = {}
    for who in people:
        if not any(each.role is not Role.WORKER for each in who.grants):
            yield ()
            continue
        if evidence is None:
            evidence = requirements.due(replace(tx, principal=everybody), today, catalogue)
        yield _told(tx, who, evidence, below, today)


def running(tx: Tx, people: Iterable[Principal]) -> Iterator[int]:
    """Yield for each of many people how many reports of accidents are late or due within a week.

    Their days run from the discovery, so they are told every day. Nobody is asked about when there are none.
    """
    today = today_in_japan(tx.now)
    everybody = Principal(SYSTEM_USER, SYSTEM_NAME, (Grant(Role.ADMINISTRATOR, EVERYWHERE),))
    some = bool(_clocks(replace(tx, principal=everybody), today))
    for who in people:
        yield _clocks(replace(tx, principal=who), today) if some else 0


def _clocks(tx: Tx, today: date) -> int:
    found = (each for each in certificates.due(tx, today) if part_of(each.kind) is Part.ACCIDENTS)
    return sum(each.due_on <= today + AHEAD for each in found)


def _told(
    tx: Tx, who: Principal, evidence: list[Due], below: dict[UnitId, list[Due]], today: date
) -> tuple[Counted, ...]:
    mine = _dues(replace(tx, principal=who), evidence, today)
    found = Counter(part_of(each.kind) for each in mine if each.due_on <= today + AHEAD)
    others: dict[Part, Counter[Due]] = {}  # counted: several items of a plan on one day are alike
    known = Counter(mine)
    for grant in who.grants:
        if grant.role not in _RISES:
            continue
        level, part = _RISES[grant.role]
        if grant.unit_id not in below:
            asked = Principal(SYSTEM_USER, SYSTEM_NAME, (Grant(Role.ADMINISTRATOR, grant.unit_id),))
            below[grant.unit_id] = _dues(replace(tx, principal=asked), evidence, today)
        risen = Counter(each for each in below[grant.unit_id] if each.level(today) >= level)
        others[part] = others.get(part, Counter()) | (risen - known)
    found.update({part: risen.total() for part, risen in others.items()})
    return tuple(Counted(part, found[part]) for part in Part if found[part])


def _dues(tx: Tx, evidence: list[Due], today: date) -> list[Due]:
    """Return what the principal of a transaction may act on in all rooms."""
    found = [each for due in ROOMS for each in due(tx, today)]
    found += actions.due(tx, today)
    units = units_allowed(tx, Permission.MANAGE_CERTIFICATION)
    return found + [each for each in evidence if each.unit_id in units]
