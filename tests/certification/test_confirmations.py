"""Confirmations: questions, answers that are accepted, rounds, two persons, what comes of exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from privacy_mark.actions import register
from privacy_mark.actions.model import ActionState, Source
from privacy_mark.confirmations import answering, campaigns, due, operations, periods
from privacy_mark.confirmations.answers import Answer, Result, accepted, changed, of_text, prefilled, to_text
from privacy_mark.confirmations.campaigns import CampaignId, ConfirmationId, RowFilter
from privacy_mark.confirmations.facts import Fact, facts
from privacy_mark.confirmations.periods import Span
from privacy_mark.confirmations.questions import FactKind, Frequency, QuestionKind, load, questions
from privacy_mark.confirmations.states import ConfirmationState
from privacy_mark.responsible import responsible
from registry import accounts, ledger
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound, ReferenceFileError
from registry.model import Principal, Role
from registry.store import Tx
from registry.store.tables import OrgUnit
from tests.access.confirmations import DAY, PERIOD, all_right, operation
from tests.registry.world import PASSWORD, World, person

SPAN = Span(DAY, DAY + timedelta(days=1), DAY + timedelta(days=9))  # answered nine days after the period
FILE = """
version: 1
sources: {own: ours}
questions:
  - {id: a, kind: physical, requirement: J.9.2, source: own, ja: あ, en: A}
  - {id: b, kind: fact, fact: scans, requirement: J.6.1, source: own, ja: い, en: B}
sets:
  - {id: s, frequency: monthly, ja: し, en: S, questions: [a, b]}
"""


def officer(world: World) -> Principal:
    """Return the privacy manager of company A."""
    return person(2, Role.OFFICER, world.a.unit.id)


def manager(world: World) -> Principal:
    """Return a department manager of company A."""
    return person(7, Role.DEPARTMENT_MANAGER, world.a.unit.id)


def known(**right: bool | None) -> Mapping[FactKind, Fact]:
    """Return facts that are all as they should be but those given."""
    return {kind: Fact(kind, right.get(kind.value, True), {"open": 1}) for kind in FactKind}


def asked(world: World, period: str = PERIOD, names: tuple[str, ...] = ("採用",)) -> CampaignId:
    """Register operations in company A that there are not yet, and open a round."""
    with world.registry.write(officer(world)) as tx:
        there = {each.name for each in operations.operations(tx)}
        for name in names:
            if name not in there:
                operations.register(tx, operation(world.a.unit.id, name))
        return campaigns.open_campaign(tx, world.a.unit.id, Frequency.MONTHLY, period)


def ids(tx: Tx, campaign_id: CampaignId) -> list[ConfirmationId]:
    """Return the confirmations of a round."""
    return [row.id for row in campaigns.rows(tx, campaign_id)[0]]


def answered(world: World, campaign_id: CampaignId, **results: Result) -> ConfirmationId:
    """Answer the first confirmation of a round as the department manager."""
    with world.registry.write(manager(world)) as tx:
        first = ids(tx, campaign_id)[0]
        seen = answering.confirmation(tx, first)
        day = min(max(DAY, periods.first_day(seen.period)), periods.last_day(seen.period))
        given = [replace(each, checked_on=day if each.checked_on else None) for each in all_right(**results)]
        answering.answer(tx, first, given, expected_version=seen.version)
    return first


# Questions


def test_every_set_asks_in_both_languages_and_looks_somewhere() -> None:
    """The product's file loads; each kind of operation has something that nobody can tell from a desk."""
    found = questions()
    assert {"workplace", "patients", "my_number"} <= found.sets.keys()
    for each in found.sets.values():
        kinds = {question.kind for question in each.questions}
        assert kinds >= {QuestionKind.PHYSICAL, QuestionKind.DECLARED}, each.id
        assert all(question.text.ja and question.text.en for question in each.questions)


