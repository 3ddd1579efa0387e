"""Assessments: findings answered by their owner, approved by another person, reported; the on-site room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text, update

from privacy_mark.assessments import due, findings, index, letters, lookup, owners, register, reports, visit
from privacy_mark.assessments import rules as rule_file
from privacy_mark.assessments.index import RecordKind
from privacy_mark.assessments.interview import questions
from privacy_mark.assessments.model import (
    AssessmentId,
    Evidence,
    EvidenceKind,
    Finding,
    FindingState,
    Letter,
    LetterState,
    ReportState,
    Slot,
    Stage,
    Turn,
)
from privacy_mark.assessments.rules import rules
from privacy_mark.certificates import register as certificates
from privacy_mark.certificates import rounds
from privacy_mark.certificates.model import RoundState
from privacy_mark.certificates.steps import Step
from privacy_mark.processors import evaluations as evaluating
from registry import accounts, processors
from registry.access import bootstrap_principal
from registry.errors import (
    AccessDenied,
    Conflict,
    Duplicate,
    InvalidValue,
    NotFound,
    ReferenceFileError,
    StoreError,
)
from registry.journal import lines
from registry.model import Principal, Role, UserId
from registry.processors import ProcessorDraft
from registry.store import Tx
from registry.store.assessment_tables import FindingRecord
from tests.access import evaluations
from tests.access.assessments import PAPER, draft, received
from tests.access.certificates import SCALE, term
from tests.access.rights import DAY
from tests.registry.world import PASSWORD, World, person

SECRET = "控えが特定されていない"


def officer(world: World, number: int = 2) -> Principal:
    """Return a privacy manager of company A."""
    return person(number, Role.OFFICER, world.a.unit.id)


def manager(world: World, number: int = 61) -> Principal:
    """Return the manager of the site of company A."""
    return person(number, Role.DEPARTMENT_MANAGER, world.a.site.id)


def started(world: World) -> AssessmentId:
    """Begin the assessment of an application that was handed in."""
    with world.registry.write(officer(world)) as tx:
        held = certificates.register(tx, world.a.unit.id, "jipdec", scale=SCALE, term=term(10_000_001))
        begun = rounds.start(tx, held.id, apply_on=DAY)
        begun = rounds.set_steps(tx, begun.id, {Step.APPLICATION: (DAY, DAY)}, expected_version=begun.version)
        return register.start(tx, begun.id, assessors="主任審査員", place="本社").id


def with_finding(world: World, **values: object) -> tuple[Letter, Finding]:
    """Begin an assessment whose document has one finding, of the site."""
    assessment_id = started(world)
    with world.registry.write(officer(world)) as tx:
        letter = received(tx, assessment_id)
        made = findings.add(tx, letter.id, draft(world.a.site.id, "1", text=SECRET, **values))
        return letter, made


def answer(tx: Tx, of: Finding, *, evidence: tuple[Evidence, ...] = PAPER, version: int = 1) -> Finding:
    """Answer a finding."""
    return findings.answer(
        tx, of.id, cause="見落とし", answer="台帳に加えた", evidence=evidence, expected_version=version
    )


def ready(world: World) -> Letter:
    """Return a document of which the one finding is answered and approved."""
    letter, made = with_finding(world)
    with world.registry.write(manager(world)) as tx:
        answer(tx, made)
    with world.registry.write(officer(world)) as tx:
        findings.approve(tx, made.id, expected_version=2)
        return letters.letter(tx, letter.id)


def kinds(world: World, who: Principal) -> list[str]:
    """Return the kinds of what this person has to do."""
    with world.registry.read(who) as tx:
        return [each.kind for each in due.due(tx, DAY)]


# The day of the report


@pytest.mark.parametrize(
    ("stage", "turn", "dated_on", "expected"),
    [
        (Stage.ON_SITE, Turn.FIRST, date(2026, 1, 15), date(2026, 4, 15)),
        (Stage.ON_SITE, Turn.FIRST, date(2026, 11, 30), date(2027, 2, 28)),  # February has no 30th
        (Stage.ON_SITE, Turn.FIRST, date(2026, 5, 3), date(2026, 8, 3)),  # it never moves: earlier is safe
        (Stage.ON_SITE, Turn.AGAIN, date(2026, 1, 31), date(2026, 2, 28)),
        (Stage.ON_SITE, Turn.FIRST, date(2015, 8, 2), None),  # before the rule was in force
        (Stage.DOCUMENT, Turn.FIRST, date(2026, 1, 15), None),  # the document names it
    ],
)
def test_the_day_follows_from_the_rule_in_force(
    stage: Stage, turn: Turn, dated_on: date, expected: date | None
) -> None:
    """Counted from the day on the document; where nobody knows a rule there is none."""
    rule = rules().of("jipdec", stage, turn, dated_on)
    assert (rule.due_on(dated_on) if rule else None) == expected


_RULE = "{id: %s, body: %s, stage: on_site, turn: first, months: %d, from: %s, confidence: low%s}"


def _file(*lines: str) -> str:
    return "version: 1\nsource: x\nanswers_days: 14\nrules:\n" + "".join(f"  - {line}\n" for line in lines)


def test_a_rule_of_the_body_goes_before_one_of_any_body() -> None:
    """And the newer of two that hold; one that was ended holds to its last day."""
    known = rule_file.load(
        _file(
            _RULE % ("a", "any", 3, "2020-01-01", ""),
            _RULE % ("b", "jisa", 2, "2020-01-01", ", until: 2026-03-31"),
            _RULE % ("c", "any", 4, "2026-01-01", ""),
        ),
        "x.yaml",
    )

    def found(body: str, day: date) -> str:
        rule = known.of(body, Stage.ON_SITE, Turn.FIRST, day)
        return rule.id if rule else ""

    assert [found("jisa", date(2026, 3, 31)), found("jisa", date(2026, 4, 1))] == ["b", "c"]
    assert [found("juas", date(2025, 12, 31)), found("juas", date(2026, 1, 1))] == ["a", "c"]
    assert found("juas", date(2019, 12, 31)) == ""


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((_RULE % ("a", "nobody", 3, "2020-01-01", ""),), "x.yaml:5: rules[1].body"),
        ((_RULE % ("a", "any", 0, "2020-01-01", ""),), "x.yaml:5: rules[1].months"),
        ((_RULE % ("a", "any", 3, "soon", ""),), "x.yaml:5: rules[1].from"),
        ((_RULE % ("a", "any", 3, "2020-01-01", ", until: 2019-01-01"),), "x.yaml:5: rules[1].until"),
        ((_RULE % ("a", "any", 3, "2020-01-01", ""),) * 2, "x.yaml:6: rules[2]"),
    ],
)
def test_a_file_of_rules_that_cannot_be_is_refused_with_its_line(lines: tuple[str, ...], told: str) -> None:
    """Who corrects the file reads where."""
    with pytest.raises(ReferenceFileError) as caught:
        rule_file.load(_file(*lines), "x.yaml")
    assert str(caught.value).startswith(told)


def test_a_document_of_the_visit_is_a_step_of_the_application(world: World) -> None:
    """Its day is that of the rule; where there is no rule the document's own day and a reason are needed."""
    assessment_id = started(world)
    with world.registry.write(officer(world)) as tx:
        letter = letters.receive(
            tx, assessment_id, stage=Stage.ON_SITE, dated_on=date(2026, 3, 20), received_on=DAY
        )
        assert (letter.due_on, letter.rule) == (date(2026, 6, 20), "on_site_first")
        steps = register.assessment(tx, assessment_id).steps
        assert steps[Step.FINDINGS].actual == DAY
        for values, rule in (
            ({"due_on": None}, "no_rule"),
            ({"reason": " "}, "required"),
            ({"due_on": DAY - timedelta(days=1)}, "before_issue"),
            ({"received_on": DAY + timedelta(days=1)}, "future"),
            ({"dated_on": DAY + timedelta(days=1)}, "before_issue"),
        ):
            with pytest.raises(InvalidValue, match=rule):
                received(tx, assessment_id, **values)
        moved = letters.set_due(
            tx, letter.id, due_on=date(2026, 7, 1), reason="延長の承認", expected_version=1
        )
        assert (moved.due_on, moved.rule, moved.due_reason) == (date(2026, 7, 1), "", "延長の承認")
        with pytest.raises(Conflict):
            letters.set_due(tx, letter.id, due_on=DAY, reason="別", expected_version=1)


