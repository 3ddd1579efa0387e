"""The self check of overseas companies: questions, answers, doubts, sampling, three persons."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from privacy_mark.actions import register
from privacy_mark.actions.model import Source
from privacy_mark.self_check import checking, due, rounds, sampling
from privacy_mark.self_check.answers import (
    Answer,
    Contradiction,
    Fallen,
    Missed,
    accepted,
    counts,
    doubts,
    of_text,
    to_text,
)
from privacy_mark.self_check.checking import Verified
from privacy_mark.self_check.questions import Level, load, self_check
from privacy_mark.self_check.rounds import CheckId, CheckState, RoundId
from privacy_mark.self_check.sampling import Candidate
from registry import organisation
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound, ReferenceFileError
from registry.journal import lines, newest_of
from registry.model import Principal, Role, UnitId, UnitKind
from tests.access.rights import DAY
from tests.access.self_check import answers, asked, verified
from tests.registry.world import World, person

FILE = """
version: 1
control_set: ISO
sources: {own: ours}
topics: [{id: t, ja: て, en: T}]
questions:
  - {id: a, topic: t, source: own, controls: ["5.1"], ja: あ, en: A}
  - {id: b, topic: t, source: own, controls: ["8.34"], ja: い, en: B}
rules:
  - {question: a, answers: [implemented], other: b, never: ["no"], ja: う, en: C}
"""
AUDITOR = 31


def company(world: World) -> UnitId:
    """Put an overseas company below the group and return it."""
    with world.registry.write(bootstrap_principal()) as tx:
        return organisation.create_unit(
            tx,
            code="DE",
            kind=UnitKind.OVERSEAS,
            name_ja="独",
            name_en="Germany",
            parent_id=world.group.id,
        ).id


def headquarters(world: World, role: Role = Role.AUDIT_MANAGER) -> Principal:
    """Return somebody of the headquarters' audit."""
    return person(AUDITOR, role, world.group.id)


def begun(world: World) -> tuple[UnitId, RoundId, CheckId]:
    """Ask the overseas company this year."""
    unit_id = company(world)
    with world.registry.write(headquarters(world)) as tx:
        round_id = rounds.open_round(tx, world.group.id, 2026)
        (row,) = rounds.rounds(tx)[0].rows
    return unit_id, round_id, row.id


def approved(world: World, **levels: Level) -> tuple[RoundId, CheckId]:
    """Answer and approve in the overseas company."""
    unit_id, round_id, check_id = begun(world)
    with world.registry.write(person(41, Role.DEPARTMENT_MANAGER, unit_id)) as tx:
        checking.answer(tx, check_id, answers(**levels), expected_version=1)
    with world.registry.write(person(42, Role.OFFICER, unit_id)) as tx:
        checking.approve(tx, check_id, expected_version=2)
    return round_id, check_id


# Questions


def test_every_control_of_the_set_is_asked_for() -> None:
    """93 controls, each in one question at least; every topic has questions."""
    of = self_check()
    controls = {control for question in of.questions.values() for control in question.controls}
    groups = {5: 37, 6: 8, 7: 14, 8: 34}
    expected = {f"{group}.{number}" for group, count in groups.items() for number in range(1, count + 1)}
    assert controls == expected
    assert {question.topic for question in of.questions.values()} == {topic.id for topic in of.topics}


