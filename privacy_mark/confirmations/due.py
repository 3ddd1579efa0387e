"""Confirmations that the person asking has to answer or to confirm."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from privacy_mark.confirmations.campaigns import number_of
from privacy_mark.confirmations.states import UNANSWERED, ConfirmationState
from privacy_mark.due import Due
from registry.access import scope
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.confirmation_tables import CampaignRecord, ConfirmationRecord, OperationRecord

ANSWER, CONFIRM = "confirmations.answer", "confirmations.confirm"


def due(tx: Tx, _today: date) -> list[Due]:
    """Return what waits for an answer, or for the second person, of units where one may give it."""
    ended = select(OperationRecord.id).where(OperationRecord.ended_on.is_not(None))
    wanted = (
        (ANSWER, Permission.ANSWER_CONFIRMATIONS, [state.value for state in UNANSWERED], ended),
        (CONFIRM, Permission.MANAGE_CONFIRMATIONS, [ConfirmationState.ANSWERED.value], None),
    )
    found = []
    for kind, permission, states, without in wanted:
        query = (
            select(ConfirmationRecord.id, ConfirmationRecord.unit_id, CampaignRecord.due_on)
            .join(CampaignRecord, CampaignRecord.id == ConfirmationRecord.campaign_id)
            .where(
                ConfirmationRecord.unit_id.in_(scope(tx, permission)),
                ConfirmationRecord.state.in_(states),
            )
            .order_by(CampaignRecord.due_on, ConfirmationRecord.id)
        )
        if without is not None:
            query = query.where(ConfirmationRecord.operation_id.not_in(without))
        found += [
            Due(kind, UnitId(unit_id), due_on, number_of(row_id), str(row_id))
            for row_id, unit_id, due_on in tx.session.execute(query)
        ]
    return found
