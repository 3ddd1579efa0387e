"""Legal hold 訴訟ホールド: what is needed as evidence is not disposed of, whatever its retention says.

The one place that disposals ask. An entry is held when its row says so in a column `legal_hold`.
"""

from __future__ import annotations

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import aliased

from registry.model import EntryId
from registry.store import Tx
from registry.store.tables import LedgerPlace, LedgerRecord, OrgClosure, OrgUnit


def is_held(tx: Tx, entry_id: EntryId) -> bool:
    """Return whether data of an entry may not be disposed of for now; the caller may see the entry."""
    row = tx.session.get(LedgerRecord, entry_id)
    return bool(row is not None and getattr(row, "legal_hold", False))


def held_units() -> Select[int]:
    """Return the units of entries under legal hold, with those above and below them: a part of a query."""
    one, other = aliased(OrgClosure), aliased(OrgClosure)
    held = select(LedgerRecord.unit_id).where(LedgerRecord.legal_hold)
    below = select(one.descendant).where(one.ancestor.in_(held))
    above = select(other.ancestor).where(other.descendant.in_(held))
    return select(OrgUnit.id).where(or_(OrgUnit.id.in_(below), OrgUnit.id.in_(above)))


def held_sources() -> Select[int | None]:
    """Return the sources in which an entry under legal hold has a place: a part of a query."""
    return (
        select(LedgerPlace.source_id)
        .join(LedgerRecord, LedgerRecord.id == LedgerPlace.entry_id)
        .where(LedgerRecord.legal_hold, LedgerPlace.source_id.is_not(None))
    )
