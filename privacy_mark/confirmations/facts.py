"""What the platform knows of a unit when it confirms: counts only, never a place or a name.

A fact that cannot be told (nothing is registered there) is told as that, and people answer themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from privacy_mark.confirmations.questions import FactKind
from registry.access import today_in_japan
from registry.case_states import WAITING
from registry.model import DiscrepancyKind, UnitId
from registry.runs import latest, totals_of
from registry.store import Tx
from registry.store.account_tables import Affiliation, RoleGrant, UserAccount
from registry.store.case_tables import CaseRecord
from registry.store.tables import LedgerRecord, OrgClosure, ScanRun, SourceRecord
from registry.store.training_tables import TrainingPosting, TrainingWorker


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
    below = _below(unit_id)
    of = RoleGrant.unit_id.in_(below)
    moved, left = _moved(tx, unit_id, since, today), TrainingWorker.unit_id.in_(below)
    active = _active_leavers(tx, unit_id, today)
    numbers = {
        "workers": _count(tx, left),  # without a roster nobody knows of transfers and leavers
        "moved": moved,
        "left": _count(tx, left, TrainingWorker.left_on.between(since, today)),
        "active": active,
        "given": _count(tx, of, RoleGrant.valid_from.between(since, today)),
        "ended": _count(tx, of, RoleGrant.valid_until.between(since, today)),
    }
    # That a leaver's role goes on is wrong. That the others' rights are right, above all those of files and
    # other systems, no number here tells: people say it.
    return Fact(FactKind.ACCESS, False if active else None, numbers)


def _moved(tx: Tx, unit_id: UnitId, since: date, today: date) -> int:
    """Return how many workers came or went by transfer 異動; a posting ends on the day before."""
    day = timedelta(days=1)
    return _count(
        tx,
        TrainingPosting.worker_id == TrainingWorker.id,
        TrainingPosting.unit_id.in_(_below(unit_id)) | TrainingWorker.unit_id.in_(_below(unit_id)),
        TrainingPosting.until_on.between(since - day, today - day),
        TrainingWorker.left_on.is_(None) | (TrainingWorker.left_on > TrainingPosting.until_on),
    )


def _active_leavers(tx: Tx, unit_id: UnitId, today: date) -> int:
    """Return how many who left 退職, and work nowhere else now, still hold a role of the platform."""
    stays = aliased(TrainingWorker)
    return (
        tx.session.scalar(
            select(func.count(UserAccount.id.distinct()))
            .join(TrainingWorker, TrainingWorker.login_digest == UserAccount.login_digest)
            .where(
                TrainingWorker.unit_id.in_(_below(unit_id)),
                TrainingWorker.left_on < today,
                UserAccount.id.in_(_holding(today)),
                ~select(stays.id)
                .where(
                    stays.login_digest == UserAccount.login_digest,
                    stays.left_on.is_(None) | (stays.left_on >= today),
                )
                .exists(),
            )
        )
        or 0
    )


def _holding(today: date) -> Select[int]:
    return (
        select(RoleGrant.user_id)
        .join(Affiliation, Affiliation.id == RoleGrant.affiliation_id)
        .where(
            *(each.valid_until.is_(None) | (each.valid_until >= today) for each in (RoleGrant, Affiliation))
        )
    )
