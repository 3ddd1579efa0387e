"""Changes of laws, guidelines and norms 法令・指針・規範 that entities noted, and reviews of their lists."""

from __future__ import annotations

from sqlalchemy import func, or_, select

from privacy_mark.laws.catalogue import laws as catalogue
from privacy_mark.laws.model import ReviewState, amendment_number
from privacy_mark.reviews.model import Behind, Facts, Figure
from privacy_mark.reviews.span import ROWS, Span, below
from registry.model import UnitId
from registry.store import Tx
from registry.store.law_tables import LawAmendmentRecord, LawReviewRecord


def laws(tx: Tx, unit_id: UnitId, span: Span) -> Facts:
    """Return changes in force since the span began, those still to be dealt with, and approved reviews.

    A row leads to its norm in the list of its entity: "12/appi".
    """
    rows = tx.session.execute(
        select(
            LawAmendmentRecord.id,
            LawAmendmentRecord.unit_id,
            LawAmendmentRecord.law,
            LawAmendmentRecord.effective_on,
            LawAmendmentRecord.due_on,
            LawAmendmentRecord.done_on,
        )
        .where(
            LawAmendmentRecord.unit_id.in_(below(unit_id)),
            or_(LawAmendmentRecord.effective_on >= span.since, LawAmendmentRecord.done_on.is_(None)),
        )
        .order_by(LawAmendmentRecord.done_on.is_not(None), LawAmendmentRecord.due_on, LawAmendmentRecord.id)
    ).all()
    reviews = tx.session.scalar(
        select(func.count(LawReviewRecord.id)).where(
            LawReviewRecord.unit_id.in_(below(unit_id)),
            LawReviewRecord.state == ReviewState.APPROVED.value,
            LawReviewRecord.reviewed_on.between(span.since, span.until),
        )
    )
    figures = (
        Figure("changes", len(rows)),
        Figure("open", sum(row.done_on is None for row in rows)),
        Figure("late", sum(row.done_on is None and row.due_on < span.until for row in rows)),
        Figure("reviews", reviews or 0),
    )
    known = catalogue()
    behind = tuple(
        Behind(
            amendment_number(row.id),
            f"{row.unit_id}/{row.law}",
            "open" if row.done_on is None else "done",
            row.effective_on,
            title=known[row.law].name.ja if row.law in known else "",
            title_en=known[row.law].name.en if row.law in known else "",
        )
        for row in rows[:ROWS]
    )
    return Facts(figures if rows or reviews else (), behind, len(rows) - len(behind))
