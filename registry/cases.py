"""Cases 差異の案件: what people do about the differences that scans find, step by step and on record.

What a case lives through stands in `registry.case_states`, what scans make of it in
`registry.case_following`. A difference is accepted with an explanation that another person approves, up to
a day; after that day it is open again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, func, select

from registry.access import require, scope, today_in_japan, together
from registry.case_assignees import assignee_of
from registry.case_rows import actor_of, case_of, checked_note, event_of, event_row, seal, take
from registry.case_states import TRANSITIONS, WAITING, Case, CaseEvent, CaseId, CaseState, Step
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action
from registry.model import DiscrepancyKind, EntryId, ObjectId, Permission, UnitId, UserId
from registry.store import Tx
from registry.store.case_tables import CaseEventRecord, CaseRecord
from registry.store.tables import DiscrepancyRecord, OrgClosure

LONGEST = timedelta(days=731)  # after that somebody must look again
UNASSIGNED = UserId(0)  # no account has this id


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What a list asks for; empty means all. `due_by` keeps what somebody must do by that day."""

    states: frozenset[CaseState] = frozenset()
    kinds: frozenset[DiscrepancyKind] = frozenset()
    unit_id: UnitId | None = None  # this unit and all below it
    entry_id: EntryId | None = None
    assignee_id: UserId | None = None  # UNASSIGNED: nobody's
    due_by: date | None = None


@dataclass(frozen=True, slots=True)
class CasePage:
    """Some cases of a longer list: what is due first comes first, then the gravest."""

    rows: tuple[Case, ...]
    total: int


def cases(tx: Tx, wanted: CaseFilter, *, offset: int = 0, limit: int = 50) -> CasePage:
    """Return one page of the visible cases, and how many there are in all."""
    query = _filtered(_seen(tx), wanted)
    total = tx.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = (CaseRecord.state.not_in([state.value for state in WAITING]), CaseRecord.due_on)
    page = query.order_by(*order, CaseRecord.score.desc(), CaseRecord.id).offset(offset).limit(limit)
    return CasePage(tuple(_shown(tx, tx.session.scalars(page).all())), total)


def case(tx: Tx, case_id: CaseId) -> Case:
    """Return one visible case; raises NotFound."""
    return _shown(tx, [_row(tx, case_id)])[0]


def case_about(tx: Tx, object_id: ObjectId) -> Case | None:
    """Return the gravest visible case that an object proves at present; None when there is none."""
    query = (
        _seen(tx)
        .join(DiscrepancyRecord, DiscrepancyRecord.id == CaseRecord.discrepancy_id)
        .where(CaseRecord.found, DiscrepancyRecord.objects_json.contains(f'"{object_id}"', autoescape=True))
        # The ids of objects are for who may see where they lie.
        .where(CaseRecord.unit_id.in_(scope(tx, Permission.VIEW_LOCATIONS)))
        .order_by(CaseRecord.score.desc(), CaseRecord.id)
        .limit(1)
    )
    found = _shown(tx, tx.session.scalars(query).all())
    return found[0] if found else None


def history(tx: Tx, case_id: CaseId) -> list[CaseEvent]:
    """Return what happened to a visible case, oldest first; raises NotFound.

    Who may not see locations reads no words of others: they may name places.
    """
    row = _row(tx, case_id)
    located = row.unit_id in set(tx.session.scalars(scope(tx, Permission.VIEW_LOCATIONS)))
    query = select(CaseEventRecord).where(CaseEventRecord.case_id == row.id)
    events = tx.session.scalars(query.order_by(CaseEventRecord.at, CaseEventRecord.id))
    return [event_of(tx, event, located=located) for event in events]


def counts(tx: Tx, *, unit_id: UnitId | None = None) -> dict[CaseState, int]:
    """Return how many visible cases are in each state."""
    query = _filtered(_seen(tx), CaseFilter(unit_id=unit_id))
    grouped = query.with_only_columns(CaseRecord.state, func.count()).group_by(CaseRecord.state)
    return {CaseState(state): number for state, number in tx.session.execute(grouped)}