def test_a_document_that_does_not_fit_the_steps_is_refused_as_a_whole(world: World) -> None:
    """Nothing of it is kept: the steps are put right first."""
    assessment_id = started(world)
    early = DAY - timedelta(days=1)  # before the application was handed in
    with pytest.raises(InvalidValue, match="order"), world.registry.write(officer(world)) as tx:
        letters.receive(tx, assessment_id, stage=Stage.ON_SITE, dated_on=early, received_on=early)
    with world.registry.read(officer(world)) as tx:
        assert letters.letters(tx, assessment_id) == []


# Findings and answers


def test_a_finding_that_cannot_be_says_why(world: World) -> None:
    """Numbers are the body's own: each stands once in its document."""
    letter, _ = with_finding(world)
    cases: tuple[tuple[dict[str, object], str, str], ...] = (
        ({"number": " "}, "number", "required"),
        ({"text": ""}, "text", "required"),
        ({"text": "長" * 4_001}, "text", "too_long"),
        ({"requirement": "3.4"}, "requirement", "form"),
        ({"due_on": DAY - timedelta(days=1)}, "due_on", "before_receipt"),
        ({"due_on": DAY + timedelta(days=41)}, "due_on", "after_report"),
        ({"owner_id": UserId(999)}, "owner", "unknown"),
        ({"number": "1"}, "number", "taken"),
        ({"unit_id": world.b.unit.id}, "unit_id", "outside"),
    )
    with world.registry.write(officer(world)) as tx:
        for values, column, rule in cases:
            wanted = replace(draft(world.a.unit.id, "2"), **values)  # type: ignore[arg-type]  # of any field
            with pytest.raises(InvalidValue) as caught:
                findings.add(tx, letter.id, wanted)
            assert (caught.value.column, caught.value.rule) == (column, rule)


