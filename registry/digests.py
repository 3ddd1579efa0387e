"""What somebody has to do, as counts: what a digest tells, without a name, a subject or a location.

Asked through the person's own principal, so that it counts nothing that the person may not see, and only
what the person may act on.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select

from registry import due
from registry.access import scope, today_in_japan, units_allowed
from registry.applications import ApplicationState
from registry.case_states import TO_DO, CaseState
from registry.disposal_states import DisposalState
from registry.findings import FindingsStore
from registry.model import Permission
from registry.request_model import RequestState
from registry.store import Tx
from registry.store.case_tables import CaseRecord, DisposalRecord
from registry.store.ledger_tables import ApplicationRecord, ProcessorRecord
from registry.store.rights_tables import ProvisionRecord, RightsRequest
from registry.store.tables import LedgerRecord

CONTRACT_DAYS = 60  # how long before its end a contract is told of
EXPLANATION_DAYS = 30
REQUEST_DAYS = 7
RETURNED_DAYS = 7  # how long it is told that an application came back


class Task(enum.StrEnum):
    """One kind of work, in the order in which a digest tells it; the ids are public API."""

    REQUESTS_DUE = "requests_due"  # answers to persons, late or due within days
    CASES_MINE = "cases_mine"  # differences given to the person
    CASES_NEW = "cases_new"  # differences that nobody has taken
    EXPLANATIONS_TO_DECIDE = "explanations_to_decide"
    EXPLANATIONS_EXPIRING = "explanations_expiring"
    APPLICATIONS_TO_DECIDE = "applications_to_decide"
    APPLICATIONS_RETURNED = "applications_returned"
    ENTRIES_TO_REVIEW = "entries_to_review"
    RETENTION_OVER = "retention_over"  # entries whose data are kept too long, no disposal ordered
    DISPOSALS_TO_DECIDE = "disposals_to_decide"
    DISPOSALS_TO_EXECUTE = "disposals_to_execute"
    DISPOSALS_NOT_CONFIRMED = "disposals_not_confirmed"
    CONTRACTS_ENDING = "contracts_ending"
    PROVISIONS_OVER = "provisions_over"  # records of provision that are kept too long


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of work that there is, and how much of it."""

    task: Task
    count: int


@dataclass(frozen=True, slots=True)
class Digest:
    """What somebody has to do; without lines there is nothing to tell."""

    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        """Return how many things there are to do."""
        return sum(line.count for line in self.lines)


def digest(tx: Tx, store: FindingsStore) -> Digest:
    """Return what the person asking has to do at the moment of the transaction."""
    today = today_in_japan(tx.now)
    counted = ((task, count(tx, store, today)) for task, count in _COUNTS.items())
    return Digest(tuple(Line(task, number) for task, number in counted if number))


_Count = Callable[[Tx, FindingsStore, date], int]


def _number(tx: Tx, query: Select[int], *conditions: ColumnElement[bool]) -> int:
    return tx.session.scalar(query.where(*conditions)) or 0


def _requests_due(tx: Tx, _store: FindingsStore, today: date) -> int:
    until = func.coalesce(RightsRequest.extended_until, RightsRequest.target_on)
    return _number(
        tx,
        select(func.count(RightsRequest.id)),
        RightsRequest.unit_id.in_(scope(tx, Permission.HANDLE_REQUESTS)),
        RightsRequest.state != RequestState.CLOSED.value,
        until <= today + timedelta(days=REQUEST_DAYS),
    )


def _cases(tx: Tx, permission: Permission, *conditions: ColumnElement[bool]) -> int:
    return _number(
        tx, select(func.count(CaseRecord.id)), CaseRecord.unit_id.in_(scope(tx, permission)), *conditions
    )


def _cases_mine(tx: Tx, _store: FindingsStore, _today: date) -> int:
    mine = CaseRecord.assignee_id == tx.principal.user_id
    return _cases(tx, Permission.HANDLE_CASES, mine, CaseRecord.state.in_([each.value for each in TO_DO]))


def _cases_new(tx: Tx, _store: FindingsStore, _today: date) -> int:
    fresh = CaseRecord.state.in_([CaseState.NEW.value, CaseState.REOPENED.value])
    return _cases(tx, Permission.HANDLE_CASES, fresh, CaseRecord.assignee_id.is_(None))


def _explanations_to_decide(tx: Tx, _store: FindingsStore, _today: date) -> int:
    of_others = CaseRecord.proposer_id != tx.principal.user_id
    return _cases(tx, Permission.DECIDE_CASES, CaseRecord.state == CaseState.PROPOSED.value, of_others)


def _explanations_expiring(tx: Tx, _store: FindingsStore, today: date) -> int:
    soon = CaseRecord.expires_on <= today + timedelta(days=EXPLANATION_DAYS)
    return _cases(tx, Permission.HANDLE_CASES, CaseRecord.state == CaseState.EXPLAINED.value, soon)


