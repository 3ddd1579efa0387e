"""Confirmations that the person asking has to answer or to confirm."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from privacy_mark.confirmations.campaigns import UNANSWERED, ConfirmationState, number_of
from privacy_mark.due import Due
from registry.access import scope
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.confirmation_tables import CampaignRecord, ConfirmationRecord

ANSWER, CONFIRM = "confirmations.answer", "confirmations.confirm"


def due(tx: Tx, _today: date) -> list[Due]:
    """Return what waits for an answer, or for the second person, of units where one may give it."""
    wanted = (
        (ANSWER, Permission.ANSWER_CONFIRMATIONS, [state.value for state in UNANSWERED]),
        (CONFIRM, Permission.MANAGE_CONFIRMATIONS, [ConfirmationState.ANSWERED.value]),
    )
    found = []
    for kind, permission, states in wanted:
        rows = tx.session.execute(
            select(ConfirmationRecord.id, ConfirmationRecord.unit_id, CampaignRecord.due_on)
            .join(CampaignRecord, CampaignRecord.id == ConfirmationRecord.campaign_id)
            .where(
                ConfirmationRecord.unit_id.in_(scope(tx, permission)),
                ConfirmationRecord.state.in_(states),
            )
            .order_by(CampaignRecord.due_on, ConfirmationRecord.id)
        )
        found += [
            Due(kind, UnitId(unit_id), due_on, number_of(row_id), str(row_id))
            for row_id, unit_id, due_on in rows
        ]
    return found