def test_an_answer_is_wanted_before_the_report(world: World) -> None:
    """Two weeks, so that somebody can check it; never before the document came."""
    assert with_finding(world)[1].due_on == DAY + timedelta(days=26)
    assert rules().answer_by(DAY + timedelta(days=3), DAY) == DAY


def test_nobody_approves_ones_own_answer(world: World) -> None:
    """Neither by the service nor past it."""
    _, made = with_finding(world)
    with world.registry.write(officer(world)) as tx:
        answered = answer(tx, made)
        assert (answered.state, answered.owner_id) == (FindingState.ANSWERED, UserId(2))
        for act in (
            lambda: findings.approve(tx, made.id, expected_version=2),
            lambda: findings.send_back(tx, made.id, note="別", expected_version=2),
        ):
            with pytest.raises(InvalidValue, match="own_answer"):
                act()
    with pytest.raises(StoreError), world.registry.write(officer(world)) as tx:
        tx.session.execute(
            update(FindingRecord).values(
                state="approved", approved_at=tx.now, approver_id=FindingRecord.answerer_id
            )
        )


def test_the_way_of_an_answer(world: World) -> None:
    """Answered by the site, sent back for a reason, answered, approved; a correction is approved anew."""
    _, made = with_finding(world)
    with world.registry.write(manager(world)) as tx:
        answer(tx, made)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="required"):
            findings.send_back(tx, made.id, note=" ", expected_version=2)
        back = findings.send_back(tx, made.id, note="証跡が足りない", expected_version=2)
        assert (back.state, back.note, back.answer) == (FindingState.OPEN, "証跡が足りない", "台帳に加えた")
        with pytest.raises(InvalidValue, match="answered"):
            findings.remove(tx, made.id, expected_version=3)
    with world.registry.write(manager(world)) as tx:
        answer(tx, made, version=3)
    with world.registry.write(officer(world)) as tx:
        done = findings.approve(tx, made.id, expected_version=4)
        assert (done.state, done.note, done.evidence) == (FindingState.APPROVED, "", PAPER)
    with world.registry.write(manager(world)) as tx:
        again = answer(tx, made, version=5)
        assert (again.state, again.approved_at) == (FindingState.ANSWERED, None)