def _applications_to_decide(tx: Tx, _store: FindingsStore, _today: date) -> int:
    return _number(
        tx,
        select(func.count(ApplicationRecord.id)),
        ApplicationRecord.unit_id.in_(scope(tx, Permission.APPROVE_LEDGER)),
        ApplicationRecord.state == ApplicationState.SUBMITTED.value,
        ApplicationRecord.applicant_id != tx.principal.user_id,
    )


def _applications_returned(tx: Tx, _store: FindingsStore, _today: date) -> int:
    return _number(
        tx,
        select(func.count(ApplicationRecord.id)),
        ApplicationRecord.unit_id.in_(scope(tx, Permission.APPLY_LEDGER)),
        ApplicationRecord.state == ApplicationState.RETURNED.value,
        ApplicationRecord.applicant_id == tx.principal.user_id,
        ApplicationRecord.decided_at > tx.now - timedelta(days=RETURNED_DAYS),
    )


def _entries_to_review(tx: Tx, _store: FindingsStore, today: date) -> int:
    return _number(
        tx,
        select(func.count(LedgerRecord.id)),
        LedgerRecord.unit_id.in_(scope(tx, Permission.EDIT_LEDGER)),
        or_(LedgerRecord.next_review.is_(None), LedgerRecord.next_review <= today),
    )


def _retention_over(tx: Tx, store: FindingsStore, today: date) -> int:
    mine = units_allowed(tx, Permission.HANDLE_CASES)
    if not mine:
        return 0
    entries = due.due_entries(tx, store, until=today - timedelta(days=1))
    going = (DisposalState.PROPOSED, DisposalState.APPROVED, DisposalState.EXECUTED)
    ordered = select(DisposalRecord.entry_id).where(DisposalRecord.state.in_([each.value for each in going]))
    held = select(LedgerRecord.id).where(LedgerRecord.legal_hold)
    settled = {*tx.session.scalars(ordered), *tx.session.scalars(held)}
    return sum(each.unit_id in mine and each.entry_id not in settled for each in entries)


def _disposals(tx: Tx, permission: Permission, state: DisposalState, *more: ColumnElement[bool]) -> int:
    return _number(
        tx,
        select(func.count(DisposalRecord.id)),
        DisposalRecord.unit_id.in_(scope(tx, permission)),
        DisposalRecord.state == state.value,
        *more,
    )


def _disposals_to_decide(tx: Tx, _store: FindingsStore, _today: date) -> int:
    of_others = DisposalRecord.orderer_id != tx.principal.user_id
    return _disposals(tx, Permission.DECIDE_CASES, DisposalState.PROPOSED, of_others)


def _disposals_to_execute(tx: Tx, _store: FindingsStore, _today: date) -> int:
    return _disposals(tx, Permission.HANDLE_CASES, DisposalState.APPROVED)


def _disposals_not_confirmed(tx: Tx, _store: FindingsStore, _today: date) -> int:
    return _disposals(tx, Permission.HANDLE_CASES, DisposalState.NOT_CONFIRMED)


def _contracts_ending(tx: Tx, _store: FindingsStore, today: date) -> int:
    return _number(
        tx,
        select(func.count(ProcessorRecord.id)),
        ProcessorRecord.unit_id.in_(scope(tx, Permission.MANAGE_PROCESSORS)),
        ProcessorRecord.valid_until.between(today, today + timedelta(days=CONTRACT_DAYS)),
    )


def _provisions_over(tx: Tx, _store: FindingsStore, today: date) -> int:
    return _number(
        tx,
        select(func.count(ProvisionRecord.id)),
        ProvisionRecord.unit_id.in_(scope(tx, Permission.RECORD_PROVISIONS)),
        ProvisionRecord.disposed_at.is_(None),
        ProvisionRecord.retain_until < today,
    )


_COUNTS: Mapping[Task, _Count] = {
    Task.REQUESTS_DUE: _requests_due,
    Task.CASES_MINE: _cases_mine,
    Task.CASES_NEW: _cases_new,
    Task.EXPLANATIONS_TO_DECIDE: _explanations_to_decide,
    Task.EXPLANATIONS_EXPIRING: _explanations_expiring,
    Task.APPLICATIONS_TO_DECIDE: _applications_to_decide,
    Task.APPLICATIONS_RETURNED: _applications_returned,
    Task.ENTRIES_TO_REVIEW: _entries_to_review,
    Task.RETENTION_OVER: _retention_over,
    Task.DISPOSALS_TO_DECIDE: _disposals_to_decide,
    Task.DISPOSALS_TO_EXECUTE: _disposals_to_execute,
    Task.DISPOSALS_NOT_CONFIRMED: _disposals_not_confirmed,
    Task.CONTRACTS_ENDING: _contracts_ending,
    Task.PROVISIONS_OVER: _provisions_over,
}
