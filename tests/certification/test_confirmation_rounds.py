"""Whom a round of confirmations asks: joiners, what ended, every workplace; and what it was asked stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from privacy_mark.actions import register
from privacy_mark.confirmations import answering, campaigns, due, kept_sets, operations, workplaces
from privacy_mark.confirmations.answers import Result
from privacy_mark.confirmations.campaigns import CampaignId, CampaignRow
from privacy_mark.confirmations.operations import Operation
from privacy_mark.confirmations.questions import Frequency, questions
from privacy_mark.confirmations.states import ConfirmationState
from privacy_mark.reviews.operation_facts import checks
from privacy_mark.reviews.span import Span
from registry import journal, organisation
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, InvalidValue
from registry.journal import Action
from registry.model import UnitId, UnitKind
from registry.store import Tx
from registry.store.confirmation_tables import ConfirmationRecord, OperationRecord
from tests.access.confirmations import DAY, PERIOD, YEAR, all_right, operation
from tests.certification.test_confirmations import answered, asked, ids, manager, officer
from tests.registry.world import World


def ended(tx: Tx, of: Operation, *, again: bool = False) -> Operation:
    """End an operation today, or tell that it did not end after all."""
    return operations.change(
        tx,
        of.id,
        name=of.name,
        set_id=of.set_id,
        ended_on=None if again else DAY,
        expected_version=of.version,
    )


def row_of(tx: Tx, round_: CampaignId, name: str) -> CampaignRow:
    """Return an operation's row in a round."""
    return next(row for row in campaigns.rows(tx, round_)[0] if row.name == name)


def newest_action(tx: Tx, confirmation_id: int) -> str:
    """Return what the journal told last of a confirmation."""
    return journal.newest_of(tx, "confirmation", confirmation_id).action


# Joining


def test_what_is_registered_after_a_round_opened_joins_it(world: World) -> None:
    """The round of its period under way asks it, and no other: not another kind, not last month's."""
    first = asked(world)
    with world.registry.write(officer(world)) as tx:
        operations.register(tx, operation(world.a.site.id, "給与"))
        operations.register(tx, operation(world.a.unit.id, "職場", Frequency.YEARLY))
        assert campaigns.campaign(tx, first).total == 2
        assert row_of(tx, first, "給与").state is ConfirmationState.OPEN
        yearly = campaigns.open_campaign(tx, world.a.unit.id, Frequency.YEARLY, YEAR)
        operations.register(tx, operation(world.a.site.id, "工場", Frequency.YEARLY))
        assert campaigns.campaign(tx, yearly).total == 2
    world.clock.advance(timedelta(days=31))
    with world.registry.write(officer(world)) as tx:
        operations.register(tx, operation(world.a.unit.id, "採用広報"))
        assert campaigns.campaign(tx, first).total == 2  # the month when it was not there yet


def test_the_tick_asks_whom_a_round_under_way_forgot(world: World) -> None:
    """Rows of before are asked by the next tick, once, without a second round."""
    first = asked(world)
    with world.registry.write(bootstrap_principal()) as tx:
        operations.register(tx, operation(world.a.unit.id, "給与"))
        tx.session.delete(tx.session.get_one(ConfirmationRecord, row_of(tx, first, "給与").id))
        tx.session.flush()
        assert campaigns.open_due(tx) == 0
        assert campaigns.campaign(tx, first).total == 2
        assert len(campaigns.campaigns(tx)) == 1


# Ending


def test_what_ended_is_taken_out_of_the_rounds_that_wait_for_it(world: World) -> None:
    """The state says so, the rate counts it no longer, nobody is told of it, and the journal knows who."""
    first = asked(world, names=("採用", "給与"))
    answered(world, first)
    with world.registry.write(officer(world)) as tx:
        left = next(
            each
            for each in operations.operations(tx)
            if row_of(tx, first, each.name).state is ConfirmationState.OPEN
        )
        ended(tx, left)
        row = row_of(tx, first, left.name)
        told = campaigns.campaign(tx, first)
        assert row.state is ConfirmationState.WITHDRAWN
        assert (told.total, told.answered, told.withdrawn) == (1, 1, 1)
        assert [each.kind for each in due.due(tx, DAY)] == [due.CONFIRM]
        assert newest_action(tx, row.id) == Action.CONFIRMATION_WITHDRAWN
        with pytest.raises(InvalidValue, match="withdrawn"):
            answering.answer(tx, row.id, all_right(), expected_version=2)


