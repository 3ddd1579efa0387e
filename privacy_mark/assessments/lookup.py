"""The ledger as it is shown on the spot to assessors: what is held and why, and no name of a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from registry import ledger
from registry.access import require
from registry.model import EntryId, Permission, UnitId
from registry.store import Tx
from registry.store.note_tables import AttachmentRecord
from registry.store.risk_tables import RiskAnalysisRecord
from scanners.model import Category

MOST = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry without those who own, may read, wrote or approved it."""

    id: EntryId
    number: str
    unit_id: UnitId
    name: str
    items: frozenset[Category]
    purpose: str
    approximate_count: int | None
    retention: str
    next_review: date | None
    risk_state: str  # "": nobody analysed it
    files: int  # attached to it


def entries(tx: Tx, unit_id: UnitId, words: str) -> tuple[list[Shown], int]:
    """Return the first `MOST` entries of a unit and below, and how many there are.

    Of those whose number, name or purpose holds the words. Raises AccessDenied without VIEW_LEDGER there.
    """
    require(tx, Permission.VIEW_LEDGER, unit_id)
    found = ledger.entries(tx, unit_id=unit_id, text=words)
    first = found[:MOST]
    ids = [each.id for each in first]
    risks = dict(
        tx.session.execute(
            select(RiskAnalysisRecord.entry_id, RiskAnalysisRecord.state).where(
                RiskAnalysisRecord.entry_id.in_(ids)
            )
        ).all()
    )
    files = dict(
        tx.session.execute(
            select(AttachmentRecord.entry_id, func.count())
            .where(AttachmentRecord.entry_id.in_(ids), AttachmentRecord.removed_at.is_(None))
            .group_by(AttachmentRecord.entry_id)
        ).all()
    )
    return [
        Shown(
            each.id,
            each.number,
            each.unit_id,
            each.name,
            each.items,
            each.purpose,
            each.approximate_count,
            each.end_of_use,
            each.handling.next_review,
            risks.get(each.id, ""),
            files.get(each.id, 0),
        )
        for each in first
    ], len(found)
