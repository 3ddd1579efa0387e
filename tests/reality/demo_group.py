"""The demo group compared: what it plants fed straight into the store, and whether that is what is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from daicho.demo.model import DemoGroup, DemoObject, DemoSource, PlantedDifference
from daicho.workspace import Workspace
from registry import discrepancies, ledger, organisation, runs, sources
from registry.assess import reassess
from registry.model import Discrepancy, DiscrepancyKind, SourceRow
from scanners.model import Exposure, ObjectResult, Outcome, PersonBounds, Reason, RunTotals, Tally
from tests.reality.results import findings, object_id

_READERS = {0o644: Exposure.EVERYONE, 0o640: Exposure.GROUP, 0o600: Exposure.OWNER}


@dataclass(frozen=True, slots=True)
class Told:
    """A reported difference, the code of its unit, and the places below a source that it speaks of."""

    shown: Discrepancy
    code: str
    where: frozenset[str]

    def is_it(self, planted: PlantedDifference) -> bool:
        """Tell whether it is the planted one: a folder that was named stands for what lies in it."""
        if (planted.kind, planted.unit_code) != (self.shown.kind, self.code):
            return False
        return any(planted.path.startswith(place) or place.startswith(planted.path) for place in self.where)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was planted against what was told."""

    planted: tuple[PlantedDifference, ...]
    told: tuple[Told, ...]

    @property
    def missing(self) -> list[PlantedDifference]:
        """Return what was planted and is not told."""
        return [each for each in self.planted if not any(one.is_it(each) for one in self.told)]

    @property
    def more(self) -> list[Told]:
        """Return what is told and was not planted."""
        return [one for one in self.told if not any(one.is_it(each) for each in self.planted)]

    @property
    def recall(self) -> float:
        """Return the share of what was planted that is told."""
        return 1 - len(self.missing) / len(self.planted)

    @property
    def precision(self) -> float:
        """Return the share of what is told that was planted."""
        return 1 - len(self.more) / max(1, len(self.told))


def compared(group: DemoGroup, workspace: Workspace) -> Comparison:
    """Compare what lies in the store with the ledger and the contracts."""
    owner = workspace.owner()
    reassess(workspace.registry, owner, workspace.findings)
    with workspace.registry.read(owner) as tx:
        codes = {unit.id: unit.code for unit in organisation.units(tx)}
        prefixes = {
            entry.id: frozenset(place.prefix for place in entry.places if place.source_id is not None)
            for entry in ledger.entries(tx)
        }
        told = tuple(
            Told(each, codes[each.unit_id], prefixes.get(each.entry_id or -1, frozenset({each.subject})))
            for each in discrepancies.open_discrepancies(tx)
        )
    return Comparison(group.planted, told)


def feed(group: DemoGroup, workspace: Workspace) -> None:
    """Store what truly lies in the group, as a scanner that misses nothing would hand it over."""
    with workspace.registry.read(workspace.owner()) as tx:
        rows = {each.name: each for each in sources.list_sources(tx)}
    for source in group.sources:
        _record(workspace, rows[source.name], list(_results(group, source)))


def _results(group: DemoGroup, source: DemoSource) -> Iterator[ObjectResult]:
    local = source.url.startswith("file:")
    locked = set(group.unexaminable)
    for one in group.objects:
        uri = f"file://{quote(one.path, safe='/!')}" if local else one.path
        if uri.startswith((f"{source.url}/", f"{source.url}!")):
            yield _result(one, uri, is_table=not local, locked=one.path in locked)


def _result(one: DemoObject, uri: str, *, is_table: bool, locked: bool) -> ObjectResult:
    key = object_id(uri)
    people = sorted(one.people)
    status = None if is_table else Path(one.path.partition("!")[0]).stat()
    held = dict.fromkeys(sorted(one.categories), people)
    return ObjectResult(
        id=key,
        uri=uri,
        shown=uri,
        kind="table" if is_table else "csv",
        outcome=Outcome.FAILED if locked else Outcome.COMPLETE,
        reason=Reason.DAMAGED if locked else None,
        detail="",
        bytes=1000,
        mtime_ns=0 if status is None else status.st_mtime_ns,
        owner="",
        exposure=Exposure.UNKNOWN if status is None else _READERS[status.st_mode & 0o777],
        categories={category: Tally(len(people), len(people)) for category in held},
        persons=PersonBounds(len(people), len(people)),
        columns=(),
        findings=findings(key, held, is_table=is_table) if held else None,
    )


def _record(workspace: Workspace, source: SourceRow, results: list[ObjectResult]) -> None:
    registry, store = workspace.registry, workspace.findings
    with registry.write(workspace.owner(), reason="planted findings") as tx:
        run_id = runs.new_run_id(tx.now)
        writer, totals = store.writer(run_id, source.unit_id, source.id), RunTotals()
        for each in results:
            writer.add(each)
            totals = totals.plus(each)
        runs.record_run(
            tx,
            run_id=run_id,
            unit_id=source.unit_id,
            source_id=source.id,
            started_at=tx.now,
            finished_at=tx.now,
            totals=totals,
            rules_version="planted/1",
            files=writer.commit(),
        )


def counted(comparison: Comparison) -> dict[DiscrepancyKind, int]:
    """Return how many differences of each kind are told."""
    kinds = [one.shown.kind for one in comparison.told]
    return {kind: kinds.count(kind) for kind in DiscrepancyKind}
