"""Evidence and a confirmation in each company of the tests, and a call of every service of requirements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from privacy_mark.certificates import years
from privacy_mark.requirements import (
    due,
    earlier,
    evidence,
    group,
    issued,
    planned,
    readiness,
    renewal,
    year_facts,
)
from privacy_mark.requirements.catalogue import product
from privacy_mark.requirements.corrections import corrected
from privacy_mark.requirements.evidence import EvidenceDraft, EvidenceId, Shows
from privacy_mark.requirements.issued import Issued, ReportId
from registry.model import UnitId
from registry.store import Registry, Tx
from tests.access.bases import APPROVER, RECORDER
from tests.access.rights import ABSENT, DAY

READY, CONFIRMED = Shows("J.1.4", "scope"), Shows("J.1.2", "parties")
"""All is shown of both requirements; the second is confirmed."""
_ENDED = corrected(
    product(), [(f"version: 1\nsource: test\nend: {{J.1.4: {DAY - timedelta(days=1)}}}\n", "own.yaml")]
)


@dataclass(frozen=True, slots=True)
class Certified:
    """The ids of one company's rows; `basis` is what READY rests on in `unit_id`."""

    unit_id: UnitId
    evidence_id: EvidenceId
    confirmation_id: int
    basis: str
    report_id: ReportId


NONE_CERTIFIED = Certified(UnitId(ABSENT), EvidenceId(ABSENT), ABSENT, "", ReportId(ABSENT))


def draft(unit_id: UnitId, *shows: Shows, **values: Any) -> EvidenceDraft:
    """Return valid evidence without personal data."""
    told: dict[str, Any] = {"title": "適用範囲", "effective_on": DAY, "personal": False}
    return EvidenceDraft(unit_id=unit_id, shows=frozenset(shows or {READY}), **(told | values))


def fill(registry: Registry, unit_id: UnitId, mark: str) -> Certified:
    """Show two requirements of a company and have somebody else confirm one of them."""
    known = product()
    with registry.write(RECORDER, reason="test") as tx:
        made = evidence.add_file(tx, known, draft(unit_id, title=f"範囲 {mark}"), "a.txt", mark.encode())
        plan = draft(unit_id, CONFIRMED, title=f"計画 {mark}")
        evidence.add_file(tx, known, plan, "b.txt", f"b {mark}".encode())
    with registry.write(APPROVER, reason="test") as tx:
        lines = {each.requirement.id: each for each in readiness.readiness(tx, known, unit_id).lines}
        wanted = CONFIRMED.requirement
        done = readiness.confirm(tx, known, unit_id, wanted, basis=lines[wanted].basis)
        report = issue(tx, unit_id, mark)
    assert isinstance(done.state, readiness.Met)
    confirmed = done.state.confirmation.id
    return Certified(unit_id, made.id, confirmed, lines[READY.requirement].basis, report.id)


def issue(tx: Tx, unit_id: UnitId, mark: str = "") -> Issued:
    """Issue the report of an entity, with other bytes in the place of its PDF."""
    found = renewal.renewal(tx, product(), unit_id)
    return issued.issue(tx, found, "ja", f"%PDF-{mark}".encode())


Call = Callable[[Tx, Any, Any], object]

READS: dict[str, Call] = {
    "requirements.due.due": lambda tx, _, at: [
        each for each in due.due(tx, date(2040, 1, 1)) if each.unit_id == at.unit_id
    ],
    "requirements.earlier.earlier": lambda tx, _, at: earlier.earlier(
        tx, _ENDED, readiness.readiness(tx, _ENDED, at.unit_id)
    ),
    "requirements.evidence.evidence": lambda tx, _, at: evidence.evidence(tx, at.unit_id),
    "requirements.issued.content": lambda tx, _, at: issued.content(tx, at.certified.report_id),
    "requirements.issued.issued": lambda tx, _, at: issued.issued(tx, at.unit_id)[0],
    "requirements.planned.plans": lambda tx, _, at: planned.plans(tx, at.unit_id),
    "requirements.readiness.readiness": lambda tx, _, at: readiness.readiness(tx, product(), at.unit_id),
    "requirements.group.shares": lambda tx, _, at: [
        each for each in group.shares(tx, product()) if each.unit_id == at.unit_id
    ],
    "requirements.renewal.renewal": lambda tx, _, at: renewal.renewal(tx, product(), at.unit_id),
    "requirements.year_facts.shown": lambda tx, _, at: year_facts.shown(tx, at.certificates.approved_id),
}

WRITES: dict[str, Call] = {
    "requirements.evidence.add_file": lambda tx, _, at: evidence.add_file(
        tx, product(), draft(at.unit_id), "new.txt", b"new"
    ),
    "requirements.evidence.cite": lambda tx, _, at: evidence.cite(
        tx, product(), draft(at.unit_id, Shows("J.3.1.1", "found"))
    ),
    "requirements.evidence.content": lambda tx, _, at: evidence.content(tx, at.certified.evidence_id),
    "requirements.evidence.remove": lambda tx, _, at: (
        True,
        evidence.remove(tx, at.certified.evidence_id, expected_version=1, reason="誤り"),
    ),
    "requirements.evidence.state_none": lambda tx, _, at: evidence.state_none(
        tx, product(), draft(at.unit_id, Shows("J.8.9", "anonymised"), note="作成していない")
    ),
    "requirements.issued.issue": lambda tx, _, at: issue(tx, at.unit_id),
    "requirements.readiness.confirm": lambda tx, _, at: readiness.confirm(
        tx, product(), at.certified.unit_id, READY.requirement, basis=at.certified.basis
    ),
    "requirements.year_facts.finish": lambda tx, _, at: year_facts.finish(
        tx,
        at.certificates.approved_id,
        expected_version=years.year(tx, at.certificates.approved_id).version,
    ),
    "requirements.readiness.withdraw": lambda tx, _, at: (
        True,
        readiness.withdraw(tx, at.certified.confirmation_id, expected_version=1),
    ),
}
