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
from functools import partial

import numpy as np
import pyarrow as pa
from sqlalchemy import case, func, or_, select

from registry.access import APPROVED, bootstrap_principal, require_somewhere
from registry.columns import EXPOSURES, mask_of
from registry.entry_columns import ENTRIES, PLACES, Entries, retention_text
from registry.exclusions import NOTHING_EXCLUDED, Excluded, in_force, standing
from registry.facts import ProcessorCoverage, SourceCoverage
from registry.model import Permission, SourceId, UnitId, UnitKind
from registry.places import place_of
from registry.reading import RunToRead
from registry.runs import latest, totals_of
from registry.store import Tx
from registry.store.ledger_tables import ProcessorRecord
from registry.store.remediation_tables import RemediationRecord
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
from scanners.model import Category


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
    entries: Entries
    runs: Sequence[ScanRun]
    files: Mapping[str, RunToRead]  # of every run
    joined: frozenset[frozenset[UnitId]]  # legal entities that an approved basis for disclosure joins
    processors: Sequence[ProcessorCoverage]  # what contracts let processors hold in the sources they keep
    basis: str  # digest of the versions of everything that was read
    excluded: Excluded = NOTHING_EXCLUDED


MAY_COMPARE = (Permission.RUN_SCANS, Permission.EDIT_LEDGER, Permission.APPROVE_LEDGER)
"""Who holds one of these somewhere changes what a comparison says, and may have it made anew."""


def as_everyone(tx: Tx) -> Tx:
    """Return the same transaction in the name of the platform itself, for comparing what nobody sees."""
    require_somewhere(tx, *MAY_COMPARE)
    return replace(tx, principal=bootstrap_principal())


def gather(tx: Tx, as_of: date, known: Entries | None = None) -> Estate:
    """Return the estate of the whole group, for who may run scans or change the ledger somewhere.

    Entries that are `known` in their present version are not opened again.
    """
    require_somewhere(tx, *MAY_COMPARE)
    runs = list(tx.session.scalars(latest()))
    return Estate(
        tree=_tree(tx),
        entries=_entries(tx, known),
        runs=runs,
        files=_files(tx, runs),
        joined=_joined(tx, as_of),
        processors=_processors(tx),
        basis=basis(tx),
        excluded=in_force(tx, as_of),
    )


def basis(tx: Tx) -> str:
    """Return a digest that changes when anything changes that a comparison depends on."""
    hashed = hashlib.sha256()
    queries = (
        select(OrgClosure.descendant, OrgClosure.ancestor, OrgUnit.version, OrgUnit.kind)
        .join(OrgUnit, OrgUnit.id == OrgClosure.descendant)
        .order_by(OrgClosure.descendant, OrgClosure.ancestor),
        select(SourceRecord.id, SourceRecord.version).order_by(SourceRecord.id),
        select(LedgerRecord.id, LedgerRecord.version, LedgerRecord.unit_id, LedgerRecord.uid).order_by(
            LedgerRecord.id
        ),
        select(DisclosureBasis.id, DisclosureBasis.version).order_by(DisclosureBasis.id),
        select(ProcessorRecord.id, ProcessorRecord.version).order_by(ProcessorRecord.id),
        standing().with_only_columns(RemediationRecord.id).order_by(RemediationRecord.id),
        latest().with_only_columns(ScanRun.id, ScanRun.unit_id),
    )
    for query in queries:
        hashed.update(repr(list(map(tuple, tx.session.execute(query)))).encode("ascii"))
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


def _entries(tx: Tx, known: Entries | None) -> Entries:
    """Return the whole ledger, opening only what is not `known` in its present version.

    Sealed columns that no rule asks for stay sealed.
    """
    standing = select(LedgerRecord.id, LedgerRecord.version, LedgerRecord.uid, LedgerRecord.unit_id)
    rows = tx.session.execute(standing.order_by(LedgerRecord.id)).all()
    ids, versions, uids, units = (list(column) for column in zip(*rows, strict=True)) if rows else [[]] * 4
    numbers = np.array(ids, np.int64)
    if known is None:
        known = Entries.of(())
    same = known.unchanged(
        numbers, np.array(versions, np.int64), pa.array(uids, pa.string()), np.array(units, np.int64)
    )
    if len(rows) and same.all() and len(known) == len(rows):
        return known
    new = numbers[~same]
    asked = [None] if len(new) > _ASKED_AT_ONCE * _QUESTIONS else _asked(new.tolist())
    tables = [(_rows(tx, each), _places(tx, each)) for each in asked]
    if asked == [None]:
        same = np.zeros(len(numbers), np.bool_)
    entries = pa.concat_tables([ENTRIES.empty_table(), *(each for each, _ in tables)])
    places = pa.concat_tables([PLACES.empty_table(), *(each for _, each in tables)])
    return known.replaced(numbers, same, entries, places)


