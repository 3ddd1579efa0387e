"""Corrective actions recorded by mistake: withdrawn with a reason, kept, and counted nowhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from privacy_mark.actions import due, history, listing, recurrence, register, steps
from privacy_mark.actions.listing import Standing, Wanted
from privacy_mark.actions.model import Action, ActionId, ActionState, Effect, Grade, Recurrence, Step, reached
from privacy_mark.assessments import evidence
from privacy_mark.assessments.model import Evidence, EvidenceKind
from privacy_mark.complaints import handling
from privacy_mark.complaints import register as complaints
from privacy_mark.pack.audit_sections import actions as packed
from privacy_mark.pack.model import Purpose, Subject
from privacy_mark.requirements.action_supplier import corrective_actions
from privacy_mark.requirements.catalogue import product
from privacy_mark.requirements.suppliers import members_of
from privacy_mark.reviews.audit_facts import actions as reviewed
from privacy_mark.reviews.span import Span
from registry import journal, organisation
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, Conflict, InvalidValue
from registry.model import Role
from tests.access.audits import found
from tests.access.rights import DAY
from tests.certification.test_actions import led, officer, top
from tests.certification.test_complaints import answered, desk
from tests.registry.world import World, person

ON_SQLITE = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


def raised(world: World, **values: object) -> Action:
    """Raise an action of company A."""
    with world.registry.write(officer(world)) as tx:
        return register.raise_action(tx, found(world.a.unit.id, **values))


def withdrawn(world: World, of: Action) -> Action:
    """Withdraw an action as who raised it."""
    with world.registry.write(officer(world)) as tx:
        return register.withdraw(tx, of.id, reason="二重に登録した", expected_version=of.version)


def test_who_raised_it_or_may_approve_it_withdraws_with_a_reason(world: World) -> None:
    """It is in the journal and in the history, and no step can be taken any more."""
    of = raised(world)
    with world.registry.write(person(3, Role.OFFICER, world.a.unit.id)) as tx, pytest.raises(AccessDenied):
        register.withdraw(tx, of.id, reason="別人", expected_version=of.version)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="reason"):
            register.withdraw(tx, of.id, reason=" ", expected_version=of.version)
        with pytest.raises(Conflict):
            register.withdraw(tx, of.id, reason="二重", expected_version=of.version + 1)
    gone = withdrawn(world, of)
    assert (gone.state, gone.next_due, gone.finding) == (ActionState.WITHDRAWN, None, of.finding)
    with world.registry.write(officer(world)) as tx:
        taken = history.history(tx, of.id)
        assert (taken[-1].step, taken[-1].told["reason"]) == (Step.WITHDRAWN, "二重に登録した")
        assert reached(gone, taken) is ActionState.FOUND
        newest = journal.newest_of(tx, "corrective_action", of.id)
        assert (newest.action, newest.after) == (
            "action_withdrawn",
            {"state": "withdrawn", "reached": "found"},
        )
        with pytest.raises(InvalidValue, match="withdrawn"):
            register.withdraw(tx, of.id, reason="また", expected_version=gone.version)
        with pytest.raises(InvalidValue, match="withdrawn"):
            register.correct(
                tx, of.id, finding="x", requirement="J.9.2", grade=Grade.MINOR, expected_version=gone.version
            )
    other = raised(world)
    with world.registry.write(officer(world)) as tx:
        far = led(tx, other, Effect.EFFECTIVE)
    with world.registry.write(top(world)) as tx:
        gone = register.withdraw(tx, other.id, reason="誤り", expected_version=far.version)
        assert reached(gone, history.history(tx, other.id)) is ActionState.REVIEWED


def test_what_was_approved_stays(world: World) -> None:
    """A corrected nonconformity is no mistake of recording."""
    of = raised(world)
    with world.registry.write(officer(world)) as tx:
        far = led(tx, of, Effect.EFFECTIVE)
    with world.registry.write(top(world)) as tx:
        done = steps.approve(tx, of.id, expected_version=far.version)
        with pytest.raises(InvalidValue, match="closed"):
            register.withdraw(tx, of.id, reason="誤り", expected_version=done.version)


def test_it_counts_neither_as_open_nor_as_approved(world: World) -> None:
    """In the register it stands last with its state; due, reviews, evidence and packs leave it out."""
    stays = raised(world)
    late = raised(world, found_on=DAY - timedelta(days=30))
    withdrawn(world, late)
    with world.registry.read(officer(world)) as tx:
        assert listing.standing(tx) == Standing(open=1, late=0, to_approve=0, closed=0, withdrawn=1)
        assert [row.id for row in listing.listed(tx)[0]] == [stays.id, late.id]
        assert listing.listed(tx, Wanted(late=True))[0] == []
        assert [each.id for each in register.actions(tx, open_only=True)] == [stays.id]
        assert [each.row for each in due.due(tx, DAY)] == [str(stays.id)]
        facts = reviewed(tx, world.a.unit.id, Span(DAY - timedelta(days=90), DAY))
        told = {each.name: each.number for each in facts.figures}
        assert (told["found"], told["open"], told["closed"], told["late"]) == (1, 1, 0, 0)
        unit = organisation.unit(tx, world.a.unit.id)
        of = Subject(unit, Purpose.RENEWAL, "", None, tx.now, DAY, DAY - timedelta(days=730), product())
        assert [each.values["number"] for each in packed(tx, of).records] == [stays.number]
    withdrawn(world, stays)
    with world.registry.read(bootstrap_principal()) as tx:
        assert corrective_actions(tx, members_of(tx, frozenset({unit.id})), DAY) == {}


@ON_SQLITE
def test_it_is_no_recurrence_and_no_evidence(world: World) -> None:
    """What was never found cannot come again, here or elsewhere, and shows nothing to assessors."""
    first = raised(world, reference="K-00001/shredded")
    again = raised(world, reference="K-00002/shredded")
    with world.registry.write(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        there = register.raise_action(tx, found(world.b.unit.id, reference="K-00003/shredded"))
    group = person(1, Role.GROUP_OFFICER, world.group.id)
    cited = Evidence(EvidenceKind.ACTION, first.number)
    with world.registry.read(group) as tx:
        assert [each.id for each in recurrence.earlier(tx, again.id)] == [first.id]
        assert [each.id for each in recurrence.elsewhere(tx, there.id)] == [again.id, first.id]
        assert evidence.stored(tx, cited, world.a.unit.id).row == str(first.id)
    withdrawn(world, first)
    with world.registry.read(group) as tx:
        assert recurrence.earlier(tx, again.id) == []
        assert {row.recurrence for row in listing.listed(tx)[0]} == {Recurrence.NONE}
        assert [each.id for each in recurrence.elsewhere(tx, there.id)] == [again.id]
        with pytest.raises(InvalidValue, match="unknown"):
            evidence.stored(tx, cited, world.a.unit.id)


@ON_SQLITE
def test_a_complaint_begins_another_one(world: World) -> None:
    """And a withdrawn action is none to close a complaint with."""
    made, other = answered(world), answered(world)
    values = {"requirement": "J.9.2", "finding": "手順がない", "grade": Grade.MINOR}
    with world.registry.write(desk(world)) as tx:
        told = handling.follow(tx, made.id, **values, expected_version=3)  # type: ignore[arg-type]
        assert not told.action_withdrawn
    with world.registry.write(top(world)) as tx:
        register.withdraw(tx, ActionId(1), reason="誤り", expected_version=1)
    with world.registry.write(desk(world)) as tx:
        assert complaints.complaint(tx, made.id).action_withdrawn
        told = handling.follow(tx, made.id, **values, expected_version=4)  # type: ignore[arg-type]
        assert (told.action_number, told.action_withdrawn) == ("CA-0002", False)
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="unknown"):
        handling.close(tx, other.id, note="", action_number="CA-0001", expected_version=3)
