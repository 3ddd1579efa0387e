"""Complaints: taken in, answered by a day, examined, closed by another person, erased, counted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text, update

from privacy_mark.actions import origin
from privacy_mark.actions import register as actions
from privacy_mark.actions.model import Grade, Source
from privacy_mark.complaints import due, handling, register, statistics, terms
from privacy_mark.complaints.model import Complaint, ComplaintId, Kind, State, Subject, Urgency
from privacy_mark.complaints.register import Wanted
from privacy_mark.complaints.terms import Terms
from registry.access import today_in_japan
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound, StoreError
from registry.model import Principal, Role
from registry.store import Tx
from registry.store.complaint_tables import ComplaintRecord
from registry.store.tables import OrgUnit
from tests.access.audits import found
from tests.access.complaints import draft
from tests.access.rights import DAY
from tests.registry.world import World, person

SECRET = "連絡しないでほしいと頼んだ"


def desk(world: World, number: int = 51) -> Principal:
    """Return somebody of the complaints desk of company A."""
    return person(number, Role.COMPLAINTS_DESK, world.a.unit.id)


def officer(world: World) -> Principal:
    """Return the privacy manager of company A."""
    return person(2, Role.OFFICER, world.a.unit.id)


def received(world: World, **values: object) -> Complaint:
    """Take in a complaint at the desk of company A."""
    with world.registry.write(desk(world)) as tx:
        return register.receive(tx, draft(world.a.unit.id, **values))


def answered(world: World, **values: object) -> Complaint:
    """Take in a complaint; the desk answers it and finds its cause."""
    made = received(world, **values)
    with world.registry.write(desk(world)) as tx:
        handling.answer(tx, made.id, "停止した", answered_on=DAY, expected_version=1)
        return handling.examine(tx, made.id, "名寄せの漏れ", "手順を直す", expected_version=2)


def closed(world: World) -> Complaint:
    """Take in, answer, examine and close a complaint."""
    made = answered(world)
    with world.registry.write(officer(world)) as tx:
        return handling.close(tx, made.id, note="確かめた", request_number="R-0001", expected_version=3)


def test_a_complaint_shows_a_nonconformity_that_is_corrected(world: World) -> None:
    """One action, of which the complaint tells the number; closing keeps it and knows no foreign one."""
    made = answered(world)
    with world.registry.write(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        foreign = actions.raise_action(tx, found(world.b.unit.id)).number
    with world.registry.write(desk(world)) as tx:
        told = follow(tx, made.id, 3)
        with pytest.raises(InvalidValue, match="followed"):
            follow(tx, made.id, 4)
    with world.registry.write(officer(world)) as tx:
        (action,) = actions.actions(tx)
        assert (action.number, action.source) == (told.action_number, Source.COMPLAINT)
        assert (action.reference, origin.origin(tx, action)) == (made.number, made.id)
        with pytest.raises(InvalidValue, match="unknown"):
            handling.close(tx, made.id, note="", action_number=foreign, expected_version=4)
        ended = handling.close(tx, made.id, note="", expected_version=4)
        assert ended.action_number == action.number
        with pytest.raises(InvalidValue, match="closed"):
            follow(tx, made.id, 5)


def follow(tx: Tx, complaint_id: ComplaintId, version: int) -> Complaint:
    """Begin a corrective action of a complaint."""
    return handling.follow(
        tx,
        complaint_id,
        requirement="J.9.2",
        finding="照合の手順がない",
        grade=Grade.MINOR,
        expected_version=version,
    )


def kinds(world: World, who: Principal) -> list[str]:
    """Return the kinds of what this person has to do."""
    with world.registry.read(who) as tx:
        return [each.kind for each in due.due(tx, today_in_japan(tx.now))]


# Receipt, and the day to answer


@pytest.mark.parametrize(
    ("received_on", "urgency", "expected"),
    [
        (date(2026, 4, 1), Urgency.NORMAL, date(2026, 4, 15)),
        (date(2026, 3, 27), Urgency.NORMAL, date(2026, 4, 10)),
        (date(2026, 4, 1), Urgency.URGENT, date(2026, 4, 6)),  # the third day after is a Saturday
        (date(2025, 12, 29), Urgency.URGENT, date(2026, 1, 2)),  # 1 January is a holiday
        (date(2025, 4, 22), Urgency.NORMAL, date(2025, 5, 7)),  # 6 May is a substitute holiday
    ],
)
def test_the_day_to_answer_is_a_working_day(
    world: World, received_on: date, urgency: Urgency, expected: date
) -> None:
    """Fourteen days, three when urgent, until the entity says otherwise."""
    assert received(world, received_on=received_on, urgency=urgency).due_on == expected


def test_each_entity_sets_its_own_terms(world: World) -> None:
    """They hold for what arrives afterwards; a site has those of its company."""
    before = received(world)
    with world.registry.write(officer(world)) as tx:
        set_ = terms.change_terms(tx, world.a.unit.id, Terms(7, 1, 12))
        assert (set_.version, terms.terms(tx, world.a.site.id)) == (1, set_)
        with pytest.raises(Conflict):
            terms.change_terms(tx, world.a.unit.id, Terms(8, 1, 12))
        for wrong in (Terms(0, 1, 12, 1), Terms(7, 8, 12, 1), Terms(7, 1, 241, 1), Terms(366, 1, 12, 1)):
            with pytest.raises(InvalidValue, match="range"):
                terms.change_terms(tx, world.a.unit.id, wrong)
    assert received(world).due_on == DAY + timedelta(days=7)
    with world.registry.read(officer(world)) as tx:
        assert register.complaint(tx, before.id).due_on == before.due_on
    with world.registry.read(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        assert terms.terms(tx, world.b.unit.id) == Terms()


@pytest.mark.parametrize(
    ("values", "column", "rule"),
    [
        ({"content": "  "}, "content", "required"),
        ({"content": "長" * 4_001}, "content", "too_long"),
        ({"received_on": DAY + timedelta(days=1)}, "received_on", "future"),
        ({"entry_number": "L-9999"}, "entry_number", "unknown"),
    ],
)
def test_what_cannot_be_taken_in_says_why(
    world: World, values: dict[str, object], column: str, rule: str
) -> None:
    """Nothing is kept of it."""
    with pytest.raises(InvalidValue) as caught:
        received(world, **values)
    assert (caught.value.column, caught.value.rule) == (column, rule)
    with world.registry.read(officer(world)) as tx:
        assert register.complaints(tx) == ([], 0)


def test_it_names_an_entry_of_its_own_entity_only(world: World) -> None:
    """The administrator sees the ledgers of both companies; the complaint is about one."""
    own = received(world, entry_number=f" {world.a.entry.number} ")
    assert (own.entry_id, own.entry_number) == (world.a.entry.id, world.a.entry.number)
    everybody = world.personas()["administrator"]
    with world.registry.write(everybody) as tx, pytest.raises(InvalidValue, match="unknown"):
        register.receive(tx, draft(world.a.unit.id, entry_number=world.b.entry.number))


def test_who_complained_stands_nowhere_in_the_clear(world: World) -> None:
    """Neither in the table, nor in the journal, nor in what an object prints."""
    made = answered(world, sender="秘匿 花子", contact="090-1111-2222", content=SECRET)
    assert made.content == SECRET
    for hidden in ("秘匿", "090-1111-2222", SECRET, "名寄せ"):
        assert hidden not in repr(made)
        with world.registry.read(officer(world)) as tx:
            row = tx.session.execute(text("SELECT * FROM complaint")).one()
            records = tx.session.execute(text("SELECT * FROM journal_record")).all()
            columns = [each for line in (row, *records) for each in line]
            stored = [each if isinstance(each, bytes) else str(each).encode() for each in columns]
            assert not any(hidden.encode() in each for each in stored)
            assert hidden not in repr(register.complaints(tx))


# From the answer to the end


def test_the_way_of_a_complaint(world: World) -> None:
    """Answered, examined, closed by another person with what came of it; then nothing changes any more."""
    made = closed(world)
    assert (made.state, made.number) == (State.CLOSED, "CM-00001")
    assert (made.answer, made.cause, made.measure, made.note) == (
        "停止した",
        "名寄せの漏れ",
        "手順を直す",
        "確かめた",
    )
    assert (made.answered_on, made.closed_on) == (DAY, DAY)
    assert (made.request_number, made.action_number) == ("R-0001", "")
    with world.registry.write(desk(world)) as tx:
        for act in (
            lambda: handling.answer(tx, made.id, "別", answered_on=DAY, expected_version=4),
            lambda: handling.examine(tx, made.id, "別", "別", expected_version=4),
            lambda: handling.change(tx, made.id, draft(world.a.unit.id), expected_version=4),
        ):
            with pytest.raises(InvalidValue, match="closed"):
                act()
        with pytest.raises(InvalidValue, match="not_answered"):
            handling.send_back(tx, made.id, note="別", expected_version=4)


def test_nobody_closes_what_one_worked_on(world: World) -> None:
    """Neither the answer nor the cause may be one's own; the database refuses it too."""
    made = received(world)
    with world.registry.write(desk(world)) as tx:
        handling.answer(tx, made.id, "停止した", answered_on=DAY, expected_version=1)
    with world.registry.write(desk(world, 52)) as tx:
        handling.examine(tx, made.id, "原因", "対策", expected_version=2)
    for number, rule in ((51, "own_answer"), (52, "own_cause")):
        with world.registry.write(desk(world, number)) as tx, pytest.raises(InvalidValue, match=rule):
            handling.close(tx, made.id, note="", expected_version=3)
    for column in ("answerer_id", "examiner_id"):
        with pytest.raises(StoreError), world.registry.write(officer(world)) as tx:
            tx.session.execute(
                update(ComplaintRecord).values(
                    state="closed", closed_on=DAY, closer_id=getattr(ComplaintRecord, column)
                )
            )


