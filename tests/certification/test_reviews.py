"""Management reviews: inputs that are frozen, minutes that another person approves, decisions followed up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from privacy_mark.audits import audits as papers
from privacy_mark.audits.assignment import AuditKind
from privacy_mark.audits.checklist import checklist
from privacy_mark.audits.model import PaperResult
from privacy_mark.certificates import register as certificates
from privacy_mark.certificates import years
from privacy_mark.certificates.fees import Size
from privacy_mark.certificates.marks import parse
from privacy_mark.certificates.model import Scale, Term
from privacy_mark.complaints import register as complaints
from privacy_mark.laws import amendments
from privacy_mark.requirements.facts import Members, Standing
from privacy_mark.reviews import calendar, due, evidence, follow_up, holding, minutes, people, register
from privacy_mark.reviews.facts_text import facts_of, text_of
from privacy_mark.reviews.model import (
    Behind,
    Decision,
    DecisionState,
    Facts,
    Figure,
    Inputs,
    Review,
    State,
    Topic,
)
from privacy_mark.reviews.operation_facts import plan
from privacy_mark.reviews.register import Wanted
from privacy_mark.reviews.sources import SOURCES
from privacy_mark.reviews.span import Span
from registry import accounts, corrections
from registry.access import today_in_japan
from registry.errors import AccessDenied, Conflict, Duplicate, InvalidValue, NotFound, StoreError
from registry.model import Principal, Role, UnitId, UserId
from registry.store.audit_tables import AuditRecord
from registry.store.review_tables import ReviewDecisionRecord, ReviewRecord
from registry.store.tables import OrgUnit
from tests.access import audits, laws
from tests.access.bases import RECORDER
from tests.access.certificates import submitted as year_submitted
from tests.access.complaints import draft as complaint
from tests.access.reviews import draft
from tests.access.rights import DAY
from tests.registry.world import PASSWORD, World, person

SECRET = "社長が予算を尋ねた"
on_sqlite = pytest.mark.parametrize("world", ["sqlite"], indirect=True)
"""What asks nothing of the database that the two answer differently is tried on one."""


def officer(world: World, number: int = 2) -> Principal:
    """Return a privacy manager of company A."""
    return person(number, Role.OFFICER, world.a.unit.id)


def head(world: World) -> Principal:
    """Return the top management of company A."""
    return person(61, Role.TOP_MANAGEMENT, world.a.unit.id)


def planned(world: World, on: date = DAY) -> Review:
    """Plan a review of company A."""
    with world.registry.write(officer(world)) as tx:
        return register.plan(tx, world.a.unit.id, planned_on=on, chair="代表取締役 甲")


def written(world: World, on: date = DAY, *, decisions: int = 1) -> Review:
    """Plan and hold a review, write its minutes and decisions."""
    made = planned(world, on)
    with world.registry.write(officer(world)) as tx:
        made = holding.hold(tx, made.id, held_on=on, expected_version=made.version)
        made = minutes.write(
            tx, made.id, attendees="代表取締役 甲", minutes=SECRET, expected_version=made.version
        )
        for number in range(decisions):
            wanted = draft(due_on=on + timedelta(days=10 * number + 10))
            made = minutes.add_decision(tx, made.id, wanted, expected_version=made.version)
    return made


def submitted(world: World, on: date = DAY, *, decisions: int = 1) -> Review:
    """Write a review and ask for approval."""
    made = written(world, on, decisions=decisions)
    with world.registry.write(officer(world)) as tx:
        return minutes.submit(tx, made.id, expected_version=made.version)


def closed(world: World, on: date = DAY, *, decisions: int = 1) -> Review:
    """Write a review that top management approves."""
    made = submitted(world, on, decisions=decisions)
    with world.registry.write(head(world)) as tx:
        return minutes.close(tx, made.id, conclusion="続ける", expected_version=made.version)


def facts(inputs: Inputs, topic: Topic) -> dict[str, tuple[int, int | None]]:
    """Return the figures of a topic by name."""
    found = next(each for each in inputs.topics if each.topic is topic).facts
    assert found is not None
    return {each.name: (each.number, each.of) for each in found.figures}


def kinds(world: World, who: Principal) -> list[tuple[str, date]]:
    """Return what this person has to do, with its day."""
    with world.registry.read(who) as tx:
        return [(each.kind, each.due_on) for each in due.due(tx, today_in_japan(tx.now))]


# Planning


@on_sqlite
def test_a_review_is_planned_moved_and_called_off(world: World) -> None:
    """One a day; what was called off stays, with its reason."""
    made = planned(world)
    assert (made.number, made.state, made.chair) == ("MR-0001", State.PLANNED, "代表取締役 甲")
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(Duplicate):
            register.plan(tx, world.a.unit.id, planned_on=DAY, chair="乙")
        with pytest.raises(InvalidValue, match="required"):
            register.plan(tx, world.a.unit.id, planned_on=DAY, chair="  ")
        moved = register.change(
            tx, made.id, planned_on=DAY + timedelta(days=5), chair="乙", expected_version=1
        )
        with pytest.raises(Conflict):
            register.cancel(tx, made.id, note="都合", expected_version=1)
        with pytest.raises(InvalidValue, match="required"):
            register.cancel(tx, made.id, note=" ", expected_version=moved.version)
        off = register.cancel(tx, made.id, note="都合", expected_version=moved.version)
        assert (off.state, off.note, off.planned_on) == (State.CANCELLED, "都合", moved.planned_on)
        with pytest.raises(InvalidValue, match="not_planned"):
            holding.hold(tx, made.id, held_on=DAY, expected_version=off.version)
        lines, total = register.reviews(tx, Wanted(world.a.unit.id, (State.CANCELLED,)))
        assert ([line.number for line in lines], total) == (["MR-0001"], 1)


def test_the_register_shows_what_runs_first(world: World) -> None:
    """Then the newest; with how many decisions, and how many of them are open."""
    closed(world, decisions=2)
    late = planned(world, DAY + timedelta(days=40))
    soon = planned(world, DAY + timedelta(days=20))
    with world.registry.read(officer(world)) as tx:
        lines, total = register.reviews(tx)
        assert [line.id for line in lines][:2] == [soon.id, late.id]
        assert (lines[2].decisions, lines[2].open, total) == (2, 2, 3)
        assert register.reviews(tx, Wanted(world.a.site.id)) == ([], 0)
        assert [line.id for line in register.reviews(tx, offset=1, limit=1)[0]] == [late.id]
    for who in (person(5, Role.OFFICER, world.b.unit.id), person(9, Role.WORKER, world.a.unit.id)):
        with world.registry.read(who) as tx:
            assert register.reviews(tx) == ([], 0)
            with pytest.raises(NotFound):
                holding.inputs(tx, soon.id)


@on_sqlite
def test_a_merged_unit_plans_nothing(world: World) -> None:
    """Its successor does."""
    with world.registry.write(officer(world)) as tx:
        tx.session.execute(update(OrgUnit).where(OrgUnit.id == world.a.site.id).values(closed_at=tx.now))
        with pytest.raises(InvalidValue, match="closed"):
            register.plan(tx, world.a.site.id, planned_on=DAY, chair="甲")


# Inputs


def test_inputs_are_frozen_when_the_review_is_held(world: World) -> None:
    """Until then they tell what is; afterwards what was, whatever happens."""
    made = planned(world)
    with world.registry.write(officer(world)) as tx:
        complaints.receive(tx, complaint(world.a.unit.id))
        now = holding.inputs(tx, made.id)
        assert (now.frozen, now.since, now.as_of) == (False, date(2025, 4, 2), DAY)
        assert facts(now, Topic.COMPLAINTS)["complaint"] == (1, None)
        made = holding.hold(tx, made.id, held_on=DAY, expected_version=made.version)
        complaints.receive(tx, complaint(world.a.unit.id))
        then = holding.inputs(tx, made.id)
    assert (then.frozen, then.as_of) == (True, DAY)
    assert then.topics == now.topics
    row = next(each for each in then.topics if each.topic is Topic.COMPLAINTS).facts
    assert row is not None
    assert [(each.number, each.row, each.code, each.day) for each in row.rows] == [
        ("CM-00001", "1", "complaint", DAY)
    ]
    with world.registry.read(officer(world)) as tx:
        assert text_of(row) == text_of(facts_of(text_of(row)))


@on_sqlite
def test_a_topic_without_a_source_has_no_record(world: World) -> None:
    """It says so and takes people's words, which stay editable until approval is asked for."""
    made = planned(world)
    with world.registry.write(officer(world)) as tx:
        made = holding.set_words(tx, made.id, Topic.AUDITS, " 指摘 2 件 ", expected_version=made.version)
        made = holding.hold(tx, made.id, held_on=DAY, expected_version=made.version)
        made = holding.set_words(tx, made.id, Topic.LAWS, "改正なし", expected_version=made.version)
        made = holding.set_words(tx, made.id, Topic.LAWS, "", expected_version=made.version)
        found = {each.topic: each for each in holding.inputs(tx, made.id).topics}
    assert list(found) == list(Topic)
    assert {topic for topic, each in found.items() if each.facts is None} == set(Topic) - SOURCES.keys()
    assert set(Topic) - SOURCES.keys() == {topic for topic in Topic if topic.is_written}
    assert (found[Topic.AUDITS].words, found[Topic.LAWS].words) == ("指摘 2 件", "")
    made = submitted(world)
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="not_held"):
        holding.set_words(tx, made.id, Topic.LAWS, "改正", expected_version=made.version)