def test_its_owner_answers_and_nobody_else(world: World) -> None:
    """An owner is an account that may work there; without one, who answers first becomes it."""
    with world.registry.write(bootstrap_principal()) as tx:
        user_id = accounts.create_account(
            tx, "ward@example.jp", "吉田 京子", PASSWORD, "ja", unit_id=world.a.unit.id
        )
        accounts.grant(tx, user_id, Role.DEPARTMENT_MANAGER, world.a.site.id)
    _, made = with_finding(world, owner_id=user_id)
    assert made.owner == "吉田 京子"
    with world.registry.read(officer(world)) as tx:
        assert user_id in [each.user_id for each in owners.owners(tx, world.a.site.id)]
        assert user_id not in [each.user_id for each in owners.owners(tx, world.a.unit.id)]
        with pytest.raises(AccessDenied):
            owners.owners(tx, world.b.unit.id)
    with world.registry.write(manager(world)) as tx, pytest.raises(InvalidValue, match="not_yours"):
        answer(tx, made)
    assert kinds(world, manager(world)) == []
    with world.registry.write(manager(world, user_id)) as tx:
        assert answer(tx, made).answerer_id == user_id
    with world.registry.write(officer(world)) as tx:
        free = findings.change(tx, made.id, draft(world.a.site.id, "1", text="直した"), expected_version=2)
        assert (free.owner_id, free.text, free.answer) == (None, "直した", "台帳に加えた")


def test_evidence_that_leads_nowhere_is_refused(world: World) -> None:
    """A number must be that of a record; what lies elsewhere is named in words."""
    _, made = with_finding(world)
    cases: tuple[tuple[tuple[Evidence, ...], str, str], ...] = (
        ((), "evidence", "required"),
        ((Evidence(EvidenceKind.LEDGER, "L-9999"),), "reference", "unknown"),
        ((Evidence(EvidenceKind.PLAN, "Y-9999"),), "reference", "unknown"),
        ((Evidence(EvidenceKind.ACTION, "CA-0001"),), "reference", "unknown"),
        ((Evidence(EvidenceKind.COMPLAINT, "C-1"),), "reference", "unknown"),
        ((Evidence(EvidenceKind.COMPLAINT, "CM-00009"),), "reference", "unknown"),
        ((Evidence(EvidenceKind.COMPLAINT, ""),), "reference", "required"),
        ((Evidence(EvidenceKind.RULE, "規-3"),), "what", "required"),
        (PAPER * 31, "evidence", "too_many"),
    )
    with world.registry.write(officer(world)) as tx:
        for evidence, column, rule in cases:
            with pytest.raises(InvalidValue) as caught:
                answer(tx, made, evidence=evidence)
            assert (caught.value.column, caught.value.rule) == (column, rule)


