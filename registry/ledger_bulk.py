"""One change of many ledger entries まとめて変更: seen before it is made, and made of all of them or of none.

Each entry is changed as it was shown, with a version and a record of its own, as if it were changed alone.
What others changed meanwhile stays when it is something else; where it is the same, somebody has to choose.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from registry.access import require
from registry.errors import ChangedEntry, EntriesChanged, InvalidValue
from registry.ledger_changes import change, conflict, require_references, visible_row
from registry.ledger_columns import changed, differences, draft_of
from registry.ledger_review import Seen
from registry.ledger_rows import entry_of
from registry.model import EntryId, Permission, UnitId
from registry.store import Tx
from registry.store.tables import LedgerRecord

COLUMNS = ("owner", "access_holders", "next_review", "exposure")
"""What can be the same for many entries; everything else says what one of them is."""
MOST = 500  # entries at once: others wait while they are written


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one entry."""

    entry_id: EntryId
    number: str
    name: str
    moved: Mapping[str, tuple[str, str]]  # column -> (before, after), as the history keeps them
    loses_approval: bool
    merged: bool = False  # others changed something else of it since it was shown


def preview(tx: Tx, seen: Sequence[Seen], changes: Mapping[str, object]) -> list[Change]:
    """Return what a change would do to the entries that it changes, and change nothing.

    Raises as `change_entries`.
    """
    return [told for _, told in _held(tx, seen, changes) if told.moved]


def change_entries(tx: Tx, seen: Sequence[Seen], changes: Mapping[str, object]) -> list[Change]:
    """Change some of COLUMNS of all the entries, each as it was seen; return those that differ now.

    Raises NotFound, AccessDenied for the first entry that the person asking may not edit, EntriesChanged with
    all of which others changed the same columns meanwhile, InvalidValue: a column with `unknown_column`,
    `changes` `required`, `entries` `required` or `too_many`, and as `ledger.update_entry`. Nothing is written
    then. Who names an entry's present version of EntriesChanged has chosen his own content.
    """
    held = _held(tx, seen, changes)
    for row, _ in held:
        change(tx, row, row.version, changes, Permission.EDIT_LEDGER)
    return [told for _, told in held if told.moved]


def _held(tx: Tx, seen: Sequence[Seen], changes: Mapping[str, object]) -> list[tuple[LedgerRecord, Change]]:
    """Return the rows, each once, and what becomes of them, when the person may edit all and none clashes."""
    for column in changes:
        if column not in COLUMNS:
            raise InvalidValue(column, "unknown_column")
    if not changes:
        raise InvalidValue("changes", "required")
    if not seen:
        raise InvalidValue("entries", "required")
    if len(seen) > MOST:
        raise InvalidValue("entries", "too_many")
    versions = {each.entry_id: each.version for each in seen}
    rows = [visible_row(tx, entry_id) for entry_id in versions]
    for unit_id in {row.unit_id for row in rows}:
        require(tx, Permission.EDIT_LEDGER, UnitId(unit_id))
    held, clashes = [], []
    for row in rows:
        told = _told(tx, row, changes)
        if row.version != (version := versions[EntryId(row.id)]):
            met = conflict(tx, row, version)
            same = tuple(edit for edit in met.edits if edit.column in told.moved)
            if same or not met.columns:
                clashes.append((met, ChangedEntry(row.id, row.number, row.name, row.version, same)))
            told = replace(told, merged=True)
        held.append((row, told))
    if clashes:
        raise EntriesChanged(clashes[0][0], tuple(entry for _, entry in clashes))
    return held


def _told(tx: Tx, row: LedgerRecord, changes: Mapping[str, object]) -> Change:
    before = draft_of(entry_of(tx, row))
    after = changed(before, changes)
    require_references(tx, after, before)
    moved = differences(before, after)
    approved = row.approved_at is not None
    return Change(EntryId(row.id), row.number, row.name, moved, loses_approval=approved and bool(moved))