def test_a_complaint_needs_its_cause_and_a_consultation_does_not(world: World) -> None:
    """What is asked is answered; what is complained about must not happen again."""
    for kind in (Kind.COMPLAINT, Kind.CONSULTATION, Kind.OPINION):
        made = received(world, kind=kind)
        with world.registry.write(desk(world)) as tx:
            handling.answer(tx, made.id, "説明した", answered_on=DAY, expected_version=1)
        with world.registry.write(officer(world)) as tx:
            if kind is Kind.COMPLAINT:
                with pytest.raises(InvalidValue) as caught:
                    handling.close(tx, made.id, note="", expected_version=2)
                assert (caught.value.column, caught.value.rule) == ("cause", "required")
            else:
                assert handling.close(tx, made.id, note="", expected_version=2).state is State.CLOSED


def test_an_answer_is_sent_back_with_a_reason(world: World) -> None:
    """The desk reads why and answers again; the reason goes with the new answer."""
    made = answered(world)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="required"):
            handling.send_back(tx, made.id, note=" ", expected_version=3)
        back = handling.send_back(tx, made.id, note="根拠を書く", expected_version=3)
        assert (back.state, back.note, back.cause) == (State.RECEIVED, "根拠を書く", "名寄せの漏れ")
    with world.registry.write(desk(world)) as tx:
        again = handling.answer(tx, made.id, "停止し根拠を示した", answered_on=DAY, expected_version=4)
        assert (again.state, again.note) == (State.ANSWERED, "")