def test_every_source_counts_one_unit_and_all_below(world: World) -> None:
    """The other company's rows stand in no figure; what nothing is known of has no figures."""
    with world.registry.write(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        complaints.receive(tx, complaint(world.b.unit.id))
    made = planned(world)
    with world.registry.read(officer(world)) as tx:
        found = holding.inputs(tx, made.id)
    assert facts(found, Topic.LEDGER)["review_late"] == (1, 1)
    assert facts(found, Topic.RISKS) == {
        "accepted": (0, 1),
        "none": (1, None),
        "reopened": (0, None),
        "due": (0, None),
        "measures_late": (0, None),
    }
    assert facts(found, Topic.COMPLAINTS)["complaint"] == (0, None)
    for topic in (
        *(Topic.FOLLOW_UP, Topic.AUDITS, Topic.ACTIONS, Topic.CHECKS),
        *(Topic.SELF_CHECKS, Topic.TRAINING, Topic.CERTIFICATES, Topic.LAWS),
    ):
        assert facts(found, topic) == {}


@on_sqlite
def test_audits_and_corrective_actions_are_told(world: World) -> None:
    """Conformity and operation apart, with what was found; an action is late by the day of its next step."""
    ids = audits.fill(world.registry, world.a.unit.id, "")
    made = planned(world)
    with world.registry.write(RECORDER) as tx:
        now = holding.inputs(tx, made.id)
    with world.registry.write(Principal(ids.auditor_id, "監査員", ())) as tx:
        item = checklist(AuditKind.CONFORMITY)[0].id
        told = audits.answer(item, result=PaperResult.NONCONFORMING)
        papers.fill(tx, ids.answered_id, told, expected_version=1)
    with world.registry.write(RECORDER) as tx:
        audited = tx.session.get_one(AuditRecord, ids.answered_id)
        audited.state, audited.done_on = "done", DAY
        tx.session.flush()
        then = holding.inputs(tx, made.id)
    world.clock.advance(audits.LAST - DAY + timedelta(days=1))
    with world.registry.read(officer(world)) as tx:
        late = holding.inputs(tx, made.id)
    assert facts(now, Topic.AUDITS)["conformity"] == facts(now, Topic.AUDITS)["operation"] == (2, 2)
    assert facts(then, Topic.AUDITS) == {
        "done": (5, 5),
        "conformity": (3, 3),
        "operation": (2, 2),
        "late": (0, None),
        "nonconforming": (1, None),
        "observation": (0, None),
    }
    assert facts(now, Topic.ACTIONS)["found"] == (5, None)
    assert facts(then, Topic.ACTIONS)["found"] == facts(then, Topic.ACTIONS)["open"] == (6, None)
    assert facts(late, Topic.AUDITS)["late"] == (1, None)
    assert facts(late, Topic.ACTIONS)["late"] == (6, None)
    found = next(each for each in then.topics if each.topic is Topic.AUDITS).facts
    assert found is not None
    assert (found.rows[0].code, found.rows[0].count, found.rows[0].of) == ("conformity done", 1, None)


@on_sqlite
def test_changes_of_laws_are_told(world: World) -> None:
    """What was noted is open until it is dealt with, and late after its day; a row leads to the norm."""
    made = planned(world)
    with world.registry.write(RECORDER) as tx:
        amendments.note(tx, world.a.unit.id, laws.amendment())
    world.clock.advance(timedelta(days=1))
    with world.registry.read(officer(world)) as tx:
        found = holding.inputs(tx, made.id)
    assert facts(found, Topic.LAWS) == {
        "changes": (1, None),
        "open": (1, None),
        "late": (1, None),
        "reviews": (0, None),
    }
    (row,) = next(each.facts for each in found.topics if each.topic is Topic.LAWS and each.facts).rows
    assert (row.number, row.row, row.code) == ("LA-0001", f"{world.a.unit.id}/{laws.LAW}", "open")
    assert "個人情報" in row.title


@on_sqlite
def test_a_review_looks_back_to_the_last_one(world: World) -> None:
    """And cannot have been held before it, nor tomorrow."""
    closed(world)
    world.clock.advance(timedelta(days=100))
    made = planned(world, DAY + timedelta(days=100))
    with world.registry.write(officer(world)) as tx:
        assert holding.inputs(tx, made.id).since == DAY
        for on, rule in ((DAY - timedelta(days=1), "before_last"), (DAY + timedelta(days=101), "future")):
            with pytest.raises(InvalidValue, match=rule):
                holding.hold(tx, made.id, held_on=on, expected_version=1)


def test_the_next_review_begins_with_the_decisions_of_the_last(world: World) -> None:
    """Those of the last one with what became of them, and of earlier ones what is still open."""
    first = closed(world, decisions=2)
    with world.registry.write(officer(world)) as tx:
        follow_up.report(tx, first.decisions[0].id, result="済んだ", ended_on=DAY, expected_version=1)
    world.clock.advance(timedelta(days=50))
    second = closed(world, DAY + timedelta(days=50))
    third = planned(world, DAY + timedelta(days=60))
    with world.registry.read(officer(world)) as tx:
        then = holding.inputs(tx, second.id)
        now = holding.inputs(tx, third.id)
    assert facts(then, Topic.FOLLOW_UP) == {
        "done": (1, 2),
        "open": (1, None),
        "late": (1, None),
        "dropped": (0, None),
    }
    rows = next(each for each in now.topics if each.topic is Topic.FOLLOW_UP).facts
    assert rows is not None
    assert [(each.number, each.code) for each in rows.rows] == [
        ("MR-0001-2", "open"),
        ("MR-0002-1", "open"),
    ]


def test_facts_are_kept_as_text() -> None:
    """Days, counts and titles come back; nothing of a title stands in a repr."""
    told = Facts(
        (Figure("open", 1, 2),),
        (Behind("E-0001", "1", "", DAY, 3, 4, "題名", "title"), Behind("C-1")),
        5,
    )
    assert facts_of(text_of(told)) == told
    assert "題名" not in repr(told)


# Minutes and approval


@on_sqlite
def test_the_way_of_a_review(world: World) -> None:
    """Held, written, submitted, approved by another person; then nothing changes any more."""
    made = closed(world)
    assert (made.state, made.held_on, made.minutes, made.conclusion) == (State.CLOSED, DAY, SECRET, "続ける")
    assert (made.recorder, made.approver) == ("officer 2", "top_management 61")
    assert [(each.number, each.state) for each in made.decisions] == [("MR-0001-1", DecisionState.OPEN)]
    with world.registry.write(officer(world)) as tx:
        for act in (
            lambda: minutes.write(tx, made.id, attendees="", minutes="", expected_version=made.version),
            lambda: minutes.add_decision(tx, made.id, draft(), expected_version=made.version),
            lambda: minutes.remove_decision(tx, made.id, made.decisions[0].id, expected_version=made.version),
            lambda: minutes.submit(tx, made.id, expected_version=made.version),
        ):
            with pytest.raises(InvalidValue, match="not_held"):
                act()


def test_what_was_said_stands_nowhere_in_the_clear(world: World) -> None:
    """Neither in the tables, nor in the journal, nor in what an object prints."""
    made = closed(world)
    hidden = [SECRET, "代表取締役 甲", "続ける", "送付前の照合", "総務部長"]
    with world.registry.read(officer(world)) as tx:
        rows = [
            row
            for table in (
                "management_review",
                "management_review_input",
                "management_review_decision",
                "journal_record",
            )
            for row in tx.session.execute(text(f"SELECT * FROM {table}")).all()
        ]
    stored = [each if isinstance(each, bytes) else str(each).encode() for row in rows for each in row]
    for words in hidden:
        assert words not in repr(made)
        assert not any(words.encode() in each for each in stored)


def test_nobody_approves_what_one_wrote_in(world: World) -> None:
    """An administrator holds both rights, and still not for one's own words; the database refuses it too."""
    both = person(4, Role.ADMINISTRATOR, world.a.unit.id)
    made = written(world)
    with world.registry.write(both) as tx:
        made = holding.set_words(tx, made.id, Topic.PROPOSALS, "照合", expected_version=made.version)
    with world.registry.write(officer(world)) as tx:
        made = minutes.submit(tx, made.id, expected_version=made.version)
    assert kinds(world, both) == []
    with world.registry.write(both) as tx:
        for act in (
            lambda: minutes.close(tx, made.id, conclusion="", expected_version=made.version),
            lambda: minutes.send_back(tx, made.id, note="別", expected_version=made.version),
        ):
            with pytest.raises(InvalidValue, match="same_person"):
                act()
    with world.registry.write(officer(world)) as tx, pytest.raises(AccessDenied):
        minutes.close(tx, made.id, conclusion="", expected_version=made.version)
    with pytest.raises(StoreError), world.registry.write(head(world)) as tx:
        tx.session.execute(
            update(ReviewRecord).values(
                state="closed", closed_at=tx.now, approver_id=ReviewRecord.recorder_id
            )
        )


@on_sqlite
def test_minutes_are_sent_back_with_a_reason(world: World) -> None:
    """They are written again and submitted again."""
    made = submitted(world)
    with world.registry.write(head(world)) as tx:
        with pytest.raises(InvalidValue, match="required"):
            minutes.send_back(tx, made.id, note="", expected_version=made.version)
        made = minutes.send_back(tx, made.id, note="根拠を書く", expected_version=made.version)
        assert (made.state, made.note) == (State.HELD, "根拠を書く")
    with world.registry.write(officer(world)) as tx:
        assert minutes.submit(tx, made.id, expected_version=made.version).note == ""


@on_sqlite
def test_minutes_without_words_or_decisions_are_not_approved_silently(world: World) -> None:
    """Attendees and minutes are needed; a review that decided nothing needs a conclusion."""
    made = planned(world)
    with world.registry.write(officer(world)) as tx:
        made = holding.hold(tx, made.id, held_on=DAY, expected_version=made.version)
        for attendees, said, column in (("", "議事", "attendees"), ("甲", "", "minutes")):
            made = minutes.write(
                tx, made.id, attendees=attendees, minutes=said, expected_version=made.version
            )
            with pytest.raises(InvalidValue) as caught:
                minutes.submit(tx, made.id, expected_version=made.version)
            assert (caught.value.column, caught.value.rule) == (column, "required")
        made = minutes.write(tx, made.id, attendees="甲", minutes="議事", expected_version=made.version)
        made = minutes.submit(tx, made.id, expected_version=made.version)
    with world.registry.write(head(world)) as tx:
        with pytest.raises(InvalidValue, match="required"):
            minutes.close(tx, made.id, conclusion="", expected_version=made.version)
        assert minutes.close(tx, made.id, conclusion="現状でよい", expected_version=made.version).conclusion


@on_sqlite
def test_the_journal_knows_inputs_and_minutes_by_their_digest(world: World) -> None:
    """Two digests: of the inputs when they were frozen, of the whole when it was approved."""
    closed(world)
    with world.registry.read(officer(world)) as tx:
        actions = tx.session.scalars(
            text("SELECT action FROM journal_record WHERE table_name = 'management_review' ORDER BY seq")
        ).all()
    assert actions == [
        "review_planned",
        "review_held",
        "review_written",
        "review_written",
        "review_submitted",
        "review_closed",
    ]


@on_sqlite
@pytest.mark.parametrize(
    ("values", "column", "rule"),
    [
        ({"what": " "}, "what", "required"),
        ({"owner": ""}, "owner", "required"),
        ({"what": "長" * 1_001}, "what", "too_long"),
        ({"due_on": DAY - timedelta(days=1)}, "due_on", "before_review"),
        ({"owner_id": UserId(999)}, "owner_id", "unknown"),
    ],
)
def test_a_decision_that_cannot_be_followed_is_refused(
    world: World, values: dict[str, object], column: str, rule: str
) -> None:
    """It says what, by whom, until when."""
    made = written(world, decisions=0)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue) as caught:
            minutes.add_decision(tx, made.id, draft(**values), expected_version=made.version)
        assert (caught.value.column, caught.value.rule) == (column, rule)


