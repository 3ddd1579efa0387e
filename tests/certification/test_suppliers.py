"""What training, confirmations and the yearly plan say of entities, from rows that their services made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from privacy_mark.actions import register as raising
from privacy_mark.actions import steps
from privacy_mark.certificates import accidents, years
from privacy_mark.complaints import handling, register
from privacy_mark.confirmations import answering, campaigns
from privacy_mark.confirmations.questions import Frequency
from privacy_mark.requirements import planned, renewal
from privacy_mark.requirements.catalogue import product
from privacy_mark.requirements.facts import UNKNOWN, Fact, Members, Standing
from privacy_mark.requirements.model import SupplierId
from privacy_mark.requirements.suppliers import SUPPLIERS, members_of
from privacy_mark.training import courses, roster_import
from registry import ledger, processors, requests
from registry.access import bootstrap_principal
from registry.journal import Action
from registry.model import UnitId
from registry.processors import ProcessorDraft
from registry.store import Registry, Tx
from registry.vault import Vault
from tests.access import (
    assessments,
    audits,
    certificates,
    changes,
    complaints,
    confirmations,
    rights,
    training,
)
from tests.access.bases import APPROVER, RECORDER
from tests.registry.world import Clock, World, build

DAY = date(2026, 4, 1)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return two companies of a group."""
    clock = Clock()
    registry = Registry.open(f"sqlite:///{tmp_path / 'registry.db'}", Vault(bytes(range(32))), clock=clock)
    registry.migrate()
    yield build(registry, clock)
    registry.close()


def fact(tx: Tx, supplier: SupplierId, unit_id: UnitId, day: date) -> Fact | None:
    """Return what a supplier says of an entity on a day."""
    members: Members = members_of(tx, frozenset({unit_id}))
    return SUPPLIERS[supplier].facts(tx, members, day).get(unit_id)


def test_training_is_under_way_then_lacking_then_shown_with_leave_explained(world: World) -> None:
    """Until its day a round speaks neither way; later each worker counts, but those on leave."""
    unit = world.a.unit
    with world.registry.write(bootstrap_principal()) as tx:
        made = courses.create(tx, training.course(unit.id))
        courses.publish(tx, made.id, training.MATERIAL, expected_version=1)
        due_on = DAY + timedelta(days=30)
        courses.open_round(tx, made.id, opens_on=DAY, due_on=due_on, expected_version=1)
        seen = roster_import.plan(
            tx,
            unit.id,
            [
                *(training.line(unit.code, str(number), number) for number in range(2, 6)),
                training.line(unit.code, "6", 6, leave="育児休業", leave_from=DAY),
            ],
            training.NO_FILE,
        )
        roster_import.apply(tx, seen)
        running = fact(tx, SupplierId.TRAINING, unit.id, DAY)
        assert running == Fact(Standing.UNDER_WAY, 0, 4, DAY, due_on, 1)
        late = fact(tx, SupplierId.TRAINING, unit.id, due_on + timedelta(days=1))
        assert late is not None
        assert (late.standing, late.done, late.of) == (Standing.LACKING, 0, 4)
        assert late.sha256 != running.sha256
        assert fact(tx, SupplierId.TRAINING, world.b.unit.id, DAY) is None


def test_confirmations_count_by_the_newest_round_whose_day_has_come(world: World) -> None:
    """An answer that nobody confirmed shows nothing; confirmed, it is shown until the next one is due."""
    unit_id = world.a.unit.id
    with world.registry.write(RECORDER) as tx:
        found = confirmations.fill(tx, unit_id, "甲")
        due_on = campaigns.campaign(tx, found.campaign_id).due_on
        assert fact(tx, SupplierId.CONFIRMATIONS, unit_id, DAY) == Fact(Standing.UNDER_WAY, until=due_on)
        after = due_on + timedelta(days=1)
        late = fact(tx, SupplierId.CONFIRMATIONS, unit_id, after)
        assert late is not None
        assert (late.standing, late.done, late.of) == (Standing.LACKING, 0, 2)
        answering.answer(tx, found.open_id, confirmations.all_right(), expected_version=1)
    with world.registry.write(APPROVER) as tx:
        for each in (found.open_id, found.answered_id):
            answering.confirm(tx, each, expected_version=2)
        shown = fact(tx, SupplierId.CONFIRMATIONS, unit_id, after)
        assert shown is not None
        assert (shown.standing, shown.done, shown.of, shown.on) == (Standing.SHOWN, 2, 2, DAY)
        assert shown.until == date(2026, 6, 10)
    world.clock.advance(timedelta(days=30))
    with world.registry.write(RECORDER) as tx:
        campaigns.open_campaign(tx, unit_id, Frequency.MONTHLY, "2026-05")
        # The next round does not count before its day.
        assert fact(tx, SupplierId.CONFIRMATIONS, unit_id, date(2026, 5, 2)) == shown


