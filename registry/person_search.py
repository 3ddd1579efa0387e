"""Where does this person's data lie? 本人の検索, for requests under APPI Art. 33 to 35.

What is asked for arrives as keyed fingerprints, made like those of the scans: no value reaches this module,
and none is stored. A search looks at the latest runs of the legal entity that the request was addressed to;
further only where a basis in force lets another entity show its data to this one (registry/disclosures.py),
and only in units where who searches may do so. That a search took place stands in the journal, and with which
kinds of values: never with which values.

A name alone may be a namesake's: what was found is graded by what stands together in one record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import ColumnElement, or_, select

from registry.access import APPROVED, entity_id_of, homes_of, require, scope, today_in_japan
from registry.asked import Asked, AskedField, Grade, Judged, judge, line_of
from registry.disclosures import DisclosureId
from registry.errors import InvalidValue
from registry.findings import FindingsStore, Kind, RunFile
from registry.journal import Action
from registry.lookup import LookupRows, found, in_company, read_through
from registry.model import ObjectId, Permission, RunId, SourceId, UnitId
from registry.runs import latest, totals_of
from registry.store import Tx
from registry.store.tables import DisclosureBasis, OrgUnit, RunFileRecord, ScanRun
from scanners.model import Category

PLACES_SHOWN = 5
CANDIDATES_AT_MOST = 500
_OWN_NUMBERS = frozenset({Category.PATIENT_ID, Category.STAFF_ID, Category.CUSTOMER_ID})
"""Numbers that an entity gives itself: in another one the same number is somebody else's."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One object that may hold the person's data, with what speaks for it."""

    object_id: ObjectId
    run_id: RunId
    unit_id: UnitId
    source_id: SourceId | None
    entity_id: UnitId
    basis_id: DisclosureId | None  # on which it may be shown, when it is another entity's
    shown: str
    kind: str
    grade: Grade
    fields: frozenset[AskedField]  # which of the asked values stand in it
    together: frozenset[AskedField]  # which of them in one record, or on one page of a text
    places: tuple[str, ...]  # cells and pages, the best first
    records: int  # how many records or pages speak for it


@dataclass(frozen=True, slots=True)
class PersonFound:
    """What a search came to, and how much it could not look at."""

    candidates: tuple[Candidate, ...]  # the surest first
    total: int
    runs: int
    units: int  # with a run
    unexamined: int  # objects that those runs could not read
    oldest: datetime | None  # when the oldest of the runs ended: what came later is not in it


def search(
    tx: Tx,
    store: FindingsStore,
    entity_id: UnitId,
    asked: Sequence[Asked],
    *,
    with_bases: bool = False,
    request: str = "",
) -> PersonFound:
    """Return the objects of a legal entity in which a person's values stand, and record that this was asked.

    `with_bases` looks also at entities whose basis towards this one is in force; `request` is the number of
    the request that it serves. Raises AccessDenied without SEARCH_PERSONS in the entity, InvalidValue:
    `entity_id` `not_an_entity`, `asked` `too_little` (a date of birth or an address alone finds everybody).
    """
    require(tx, Permission.SEARCH_PERSONS, entity_id)
    if tx.session.scalar(select(entity_id_of(entity_id))) != entity_id:
        raise InvalidValue("entity_id", "not_an_entity")
    if not {each.field for each in asked} - {AskedField.BIRTH_DATE, AskedField.ADDRESS}:
        raise InvalidValue("asked", "too_little")
    bases = bases_towards(tx, entity_id) if with_bases else {}
    runs = _runs(tx, entity_id, bases)
    hits = _Hits(asked, entity_id)
    for run, entity, file in _files(tx, runs):
        hits.add(run.id, entity, _rows(store, file, asked, hits.wanted))
    ranked = hits.ranked()
    objects = _objects(tx, store, ranked[:CANDIDATES_AT_MOST])
    units = {run.id: (run, entity) for run, entity in runs}
    candidates = []
    for each in ranked[:CANDIDATES_AT_MOST]:
        run, entity = units[each.run_id]
        shown, kind = objects.get((each.run_id, each.object_id), ("", ""))
        candidates.append(each.candidate(run, entity, bases.get(entity), shown, kind))
    after = {
        "fields": sorted({each.field.value for each in asked}),
        "request": request,
        "bases": sorted(bases.values()),
        "runs": len(runs),
        "found": len(ranked),
    }
    tx.record(Action.PERSON_SEARCHED, "person_search", entity_id, entity_id, None, after)
    totals = [totals_of(run) for run, _ in runs]
    return PersonFound(
        candidates=tuple(candidates),
        total=len(ranked),
        runs=len(runs),
        units=len({run.unit_id for run, _ in runs}),
        unexamined=sum(each.listed - each.complete - each.by_policy for each in totals),
        oldest=min((run.finished_at for run, _ in runs), default=None),
    )


def complete_lookups(tx: Tx, store: FindingsStore, entity_id: UnitId) -> int:
    """Write the lookups of an entity's latest runs that have none, from their findings; return how many.

    Runs of earlier versions have none. Raises AccessDenied without SEARCH_PERSONS in the entity.
    """
    require(tx, Permission.SEARCH_PERSONS, entity_id)
    made = 0
    for run, _ in _runs(tx, entity_id, bases_towards(tx, entity_id)):
        files = _listed(tx, [run.id]).get(run.id, [])
        if any(file.kind == "lookup" for file in files):
            continue
        made += 1
        for file in _indexed(store, run.id, [each for each in files if each.kind == "findings"]):
            tx.session.add(
                RunFileRecord(
                    name=file.name,
                    run_id=run.id,
                    unit_id=run.unit_id,
                    kind=file.kind,
                    rows=file.rows,
                    bytes=file.bytes,
                    sha256=file.sha256,
                    key_id=file.key_id,
                )
            )
            after = {"file": file.name, "sha256": file.sha256}
            tx.record(Action.FINDINGS_INDEXED, "scan_run", run.id, UnitId(run.unit_id), None, after)
    return made


def _indexed(store: FindingsStore, run_id: str, files: Sequence[RunFile]) -> list[RunFile]:
    made = store.file_set(f"{run_id}-lookup-{store.key_id}")
    try:
        rows = LookupRows(lambda table: made.write("lookup", table))
        for file in files:
            source = store.opened(file)
            for group in range(source.num_row_groups):
                rows.add(source.read_row_group(group))
        rows.close()
        return made.commit()
    except BaseException:
        made.abort()
        raise


def bases_towards(tx: Tx, entity_id: UnitId) -> dict[UnitId, DisclosureId]:
    """Return the entities that may show their data to this one today, each with its basis."""
    today = today_in_japan(tx.now)
    rows = tx.session.execute(
        select(DisclosureBasis.unit_id, DisclosureBasis.id)
        .where(
            DisclosureBasis.to_unit_id == entity_id,
            DisclosureBasis.state == APPROVED,
            DisclosureBasis.valid_from <= today,
            or_(DisclosureBasis.valid_until.is_(None), DisclosureBasis.valid_until >= today),
        )
        .order_by(DisclosureBasis.id.desc())
    )
    return {UnitId(unit): DisclosureId(basis) for unit, basis in rows}


def _runs(tx: Tx, entity_id: UnitId, bases: Collection[UnitId]) -> list[tuple[ScanRun, UnitId]]:
    """Return the latest runs of the entity, and of those with a basis, in units where one may search.

    A basis shows another entity's data to whoever acts for this one, wherever their grant stands in the tree.
    """
    entity = entity_id_of(OrgUnit.id)
    reached: ColumnElement[bool] = OrgUnit.id.in_(scope(tx, Permission.SEARCH_PERSONS))
    if _acts_for(tx, entity_id):
        reached = or_(reached, entity.in_(bases))
    within = select(OrgUnit.id, entity.label("entity")).where(reached, entity.in_([entity_id, *bases]))
    entities = {UnitId(unit): UnitId(of) for unit, of in tx.session.execute(within)}
    rows = tx.session.scalars(latest().where(ScanRun.unit_id.in_(entities)))
    return [(run, entities[UnitId(run.unit_id)]) for run in rows]


def _acts_for(tx: Tx, entity_id: UnitId) -> bool:
    """Tell whether who searches does so for this entity, and not for one above it."""
    grants = tx.principal.grants_with(Permission.SEARCH_PERSONS)
    homes = {grant.unit_id if grant.home_id is None else grant.home_id for grant in grants}
    return any(entity_id in homes_of(tx, home) for home in homes)


def _files(tx: Tx, runs: Sequence[tuple[ScanRun, UnitId]]) -> Iterator[tuple[ScanRun, UnitId, RunFile]]:
    """Yield what to read of each run: its lookup, or its findings when there is none."""
    listed = _listed(tx, [run.id for run, _ in runs])
    for run, entity in runs:
        files = listed.get(run.id, [])
        chosen = [each for each in files if each.kind == "lookup"]
        for file in chosen or [each for each in files if each.kind == "findings"]:
            yield run, entity, file


def _listed(tx: Tx, run_ids: Collection[str]) -> dict[str, list[RunFile]]:
    """Return the files of runs that the caller has chosen, by run."""
    files: dict[str, list[RunFile]] = {}
    for row in tx.session.scalars(select(RunFileRecord).where(RunFileRecord.run_id.in_(run_ids))):
        kind = cast("Kind", row.kind)
        files.setdefault(row.run_id or "", []).append(
            RunFile(row.name, kind, row.rows, row.bytes, row.sha256, row.key_id)
        )
    return files


def _rows(
    store: FindingsStore, file: RunFile, asked: Sequence[Asked], wanted: frozenset[bytes]
) -> Iterator[tuple[bytes, str, str]]:
    """Yield (fingerprint, object, location) of the rows that hold something asked for."""
    opened = store.opened(file)
    tables = list(found(opened, wanted) if file.kind == "lookup" else read_through(opened, wanted))
    if not tables:
        return
    hits = in_company(pa.concat_tables(tables), [writing for each in asked for writing in each.writings])
    columns = (hits[name].to_pylist() for name in ("fingerprint", "object_id", "location"))
    yield from zip(*columns, strict=True)


def _objects(
    tx: Tx, store: FindingsStore, ranked: Sequence[_Held]
) -> dict[tuple[RunId, ObjectId], tuple[str, str]]:
    """Return the masked location and the kind of each object, as its run saw it."""
    files = _listed(tx, {each.run_id for each in ranked})
    names = [file for of_run in files.values() for file in of_run if file.kind == "objects"]
    if not names:
        return {}
    table = store.dataset(names, "objects").to_table(
        columns=["object_id", "run_id", "shown", "kind"],
        filter=pc.field("object_id").isin([each.object_id for each in ranked]),
    )
    return {
        (RunId(row["run_id"]), ObjectId(row["object_id"])): (row["shown"], row["kind"])
        for row in table.to_pylist()
    }


Part = tuple[int, int, int]  # which value, writing and part of it


@dataclass(slots=True)
class _Held:
    """What one object holds of what was asked for: the parts by record or page, and where they stand."""

    run_id: RunId
    object_id: ObjectId
    foreign: bool
    lines: dict[str, set[Part]] = field(default_factory=dict)
    locations: dict[str, list[str]] = field(default_factory=dict)
    judged: Judged | None = None

    def add(self, part: Sequence[Part], location: str) -> None:
        """Take one finding."""
        line = line_of(location)
        self.lines.setdefault(line, set()).update(part)
        self.locations.setdefault(line, []).append(location)

    def candidate(
        self, run: ScanRun, entity: UnitId, basis: DisclosureId | None, shown: str, kind: str
    ) -> Candidate:
        """Return the object as who searches sees it."""
        assert self.judged is not None
        best = sorted(self.judged.lines, key=lambda line: (-len(self.judged_at(line)), line))
        places = [place for line in best for place in sorted(set(self.locations[line]))]
        return Candidate(
            object_id=self.object_id,
            run_id=self.run_id,
            unit_id=UnitId(run.unit_id),
            source_id=None if run.source_id is None else SourceId(run.source_id),
            entity_id=entity,
            basis_id=basis,
            shown=shown,
            kind=kind,
            grade=self.judged.grade,
            fields=self.judged.fields,
            together=self.judged.together,
            places=tuple(places[:PLACES_SHOWN]),
            records=len(self.judged.lines),
        )

    def judged_at(self, line: str) -> frozenset[AskedField]:
        """Return which of the values stand whole in a record."""
        assert self.judged is not None
        return self.judged.lines[line]


class _Hits:
    """Gathers the rows of all runs by object and grades them."""

    def __init__(self, asked: Sequence[Asked], entity_id: UnitId) -> None:
        self._asked = asked
        self._entity_id = entity_id
        self._held: dict[tuple[str, str], _Held] = {}
        self._parts: dict[bytes, list[Part]] = {}
        for value, each in enumerate(asked):
            for writing, parts in enumerate(each.writings):
                for place, part in enumerate(parts):
                    for fingerprint in part:
                        self._parts.setdefault(fingerprint, []).append((value, writing, place))
        self.wanted = frozenset(self._parts)

    def add(self, run_id: str, entity: UnitId, rows: Iterable[tuple[bytes, str, str]]) -> None:
        """Take the rows of one run."""
        for fingerprint, object_id, location in rows:
            key = (run_id, object_id)
            if key not in self._held:
                self._held[key] = _Held(RunId(run_id), ObjectId(object_id), entity != self._entity_id)
            self._held[key].add(self._parts[fingerprint], location or "")

    def ranked(self) -> list[_Held]:
        """Return the objects that may be the person's, the surest first; one that two runs saw comes once."""
        found: dict[ObjectId, _Held] = {}
        for held in sorted(self._held.values(), key=lambda each: each.run_id, reverse=True):
            held.judged = self._judged(held)
            if held.judged is not None:
                found.setdefault(held.object_id, held)
        return sorted(found.values(), key=_rank)

    def _judged(self, held: _Held) -> Judged | None:
        lines = {line: whole for line, parts in held.lines.items() if (whole := self._whole(parts))}
        telling = {
            self._asked[value].category
            for parts in held.lines.values()
            for value in self._whole_values(parts)
            if self._asked[value].field is AskedField.IDENTIFIER
        }
        sure_number = bool(telling - _OWN_NUMBERS if held.foreign else telling)
        return judge(lines, sure_number=sure_number)

    def _whole(self, parts: Collection[Part]) -> frozenset[AskedField]:
        return frozenset(self._asked[value].field for value in self._whole_values(parts))

    def _whole_values(self, parts: Collection[Part]) -> Iterator[int]:
        """Yield the values of which every part of some writing is there."""
        seen: dict[tuple[int, int], set[int]] = {}
        for value, writing, place in parts:
            seen.setdefault((value, writing), set()).add(place)
        for (value, writing), places in seen.items():
            if len(places) == len(self._asked[value].writings[writing]):
                yield value


def _rank(held: _Held) -> tuple[object, ...]:
    assert held.judged is not None
    judged = held.judged
    return (
        list(Grade).index(judged.grade),
        -len(judged.together),
        -len(judged.fields),
        -len(judged.lines),
        held.object_id,
    )