@on_sqlite
def test_a_decision_is_taken_out_before_approval(world: World) -> None:
    """One of another review is not."""
    first, second = written(world), written(world, decisions=2)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(NotFound):
            minutes.remove_decision(tx, second.id, first.decisions[0].id, expected_version=second.version)
        second = minutes.remove_decision(
            tx, second.id, second.decisions[0].id, expected_version=second.version
        )
        assert [each.number for each in second.decisions] == ["MR-0002-2"]
        assert tx.session.scalar(select(func.count(ReviewDecisionRecord.id))) == 2


# Decisions and their owners


def _owned(world: World) -> tuple[Principal, Decision]:
    """Return an owner who only sees reviews, and their decision."""
    with world.registry.write(person(4, Role.ADMINISTRATOR, world.a.unit.id)) as tx:
        user_id = accounts.create_account(tx, "owner-a", "部門 太郎", PASSWORD, "ja", unit_id=world.a.unit.id)
        accounts.grant(tx, user_id, Role.DEPARTMENT_MANAGER, world.a.unit.id)
    made = written(world, decisions=0)
    with world.registry.write(officer(world)) as tx:
        named = [each for each in people.people(tx, world.a.unit.id).owners if each.user_id == user_id]
        assert [each.name for each in named] == ["部門 太郎"]
        wanted = draft(owner="部門 太郎", owner_id=user_id, due_on=DAY + timedelta(days=10))
        made = minutes.add_decision(tx, made.id, wanted, expected_version=made.version)
        made = minutes.submit(tx, made.id, expected_version=made.version)
    with world.registry.write(head(world)) as tx:
        made = minutes.close(tx, made.id, conclusion="", expected_version=made.version)
    who = accounts.principal_of(world.registry, user_id)
    return who, made.decisions[0]


