"""Rows of cases: what is sealed in them, how a step is written, and how a case reads to somebody."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from registry.access import SYSTEM_USER, today_in_japan
from registry.case_states import TRANSITIONS, Case, CaseEvent, CaseId, CaseState, Step
from registry.discrepancies import as_seen
from registry.errors import InvalidValue
from registry.journal import Action
from registry.model import DiscrepancyKind, EntryId, RiskLevel, UnitId, UserId
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.case_tables import CaseEventRecord, CaseRecord
from registry.store.tables import DiscrepancyRecord

NOTE_LENGTH = 2000
DUE_DAYS = {
    RiskLevel.CRITICAL: 7,
    RiskLevel.HIGH: 14,
    RiskLevel.ELEVATED: 30,
    RiskLevel.MODERATE: 60,
    RiskLevel.LOW: 90,
}
"""Within so many days somebody should have answered a difference, by its risk, unless a day is set."""


def due_day(score: int, today: date) -> date:
    """Return the day by which a difference of this score is due."""
    return today + timedelta(days=DUE_DAYS[RiskLevel.of(score)])


def seal(tx: Tx, uid: str, column: str, plain: str) -> bytes:
    """Seal a text for a column of a case."""
    return tx.vault.seal(plain, table="discrepancy_case", row=uid, column=column)


def opened(tx: Tx, row: CaseRecord, column: str) -> str:
    """Return a sealed text of a case; empty when there is none."""
    sealed = getattr(row, column)
    if sealed is None:
        return ""
    return tx.vault.open(sealed, table="discrepancy_case", row=row.uid, column=column)


def checked_note(note: str, *, required: bool = False) -> str:
    """Return a note without blanks around it; InvalidValue (`note`: `required`, `too_long`)."""
    trimmed = note.strip()
    if required and not trimmed:
        raise InvalidValue("note", "required")
    if len(trimmed) > NOTE_LENGTH:
        raise InvalidValue("note", "too_long")
    return trimmed


class Actor(NamedTuple):
    """Who took a step."""

    id: int
    name: str


def event_row(
    tx: Tx,
    case_id: int,
    unit_id: int,
    step: Step,
    state: CaseState,
    note: str = "",
    *,
    actor: Actor | None,
) -> dict[str, object]:
    """Return the columns of one line of history; without an actor it is the platform itself that acted."""
    uid = new_uid()

    def sealed(column: str, plain: str) -> bytes:
        return tx.vault.seal(plain, table="case_event", row=uid, column=column)

    return {
        "uid": uid,
        "case_id": case_id,
        "unit_id": unit_id,
        "at": tx.now,
        "step": step.value,
        "state": state.value,
        "actor_id": SYSTEM_USER if actor is None else actor.id,
        "actor_sealed": None if actor is None else sealed("actor_sealed", actor.name),
        "note_sealed": sealed("note_sealed", note) if note else None,
    }


def actor_of(tx: Tx) -> Actor:
    """Return the person asking."""
    return Actor(tx.principal.user_id, tx.principal.name)


def event_of(tx: Tx, row: CaseEventRecord, *, located: bool) -> CaseEvent:
    """Return a line of history; who may not see locations gets no words of others."""

    def text(column: str, sealed: bytes | None) -> str:
        return "" if sealed is None else tx.vault.open(sealed, table="case_event", row=row.uid, column=column)

    return CaseEvent(
        at=row.at,
        step=Step(row.step),
        state=CaseState(row.state),
        actor=text("actor_sealed", row.actor_sealed),
        note=text("note_sealed", row.note_sealed) if located else "",
    )


def take(tx: Tx, row: CaseRecord, step: Step, note: str = "") -> None:
    """Take a step whose right was checked: state, history and journal; InvalidValue (`state`)."""
    transition = TRANSITIONS[step]
    if CaseState(row.state) not in transition.start:
        raise InvalidValue("state", "not_possible")
    before = {"state": row.state, "assignee_id": row.assignee_id, "due_on": row.due_on}
    row.state = transition.end.value
    row.changed_at = tx.now
    if transition.end is CaseState.REOPENED:
        row.due_on = due_day(row.score, today_in_japan(tx.now))
    row.claimed_at = tx.now if transition.end.is_claim else None
    event = event_row(tx, row.id, row.unit_id, step, transition.end, note, actor=actor_of(tx))
    tx.session.add(CaseEventRecord(**event))
    tx.session.flush()
    after = {
        "state": row.state,
        "step": step.value,
        "assignee_id": row.assignee_id,
        "due_on": row.due_on,
        "expires_on": row.expires_on,
        "note": note,
    }
    tx.record(Action.CASE_CHANGED, "discrepancy_case", row.id, UnitId(row.unit_id), before, after)


def case_of(
    tx: Tx,
    row: CaseRecord,
    newest: DiscrepancyRecord,
    located: Collection[int],
    together: Sequence[Collection[int]],
) -> Case:
    """Return a case as somebody sees it.

    `located` are the units whose locations they see, `together` those that they see in one capacity.
    """
    here = row.unit_id in located
    known = any(newest.unit_id in units and newest.other_unit_id in units for units in together)
    return Case(
        id=CaseId(row.id),
        kind=DiscrepancyKind(row.kind),
        state=CaseState(row.state),
        unit_id=UnitId(row.unit_id),
        entry_id=None if row.entry_id is None else EntryId(row.entry_id),
        found=as_seen(newest, here, known),
        is_found=row.found,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        due_on=row.due_on,
        assignee_id=None if row.assignee_id is None else UserId(row.assignee_id),
        assignee=opened(tx, row, "assignee_sealed"),
        proposer_id=None if row.proposer_id is None else UserId(row.proposer_id),
        proposer=opened(tx, row, "proposer_sealed"),
        explanation=opened(tx, row, "explanation_sealed") if here else "",
        expires_on=row.expires_on,
        approver=opened(tx, row, "approver_sealed"),
        claimed_at=row.claimed_at,
        located=here,
        version=row.version,
    )
