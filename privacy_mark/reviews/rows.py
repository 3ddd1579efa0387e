"""Rows of reviews, read within one's scope and told to services; what is done with them is journalled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from privacy_mark.reviews.model import (
    DECISIONS,
    REVIEWS,
    Decision,
    DecisionId,
    DecisionKind,
    DecisionState,
    Review,
    ReviewId,
    State,
    decision_number,
    number_of,
)
from registry.access import require, scope
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId, UserId
from registry.sealing import Row
from registry.store import Tx
from registry.store.review_tables import ReviewDecisionRecord, ReviewRecord


def row_of(tx: Tx, review_id: ReviewId) -> ReviewRecord:
    """Return a visible row; raises NotFound."""
    row = tx.session.scalar(
        select(ReviewRecord).where(
            ReviewRecord.id == review_id, ReviewRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS))
        )
    )
    if row is None:
        raise NotFound(REVIEWS)
    return row


def held(
    tx: Tx,
    review_id: ReviewId,
    expected_version: int,
    *states: State,
    permission: Permission = Permission.MANAGE_REVIEWS,
) -> ReviewRecord:
    """Return a row in one of these states that one may change as one saw it.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `not_<first state>`.
    """
    row = row_of(tx, review_id)
    require(tx, permission, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, REVIEWS, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    if row.state not in states:
        raise InvalidValue("state", f"not_{states[0]}")
    return row


def editors_of(row: ReviewRecord) -> frozenset[UserId]:
    """Return who wrote in a review."""
    return frozenset(UserId(int(each)) for each in row.editors.split(",") if each)


def written(tx: Tx, row: ReviewRecord) -> None:
    """Note that the person asking wrote in a review; a change of its parts counts as one of it."""
    row.editors = ",".join(str(each) for each in sorted(editors_of(row) | {tx.principal.user_id}))
    flag_modified(row, "state")


def saved(tx: Tx, row: ReviewRecord, action: Action, **told: object) -> Review:
    """Write to the journal what was done, codes and days and digests alone, and return the review."""
    tx.session.flush()
    after: Mapping[str, object] = {"state": row.state, "planned_on": row.planned_on, **told}
    tx.record(action, REVIEWS, row.id, UnitId(row.unit_id), None, after)
    return review_of(tx, row)


def review_of(tx: Tx, row: ReviewRecord) -> Review:
    """Return a row in the clear with its decisions; the caller has checked who asks."""
    sealed = Row(tx, REVIEWS, row.uid)
    return Review(
        id=ReviewId(row.id),
        number=number_of(row.id),
        unit_id=UnitId(row.unit_id),
        state=State(row.state),
        planned_on=row.planned_on,
        chair=sealed.opened("chair", row.chair_sealed),
        held_on=row.held_on,
        since=row.since,
        as_of=row.as_of,
        attendees=sealed.opened("attendees", row.attendees_sealed),
        minutes=sealed.opened("minutes", row.minutes_sealed),
        editors=editors_of(row),
        recorder=sealed.opened("recorder", row.recorder_sealed),
        submitted_at=row.submitted_at,
        note=sealed.opened("note", row.note_sealed),
        conclusion=sealed.opened("conclusion", row.conclusion_sealed),
        approver=sealed.opened("approver", row.approver_sealed),
        closed_at=row.closed_at,
        decisions=tuple(decisions_of(tx, row.id)),
        version=row.version,
    )


def decisions_of(tx: Tx, review_id: int) -> list[Decision]:
    """Return the decisions of a review that was found within the scope."""
    rows = tx.session.scalars(
        select(ReviewDecisionRecord)
        .where(ReviewDecisionRecord.review_id == review_id)
        .order_by(ReviewDecisionRecord.place)
    )
    return [decision_of(tx, row) for row in rows]


def decision_of(tx: Tx, row: ReviewDecisionRecord) -> Decision:
    """Return a decision in the clear; the caller has checked who asks."""
    sealed = Row(tx, DECISIONS, row.uid)
    return Decision(
        id=DecisionId(row.id),
        review_id=ReviewId(row.review_id),
        unit_id=UnitId(row.unit_id),
        number=decision_number(row.review_id, row.place),
        kind=DecisionKind(row.kind),
        what=sealed.opened("what", row.what_sealed),
        owner=sealed.opened("owner", row.owner_sealed),
        owner_id=None if row.owner_id is None else UserId(row.owner_id),
        due_on=row.due_on,
        state=DecisionState(row.state),
        result=sealed.opened("result", row.result_sealed),
        note=sealed.opened("note", row.note_sealed),
        ended_on=row.ended_on,
        version=row.version,
    )


def last_held(tx: Tx, unit_ids: Sequence[UnitId], states: Sequence[State]) -> dict[UnitId, date]:
    """Return when each of these units held its newest review in one of the states."""
    rows = tx.session.execute(
        select(ReviewRecord.unit_id, ReviewRecord.held_on)
        .where(
            ReviewRecord.unit_id.in_(unit_ids),
            ReviewRecord.state.in_([state.value for state in states]),
            ReviewRecord.held_on.is_not(None),
        )
        .order_by(ReviewRecord.held_on)
    )
    return {UnitId(unit): day for unit, day in rows if day is not None}