def assign(
    tx: Tx,
    versions: Mapping[CaseId, int],
    *,
    assignee_id: UserId,
    due_on: date | None = None,
    note: str = "",
) -> list[Case]:
    """Give cases, each as it was read at its version, to somebody who may work on all of them.

    Raises NotFound, AccessDenied without DECIDE_CASES, Conflict, InvalidValue: `assignee_id` `no_right`,
    `due_on` `past`, `note` `too_long`, `state` `not_possible`. All are given or none.
    """
    rows = [_held(tx, key, version, Permission.DECIDE_CASES) for key, version in versions.items()]
    told = checked_note(note)
    if due_on is not None and due_on < today_in_japan(tx.now):
        raise InvalidValue("due_on", "past")
    who = assignee_of(tx, assignee_id, [UnitId(row.unit_id) for row in rows])
    if who is None:
        raise InvalidValue("assignee_id", "no_right")
    for row in rows:
        row.assignee_id = who.user_id
        row.assignee_sealed = seal(tx, row.uid, "assignee_sealed", who.name)
        row.due_on = due_on or row.due_on
        take(tx, row, Step.ASSIGN, told)
    return _shown(tx, rows)


def comment(tx: Tx, case_id: CaseId, text: str) -> None:
    """Add a comment. NotFound, AccessDenied without HANDLE_CASES, InvalidValue (`note`)."""
    row = _row(tx, case_id)
    require(tx, Permission.HANDLE_CASES, UnitId(row.unit_id))
    said = checked_note(text, required=True)
    event = event_row(tx, row.id, row.unit_id, Step.COMMENT, CaseState(row.state), said, actor=actor_of(tx))
    tx.session.add(CaseEventRecord(**event))
    tx.session.flush()
    unit_id = UnitId(row.unit_id)
    tx.record(Action.CASE_COMMENTED, "discrepancy_case", row.id, unit_id, None, {"note": said})


def explain(tx: Tx, case_id: CaseId, *, expected_version: int, explanation: str, expires_on: date) -> Case:
    """Propose to accept a difference up to a day; another person decides.

    Raises NotFound, AccessDenied without HANDLE_CASES, Conflict, InvalidValue: `note`, `state`,
    `expires_on` `past` or `too_late`.
    """
    row = _held(tx, case_id, expected_version, Permission.HANDLE_CASES)
    told, today = checked_note(explanation, required=True), today_in_japan(tx.now)
    if expires_on < today:
        raise InvalidValue("expires_on", "past")
    if expires_on > today + LONGEST:
        raise InvalidValue("expires_on", "too_late")
    row.proposer_id = tx.principal.user_id
    row.proposer_sealed = seal(tx, row.uid, "proposer_sealed", tx.principal.name)
    row.explanation_sealed = seal(tx, row.uid, "explanation_sealed", told)
    row.expires_on = expires_on
    row.approver_id = row.approver_sealed = None
    take(tx, row, Step.EXPLAIN, told)
    return _shown(tx, [row])[0]


def decide(tx: Tx, case_id: CaseId, *, expected_version: int, approve: bool, note: str = "") -> Case:
    """Approve or reject an explanation of somebody else.

    Raises NotFound, AccessDenied without DECIDE_CASES, Conflict, InvalidValue: `approver` `same_person`,
    `state` `not_possible`, `expires_on` `past` for one that would never hold.
    """
    row = _held(tx, case_id, expected_version, Permission.DECIDE_CASES)
    told, today = checked_note(note), today_in_japan(tx.now)
    _require_state(row, Step.APPROVE)
    if row.proposer_id == tx.principal.user_id:
        raise InvalidValue("approver", "same_person")
    if approve and (row.expires_on is None or row.expires_on < today):
        raise InvalidValue("expires_on", "past")
    if approve:
        row.approver_id = tx.principal.user_id
        row.approver_sealed = seal(tx, row.uid, "approver_sealed", tx.principal.name)
        take(tx, row, Step.APPROVE, told)
    else:
        _forget_explanation(row)
        take(tx, row, Step.REJECT, told)
    return _shown(tx, [row])[0]


def claim(tx: Tx, case_id: CaseId, step: Step, *, expected_version: int, note: str = "") -> Case:
    """Say that the ledger was corrected or the data were removed; a later scan confirms or refutes it.

    Raises NotFound, AccessDenied without HANDLE_CASES, Conflict, InvalidValue: `step` `unknown`, `state`
    `not_possible`, or `still_found` when the ledger still differs: that is known without a scan.
    """
    if step not in (Step.CORRECT_LEDGER, Step.REMOVE_DATA):
        raise InvalidValue("step", "unknown")
    row = _held(tx, case_id, expected_version, Permission.HANDLE_CASES)
    _require_state(row, step)
    if step is Step.CORRECT_LEDGER and row.found:
        raise InvalidValue("state", "still_found")
    take(tx, row, step, checked_note(note))
    return _shown(tx, [row])[0]


