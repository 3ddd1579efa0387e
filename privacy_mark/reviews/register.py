"""The register of management reviews: planned for a day with a chair, moved, called off, listed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select

from privacy_mark.reviews.model import (
    REVIEWS,
    RUNNING,
    DecisionState,
    Review,
    ReviewId,
    ReviewLine,
    State,
    number_of,
)
from privacy_mark.reviews.rows import held, review_of, row_of, saved
from registry.access import require, require_open, scope
from registry.errors import Duplicate
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.review_tables import ReviewDecisionRecord, ReviewRecord
from registry.store.tables import OrgClosure

PAGE = 50
LONGEST_NAME, LONGEST_NOTE = 200, 1_000
_RUNNING = [state.value for state in RUNNING]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reviews are wanted; what is not given narrows nothing."""

    unit_id: UnitId | None = None  # with all units below it
    states: tuple[State, ...] = ()


def plan(tx: Tx, unit_id: UnitId, *, planned_on: date, chair: str) -> Review:
    """Plan a review of a unit for a day; top management トップマネジメント takes the chair.

    A day that has passed is one whose review is recorded afterwards. Raises AccessDenied without
    MANAGE_REVIEWS there, InvalidValue: `unit_id` `closed`, `chair` `required`, `too_long`; Duplicate
    `planned_on` where another review of the unit is planned for that day.
    """
    require(tx, Permission.MANAGE_REVIEWS, unit_id)
    require_open(tx, unit_id)
    texts = checked({"chair": chair}, "chair", longest=LONGEST_NAME)
    _check_day(tx, unit_id, planned_on, None)
    uid = new_uid()
    row = ReviewRecord(
        uid=uid,
        unit_id=unit_id,
        state=State.PLANNED.value,
        planned_on=planned_on,
        planned_at=tx.now,
        editors="",
        **Row(tx, REVIEWS, uid).sealed(texts),
    )
    tx.session.add(row)
    return saved(tx, row, Action.REVIEW_PLANNED)


def change(tx: Tx, review_id: ReviewId, *, planned_on: date, chair: str, expected_version: int) -> Review:
    """Move a planned review to another day, or give it another chair.

    Raises NotFound, AccessDenied, Conflict, Duplicate, InvalidValue as `plan`, and `state` `not_planned`.
    """
    row = held(tx, review_id, expected_version, State.PLANNED)
    texts = checked({"chair": chair}, "chair", longest=LONGEST_NAME)
    _check_day(tx, UnitId(row.unit_id), planned_on, row.id)
    row.planned_on = planned_on
    row.chair_sealed = Row(tx, REVIEWS, row.uid).sealed(texts)["chair_sealed"]
    return saved(tx, row, Action.REVIEW_CHANGED)


def cancel(tx: Tx, review_id: ReviewId, *, note: str, expected_version: int) -> Review:
    """Call a planned review off, with the reason; it stays in the register.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `not_planned`, `note` `required`.
    """
    row = held(tx, review_id, expected_version, State.PLANNED)
    texts = checked({"note": note}, "note", longest=LONGEST_NOTE)
    row.state = State.CANCELLED.value
    row.note_sealed = Row(tx, REVIEWS, row.uid).sealed(texts)["note_sealed"]
    return saved(tx, row, Action.REVIEW_CANCELLED)


def review(tx: Tx, review_id: ReviewId) -> Review:
    """Return one review; raises NotFound where one may not see reviews."""
    return review_of(tx, row_of(tx, review_id))


def reviews(
    tx: Tx, wanted: Wanted | None = None, *, offset: int = 0, limit: int = PAGE
) -> tuple[list[ReviewLine], int]:
    """Return a page of the visible reviews, running ones first by their day, and how many there are."""
    wanted = wanted or Wanted()
    conditions = [ReviewRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS))]
    if wanted.unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == wanted.unit_id)
        conditions.append(ReviewRecord.unit_id.in_(below))
    if wanted.states:
        conditions.append(ReviewRecord.state.in_([state.value for state in wanted.states]))
    total = tx.session.scalar(select(func.count(ReviewRecord.id)).where(*conditions)) or 0
    running = ReviewRecord.state.in_(_RUNNING)
    rows = tx.session.execute(
        select(
            ReviewRecord.id,
            ReviewRecord.unit_id,
            ReviewRecord.state,
            ReviewRecord.planned_on,
            ReviewRecord.held_on,
        )
        .where(*conditions)
        .order_by(
            case((running, 0), else_=1),
            case((running, ReviewRecord.planned_on)),
            ReviewRecord.planned_on.desc(),
            ReviewRecord.id.desc(),
        )
        .offset(offset)
        .limit(limit)
    ).all()
    open_ = case((ReviewDecisionRecord.state == DecisionState.OPEN.value, 1))
    counts = {
        review_id: (decisions, waiting)
        for review_id, decisions, waiting in tx.session.execute(
            select(ReviewDecisionRecord.review_id, func.count(), func.count(open_))
            .where(ReviewDecisionRecord.review_id.in_([row.id for row in rows]))
            .group_by(ReviewDecisionRecord.review_id)
        )
    }
    return [
        ReviewLine(
            ReviewId(row.id),
            number_of(row.id),
            UnitId(row.unit_id),
            State(row.state),
            row.planned_on,
            row.held_on,
            *counts.get(row.id, (0, 0)),
        )
        for row in rows
    ], total


def _check_day(tx: Tx, unit_id: UnitId, planned_on: date, own: int | None) -> None:
    taken = select(ReviewRecord.id).where(
        ReviewRecord.unit_id == unit_id,
        ReviewRecord.planned_on == planned_on,
        ReviewRecord.state == State.PLANNED.value,
    )
    if own is not None:
        taken = taken.where(ReviewRecord.id != own)
    if tx.session.scalar(taken.limit(1)) is not None:
        raise Duplicate("planned_on")