def test_evidence_is_of_the_same_entity_and_leads_to_its_record(world: World) -> None:
    """The administrator sees the ledgers of both companies; the finding is about one."""
    _, made = with_finding(world)
    with world.registry.write(world.personas()["administrator"]) as tx:
        with pytest.raises(InvalidValue, match="unknown"):
            answer(tx, made, evidence=(Evidence(EvidenceKind.LEDGER, world.b.entry.number),))
        own = answer(tx, made, evidence=(Evidence(EvidenceKind.LEDGER, world.a.entry.number.lower()),))
    assert (own.evidence[0].reference, own.evidence[0].row) == (
        world.a.entry.number,
        str(world.a.entry.id),
    )


def test_what_was_entered_by_mistake_is_taken_out(world: World) -> None:
    """Its number is free again; the journal knows that it stood there."""
    letter, made = with_finding(world)
    with world.registry.write(officer(world)) as tx:
        findings.remove(tx, made.id, expected_version=1)
        with pytest.raises(NotFound):
            findings.finding(tx, made.id)
        assert findings.add(tx, letter.id, draft(world.a.unit.id, "1")).number == "1"


def test_what_was_written_stands_nowhere_in_the_clear(world: World) -> None:
    """Neither in the tables, nor in the journal, nor in what an object prints."""
    letter, made = with_finding(world)
    with world.registry.write(manager(world)) as tx:
        answered = answer(tx, made)
    hidden = (SECRET, "見落とし", "台帳に加えた", "改めた手順書", "主任審査員", "文書の記載")
    with world.registry.read(officer(world)) as tx:
        tables = (
            "pm_assessment",
            "pm_findings_letter",
            "pm_finding",
            "pm_finding_evidence",
            "journal_record",
        )
        rows = [row for name in tables for row in tx.session.execute(text(f"SELECT * FROM {name}"))]
        stored = [each if isinstance(each, bytes) else str(each).encode() for row in rows for each in row]
        shown = repr((letters.letter(tx, letter.id), answered))
    for each in hidden:
        assert not any(each.encode() in cell for cell in stored)
        assert each not in shown


def test_what_is_written_over_stays_in_the_journal(world: World) -> None:
    """The answer of before, its records, why it was sent back, and what was corrected of the finding."""
    _, made = with_finding(world)
    with world.registry.write(manager(world)) as tx:
        answer(tx, made)
    with world.registry.write(officer(world)) as tx:
        findings.send_back(tx, made.id, note="写しがない", expected_version=2)
    with world.registry.write(manager(world)) as tx:
        findings.answer(tx, made.id, cause="別の原因", answer="別の回答", evidence=PAPER, expected_version=3)
    with world.registry.write(officer(world)) as tx:
        findings.change(tx, made.id, replace(draft(world.a.unit.id), text="改めた指摘"), expected_version=4)
    with world.registry.read(bootstrap_principal()) as tx:
        told = [each for each in lines(tx) if each.table == "pm_finding"][::-1]
    assert [each.action.removeprefix("finding_") for each in told] == [
        "added",
        "answered",
        "returned",
        "answered",
        "changed",
    ]
    returned, again, changed = ((each.before or {}, each.after or {}) for each in told[2:])
    assert (returned[0]["state"], returned[1]["note"]) == ("answered", "写しがない")
    assert (again[0]["note"], again[0]["cause"], again[1]["cause"]) == ("写しがない", "見落とし", "別の原因")
    assert "evidence" not in again[1]
    assert changed[0]["text"] == made.text
    assert changed[1]["text"] == "改めた指摘"


# The report


