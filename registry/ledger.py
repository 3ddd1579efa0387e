"""The ledger 個人情報管理台帳: entries, their edits without lost updates, and their history."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Integer, Select, cast, func, or_, select
from sqlalchemy.orm import lazyload
from sqlalchemy.sql.base import ExecutableOption

from registry.access import allowed, require, require_open, scope
from registry.errors import Conflict, Edited, NotFound
from registry.journal import Action
from registry.ledger_columns import EntryDraft, changed, checked, differences, draft_of, first_values
from registry.model import EntryId, LedgerEntry, LedgerVersion, Permission, Place, SourceId, UnitId
from registry.sources import require_source
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.chain import canonical_json
from registry.store.tables import LedgerItem, LedgerPlace, LedgerRecord, LedgerVersionRecord, OrgClosure
from scanners.model import Category, Exposure

__all__ = ["EntryDraft", "create_entry", "entries", "entry", "update_entry", "versions"]

_PLAIN = (
    "unit_id",
    "name",
    "purpose",
    "storage_method",
    "end_of_use",
    "retention_months",
    "retention_until",
    "approximate_count",
    "exposure",
)
_SEALED = ("access_holders", "owner")


def create_entry(tx: Tx, draft: EntryDraft) -> LedgerEntry:
    """Add an entry; its number continues the registry's. AccessDenied, InvalidValue."""
    draft = checked(draft)
    require(tx, Permission.EDIT_LEDGER, draft.unit_id)
    require_open(tx, draft.unit_id)
    _require_places(tx, draft.places)
    row = LedgerRecord(uid=new_uid(), number=_next_number(tx))
    _write(tx, row, draft)
    tx.session.add(row)
    tx.session.flush()
    changes = first_values(draft)
    _remember(tx, row, changes)
    _journal(tx, Action.ENTRY_CREATED, row, changes)
    return _shown(tx, row)


def update_entry(
    tx: Tx, entry_id: EntryId, *, expected_version: int, changes: Mapping[str, object]
) -> LedgerEntry:
    """Change some columns of the entry as it was read at `expected_version`.

    Nothing is written when nothing differs; places are changed by who may see locations only. Raises
    NotFound, AccessDenied, InvalidValue, and Conflict with what others changed, column by column, by whom
    and when, if the entry is no longer of that version.
    """
    row = _row(tx, entry_id, lazyload("*"))  # a conflict, which others wait for, needs no more than the row
    require(tx, Permission.EDIT_LEDGER, UnitId(row.unit_id))
    if row.version != expected_version:
        raise _conflict(tx, row, expected_version)
    before = draft_of(_entry(tx, row))
    after = changed(before, changes)
    moved = differences(before, after)
    if not moved:
        return _shown(tx, row)
    if after.unit_id != before.unit_id:
        # In one capacity: nobody carries an entry over from one affiliation to another. And its places go
        # with it: who was not shown them could move them to where they are shown to him.
        require(tx, Permission.EDIT_LEDGER, before.unit_id, after.unit_id)
        require(tx, Permission.VIEW_LOCATIONS, before.unit_id, after.unit_id)
    if after.places != before.places:
        # Who was not shown the places would write over what he never saw.
        require(tx, Permission.VIEW_LOCATIONS, before.unit_id, after.unit_id)
        _require_places(tx, [place for place in after.places if place not in before.places])
    _write(tx, row, after, places=after.places != before.places)
    tx.session.flush()
    _remember(tx, row, moved)
    _journal(tx, Action.ENTRY_UPDATED, row, moved)
    return _shown(tx, row)


def entries(
    tx: Tx, *, unit_id: UnitId | None = None, text: str = "", categories: Collection[Category] = ()
) -> list[LedgerEntry]:
    """Return the visible entries by number.

    `unit_id` narrows to that unit and all below it, `text` to entries whose name, purpose or number holds
    it, `categories` to entries that name any of them. Who may not see locations gets no places.
    """
    query = _seen(tx).order_by(LedgerRecord.id)  # as numbers were given; text would put L-10000 first
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
    return [_seen_by(row.unit_id in located, _entry(tx, row)) for row in tx.session.scalars(query)]


def entry(tx: Tx, entry_id: EntryId) -> LedgerEntry:
    """Return one visible entry, without places for who may not see locations; raises NotFound."""
    return _shown(tx, _row(tx, entry_id))


def versions(tx: Tx, entry_id: EntryId) -> list[LedgerVersion]:
    """Return the history of a visible entry, oldest first; raises NotFound.

    Who may not see locations learns nothing of the places that an entry had.
    """
    row = _row(tx, entry_id)
    found = [_version(tx, record) for record in tx.session.scalars(_history(row))]
    if allowed(tx, Permission.VIEW_LOCATIONS, UnitId(row.unit_id)):
        return found
    return [
        replace(each, changes={column: pair for column, pair in each.changes.items() if column != "places"})
        for each in found
    ]


def _shown(tx: Tx, row: LedgerRecord) -> LedgerEntry:
    return _seen_by(allowed(tx, Permission.VIEW_LOCATIONS, UnitId(row.unit_id)), _entry(tx, row))


def _seen_by(located: bool, entry: LedgerEntry) -> LedgerEntry:
    """Return an entry as somebody sees it who may or may not know where data lie."""
    return entry if located else replace(entry, places=())


def _seen(tx: Tx) -> Select[LedgerRecord]:
    return select(LedgerRecord).where(LedgerRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)))


def _row(tx: Tx, entry_id: EntryId, *options: ExecutableOption) -> LedgerRecord:
    row = tx.session.scalar(_seen(tx).where(LedgerRecord.id == entry_id).options(*options))
    if row is None:
        raise NotFound("ledger_entry")
    return row


