"""Self checks that the person asking has to answer, to approve, or to confirm."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from privacy_mark.due import Due
from privacy_mark.self_check.checking import number_of
from privacy_mark.self_check.rounds import UNANSWERED, CheckState
from registry.access import scope
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.self_check_tables import SelfCheckRecord, SelfCheckRound

ANSWER, APPROVE, CONFIRM = "self_check.answer", "self_check.approve", "self_check.confirm"


def due(tx: Tx, _today: date) -> list[Due]:
    """Return what waits for the person asking, of units where one may do it."""
    wanted = (
        (ANSWER, Permission.ANSWER_CONFIRMATIONS, [state.value for state in UNANSWERED]),
        (APPROVE, Permission.MANAGE_CONFIRMATIONS, [CheckState.ANSWERED.value]),
        (CONFIRM, Permission.CONDUCT_AUDITS, [CheckState.APPROVED.value]),
    )
    found = []
    for kind, permission, states in wanted:
        rows = tx.session.execute(
            select(SelfCheckRecord.id, SelfCheckRecord.unit_id, SelfCheckRound.due_on)
            .join(SelfCheckRound, SelfCheckRound.id == SelfCheckRecord.round_id)
            .where(SelfCheckRecord.unit_id.in_(scope(tx, permission)), SelfCheckRecord.state.in_(states))
            .order_by(SelfCheckRound.due_on, SelfCheckRecord.id)
        )
        found += [
            Due(kind, UnitId(unit_id), due_on, number_of(row_id), str(row_id))
            for row_id, unit_id, due_on in rows
        ]
    return found
