"""A company with a folder of its own, files that a scan found, and two officers who decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from registry import remediation as book
from registry import remediation_places, runs, sources
from registry.access import bootstrap_principal
from registry.assess import reassess
from registry.findings import FindingsStore
from registry.model import ObjectId, Principal, Role, SourceRow
from registry.remediation_states import Remediation, RemediationId, RemediationKind, Request
from registry.store import Registry
from remediation.copies import Copies
from remediation.work import Hands
from scanners.credentials import Credentials
from scanners.model import Category, ObjectResult, Outcome, Reason, RunTotals
from scanners.sources.local import file_uri
from tests.reality.results import object_id, result
from tests.registry.world import Clock, World, build, person

OWNER = bootstrap_principal()
KEEP_DAYS = 30


@dataclass
class Bench:
    """What a test works with; `folder` is the registered source."""

    world: World
    registry: Registry
    clock: Clock
    store: FindingsStore
    source: SourceRow
    folder: Path
    hands: Hands
    one: Principal
    other: Principal
    references: list[str] = field(default_factory=list)

    def file(self, name: str, text: bytes = b"found") -> Path:
        """Make a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
        return path

    def found(self, path: Path) -> ObjectResult:
        """Return a file as a scan finds it."""
        facts = path.lstat()
        made = result(str(path), {Category.PERSON: [f"{path}{n}" for n in range(3)]}, persons=3)
        uri = file_uri(path)
        return replace(
            made,
            id=object_id(str(path)),
            uri=uri,
            shown=uri,
            bytes=facts.st_size,
            mtime_ns=facts.st_mtime_ns,
            findings=made.findings.set_column(
                0, "object_id", [[object_id(str(path))] * made.findings.num_rows]
            )
            if made.findings is not None
            else None,
        )

    def scan(self, results: Sequence[ObjectResult] | None = None) -> None:
        """Record a scan of everything in the folder, or of what is given, and compare."""
        self.clock.advance(timedelta(minutes=5))
        if results is None:
            paths = sorted(path for path in self.folder.rglob("*") if path.is_file())
            results = [self.found(path) for path in paths]
        with self.registry.write(OWNER) as tx:
            run_id, totals = runs.new_run_id(tx.now), RunTotals()
            writer = self.store.writer(run_id, self.source.unit_id, self.source.id)
            for each in results:
                writer.add(each)
                totals = totals.plus(each)
            runs.record_run(
                tx,
                run_id=run_id,
                unit_id=self.source.unit_id,
                source_id=self.source.id,
                started_at=tx.now,
                finished_at=tx.now,
                totals=totals,
                rules_version="rules/1",
                files=writer.commit(),
            )
        self.clock.advance(timedelta(minutes=5))
        reassess(self.registry, OWNER, self.store)

    def propose(
        self,
        path: Path,
        kind: RemediationKind = RemediationKind.QUARANTINE,
        *,
        days: int | None = None,
        request: Request | None = None,
    ) -> Remediation:
        """Propose in the name of one officer."""
        until = None if days is None else self.clock.now.date() + timedelta(days=days)
        with self.registry.write(self.one) as tx:
            return book.propose(
                tx,
                self.store,
                ObjectId(object_id(str(path))),
                kind,
                reason="人事異動で不要",
                until=until,
                request=request,
            )

    def approved(self, path: Path, *args: object, **given: object) -> RemediationId:
        """Propose, and approve in the name of the other."""
        made = self.propose(path, *args, **given)  # type: ignore[arg-type]
        with self.registry.write(self.other) as tx:
            book.decide(tx, made.id, expected_version=made.version, approve=True)
        return made.id

    def now(self, remediation_id: RemediationId) -> Remediation:
        """Return how far it is."""
        with self.registry.read(self.one) as tx:
            return book.remediation(tx, remediation_id)

    def copies(self) -> list[Path]:
        """Return the files of copies on the disk."""
        return sorted(self.hands.copies.folder.glob("*.quarantined"))


def missing(path: Path) -> ObjectResult:
    """Return a folder that a scan could not list."""
    made = result(str(path), outcome=Outcome.FAILED, reason=Reason.NOT_LISTED)
    return replace(made, uri=file_uri(path), id=object_id(str(path)))


def built(registry: Registry, clock: Clock, tmp_path: Path) -> Bench:
    """Make the bench: a folder that remediation may act at."""
    world = build(registry, clock)
    folder = tmp_path / "share"
    folder.mkdir()
    unit = world.a.unit.id
    with registry.write(OWNER) as tx:
        source = sources.add_source(tx, unit_id=unit, name="work", owner="総務", url=str(folder))
        remediation_places.permit(tx, source.id, credential="env:HANDS")
    references: list[str] = []

    def credentials(reference: str) -> Credentials:
        references.append(reference)
        return Credentials()

    return Bench(
        world,
        registry,
        clock,
        FindingsStore(tmp_path / "findings", registry.vault),
        source,
        folder,
        Hands(registry, Copies(tmp_path / "quarantine"), credentials, KEEP_DAYS),
        person(21, Role.OFFICER, unit),
        person(22, Role.OFFICER, unit),
        references,
    )