@pytest.mark.parametrize(
    ("old", "new", "line", "why"),
    [
        ("kind: physical", "kind: looked", 5, "must be one of fact, declared, physical"),
        ("fact: scans, ", "", 6, "names its fact"),
        ("kind: physical, ", "kind: physical, fact: scans, ", 5, "names its fact"),
        ("J.9.2", "9.2", 5, "no clause"),
        ("source: own, ja: あ", "source: yours, ja: あ", 5, "no such source"),
        ("[a, b]", "[a, b, c]", 8, "no such question"),
        ("[a, b]", "[a, a]", 8, "asked twice"),
        ("[a, b]", "[a]", 5, "no set asks b"),
        ("id: b", "id: a", 6, "given twice"),
        ("monthly", "daily", 8, "must be one of monthly, yearly"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(old: str, new: str, line: int, why: str) -> None:
    """Who corrects the questions is told where."""
    assert load(FILE, "f.yaml").sets.keys() == {"s"}
    with pytest.raises(ReferenceFileError) as caught:
        load(FILE.replace(old, new, 1), "f.yaml")
    assert f"f.yaml:{line}:" in str(caught.value)
    assert why in str(caught.value)


# Answers


def test_only_what_somebody_has_to_look_at_is_left_open() -> None:
    """Declared is offered as right, a fact as it is; a physical check and an unknown fact never."""
    offered = {
        question.kind: prefilled(question, known(scans=False))
        for question in questions().sets["employees"].questions
        if question.fact in (None, FactKind.SCANS)
    }
    assert offered == {
        QuestionKind.FACT: Result.EXCEPTION,
        QuestionKind.DECLARED: Result.RIGHT,
        QuestionKind.PHYSICAL: None,
    }
    (access,) = [each for each in questions().sets["employees"].questions if each.id == "access_changes"]
    assert prefilled(access, known(access=None)) is None


@pytest.mark.parametrize(
    ("question", "column", "value", "rule"),
    [
        ("shredded", "checker", " ", "checker_required"),
        ("shredded", "checked_on", None, "day_required"),
        ("shredded", "checked_on", DAY + timedelta(days=10), "day_future"),
        ("shredded", "checked_on", DAY - timedelta(days=1), "day_before_period"),
        ("shredded", "checked_on", DAY + timedelta(days=2), "day_after_period"),
        ("shredded", "checker", "x" * 101, "too_long"),
        ("incidents", "note", "x" * 1001, "too_long"),
        ("scans_complete", "note", "", "note_required"),  # says right where the platform knows otherwise
    ],
)
def test_an_answer_that_nobody_stands_for_is_refused(
    question: str, column: str, value: object, rule: str
) -> None:
    """The refusal names the question and the rule."""
    of = questions().sets["employees"]
    given = [
        replace(each, **{column: value}) if each.question_id == question else each for each in all_right()
    ]
    with pytest.raises(InvalidValue) as caught:
        accepted(of, given, known(scans=False), span=SPAN)
    assert (caught.value.column, caught.value.rule) == (question, rule)


@pytest.mark.parametrize("result", [Result.EXCEPTION, Result.NOT_APPLICABLE])
def test_what_is_not_right_needs_words(result: Result) -> None:
    """An exception without a word tells nobody what to correct."""
    given = [replace(each, note="") for each in all_right(incidents=result)]
    with pytest.raises(InvalidValue, match="incidents"):
        accepted(questions().sets["employees"], given, known(), span=Span(DAY, DAY, DAY))


def test_every_question_is_answered_and_no_other() -> None:
    """A form that lost a question, or gained one, is refused."""
    of, given = questions().sets["employees"], all_right()
    for answers, name in (
        (given[1:], given[0].question_id),
        ([*given, Answer("else", Result.RIGHT)], "else"),
    ):
        with pytest.raises(InvalidValue, match=name):
            accepted(of, answers, known(), span=Span(DAY, DAY, DAY))


def test_answers_are_kept_with_the_numbers_beside_them() -> None:
    """What was known when somebody answered can be read again later."""
    of = questions().sets["employees"]
    given = accepted(of, all_right(), known(), span=Span(DAY, DAY, DAY))
    assert of_text(to_text(given)) == given
    assert given[0].numbers == {"open": 1}
    assert changed(given, given) == frozenset()
    other = [
        replace(each, result=Result.EXCEPTION) if each.question_id == "shredded" else each for each in given
    ]
    assert changed(given, other) == {"shredded"}


# Facts


def test_facts_count_what_lies_in_the_unit(world: World) -> None:
    """A source that no scan reached, an entry that was never reviewed, a role that was given."""
    with world.registry.write(person(11, Role.ADMINISTRATOR, world.group.id)) as tx:
        accounts.grant(tx, world.a.user_id, Role.EXECUTIVE, world.a.unit.id, valid_from=DAY)
    with world.registry.read(officer(world)) as tx:
        of_a = facts(tx, world.a.unit.id, DAY, DAY)
        empty = facts(tx, world.a.site.id, DAY, DAY)
        assert len(ledger.entries(tx)) == of_a[FactKind.LEDGER].numbers["entries"]
    scans = of_a[FactKind.SCANS]
    assert scans.is_right is False
    assert scans.numbers == {"sources": 1, "scanned": 0, "complete": 0, "unexamined": 0}
    assert of_a[FactKind.LEDGER].is_right is False
    access = of_a[FactKind.ACCESS]
    assert (access.is_right, access.numbers["given"], access.numbers["ended"]) == (None, 1, 0)
    assert (empty[FactKind.SCANS].is_right, empty[FactKind.LEDGER].is_right) == (None, None)


# Rounds


@pytest.mark.parametrize(
    ("frequency", "day", "period", "first", "last"),
    [
        (Frequency.MONTHLY, date(2028, 2, 29), "2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        (Frequency.MONTHLY, date(2026, 12, 31), "2026-12", date(2026, 12, 1), date(2026, 12, 31)),
        (Frequency.YEARLY, date(2026, 3, 31), "2025", date(2025, 4, 1), date(2026, 3, 31)),
        (Frequency.YEARLY, date(2026, 4, 1), "2026", date(2026, 4, 1), date(2027, 3, 31)),
    ],
)
def test_a_period_is_a_month_or_a_fiscal_year(
    frequency: Frequency, day: date, period: str, first: date, last: date
) -> None:
    """Fiscal years begin in April."""
    assert periods.period_of(frequency, day) == period
    assert (periods.first_day(period), periods.last_day(period)) == (first, last)
    assert periods.is_period(frequency, period)
    assert not periods.is_period(frequency, period + "0")


def test_a_round_asks_each_operation_once(world: World) -> None:
    """A second call has nobody to ask and is refused; the day is a working day."""
    first = asked(world)
    with world.registry.write(officer(world)) as tx:
        assert campaigns.campaign(tx, first).due_on == date(2026, 5, 11)  # ten days on is a Sunday
        with pytest.raises(InvalidValue, match="operations"):
            campaigns.open_campaign(tx, world.a.unit.id, Frequency.MONTHLY, PERIOD)
        for period, rule in (("2026-4", "malformed"), ("2026", "malformed"), ("2026-05", "future")):
            with pytest.raises(InvalidValue, match=rule):
                campaigns.open_campaign(tx, world.a.unit.id, Frequency.MONTHLY, period)


def test_what_ended_is_asked_no_more_and_rounds_go_on_by_themselves(world: World) -> None:
    """The tick opens the next month wherever there was a round, once."""
    asked(world, names=("採用", "給与"))
    with world.registry.write(officer(world)) as tx:
        one = operations.operations(tx)[0]
        operations.change(
            tx, one.id, name=one.name, set_id=one.set_id, ended_on=DAY, expected_version=one.version
        )
        assert campaigns.open_due(tx) == 0
    world.clock.advance(timedelta(days=31))
    with world.registry.write(person(11, Role.ADMINISTRATOR, world.group.id)) as tx:
        assert (campaigns.open_due(tx), campaigns.open_due(tx)) == (1, 0)
        newest = campaigns.campaigns(tx)[0]
    assert (newest.period, newest.total) == ("2026-05", 1)


def test_a_unit_that_was_merged_begins_no_round(world: World) -> None:
    """And stops no other one: the tick goes on."""
    asked(world)
    with world.registry.write(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        operations.register(tx, operation(world.b.unit.id, "給与"))
        campaigns.open_campaign(tx, world.b.unit.id, Frequency.MONTHLY, PERIOD)
    world.clock.advance(timedelta(days=31))
    administrator = person(11, Role.ADMINISTRATOR, world.group.id)
    with world.registry.write(administrator) as tx:
        tx.session.get_one(OrgUnit, world.a.unit.id).closed_at = tx.now
        tx.session.flush()
        assert campaigns.open_due(tx) == 1
        assert campaigns.campaigns(tx)[0].unit_id == world.b.unit.id


def test_a_round_tells_how_far_it_is(world: World) -> None:
    """Counts, exceptions, differences from the month before; rows by state."""
    first = asked(world, names=("採用", "給与"))
    answered(world, first)
    world.clock.advance(timedelta(days=31))
    second = asked(world, "2026-05", names=("採用", "給与"))
    answered(world, second, shredded=Result.EXCEPTION)
    with world.registry.read(officer(world)) as tx:
        told = campaigns.campaign(tx, second)
        assert (told.total, told.answered, told.exceptions, told.changed) == (2, 1, 1, 1)
        assert [each.period for each in campaigns.campaigns(tx)] == ["2026-05", PERIOD]
        open_, count = campaigns.rows(tx, second, RowFilter(states=(ConfirmationState.OPEN,)))
        assert ([row.state for row in open_], count) == ([ConfirmationState.OPEN], 1)
        (odd,), _ = campaigns.rows(tx, second, RowFilter(with_exceptions=True, changed=True))
        assert (odd.exceptions, odd.changes) == (1, 1)
        assert answering.confirmation(tx, odd.id).changed == {"shredded"}
        assert campaigns.rows(tx, second, offset=1, limit=1)[1] == 2
    with world.registry.read(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        assert campaigns.campaigns(tx) == []
        with pytest.raises(NotFound):
            campaigns.campaign(tx, second)


# One confirmation


def test_another_person_confirms_and_exceptions_become_corrective_actions(world: World) -> None:
    """Who answered does not confirm; each exception goes on with its clause and words."""
    round_ = asked(world)
    first = answered(world, round_, shredded=Result.EXCEPTION, staff_files=Result.NOT_APPLICABLE)
    both = replace(officer(world), user_id=manager(world).user_id)
    with world.registry.write(both) as tx, pytest.raises(InvalidValue, match="own_answer"):
        answering.confirm(tx, first, expected_version=2)
    with world.registry.write(officer(world)) as tx:
        done = answering.confirm(tx, first, expected_version=2)
        (action,) = register.actions(tx)
    assert (done.state, done.actions, done.answerer_id) == (
        ConfirmationState.CONFIRMED,
        (action.number,),
        7,
    )
    assert (action.source, action.requirement) == (Source.CONFIRMATION, "J.9.2")
    assert (action.reference, action.state) == (f"{done.number}/shredded", ActionState.FOUND)
    assert action.finding.startswith("確かめた")
    with world.registry.write(manager(world)) as tx, pytest.raises(InvalidValue, match="confirmed"):
        answering.answer(tx, first, all_right(), expected_version=done.version)


def test_what_is_still_being_corrected_opens_no_second_action(world: World) -> None:
    """Next month's same exception names the open action; another operation's begins its own."""
    for period in ("2026-03", PERIOD):
        round_ = asked(world, period, ("採用", "経理"))
        for _ in range(2):
            first = answered(world, round_, shredded=Result.EXCEPTION)
            with world.registry.write(officer(world)) as tx:
                answering.confirm(tx, first, expected_version=2)
    with world.registry.read(officer(world)) as tx:
        assert [each.number for each in register.actions(tx)] == ["CA-0002", "CA-0001"]
        assert [row.actions for row in campaigns.rows(tx, round_)[0]] == [("CA-0001",), ("CA-0002",)]


def test_an_answer_that_was_sent_back_is_given_again(world: World) -> None:
    """With the reason; what was never answered cannot be confirmed."""
    round_ = asked(world)
    with world.registry.write(officer(world)) as tx:
        (first,) = ids(tx, round_)
        with pytest.raises(InvalidValue, match="not_answered"):
            answering.confirm(tx, first, expected_version=1)
    answered(world, round_)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="note"):
            answering.send_back(tx, first, note=" ", expected_version=2)
        back = answering.send_back(tx, first, note="鍵の確認者は誰ですか", expected_version=2)
    assert (back.state, back.note) == (ConfirmationState.RETURNED, "鍵の確認者は誰ですか")
    answered(world, round_)
    with world.registry.read(officer(world)) as tx:
        again = answering.confirmation(tx, first)
    assert (again.state, again.note, again.version) == (ConfirmationState.ANSWERED, "", 4)


def test_a_stale_answer_is_a_conflict(world: World) -> None:
    """Two who answer at the same time: the second is told of the first."""
    first = answered(world, asked(world))
    with world.registry.write(officer(world)) as tx, pytest.raises(Conflict) as caught:
        answering.answer(tx, first, all_right(), expected_version=1)
    assert (caught.value.who, caught.value.version) == (manager(world).name, 2)


def test_the_platform_is_asked_again_when_somebody_answers(world: World) -> None:
    """A form that says right without a word is refused when the scan is missing by then."""
    round_ = asked(world)
    with world.registry.write(manager(world)) as tx:
        (first,) = ids(tx, round_)
        assert answering.known_facts(tx, first)[FactKind.SCANS].is_right is False
        given = [replace(each, note="") for each in all_right()]
        with pytest.raises(InvalidValue, match="scans_complete"):
            answering.answer(tx, first, given, expected_version=1)


def test_everybody_is_told_what_waits_for_them(world: World) -> None:
    """An open one for who answers, an answered one for who confirms."""
    round_ = asked(world, names=("採用", "給与"))
    answered(world, round_)
    with world.registry.read(manager(world)) as tx:
        assert [each.kind for each in due.due(tx, DAY)] == [due.ANSWER]
    with world.registry.read(officer(world)) as tx:
        assert {each.kind for each in due.due(tx, DAY)} == {due.ANSWER, due.CONFIRM}
        assert {each.due_on for each in due.due(tx, DAY)} == {date(2026, 5, 11)}


def test_the_manager_of_a_department_confirms_what_another_of_it_answered(world: World) -> None:
    """They are told of it and confirm or send back; who answered is neither told of it nor named for it."""
    round_ = asked(world, names=("採用", "給与"))
    unit = world.a.unit.id
    assets = person(8, Role.INFORMATION_ASSETS_MANAGER, unit)
    with world.registry.write(assets) as tx:
        first, second = ids(tx, round_)
        for each in (first, second):
            answering.answer(tx, each, all_right(), expected_version=1)
        assert due.due(tx, DAY) == []
        with pytest.raises(AccessDenied):
            answering.confirm(tx, first, expected_version=2)
    with world.registry.write(manager(world)) as tx:
        told = due.due(tx, DAY)
        assert [each.kind for each in told] == [due.CONFIRM, due.CONFIRM]
        done = answering.confirm(tx, first, expected_version=2)
        answering.send_back(tx, second, note="いつ見ましたか", expected_version=2)
        assert (done.state, done.answerer, done.confirmer) == (
            ConfirmationState.CONFIRMED,
            assets.name,
            manager(world).name,
        )
        answering.answer(tx, second, all_right(), expected_version=3)
        assert due.due(tx, DAY) == []


def test_who_is_to_confirm_is_the_departments_manager_unless_they_answered(world: World) -> None:
    """Then it falls to the privacy manager."""
    round_ = asked(world, names=("採用", "給与"))
    unit = world.a.unit.id
    with world.registry.write(bootstrap_principal()) as tx:
        made = accounts.create_account(tx, "manager", "部長", PASSWORD, "ja", unit_id=unit)
        accounts.grant(tx, made, Role.DEPARTMENT_MANAGER, unit)
        waiting = ids(tx, round_)
    both = (person(int(made), Role.DEPARTMENT_MANAGER, unit), manager(world))
    for who, each in zip(both, waiting, strict=True):
        with world.registry.write(who) as tx:
            answering.answer(tx, each, all_right(), expected_version=1)
    with world.registry.read(officer(world)) as tx:
        told = due.due(tx, DAY)
        assert [each.post for each in responsible(tx, told)] == [Role.OFFICER, Role.DEPARTMENT_MANAGER]
