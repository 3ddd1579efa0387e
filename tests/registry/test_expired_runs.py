"""What earlier runs found ends by policy; the newest runs, what is held and what is pointed at stay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from registry import expired_runs, runs, sources
from registry.access import bootstrap_principal
from registry.errors import InvalidValue
from registry.findings import FindingsStore
from registry.journal import Action
from registry.model import Grant, Principal, Role, RunId, SourceId, UnitId, UserId
from registry.store import Registry
from registry.store.tables import JournalRecord, LedgerRecord, RunFileRecord, ScanRun
from scanners.model import RunTotals
from tests.collected.samples import result
from tests.registry.world import Clock, World, build

OWNER = bootstrap_principal()


@pytest.fixture
def store(registry: Registry, tmp_path: Path) -> FindingsStore:
    """Return an empty store of findings."""
    return FindingsStore(tmp_path / "findings", registry.vault)


@pytest.fixture
def standing(registry: Registry, clock: Clock) -> World:
    """Return two companies."""
    return build(registry, clock)


def run(
    world: World, store: FindingsStore, unit_id: UnitId, source_id: SourceId | None, target: str = ""
) -> RunId:
    """Record a run of now with two findings."""
    with world.registry.write(OWNER) as tx:
        run_id = runs.new_run_id(tx.now)
        writer = store.writer(run_id, unit_id, source_id)
        writer.add(result(2, 2))
        runs.record_run(
            tx,
            run_id=run_id,
            unit_id=unit_id,
            source_id=source_id,
            started_at=tx.now,
            finished_at=tx.now,
            totals=RunTotals().plus(result(2, 2)),
            rules_version="rules/1",
            files=writer.commit(),
            target=target,
        )
    return run_id


def kept(world: World, store: FindingsStore) -> Mapping[str, bool]:
    """Return for every run whether its files are listed; listed and lying there are the same."""
    with world.registry.read(OWNER) as tx:
        listed = set(tx.session.scalars(select(RunFileRecord.run_id)))
        known = list(tx.session.scalars(select(ScanRun.id)))
    lying = {path.name for path in store.directory.iterdir()}
    assert lying == listed
    return {each: each in listed for each in known}


def expire(world: World, store: FindingsStore, days: int = 100, newest: int = 1) -> expired_runs.Expired:
    """Apply a policy."""
    with world.registry.write(OWNER, reason="tick") as tx:
        return expired_runs.expire(tx, store, keep_days=days, keep_runs=newest)


def test_old_runs_end_and_the_newest_of_every_place_stay(
    standing: World, store: FindingsStore, clock: Clock
) -> None:
    """By source, and by target where there is none; the removal is journalled with its numbers."""
    unit, source = standing.a.unit.id, standing.a.source.id
    old = [run(standing, store, unit, source), run(standing, store, unit, None, "/srv/x")]
    alone = run(standing, store, unit, None, "/srv/y")
    clock.advance(timedelta(days=99))
    newer = [run(standing, store, unit, source), run(standing, store, unit, None, "/srv/x")]
    assert expire(standing, store).runs == 0
    clock.advance(timedelta(days=2))
    gone = expire(standing, store)
    assert (gone.runs, gone.files, gone.findings) == (2, 6, 4)
    assert kept(standing, store) == {**dict.fromkeys(old, False), **dict.fromkeys([alone, *newer], True)}
    with standing.registry.read(OWNER) as tx:
        assert {each.id for each in runs.latest_runs(tx)} == {alone, *newer}
        of = select(JournalRecord).where(JournalRecord.action == Action.FINDINGS_EXPIRED)
        assert [record.unit_id for record in tx.session.scalars(of)] == [unit]
        assert tx.session.get_one(ScanRun, old[0]).listed == 1
    assert expire(standing, store).runs == 0


def test_so_many_of_the_newest_stay_as_the_policy_says(
    standing: World, store: FindingsStore, clock: Clock
) -> None:
    """Three scans a place, whatever their age."""
    unit, source = standing.a.unit.id, standing.a.source.id
    made = []
    for _ in range(5):
        made.append(run(standing, store, unit, source))
        clock.advance(timedelta(days=1))
    clock.advance(timedelta(days=1_000))
    assert expire(standing, store, newest=3).runs == 2
    assert kept(standing, store) == {**dict.fromkeys(made[:2], False), **dict.fromkeys(made[2:], True)}


def test_legal_hold_and_requests_of_persons_keep_runs(
    standing: World, store: FindingsStore, clock: Clock
) -> None:
    """A run in the line of a held entry, and one that a request points at, stay whatever their age."""
    held = run(standing, store, standing.a.unit.id, standing.a.source.id)
    below = run(standing, store, standing.a.site.id, None, "/srv/x")
    free = run(standing, store, standing.b.unit.id, standing.b.source.id)
    clock.advance(timedelta(days=1))
    for unit, source, target in (
        (standing.a.unit.id, standing.a.source.id, ""),
        (standing.a.site.id, None, "/srv/x"),
        (standing.b.unit.id, standing.b.source.id, ""),
    ):
        run(standing, store, unit, source, target)
    clock.advance(timedelta(days=1_000))
    with standing.registry.write(OWNER) as tx:
        hold = update(LedgerRecord).where(LedgerRecord.id == standing.a.entry.id)
        tx.session.execute(hold.values(legal_hold=True))
    assert expire(standing, store).runs == 1
    assert [kept(standing, store)[each] for each in (held, below, free)] == [True, True, False]
    with standing.registry.write(OWNER) as tx:
        tx.session.execute(update(LedgerRecord).values(legal_hold=False))
    assert expire(standing, store).runs == 2


def test_runs_of_a_removed_source_end_wholly(standing: World, store: FindingsStore, clock: Clock) -> None:
    """Nobody is shown them any more."""
    last = run(standing, store, standing.a.unit.id, standing.a.source.id)
    with standing.registry.write(OWNER) as tx:
        sources.remove_source(tx, standing.a.source.id)
    clock.advance(timedelta(days=101))
    assert expire(standing, store).runs == 1
    assert kept(standing, store) == {last: False}


def test_nobody_removes_what_lies_out_of_reach(standing: World, store: FindingsStore, clock: Clock) -> None:
    """A scan operator of one company leaves the other's findings alone."""
    old = run(standing, store, standing.a.unit.id, standing.a.source.id)
    clock.advance(timedelta(days=1))
    run(standing, store, standing.a.unit.id, standing.a.source.id)
    clock.advance(timedelta(days=1_000))
    of_b = Principal(UserId(7), "b", (Grant(Role.SCAN_OPERATOR, standing.b.unit.id),))
    with standing.registry.write(of_b, reason="tick") as tx:
        assert expired_runs.expire(tx, store, keep_days=1).runs == 0
    assert kept(standing, store)[old]


def test_a_removal_that_fails_removes_nothing(standing: World, store: FindingsStore, clock: Clock) -> None:
    """Files go when the transaction has ended well, and never before."""
    old = run(standing, store, standing.a.unit.id, standing.a.source.id)
    clock.advance(timedelta(days=1))
    run(standing, store, standing.a.unit.id, standing.a.source.id)
    clock.advance(timedelta(days=1_000))

    def fail() -> None:
        with standing.registry.write(OWNER) as tx:
            assert expired_runs.expire(tx, store, keep_days=1).runs == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert kept(standing, store)[old]


@pytest.mark.parametrize("policy", [{"keep_days": 0}, {"keep_days": 1, "keep_runs": 0}])
def test_a_policy_that_keeps_nothing_is_refused(
    standing: World, store: FindingsStore, policy: dict[str, int]
) -> None:
    """The newest run of a place is never past its time."""
    with standing.registry.write(OWNER) as tx, pytest.raises(InvalidValue):
        expired_runs.expire(tx, store, **policy)
