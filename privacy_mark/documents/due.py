"""Versions of internal rules that wait for the person asking: to be approved, or to be read."""

from __future__ import annotations

from sqlalchemy import select

from privacy_mark.documents.reading import to_read
from privacy_mark.due import Due
from registry.access import scope
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.document_tables import RuleVersionRecord

APPROVE, READ = "documents.approve", "documents.read"


def due(tx: Tx) -> list[Due]:
    """Return what one may approve, due on its first day, and what was given to oneself to read."""
    waiting = tx.session.scalars(
        select(RuleVersionRecord)
        .where(
            RuleVersionRecord.approved_at.is_(None),
            RuleVersionRecord.author_id != tx.principal.user_id,
            RuleVersionRecord.unit_id.in_(scope(tx, Permission.DECIDE_REVIEWS)),
        )
        .order_by(RuleVersionRecord.valid_from, RuleVersionRecord.id)
    )
    found = [
        Due(APPROVE, UnitId(row.unit_id), row.valid_from, number_of(row.rule_id, row.number), str(row.id))
        for row in waiting
    ]
    return found + [
        Due(READ, each.unit_id, each.due_on, number_of(each.rule_id, each.number), str(each.id))
        for each in to_read(tx)
    ]


def number_of(rule_id: int, number: int) -> str:
    """Return how people call a version: D-0012/2, the second one of rule 12."""
    return f"D-{rule_id:04}/{number}"
