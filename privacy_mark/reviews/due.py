"""What must be done by a day about reviews: planned, held, written, approved; and their decisions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import or_, select

from privacy_mark.due import Due
from privacy_mark.reviews.calendar import calendar
from privacy_mark.reviews.model import DecisionState, State, decision_number, number_of
from privacy_mark.reviews.rows import editors_of
from registry.access import scope, today_in_japan, units_allowed
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.review_tables import ReviewDecisionRecord, ReviewRecord

PLAN, HOLD, WRITE = "reviews.plan", "reviews.hold", "reviews.write"
APPROVE, DECISION = "reviews.approve", "reviews.decision"
SOON = timedelta(days=30)
DAYS_TO_WRITE, DAYS_TO_APPROVE = 14, 14
"""Minutes are written, and approved, within so many days; no rule names them."""


def due(tx: Tx, today: date) -> list[Due]:
    """Return what the person asking may act on; nobody approves minutes that one wrote in."""
    may = units_allowed(tx, Permission.MANAGE_REVIEWS)
    decides = units_allowed(tx, Permission.DECIDE_REVIEWS)
    found = list(_decisions(tx, today))
    if may:
        found += [
            Due(PLAN, each.unit_id, each.due_on, "", "")
            for each in calendar(tx, today)
            if each.is_asked_for(today) and each.unit_id in may
        ]
    if may or decides:
        found += _reviews(tx, today, may, decides)
    return sorted(found, key=lambda each: (each.due_on, each.kind, each.number))


def _reviews(tx: Tx, today: date, may: frozenset[UnitId], decides: frozenset[UnitId]) -> Iterator[Due]:
    rows = tx.session.scalars(
        select(ReviewRecord).where(
            ReviewRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS)),
            ReviewRecord.state.in_([State.PLANNED.value, State.HELD.value, State.SUBMITTED.value]),
        )
    )
    for row in rows:
        unit, told = UnitId(row.unit_id), (number_of(row.id), str(row.id))
        if row.state == State.PLANNED.value:
            if unit in may and row.planned_on <= today + SOON:
                yield Due(HOLD, unit, row.planned_on, *told)
        elif row.state == State.HELD.value:
            if unit in may and row.held_on is not None:
                yield Due(WRITE, unit, row.held_on + timedelta(days=DAYS_TO_WRITE), *told)
        elif row.submitted_at is not None and unit in decides and tx.principal.user_id not in editors_of(row):
            asked = today_in_japan(row.submitted_at)
            yield Due(APPROVE, unit, asked + timedelta(days=DAYS_TO_APPROVE), *told)


def _decisions(tx: Tx, today: date) -> Iterator[Due]:
    """Yield open decisions of approved reviews, to their owners and to who keeps reviews there."""
    rows = tx.session.execute(
        select(
            ReviewDecisionRecord.unit_id,
            ReviewDecisionRecord.due_on,
            ReviewDecisionRecord.review_id,
            ReviewDecisionRecord.place,
        )
        .join(ReviewRecord, ReviewRecord.id == ReviewDecisionRecord.review_id)
        .where(
            ReviewRecord.state == State.CLOSED.value,
            ReviewDecisionRecord.state == DecisionState.OPEN.value,
            ReviewDecisionRecord.due_on <= today + SOON,
            ReviewDecisionRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS)),
            or_(
                ReviewDecisionRecord.owner_id == tx.principal.user_id,
                ReviewDecisionRecord.unit_id.in_(scope(tx, Permission.MANAGE_REVIEWS)),
            ),
        )
    )
    for row in rows:
        number = decision_number(row.review_id, row.place)
        yield Due(DECISION, UnitId(row.unit_id), row.due_on, number, str(row.review_id))