@on_sqlite
def test_an_owner_is_reminded_and_reports(world: World) -> None:
    """Another department manager is neither reminded nor heard."""
    owner, decision = _owned(world)
    other = person(77, Role.DEPARTMENT_MANAGER, world.a.unit.id)
    assert kinds(world, owner) == [(due.DECISION, DAY + timedelta(days=10))]
    assert kinds(world, other) == []
    with world.registry.write(other) as tx:
        assert not follow_up.may_report(tx, decision)
        with pytest.raises(AccessDenied):
            follow_up.report(tx, decision.id, result="済", ended_on=DAY, expected_version=1)
    with world.registry.write(owner) as tx:
        assert follow_up.may_report(tx, decision)
        for result, on, rule in (("", DAY, "required"), ("済", DAY + timedelta(days=1), "future")):
            with pytest.raises(InvalidValue, match=rule):
                follow_up.report(tx, decision.id, result=result, ended_on=on, expected_version=1)
        done = follow_up.report(tx, decision.id, result="済", ended_on=DAY, expected_version=1)
        assert (done.state, done.result, done.ended_on) == (DecisionState.DONE, "済", DAY)
        with pytest.raises(InvalidValue, match="ended"):
            follow_up.report(tx, decision.id, result="済", ended_on=DAY, expected_version=done.version)
    assert kinds(world, owner) == []