def test_a_report_needs_every_answer_approved(world: World) -> None:
    """Then it is handed in once, and nothing changes until the body speaks."""
    letter, made = with_finding(world)
    with world.registry.write(officer(world)) as tx:
        empty = received(tx, letter.assessment_id)
        with pytest.raises(InvalidValue, match="required"):
            reports.send(tx, empty.id, sent_on=DAY, expected_version=1)
        answer(tx, made)
        with pytest.raises(InvalidValue, match="open"):
            reports.send(tx, letter.id, sent_on=DAY, expected_version=1)
    with world.registry.write(officer(world, 3)) as tx:
        findings.approve(tx, made.id, expected_version=2)
        for day, rule in ((DAY + timedelta(days=1), "future"), (DAY - timedelta(days=1), "before_receipt")):
            with pytest.raises(InvalidValue, match=rule):
                reports.send(tx, letter.id, sent_on=day, expected_version=1)
        sent = reports.send(tx, letter.id, sent_on=DAY, expected_version=1)
        assert (sent.state, [each.state for each in sent.reports]) == (LetterState.SENT, [ReportState.SENT])
        acts: tuple[Callable[[], object], ...] = (
            lambda: findings.add(tx, letter.id, draft(world.a.unit.id, "2")),
            lambda: answer(tx, made, version=3),
            lambda: letters.set_due(tx, letter.id, due_on=DAY, reason="別", expected_version=2),
            lambda: reports.send(tx, letter.id, sent_on=DAY, expected_version=2),
        )
        for act in acts:
            with pytest.raises(InvalidValue, match="not_open"):
                act()
        done = reports.accept(tx, letter.id, on=DAY, note="確認した", expected_version=2)
        assert (done.state, done.reports[0].note) == (LetterState.ACCEPTED, "確認した")
        with pytest.raises(InvalidValue, match="not_sent"):
            reports.accept(tx, letter.id, on=DAY, note="", expected_version=3)


def test_a_returned_report_opens_what_the_body_named(world: World) -> None:
    """With its new day; the second report follows the first, which stays."""
    letter = ready(world)
    first = letter.findings[0]
    with world.registry.write(officer(world)) as tx:
        other = findings.add(tx, letter.id, draft(world.a.unit.id, "2"))
        answer(tx, other)
    with world.registry.write(officer(world, 3)) as tx:
        findings.approve(tx, other.id, expected_version=2)
        reports.send(tx, letter.id, sent_on=DAY, expected_version=1)
        for again, note, rule in (((), "足りない", "required"), ((first.id,), "", "required")):
            with pytest.raises(InvalidValue, match=rule):
                reports.send_back(tx, letter.id, on=DAY, note=note, again=again, expected_version=2)
        until = DAY + timedelta(days=30)
        back = reports.send_back(
            tx,
            letter.id,
            on=DAY,
            note="証跡が足りない",
            again=[first.id],
            due_on=until,
            expected_version=2,
        )
        assert (back.state, back.due_on, back.due_reason) == (LetterState.OPEN, until, "証跡が足りない")
        states = {each.number: (each.state, each.note, each.due_on) for each in back.findings}
        assert states["1"] == (FindingState.OPEN, "証跡が足りない", DAY + timedelta(days=16))
        assert states["2"][0] is FindingState.APPROVED
    with world.registry.write(manager(world)) as tx:
        again_made = findings.finding(tx, first.id)
        answer(tx, again_made, version=again_made.version)
    with world.registry.write(officer(world)) as tx:
        findings.approve(tx, first.id, expected_version=again_made.version + 1)
        sent = reports.send(tx, letter.id, sent_on=DAY, expected_version=back.version)
        assert [(each.turn, each.state) for each in sent.reports] == [
            (1, ReportState.RETURNED),
            (2, ReportState.SENT),
        ]


