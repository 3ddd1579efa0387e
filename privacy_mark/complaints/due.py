"""Complaints that the person asking has to answer, or to close as the second person."""

from __future__ import annotations

from sqlalchemy import or_, select

from privacy_mark.complaints.model import State, number_of
from privacy_mark.due import Due
from registry.access import scope
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.complaint_tables import ComplaintRecord

ANSWER, CLOSE = "complaints.answer", "complaints.close"
_KIND = {State.RECEIVED.value: ANSWER, State.ANSWERED.value: CLOSE}


def due(tx: Tx) -> list[Due]:
    """Return what waits, of units where one may handle complaints; nobody closes an answer of one's own."""
    rows = tx.session.execute(
        select(ComplaintRecord.id, ComplaintRecord.unit_id, ComplaintRecord.state, ComplaintRecord.due_on)
        .where(
            ComplaintRecord.unit_id.in_(scope(tx, Permission.HANDLE_COMPLAINTS)),
            or_(
                ComplaintRecord.state == State.RECEIVED.value,
                (ComplaintRecord.state == State.ANSWERED.value)
                & (ComplaintRecord.answerer_id != tx.principal.user_id),
            ),
        )
        .order_by(ComplaintRecord.due_on, ComplaintRecord.id)
    )
    return [
        Due(_KIND[row.state], UnitId(row.unit_id), row.due_on, number_of(row.id), str(row.id)) for row in rows
    ]