@on_sqlite
def test_top_management_gives_more_time_or_drops(world: World) -> None:
    """Who keeps reviews may not; a result that does not do is opened again."""
    made = closed(world, decisions=2)
    first, second = made.decisions
    later = DAY + timedelta(days=200)
    with world.registry.write(officer(world)) as tx:
        follow_up.report(tx, first.id, result="済", ended_on=DAY, expected_version=1)
        with pytest.raises(AccessDenied):
            follow_up.drop(tx, second.id, result="不要", expected_version=1)
    with world.registry.write(head(world)) as tx:
        with pytest.raises(InvalidValue, match="past"):
            follow_up.extend(tx, first.id, due_on=DAY - timedelta(days=1), note="不足", expected_version=2)
        with pytest.raises(Conflict):
            follow_up.extend(tx, first.id, due_on=later, note="不足", expected_version=1)
        again = follow_up.extend(tx, first.id, due_on=later, note="不足", expected_version=2)
        assert (again.state, again.due_on, again.note, again.ended_on) == (
            DecisionState.OPEN,
            later,
            "不足",
            None,
        )
        dropped = follow_up.drop(tx, second.id, result="不要", expected_version=1)
        assert (dropped.state, dropped.ended_on) == (DecisionState.DROPPED, DAY)
        assert [each.id for each in follow_up.decisions(tx)] == [first.id]
        assert [each.id for each in follow_up.decisions(tx, open_only=False)] == [first.id, second.id]


