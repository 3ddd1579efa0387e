"""Registers an invented group, stores what its scans would hand over, and reads what is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import select

from registry import ledger, organisation, processors, runs, sources
from registry.access import bootstrap_principal
from registry.assess import reassess
from registry.findings import FindingsStore
from registry.handling import Handling, RetentionEvent
from registry.model import Place, SourceRow, UnitId, UnitKind
from registry.processors import ProcessorDraft
from registry.store import Registry
from registry.store.tables import AssessmentRecord, DiscrepancyRecord
from registry.vault import Vault
from scanners.model import Exposure, ObjectResult, Outcome, PersonBounds, Reason, RunTotals, Tally
from tests.access.bases import disclose
from tests.reality.invented.model import (
    TODAY,
    Expected,
    InventedEntry,
    InventedGroup,
    InventedObject,
    InventedSource,
)
from tests.reality.results import findings, object_id

_OWNER = bootstrap_principal()
_KEY = bytes(range(32))  # no secret


class Fed:
    """An invented group in a registry of its own."""

    def __init__(self, group: InventedGroup, directory: Path) -> None:
        self.group = group
        self.now = datetime.combine(TODAY, datetime.min.time(), UTC) + timedelta(hours=1)
        vault = Vault(_KEY)
        self.registry = Registry.open(f"sqlite:///{directory / 'registry.db'}", vault, clock=lambda: self.now)
        self.registry.migrate()
        self.store = FindingsStore(directory / "findings", vault)
        self.units: dict[str, UnitId] = {}
        self.sources: dict[str, SourceRow] = {}
        self.homes: dict[int, str] = {}
        self._organise()

    def _organise(self) -> None:
        with self.registry.write(_OWNER, reason="invented") as tx:
            for unit in self.group.units:
                self.units[unit.code] = organisation.create_unit(
                    tx,
                    code=unit.code,
                    kind=UnitKind(unit.kind),
                    name_ja=f"単位{unit.code}",
                    name_en=unit.code,
                    parent_id=None if unit.parent is None else self.units[unit.parent],
                ).id
            for source in self.group.sources:
                self.sources[source.name] = sources.add_source(
                    tx, unit_id=self.units[source.unit], name=source.name, owner="", url=source.address
                )
            for number, contract in enumerate(self.group.contracts, 1):
                source = self.sources[contract.source]
                processors.add_processor(
                    tx,
                    ProcessorDraft(
                        unit_id=source.unit_id,
                        name=f"委託先 {number}",
                        contract="契約書",
                        categories=contract.categories,
                        valid_from=contract.valid_from,
                        valid_until=contract.valid_until,
                        sources=frozenset({source.id}),
                    ),
                )
        for one, other in self.group.bases:
            disclose(self.registry, self.units[one], self.units[other])

    def register(self, entries: Iterable[InventedEntry]) -> None:
        """Write some of the group's entries into the ledger."""
        with self.registry.write(_OWNER, reason="invented") as tx:
            for entry in entries:
                self.homes[ledger.create_entry(tx, self._draft(entry)).id] = entry.home

    def _draft(self, entry: InventedEntry) -> ledger.EntryDraft:
        return ledger.EntryDraft(
            unit_id=self.units[entry.unit],
            name=f"名簿 {entry.key}",
            items=entry.items,
            purpose="管理",
            places=tuple(
                Place(None, "", prefix) if source is None else Place(self.sources[source].id, prefix, "")
                for source, prefix in entry.places
            ),
            storage_method="共有フォルダ",
            access_holders="担当者",
            end_of_use=entry.end_of_use,
            retention_months=entry.months,
            retention_until=entry.until,
            approximate_count=entry.count,
            exposure=entry.exposure,
            owner="部長",
            handling=Handling(
                retention_event=RetentionEvent(entry.event),
                retention_event_on=entry.event_on,
                legal_hold=entry.hold,
                legal_hold_reason="訴訟" if entry.hold else "",
            ),
        )

    def scan(self, source: InventedSource, objects: Sequence[InventedObject]) -> None:
        """Store one run of a source; each is later than the one before."""
        self.now += timedelta(seconds=1)
        row = self.sources[source.name]
        run_id = runs.new_run_id(self.now)
        writer, totals = self.store.writer(run_id, row.unit_id, row.id), RunTotals()
        for each in [
            *(_result(one, source) for one in objects),
            *([] if source.complete else [_locked(source)]),
        ]:
            writer.add(each)
            totals = totals.plus(each)
        files = writer.commit()
        with self.registry.write(_OWNER, reason="invented") as tx:
            runs.record_run(
                tx,
                run_id=run_id,
                unit_id=row.unit_id,
                source_id=row.id,
                started_at=self.now,
                finished_at=self.now,
                totals=totals,
                rules_version="invented/1",
                files=files,
            )

    def told(self) -> list[Expected]:
        """Compare, and return what is told."""
        self.now += timedelta(seconds=1)
        reassess(
            self.registry,
            _OWNER,
            self.store,
            as_of=TODAY,
        )
        codes = {unit_id: code for code, unit_id in self.units.items()}
        query = select(DiscrepancyRecord).join(
            AssessmentRecord, AssessmentRecord.id == DiscrepancyRecord.assessment_id
        )
        with self.registry.read(_OWNER) as tx:
            rows = list(tx.session.scalars(query.where(AssessmentRecord.current)))
            return [
                Expected(
                    kind=row.kind,
                    unit=codes[UnitId(row.unit_id)],
                    what=row.subject_shown if row.entry_id is None else self.homes[row.entry_id],
                    other=""
                    if row.kind != "wrong_unit" or row.other_unit_id is None
                    else codes[UnitId(row.other_unit_id)],
                )
                for row in rows
            ]

    def close(self) -> None:
        """Close the registry."""
        self.registry.close()


def _uri(source: InventedSource, name: str) -> str:
    """Return a location as scans write it: files are percent-encoded, what lies inside of them is not."""
    if source.is_database:
        return f"{source.root}!{name}"
    file, mark, inside = name.partition("!")
    return f"{source.root}/{quote(file)}{mark}{inside}"


def _result(one: InventedObject, source: InventedSource) -> ObjectResult:
    uri = _uri(source, one.name)
    key = object_id(uri)
    modified = 0
    if one.modified is not None:
        moment = datetime.combine(one.modified, datetime.min.time(), UTC) + timedelta(hours=12)
        modified = int(moment.timestamp()) * 1_000_000_000
    return ObjectResult(
        id=key,
        uri=uri,
        shown=uri,
        kind="table" if source.is_database else "csv",
        outcome=Outcome.COMPLETE,
        reason=None,
        detail="",
        bytes=1000,
        mtime_ns=modified,
        owner="",
        exposure=one.exposure,
        categories={category: Tally(len(each), len(set(each))) for category, each in one.values.items()},
        persons=PersonBounds(one.low, one.high),
        columns=(),
        findings=findings(key, one.values, is_table=source.is_database) if one.values else None,
    )


def _locked(source: InventedSource) -> ObjectResult:
    uri = _uri(source, "locked.zip")
    return ObjectResult(
        id=object_id(uri),
        uri=uri,
        shown=uri,
        kind="zip",
        outcome=Outcome.FAILED,
        reason=Reason.ENCRYPTED,
        detail="",
        bytes=1000,
        mtime_ns=0,
        owner="",
        exposure=Exposure.OWNER,
        categories={},
        persons=PersonBounds(0, 0),
        columns=(),
    )
