"""Lists of laws to review, reviews to approve, changes of laws to act on."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from privacy_mark.due import Due
from privacy_mark.laws.model import amendment_number, review_number
from privacy_mark.laws.overview import standings
from registry.access import scope, units_allowed
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.law_tables import LawAmendmentRecord

REVIEW, APPROVE, ACT = "laws.review", "laws.approve", "laws.act"
SOON = timedelta(days=30)


def due(tx: Tx, today: date) -> list[Due]:
    """Return what is due within 30 days; nobody approves a review of one's own. Rows are units."""
    may = units_allowed(tx, Permission.MANAGE_CERTIFICATION)
    decides = units_allowed(tx, Permission.DECIDE_REVIEWS)
    found = []
    for each in standings(tx, may | decides) if may or decides else ():
        unit = str(each.unit_id)
        if each.waiting is not None and each.waiting_since is not None:
            if each.unit_id in decides and each.waiting_of != tx.principal.user_id:
                number = review_number(each.waiting)
                found.append(Due(APPROVE, each.unit_id, each.waiting_since, number, unit))
        elif each.unit_id in may and each.due_on is not None and each.due_on <= today + SOON:
            found.append(Due(REVIEW, each.unit_id, each.due_on, "", unit))
    rows = tx.session.execute(
        select(LawAmendmentRecord.id, LawAmendmentRecord.unit_id, LawAmendmentRecord.due_on)
        .where(
            LawAmendmentRecord.unit_id.in_(scope(tx, Permission.MANAGE_CERTIFICATION)),
            LawAmendmentRecord.done_on.is_(None),
            LawAmendmentRecord.due_on <= today + SOON,
        )
        .order_by(LawAmendmentRecord.due_on, LawAmendmentRecord.id)
    )
    found += [
        Due(ACT, UnitId(row.unit_id), row.due_on, amendment_number(row.id), str(row.unit_id)) for row in rows
    ]
    return sorted(found, key=lambda each: (each.due_on, each.number))
