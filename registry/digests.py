"""What somebody has to do, as counts: what a digest tells, without a name, a subject or a location.

Asked through the person's own principal, so that it counts nothing that the person may not see, and only
what the person may act on.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, assert_never

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from registry import due
from registry.access import scope, today_in_japan, units_allowed
from registry.applications import ApplicationState
from registry.case_states import TO_DO, CaseState
from registry.disposal_states import DisposalState
from registry.findings import FindingsStore
from registry.model import Grant, Permission, Principal, UnitId, UserId
from registry.remediation_states import RemediationState, Seen
from registry.request_model import RequestState
from registry.store import Tx
from registry.store.case_tables import CaseRecord, DisposalRecord
from registry.store.ledger_tables import ApplicationRecord, ProcessorRecord
from registry.store.remediation_tables import RemediationRecord
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
    REMEDIATIONS_TO_DECIDE = "remediations_to_decide"
    REMEDIATIONS_FOUND_AGAIN = "remediations_found_again"  # what was to be gone lies there, by a later scan
    CONTRACTS_ENDING = "contracts_ending"
    PROVISIONS_OVER = "provisions_over"  # records of provision that are kept too long


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of work that there is, and how much of it; other rooms bring kinds of their own."""

    task: enum.StrEnum
    count: int


@dataclass(frozen=True, slots=True)
class Digest:
    """What somebody has to do; without lines there is nothing to tell."""

    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        """Return how many things there are to do."""
        return sum(line.count for line in self.lines)

    def plus(self, more: Iterable[tuple[enum.StrEnum, int]]) -> Digest:
        """Return it with more lines at the end."""
        return Digest((*self.lines, *(Line(task, count) for task, count in more)))


def digest(tx: Tx, store: FindingsStore) -> Digest:
    """Return what the person asking has to do at the moment of the transaction."""
    return _gather(tx, store, everywhere=False).of(tx, tx.principal)


def digests(tx: Tx, store: FindingsStore, principals: Iterable[Principal]) -> Iterator[Digest]:
    """Yield what each of many people has to do, in their order, as `digest` would tell each of them.

    What there is is asked once, and what people of the same rights may act on is looked up once.
    """
    work = _gather(tx, store, everywhere=True)
    return (work.of(tx, each) for each in principals)