def test_a_plan_shows_when_it_is_approved_and_nothing_is_late(world: World) -> None:
    """Waiting it is under way; approved and on time it is shown; late, or after its end, it is not."""
    unit_id, start = world.a.unit.id, DAY
    with world.registry.write(RECORDER) as tx:
        made = certificates.submitted(tx, unit_id, start)
        waiting = fact(tx, SupplierId.YEAR_PLAN, unit_id, start)
        assert waiting is not None
        assert waiting.standing is Standing.UNDER_WAY
    with world.registry.write(APPROVER) as tx:
        made = years.approve(tx, made.id, expected_version=made.version)
        first = min(item.due_on for item in made.items)
        standings = []
        for day in (start, first + timedelta(days=1), made.ends_on + timedelta(days=1)):
            found = fact(tx, SupplierId.YEAR_PLAN, unit_id, day)
            assert found is not None
            standings.append(found.standing)
        assert standings == [Standing.SHOWN, Standing.LACKING, Standing.LACKING]
        plans = planned.plans(replace(tx, principal=RECORDER), unit_id)
        item = min((each for each in made.items if each.requirement == "J.6.2"), key=lambda each: each.due_on)
        assert plans.of("J.6.2") == planned.Planned(item.owner, item.due_on)
        assert plans.of("J.99") == planned.Planned("", plans.wanted_on)


def test_complaints_and_requests_count_by_their_day(world: World) -> None:
    """Open and in time they are under way, past their day they speak against; answered they show it."""
    unit_id = world.a.unit.id
    kinds = (SupplierId.COMPLAINTS, SupplierId.REQUESTS)
    with world.registry.write(bootstrap_principal()) as tx:
        assert [fact(tx, each, unit_id, DAY) for each in kinds] == [None, None]
        said = register.receive(tx, complaints.draft(unit_id))
        asked = requests.receive(tx, rights.request(unit_id), target_days=14)
        days = (said.due_on, asked.target_on)
        for each, day in zip(kinds, days, strict=True):
            assert fact(tx, each, unit_id, DAY) == Fact(Standing.UNDER_WAY, 1, 1, DAY, day)
            late = fact(tx, each, unit_id, day + timedelta(days=1))
            assert late is not None
            assert (late.standing, late.done, late.of) == (Standing.LACKING, 0, 1)
        handling.answer(tx, said.id, "停止した", answered_on=DAY, expected_version=1)
        shown = fact(tx, SupplierId.COMPLAINTS, unit_id, date(2026, 12, 1))
        assert shown == Fact(Standing.SHOWN, 1, 1, DAY, date(2027, 4, 1))
        # A year later there is nothing to look at.
        assert fact(tx, SupplierId.COMPLAINTS, unit_id, date(2027, 4, 1)) is None
        assert fact(tx, SupplierId.COMPLAINTS, world.b.unit.id, DAY) is None


def test_accidents_and_contracts_speak_of_their_entity(world: World) -> None:
    """A report that is late speaks against; a contract that ended does while an entry names the processor."""
    unit_id = world.a.unit.id
    with world.registry.write(bootstrap_principal()) as tx:
        made = certificates.fill(tx, unit_id)
        waiting = fact(tx, SupplierId.ACCIDENTS, unit_id, DAY)
        assert waiting is not None
        assert waiting.standing is Standing.UNDER_WAY
        assert waiting.until is not None
        late = fact(tx, SupplierId.ACCIDENTS, unit_id, waiting.until + timedelta(days=1))
        assert late is not None
        assert late.standing is Standing.LACKING
        accidents.sent(tx, made.accident_id, first=DAY, full=DAY, expected_version=1)
        done = fact(tx, SupplierId.ACCIDENTS, unit_id, DAY)
        assert done is not None
        assert done.standing is Standing.SHOWN
        draft = ProcessorDraft(unit_id, "株式会社印刷", contract="契約書 12", valid_until=date(2026, 6, 30))
        assert fact(tx, SupplierId.PROCESSORS, unit_id, DAY) is None
        processor = processors.add_processor(tx, draft)
        assert fact(tx, SupplierId.PROCESSORS, unit_id, DAY) == Fact(
            Standing.SHOWN, 1, 1, None, date(2026, 6, 30)
        )
        assert fact(tx, SupplierId.PROCESSORS, unit_id, date(2026, 7, 1)) is None
        entry = world.a.entry
        ledger.update_entry(
            tx, entry.id, expected_version=entry.version, changes={"processors": frozenset({processor.id})}
        )
        ended = fact(tx, SupplierId.PROCESSORS, unit_id, date(2026, 7, 1))
        assert ended == Fact(Standing.LACKING, 0, 1, None, date(2026, 6, 30))


