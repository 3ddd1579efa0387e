"""One click from a difference to what answers it: the draft of a ledger entry, or an order to dispose.

Both hold the true place where the person may know it: an entry whose place is masked covers nothing, so
that nothing is hidden by it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from registry import due, holds, inventory, sources
from registry.access import allowed, require, today_in_japan
from registry.case_states import Case, CaseId
from registry.cases import case
from registry.disposal_states import DisposalDraft, DisposalItem
from registry.errors import InvalidValue
from registry.findings import FindingsStore
from registry.ledger_columns import EntryDraft
from registry.model import DiscrepancyKind, EntryId, ObjectRow, Permission, Place, SourceId, SourceRow
from registry.places import name_below, segments
from registry.store import Tx
from registry.store.case_tables import CaseRecord
from registry.store.tables import DiscrepancyRecord
from scanners.model import Exposure

_WIDEST = (Exposure.EVERYONE, Exposure.ALL_STAFF, Exposure.GROUP, Exposure.OWNER, Exposure.UNKNOWN)


def draft_from(tx: Tx, store: FindingsStore, case_id: CaseId) -> EntryDraft:
    """Return a ledger entry for what a case found, without what only a person knows: purpose, owner …

    Raises NotFound, AccessDenied without HANDLE_CASES, InvalidValue: `kind` `has_entry`, or `no_draft`
    for what no entry puts right.
    """
    found, rows = _found(tx, store, case_id)
    if found.entry_id is not None:
        raise InvalidValue("kind", "has_entry")
    if found.kind in (DiscrepancyKind.COPIED, DiscrepancyKind.NO_CONTRACT):
        raise InvalidValue("kind", "no_draft")
    source = _source(tx, rows)
    subject = _subject(tx, found)
    called = f"{source.name}　{found.found.subject}" if source else found.found.subject
    return EntryDraft(
        unit_id=found.unit_id,
        name=segments(found.found.subject.rstrip("/"))[-1],
        items=found.found.categories,
        purpose="",
        places=(Place(source.id if source else None, subject, called),),
        storage_method="",
        access_holders="",
        end_of_use="",
        retention_months=None,
        retention_until=None,
        approximate_count=found.found.found,
        exposure=min((row.exposure for row in rows), key=_WIDEST.index, default=Exposure.UNKNOWN),
        owner="",
    )


def disposal_from(tx: Tx, store: FindingsStore, case_id: CaseId) -> DisposalDraft:
    """Return an order to dispose of what a case found; the person adds why, how and until when.

    Objects of one source: where most of them lie. Raises NotFound, AccessDenied without HANDLE_CASES,
    InvalidValue: `kind` `nothing_found`, `entry_id` `held` where an entry that covers any of it is.
    """
    found, rows = _found(tx, store, case_id)
    if found.kind is DiscrepancyKind.NOT_FOUND:
        raise InvalidValue("kind", "nothing_found")
    if found.kind is DiscrepancyKind.OVER_RETAINED and found.entry_id is not None:
        over = entry_disposal(tx, store, found.entry_id, days=-1)
        if over is not None and over.unit_id == found.unit_id:
            return DisposalDraft(
                over.unit_id, found.id, over.entry_id, over.source_id, over.folder, over.items
            )
    # Who does not see an entry learns from this no more than that something is held.
    if any(holds.is_held(tx, entry_id) for entry_id in {each for row in rows for each in row.entry_ids}):
        raise InvalidValue("entry_id", "held")
    source_id = _main_source([row.source_id for row in rows])
    shown = {each.id: each for each in sources.list_sources(tx)}
    items = tuple(
        DisposalItem(row.id, _below(row.shown, row.source_id, shown), max(1, row.persons.low))
        for row in rows
        if row.source_id == source_id
    )
    # Beside copies of a list something else may lie: the folder as a whole is not theirs.
    is_place = found.entry_id is None and found.kind is not DiscrepancyKind.COPIED
    subject = _subject(tx, found, true=True) if is_place else ""
    folder = subject.rstrip("/") if subject.endswith("/") else ""
    return DisposalDraft(found.unit_id, found.id, found.entry_id, source_id, folder, items)


def entry_disposal(
    tx: Tx, store: FindingsStore, entry_id: EntryId, *, days: int = due.SOON_DAYS
) -> DisposalDraft | None:
    """Return an order to dispose of the objects of an entry that are due within so many days.

    Those of one unit and source: where most of them lie; None when none is due. Raises NotFound,
    AccessDenied without VIEW_LOCATIONS in the entry's unit.
    """
    until = today_in_japan(tx.now) + timedelta(days=days)
    objects = due.due_objects(tx, store, entry_id, until=until)
    if not objects:
        return None
    (unit_id, source_id), _ = Counter((each.unit_id, each.source_id) for each in objects).most_common(1)[0]
    known = {each.id: each for each in sources.list_sources(tx)}
    items = tuple(
        DisposalItem(each.id, _below(each.shown, each.source_id, known), each.persons)
        for each in objects
        if (each.unit_id, each.source_id) == (unit_id, source_id)
    )
    return DisposalDraft(unit_id, None, entry_id, source_id, "", items)


def _found(tx: Tx, store: FindingsStore, case_id: CaseId) -> tuple[Case, Sequence[ObjectRow]]:
    found = case(tx, case_id)
    require(tx, Permission.HANDLE_CASES, found.unit_id)
    rows = inventory.rows_of(tx, store, found.found.objects)
    return found, [rows[key] for key in found.found.objects if key in rows]


def _source(tx: Tx, rows: Sequence[ObjectRow]) -> SourceRow | None:
    source_id = _main_source([row.source_id for row in rows])
    return next((each for each in sources.list_sources(tx) if each.id == source_id), None)


def _main_source(found: Sequence[SourceId | None]) -> SourceId | None:
    return Counter(found).most_common(1)[0][0] if found else None


def _below(shown: str, source_id: SourceId | None, known: dict[SourceId, SourceRow]) -> str:
    """Return a masked name with its source, as people say where something lies."""
    source = known.get(source_id) if source_id is not None else None
    if source is None:
        return shown
    return f"{source.name}　{name_below(shown, source.url) or shown}"


def _subject(tx: Tx, found: Case, *, true: bool = False) -> str:
    """Return the place of a case below its source: the true name for who sees samples, else masked."""
    row = tx.session.scalars(
        select(DiscrepancyRecord)
        .join(CaseRecord, CaseRecord.discrepancy_id == DiscrepancyRecord.id)
        .where(CaseRecord.id == found.id)
    ).one()
    if not true and not allowed(tx, Permission.VIEW_SAMPLES, found.unit_id):
        return row.subject_shown
    return tx.vault.open(row.subject_sealed, table="discrepancy", row=row.id, column="subject_sealed")
