"""What became of the decisions of earlier reviews: a review begins with them."""

from __future__ import annotations

from sqlalchemy import or_, select

from privacy_mark.reviews.model import Behind, DecisionState, Facts, Figure, State
from privacy_mark.reviews.rows import decision_of
from privacy_mark.reviews.span import ROWS, Span
from registry.model import UnitId
from registry.store import Tx
from registry.store.review_tables import ReviewDecisionRecord, ReviewRecord

_CLOSED = ReviewRecord.state == State.CLOSED.value


def follow_up(tx: Tx, unit_id: UnitId, span: Span) -> Facts:
    """Return the decisions of the unit's last approved review, and what is open of those before it."""
    last = (
        select(ReviewRecord.id)
        .where(ReviewRecord.unit_id == unit_id, _CLOSED, ReviewRecord.held_on <= span.until)
        .order_by(ReviewRecord.held_on.desc(), ReviewRecord.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = tx.session.scalars(
        select(ReviewDecisionRecord)
        .join(ReviewRecord, ReviewRecord.id == ReviewDecisionRecord.review_id)
        .where(
            ReviewRecord.unit_id == unit_id,
            _CLOSED,
            ReviewRecord.held_on <= span.until,
            or_(ReviewRecord.id == last, ReviewDecisionRecord.state == DecisionState.OPEN.value),
        )
        .order_by(
            ReviewDecisionRecord.state != DecisionState.OPEN.value,
            ReviewDecisionRecord.due_on,
            ReviewDecisionRecord.id,
        )
    ).all()
    figures = (
        Figure("done", sum(row.state == DecisionState.DONE.value for row in rows), len(rows)),
        Figure("open", sum(row.state == DecisionState.OPEN.value for row in rows)),
        Figure(
            "late",
            sum(row.state == DecisionState.OPEN.value and row.due_on < span.until for row in rows),
        ),
        Figure("dropped", sum(row.state == DecisionState.DROPPED.value for row in rows)),
    )
    made = [decision_of(tx, row) for row in rows[:ROWS]]
    behind = tuple(
        Behind(of.number, str(of.review_id), of.state.value, of.ended_on or of.due_on, title=of.what)
        for of in made
    )
    return Facts(figures if rows else (), behind, len(rows) - len(behind))