def test_earlier_findings_stay_at_the_next_assessment(world: World) -> None:
    """What was found and answered is there, and cannot be changed any more."""
    letter = ready(world)
    with world.registry.write(officer(world)) as tx:
        of = register.assessment(tx, letter.assessment_id)
        running = rounds.rounds(tx, of.certificate_id)[0]
        rounds.stop(tx, running.id, RoundState.WITHDRAWN, reason="取下げ", expected_version=running.version)
        for act in (
            lambda: findings.add(tx, letter.id, draft(world.a.unit.id, "9")),
            lambda: reports.send(tx, letter.id, sent_on=DAY, expected_version=1),
            lambda: visit.ask(tx, of.id, what="書類", due_at=tx.now),
            lambda: register.change(tx, of.id, assessors="", place="", note="", expected_version=1),
        ):
            with pytest.raises(InvalidValue, match="ended"):
                act()
        begun = rounds.start(tx, of.certificate_id, apply_on=DAY)
        new = register.start(tx, begun.id)
        with pytest.raises(Duplicate):
            register.start(tx, begun.id)
        before = letters.earlier(tx, new.id)
        assert [(each.number, each.text, each.answer) for each in before] == [("1", SECRET, "台帳に加えた")]
        assert letters.earlier(tx, of.id) == []
        assert [line.assessment.id for line in register.assessments(tx)] == [new.id, of.id]


# The on-site room


def test_schedule_and_interview_are_written_as_a_whole(world: World) -> None:
    """In their order; an empty answer takes one out."""
    assessment_id = started(world)
    late, early = (
        Slot(DAY, begins, ends, "確認", "", "") for begins, ends in (("13:00", "14:00"), ("09:30", "10:00"))
    )
    with world.registry.write(officer(world)) as tx:
        assert visit.set_schedule(tx, assessment_id, [late, early], expected_version=1) == [early, late]
        for slot, rule in (
            (Slot(DAY, "9:30", "10:00", "確認", "", ""), "form"),
            (Slot(DAY, "10:00", "24:00", "確認", "", ""), "form"),
            (Slot(DAY, "10:00", "10:00", "確認", "", ""), "before_start"),
            (Slot(DAY, "10:00", "11:00", " ", "", ""), "required"),
        ):
            with pytest.raises(InvalidValue, match=rule):
                visit.set_schedule(tx, assessment_id, [slot], expected_version=2)
        with pytest.raises(Conflict):
            visit.set_schedule(tx, assessment_id, [late], expected_version=1)
        first, second, *_ = questions()
        told = visit.set_interview(tx, assessment_id, {first: "答え", second: "別"}, expected_version=2)
        assert told == {first: "答え", second: "別"}
        assert visit.set_interview(tx, assessment_id, {first: ""}, expected_version=3) == {second: "別"}
        with pytest.raises(InvalidValue, match="unknown"):
            visit.set_interview(tx, assessment_id, {"weather": "晴れ"}, expected_version=4)


def test_a_document_that_was_asked_for_is_given_and_taken_back(world: World) -> None:
    """What is not given yet stands first, and is due to who keeps the assessment."""
    assessment_id = started(world)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="past"):
            visit.ask(tx, assessment_id, what="契約書", due_at=tx.now - timedelta(minutes=1))
        soon = visit.ask(tx, assessment_id, what="契約書", due_at=tx.now + timedelta(hours=1))
        later = visit.ask(tx, assessment_id, what="入退室の記録", due_at=tx.now + timedelta(hours=2))
        with pytest.raises(InvalidValue, match="required"):
            visit.give(tx, soon.id, given="", expected_version=1)
        given = visit.give(tx, soon.id, given="写し", expected_version=1)
        assert (given.given_at, given.given) == (tx.now, "写し")
        with pytest.raises(InvalidValue, match="given"):
            visit.give(tx, soon.id, given="写し", expected_version=2)
        assert [each.id for each in visit.requested(tx, assessment_id)] == [later.id, soon.id]
        assert [each.kind for each in due.due(tx, DAY)] == [due.DOCUMENT]
        back = visit.take_back(tx, soon.id, expected_version=2)
        assert (back.given_at, back.given) == (None, "")
        with pytest.raises(InvalidValue, match="not_given"):
            visit.take_back(tx, soon.id, expected_version=3)


