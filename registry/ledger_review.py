"""Approval 承認 and yearly review 見直し of ledger entries: who answers for them, and until when.

The ledger is looked through at least once a year (JIS Q 15001:2023 A.3.3.1 practice; guideline J.3.1).
Who approves an entry is none of those who wrote what stands in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from registry.access import require, today_in_japan
from registry.errors import InvalidValue
from registry.journal import Action
from registry.ledger_changes import conflict, journal_entry, shown, visible_row
from registry.ledger_columns import column_text, unstated
from registry.ledger_rows import VersionKind, entry_of, history, remember, seal
from registry.model import EntryId, LedgerEntry, Permission, UnitId
from registry.store import Tx
from registry.store.tables import LedgerRecord, LedgerVersionRecord


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry as somebody looked at it."""

    entry_id: EntryId
    version: int


@dataclass(frozen=True, slots=True)
class ReviewResult:
    """What became of a review of many: confirmed, and changed by others since they were shown."""

    confirmed: tuple[EntryId, ...]
    changed: tuple[EntryId, ...]


def approve_entry(tx: Tx, entry_id: EntryId, *, expected_version: int) -> LedgerEntry:
    """Approve an entry as it stands; its next review is due in a year where no day is set.

    Raises NotFound, AccessDenied, Conflict when it changed meanwhile, InvalidValue: `approver`
    `same_person` for who wrote any of it since it was last approved, `state` `decided` when it is approved
    already, and the first unstated column with `required_for_approval`.
    """
    row = visible_row(tx, entry_id)
    require(tx, Permission.APPROVE_LEDGER, UnitId(row.unit_id))
    if row.version != expected_version:
        raise conflict(tx, row, expected_version)
    if row.approved_at is not None:
        raise InvalidValue("state", "decided")
    if tx.principal.user_id in writers(tx, row):
        raise InvalidValue("approver", "same_person")
    approve_row(tx, row)
    return shown(tx, row)


def approve_row(tx: Tx, row: LedgerRecord) -> None:
    """Mark a row as approved by the person asking, whose right has been checked."""
    if missing := unstated(entry_of(tx, row)):
        raise InvalidValue(missing[0], "required_for_approval")
    today = today_in_japan(tx.now)
    moved = {"approved_by": ("", tx.principal.name)} | _checked_on(row, today, row.next_review)
    row.approver_id = tx.principal.user_id
    row.approver_sealed = seal(tx, row, "approver_sealed", tx.principal.name)
    row.approved_at = tx.now
    tx.session.flush()
    remember(tx, row, moved, kind=VersionKind.APPROVAL)
    journal_entry(tx, Action.ENTRY_APPROVED, row, moved)


def review_entries(tx: Tx, seen: Sequence[Seen], *, next_review: date | None = None) -> ReviewResult:
    """Confirm many entries as right as they are, each as it was shown; those changed since are left alone.

    The next review is due on the given day, else in a year. An approval stays. Raises NotFound and
    AccessDenied for the first entry that the person asking may not edit; nothing is confirmed then.
    """
    rows = [(visible_row(tx, each.entry_id), each.version) for each in seen]
    for row, _ in rows:
        require(tx, Permission.EDIT_LEDGER, UnitId(row.unit_id))
    today = today_in_japan(tx.now)
    confirmed, changed = [], []
    for row, version in rows:
        if row.version != version:
            changed.append(EntryId(row.id))
            continue
        moved = _checked_on(row, today, next_review)
        if moved:
            tx.session.flush()
            remember(tx, row, moved, kind=VersionKind.REVIEW)
        journal_entry(tx, Action.ENTRY_REVIEWED, row, moved)
        confirmed.append(EntryId(row.id))
    return ReviewResult(tuple(confirmed), tuple(changed))


def is_due(entry: LedgerEntry, today: date) -> bool:
    """Tell whether an entry is to be reviewed, or never was."""
    return entry.handling.next_review is None or entry.handling.next_review <= today


def year_after(day: date) -> date:
    """Return the same day of the next year; 29 February becomes 28 February (Civil Code Art. 143(2))."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def _checked_on(row: LedgerRecord, today: date, wanted: date | None) -> dict[str, tuple[str, str]]:
    """Write that the row was looked at today; return the columns that this changes."""
    following = wanted if wanted is not None and wanted > today else year_after(today)
    moved = {
        column: (column_text(before), column_text(after))
        for column, before, after in (
            ("last_checked", row.last_checked, today),
            ("next_review", row.next_review, following),
        )
        if before != after
    }
    row.last_checked, row.next_review = today, following
    return moved


def writers(tx: Tx, row: LedgerRecord) -> set[int]:
    """Return who wrote what stands in a row that was found, and was not approved yet."""
    approved = (
        select(LedgerVersionRecord.version)
        .where(LedgerVersionRecord.entry_id == row.id, LedgerVersionRecord.kind == VersionKind.APPROVAL.value)
        .order_by(LedgerVersionRecord.version.desc())
        .limit(1)
    )
    since = tx.session.scalar(approved) or 0
    versions = history(row).where(
        LedgerVersionRecord.version > since, LedgerVersionRecord.kind == VersionKind.EDIT.value
    )
    found = {record.by_id for record in tx.session.scalars(versions)} | {row.editor_id}
    return {each for each in found if each is not None}