class _Whose(enum.Enum):
    """Of whom work is told, by the account that stands with it."""

    ALL = enum.auto()
    MINE = enum.auto()
    OTHERS = enum.auto()  # nobody decides on what is his own


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of work: who may act on it, and what of a table it is."""

    permission: Permission
    table: type[Any]  # a mapped class with a `unit_id`
    conditions: Callable[[Tx, date], Sequence[ColumnElement[bool]]]
    account: Any = None  # the column of the account that counts
    whose: _Whose = _Whose.ALL


_Piece = tuple[UnitId, int | None, int]  # unit, account, how many


@dataclass(frozen=True, slots=True)
class _Overdue:
    """An entry of which something is kept too long, and nothing is ordered or held."""

    unit_id: UnitId
    by_date: bool  # by its own last day, whatever is found
    found_in: frozenset[UnitId]  # where objects lie that are kept too long


@dataclass(frozen=True, slots=True)
class _Work:
    """What there is to do, by unit and account."""

    pieces: Mapping[Task, Sequence[_Piece]]
    overdue: Sequence[_Overdue]
    units: dict[tuple[Permission, tuple[Grant, ...]], frozenset[UnitId]] = field(default_factory=dict)
    counted: dict[tuple[Grant, ...], int] = field(default_factory=dict)  # of what is overdue

    def of(self, tx: Tx, who: Principal) -> Digest:
        """Return what somebody has to do."""
        counts = ((task, self._count(tx, who, task)) for task in Task)
        return Digest(tuple(Line(task, number) for task, number in counts if number))

    def _count(self, tx: Tx, who: Principal, task: Task) -> int:
        if task is Task.RETENTION_OVER:
            if who.grants not in self.counted:
                self.counted[who.grants] = self._kept_too_long(tx, who)
            return self.counted[who.grants]
        kind, pieces = _KINDS[task], self.pieces[task]
        units = self._allowed(tx, who, kind.permission) if pieces else frozenset[UnitId]()
        return sum(
            number
            for unit_id, account, number in pieces
            if unit_id in units and _concerns(kind.whose, account, who.user_id)
        )

    def _kept_too_long(self, tx: Tx, who: Principal) -> int:
        acts = self._allowed(tx, who, Permission.HANDLE_CASES) if self.overdue else frozenset[UnitId]()
        if not acts:
            return 0
        acts &= self._allowed(tx, who, Permission.VIEW_LEDGER)
        sees = self._allowed(tx, who, Permission.VIEW_SITUATION)
        return sum(
            each.unit_id in acts and (each.by_date or bool(each.found_in & sees)) for each in self.overdue
        )

    def _allowed(self, tx: Tx, who: Principal, permission: Permission) -> frozenset[UnitId]:
        grants = who.grants_with(permission)
        if not grants:
            return frozenset()
        key = (permission, tuple(grants))
        if key not in self.units:
            self.units[key] = units_allowed(replace(tx, principal=who), permission)
        return self.units[key]


def _concerns(whose: _Whose, account: int | None, user_id: UserId) -> bool:
    match whose:
        case _Whose.ALL:
            return True
        case _Whose.MINE:
            return account == user_id
        case _Whose.OTHERS:
            return account is not None and account != user_id
        case _:
            assert_never(whose)


def _gather(tx: Tx, store: FindingsStore, *, everywhere: bool) -> _Work:
    """Return what there is to do: everywhere, or where the person asking may act on it."""
    today = today_in_japan(tx.now)
    pieces: dict[Task, Sequence[_Piece]] = {}
    for task, kind in _KINDS.items():
        if everywhere or tx.principal.grants_with(kind.permission):
            pieces[task] = _pieces(tx, kind, today, everywhere=everywhere)
        else:
            pieces[task] = ()
    acts = everywhere or tx.principal.grants_with(Permission.HANDLE_CASES)
    return _Work(pieces, _overdue(tx, store, today) if acts else ())


def _pieces(tx: Tx, kind: _Kind, today: date, *, everywhere: bool) -> list[_Piece]:
    account = kind.table.unit_id if kind.account is None else kind.account  # whose it is does not matter then
    query = select(kind.table.unit_id, account, func.count()).where(*kind.conditions(tx, today))
    if not everywhere:
        query = query.where(kind.table.unit_id.in_(scope(tx, kind.permission)))
    rows = tx.session.execute(query.group_by(kind.table.unit_id, account))
    return [(UnitId(unit), who, number) for unit, who, number in rows]


def _overdue(tx: Tx, store: FindingsStore, today: date) -> list[_Overdue]:
    until = today - timedelta(days=1)
    found = due.found_by_unit(tx, store, until=until)
    going = (DisposalState.PROPOSED, DisposalState.APPROVED, DisposalState.EXECUTED)
    ordered = select(DisposalRecord.entry_id).where(DisposalRecord.state.in_([each.value for each in going]))
    settled = set(tx.session.scalars(ordered))
    entries = select(LedgerRecord.id, LedgerRecord.unit_id, LedgerRecord.retention_until).where(
        LedgerRecord.legal_hold.is_(False)
    )
    told = []
    for number, unit_id, last in tx.session.execute(entries):
        by_date = last is not None and last <= until
        if number not in settled and (by_date or number in found):
            told.append(_Overdue(UnitId(unit_id), by_date, found.get(number, frozenset())))
    return told


def _requests_due(_tx: Tx, today: date) -> Sequence[ColumnElement[bool]]:
    until = func.coalesce(RightsRequest.extended_until, RightsRequest.target_on)
    return RightsRequest.state != RequestState.CLOSED.value, until <= today + timedelta(days=REQUEST_DAYS)


def _cases_mine(_tx: Tx, _today: date) -> Sequence[ColumnElement[bool]]:
    return CaseRecord.assignee_id.is_not(None), CaseRecord.state.in_([each.value for each in TO_DO])


def _cases_new(_tx: Tx, _today: date) -> Sequence[ColumnElement[bool]]:
    fresh = CaseRecord.state.in_([CaseState.NEW.value, CaseState.REOPENED.value])
    return fresh, CaseRecord.assignee_id.is_(None)


def _explanations_to_decide(_tx: Tx, _today: date) -> Sequence[ColumnElement[bool]]:
    return (CaseRecord.state == CaseState.PROPOSED.value,)


def _explanations_expiring(_tx: Tx, today: date) -> Sequence[ColumnElement[bool]]:
    soon = CaseRecord.expires_on <= today + timedelta(days=EXPLANATION_DAYS)
    return CaseRecord.state == CaseState.EXPLAINED.value, soon


def _applications_to_decide(_tx: Tx, _today: date) -> Sequence[ColumnElement[bool]]:
    return (ApplicationRecord.state == ApplicationState.SUBMITTED.value,)


def _applications_returned(tx: Tx, _today: date) -> Sequence[ColumnElement[bool]]:
    lately = ApplicationRecord.decided_at > tx.now - timedelta(days=RETURNED_DAYS)
    return ApplicationRecord.state == ApplicationState.RETURNED.value, lately


def _entries_to_review(_tx: Tx, today: date) -> Sequence[ColumnElement[bool]]:
    return (or_(LedgerRecord.next_review.is_(None), LedgerRecord.next_review <= today),)


def _disposals_to_decide(_tx: Tx, _today: date) -> Sequence[ColumnElement[bool]]:
    return (DisposalRecord.state == DisposalState.PROPOSED.value,)


def _disposals_to_execute(_tx: Tx, _today: date) -> Sequence[ColumnElement[bool]]:
    return (DisposalRecord.state == DisposalState.APPROVED.value,)


def _disposals_not_confirmed(_tx: Tx, _today: date) -> Sequence[ColumnElement[bool]]:
    return (DisposalRecord.state == DisposalState.NOT_CONFIRMED.value,)


def _remediations_to_decide(_tx: Tx, _today: date) -> Sequence[ColumnElement[bool]]:
    return (RemediationRecord.state == RemediationState.PROPOSED.value,)


def _remediations_found_again(_tx: Tx, _today: date) -> Sequence[ColumnElement[bool]]:
    later = aliased(RemediationRecord)  # somebody is at it again, or said that it may lie there
    same = select(later.id).where(
        later.object_id == RemediationRecord.object_id,
        later.unit_id == RemediationRecord.unit_id,
        later.id > RemediationRecord.id,
        later.state.not_in([RemediationState.REFUSED.value, RemediationState.EXPIRED.value]),
    )
    return RemediationRecord.seen == Seen.REAPPEARED.value, ~same.exists()


def _contracts_ending(_tx: Tx, today: date) -> Sequence[ColumnElement[bool]]:
    return (ProcessorRecord.valid_until.between(today, today + timedelta(days=CONTRACT_DAYS)),)


def _provisions_over(_tx: Tx, today: date) -> Sequence[ColumnElement[bool]]:
    return ProvisionRecord.disposed_at.is_(None), ProvisionRecord.retain_until < today


_OTHERS, _MINE = _Whose.OTHERS, _Whose.MINE
_KINDS: Mapping[Task, _Kind] = {
    Task.REQUESTS_DUE: _Kind(Permission.HANDLE_REQUESTS, RightsRequest, _requests_due),
    Task.CASES_MINE: _Kind(Permission.HANDLE_CASES, CaseRecord, _cases_mine, CaseRecord.assignee_id, _MINE),
    Task.CASES_NEW: _Kind(Permission.HANDLE_CASES, CaseRecord, _cases_new),
    Task.EXPLANATIONS_TO_DECIDE: _Kind(
        Permission.DECIDE_CASES, CaseRecord, _explanations_to_decide, CaseRecord.proposer_id, _OTHERS
    ),
    Task.EXPLANATIONS_EXPIRING: _Kind(Permission.HANDLE_CASES, CaseRecord, _explanations_expiring),
    Task.APPLICATIONS_TO_DECIDE: _Kind(
        Permission.APPROVE_LEDGER,
        ApplicationRecord,
        _applications_to_decide,
        ApplicationRecord.applicant_id,
        _OTHERS,
    ),
    Task.APPLICATIONS_RETURNED: _Kind(
        Permission.APPLY_LEDGER,
        ApplicationRecord,
        _applications_returned,
        ApplicationRecord.applicant_id,
        _MINE,
    ),
    Task.ENTRIES_TO_REVIEW: _Kind(Permission.EDIT_LEDGER, LedgerRecord, _entries_to_review),
    Task.DISPOSALS_TO_DECIDE: _Kind(
        Permission.DECIDE_CASES, DisposalRecord, _disposals_to_decide, DisposalRecord.orderer_id, _OTHERS
    ),
    Task.DISPOSALS_TO_EXECUTE: _Kind(Permission.HANDLE_CASES, DisposalRecord, _disposals_to_execute),
    Task.DISPOSALS_NOT_CONFIRMED: _Kind(Permission.HANDLE_CASES, DisposalRecord, _disposals_not_confirmed),
    Task.REMEDIATIONS_TO_DECIDE: _Kind(
        Permission.DECIDE_CASES,
        RemediationRecord,
        _remediations_to_decide,
        RemediationRecord.proposer_id,
        _OTHERS,
    ),
    Task.REMEDIATIONS_FOUND_AGAIN: _Kind(
        Permission.HANDLE_CASES, RemediationRecord, _remediations_found_again
    ),
    Task.CONTRACTS_ENDING: _Kind(Permission.MANAGE_PROCESSORS, ProcessorRecord, _contracts_ending),
    Task.PROVISIONS_OVER: _Kind(Permission.RECORD_PROVISIONS, ProvisionRecord, _provisions_over),
}
