"""What becomes of decisions: reported by their owners, given more time or dropped by top management."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from privacy_mark.reviews.model import (
    DECISIONS,
    Decision,
    DecisionId,
    DecisionState,
    State,
    decision_number,
)
from privacy_mark.reviews.register import LONGEST_NOTE
from privacy_mark.reviews.rows import decision_of
from registry.access import allowed, require, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.review_tables import ReviewDecisionRecord, ReviewRecord
from registry.store.tables import OrgClosure

MOST = 500


def decisions(tx: Tx, unit_id: UnitId | None = None, *, open_only: bool = True) -> list[Decision]:
    """Return decisions of approved reviews, those to do first by their day; at most `MOST`.

    Of a unit and below, or of all reviews that one may see. Raises AccessDenied for a unit where one may not.
    """
    query = (
        select(ReviewDecisionRecord)
        .join(ReviewRecord, ReviewRecord.id == ReviewDecisionRecord.review_id)
        .where(
            ReviewDecisionRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS)),
            ReviewRecord.state == State.CLOSED.value,
        )
    )
    if unit_id is not None:
        require(tx, Permission.VIEW_REVIEWS, unit_id)
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(ReviewDecisionRecord.unit_id.in_(below))
    if open_only:
        query = query.where(ReviewDecisionRecord.state == DecisionState.OPEN.value)
    rows = tx.session.scalars(
        query.order_by(
            ReviewDecisionRecord.state != DecisionState.OPEN.value,
            ReviewDecisionRecord.due_on,
            ReviewDecisionRecord.id,
        ).limit(MOST)
    )
    return [decision_of(tx, row) for row in rows]


def report(
    tx: Tx, decision_id: DecisionId, *, result: str, ended_on: date, expected_version: int
) -> Decision:
    """Record what was done on a decision, by its owner or by who keeps reviews.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `ended`, `result` `required`, `ended_on`
    `future`.
    """
    row = _seen(tx, decision_id)
    if row.owner_id != tx.principal.user_id or row.owner_id is None:
        require(tx, Permission.MANAGE_REVIEWS, UnitId(row.unit_id))
    _check(tx, row, expected_version)
    if row.state != DecisionState.OPEN.value:
        raise InvalidValue("state", "ended")
    if ended_on > today_in_japan(tx.now):
        raise InvalidValue("ended_on", "future")
    texts = checked({"result": result}, "result", longest=LONGEST_NOTE)
    return _ended(tx, row, DecisionState.DONE, texts, ended_on, Action.DECISION_REPORTED)


def extend(tx: Tx, decision_id: DecisionId, *, due_on: date, note: str, expected_version: int) -> Decision:
    """Give a decision another day, for a reason; one whose result does not do is open again.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, Conflict, InvalidValue: `note` `required`, `due_on`
    `past`.
    """
    row = _decided(tx, decision_id, expected_version)
    texts = checked({"note": note}, "note", longest=LONGEST_NOTE)
    if due_on < today_in_japan(tx.now):
        raise InvalidValue("due_on", "past")
    row.due_on, row.state, row.ended_on = due_on, DecisionState.OPEN.value, None
    row.note_sealed = Row(tx, DECISIONS, row.uid).sealed(texts)["note_sealed"]
    return _saved(tx, row, Action.DECISION_EXTENDED)


def drop(tx: Tx, decision_id: DecisionId, *, result: str, expected_version: int) -> Decision:
    """Drop a decision that is still open, for a reason.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, Conflict, InvalidValue: `state` `ended`, `result`
    `required`.
    """
    row = _decided(tx, decision_id, expected_version)
    if row.state != DecisionState.OPEN.value:
        raise InvalidValue("state", "ended")
    texts = checked({"result": result}, "result", longest=LONGEST_NOTE)
    return _ended(tx, row, DecisionState.DROPPED, texts, today_in_japan(tx.now), Action.DECISION_DROPPED)


def may_report(tx: Tx, of: Decision) -> bool:
    """Return whether the person asking may say what was done on a decision that one sees."""
    return of.owner_id == tx.principal.user_id or allowed(tx, Permission.MANAGE_REVIEWS, of.unit_id)


def _seen(tx: Tx, decision_id: DecisionId) -> ReviewDecisionRecord:
    """Return a decision of an approved review that one may see."""
    row = tx.session.scalar(
        select(ReviewDecisionRecord)
        .join(ReviewRecord, ReviewRecord.id == ReviewDecisionRecord.review_id)
        .where(
            ReviewDecisionRecord.id == decision_id,
            ReviewRecord.state == State.CLOSED.value,
            ReviewDecisionRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS)),
        )
    )
    if row is None:
        raise NotFound(DECISIONS)
    return row


def _decided(tx: Tx, decision_id: DecisionId, expected_version: int) -> ReviewDecisionRecord:
    row = _seen(tx, decision_id)
    require(tx, Permission.DECIDE_REVIEWS, UnitId(row.unit_id))
    _check(tx, row, expected_version)
    return row


def _check(tx: Tx, row: ReviewDecisionRecord, expected_version: int) -> None:
    if row.version != expected_version:
        newest = newest_of(tx, DECISIONS, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)


def _ended(
    tx: Tx,
    row: ReviewDecisionRecord,
    state: DecisionState,
    texts: dict[str, str],
    ended_on: date,
    action: Action,
) -> Decision:
    row.state, row.ended_on = state.value, ended_on
    row.result_sealed = Row(tx, DECISIONS, row.uid).sealed(texts)["result_sealed"]
    return _saved(tx, row, action)


def _saved(tx: Tx, row: ReviewDecisionRecord, action: Action) -> Decision:
    tx.session.flush()
    number = decision_number(row.review_id, row.place)
    after = {"number": number, "state": row.state, "due_on": row.due_on, "ended_on": row.ended_on}
    tx.record(action, DECISIONS, row.id, UnitId(row.unit_id), None, after)
    return decision_of(tx, row)
