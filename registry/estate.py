"""Gathers what reconciliation needs: the tree, the sources, the latest runs and the objects in them.

This reads every unit, whoever asked: data of one unit can only be judged against what all of them have
registered. What comes out is written to the store and read back through the scope of each person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from registry import ledger
from registry.access import bootstrap_principal, require_somewhere
from registry.facts import ObjectFacts, SourceCoverage
from registry.model import LedgerEntry, ObjectId, Permission, SourceId, UnitId, UnitKind
from registry.places import Location, name_below
from registry.runs import latest, totals_of
from registry.store import Tx
from registry.store.tables import OrgClosure, OrgUnit, ScanRun, SourceRecord
from scanners.model import Category, Exposure, PersonBounds

if TYPE_CHECKING:
    import duckdb

_OBJECTS = """
CREATE TABLE newest AS
SELECT object_id, run_id FROM objects
QUALIFY row_number() OVER (PARTITION BY object_id ORDER BY source_id IS NULL, run_id DESC) = 1
"""
_PERSONAL = """
SELECT object_id, unit_id, source_id, uri, shown, kind, mtime_ns, exposure, categories,
       persons_low, persons_high
FROM objects SEMI JOIN newest USING (object_id, run_id)
WHERE len(categories) > 0 AND persons_high > 0
ORDER BY object_id
"""


@dataclass(frozen=True, slots=True)
class Tree:
    """The organisation, as far as reconciliation asks."""

    root: UnitId
    above: Mapping[UnitId, tuple[UnitId, ...]]  # the unit itself and all above it, nearest first
    entity: Mapping[UnitId, UnitId]  # the nearest company or hospital at or above; itself where there is none
    line: Mapping[UnitId, frozenset[UnitId]]  # units above and below within the legal entity, itself included


@dataclass(frozen=True, slots=True)
class Estate:
    """Everything that was scanned and registered, before it is compared."""

    tree: Tree
    entries: Sequence[LedgerEntry]
    runs: Sequence[ScanRun]
    addresses: Mapping[SourceId, str]


def as_everyone(tx: Tx) -> Tx:
    """Return the same transaction in the name of the platform itself, for comparing what nobody sees."""
    require_somewhere(tx, Permission.RUN_SCANS, Permission.EDIT_LEDGER)
    return replace(tx, principal=bootstrap_principal())


def gather(tx: Tx) -> Estate:
    """Return the estate of the whole group, for who may run scans or edit the ledger somewhere."""
    require_somewhere(tx, Permission.RUN_SCANS, Permission.EDIT_LEDGER)
    everyone = as_everyone(tx)
    return Estate(
        tree=_tree(tx),
        entries=ledger.entries(everyone),
        runs=list(tx.session.scalars(latest())),
        addresses=_addresses(tx),
    )


def _tree(tx: Tx) -> Tree:
    kinds = {UnitId(row.id): UnitKind(row.kind) for row in tx.session.scalars(select(OrgUnit))}
    pairs = tx.session.execute(
        select(OrgClosure.descendant, OrgClosure.ancestor).order_by(OrgClosure.descendant, OrgClosure.depth)
    )
    above: dict[UnitId, list[UnitId]] = {}
    for descendant, ancestor in pairs:
        above.setdefault(UnitId(descendant), []).append(UnitId(ancestor))
    entity = {
        unit: next((each for each in path if kinds[each].is_entity), unit) for unit, path in above.items()
    }
    line: dict[UnitId, set[UnitId]] = {unit: set() for unit in above}
    for unit, path in above.items():
        for each in path:
            if entity[each] == entity[unit]:
                line[unit].add(each)
                line[each].add(unit)
    root = min(above, key=lambda unit: (len(above[unit]), unit))
    return Tree(
        root=root,
        above={unit: tuple(path) for unit, path in above.items()},
        entity=entity,
        line={unit: frozenset(units) for unit, units in line.items()},
    )


def _addresses(tx: Tx) -> dict[SourceId, str]:
    return {
        SourceId(row.id): tx.vault.open(row.url_sealed, table="source", row=row.uid, column="url_sealed")
        for row in tx.session.scalars(select(SourceRecord))
    }


def coverage(estate: Estate) -> list[SourceCoverage]:
    """Return how far each source was examined by its latest run."""
    found = []
    for run in estate.runs:
        totals = totals_of(run)
        found.append(
            SourceCoverage(
                source_id=None if run.source_id is None else SourceId(run.source_id),
                line=estate.tree.line[UnitId(run.unit_id)],
                complete=totals.is_complete,
                examined=totals.complete,
                in_scope=totals.listed - totals.by_policy,
            )
        )
    return found


def facts(connection: duckdb.DuckDBPyConnection, estate: Estate) -> list[ObjectFacts]:
    """Return the objects in which something personal was found, each once.

    `connection` has the latest runs' objects registered as `objects`. An object that several runs saw
    is taken from the run of a registered source, then from the newest; `newest` then lists which.
    """
    connection.execute(_OBJECTS)
    result = connection.execute(_PERSONAL)
    names = [column[0] for column in result.description]
    found: list[ObjectFacts] = []
    while batch := result.fetchmany(10_000):
        found.extend(_facts(dict(zip(names, row, strict=True)), estate) for row in batch)
    return found


def _facts(row: Mapping[str, Any], estate: Estate) -> ObjectFacts:
    unit_id = UnitId(row["unit_id"])
    source_id = None if row["source_id"] is None else SourceId(row["source_id"])
    address = "" if source_id is None else estate.addresses[source_id]
    name = name_below(row["uri"], address) if address else None
    shown = name_below(row["shown"], address) if address else None
    return ObjectFacts(
        id=ObjectId(row["object_id"]),
        unit_id=unit_id,
        entity_id=estate.tree.entity[unit_id],
        location=Location(
            # An object that does not lie below its source's address cannot be matched: no source.
            source_id=None if name is None else source_id,
            name=row["uri"] if name is None else name,
            is_table=row["kind"] == "table",
            line=estate.tree.line[unit_id],
        ),
        shown=row["shown"] if shown is None or name is None else shown,
        categories={Category(tally["category"]): tally["count"] for tally in row["categories"]},
        persons=PersonBounds(row["persons_low"], row["persons_high"]),
        modified=_day(row["mtime_ns"]),
        exposure=Exposure(row["exposure"]),
    )


def _day(mtime_ns: int) -> date | None:
    return datetime.fromtimestamp(mtime_ns / 1e9, UTC).date() if mtime_ns > 0 else None
