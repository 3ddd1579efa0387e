"""What a confirmation is told by the platform: days of Japan, rights of leavers, days of physical checks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from privacy_mark.agenda import agenda
from privacy_mark.confirmations.facts import facts
from privacy_mark.confirmations.questions import FactKind
from registry import applications, runs
from registry.access import bootstrap_principal
from registry.model import Place, Role
from scanners.model import RunTotals
from tests.access.confirmations import DAY
from tests.registry.test_applications import STATED
from tests.registry.world import World, draft, person

EARLY = datetime(2026, 3, 31, 16, 0, tzinfo=UTC)  # one o'clock in the morning of 1 April in Japan


# Days of Japan


def test_a_scan_of_the_early_morning_is_of_that_day_in_japan(world: World) -> None:
    """Nightly scans end before nine: in UTC that is still the day, and on the first the month, before."""
    totals = RunTotals(listed=1, complete=1)
    with world.registry.write(bootstrap_principal()) as tx:
        runs.record_run(
            tx,
            run_id=runs.new_run_id(EARLY),
            unit_id=world.a.unit.id,
            source_id=world.a.source.id,
            started_at=EARLY - timedelta(hours=1),
            finished_at=EARLY,
            totals=totals,
            rules_version="1",
            files=(),
        )
        scans = facts(tx, world.a.unit.id, DAY, DAY)[FactKind.SCANS]
    assert (scans.is_right, scans.numbers["scanned"]) == (True, 1)


def test_an_application_of_the_early_morning_is_due_on_that_day_in_japan(world: World) -> None:
    """What was sent at one o'clock at night has waited since today, not since yesterday."""
    world.clock.now = EARLY
    with world.registry.write(person(41, Role.DEPARTMENT_MANAGER, world.a.site.id)) as tx:
        wanted = draft(
            world.a.site.id,
            world.a.source,
            retention_months=None,
            places=(Place(None, "", "棚"),),
            handling=STATED,
        )
        applications.submit_new(tx, wanted, reason="新しい業務を始めます")
    with world.registry.read(person(51, Role.OFFICER, world.a.unit.id)) as tx:
        lines = agenda(tx, world.a.unit.id, DAY).lines
    assert [line.due.due_on for line in lines if line.due.kind == "applications.decide"] == [DAY]