def _next_number(tx: Tx) -> str:
    # Writers queue, so that nobody else can take the same number meanwhile.
    digits = cast(func.substr(LedgerRecord.number, 3), Integer)
    last = tx.session.scalar(select(func.max(digits))) or 0
    return f"L-{last + 1:04d}"


def _require_places(tx: Tx, places: Collection[Place]) -> None:
    for place in places:
        if place.source_id is not None:
            require_source(tx, place.source_id)


def _write(tx: Tx, row: LedgerRecord, draft: EntryDraft, *, places: bool = True) -> None:
    for column in _PLAIN:
        setattr(row, column, getattr(draft, column))
    for column in _SEALED:
        setattr(row, f"{column}_sealed", _seal(tx, row, f"{column}_sealed", getattr(draft, column)))
    row.updated_at = tx.now
    row.updated_by_sealed = _seal(tx, row, "updated_by_sealed", tx.principal.name)
    kept = {item.category: item for item in row.items}
    row.items = [
        kept.get(category, LedgerItem(category=category, unit_id=draft.unit_id))
        for category in sorted(draft.items)
    ]
    if places:
        row.places = [_place_row(tx, place, index, draft.unit_id) for index, place in enumerate(draft.places)]
    for item in row.items:
        item.unit_id = draft.unit_id
    for place in row.places:
        place.unit_id = draft.unit_id


def _place_row(tx: Tx, place: Place, position: int, unit_id: UnitId) -> LedgerPlace:
    uid = new_uid()

    def seal(column: str, plain: str) -> bytes:
        return tx.vault.seal(plain, table="ledger_place", row=uid, column=column)

    return LedgerPlace(
        uid=uid,
        unit_id=unit_id,
        position=position,
        source_id=place.source_id,
        prefix_sealed=seal("prefix_sealed", place.prefix),
        text_sealed=seal("text_sealed", place.text.strip()),
    )


def _place(tx: Tx, row: LedgerPlace) -> Place:
    return Place(
        source_id=None if row.source_id is None else SourceId(row.source_id),
        prefix=tx.vault.open(row.prefix_sealed, table="ledger_place", row=row.uid, column="prefix_sealed"),
        text=tx.vault.open(row.text_sealed, table="ledger_place", row=row.uid, column="text_sealed"),
    )


def _entry(tx: Tx, row: LedgerRecord) -> LedgerEntry:
    def opened(sealed: bytes, column: str) -> str:
        return tx.vault.open(sealed, table="ledger_entry", row=row.uid, column=column)

    return LedgerEntry(
        id=EntryId(row.id),
        number=row.number,
        unit_id=UnitId(row.unit_id),
        name=row.name,
        items=frozenset(Category(item.category) for item in row.items),
        purpose=row.purpose,
        places=tuple(_place(tx, place) for place in row.places),
        storage_method=row.storage_method,
        access_holders=opened(row.access_holders_sealed, "access_holders_sealed"),
        end_of_use=row.end_of_use,
        retention_months=row.retention_months,
        retention_until=row.retention_until,
        approximate_count=row.approximate_count,
        exposure=Exposure(row.exposure),
        owner=opened(row.owner_sealed, "owner_sealed"),
        version=row.version,
        updated_at=row.updated_at,
        updated_by=opened(row.updated_by_sealed, "updated_by_sealed"),
    )


def _seal(tx: Tx, row: LedgerRecord, column: str, plain: str) -> bytes:
    return tx.vault.seal(plain, table="ledger_entry", row=row.uid, column=column)


def _remember(tx: Tx, row: LedgerRecord, changes: Mapping[str, tuple[str, str]]) -> None:
    uid = new_uid()

    def seal(column: str, plain: str) -> bytes:
        return tx.vault.seal(plain, table="ledger_version", row=uid, column=column)

    record = LedgerVersionRecord(
        uid=uid,
        entry_id=row.id,
        unit_id=row.unit_id,
        version=row.version,
        at=tx.now,
        by_sealed=seal("by_sealed", tx.principal.name),
        changes_sealed=seal("changes_sealed", canonical_json(changes)),
    )
    tx.session.add(record)


def _journal(tx: Tx, action: Action, row: LedgerRecord, changes: Mapping[str, tuple[str, str]]) -> None:
    before = {column: pair[0] for column, pair in changes.items()}
    after = {column: pair[1] for column, pair in changes.items()} | {"version": row.version}
    is_new = action is Action.ENTRY_CREATED
    tx.record(action, "ledger_entry", row.id, UnitId(row.unit_id), None if is_new else before, after)


def _history(row: LedgerRecord) -> Select[LedgerVersionRecord]:
    query = select(LedgerVersionRecord).where(LedgerVersionRecord.entry_id == row.id)
    return query.order_by(LedgerVersionRecord.version)


def _version(tx: Tx, record: LedgerVersionRecord) -> LedgerVersion:
    def opened(sealed: bytes, column: str) -> str:
        return tx.vault.open(sealed, table="ledger_version", row=record.uid, column=column)

    changes = json.loads(opened(record.changes_sealed, "changes_sealed"))
    return LedgerVersion(
        version=record.version,
        at=record.at,
        by=opened(record.by_sealed, "by_sealed"),
        changes={column: (before, after) for column, (before, after) in changes.items()},
    )


def _conflict(tx: Tx, row: LedgerRecord, expected: int) -> Conflict:
    later = _history(row).where(LedgerVersionRecord.version > expected)
    edits = [_version(tx, record) for record in tx.session.scalars(later)]
    if not edits:  # the caller names a version that never was
        return Conflict(_entry(tx, row).updated_by, row.updated_at, ())
    columns = sorted({column for edit in edits for column in edit.changes})
    if "places" in columns and not allowed(tx, Permission.VIEW_LOCATIONS, UnitId(row.unit_id)):
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