def withdraw(tx: Tx, case_id: CaseId, *, expected_version: int, note: str) -> Case:
    """Open a case again that was explained or claimed to be put right, with the reason.

    Raises NotFound, AccessDenied without DECIDE_CASES, Conflict, InvalidValue (`note`, `state`).
    """
    row = _held(tx, case_id, expected_version, Permission.DECIDE_CASES)
    told = checked_note(note, required=True)
    _require_state(row, Step.WITHDRAW)
    _forget_explanation(row)
    take(tx, row, Step.WITHDRAW, told)
    return _shown(tx, [row])[0]


@dataclass(frozen=True, slots=True)
class Expired:
    """What a day brings: explanations that ran out, and cases that somebody should have answered."""

    expired: int
    due: int


def expire(tx: Tx) -> Expired:
    """Reopen the explained cases whose last day is over, where the person asking decides on cases."""
    today = today_in_japan(tx.now)
    mine = select(CaseRecord).where(CaseRecord.unit_id.in_(scope(tx, Permission.DECIDE_CASES)))
    over = mine.where(CaseRecord.state == CaseState.EXPLAINED.value, CaseRecord.expires_on < today)
    rows = tx.session.scalars(over).all()
    for row in rows:
        take(tx, row, Step.EXPIRE)
    late = _filtered(mine, CaseFilter(due_by=today - timedelta(days=1)))
    return Expired(len(rows), tx.session.scalar(select(func.count()).select_from(late.subquery())) or 0)


def _forget_explanation(row: CaseRecord) -> None:
    row.proposer_id = row.proposer_sealed = row.explanation_sealed = row.expires_on = None
    row.approver_id = row.approver_sealed = None


def _filtered(query: Select[CaseRecord], wanted: CaseFilter) -> Select[CaseRecord]:
    if wanted.states:
        query = query.where(CaseRecord.state.in_([state.value for state in wanted.states]))
    if wanted.kinds:
        query = query.where(CaseRecord.kind.in_([kind.value for kind in wanted.kinds]))
    if wanted.unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == wanted.unit_id)
        query = query.where(CaseRecord.unit_id.in_(below))
    if wanted.entry_id is not None:
        query = query.where(CaseRecord.entry_id == wanted.entry_id)
    if wanted.assignee_id == UNASSIGNED:
        query = query.where(CaseRecord.assignee_id.is_(None))
    elif wanted.assignee_id is not None:
        query = query.where(CaseRecord.assignee_id == wanted.assignee_id)
    if wanted.due_by is not None:
        waiting = [state.value for state in WAITING]
        query = query.where(CaseRecord.due_on <= wanted.due_by, CaseRecord.state.in_(waiting))
    return query


def _seen(tx: Tx) -> Select[CaseRecord]:
    return select(CaseRecord).where(CaseRecord.unit_id.in_(scope(tx, Permission.VIEW_SITUATION)))


def _row(tx: Tx, case_id: CaseId) -> CaseRecord:
    row = tx.session.scalar(_seen(tx).where(CaseRecord.id == case_id))
    if row is None:
        raise NotFound("discrepancy_case")
    return row


def _require_state(row: CaseRecord, step: Step) -> None:
    if CaseState(row.state) not in TRANSITIONS[step].start:
        raise InvalidValue("state", "not_possible")


def _held(tx: Tx, case_id: CaseId, expected_version: int, permission: Permission) -> CaseRecord:
    row = _row(tx, case_id)
    require(tx, permission, UnitId(row.unit_id))
    if row.version != expected_version:
        query = select(CaseEventRecord).where(
            CaseEventRecord.case_id == row.id, CaseEventRecord.step != Step.COMMENT.value
        )
        newest = tx.session.scalars(query.order_by(CaseEventRecord.id.desc()).limit(1)).one()
        who = event_of(tx, newest, located=False).actor
        raise Conflict(who, newest.at, ("state",), version=row.version)
    return row


def _shown(tx: Tx, rows: Sequence[CaseRecord]) -> list[Case]:
    found = select(DiscrepancyRecord).where(DiscrepancyRecord.id.in_([row.discrepancy_id for row in rows]))
    newest = {row.id: row for row in tx.session.scalars(found)}
    located = set(tx.session.scalars(scope(tx, Permission.VIEW_LOCATIONS)))
    matched = together(tx, Permission.VIEW_LOCATIONS)
    return [case_of(tx, row, newest[row.discrepancy_id], located, matched) for row in rows]
