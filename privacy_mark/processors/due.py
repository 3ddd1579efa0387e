"""Processors to evaluate: never evaluated, soon due again, or past their day."""

from __future__ import annotations

from datetime import date, timedelta

from privacy_mark.due import Due
from privacy_mark.processors.rules import rules
from privacy_mark.processors.standing import supervised_standings
from registry.access import scope
from registry.model import Permission
from registry.store import Tx

EVALUATE = "processors.evaluate"


def due(tx: Tx, today: date) -> list[Due]:
    """Return the supervised processors to evaluate, of units whose processors one manages."""
    limit = today + timedelta(days=rules(today).ahead_days)
    found = [
        Due(EVALUATE, each.unit_id, each.due_on, "", str(each.processor_id))
        for each in supervised_standings(tx, today, scope(tx, Permission.MANAGE_PROCESSORS))
        if each.due_on <= limit
    ]
    return sorted(found, key=lambda each: (each.due_on, int(each.row)))