def test_a_management_review_counts_only_who_is_asked(world: World) -> None:
    """One that ended before it answered is neither asked nor answered there."""
    asked(world, names=("採用", "給与"))
    with world.registry.write(officer(world)) as tx:
        ended(tx, operations.operations(tx)[0])
        found = checks(tx, world.a.unit.id, Span(DAY, DAY + timedelta(days=90)))
    figures = {each.name: (each.number, each.of) for each in found.figures}
    assert figures["answered"] == (0, 1)


def test_what_was_answered_before_the_end_is_still_confirmed(world: World) -> None:
    """Ending an operation makes no answer go away."""
    first = asked(world)
    answered(world, first, shredded=Result.EXCEPTION)
    with world.registry.write(officer(world)) as tx:
        (one,) = operations.operations(tx)
        ended(tx, one)
        (row,) = campaigns.rows(tx, first)[0]
        done = answering.confirm(tx, row.id, expected_version=2)
    assert (done.state, len(done.actions)) == (ConfirmationState.CONFIRMED, 1)


def test_what_did_not_end_after_all_is_asked_again(world: World) -> None:
    """In the rounds that it was taken out of, also where the answer had been sent back."""
    first = asked(world, names=("採用", "給与"))
    back = answered(world, first)
    with world.registry.write(officer(world)) as tx:
        answering.send_back(tx, back, note="いつ見ましたか", expected_version=2)
        before = {row.name: row.state for row in campaigns.rows(tx, first)[0]}
        stopped = [ended(tx, each) for each in operations.operations(tx)]
        assert campaigns.campaign(tx, first).total == 0
        for each in stopped:
            ended(tx, each, again=True)
        assert {row.name: row.state for row in campaigns.rows(tx, first)[0]} == before
        assert set(before.values()) == {ConfirmationState.OPEN, ConfirmationState.RETURNED}
        assert newest_action(tx, back) == Action.CONFIRMATION_RESUMED


def test_the_tick_takes_out_what_ended_before_rounds_told_so(world: World) -> None:
    """Nobody is reminded of it meanwhile."""
    first = asked(world)
    with world.registry.write(bootstrap_principal()) as tx:
        (one,) = operations.operations(tx)
        tx.session.get_one(OperationRecord, one.id).ended_on = DAY
        tx.session.flush()
        assert due.due(tx, DAY) == []
        campaigns.open_due(tx)
        assert campaigns.campaign(tx, first).withdrawn == 1


def test_every_operation_is_on_some_page(world: World) -> None:
    """A part of them, and how many there are in all; those that ended last."""
    with world.registry.write(officer(world)) as tx:
        made = [operations.register(tx, operation(world.a.unit.id, name)) for name in ("一", "二", "三")]
        ended(tx, made[0])
        pages = [operations.listed(tx, offset=offset, limit=2) for offset in (0, 2)]
    assert [[each.name for each in rows] for rows, _ in pages] == [["二", "三"], ["一"]]
    assert [total for _, total in pages] == [3, 3]


# What was asked


def test_confirmed_answers_stay_when_the_kind_of_an_operation_changes(world: World) -> None:
    """What was asked and as which kind stays with the answer; what is open follows the new kind."""
    first = asked(world)
    done = answered(world, first, staff_files=Result.EXCEPTION)
    world.clock.advance(timedelta(days=31))
    second = asked(world, "2026-05")
    with world.registry.write(officer(world)) as tx:
        (one,) = operations.operations(tx)
        operations.change(
            tx, one.id, name=one.name, set_id="my_number", ended_on=None, expected_version=one.version
        )
        confirmed = answering.confirm(tx, done, expected_version=2)
        (raised,) = register.actions(tx)
        (open_,) = ids(tx, second)
        assert answering.confirmation(tx, open_).asked.id == "my_number"
        assert [row.set_id for row in campaigns.rows(tx, first)[0]] == ["employees"]
        assert [row.set_id for row in campaigns.rows(tx, second)[0]] == ["my_number"]
    asked_then = [question.id for question in confirmed.asked.questions]
    assert confirmed.asked == questions().sets["employees"]
    assert [answer.question_id for answer in confirmed.answers] == asked_then
    assert raised.requirement == "J.9.2"


