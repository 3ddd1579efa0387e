"""Self checks that the person asking has to answer, to approve, to draw a sample of, or to confirm."""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, select

from privacy_mark.due import Due
from privacy_mark.self_check.checking import own_units
from privacy_mark.self_check.rounds import UNANSWERED, CheckState, number_of
from registry.access import scope
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.self_check_tables import SelfCheckRecord, SelfCheckRound

ANSWER, APPROVE, CONFIRM = "self_check.answer", "self_check.approve", "self_check.confirm"
DRAW = "self_check.draw"  # answers are approved that no draw of the sample has covered


def due(tx: Tx, _today: date) -> list[Due]:
    """Return what waits for the person asking, of units where one may do it; a draw once for its round."""
    of, audited = SelfCheckRecord, scope(tx, Permission.CONDUCT_AUDITS)
    answering = of.unit_id.in_(scope(tx, Permission.ANSWER_CONFIRMATIONS))
    wanted = (
        (ANSWER, UNANSWERED, answering),
        (APPROVE, (CheckState.ANSWERED,), of.unit_id.in_(own_units(tx))),
        (
            CONFIRM,
            (CheckState.APPROVED,),
            and_(of.drawn, of.unit_id.in_(audited), SelfCheckRound.unit_id.in_(audited)),
        ),
    )
    found = []
    for kind, states, condition in wanted:
        rows = tx.session.execute(
            select(of.id, of.unit_id, SelfCheckRound.due_on)
            .join(SelfCheckRound, SelfCheckRound.id == of.round_id)
            .where(condition, of.state.in_([state.value for state in states]))
            .order_by(SelfCheckRound.due_on, of.id)
        )
        found += [
            Due(kind, UnitId(unit_id), due_on, number_of(row_id), str(row_id))
            for row_id, unit_id, due_on in rows
        ]
    return found + _to_draw(tx)


def _to_draw(tx: Tx) -> list[Due]:
    waits = (
        select(SelfCheckRecord.id)
        .where(
            SelfCheckRecord.round_id == SelfCheckRound.id,
            SelfCheckRecord.state == CheckState.APPROVED.value,
            SelfCheckRecord.drawn.is_(False),
        )
        .exists()
    )
    rows = tx.session.scalars(
        select(SelfCheckRound)
        .where(SelfCheckRound.unit_id.in_(scope(tx, Permission.PLAN_AUDITS)), waits)
        .order_by(SelfCheckRound.due_on, SelfCheckRound.id)
    )
    return [Due(DRAW, UnitId(row.unit_id), row.due_on, str(row.year), str(row.id)) for row in rows]