def test_the_report_on_renewal_tells_of_the_time_since_the_decision(world: World) -> None:
    """Accidents and changes before the decision are left out; plan, training and window stand there."""
    unit_id = world.a.unit.id
    with world.registry.write(bootstrap_principal()) as tx:
        held = certificates.fill(tx, unit_id)
        accidents.add(tx, held.applied_id, kind="loss", discovered_on=date(2024, 9, 1))
        accidents.add(tx, held.applied_id, kind="leak", discovered_on=DAY)
        made = courses.create(tx, training.course(unit_id))
        courses.publish(tx, made.id, training.MATERIAL, expected_version=1)
        courses.open_round(tx, made.id, opens_on=DAY, due_on=DAY + timedelta(days=30), expected_version=1)
        staff = [training.line(world.a.unit.code, str(number), number) for number in range(2, 7)]
        roster_import.apply(tx, roster_import.plan(tx, unit_id, staff, training.NO_FILE))
        reported = changes.fill(tx, held.applied_id, "")
        asked = assessments.fill(tx, unit_id, held.round_id, "")
        found = renewal.renewal(tx, product(), unit_id)
        other = renewal.renewal(tx, product(), world.b.unit.id)
    assert found.certificate is not None
    assert (found.certificate.id, found.decided_on) == (held.applied_id, date(2024, 9, 30))
    assert [(each.kind, each.discovered_on) for each in found.accidents] == [("leak", DAY)]
    assert [(each.action, each.on) for each in found.changes] == [(Action.UNIT_CREATED, DAY)]
    assert {each.id for each in found.reports} == {
        reported.merger_id,
        reported.ready_id,
        reported.submitted_id,
    }
    (assessed,) = found.assessments
    assert (assessed.assessment.id, assessed.findings, assessed.open) == (asked.assessment_id, 5, 2)
    assert found.plan is not None
    assert found.plan.by == APPROVER.name
    assert [(each.course.id, each.rate and each.rate.in_scope) for each in found.training] == [(made.id, 5)]
    assert [each.id for each in found.chapters] == [f"J.{number}" for number in range(1, 12)]
    rules = found.shown_by(SupplierId.DOCUMENTS)
    assert rules is not None
    assert rules.fact == UNKNOWN  # no rule is registered
    wanted = {each.line.requirement.id: each.planned.owner for each in found.missing()}
    assert wanted.keys() == {line.requirement.id for line in found.readiness.lines if line.missing}
    assert (other.certificate, other.accidents, other.changes, other.plan) == (None, (), (), None)
    assert (other.reports, other.assessments) == ((), ())


def test_corrective_actions_are_under_way_then_shown_then_lacking(world: World) -> None:
    """On time they say nothing until one is approved; a late one speaks against it."""
    unit = world.a.unit.id
    with world.registry.write(RECORDER) as tx:
        assert fact(tx, SupplierId.CORRECTIVE_ACTIONS, unit, DAY) is None
        first = audits.led(tx, unit, "", 4)
        second = raising.raise_action(tx, audits.found(unit))
        running = fact(tx, SupplierId.CORRECTIVE_ACTIONS, unit, DAY)
        assert running == Fact(Standing.UNDER_WAY, 0, 2, None, second.answer_by)
    with world.registry.write(APPROVER) as tx:
        steps.approve(tx, first, expected_version=5)
        shown = fact(tx, SupplierId.CORRECTIVE_ACTIONS, unit, DAY)
        assert shown == Fact(Standing.SHOWN, 1, 2, DAY, second.answer_by)
        late = fact(tx, SupplierId.CORRECTIVE_ACTIONS, unit, second.answer_by + timedelta(days=1))
        assert late is not None
        assert late.standing is Standing.LACKING
