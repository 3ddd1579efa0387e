"""Gathers what reconciliation needs: the tree, the ledger, the sources, the latest runs and their files.

This reads every unit, whoever asked: data of one unit can only be judged against what all of them have
registered. What comes out is written to the store and read back through the scope of each person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import func, or_, select

from registry.access import APPROVED, bootstrap_principal, require_somewhere
from registry.facts import SourceCoverage
from registry.handling import DEFAULT, Handling, of_texts
from registry.model import EntryId, LedgerEntry, Permission, Place, SourceId, UnitId, UnitKind
from registry.places import place_of
from registry.reading import RunToRead
from registry.runs import latest, totals_of
from registry.store import Tx
from registry.store.tables import (
    DisclosureBasis,
    LedgerItem,
    LedgerPlace,
    LedgerRecord,
    OrgClosure,
    OrgUnit,
    RunFileRecord,
    ScanRun,
    SourceRecord,
)
from scanners.model import Category, Exposure


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
    files: Mapping[str, RunToRead]  # of every run
    joined: frozenset[frozenset[UnitId]]  # legal entities that an approved basis for disclosure joins
    basis: str  # digest of the versions of everything that was read


def as_everyone(tx: Tx) -> Tx:
    """Return the same transaction in the name of the platform itself, for comparing what nobody sees."""
    require_somewhere(tx, Permission.RUN_SCANS, Permission.EDIT_LEDGER)
    return replace(tx, principal=bootstrap_principal())


def gather(tx: Tx, as_of: date) -> Estate:
    """Return the estate of the whole group, for who may run scans or edit the ledger somewhere."""
    require_somewhere(tx, Permission.RUN_SCANS, Permission.EDIT_LEDGER)
    runs = list(tx.session.scalars(latest()))
    return Estate(
        tree=_tree(tx),
        entries=_entries(tx),
        runs=runs,
        files=_files(tx, runs),
        joined=_joined(tx, as_of),
        basis=basis(tx),
    )


def basis(tx: Tx) -> str:
    """Return a digest that changes when anything changes that a comparison depends on."""
    hashed = hashlib.sha256()
    queries = (
        select(OrgClosure.descendant, OrgClosure.ancestor, OrgUnit.version, OrgUnit.kind)
        .join(OrgUnit, OrgUnit.id == OrgClosure.descendant)
        .order_by(OrgClosure.descendant, OrgClosure.ancestor),
        select(SourceRecord.id, SourceRecord.version).order_by(SourceRecord.id),
        select(LedgerRecord.id, LedgerRecord.version, LedgerRecord.unit_id).order_by(LedgerRecord.id),
        select(DisclosureBasis.id, DisclosureBasis.version).order_by(DisclosureBasis.id),
        latest().with_only_columns(ScanRun.id, ScanRun.unit_id),
    )
    for query in queries:
        for row in tx.session.execute(query):
            hashed.update(repr(tuple(row)).encode("ascii"))
        hashed.update(b";")
    return hashed.hexdigest()


def _tree(tx: Tx) -> Tree:
    kinds = {
        UnitId(unit): UnitKind(kind) for unit, kind in tx.session.execute(select(OrgUnit.id, OrgUnit.kind))
    }
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


def _entries(tx: Tx) -> list[LedgerEntry]:
    """Return the whole ledger; sealed columns that no rule asks for stay sealed and are empty here."""
    places: dict[int, list[Place]] = {}
    rows = select(LedgerPlace.entry_id, LedgerPlace.source_id, LedgerPlace.uid, LedgerPlace.prefix_sealed)
    for entry_id, source_id, uid, sealed in tx.session.execute(rows.order_by(LedgerPlace.position)):
        # What lies in no source is compared with nothing.
        named = "" if source_id is None else _open_prefix(tx, uid, sealed)
        source = None if source_id is None else SourceId(source_id)
        places.setdefault(entry_id, []).append(Place(source, named, ""))
    listed = select(LedgerItem.entry_id, func.aggregate_strings(LedgerItem.category, ","))
    items = {row[0]: row[1] for row in tx.session.execute(listed.group_by(LedgerItem.entry_id))}
    kinds = {text: frozenset(map(Category, text.split(","))) for text in set(items.values())}
    columns = select(
        LedgerRecord.id,
        LedgerRecord.number,
        LedgerRecord.unit_id,
        LedgerRecord.name,
        LedgerRecord.end_of_use,
        LedgerRecord.retention_months,
        LedgerRecord.retention_until,
        LedgerRecord.approximate_count,
        LedgerRecord.exposure,
        LedgerRecord.version,
        LedgerRecord.updated_at,
        LedgerRecord.uid,
        LedgerRecord.legal_hold,
        LedgerRecord.details_sealed,
    )
    return [
        LedgerEntry(
            id=EntryId(row.id),
            number=row.number,
            unit_id=UnitId(row.unit_id),
            name=row.name,
            items=kinds[items[row.id]] if row.id in items else frozenset(),
            purpose="",
            places=tuple(places.get(row.id, ())),
            storage_method="",
            access_holders="",
            end_of_use=row.end_of_use,
            retention_months=row.retention_months,
            retention_until=row.retention_until,
            approximate_count=row.approximate_count,
            exposure=Exposure(row.exposure),
            owner="",
            version=row.version,
            updated_at=row.updated_at,
            updated_by="",
            handling=_handling(
                tx, row.uid, row.details_sealed, hold=row.legal_hold, months=row.retention_months
            ),
        )
        for row in tx.session.execute(columns.order_by(LedgerRecord.id))
    ]


def _handling(tx: Tx, uid: str, sealed: bytes | None, *, hold: bool, months: int | None) -> Handling:
    """Return what ends or holds back retention: the event, where the entry counts months, and a hold."""
    if hold:
        return _HELD
    if months is None or sealed is None:
        return DEFAULT
    texts = json.loads(tx.vault.open(sealed, table="ledger_entry", row=uid, column="details_sealed"))
    stated = {column: texts[column] for column in _OF_RETENTION if column in texts}
    return of_texts(stated) if stated else DEFAULT


_HELD = Handling(legal_hold=True)
_OF_RETENTION = ("retention_event", "retention_event_on")


def _open_prefix(tx: Tx, uid: str, sealed: bytes) -> str:
    return tx.vault.open(sealed, table="ledger_place", row=uid, column="prefix_sealed")


def _files(tx: Tx, runs: Iterable[ScanRun]) -> dict[str, RunToRead]:
    addresses = {
        row.id: tx.vault.open(row.url_sealed, table="source", row=row.uid, column="url_sealed")
        for row in tx.session.execute(select(SourceRecord.id, SourceRecord.uid, SourceRecord.url_sealed))
    }
    wanted = select(RunFileRecord.run_id, RunFileRecord.kind, RunFileRecord.name)
    names: dict[tuple[str | None, str], str] = {
        (run_id, kind): name
        for run_id, kind, name in tx.session.execute(
            wanted.where(RunFileRecord.kind.in_(("objects", "findings")))
        )
    }
    found = {}
    for run in runs:
        address = addresses.get(run.source_id, "") if run.source_id is not None else ""
        root = place_of(address).rstrip("/") if address else ""
        files = names.get((run.id, "objects"), ""), names.get((run.id, "findings"), "")
        found[run.id] = RunToRead(run.id, root, address, *files)
    return found


def _joined(tx: Tx, as_of: date) -> frozenset[frozenset[UnitId]]:
    approved = select(DisclosureBasis.unit_id, DisclosureBasis.to_unit_id).where(
        DisclosureBasis.state == APPROVED,
        DisclosureBasis.valid_from <= as_of,
        or_(DisclosureBasis.valid_until.is_(None), DisclosureBasis.valid_until >= as_of),
    )
    return frozenset(frozenset({UnitId(one), UnitId(other)}) for one, other in tx.session.execute(approved))


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
