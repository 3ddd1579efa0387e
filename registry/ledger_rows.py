"""Rows of the ledger and the values in them: written, read, and remembered version by version."""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

from sqlalchemy import Select, select

from registry import handling
from registry.handling import Handling, ProcessorId
from registry.ledger_columns import EntryDraft
from registry.model import EntryId, LedgerEntry, LedgerVersion, Place, SourceId, UnitId, UserId
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.chain import canonical_json
from registry.store.ledger_tables import LedgerProcessor
from registry.store.tables import LedgerItem, LedgerPlace, LedgerRecord, LedgerVersionRecord
from scanners.model import Category, Exposure


class VersionKind(enum.StrEnum):
    """What made a version of an entry."""

    EDIT = "edit"
    APPROVAL = "approval"  # 承認
    REVIEW = "review"  # 見直し: looked at, and right as it is


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
_HANDLING_PLAIN = ("legal_hold", "entrusted", "last_checked", "next_review")
_HANDLING_ROWS = (*_HANDLING_PLAIN, "processors")
"""What stands in columns and rows of its own, because queries ask for it."""

_SEALED = ("access_holders", "owner")


class Author(NamedTuple):
    """Whose words an entry is; not always who writes it down."""

    id: UserId
    name: str


def write(
    tx: Tx, row: LedgerRecord, draft: EntryDraft, *, places: bool = True, author: Author | None = None
) -> None:
    """Write a draft into a row, which nobody has approved from now on."""
    by = author or Author(tx.principal.user_id, tx.principal.name)
    for column in _PLAIN:
        setattr(row, column, getattr(draft, column))
    for column in _HANDLING_PLAIN:
        setattr(row, column, getattr(draft.handling, column))
    for column in _SEALED:
        setattr(row, f"{column}_sealed", seal(tx, row, f"{column}_sealed", getattr(draft, column)))
    texts = handling.texts_of(draft.handling)
    details = {column: text for column, text in texts.items() if column not in _HANDLING_ROWS}
    row.details_sealed = seal(tx, row, "details_sealed", canonical_json(details))
    row.updated_at = tx.now
    row.updated_by_sealed = seal(tx, row, "updated_by_sealed", by.name)
    kept = {item.category: item for item in row.items}
    row.items = [
        kept.get(category, LedgerItem(category=category, unit_id=draft.unit_id))
        for category in sorted(draft.items)
    ]
    wanted = sorted(draft.handling.processors)
    if [each.processor_id for each in row.processors] != wanted:
        row.processors = [LedgerProcessor(processor_id=each, unit_id=draft.unit_id) for each in wanted]
    if places:
        row.places = [_place_row(tx, place, index, draft.unit_id) for index, place in enumerate(draft.places)]
    for item in row.items:
        item.unit_id = draft.unit_id
    for place in row.places:
        place.unit_id = draft.unit_id
    for processor in row.processors:
        processor.unit_id = draft.unit_id
    row.editor_id = by.id
    row.approver_id, row.approver_sealed, row.approved_at = None, None, None


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


def entry_of(tx: Tx, row: LedgerRecord) -> LedgerEntry:
    """Return a row as an entry, with its places."""

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
        handling=_handling(row, opened),
        approved_by="" if row.approver_sealed is None else opened(row.approver_sealed, "approver_sealed"),
        approved_at=row.approved_at,
    )


def _handling(row: LedgerRecord, opened: Callable[[bytes, str], str]) -> Handling:
    texts = {} if row.details_sealed is None else json.loads(opened(row.details_sealed, "details_sealed"))
    return replace(
        handling.of_texts(texts),
        processors=frozenset(ProcessorId(each.processor_id) for each in row.processors),
        legal_hold=row.legal_hold,
        entrusted=row.entrusted,
        last_checked=row.last_checked,
        next_review=row.next_review,
    )


def seal(tx: Tx, row: LedgerRecord, column: str, plain: str) -> bytes:
    """Encrypt a text for one column of one row."""
    return tx.vault.seal(plain, table="ledger_entry", row=row.uid, column=column)


def remember(
    tx: Tx,
    row: LedgerRecord,
    changes: Mapping[str, tuple[str, str]],
    *,
    kind: VersionKind = VersionKind.EDIT,
    author: Author | None = None,
) -> None:
    """Add what just changed to the entry's history; called after the row was flushed."""
    by = author or Author(tx.principal.user_id, tx.principal.name)
    uid = new_uid()

    def sealed(column: str, plain: str) -> bytes:
        return tx.vault.seal(plain, table="ledger_version", row=uid, column=column)

    record = LedgerVersionRecord(
        uid=uid,
        entry_id=row.id,
        unit_id=row.unit_id,
        version=row.version,
        at=tx.now,
        by_sealed=sealed("by_sealed", by.name),
        changes_sealed=sealed("changes_sealed", canonical_json(changes)),
        kind=kind.value,
        by_id=by.id,
    )
    tx.session.add(record)


def history(row: LedgerRecord) -> Select[LedgerVersionRecord]:
    """Return the query of an entry's versions, oldest first."""
    query = select(LedgerVersionRecord).where(LedgerVersionRecord.entry_id == row.id)
    return query.order_by(LedgerVersionRecord.version)


def version_of(tx: Tx, record: LedgerVersionRecord) -> LedgerVersion:
    """Return a row of the history."""

    def opened(sealed: bytes, column: str) -> str:
        return tx.vault.open(sealed, table="ledger_version", row=record.uid, column=column)

    changes = json.loads(opened(record.changes_sealed, "changes_sealed"))
    return LedgerVersion(
        version=record.version,
        at=record.at,
        by=opened(record.by_sealed, "by_sealed"),
        changes={column: (before, after) for column, (before, after) in changes.items()},
    )