@on_sqlite
def test_decisions_hold_once_they_are_approved(world: World) -> None:
    """Before that nobody is reminded, and nobody reports."""
    made = submitted(world)
    with world.registry.write(officer(world)) as tx:
        assert follow_up.decisions(tx) == []
        with pytest.raises(NotFound):
            follow_up.report(tx, made.decisions[0].id, result="済", ended_on=DAY, expected_version=1)


# What it shows of the requirement


def test_an_approved_review_shows_the_requirement_for_a_year(world: World) -> None:
    """Planned it is under way, left undone past its day it is lacking; the other entity is unknown."""
    entities = Members({world.a.unit.id: world.a.unit.id, world.b.unit.id: world.b.unit.id})

    def shown(today: date) -> dict[UnitId, tuple[Standing, date | None]]:
        with world.registry.read(officer(world)) as tx:
            found = evidence.evidence(tx, entities, today)
            return {unit: (each.standing, each.until) for unit, each in found.items()}

    a, on = world.a.unit.id, DAY + timedelta(days=5)
    assert shown(DAY) == {}
    made = planned(world, on)
    assert shown(DAY) == {a: (Standing.UNDER_WAY, on)}
    assert shown(on + timedelta(days=1)) == {a: (Standing.LACKING, on)}
    with world.registry.write(officer(world)) as tx:
        register.cancel(tx, made.id, note="都合", expected_version=1)
    closed(world)
    year = date(2027, 4, 1)
    assert shown(year) == {a: (Standing.SHOWN, year)}
    assert shown(year + timedelta(days=1)) == {a: (Standing.LACKING, year)}


