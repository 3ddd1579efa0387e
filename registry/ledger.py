"""The ledger 個人情報管理台帳: entries, their edits without lost updates, and their history."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy import or_, select

from registry.access import allowed, require, scope
from registry.ledger_changes import add, change, seen_by, shown, visible, visible_row
from registry.ledger_columns import EntryDraft
from registry.ledger_rows import entry_of, history, version_of
from registry.model import EntryId, LedgerEntry, LedgerVersion, Permission, UnitId
from registry.store import Tx
from registry.store.tables import LedgerItem, LedgerRecord, OrgClosure
from scanners.model import Category

__all__ = ["EntryDraft", "create_entry", "entries", "entry", "update_entry", "versions"]


def create_entry(tx: Tx, draft: EntryDraft) -> LedgerEntry:
    """Add an entry; its number continues the registry's. AccessDenied, InvalidValue."""
    return shown(tx, add(tx, draft, Permission.EDIT_LEDGER))


def update_entry(
    tx: Tx, entry_id: EntryId, *, expected_version: int, changes: Mapping[str, object]
) -> LedgerEntry:
    """Change some columns of the entry as it was read at `expected_version`.

    Nothing is written when nothing differs; places are changed by who may see locations only. Raises
    NotFound, AccessDenied, InvalidValue, and Conflict with what others changed, column by column, by whom
    and when, if the entry is no longer of that version. Nobody has approved the entry from then on.
    """
    row = visible_row(tx, entry_id)
    require(tx, Permission.EDIT_LEDGER, UnitId(row.unit_id))
    change(tx, row, expected_version, changes, Permission.EDIT_LEDGER)
    return shown(tx, row)


def entries(
    tx: Tx, *, unit_id: UnitId | None = None, text: str = "", categories: Collection[Category] = ()
) -> list[LedgerEntry]:
    """Return the visible entries by number.

    `unit_id` narrows to that unit and all below it, `text` to entries whose name, purpose or number holds
    it, `categories` to entries that name any of them. Who may not see locations gets no places.
    """
    query = visible(tx).order_by(LedgerRecord.id)  # as numbers were given; text would put L-10000 first
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(LedgerRecord.unit_id.in_(below))
    if wanted := text.strip():
        columns = (LedgerRecord.name, LedgerRecord.purpose, LedgerRecord.number)
        query = query.where(or_(*(column.icontains(wanted, autoescape=True) for column in columns)))
    if categories:
        names = [str(category) for category in categories]
        query = query.where(LedgerRecord.items.any(LedgerItem.category.in_(names)))
    located = set(tx.session.scalars(scope(tx, Permission.VIEW_LOCATIONS)))
    return [seen_by(row.unit_id in located, entry_of(tx, row)) for row in tx.session.scalars(query)]


def entry(tx: Tx, entry_id: EntryId) -> LedgerEntry:
    """Return one visible entry, without places for who may not see locations; raises NotFound."""
    return shown(tx, visible_row(tx, entry_id))


def versions(tx: Tx, entry_id: EntryId) -> list[LedgerVersion]:
    """Return the history of a visible entry, oldest first; raises NotFound.

    Who may not see locations learns nothing of the places that an entry had.
    """
    row = visible_row(tx, entry_id)
    found = [version_of(tx, record) for record in tx.session.scalars(history(row))]
    if allowed(tx, Permission.VIEW_LOCATIONS, UnitId(row.unit_id)):
        return found
    return [
        replace(each, changes={column: pair for column, pair in each.changes.items() if column != "places"})
        for each in found
    ]
