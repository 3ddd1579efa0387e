"""Writing the ledger: what every way into it shares, whoever edits, applies, approves or imports."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Integer, Select, cast, func, select
from sqlalchemy.orm import lazyload

from registry import entry_unit
from registry.access import allowed, require, require_open, scope
from registry.errors import Conflict, Edited, InvalidValue, NotFound
from registry.handling import ProcessorId
from registry.journal import Action
from registry.ledger_columns import EntryDraft, changed, checked, differences, draft_of, first_values
from registry.ledger_rows import Author, entry_of, history, remember, version_of, write
from registry.model import EntryId, LedgerEntry, LedgerVersion, Permission, Place, SourceId, UnitId
from registry.sources import require_source
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.chain import Deed
from registry.store.ledger_tables import ProcessorRecord
from registry.store.tables import LedgerRecord, LedgerVersionRecord


def add(tx: Tx, draft: EntryDraft, permission: Permission, author: Author | None = None) -> LedgerRecord:
    """Add an entry for who holds the permission in its unit; `author`: whose approved application it is."""
    return add_all(tx, [draft], permission, author)[0]


def add_all(
    tx: Tx, drafts: Sequence[EntryDraft], permission: Permission, author: Author | None = None
) -> list[LedgerRecord]:
    """Add entries in this order, numbered one by one; all are checked before any is written."""
    drafts = [checked(draft) for draft in drafts]
    for unit_id in {draft.unit_id for draft in drafts}:
        require(tx, permission, unit_id)
        require_open(tx, unit_id)
    if author is None:  # an application's were checked for who made it; who approves may not see them
        _require_references(
            tx,
            {place.source_id for draft in drafts for place in draft.places if place.source_id is not None},
            {each for draft in drafts for each in draft.handling.processors},
        )
    rows = []
    for number, draft in enumerate(drafts, _last_number(tx) + 1):
        row = LedgerRecord(uid=new_uid(), number=f"L-{number:04d}")
        write(tx, row, draft, author=author)
        rows.append(row)
    tx.session.add_all(rows)
    tx.session.flush()
    deeds = []
    for row, draft in zip(rows, drafts, strict=True):
        changes = first_values(draft)
        remember(tx, row, changes, author=author)
        deeds.append(_deed(Action.ENTRY_CREATED, row, changes))
    tx.record_all(deeds)
    return rows


def change(
    tx: Tx,
    row: LedgerRecord,
    expected_version: int,
    changes: Mapping[str, object],
    permission: Permission,
    author: Author | None = None,
) -> bool:
    """Change some columns of an entry, checked for who holds the permission; False when nothing differs."""
    if row.version != expected_version:
        raise conflict(tx, row, expected_version)
    before = draft_of(entry_of(tx, row))
    after = changed(before, changes)
    moved = differences(before, after)
    if not moved:
        return False
    if after.unit_id != before.unit_id:
        # In one capacity: nobody carries an entry over from one affiliation to another. And its places go
        # with it: who was not shown them could move them to where they are shown to him.
        require(tx, permission, before.unit_id, after.unit_id)
        require(tx, Permission.VIEW_LOCATIONS, before.unit_id, after.unit_id)
    if author is None:
        if after.places != before.places:
            # Who was not shown the places would write over what he never saw.
            require(tx, Permission.VIEW_LOCATIONS, before.unit_id, after.unit_id)
        require_references(tx, after, before)
    write(tx, row, after, places=after.places != before.places, author=author)
    tx.session.flush()
    remember(tx, row, moved, author=author)
    if after.unit_id != before.unit_id:
        entry_unit.follow(tx, EntryId(row.id), after.unit_id)
    journal_entry(tx, Action.ENTRY_UPDATED, row, moved)
    return True


def journal_entry(tx: Tx, action: Action, row: LedgerRecord, changes: Mapping[str, tuple[str, str]]) -> None:
    """Record what was done to an entry."""
    tx.record_all([_deed(action, row, changes)])


def _deed(action: Action, row: LedgerRecord, changes: Mapping[str, tuple[str, str]]) -> Deed:
    before = {column: pair[0] for column, pair in changes.items()}
    after = {column: pair[1] for column, pair in changes.items()} | {"version": row.version}
    is_new = action is Action.ENTRY_CREATED
    return Deed(action, "ledger_entry", str(row.id), UnitId(row.unit_id), None if is_new else before, after)


def shown(tx: Tx, row: LedgerRecord) -> LedgerEntry:
    """Return an entry as the person asking may see it."""
    return seen_by(allowed(tx, Permission.VIEW_LOCATIONS, UnitId(row.unit_id)), entry_of(tx, row))


def seen_by(located: bool, entry: LedgerEntry) -> LedgerEntry:
    """Return an entry as somebody sees it who may or may not know where data lie."""
    return entry if located else replace(entry, places=())


def visible(tx: Tx) -> Select[LedgerRecord]:
    """Return the query of the entries that the person asking may see."""
    return select(LedgerRecord).where(LedgerRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)))


def visible_row(tx: Tx, entry_id: EntryId) -> LedgerRecord:
    """Return one visible row, what hangs on it when it is asked for; raises NotFound."""
    # A conflict, for which other writers wait, needs no more than the row.
    row = tx.session.scalar(visible(tx).where(LedgerRecord.id == entry_id).options(lazyload("*")))
    if row is None:
        raise NotFound("ledger_entry")
    return row


def _last_number(tx: Tx) -> int:
    # Writers queue, so that nobody else can take the same number meanwhile.
    digits = cast(func.substr(LedgerRecord.number, 3), Integer)
    return tx.session.scalar(select(func.max(digits))) or 0


def require_references(tx: Tx, draft: EntryDraft, before: EntryDraft | None = None) -> None:
    """Raise InvalidValue for a source or processor, new in the draft, that one may not see."""
    known = frozenset(before.places) if before else frozenset[Place]()
    places = {place.source_id for place in draft.places if place not in known and place.source_id is not None}
    named = draft.handling.processors - (before.handling.processors if before else frozenset())
    _require_references(tx, places, named)


def _require_references(tx: Tx, sources: Collection[SourceId], named: Collection[ProcessorId]) -> None:
    for source_id in sources:
        require_source(tx, source_id)
    seen = select(ProcessorRecord.id).where(
        ProcessorRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)), ProcessorRecord.id.in_(named)
    )
    if named and len(set(tx.session.scalars(seen))) < len(named):
        raise InvalidValue("processors", "processor")


def conflict(tx: Tx, row: LedgerRecord, expected: int) -> Conflict:
    """Return what others changed since a version was read."""
    later = history(row).where(LedgerVersionRecord.version > expected)
    edits = [version_of(tx, record) for record in tx.session.scalars(later)]
    if not edits:  # the caller names a version that never was
        return Conflict(entry_of(tx, row).updated_by, row.updated_at, ())
    columns = sorted({column for edit in edits for column in edit.changes})
    if not allowed(tx, Permission.VIEW_LOCATIONS, UnitId(row.unit_id)):
        columns = [column for column in columns if column != "places"]
    return Conflict(
        edits[-1].by,
        edits[-1].at,
        tuple(columns),
        tuple(last for column in columns if (last := _edited(column, edits)) is not None),
        version=row.version,
    )


def _edited(column: str, edits: Sequence[LedgerVersion]) -> Edited | None:
    """Return what became of a column over several edits; None when it is again what it was."""
    changing = [edit for edit in edits if column in edit.changes]
    before, after = changing[0].changes[column][0], changing[-1].changes[column][1]
    return None if before == after else Edited(column, before, after, changing[-1].by, changing[-1].at)