_ASKED_AT_ONCE = 500
_QUESTIONS = 4
"""More entries than in so many questions are not asked for: all of them are read."""


def _asked(ids: Sequence[int]) -> list[Sequence[int] | None]:
    return [ids[start : start + _ASKED_AT_ONCE] for start in range(0, len(ids), _ASKED_AT_ONCE)]


def _rows(tx: Tx, ids: Sequence[int] | None) -> pa.Table:
    """Return the columns of some entries, or of all."""
    listed = select(LedgerItem.entry_id, func.aggregate_strings(LedgerItem.category, ","))
    listed = listed.group_by(LedgerItem.entry_id)
    query = select(
        LedgerRecord.id,
        LedgerRecord.version,
        LedgerRecord.uid,
        LedgerRecord.unit_id,
        LedgerRecord.name,
        LedgerRecord.end_of_use,
        LedgerRecord.retention_months,
        LedgerRecord.retention_until,
        LedgerRecord.approximate_count,
        LedgerRecord.exposure,
        LedgerRecord.legal_hold,
        # Only of an entry with months does anybody ask from when they run.
        case((LedgerRecord.retention_months.is_not(None), LedgerRecord.details_sealed)).label("details"),
    )
    if ids is not None:
        listed = listed.where(LedgerItem.entry_id.in_(ids))
        query = query.where(LedgerRecord.id.in_(ids))
    items = {row[0]: row[1] for row in tx.session.execute(listed)}
    masks = {text: int(mask_of(map(Category, text.split(",")))) for text in set(items.values())}
    rows = tx.session.execute(query.order_by(LedgerRecord.id)).all()
    if not rows:
        return ENTRIES.empty_table()
    columns = dict(zip(rows[0]._fields, zip(*rows, strict=True), strict=True))
    return pa.table(
        [
            *(columns[name] for name in ("id", "version", "uid", "unit_id", "name")),
            pa.array([masks[items[each]] if each in items else 0 for each in columns["id"]], pa.uint64()),
            columns["end_of_use"],
            pa.array(columns["retention_months"], pa.int64()),
            pa.array(columns["retention_until"], pa.date32()),
            pa.array(columns["approximate_count"], pa.int64()),
            pa.array([_CODES[each] for each in columns["exposure"]], pa.int8()),
            columns["legal_hold"],
            [
                _retention(tx, uid, details)
                for uid, details in zip(columns["uid"], columns["details"], strict=True)
            ],
        ],
        schema=ENTRIES,
    )


_CODES = {exposure.value: code for code, exposure in enumerate(EXPOSURES)}


def _places(tx: Tx, ids: Sequence[int] | None) -> pa.Table:
    """Return the places within sources of some entries, or of all."""
    query = select(LedgerPlace.entry_id, LedgerPlace.source_id, LedgerPlace.uid, LedgerPlace.prefix_sealed)
    query = query.where(LedgerPlace.source_id.is_not(None))
    if ids is not None:
        query = query.where(LedgerPlace.entry_id.in_(ids))
    rows = tx.session.execute(query.order_by(LedgerPlace.entry_id, LedgerPlace.position)).all()
    if not rows:
        return PLACES.empty_table()
    entries, sources, uids, sealed = zip(*rows, strict=True)
    return pa.table([entries, sources, list(map(partial(_open_prefix, tx), uids, sealed))], schema=PLACES)


def _retention(tx: Tx, uid: str, sealed: bytes | None) -> str:
    if sealed is None:
        return ""
    opened = tx.vault.open(sealed, table="ledger_entry", row=uid, column="details_sealed")
    return retention_text(json.loads(opened))


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


def _processors(tx: Tx) -> list[ProcessorCoverage]:
    """Return the sources that lie with processors, and what each contract covers: nothing without one."""
    found = []
    for row in tx.session.scalars(select(ProcessorRecord).order_by(ProcessorRecord.id)):
        contract = tx.vault.open(
            row.contract_sealed, table="processor", row=row.uid, column="contract_sealed"
        )
        covered = frozenset(Category(each) for each in row.categories.split(",") if each and contract)
        begins, until = row.valid_from or date.min, row.valid_until
        found += [ProcessorCoverage(SourceId(each.source_id), covered, begins, until) for each in row.sources]
    return found


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
