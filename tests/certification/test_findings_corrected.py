"""Findings of assessors that open a corrective action, and what becomes of it at the finding."""

from __future__ import annotations

import pytest

from privacy_mark.actions import due, origin, register
from privacy_mark.actions.model import Action, ActionState, Effect, Grade, Source
from privacy_mark.assessments import correcting, findings, reports
from privacy_mark.assessments.correcting import Link
from privacy_mark.assessments.model import Evidence, EvidenceKind, Finding
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.model import Principal, Role
from tests.access.rights import DAY
from tests.certification.test_actions import led
from tests.certification.test_assessments import SECRET, answer, manager, officer, ready, with_finding
from tests.registry.world import World, person

ON_SQLITE = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


def opened(world: World) -> tuple[Finding, Link]:
    """Return a finding of the site, and the action that its manager opened."""
    _, of = with_finding(world)
    with world.registry.write(manager(world)) as tx:
        made = correcting.open_action(tx, of.id, finding=SECRET, grade=Grade.MAJOR, expected_version=1)
        return of, made


def link(world: World, of: Finding, who: Principal) -> Link:
    """Return the action of a finding as somebody sees it."""
    with world.registry.read(who) as tx:
        return correcting.links(tx, [findings.finding(tx, of.id)])[of.id]


def test_a_finding_opens_its_action_and_each_leads_to_the_other(world: World) -> None:
    """Of its unit and requirement, found by this assessment; one goes on at a time."""
    of, made = opened(world)
    with world.registry.write(manager(world)) as tx:
        action = register.action(tx, made.id)
        assert (action.unit_id, action.requirement, action.grade) == (of.unit_id, of.requirement, Grade.MAJOR)
        assert (action.source, action.reference) == (Source.ASSESSMENT, of.assessment_number)
        assert origin.origin(tx, action) == of.id
        assert [each.number for each in due.due(tx, DAY)] == [made.number]
        with pytest.raises(InvalidValue, match="taken"):
            correcting.open_action(tx, of.id, finding="x", grade=Grade.MINOR, expected_version=1)
        with pytest.raises(Conflict):
            correcting.open_action(tx, of.id, finding="x", grade=Grade.MINOR, expected_version=9)
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="worked_on"):
        findings.remove(tx, of.id, expected_version=1)
    assert link(world, of, officer(world)) == Link(made.id, made.number, ActionState.FOUND, visible=True)
    trainer = person(41, Role.TRAINING_MANAGER, world.a.unit.id)  # sees no audits
    assert not link(world, of, trainer).visible
    with world.registry.read(trainer) as tx, pytest.raises(NotFound):
        register.action(tx, made.id)


def test_what_became_of_it_is_cited_by_the_answer(world: World) -> None:
    """The answer names the action as evidence, and its state stands at the finding."""
    of, made = opened(world)
    with world.registry.write(manager(world)) as tx:
        far = led(tx, register.action(tx, made.id), Effect.EFFECTIVE)
        cited = (Evidence(EvidenceKind.ACTION, made.number),)
        told = answer(tx, of, evidence=cited)
        assert [(each.reference, each.row) for each in told.evidence] == [(made.number, str(made.id))]
    assert far.state is link(world, of, officer(world)).state is ActionState.REVIEWED


def test_after_a_withdrawn_action_another_may_be_opened(world: World) -> None:
    """Both keep their way back to the finding."""
    of, made = opened(world)
    with world.registry.write(manager(world)) as tx:
        gone: Action = register.withdraw(tx, made.id, reason="指摘の取り違え", expected_version=1)
        second = correcting.open_action(tx, of.id, finding=SECRET, grade=Grade.MINOR, expected_version=1)
        assert origin.origin(tx, gone) == origin.origin(tx, register.action(tx, second.id)) == of.id
    assert link(world, of, officer(world)).id == second.id != made.id


@ON_SQLITE
def test_nothing_is_opened_once_the_report_is_handed_in(world: World) -> None:
    """Nor by who may not work on corrections, nor without a word of what was found."""
    letter = ready(world)
    of = letter.findings[0]
    top = person(8, Role.TOP_MANAGEMENT, world.a.unit.id)
    with world.registry.write(top) as tx, pytest.raises(AccessDenied):
        correcting.open_action(tx, of.id, finding="x", grade=Grade.MINOR, expected_version=of.version)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="finding: required"):
            correcting.open_action(tx, of.id, finding=" ", grade=Grade.MINOR, expected_version=of.version)
        reports.send(tx, letter.id, sent_on=DAY, expected_version=letter.version)
        with pytest.raises(InvalidValue, match="not_open"):
            correcting.open_action(tx, of.id, finding="x", grade=Grade.MINOR, expected_version=of.version)
