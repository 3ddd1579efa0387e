"""Due lists 廃棄の期限一覧: entries and objects whose retention ends, or ended, by a day.

The end of each object's retention stands in the current assessment, as `registry.ends` tells it: of
the entry that lets it be kept longest. Entries with a date and without any object found are listed too,
because paper is kept as well.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import or_, select

from registry import rules
from registry.access import allowed, scope
from registry.errors import AccessDenied, NotFound
from registry.findings import FindingsStore, analytics
from registry.handling import Handling, of_texts
from registry.inventory import current_inventory
from registry.model import EntryId, ObjectId, Permission, SourceId, UnitId
from registry.snapshot import show_inventory
from registry.store import Tx
from registry.store.tables import LedgerRecord, OrgClosure

SOON_DAYS = 90

_BY_ENTRY = """
SELECT retained_by AS entry_id, min(retained_until) AS until, count(*) AS objects,
       max(persons_high) AS persons
FROM inventory WHERE retained_until <= ? AND unit_id IN (SELECT unnest(?)) GROUP BY retained_by
"""
_BY_UNIT = "SELECT DISTINCT retained_by, unit_id FROM inventory WHERE retained_until <= ?"
_OBJECTS = """
SELECT object_id, unit_id, source_id, shown, greatest(persons_low, 1) AS persons, retained_until
FROM inventory WHERE retained_by = ? AND retained_until <= ? AND unit_id IN (SELECT unnest(?))
ORDER BY retained_until, object_id
"""


@dataclass(frozen=True, slots=True)
class DueEntry:
    """One entry with what of it is due: `until` is the earliest last day of its objects, or its own."""

    entry_id: EntryId
    number: str
    name: str
    unit_id: UnitId
    until: date
    objects: int
    persons: int  # at most so many in its fullest object


@dataclass(frozen=True, slots=True)
class DueObject:
    """One object that may be kept up to a day."""

    id: ObjectId
    unit_id: UnitId
    source_id: SourceId | None
    shown: str
    persons: int
    until: date


@dataclass(frozen=True, slots=True)
class _Term:
    """What of an entry tells its end."""

    handling: Handling
    retention_months: int | None
    retention_until: date | None
    end_of_use: str


def due_entries(
    tx: Tx, store: FindingsStore, *, until: date, unit_id: UnitId | None = None
) -> list[DueEntry]:
    """Return the visible entries of which something is due by a day, what ended first comes first."""
    query = select(LedgerRecord).where(LedgerRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)))
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(LedgerRecord.unit_id.in_(below))
    seen = sorted(tx.session.scalars(scope(tx, Permission.VIEW_SITUATION)))
    found = {row["entry_id"]: row for row in _query(tx, store, _BY_ENTRY, [until, seen])}
    due = []
    for row in tx.session.scalars(query):
        held = found.get(row.id)
        end = held["until"] if held else _end_without_objects(tx, row)
        if end is None or end > until:
            continue
        due.append(
            DueEntry(
                EntryId(row.id),
                row.number,
                row.name,
                UnitId(row.unit_id),
                end,
                held["objects"] if held else 0,
                held["persons"] if held else 0,
            )
        )
    return sorted(due, key=lambda each: (each.until, each.entry_id))


def _end_without_objects(tx: Tx, row: LedgerRecord) -> date | None:
    """Return the end that is the same for all data of an entry: by date, event or end of use; held: none."""
    details = {}
    if row.retention_months is not None and row.details_sealed is not None:
        opened = tx.vault.open(row.details_sealed, table="ledger_entry", row=row.uid, column="details_sealed")
        details = json.loads(opened)
    texts = {
        name: text for name, text in details.items() if name in ("retention_event", "retention_event_on")
    }
    of = replace(of_texts(texts), legal_hold=row.legal_hold)
    return rules.fixed_end(_Term(of, row.retention_months, row.retention_until, row.end_of_use))


def found_by_unit(tx: Tx, store: FindingsStore, *, until: date) -> dict[int, frozenset[UnitId]]:
    """Return by entry the units in which objects of it lie that are due by a day, whoever asks."""
    found: dict[int, set[UnitId]] = {}
    for row in _query(tx, store, _BY_UNIT, [until]):
        if row["retained_by"] is not None:
            found.setdefault(row["retained_by"], set()).add(UnitId(row["unit_id"]))
    return {entry_id: frozenset(units) for entry_id, units in found.items()}


def due_objects(tx: Tx, store: FindingsStore, entry_id: EntryId, *, until: date) -> list[DueObject]:
    """Return the objects of an entry that are due by a day and lie where one sees locations.

    Raises NotFound, AccessDenied without VIEW_LOCATIONS in the entry's unit.
    """
    seen = (scope(tx, permission) for permission in (Permission.VIEW_LEDGER, Permission.VIEW_LOCATIONS))
    visible = or_(*(LedgerRecord.unit_id.in_(units) for units in seen))
    home = tx.session.scalar(select(LedgerRecord.unit_id).where(LedgerRecord.id == entry_id, visible))
    if home is None:
        raise NotFound("ledger_entry")
    if not allowed(tx, Permission.VIEW_LOCATIONS, UnitId(home)):
        raise AccessDenied(Permission.VIEW_LOCATIONS)
    located = sorted(tx.session.scalars(scope(tx, Permission.VIEW_LOCATIONS)))
    return [
        DueObject(
            ObjectId(row["object_id"]),
            UnitId(row["unit_id"]),
            None if row["source_id"] is None else SourceId(row["source_id"]),
            row["shown"],
            row["persons"],
            row["retained_until"],
        )
        for row in _query(tx, store, _OBJECTS, [entry_id, until, located])
    ]


def _query(tx: Tx, store: FindingsStore, query: str, params: list[object]) -> list[dict[str, Any]]:
    """Ask the rows of the current assessment."""
    inventory = current_inventory(tx, store)
    if inventory is None:
        return []
    with analytics() as connection:
        show_inventory(connection, *inventory)
        relation = connection.sql(query, params=params)
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
