"""The history of one corrective action: every step that was taken, with what it said then."""

from __future__ import annotations

import json

from sqlalchemy import select

from privacy_mark.actions.model import ActionId, Step, Taken
from privacy_mark.actions.rows import STEPS, row_of
from registry.sealing import Row
from registry.store import Tx
from registry.store.action_tables import CorrectiveStep


def history(tx: Tx, action_id: ActionId) -> list[Taken]:
    """Return the steps of an action in the order they were taken; raises NotFound."""
    row = row_of(action_id, tx)
    found = tx.session.scalars(
        select(CorrectiveStep).where(CorrectiveStep.action_id == row.id).order_by(CorrectiveStep.id)
    )
    return [_taken(tx, each) for each in found]


def _taken(tx: Tx, row: CorrectiveStep) -> Taken:
    sealed = Row(tx, STEPS, row.uid)
    return Taken(
        Step(row.step),
        row.round,
        row.at,
        sealed.opened("actor", row.actor_sealed),
        json.loads(sealed.opened("told", row.told_sealed)),
    )
