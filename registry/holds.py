"""Legal hold 訴訟ホールド: what is needed as evidence is not disposed of, whatever its retention says.

The one place that disposals ask. An entry is held when its row says so in a column `legal_hold`.
"""

from __future__ import annotations

from registry.model import EntryId
from registry.store import Tx
from registry.store.tables import LedgerRecord


def is_held(tx: Tx, entry_id: EntryId) -> bool:
    """Return whether data of an entry may not be disposed of for now; the caller may see the entry."""
    row = tx.session.get(LedgerRecord, entry_id)
    return bool(row is not None and getattr(row, "legal_hold", False))
