"""Which sources are to be scanned now: by schedule, by request, by priority, and each by one machine only."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from registry import due_scans, scan_jobs, sources
from registry.access import bootstrap_principal
from registry.due_scans import Due, NoRoomError, NotDueError
from registry.model import SourceId
from registry.scan_jobs import Held, Progress
from registry.source_terms import SourceTerms
from tests.registry.world import World

OWNER = bootstrap_principal()
HOUR = timedelta(hours=1)


def add(world: World, name: str, schedule: str = "daily 22:00", **terms: object) -> SourceId:
    """Register a source; the clock of the world stands at noon in Japan."""
    with world.registry.write(OWNER) as tx:
        row = sources.add_source(
            tx,
            unit_id=world.group.id,
            name=name,
            owner="",
            url=f"/srv/{name}",
            terms=SourceTerms(schedule=schedule, **terms),  # type: ignore[arg-type]  # as each test says
        )
        return row.id


def due(world: World) -> list[Due]:
    """Return what is due now."""
    with world.registry.read(OWNER) as tx:
        return due_scans.due(tx)


def numbers(world: World) -> list[SourceId]:
    """Return the sources that are due, in order."""
    return [each.source_id for each in due(world)]


def scanned(world: World, wanted: Due, outcome: str = "complete") -> None:
    """Claim a source that is due, and end its scan."""
    held = due_scans.claim(world.registry, OWNER, wanted, at_once=1)
    failed = outcome == "failed"
    assert scan_jobs.finish(world.registry, OWNER, held, Progress(), outcome=outcome, failed=failed)


def test_a_source_is_due_once_after_its_hour(world: World) -> None:
    """Not before it, once for all days that were missed, and again on the next day."""
    plain, other = add(world, "plain"), add(world, "never", "off")
    assert due(world) == []
    world.clock.advance(10 * HOUR)
    (found,) = due(world)
    assert (found.source_id, found.newest) == (plain, None)
    scanned(world, found)
    assert due(world) == []
    world.clock.advance(72 * HOUR)
    (found,) = due(world)
    scanned(world, found, outcome="failed")
    assert due(world) == []
    with world.registry.write(OWNER) as tx:
        scan_jobs.request(tx, other)
    assert numbers(world) == [other]


def test_a_schedule_written_after_its_hour_begins_on_the_next_day(world: World) -> None:
    """Whoever writes "daily 11:00" at noon does not want a scan at noon."""
    number = add(world, "late", "off")
    with world.registry.write(OWNER) as tx:
        scan_jobs.request(tx, number)
    scanned(world, due(world)[0])
    world.clock.advance(48 * HOUR)
    with world.registry.write(OWNER) as tx:
        sources.change_source(tx, number, expected_version=1, changes={"schedule": "daily 11:00"})
    assert due(world) == []
    world.clock.advance(23 * HOUR)
    assert numbers(world) == [number]


def test_nothing_is_due_outside_the_hours_of_a_source(world: World) -> None:
    """Neither by schedule nor asked for; what waits is done when the hours begin, over midnight too."""
    number = add(world, "night", "daily 23:00", window="22:00-06:00")
    with world.registry.write(OWNER) as tx:
        scan_jobs.request(tx, number)
    assert due(world) == []
    world.clock.advance(10 * HOUR)
    assert numbers(world) == [number]
    world.clock.advance(7 * HOUR)
    assert numbers(world) == [number]
    world.clock.advance(HOUR)
    assert due(world) == []


def test_the_first_in_priority_comes_first_and_then_the_longest_waiting(world: World) -> None:
    """Priority 1 before 5; of the same one whose hour was earlier."""
    late, early = add(world, "late", "daily 21:00"), add(world, "early", "daily 20:00")
    first = add(world, "first", "daily 22:00", priority=1)
    world.clock.advance(12 * HOUR)
    assert numbers(world) == [first, early, late]


def test_of_many_who_found_a_source_due_one_scans_it(world: World) -> None:
    """Even when it is over before another one asks; a machine takes no more than it may."""
    add(world, "one"), add(world, "two")
    world.clock.advance(12 * HOUR)
    one, two = due(world)
    got: list[Held] = []
    barrier = threading.Barrier(4)

    def ask() -> None:
        barrier.wait()
        try:
            got.append(due_scans.claim(world.registry, OWNER, one, at_once=2))
        except NotDueError:
            return

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (held,) = got
    with pytest.raises(NoRoomError):
        due_scans.claim(world.registry, OWNER, two, at_once=1)
    assert scan_jobs.finish(world.registry, OWNER, held, Progress(), outcome="complete")
    with pytest.raises(NotDueError):
        due_scans.claim(world.registry, OWNER, one, at_once=2)
    scanned(world, two)
    assert due(world) == []


def test_a_scan_that_lost_its_machine_goes_on_at_once_but_not_for_ever(world: World) -> None:
    """The second time in a row it waits for its hour: it may be what takes the machine along."""
    number = add(world, "heavy")
    world.clock.advance(10 * HOUR)
    due_scans.claim(world.registry, OWNER, due(world)[0], at_once=1)
    assert due(world) == []
    world.clock.advance(scan_jobs.LEASE)
    assert numbers(world) == [number]
    due_scans.claim(world.registry, OWNER, due(world)[0], at_once=1)
    world.clock.advance(scan_jobs.LEASE)
    assert due(world) == []
    world.clock.advance(24 * HOUR)
    assert numbers(world) == [number]