# What is due


@on_sqlite
def test_what_is_due_follows_the_state(world: World) -> None:
    """Held on its day, written two weeks later, approved by top management alone."""
    made = planned(world, DAY + timedelta(days=30))
    assert kinds(world, officer(world)) == [(due.HOLD, DAY + timedelta(days=30))]
    with world.registry.write(officer(world)) as tx:
        register.cancel(tx, made.id, note="都合", expected_version=1)
    made = written(world)
    assert kinds(world, officer(world)) == [(due.WRITE, DAY + timedelta(days=14))]
    with world.registry.write(officer(world)) as tx:
        made = minutes.submit(tx, made.id, expected_version=made.version)
    assert kinds(world, officer(world)) == []
    assert kinds(world, head(world)) == [(due.APPROVE, DAY + timedelta(days=14))]
    with world.registry.write(head(world)) as tx:
        minutes.close(tx, made.id, conclusion="", expected_version=made.version)
    assert kinds(world, officer(world)) == [(due.DECISION, DAY + timedelta(days=10))]


def _certified(world: World, until: date) -> None:
    with world.registry.write(officer(world)) as tx:
        certificates.register(
            tx,
            world.a.unit.id,
            "jipdec",
            scale=Scale("services", None, None, Size.SMALL),
            term=Term(parse("10000001(01)"), until - timedelta(days=729), until),
        )


