"""A committee and decisions in each company of the tests, and a call of every service of governance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from privacy_mark.governance import arrivals, bodies, decisions, following
from privacy_mark.governance.model import (
    AppointmentDraft,
    AppointmentId,
    ArrivalId,
    BodyDraft,
    BodyId,
    BodyKind,
    DecisionDraft,
    DecisionId,
    Post,
)
from registry.model import UnitId, UnitKind
from registry.store import Tx
from registry.store.governance_tables import ArrivalRecord
from tests.access.rights import ABSENT, DAY

DUE = DAY + timedelta(days=900)
SITES = frozenset({UnitKind.SITE})


@dataclass(frozen=True, slots=True)
class Governance:
    """The ids of one company's rows."""

    body_id: BodyId
    appointment_id: AppointmentId
    draft_id: DecisionId  # conveyed to nobody yet
    issued_id: DecisionId  # conveyed
    arrival_id: ArrivalId  # at the company


NO_GOVERNANCE = Governance(
    BodyId(ABSENT), AppointmentId(ABSENT), DecisionId(ABSENT), DecisionId(ABSENT), ArrivalId(ABSENT)
)


def body(unit_id: UnitId, mark: str = "") -> BodyDraft:
    """Return a valid body."""
    return BodyDraft(unit_id, BodyKind.COMMITTEE, f"個人情報保護委員会{mark}", "Privacy committee")


def appointment(unit_id: UnitId, mark: str = "") -> AppointmentDraft:
    """Return a valid appointment to a post of the unit."""
    return AppointmentDraft(unit_id, None, Post.PRIVACY_MANAGER, f"佐藤 恵{mark}", "代表取締役", DAY, None)


def decided(unit_id: UnitId, mark: str = "") -> DecisionDraft:
    """Return a valid decision."""
    return DecisionDraft(unit_id, None, DAY, f"持ち出しを禁じる{mark}", f"私物の記憶媒体を使わない。{mark}")


def fill(tx: Tx, unit_id: UnitId, mark: str) -> Governance:
    """Register what a company decides; one decision is conveyed to its sites."""
    made = bodies.register(tx, body(unit_id, mark))
    appointed = bodies.appoint(tx, replace(appointment(unit_id, mark), body_id=made, post=Post.CHAIR))
    draft, issued = (decisions.record(tx, replace(decided(unit_id, mark), body_id=made)) for _ in "12")
    decisions.issue(tx, issued, SITES, due_on=DUE, expected_version=1)
    arrival = tx.session.scalars(select(ArrivalRecord).filter_by(decision_id=issued)).one()
    arrival.unit_id = unit_id  # as if a unit above had conveyed it to the company, and it to the site
    tx.session.flush()
    return Governance(made, appointed, draft, issued, ArrivalId(arrival.id))


Call = Callable[[Tx, Any, Any], object]

READS: dict[str, Call] = {
    "governance.arrivals.arrivals": lambda tx, _, at: arrivals.arrivals(tx, at.governance.issued_id),
    "governance.arrivals.open_received": lambda tx, _, at: arrivals.open_received(
        tx, at.governance.arrival_id
    ),
    "governance.bodies.bodies": lambda tx, _, at: bodies.bodies(tx, at.unit_id),
    "governance.bodies.appointment": lambda tx, _, at: bodies.appointment(tx, at.governance.appointment_id),
    "governance.bodies.officers": lambda tx, _, at: bodies.officers(tx, at.unit_id),
    "governance.following.missing": lambda tx, _, at: following.missing(tx, at.governance.issued_id),
    "governance.decisions.decision": lambda tx, _, at: decisions.decision(tx, at.governance.draft_id),
    "governance.decisions.decisions": lambda tx, _, at: decisions.decisions(tx, at.unit_id)[0],
}


def _conveyed(tx: Tx, at: Any) -> int:
    """Convey on what arrived at the company, which is made to have the site below it."""
    here = update(ArrivalRecord).where(ArrivalRecord.id == at.governance.arrival_id)
    tx.session.execute(here.values(acknowledged_at=tx.now, acknowledger_id=ABSENT))
    waits = ArrivalRecord(unit_id=at.site_id, decision_id=at.governance.issued_id, above_id=at.unit_id)
    if ABSENT not in (at.governance.issued_id, at.site_id, at.unit_id):
        tx.session.add(waits)
        tx.session.flush()
    return arrivals.convey(tx, at.governance.arrival_id)


WRITES: dict[str, Call] = {
    "governance.following.add_missing": lambda tx, _, at: following.add_missing(
        tx, at.governance.issued_id, expected_version=2
    ),
    "governance.arrivals.convey": lambda tx, _, at: _conveyed(tx, at),
    "governance.bodies.appoint": lambda tx, _, at: bodies.appoint(tx, appointment(at.unit_id)),
    "governance.bodies.end": lambda tx, _, at: bodies.end(tx, at.governance.body_id, expected_version=1),
    "governance.bodies.end_appointment": lambda tx, _, at: bodies.end_appointment(
        tx, at.governance.appointment_id, DAY, expected_version=1
    ),
    "governance.bodies.register": lambda tx, _, at: bodies.register(tx, body(at.unit_id)),
    "governance.decisions.correct": lambda tx, _, at: decisions.correct(
        tx, at.governance.draft_id, decided(at.unit_id), expected_version=1
    ),
    "governance.decisions.issue": lambda tx, _, at: decisions.issue(
        tx, at.governance.draft_id, SITES, due_on=DUE, expected_version=1
    ),
    "governance.decisions.record": lambda tx, _, at: decisions.record(tx, decided(at.unit_id)),
    "governance.decisions.withdraw": lambda tx, _, at: decisions.withdraw(
        tx, at.governance.issued_id, expected_version=2
    ),
}
