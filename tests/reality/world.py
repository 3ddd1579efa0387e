"""A small group with something wrong in it, and the people who ask about it.

Company A has a department HR and a share; its ledger lists the staff in 人事/. Unregistered: health
checks of HR open to all, and patients of hospital H. Company B has one folder that nobody listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from registry import ledger, organisation, runs, sources
from registry.access import bootstrap_principal
from registry.assess import Assessment, assess
from registry.findings import FindingsStore
from registry.model import Grant, LedgerEntry, Place, Principal, Role, Run, SourceRow, Unit, UnitKind, UserId
from registry.store import Registry
from scanners.model import Category, Exposure, ObjectResult, Outcome, Reason, RunTotals
from tests.access.bases import disclose
from tests.reality.results import result

C = Category
SECRET_B = "乙社秘密"  # stands in locations of company B and nowhere else
STAFF = {C.PERSON: range(30), C.PHONE: range(30)}
PATIENTS = {C.PATIENT_ID: range(40), C.PERSON: range(100, 140)}


class Clock:
    """A clock that tests move by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the present moment of the test."""
        return self.now

    def advance(self, days: int = 1) -> None:
        """Move on."""
        self.now += timedelta(days=days)


@dataclass
class World:
    """The group, what is registered, and the stores."""

    registry: Registry
    store: FindingsStore
    clock: Clock
    units: dict[str, Unit] = field(default_factory=dict)
    sources: dict[str, SourceRow] = field(default_factory=dict)
    entries: dict[str, LedgerEntry] = field(default_factory=dict)

    def person(self, role: Role, code: str) -> Principal:
        """Return somebody with one role in one unit."""
        return Principal(UserId(1), f"{role} {code}", (Grant(role, self.units[code].id),))

    def scan(
        self,
        code: str,
        results: Iterable[ObjectResult],
        *,
        unit: str = "",
        source: bool = True,
        target: str = "",
    ) -> Run:
        """Store one run of a unit's share (or of a target without source) and make it visible."""
        row = self.sources[code] if source else None
        unit_id = self.units[unit or code].id
        started = self.clock()
        run_id = runs.new_run_id(started)
        writer = self.store.writer(run_id, unit_id, row.id if row else None)
        totals = RunTotals()
        for each in results:
            writer.add(each)
            totals = totals.plus(each)
        files = writer.commit()
        with self.registry.write(bootstrap_principal(), reason="scan") as tx:
            return runs.record_run(
                tx,
                run_id=run_id,
                unit_id=unit_id,
                source_id=row.id if row else None,
                started_at=started,
                finished_at=self.clock(),
                totals=totals,
                rules_version="test/1",
                files=files,
                target=target,
            )

    def assess(self, principal: Principal | None = None) -> Assessment:
        """Compare as of the clock's day."""
        with self.registry.write(principal or bootstrap_principal(), reason="assess") as tx:
            return assess(tx, self.store, as_of=self.clock().date())


def share_of_a() -> list[ObjectResult]:
    """Return what lies on company A's share."""
    checks = {C.PERSON: range(50, 70), C.MEDICAL: range(3)}
    return [
        result("/srv/a/人事/社員.xlsx", STAFF, persons=30, kind="xlsx"),
        result("/srv/a/総務/健診.csv", checks, persons=20, exposure=Exposure.EVERYONE),
        result("/srv/a/営業/患者.csv", PATIENTS, persons=40),
        result("/srv/a/営業/案内.txt", kind="txt"),
        result("/srv/a/営業/錠.zip", kind="zip", outcome=Outcome.FAILED, reason=Reason.ENCRYPTED),
    ]


def share_of_b() -> list[ObjectResult]:
    """Return what lies on company B's share."""
    return [
        result(
            f"/srv/b/{SECRET_B}/山田太郎.csv",
            {C.PERSON: range(500, 510)},
            persons=10,
            shown=f"file:///srv/b/{SECRET_B}/山●●●.csv",
        )
    ]


def share_of_h() -> list[ObjectResult]:
    """Return what lies on the hospital's share."""
    return [result("/srv/h/台帳/患者.csv", PATIENTS, persons=40)]


def _draft(unit: Unit, places: Sequence[Place], items: Iterable[Category]) -> ledger.EntryDraft:
    return ledger.EntryDraft(
        unit_id=unit.id,
        name=f"名簿 {unit.code}",
        items=frozenset(items),
        purpose="管理",
        places=tuple(places),
        storage_method="共有フォルダ",
        access_holders="担当者",
        end_of_use="在籍中",
        retention_months=36,
        retention_until=None,
        approximate_count=100,
        exposure=Exposure.GROUP,
        owner="部長",
    )


def build(registry: Registry, clock: Clock, directory: Path) -> World:
    """Fill an empty registry, scan once and assess."""
    world = World(registry, FindingsStore(directory, registry.vault), clock)
    tree = [
        ("G", UnitKind.GROUP, None),
        ("A", UnitKind.COMPANY, "G"),
        ("A-HR", UnitKind.DEPARTMENT, "A"),
        ("B", UnitKind.COMPANY, "G"),
        ("H", UnitKind.HOSPITAL, "G"),
        ("N", UnitKind.COMPANY, "G"),
    ]
    with registry.write(bootstrap_principal(), reason="init") as tx:
        for code, kind, parent in tree:
            world.units[code] = organisation.create_unit(
                tx,
                code=code,
                kind=kind,
                name_ja=f"単位{code}",
                name_en=code,
                parent_id=world.units[parent].id if parent else None,
            )
        for code in ("A", "B", "H"):
            world.sources[code] = sources.add_source(
                tx, unit_id=world.units[code].id, name=f"share {code}", owner="", url=f"/srv/{code.lower()}"
            )
        listed = [("A", "A-HR", "人事/", STAFF), ("H", "H", "台帳/", PATIENTS)]
        for code, unit, prefix, items in listed:
            places = [Place(world.sources[code].id, prefix, "")]
            world.entries[code] = ledger.create_entry(tx, _draft(world.units[unit], places, items))
    for code in ("A", "B", "H", "N"):  # what the group sees without a basis: tests/access
        disclose(registry, world.units[code].id, world.units["G"].id)
    world.scan("A", share_of_a())
    world.scan("B", share_of_b())
    world.scan("H", share_of_h())
    world.assess()
    return world