def _next(world: World) -> tuple[UnitId, date]:
    with world.registry.read(officer(world)) as tx:
        (found,) = calendar.calendar(tx, today_in_japan(tx.now))
        return found.unit_id, found.due_on


def test_a_certified_unit_holds_one_every_year(world: World) -> None:
    """The first before its renewal window opens, the next a year after the last one."""
    _certified(world, date(2027, 3, 31))
    assert _next(world) == (world.a.unit.id, date(2026, 7, 1))  # a month before 1 August 2026
    assert kinds(world, officer(world)) == []
    world.clock.advance(timedelta(days=40))
    assert kinds(world, officer(world)) == [(due.PLAN, date(2026, 7, 1))]
    held = DAY + timedelta(days=40)
    closed(world, held, decisions=0)
    assert _next(world) == (world.a.unit.id, date(2027, 5, 11))
    assert kinds(world, officer(world)) == []


@pytest.fixture
def corrected(world: World, tmp_path: Path) -> Iterator[None]:
    """Correct the review of the cycle from a month on: its name, and how long before the window."""
    correction = "  review: {from: 2026-05-01, before: 3, ja: 新しい見直し, en: New review}"
    text = f"version: 1\nsource: x\ncycle:\n{correction}\n"
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    world.registry.correct_from(tmp_path)
    yield
    corrections.enter(None)


@pytest.mark.usefixtures("corrected")
def test_the_cycle_of_the_day_says_when_the_first_is_held(world: World) -> None:
    """What holds from a month on asks for nothing before."""
    _certified(world, date(2027, 3, 31))
    assert _next(world)[1] == date(2026, 7, 1)
    world.clock.advance(timedelta(days=29))
    assert _next(world)[1] == date(2026, 7, 1)
    world.clock.advance(timedelta(days=1))
    assert _next(world)[1] == date(2026, 5, 1)


@pytest.mark.usefixtures("corrected")
def test_items_of_a_plan_are_called_as_when_its_year_began(world: World) -> None:
    """Also after the cycle was corrected from a later day on."""
    found = {}
    for begun in (date(2026, 4, 1), date(2027, 4, 1)):
        with world.registry.write(officer(world)) as tx:
            year = year_submitted(tx, world.a.unit.id, begun)
        with world.registry.write(head(world)) as tx:
            years.approve(tx, year.id, expected_version=year.version)
            late = plan(tx, world.a.unit.id, Span(begun, begun + timedelta(days=360))).rows
        found[begun.year] = {each.title for each in late}
    assert [("新しい見直し" in titles) for titles in found.values()] == [False, True]


def test_the_plan_of_the_year_may_ask_for_it_earlier(world: World) -> None:
    """Once it was held in that year the plan's day counts no longer."""
    _certified(world, date(2028, 3, 31))
    with world.registry.write(officer(world)) as tx:
        year = years.plan(tx, world.a.unit.id, starts_on=date(2025, 6, 1))
        (item,) = [each for each in year.items if each.item == "review"]
    assert _next(world)[1] == item.due_on == date(2026, 4, 30)
    assert kinds(world, officer(world)) == [(due.PLAN, item.due_on)]
    planned(world, DAY + timedelta(days=1))
    assert (due.PLAN, item.due_on) not in kinds(world, officer(world))
    closed(world, decisions=0)
    assert _next(world)[1] == date(2027, 4, 1)