def test_an_answer_that_was_sent_back_is_given_to_the_new_questions(world: World) -> None:
    """While it waits, the answers of before are read beside the questions of before."""
    first = asked(world)
    back = answered(world, first)
    with world.registry.write(officer(world)) as tx:
        answering.send_back(tx, back, note="種類が違います", expected_version=2)
        (one,) = operations.operations(tx)
        operations.change(
            tx, one.id, name=one.name, set_id="my_number", ended_on=None, expected_version=one.version
        )
        seen = answering.confirmation(tx, back)
    assert (seen.asked.id, seen.answered.id) == ("my_number", "employees")
    with world.registry.write(manager(world)) as tx:
        again = answering.answer(tx, back, all_right("my_number"), expected_version=3)
    assert again.asked.id == "my_number"


def test_answers_of_before_the_questions_were_kept_tell_what_was_asked() -> None:
    """The set that asks just these questions; where none does, that of the operation."""
    sets = questions().sets
    assert kept_sets.of_answers(all_right("employees"), sets["patients"]) == sets["employees"]
    assert kept_sets.of_answers(all_right("employees")[1:], sets["patients"]) == sets["patients"]
    assert kept_sets.of_text(kept_sets.to_text(sets["patients"])) == sets["patients"]


# Workplaces


def _unit(tx: Tx, code: str, kind: UnitKind, parent_id: UnitId) -> UnitId:
    made = organisation.create_unit(
        tx, code=code, kind=kind, name_ja=f"単位{code}", name_en=code, parent_id=parent_id
    )
    return made.id


def test_every_workplace_that_nobody_asks_is_named(world: World) -> None:
    """Departments, sites, entities without any; a monthly operation there is no yearly check of the place."""
    with world.registry.write(bootstrap_principal()) as tx:
        part = _unit(tx, "A-2", UnitKind.DEPARTMENT, world.a.unit.id)
        small = _unit(tx, "S", UnitKind.COMPANY, world.group.id)
        abroad = _unit(tx, "DE", UnitKind.OVERSEAS, world.group.id)
        _unit(tx, "DE-1", UnitKind.DEPARTMENT, abroad)
        found, total = workplaces.missing(tx)
        assert (set(found), total) == ({world.a.site.id, world.b.site.id, part, small}, 4)
        assert workplaces.missing(tx, offset=3, limit=3)[0] == [small]
        operations.register(tx, operation(part, "人事"))
        made = workplaces.register(tx, [part])
        assert workplaces.missing(tx)[1] == 3
        ended(tx, made[0])
        assert workplaces.missing(tx)[1] == 4
    with world.registry.read(officer(world)) as tx:
        assert set(workplaces.missing(tx)[0]) == {world.a.site.id, part}


def test_workplaces_are_registered_at_one_press_and_join_the_round(world: World) -> None:
    """By the names of their units, yearly, once; what is not one's own is refused as a whole."""
    with world.registry.write(officer(world)) as tx:
        operations.register(tx, operation(world.a.unit.id, "本社", Frequency.YEARLY))
        round_ = campaigns.open_campaign(tx, world.a.unit.id, Frequency.YEARLY, YEAR)
        with pytest.raises(AccessDenied):
            workplaces.register(tx, [world.a.site.id, world.b.site.id])
        (made,) = workplaces.register(tx, [world.a.site.id])
        assert (made.name, made.set_id, made.frequency) == (
            world.a.site.name_ja,
            "workplace",
            Frequency.YEARLY,
        )
        assert row_of(tx, round_, made.name).state is ConfirmationState.OPEN
        with pytest.raises(InvalidValue, match="none"):
            workplaces.register(tx, [world.a.site.id])
    assert PERIOD.startswith(YEAR)
