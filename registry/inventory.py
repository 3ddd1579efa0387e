"""The inventory: every object of the latest runs as the current assessment judged it, paged in SQL.

All reading goes through the units where the person asking may see the situation; the condition is part
of the query. Who may not see locations gets scores and counts: names, folders and owners are empty then,
and a text is never looked for in what is hidden.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from registry.access import require, scope
from registry.errors import NotFound
from registry.findings import FindingsStore, analytics
from registry.model import (
    EntryId,
    ObjectId,
    ObjectRow,
    Permission,
    Risk,
    RiskLevel,
    RiskTerm,
    RiskTermKind,
    RunId,
    Sample,
    SourceId,
    UnitId,
)
from registry.places import segments
from registry.runs import files_of
from registry.snapshot import show_inventory
from registry.store import Tx
from registry.store.tables import AssessmentRecord, OrgClosure
from scanners.model import Category, Exposure, Outcome, PersonBounds, Reason, Suffix, Tally

if TYPE_CHECKING:
    import duckdb
    import pyarrow.dataset as pads

_ROW = """
SELECT object_id, run_id, unit_id, source_id, shown, kind, outcome, reason, bytes, mtime_ns, owner, exposure,
       categories, persons_low, persons_high, score, terms, entry_ids, detail, share, suffix,
       readers
FROM inventory
"""
_MISLEADING = Suffix.MISLEADING.value
_HEAVIEST_FIRST = " ORDER BY score DESC NULLS LAST, persons_high DESC, object_id"

_SAMPLES = """
SELECT category, masked, location, score, why, fingerprint FROM (
    SELECT category, masked, location, score, why, fingerprint,
           row_number() OVER (PARTITION BY category ORDER BY score DESC, location, start, masked) AS place
    FROM (SELECT * FROM findings WHERE object_id = ?
          QUALIFY row_number() OVER (PARTITION BY category, fingerprint ORDER BY score DESC) = 1)
)
ORDER BY place, score DESC, category
LIMIT ?
"""
"""The best finding of every category first, then the second best of each; a value is shown once."""


_LOCKED = """
reason = ? AND outcome <> 'complete' AND NOT EXISTS (
    SELECT 1 FROM inventory AS around
    WHERE around.reason = ? AND around.unit_id = inventory.unit_id AND around.shown <> inventory.shown
    AND around.shown = regexp_replace(inventory.shown, '![^!]*$', '')
)
"""


@dataclass(frozen=True, slots=True)
class ObjectFilter:
    """What a page asks for; empty means all. `everything` adds objects without anything personal."""

    text: str = ""  # in the shown location, upper and lower case alike
    categories: frozenset[Category] = frozenset()  # any of them
    kinds: frozenset[str] = frozenset()
    unit_id: UnitId | None = None  # this unit and all below it
    levels: frozenset[RiskLevel] = frozenset()
    everything: bool = False
    misleading: bool = False  # beside the kinds: whatever has a suffix that says something else
    locked: bool = False  # only what needs a password; an archive stands for everything locked within it


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a longer list, the heaviest first."""

    rows: tuple[ObjectRow, ...]
    total: int
    offset: int


def objects(tx: Tx, store: FindingsStore, wanted: ObjectFilter, *, offset: int = 0, limit: int = 50) -> Page:
    """Return one page of the visible objects, the heaviest first, and how many there are in all."""
    seen, located = _visible(tx, wanted.unit_id)
    inventory = current_inventory(tx, store)
    if inventory is None or not seen:
        return Page((), 0, offset)
    where, params = _where(wanted, seen, located)
    with analytics() as connection:
        show_inventory(connection, *inventory)
        # The condition is put together from the constants of this module; every value is a parameter.
        total = _query(connection, f"SELECT count(*) AS total FROM inventory {where}", params)  # noqa: S608
        query = f"{_ROW} {where} {_HEAVIEST_FIRST} LIMIT ? OFFSET ?"
        rows = _query(connection, query, [*params, limit, offset])
    return Page(tuple(_object_row(row, located) for row in rows), total[0]["total"], offset)


def object_row(tx: Tx, store: FindingsStore, object_id: ObjectId) -> ObjectRow:
    """Return one visible object; NotFound when there is none, or it is out of sight."""
    found = rows_of(tx, store, [object_id])
    if object_id not in found:
        raise NotFound("inventory")
    return found[object_id]


