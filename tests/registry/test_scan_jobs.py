"""Scans of registered sources: one at a time, taken over when their machine died, stopped when asked to."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from registry import journal, scan_jobs, sources
from registry.access import bootstrap_principal
from registry.errors import InvalidValue, NotFound
from registry.model import SourceId
from registry.scan_jobs import PATIENCE, Busy, Held, JobState, Progress
from registry.scan_permission import Bar, ScanRefusedError
from registry.schedules import JAPAN
from registry.source_terms import PlaceKind, SourceTerms
from tests.registry.world import World

OWNER = bootstrap_principal()


@pytest.fixture
def source_id(world: World) -> SourceId:
    """Register a source."""
    with world.registry.write(OWNER) as tx:
        return sources.add_source(tx, unit_id=world.group.id, name="共有", owner="", url="/srv/share").id


def newest(world: World, source_id: SourceId) -> scan_jobs.Job:
    """Return the newest scan of the source."""
    with world.registry.read(OWNER) as tx:
        return scan_jobs.of_sources(tx)[source_id]


def claimed(world: World, source_id: SourceId) -> Held:
    """Take the source."""
    held = scan_jobs.claim(world.registry, OWNER, source_id)
    assert isinstance(held, Held)
    return held


def test_of_many_who_want_to_scan_one_source_one_does(world: World, source_id: SourceId) -> None:
    """The others are told who, since when and on which machine."""
    got: list[Held | Busy] = []
    barrier = threading.Barrier(6)

    def ask() -> None:
        barrier.wait()
        got.append(scan_jobs.claim(world.registry, OWNER, source_id))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (held,) = (each for each in got if isinstance(each, Held))
    busy = next(each for each in got if isinstance(each, Busy))
    job = newest(world, source_id)
    assert (busy.who, busy.host, busy.since) == (OWNER.name, job.host, job.started_at)
    assert scan_jobs.finish(world.registry, OWNER, held, Progress(), outcome="complete", run_id="r")
    assert isinstance(scan_jobs.claim(world.registry, OWNER, source_id), Held)


def test_a_scan_whose_machine_died_is_taken_over(world: World, source_id: SourceId) -> None:
    """A lease that is renewed holds; one that ran out does not, and who lost it is told so."""
    first = claimed(world, source_id)
    world.clock.advance(scan_jobs.LEASE - timedelta(seconds=1))
    assert scan_jobs.beat(world.registry, OWNER, first, Progress(listed=10, done=4, bytes=100))
    job = newest(world, source_id)
    assert (job.state, job.listed, job.done, job.bytes) == (JobState.RUNNING, 10, 4, 100)
    assert job.rate == pytest.approx(4 / 119)
    world.clock.advance(scan_jobs.LEASE - timedelta(seconds=1))
    assert isinstance(scan_jobs.claim(world.registry, OWNER, source_id), Busy)
    world.clock.advance(timedelta(seconds=1))
    assert newest(world, source_id).state is JobState.FAILED
    second = claimed(world, source_id)
    assert second.id != first.id
    assert not scan_jobs.beat(world.registry, OWNER, first, Progress())
    assert not scan_jobs.finish(world.registry, OWNER, first, Progress(), outcome="complete")
    assert scan_jobs.may_go_on(world.registry, OWNER, second)


def test_a_scan_that_was_asked_for_is_one_until_it_is_over(world: World, source_id: SourceId) -> None:
    """Asking twice makes one; who works takes it; asked to stop it stops, and the journal tells."""
    with world.registry.write(OWNER) as tx:
        asked = scan_jobs.request(tx, source_id)
    with world.registry.write(OWNER) as tx:
        assert scan_jobs.request(tx, source_id) == asked
        assert [each.id for each in scan_jobs.waiting(tx)] == [asked]
    held = claimed(world, source_id)
    assert held.id == asked
    with world.registry.write(OWNER) as tx:
        scan_jobs.ask_to_stop(tx, asked)
        scan_jobs.ask_to_stop(tx, asked)
    assert newest(world, source_id).state is JobState.STOPPING
    assert not scan_jobs.may_go_on(world.registry, OWNER, held)
    assert not scan_jobs.beat(world.registry, OWNER, held, Progress())
    assert scan_jobs.finish(world.registry, OWNER, held, Progress(done=3), outcome=scan_jobs.STOPPED)
    job = newest(world, source_id)
    assert (job.state, job.outcome, job.done) == (JobState.ENDED, scan_jobs.STOPPED, 3)
    with world.registry.read(OWNER) as tx:
        told = [line.action for line in journal.lines(tx, limit=3)]
    assert told == ["scan_broken_off", "scan_stop_asked", "scan_requested"]


def test_a_scan_that_nobody_began_is_over_when_it_is_stopped(world: World, source_id: SourceId) -> None:
    """What is asked for can be taken back; what does not exist cannot be stopped."""
    with world.registry.write(OWNER) as tx:
        asked = scan_jobs.request(tx, source_id)
        scan_jobs.ask_to_stop(tx, asked)
        assert scan_jobs.of_sources(tx)[source_id].state is JobState.ENDED
        with pytest.raises(NotFound):
            scan_jobs.ask_to_stop(tx, scan_jobs.JobId(9_999))
        with pytest.raises(NotFound):
            scan_jobs.request(tx, SourceId(9_999))


def test_what_may_not_be_scanned_is_not_asked_for(world: World) -> None:
    """A live chart is refused with its reason, a place of a collector too; no scan is queued for them."""
    live = SourceTerms(PlaceKind.LIVE_CHART_OR_PACS)
    with world.registry.write(OWNER) as tx:
        unit_id = world.group.id
        chart = sources.add_source(
            tx, unit_id=unit_id, name="電子カルテ", owner="", url="smb://c/1", terms=live
        )
        site = sources.add_source(tx, unit_id=unit_id, name="拠点", owner="", url="collector://site/share")
        with pytest.raises(ScanRefusedError) as refused:
            scan_jobs.request(tx, chart.id)
        with pytest.raises(InvalidValue, match="collected"):
            scan_jobs.request(tx, site.id)
        assert refused.value.bar is Bar.LIVE_SYSTEM
        assert scan_jobs.of_sources(tx) == {}


def test_a_scan_that_nobody_takes_is_told_so(world: World, source_id: SourceId) -> None:
    """Not at once, not outside its hours, and not while a machine is busy with another scan."""
    with world.registry.write(OWNER) as tx:
        asked = scan_jobs.request(tx, source_id)
        other = sources.add_source(tx, unit_id=world.group.id, name="二", owner="", url="/srv/two").id

    def waits() -> bool:
        with world.registry.read(OWNER) as tx:
            return scan_jobs.is_left_waiting(tx, asked)

    def hours(window: str) -> None:
        with world.registry.write(OWNER) as tx:
            version = sources.source(tx, source_id).version
            sources.change_source(tx, source_id, expected_version=version, changes={"window": window})

    assert not waits()
    world.clock.advance(PATIENCE)
    assert waits()
    with world.registry.read(OWNER) as tx:
        now = tx.now.astimezone(JAPAN)
    hours(f"{now + timedelta(hours=1):%H:%M}-{now + timedelta(hours=2):%H:%M}")
    assert not waits()
    hours("")
    held = claimed(world, other)
    world.clock.advance(PATIENCE)
    assert scan_jobs.beat(world.registry, OWNER, held, Progress())
    assert not waits()
    scan_jobs.finish(world.registry, OWNER, held, Progress(), outcome="complete", run_id="r")
    assert waits()
