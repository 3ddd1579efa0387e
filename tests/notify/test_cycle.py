"""What digests tell of the certification cycle: one's own work by room, and what has risen from others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from daicho.notify import plan
from daicho.notify.words import PAGE, TASK
from daicho.pages.agenda_words import KINDS
from privacy_mark import cycle_digest
from privacy_mark.agenda import agenda
from privacy_mark.cycle_digest import AHEAD, Part, part_of
from privacy_mark.requirements.catalogue import product
from registry.access import today_in_japan
from registry.digests import Digest, Task
from registry.model import Principal, Role
from tests.access.world import World, person
from tests.notify.conftest import Stage


def told(world: World, who: Principal) -> dict[Part, int]:
    """Return what somebody is told of the cycle."""
    with world.registry.read(who) as tx:
        return {each.task: each.count for each in cycle_digest.counted(tx, product())}


def listed(world: World, who: Principal) -> dict[Part, int]:
    """Return what stands in 今日の対応 of somebody within the week, by part of the cycle."""
    found: dict[Part, int] = {}
    with world.registry.read(who) as tx:
        today = today_in_japan(tx.now)
        seen = [line.due for line in agenda(tx, who.grants[0].unit_id, today).lines]
    for each in seen:
        if each.kind.partition(".")[0] in cycle_digest._OF and each.due_on <= today + AHEAD:
            found[part_of(each.kind)] = found.get(part_of(each.kind), 0) + 1
    return found


def test_a_digest_counts_what_stands_in_the_work_of_today(world: World) -> None:
    """The counts of each room are those of the page, of the own company alone, whoever is asked first."""
    unit_id = world.targets["A"].unit_id
    people = [person(role, unit_id) for role in (Role.OFFICER, Role.CERTIFICATION_TEAM, Role.AUDIT_MANAGER)]
    for who in people:
        mine = {part: count for part, count in told(world, who).items() if not part.startswith("risen")}
        assert mine == listed(world, who)
        assert mine
    nobody = [
        person(Role.WORKER, unit_id),
        person(Role.EXECUTIVE, world.units["G"]),
        replace(people[0], grants=()),
    ]
    people += [
        *nobody,
        person(Role.TOP_MANAGEMENT, unit_id),
        person(Role.OFFICER, world.targets["B"].unit_id),
    ]
    with world.registry.read(people[0]) as tx:
        found = list(cycle_digest.counts(tx, product(), people))
    counts = [{each.task: each.count for each in some} for some in found]
    assert counts == [told(world, who) for who in people]
    assert counts[3:6] == [{}, {}, {}]


def test_what_is_late_rises_to_the_next_level(world: World) -> None:
    """After a day to the privacy manager, after two weeks to the top, after a month to headquarters."""
    unit_id = world.targets["A"].unit_id
    officer, top = (person(role, unit_id) for role in (Role.OFFICER, Role.TOP_MANAGEMENT))
    group = person(Role.GROUP_OFFICER, world.units["G"])
    other = person(Role.TOP_MANAGEMENT, world.targets["B"].unit_id)
    before = told(world, top).get(Part.RISEN_TOP, 0)
    apart = told(world, other).get(Part.RISEN_TOP, 0)
    world.clock.advance(timedelta(days=45))
    after = told(world, top)[Part.RISEN_TOP]
    assert after > before
    assert told(world, officer)[Part.RISEN_MANAGER] > 0  # such as what top management has to approve
    assert Part.RISEN_TOP not in told(world, officer)
    # One's own work is told as one's own, not once more as risen.
    assert not {Part.RISEN_MANAGER, Part.RISEN_HEADQUARTERS} & told(world, top).keys()
    assert told(world, group)[Part.RISEN_HEADQUARTERS] > 0
    assert told(world, other)[Part.RISEN_TOP] >= apart


def test_a_mail_tells_of_the_cycle_with_a_link(stage: Stage) -> None:
    """The officer's letter holds parts of the cycle, in words, after what the registry tells."""
    letters = {each.recipient.address: each.digest for each in plan.plan(stage.workspace).letters}
    tasks = [line.task for line in letters["officer@example.jp"].lines]
    assert Part.CHANGES in tasks
    assert tasks.index(Part.CHANGES) > tasks.index(Task.CASES_NEW)
    assert "worker@example.jp" not in letters


def test_every_kind_of_work_has_its_part_and_every_part_its_words() -> None:
    """A kind of 今日の対応 that no part tells would be told to nobody."""
    registry = {"differences", "ledger", "applications", "requests", "disposals", "risks"}
    rooms = {kind.partition(".")[0] for kind in KINDS} - registry
    assert rooms == cycle_digest._OF.keys()
    assert set(Part) | set(Task) == TASK.keys() == PAGE.keys()
    assert len({str(each) for each in (*Part, *Task)}) == len(Part) + len(Task)
    assert Digest(()).plus([(Part.LAWS, 2)]).total == 2