def test_the_index_counts_what_two_years_left(world: World) -> None:
    """Of the unit and below; of what somebody may not see there is no number."""
    assessment_id = started(world)
    with world.registry.write(officer(world)) as tx:
        received(tx, assessment_id)
        of = processors.add_processor(tx, ProcessorDraft(world.a.unit.id, "東和配送")).id
        for reason in ("", "取り違え"):
            done = evaluations.fill(tx, of, "").evaluation_id
            if reason:
                evaluating.withdraw(tx, done, reason=reason)
        found = index.index(tx, assessment_id)
        assert (found.since, found.until) == (DAY.replace(year=2024) + timedelta(days=1), DAY)
        numbers = {line.kind: line.number for line in found.lines}
        assert numbers[RecordKind.LEDGER] == 1
        assert (numbers[RecordKind.PROCESSORS], numbers[RecordKind.EVALUATIONS]) == (1, 1)
        assert (numbers[RecordKind.FINDINGS], numbers[RecordKind.COMPLAINTS]) == (1, 0)
        requirements = [line.requirement for line in found.lines]
        assert requirements == sorted(
            requirements, key=lambda each: [int(part) for part in each[2:].split(".")]
        )
    with world.registry.read(person(4, Role.EXECUTIVE, world.a.unit.id)) as tx:
        seen = {line.kind: line.number for line in index.index(tx, assessment_id).lines}
        assert (seen[RecordKind.LEDGER], seen[RecordKind.COMPLAINTS], seen[RecordKind.SCANS]) == (
            1,
            None,
            None,
        )


def test_the_ledger_on_the_spot_names_nobody(world: World) -> None:
    """Neither who owns an entry nor who may read it."""
    with world.registry.read(officer(world)) as tx:
        found, total = lookup.entries(tx, world.a.unit.id, world.a.entry.number)
        assert ([each.id for each in found], total) == ([world.a.entry.id], 1)
        assert world.a.entry.owner not in repr(found)
        assert lookup.entries(tx, world.a.unit.id, "no such words") == ([], 0)
        with pytest.raises(AccessDenied):
            lookup.entries(tx, world.b.unit.id, "")


# Who sees and does what


def test_another_entity_sees_nothing_and_a_site_its_own_findings(world: World) -> None:
    """The site answers its finding; the assessment above it and the findings of others stay closed."""
    letter, made = with_finding(world)
    with world.registry.write(officer(world)) as tx:
        above = findings.add(tx, letter.id, draft(world.a.unit.id, "2"))
    with world.registry.read(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        assert (register.assessments(tx), findings.waiting(tx)) == ([], [])
        for missing in (
            lambda: register.assessment(tx, letter.assessment_id),
            lambda: findings.finding(tx, made.id),
            lambda: visit.schedule(tx, letter.assessment_id),
        ):
            with pytest.raises(NotFound):
                missing()
    with world.registry.read(manager(world)) as tx:
        assert findings.finding(tx, made.id).assessment_number == "S-0001"
        assert [each.id for each in findings.waiting(tx)] == [made.id]
        for missing in (
            lambda: findings.finding(tx, above.id),
            lambda: register.assessment(tx, letter.assessment_id),
        ):
            with pytest.raises(NotFound):
                missing()


def test_what_is_due_follows_the_state(world: World) -> None:
    """Answer, approve, hand in; who answered is not asked to approve."""
    letter, made = with_finding(world)
    assert kinds(world, manager(world)) == kinds(world, officer(world)) == [due.ANSWER]
    with world.registry.write(manager(world)) as tx:
        answer(tx, made)
    assert (kinds(world, manager(world)), kinds(world, officer(world))) == ([], [due.APPROVE])
    with world.registry.write(officer(world)) as tx:
        assert [each.id for each in findings.waiting(tx)] == [made.id]
        findings.approve(tx, made.id, expected_version=2)
        assert findings.waiting(tx, unit_id=world.a.unit.id) == []
    assert kinds(world, officer(world)) == [due.REPORT]
    with world.registry.write(officer(world)) as tx:
        reports.send(tx, letter.id, sent_on=DAY, expected_version=1)
    assert kinds(world, officer(world)) == []
