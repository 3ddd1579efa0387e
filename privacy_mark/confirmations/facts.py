"""What the platform knows of a unit when it confirms: counts only, never a place or a name.

A fact that cannot be told (nothing is registered there) is told as that, and people answer themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, func, select

from privacy_mark.confirmations.questions import FactKind
from registry.access import today_in_japan
from registry.case_states import WAITING
from registry.model import DiscrepancyKind, UnitId
from registry.runs import latest, totals_of
from registry.store import Tx
from registry.store.account_tables import RoleGrant
from registry.store.case_tables import CaseRecord
from registry.store.tables import LedgerRecord, OrgClosure, ScanRun, SourceRecord


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: as it should be, not so, or (None) for people to say; and the numbers that tell why."""

    kind: FactKind
    is_right: bool | None
    numbers: Mapping[str, int]


def facts(tx: Tx, unit_id: UnitId, since: date, today: date) -> dict[FactKind, Fact]:
    """Return what is known of a unit and all below it; the caller has checked who asks."""
    found = (
        _scans(tx, unit_id, since),
        _differences(tx, unit_id, today),
        _cases(tx, unit_id, FactKind.EXPOSURE, DiscrepancyKind.OVER_EXPOSED),
        _cases(tx, unit_id, FactKind.RETENTION, DiscrepancyKind.OVER_RETAINED),
        _ledger(tx, unit_id, today),
        _access(tx, unit_id, since, today),
    )
    return {fact.kind: fact for fact in found}


def _below(unit_id: UnitId) -> Select[int]:
    return select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)


def _count(tx: Tx, *conditions: ColumnElement[bool]) -> int:
    return tx.session.scalar(select(func.count()).where(*conditions)) or 0


def _scans(tx: Tx, unit_id: UnitId, since: date) -> Fact:
    below = _below(unit_id)
    sources = _count(tx, SourceRecord.unit_id.in_(below), SourceRecord.removed_at.is_(None))
    runs = list(
        tx.session.scalars(latest().where(ScanRun.unit_id.in_(below), ScanRun.source_id.is_not(None)))
    )
    recent = [run for run in runs if today_in_japan(run.finished_at) >= since]
    totals = [totals_of(run) for run in recent]
    whole = sum(each.is_complete for each in totals)
    numbers = {
        "sources": sources,
        "scanned": len(recent),
        "complete": whole,
        "unexamined": sum(each.listed - each.complete for each in totals),
    }
    return Fact(FactKind.SCANS, whole == sources if sources else None, numbers)


def _differences(tx: Tx, unit_id: UnitId, today: date) -> Fact:
    waiting = _waiting(unit_id)
    late = _count(tx, *waiting, CaseRecord.due_on < today)
    return Fact(FactKind.DIFFERENCES, late == 0, {"open": _count(tx, *waiting), "late": late})


def _cases(tx: Tx, unit_id: UnitId, kind: FactKind, of: DiscrepancyKind) -> Fact:
    waiting = _count(tx, *_waiting(unit_id), CaseRecord.kind == of.value)
    return Fact(kind, waiting == 0, {"open": waiting})


def _waiting(unit_id: UnitId) -> tuple[ColumnElement[bool], ...]:
    states = [state.value for state in WAITING]
    return CaseRecord.unit_id.in_(_below(unit_id)), CaseRecord.state.in_(states)


def _ledger(tx: Tx, unit_id: UnitId, today: date) -> Fact:
    of = LedgerRecord.unit_id.in_(_below(unit_id))
    entries = _count(tx, of)
    late = _count(tx, of, LedgerRecord.next_review.is_(None) | (LedgerRecord.next_review < today))
    return Fact(FactKind.LEDGER, late == 0 if entries else None, {"entries": entries, "late": late})


def _access(tx: Tx, unit_id: UnitId, since: date, today: date) -> Fact:
    of = RoleGrant.unit_id.in_(_below(unit_id))
    given = _count(tx, of, RoleGrant.valid_from.between(since, today))
    ended = _count(tx, of, RoleGrant.valid_until.between(since, today))
    # Whether changed rights are the right ones is for people to say.
    return Fact(FactKind.ACCESS, None if given or ended else True, {"given": given, "ended": ended})