@pytest.mark.parametrize(
    ("old", "new", "line", "why"),
    [
        (
            'topic: t, source: own, controls: ["5.1"]',
            'topic: u, source: own, controls: ["5.1"]',
            7,
            "no such topic",
        ),
        ("5.1", "4.1", 7, "no control"),
        ('source: own, controls: ["5.1"]', 'source: x, controls: ["5.1"]', 7, "no such source"),
        ("id: b", "id: a", 8, "given twice"),
        ("other: b", "other: c", 10, "no such question"),
        ("[implemented]", "[done]", 10, "must be one of implemented"),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(old: str, new: str, line: int, why: str) -> None:
    """Who corrects the questions is told where."""
    assert list(load(FILE, "f.yaml").questions) == ["a", "b"]
    with pytest.raises(ReferenceFileError) as caught:
        load(FILE.replace(old, new, 1), "f.yaml")
    assert f"f.yaml:{line}:" in str(caught.value)
    assert why in str(caught.value)


def test_a_version_asks_neither_later_questions_nor_dropped_ones() -> None:
    """A question came, another was dropped; rules and topics of what is not asked are left out."""
    text = FILE.replace("version: 1", "version: 3").replace("ja: あ, en: A", "ja: あ, en: A, until: 2")
    text = text.replace("ja: い, en: B", "ja: い, en: B, since: 2")
    form = load(text, "f.yaml")
    assert [list(form.of(version).questions) for version in (1, 2, 3)] == [["a"], ["a", "b"], ["b"]]
    assert [len(form.of(version).rules) for version in (1, 2, 3)] == [0, 1, 0]
    assert form.of(1).topics == form.topics
    for wrong in ("since: 4", "since: 0", "until: 3", "until: 0"):
        with pytest.raises(ReferenceFileError, match=r"f\.yaml:7:"):
            load(FILE.replace("version: 1", "version: 3").replace("en: A", f"en: A, {wrong}"), "f.yaml")


def test_a_round_asks_the_questions_of_the_version_it_began_with(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Questions of a later version wait for the next round, on the form and in what is taken."""
    unit_id, _, check_id = begun(world)
    now = self_check()
    *rest, late = now.questions.values()
    newer = replace(now, version=2, questions={each.id: each for each in (*rest, replace(late, since=2))})
    monkeypatch.setattr(checking, "self_check", lambda: newer)
    given = [each for each in answers() if each.question_id != late.id]
    with world.registry.write(person(41, Role.DEPARTMENT_MANAGER, unit_id)) as tx:
        assert late.id not in checking.check(tx, check_id).form.questions
        with pytest.raises(InvalidValue, match="unknown"):
            checking.answer(tx, check_id, answers(), expected_version=1)
        made = checking.answer(tx, check_id, given, expected_version=1)
    assert late.id not in {each.question_id for each in made.answers}


# Answers


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        (Answer("logs", Level.IMPLEMENTED, " ", "x"), "evidence_required"),
        (Answer("logs", Level.PARTLY, "", "x"), "evidence_required"),
        (Answer("logs", Level.NO, "x", ""), "note_required"),
        (Answer("logs", Level.NOT_APPLICABLE, "x", " "), "note_required"),
        (Answer("logs", Level.PLANNED, "x", "x"), "day_required"),
        (Answer("logs", Level.PLANNED, "x", "x", DAY - timedelta(days=1)), "day_past"),
        (Answer("logs", Level.IMPLEMENTED, "x" * 1001), "too_long"),
    ],
)
def test_an_answer_without_its_proof_is_refused(answer: Answer, rule: str) -> None:
    """The refusal names the question."""
    given = [answer if each.question_id == "logs" else each for each in answers()]
    with pytest.raises(InvalidValue) as caught:
        accepted(self_check(), given, DAY)
    assert (caught.value.column, caught.value.rule) == ("logs", rule)


def test_every_question_is_answered_and_kept() -> None:
    """Nothing is missing, nothing is added, and what was sealed reads as it was written."""
    given = accepted(self_check(), answers(logs=Level.PARTLY), DAY)
    assert of_text(to_text(given)) == given
    assert counts(given)[Level.PARTLY] == 1
    for wrong in (answers()[1:], [*answers(), Answer("else", Level.NO)]):
        with pytest.raises(InvalidValue):
            accepted(self_check(), wrong, DAY)


def test_doubts_are_what_does_not_go_together_or_fell_behind() -> None:
    """A contradiction, something that was done last year, and a plan that was missed."""
    of = self_check()
    before = [
        replace(each, level=Level.PLANNED, planned_on=DAY - timedelta(days=1))
        if each.question_id == "logs"
        else each
        for each in answers()
    ]
    now = answers(incident_plan=Level.NO, logs=Level.PLANNED, patches=Level.NOT_APPLICABLE)
    found = doubts(of, now, before, DAY)
    assert {each.rule.question for each in found if isinstance(each, Contradiction)} == {
        "breach_deadline",
        "incident_drill",
    }
    assert Fallen("incident_plan", Level.IMPLEMENTED, Level.NO) in found
    assert Missed("logs", DAY - timedelta(days=1)) in found
    assert len(found) == 4
    assert doubts(of, answers(), answers(), DAY) == []


# Sampling


def test_doubtful_companies_are_drawn_first_and_a_draw_can_be_repeated() -> None:
    """The same round draws the same companies; another one others; claims are verified before gaps."""
    candidates = [Candidate(number, doubts=3 if number == 17 else 0) for number in range(100)]
    first = sampling.companies(candidates, 0.1, "round 1")
    assert (len(first), 17 in first) == (10, True)
    assert first == sampling.companies(list(reversed(candidates)), 0.1, "round 1")
    assert first != sampling.companies(candidates, 0.1, "round 2")
    assert len(sampling.companies(candidates[:3], 0.01, "x")) == 1
    with pytest.raises(ValueError, match="share"):
        sampling.companies(candidates, 0, "x")
    few = answers(**dict.fromkeys(list(self_check().questions)[4:], Level.NO))
    chosen = sampling.questions(few, "lot")
    assert set(chosen) > {each.question_id for each in few[:4]}
    assert len(chosen) == sampling.QUESTIONS


# Rounds and persons


def test_every_overseas_company_is_asked_once_a_year(world: World) -> None:
    """Domestic ones are not; another call asks nobody twice; a year far off is refused."""
    unit_id, _, _ = begun(world)
    with world.registry.write(headquarters(world)) as tx:
        (round_,) = rounds.rounds(tx)
        assert [row.unit_id for row in round_.rows] == [unit_id]
        assert (round_.due_on, round_.count(CheckState.OPEN)) == (date(2026, 6, 1), 1)
        with pytest.raises(InvalidValue, match="companies"):
            rounds.open_round(tx, world.group.id, 2026)
        with pytest.raises(InvalidValue, match="year"):
            rounds.open_round(tx, world.group.id, 2028)
    with world.registry.read(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        assert rounds.rounds(tx) == []


def test_three_persons_stand_for_a_result(world: World) -> None:
    """Who answered does not approve, who approved does not confirm, and no company verifies itself."""
    unit_id, round_id, check_id = begun(world)
    officer = person(42, Role.OFFICER, unit_id)
    with world.registry.write(officer) as tx:
        with pytest.raises(InvalidValue, match="not_answered"):
            checking.approve(tx, check_id, expected_version=1)
        checking.answer(tx, check_id, answers(incident_plan=Level.NO), expected_version=1)
        with pytest.raises(InvalidValue, match="own_answer"):
            checking.approve(tx, check_id, expected_version=2)
    with world.registry.write(person(43, Role.OFFICER, unit_id)) as tx:
        done = checking.approve(tx, check_id, expected_version=2)
        with pytest.raises(InvalidValue, match="approved"):
            checking.answer(tx, check_id, answers(), expected_version=3)
    assert (done.state, len(done.doubts)) == (CheckState.APPROVED, 2)
    with world.registry.write(person(44, Role.AUDITOR, unit_id)) as tx, pytest.raises(AccessDenied):
        checking.confirm(tx, check_id, [], expected_version=3)
    with world.registry.write(headquarters(world)) as tx:
        assert rounds.draw_sample(tx, round_id, 0.1) == 1
        with pytest.raises(InvalidValue, match="companies"):
            rounds.draw_sample(tx, round_id, 0.1)
        drawn = checking.check(tx, check_id)
        assert len(drawn.sample) == sampling.QUESTIONS
        with pytest.raises(InvalidValue, match="required"):
            checking.confirm(tx, check_id, [], expected_version=4)
        blank = [Verified(name, agrees=True, seen=" ") for name in drawn.sample]
        with pytest.raises(InvalidValue, match="note_required"):
            checking.confirm(tx, check_id, blank, expected_version=4)
        ended = checking.confirm(tx, check_id, verified(drawn, agrees=False), expected_version=4)
        opened = register.actions(tx, unit_id=unit_id)
    assert ended.state is CheckState.CONFIRMED
    assert {each.agrees for each in ended.verified.values()} == {False}
    assert len(opened) == sampling.QUESTIONS
    assert {each.source for each in opened} == {Source.SELF_CHECK}
    assert {each.reference for each in opened} == {f"{drawn.number}/{name}" for name in drawn.sample}
    assert all(each.requirement.startswith("ISO/IEC 27001:2022 A.") for each in opened)


def test_headquarters_send_back_and_the_company_answers_again(world: World) -> None:
    """What was drawn and approved is gone with it; a stale answer is a conflict."""
    _, check_id = approved(world)
    with world.registry.write(headquarters(world)) as tx:
        back = checking.send_back(tx, check_id, note="証跡の場所は", expected_version=3)
        unit_id = back.unit_id
    assert (back.state, back.note, back.approver) == (CheckState.RETURNED, "証跡の場所は", "")
    with world.registry.write(person(41, Role.DEPARTMENT_MANAGER, unit_id)) as tx:
        with pytest.raises(Conflict):
            checking.answer(tx, check_id, answers(), expected_version=3)
        again = checking.answer(tx, check_id, answers(), expected_version=4)
    assert (again.state, again.note) == (CheckState.ANSWERED, "")
    with world.registry.write(person(41, Role.DEPARTMENT_MANAGER, unit_id)) as tx:
        checking.answer(tx, check_id, answers(logs=Level.PARTLY), expected_version=5)
        told = newest_of(tx, rounds.CHECK, check_id)
    assert told.before == {"logs": "implemented / 規程集 / 説明"}
    assert told.after is not None
    assert told.after["logs"] == "partly / 規程集 / 説明"
    with world.registry.read(bootstrap_principal()) as tx:
        first, *_, returned, second, _ = [each for each in lines(tx) if each.table == rounds.CHECK][::-1]
    assert first.before == {"state": "open"}
    assert first.after is not None
    assert first.after["logs"] == "implemented / 規程集 / 説明"
    assert (returned.after or {})["note"] == "証跡の場所は"
    assert (returned.before or {})["approver"] == "officer 42"
    assert (second.before or {})["note"] == "証跡の場所は"


def test_nothing_is_confirmed_before_a_sample_was_drawn(world: World) -> None:
    """A company that was sent back is drawn anew; the journal names whom a draw covered and who was drawn."""
    round_id, check_id = approved(world)
    with world.registry.write(headquarters(world)) as tx:
        assert [(each.kind, each.number) for each in due.due(tx, DAY)] == [(due.DRAW, "2026")]
        with pytest.raises(InvalidValue, match="not_drawn"):
            checking.confirm(tx, check_id, [], expected_version=3)
        rounds.draw_sample(tx, round_id, 0.05)
        drawn = checking.check(tx, check_id)
        assert [each.kind for each in due.due(tx, DAY)] == [due.CONFIRM]
        of_round = newest_of(tx, rounds.TABLE, round_id).after
        assert of_round == {"share": 0.05, "of": 1, "drawn": [drawn.number]}
        assert newest_of(tx, rounds.CHECK, check_id).after == {
            "drawn": True,
            "questions": list(drawn.sample),
        }
        back = checking.send_back(tx, check_id, note="見直す", expected_version=drawn.version)
    with world.registry.write(person(41, Role.DEPARTMENT_MANAGER, back.unit_id)) as tx:
        checking.answer(tx, check_id, answers(), expected_version=back.version)
    with world.registry.write(person(42, Role.OFFICER, back.unit_id)) as tx:
        again = checking.approve(tx, check_id, expected_version=back.version + 1)
    with world.registry.write(headquarters(world)) as tx, pytest.raises(InvalidValue, match="not_drawn"):
        checking.confirm(tx, check_id, [], expected_version=again.version)


def test_nobody_above_stands_for_the_company(world: World) -> None:
    """Who may manage confirmations of the whole group neither approves nor sends back, and is not told."""
    unit_id, _, check_id = begun(world)
    with world.registry.write(person(41, Role.DEPARTMENT_MANAGER, unit_id)) as tx:
        checking.answer(tx, check_id, answers(), expected_version=1)
    for role in (Role.GROUP_OFFICER, Role.CERTIFICATION_TEAM, Role.ADMINISTRATOR):
        with world.registry.write(person(45, role, world.group.id)) as tx:
            assert due.APPROVE not in {each.kind for each in due.due(tx, DAY)}
            with pytest.raises(AccessDenied):
                checking.approve(tx, check_id, expected_version=2)
            with pytest.raises(AccessDenied):
                checking.send_back(tx, check_id, note="x", expected_version=2)
    with world.registry.write(person(42, Role.OFFICER, unit_id)) as tx:
        assert due.APPROVE in {each.kind for each in due.due(tx, DAY)}
        assert checking.approve(tx, check_id, expected_version=2).state is CheckState.APPROVED


def test_last_year_stands_beside_this_year(world: World) -> None:
    """The answers of the year before are shown, and what fell behind is told."""
    with world.registry.write(bootstrap_principal()) as tx:
        earlier, now = asked(tx, world.a.unit.id, 2025, 2026)
    with world.registry.write(person(2, Role.OFFICER, world.a.unit.id)) as tx:
        checking.answer(tx, earlier, answers("前の年"), expected_version=1)
        told = checking.answer(tx, now, answers(logs=Level.PARTLY), expected_version=1)
    assert told.before[0].evidence == "規程集 前の年"
    assert told.doubts == (Fallen("logs", Level.IMPLEMENTED, Level.PARTLY),)


def test_everybody_is_told_what_waits_for_them(world: World) -> None:
    """To answer, to approve, to confirm; nothing for another company."""
    unit_id, _, check_id = begun(world)
    with world.registry.read(person(41, Role.DEPARTMENT_MANAGER, unit_id)) as tx:
        assert [(each.kind, each.number) for each in due.due(tx, DAY)] == [(due.ANSWER, f"G-{check_id:05d}")]
    with world.registry.read(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        assert due.due(tx, DAY) == []
        with pytest.raises(NotFound):
            checking.check(tx, check_id)