def rows_of(tx: Tx, store: FindingsStore, object_ids: Collection[ObjectId]) -> dict[ObjectId, ObjectRow]:
    """Return those of the objects that the person asking may see, in one read."""
    seen, located = _visible(tx, None)
    inventory = current_inventory(tx, store) if object_ids and seen else None
    if inventory is None:
        return {}
    query = f"{_ROW} WHERE object_id IN (SELECT unnest(?)) AND unit_id IN (SELECT unnest(?))"
    with analytics() as connection:
        show_inventory(connection, *inventory)
        rows = _query(connection, query, [sorted(object_ids), sorted(seen)])
    return {ObjectId(row["object_id"]): _object_row(row, located) for row in rows}


def samples(tx: Tx, store: FindingsStore, object_id: ObjectId, limit: int = 20) -> list[Sample]:
    """Return masked findings of one object, of every category the best first.

    Raises NotFound as `object_row`, AccessDenied without VIEW_SAMPLES in the object's unit.
    """
    row = object_row(tx, store, object_id)
    require(tx, Permission.VIEW_SAMPLES, row.unit_id)
    with analytics() as connection:
        findings = store.dataset(files_of(tx, [row.run_id], "findings"), "findings")
        connection.register("findings", findings)
        found = _query(connection, _SAMPLES, [object_id, limit])
    return [
        Sample(
            Category(row["category"]),
            row["masked"],
            row["location"],
            row["score"],
            row["why"],
            bytes(row["fingerprint"]),
        )
        for row in found
    ]


def kinds(tx: Tx, store: FindingsStore) -> list[str]:
    """Return the kinds of files that visible objects have, for a filter's choices."""
    seen, _ = _visible(tx, None)
    inventory = current_inventory(tx, store)
    if inventory is None or not seen:
        return []
    query = (
        "SELECT DISTINCT kind FROM inventory WHERE unit_id IN (SELECT unnest(?)) AND kind <> '' ORDER BY kind"
    )
    with analytics() as connection:
        show_inventory(connection, *inventory)
        return [row["kind"] for row in _query(connection, query, [sorted(seen)])]


def unexamined(tx: Tx, store: FindingsStore, *, unit_id: UnitId | None = None) -> dict[Reason, int]:
    """Return how many visible objects were not examined, or not wholly, by reason, the most frequent first.

    What is left out by policy does not count.
    """
    seen, _ = _visible(tx, unit_id)
    inventory = current_inventory(tx, store)
    if inventory is None or not seen:
        return {}
    query = (
        "SELECT reason, count(*) AS objects FROM inventory WHERE reason IS NOT NULL "
        "AND outcome <> 'complete' AND unit_id IN (SELECT unnest(?)) "
        "GROUP BY reason ORDER BY objects DESC, reason"
    )
    with analytics() as connection:
        show_inventory(connection, *inventory)
        rows = _query(connection, query, [sorted(seen)])
    found = {Reason(row["reason"]): int(row["objects"]) for row in rows}
    return {reason: count for reason, count in found.items() if not reason.by_policy}


def current_inventory(tx: Tx, store: FindingsStore) -> tuple[pads.Dataset, pads.Dataset | None] | None:
    """Return the rows of the current assessment, whole and changed; None before the first one."""
    current = tx.session.scalar(select(AssessmentRecord).where(AssessmentRecord.current))
    if current is None or current.run_file is None:
        return None
    whole = store.dataset([current.run_file], "assessment")
    return whole, None if current.delta_file is None else store.dataset([current.delta_file], "assessment")


def risk_of(score: int | None, terms: Sequence[Sequence[Any]]) -> Risk | None:
    """Return a stored risk; None when nothing personal was found."""
    if score is None:
        return None
    return Risk(score, tuple(RiskTerm(RiskTermKind(kind), value, basis) for kind, value, basis in terms))


