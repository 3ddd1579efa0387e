"""Complaints that the person asking has to answer, to examine, or to close as the second person."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from privacy_mark.complaints.model import Kind, State, number_of
from privacy_mark.due import Due
from registry.access import scope
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.complaint_tables import ComplaintRecord

ANSWER, EXAMINE, CLOSE = "complaints.answer", "complaints.examine", "complaints.close"
MOST = 500


def due(tx: Tx, _today: date) -> list[Due]:
    """Return what waits in units where one may handle complaints; nobody closes what one did oneself.

    The earliest `MOST`, by the day to answer.
    """
    rows = tx.session.execute(
        select(
            ComplaintRecord.id,
            ComplaintRecord.unit_id,
            ComplaintRecord.kind,
            ComplaintRecord.state,
            ComplaintRecord.due_on,
            ComplaintRecord.examined_on,
            ComplaintRecord.answerer_id,
            ComplaintRecord.examiner_id,
        )
        .where(
            ComplaintRecord.unit_id.in_(scope(tx, Permission.HANDLE_COMPLAINTS)),
            ComplaintRecord.state != State.CLOSED.value,
        )
        .order_by(ComplaintRecord.due_on, ComplaintRecord.id)
    )
    found = []
    for row in rows:
        if row.state == State.RECEIVED.value:
            kind = ANSWER
        elif row.kind == Kind.COMPLAINT.value and row.examined_on is None:
            kind = EXAMINE
        elif tx.principal.user_id in (row.answerer_id, row.examiner_id):
            continue
        else:
            kind = CLOSE
        found.append(Due(kind, UnitId(row.unit_id), row.due_on, number_of(row.id), str(row.id)))
        if len(found) == MOST:
            break
    return found