@pytest.mark.parametrize(
    ("answer", "days", "column", "rule"),
    [
        ("", 0, "answer", "required"),
        ("答" * 4_001, 0, "answer", "too_long"),
        ("停止した", 1, "answered_on", "future"),
        ("停止した", -1, "answered_on", "before_receipt"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(
    world: World, answer: str, days: int, column: str, rule: str
) -> None:
    """It was given after the receipt, and says something."""
    made = received(world)
    with world.registry.write(desk(world)) as tx:
        with pytest.raises(InvalidValue) as caught:
            handling.answer(tx, made.id, answer, answered_on=DAY + timedelta(days=days), expected_version=1)
        assert (caught.value.column, caught.value.rule) == (column, rule)
        with pytest.raises(InvalidValue, match="required"):
            handling.examine(tx, made.id, "原因", " ", expected_version=1)


def test_who_comes_too_late_is_told(world: World) -> None:
    """Every step names the version that one saw."""
    made = answered(world)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(Conflict) as caught:
            handling.close(tx, made.id, note="", expected_version=2)
        assert caught.value.version == 3
        with pytest.raises(Conflict):
            handling.change(tx, made.id, draft(world.a.unit.id), expected_version=1)


def test_a_correction_moves_the_day_to_answer(world: World) -> None:
    """It turned out to be urgent, and about a site."""
    made = received(world)
    with world.registry.write(desk(world)) as tx:
        wanted = draft(world.a.site.id, urgency=Urgency.URGENT, subject=Subject.LEAK, sender="")
        now = handling.change(tx, made.id, wanted, expected_version=1)
    assert (now.unit_id, now.due_on, now.subject, now.sender) == (
        world.a.site.id,
        date(2026, 4, 6),
        Subject.LEAK,
        "",
    )
    with world.registry.write(desk(world)) as tx, pytest.raises(AccessDenied):
        handling.change(tx, made.id, draft(world.b.unit.id), expected_version=2)


# Who sees and does what


def test_another_entity_sees_nothing(world: World) -> None:
    """Neither the line nor the row; and executives see no complaints at all."""
    made = received(world)
    for who in (person(5, Role.OFFICER, world.b.unit.id), person(3, Role.EXECUTIVE, world.a.unit.id)):
        with world.registry.read(who) as tx:
            assert register.complaints(tx) == ([], 0)
            assert register.standing(tx).to_answer == 0
            with pytest.raises(NotFound):
                register.complaint(tx, made.id)


def test_the_register_is_narrowed_by_unit_state_and_kind(world: World) -> None:
    """Those to answer come first, by their day."""
    late = received(world, received_on=DAY - timedelta(days=30), kind=Kind.OPINION)
    done = answered(world)
    new = received(world)
    with world.registry.read(officer(world)) as tx:

        def found(wanted: Wanted) -> list[ComplaintId]:
            return [line.id for line in register.complaints(tx, wanted)[0]]

        assert found(Wanted()) == [late.id, new.id, done.id]
        assert found(Wanted(states=(State.ANSWERED,))) == [done.id]
        assert found(Wanted(kinds=(Kind.OPINION,))) == [late.id]
        assert found(Wanted(unit_id=world.a.site.id)) == []
        lines, total = register.complaints(tx, offset=1, limit=1)
        assert ([line.id for line in lines], total) == ([new.id], 3)
        stands = register.standing(tx, world.a.unit.id)
        assert (stands.to_answer, stands.late, stands.to_examine, stands.to_close) == (2, 1, 0, 1)
        with pytest.raises(AccessDenied):
            register.standing(tx, world.b.unit.id)


def test_an_answered_complaint_without_a_cause_does_not_wait_to_be_closed(world: World) -> None:
    """Only complaints need one: an opinion that was answered does."""
    made, other = received(world), received(world, kind=Kind.OPINION)
    with world.registry.write(desk(world)) as tx:
        for each in (made, other):
            handling.answer(tx, each.id, "停止した", answered_on=DAY, expected_version=1)
    with world.registry.read(officer(world)) as tx:
        lacking = {line.id: line.lacks_cause for line in register.complaints(tx)[0]}
        assert lacking == {made.id: True, other.id: False}
        stands = register.standing(tx)
        assert (stands.to_examine, stands.to_close) == (1, 1)


def test_what_is_due_follows_the_state(world: World) -> None:
    """Answer, then find the cause, then close: who worked on it is not asked to close."""
    made = received(world)
    assert kinds(world, desk(world)) == [due.ANSWER]
    with world.registry.write(desk(world)) as tx:
        handling.answer(tx, made.id, "停止した", answered_on=DAY, expected_version=1)
    assert kinds(world, desk(world)) == kinds(world, officer(world)) == [due.EXAMINE]
    with world.registry.write(desk(world)) as tx:
        handling.examine(tx, made.id, "原因", "対策", expected_version=2)
    assert (kinds(world, desk(world)), kinds(world, officer(world))) == ([], [due.CLOSE])
    with world.registry.write(officer(world)) as tx:
        handling.close(tx, made.id, note="", expected_version=3)
    assert kinds(world, officer(world)) == []


# Retention and numbers


def test_contents_go_when_their_period_is_over(world: World) -> None:
    """Three years after closing, no day earlier; numbers stay."""
    made = closed(world)
    open_ = received(world)
    last = date(2029, 4, 1)
    assert handling.erased_from(DAY, Terms()) == last
    world.clock.advance(last - DAY - timedelta(days=1))
    with world.registry.write(officer(world)) as tx:
        assert handling.erase_due(tx) == 0
    world.clock.advance(timedelta(days=1))
    with world.registry.write(officer(world)) as tx:
        assert handling.erase_due(tx) == 1
        assert handling.erase_due(tx) == 0
        gone = register.complaint(tx, made.id)
        assert gone.erased_at is not None
        assert {gone.sender, gone.contact, gone.content, gone.answer, gone.cause, gone.note} == {""}
        assert (gone.receiver, gone.answerer, gone.examiner, gone.closer) == ("", "", "", "")
        assert register.complaint(tx, open_.id).content
        assert statistics.statistics(tx, world.a.unit.id, DAY, DAY).total == 2
        actions = tx.session.scalars(
            text("SELECT action FROM journal_record WHERE table_name = 'complaint' ORDER BY seq")
        ).all()
    assert actions[-1] == "complaint_erased"


def test_the_numbers_of_a_period(world: World) -> None:
    """By kind and subject; late is what was answered after its day, or is past it."""
    closed(world)
    received(world, kind=Kind.OPINION, subject=Subject.PURPOSE)
    received(world, received_on=DAY - timedelta(days=30))
    received(world, received_on=DAY - timedelta(days=400))
    slow = received(world, received_on=DAY - timedelta(days=20), kind=Kind.CONSULTATION)
    with world.registry.write(desk(world)) as tx:
        handling.answer(tx, slow.id, "説明した", answered_on=DAY, expected_version=1)
        found = statistics.statistics(tx, world.a.unit.id, DAY - timedelta(days=365), DAY)
        assert dict(found.kinds) == {Kind.COMPLAINT: 2, Kind.CONSULTATION: 1, Kind.OPINION: 1}
        assert (found.subjects[Subject.PURPOSE], found.subjects[Subject.CONTACT]) == (1, 3)
        assert (found.total, found.open, found.closed, found.late) == (4, 3, 1, 2)
        with pytest.raises(AccessDenied):
            statistics.statistics(tx, world.b.unit.id, DAY, DAY)


def test_a_unit_that_was_merged_takes_nothing_new(world: World) -> None:
    """Its successor does."""
    with world.registry.write(desk(world)) as tx:
        tx.session.execute(update(OrgUnit).where(OrgUnit.id == world.a.site.id).values(closed_at=tx.now))
        with pytest.raises(InvalidValue, match="closed"):
            register.receive(tx, draft(world.a.site.id))