def _query(
    connection: duckdb.DuckDBPyConnection, query: str, params: Sequence[object]
) -> list[dict[str, Any]]:
    relation = connection.sql(query, params=list(params))
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def _visible(tx: Tx, unit_id: UnitId | None) -> tuple[frozenset[int], frozenset[int]]:
    """Return the units whose situation, and those whose locations, the person asking may see."""
    found = []
    for permission in (Permission.VIEW_SITUATION, Permission.VIEW_LOCATIONS):
        query = select(OrgClosure.descendant).where(OrgClosure.descendant.in_(scope(tx, permission)))
        if unit_id is not None:
            query = query.where(OrgClosure.ancestor == unit_id)
        found.append(frozenset(tx.session.scalars(query.distinct())))
    return found[0], found[0] & found[1]


def _where(wanted: ObjectFilter, seen: Collection[int], located: Collection[int]) -> tuple[str, list[object]]:
    terms, params = ["unit_id IN (SELECT unnest(?))"], [sorted(seen)]
    conditions: list[tuple[str, list[object]]] = []
    if not wanted.everything and not wanted.misleading:
        conditions.append(("score IS NOT NULL", []))
    if text := wanted.text.strip().lower():
        conditions.append(
            ("contains(lower(shown), ?) AND unit_id IN (SELECT unnest(?))", [text, sorted(located)])
        )
    if wanted.categories:
        names = [category.value for category in sorted(wanted.categories)]
        conditions.append(
            ("list_has_any(list_transform(categories, lambda tally: tally.category), ?)", [names])
        )
    if wanted.misleading:
        either = "kind IN (SELECT unnest(?)) OR suffix = ?"
        conditions.append((either, [sorted(wanted.kinds), _MISLEADING]))
    elif wanted.kinds:
        conditions.append(("kind IN (SELECT unnest(?))", [sorted(wanted.kinds)]))
    if wanted.locked:
        conditions.append((_LOCKED, [Reason.ENCRYPTED.value, Reason.ENCRYPTED.value]))
    if wanted.levels:
        conditions.append(_levels(wanted.levels))
    everything: list[object] = list(params)
    for term, values in conditions:
        terms.append(term)
        everything.extend(values)
    return f"WHERE {' AND '.join(f'({term})' for term in terms)}", everything


def _levels(levels: Collection[RiskLevel]) -> tuple[str, list[object]]:
    steps = sorted(RiskLevel)
    ends = dict(zip(steps, [*(int(step) for step in steps[1:]), 101], strict=True))
    term = " OR ".join("(score >= ? AND score < ?)" for _ in levels)
    return term, [bound for level in levels for bound in (int(level), ends[level])]


def _object_row(row: Mapping[str, Any], located: Collection[int]) -> ObjectRow:
    may_locate = row["unit_id"] in located
    shown = row["shown"] if may_locate else ""
    name = segments(shown)[-1]
    return ObjectRow(
        id=ObjectId(row["object_id"]),
        run_id=RunId(row["run_id"]),
        unit_id=UnitId(row["unit_id"]),
        source_id=None if row["source_id"] is None else SourceId(row["source_id"]),
        shown=shown,
        name=name,
        folder=shown[: len(shown) - len(name)],
        kind=row["kind"],
        outcome=Outcome(row["outcome"]),
        reason=None if row["reason"] is None else Reason(row["reason"]),
        bytes=row["bytes"],
        modified=_moment(row["mtime_ns"]),
        owner=row["owner"] if may_locate else "",
        exposure=Exposure(row["exposure"]),
        categories=_tallies(row["categories"]),
        persons=PersonBounds(row["persons_low"], row["persons_high"]),
        risk=risk_of(row["score"], json.loads(row["terms"])) if row["terms"] else None,
        entry_ids=tuple(EntryId(entry) for entry in row["entry_ids"] or ()),
        detail=(row["detail"] or "") if may_locate else "",
        share=row["share"],
        suffix=Suffix(row["suffix"] or Suffix.FINE),
        readers=tuple(row["readers"] or ()) if may_locate else (),
    )


def _tallies(tallies: Sequence[Mapping[str, Any]]) -> dict[Category, Tally]:
    return {Category(each["category"]): Tally(each["count"], each["distinct"]) for each in tallies}


def _moment(mtime_ns: int) -> datetime | None:
    if mtime_ns > 0:
        with suppress(OverflowError, ValueError):
            return datetime.fromtimestamp(mtime_ns / 1e9, UTC)
    return None
