"""Confirmations that the person asking has to answer or to confirm."""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, func, or_, select

from privacy_mark.confirmations.campaigns import number_of
from privacy_mark.confirmations.states import UNANSWERED, ConfirmationState
from privacy_mark.due import Due
from registry.access import scope
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.confirmation_tables import CampaignRecord, ConfirmationRecord, OperationRecord

ANSWER, CONFIRM = "confirmations.answer", "confirmations.confirm"


def due(tx: Tx, _today: date) -> list[Due]:
    """Return what waits for an answer, or for the second person, of units where one may give it.

    Nobody is asked to confirm what one answered.
    """
    of, open_ = ConfirmationRecord, [state.value for state in UNANSWERED]
    ended = select(OperationRecord.id).where(OperationRecord.ended_on.is_not(None))
    answers = and_(
        of.state.in_(open_),
        of.unit_id.in_(scope(tx, Permission.ANSWER_CONFIRMATIONS)),
        of.operation_id.not_in(ended),
    )
    confirms = and_(
        of.state == ConfirmationState.ANSWERED.value,
        of.unit_id.in_(scope(tx, Permission.DECIDE_CONFIRMATIONS)),
        func.coalesce(of.answerer_id, -1) != tx.principal.user_id,
    )
    query = (
        select(of.id, of.unit_id, of.state, CampaignRecord.due_on)
        .join(CampaignRecord, CampaignRecord.id == of.campaign_id)
        .where(or_(answers, confirms))
        .order_by(CampaignRecord.due_on, of.id)
    )
    return [
        Due(ANSWER if state in open_ else CONFIRM, UnitId(unit_id), due_on, number_of(row_id), str(row_id))
        for row_id, unit_id, state, due_on in tx.session.execute(query)
    ]
