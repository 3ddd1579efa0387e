"""Certificates, applications, accidents and yearly plans: rules, agenda, what is due, journal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError

from privacy_mark.certificates import accidents, agenda, due, ical, register, rounds, year_overview, years
from privacy_mark.certificates.agenda import EventKind
from privacy_mark.certificates.cycle import Derived, cycle, days
from privacy_mark.certificates.fees import RoundKind, Size
from privacy_mark.certificates.marks import Mark
from privacy_mark.certificates.model import Certificate, RoundState, Scale, State, Term
from privacy_mark.certificates.steps import Step
from privacy_mark.certificates.year_model import Outcome, Year, YearState
from privacy_mark.certificates.years import Aim, Change
from privacy_mark.due import Level
from registry import journal, organisation
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, Conflict, Duplicate, InvalidValue, NotFound
from registry.model import Principal, Role, UnitKind
from registry.store.certificate_tables import PmsYear
from tests.access.certificates import SCALE, fill, submitted, term
from tests.registry.world import World, person

TODAY = date(2026, 4, 1)
AIM = Aim("誤送信を半分にする", "登録した件数")


def officer(world: World) -> Principal:
    """Return the officer of company A."""
    return person(2, Role.OFFICER, world.a.unit.id)


def top(world: World) -> Principal:
    """Return the top management of company A."""
    return person(8, Role.TOP_MANAGEMENT, world.a.unit.id)


def held(world: World, until: date = date(2026, 9, 30), body: str = "jipdec") -> Certificate:
    """Return a certificate of company A."""
    with world.registry.write(officer(world)) as tx:
        return register.register(tx, world.a.unit.id, body, scale=SCALE, term=term(18_820_040, until))


def lines(world: World, today: date = TODAY) -> list[agenda.Line]:
    """Return the agenda of company A on a day."""
    with world.registry.read(officer(world)) as tx:
        return agenda.agenda(tx, today)


def told(world: World, today: date) -> list[tuple[str, date, Level]]:
    """Return what is due of certificates on a day: kind, day, up to whom."""
    with world.registry.read(officer(world)) as tx:
        return [
            (each.kind, each.due_on, each.level(today))
            for each in due.due(tx, today)
            if not each.kind.startswith("pms.")
        ]


def test_a_unit_holds_several_certificates_and_a_hospital_its_own(world: World) -> None:
    """One per body, each with its own clock; an overseas company holds none."""
    first = held(world)
    assert (first.number, str(first.term.mark) if first.term else "") == ("C-0001", "第18820040(07)号")
    assert first.window is not None
    assert (first.window.opens, first.window.closes) == (date(2026, 1, 31), date(2026, 6, 1))
    assert first.size is Size.MEDIUM
    with world.registry.write(officer(world)) as tx:
        assert register.register(tx, world.a.unit.id, "jisa", scale=SCALE).state is State.APPLYING
        with pytest.raises(Duplicate, match="body"):
            register.register(tx, world.a.unit.id, "jipdec", scale=SCALE)
        with pytest.raises(Duplicate, match="mark"):
            register.register(tx, world.a.unit.id, "juas", scale=SCALE, term=term(18_820_040))
    with world.registry.write(bootstrap_principal()) as tx:
        made = [
            organisation.create_unit(
                tx, code=code, kind=kind, name_ja=code, name_en=code, parent_id=world.a.unit.id
            ).id
            for code, kind in (("HOSP", UnitKind.HOSPITAL), ("DE", UnitKind.OVERSEAS))
        ]
    with world.registry.write(officer(world)) as tx:
        own = register.register(tx, made[0], "medis", scale=SCALE, term=term(14_000_001))
        assert own.unit_id == made[0]
        with pytest.raises(InvalidValue, match="not_in_japan"):
            register.register(tx, made[1], "jipdec", scale=SCALE)


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"body": "nobody"}, "unknown"),
        ({"scale": Scale("mining")}, "unknown"),
        ({"scale": replace(SCALE, workers=0)}, "out_of_range"),
        ({"scale": replace(SCALE, capital_yen=-1)}, "out_of_range"),
        ({"term": Term(Mark("18820040", 1), TODAY, TODAY)}, "before_start"),
    ],
)
def test_what_does_not_hold_is_refused(world: World, values: dict[str, Any], rule: str) -> None:
    """A certificate needs a known body and trade, and days in order."""
    told = {"body": "jipdec", "scale": SCALE, "term": term(18_820_040)} | values
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match=rule):
        register.register(tx, world.a.unit.id, told.pop("body"), **told)


def test_window_days_are_overruled_for_a_reason_and_go_with_their_term(world: World) -> None:
    """By hand with a reason, back to the rule, and forgotten when the term changes."""
    made = held(world)
    closes = date(2026, 6, 8)
    with world.registry.write(officer(world)) as tx:
        for values, rule in (
            ({"closes": closes, "reason": " "}, "required"),
            ({"closes": date(2026, 1, 1), "reason": "x"}, "before_opening"),
            ({"closes": date(2027, 1, 1), "reason": "x"}, "after_expiry"),
        ):
            with pytest.raises(InvalidValue, match=rule):
                register.set_window(tx, made.id, **({"opens": None} | values), expected_version=made.version)
    with world.registry.write(officer(world)) as tx:
        made = register.set_window(
            tx, made.id, opens=None, closes=closes, reason="案内の写し", expected_version=made.version
        )
    assert made.window is not None
    assert (made.window.closes, made.window.closes_by_rule) == (closes, date(2026, 6, 1))
    assert made.window.reason == "案内の写し"
    with world.registry.write(officer(world)) as tx:
        longer = term(18_820_040, date(2026, 10, 31))
        made = register.change(
            tx, made.id, body="jipdec", scale=SCALE, term=longer, expected_version=made.version
        )
    assert made.window is not None
    assert not made.window.by_hand
    with world.registry.write(officer(world)) as tx, pytest.raises(Conflict):
        register.change(tx, made.id, body="jisa", scale=SCALE, term=longer, expected_version=1)


def test_an_application_goes_its_steps_to_the_next_term(world: World) -> None:
    """Planned, handed in, assessed, granted: one term more, and the next window follows."""
    made = held(world)
    with world.registry.write(officer(world)) as tx:
        begun = rounds.start(tx, made.id, apply_on=TODAY)
        assert begun.kind is RoundKind.RENEWAL
        assert begun.steps[Step.FORMAL_CHECK].planned == TODAY + timedelta(weeks=3)
        with pytest.raises(InvalidValue, match="open"):
            rounds.start(tx, made.id, apply_on=TODAY)
        with pytest.raises(InvalidValue, match="required"):
            _grant(tx, begun, Mark("18820040", 8))
        done = {Step.APPLICATION: (TODAY, TODAY)}
        begun = rounds.set_steps(tx, begun.id, done, expected_version=begun.version)
        assert begun.next_step() is Step.FORMAL_CHECK
    with world.registry.write(officer(world)) as tx:
        for actual, rule in ((TODAY + timedelta(days=1), "future"), (TODAY - timedelta(days=1), "order")):
            with pytest.raises(InvalidValue, match=rule):
                rounds.set_steps(tx, begun.id, {Step.ON_SITE: (None, actual)}, expected_version=begun.version)
    (line,) = lines(world)
    assert [each.kind for each in line.events[:1]] == [EventKind.STEP]
    assert not {EventKind.OPENS, EventKind.CLOSES} & {each.kind for each in line.events}
    with world.registry.write(officer(world)) as tx:
        for mark in (Mark("18820040", 7), Mark("18820041", 8)):
            with pytest.raises(InvalidValue, match="not_next"):
                _grant(tx, begun, mark)
        with pytest.raises(InvalidValue, match="before_term"):
            _grant(tx, begun, Mark("18820040", 8), date(2026, 9, 30))
        ended = _grant(tx, begun, Mark("18820040", 8))
        assert (ended.state, ended.granted_until) == (RoundState.GRANTED, date(2028, 9, 30))
        after = register.certificate(tx, made.id)
        with pytest.raises(InvalidValue, match="ended"):
            _grant(tx, ended, Mark("18820040", 9))
    assert after.window is not None
    assert after.window.opens == date(2028, 1, 31)
    assert str(after.next_term.mark if after.next_term else "") == "第18820040(08)号"


def _grant(tx: Any, of: rounds.Round, mark: Mark, first: date = date(2026, 10, 1)) -> rounds.Round:
    return rounds.grant(
        tx,
        of.id,
        mark=mark,
        valid_from=first,
        valid_until=date(2028, 9, 30),
        expected_version=of.version,
    )


def test_a_first_application_may_be_refused_and_begun_again(world: World) -> None:
    """Without a term the application is the first one; its end needs a reason."""
    with world.registry.write(officer(world)) as tx:
        made = register.register(tx, world.a.unit.id, "medis", scale=SCALE)
        begun = rounds.start(tx, made.id, apply_on=TODAY)
        assert begun.kind is RoundKind.FIRST
        with pytest.raises(InvalidValue, match="open"):
            register.end(tx, made.id, State.WITHDRAWN, on=TODAY, reason="中止", expected_version=made.version)
        with pytest.raises(InvalidValue, match="required"):
            rounds.stop(tx, begun.id, RoundState.REFUSED, reason="", expected_version=begun.version)
        with pytest.raises(InvalidValue, match="no_end"):
            rounds.stop(tx, begun.id, RoundState.GRANTED, reason="x", expected_version=begun.version)
        ended = rounds.stop(
            tx, begun.id, RoundState.REFUSED, reason="運用の期間が足りない", expected_version=begun.version
        )
        assert ended.note == "運用の期間が足りない"
        rounds.start(tx, made.id, apply_on=TODAY)
        assert [each.state for each in rounds.rounds(tx, made.id)] == [RoundState.OPEN, RoundState.REFUSED]


def test_an_ended_certificate_is_fixed(world: World) -> None:
    """Given back with a reason; a lapse comes only after the last day; nothing is changed afterwards."""
    made = held(world)
    with world.registry.write(officer(world)) as tx:
        for state, on, reason, rule in (
            (State.LAPSED, TODAY, "x", "before_expiry"),
            (State.WITHDRAWN, TODAY, "", "required"),
            (State.WITHDRAWN, TODAY + timedelta(days=1), "x", "future"),
            (State.HELD, TODAY, "x", "no_end"),
        ):
            with pytest.raises(InvalidValue, match=rule):
                register.end(tx, made.id, state, on=on, reason=reason, expected_version=made.version)
        made = register.end(
            tx, made.id, State.WITHDRAWN, on=TODAY, reason="合併のため", expected_version=made.version
        )
        assert (made.window, made.end_reason) == (None, "合併のため")
        with pytest.raises(InvalidValue, match="ended"):
            rounds.start(tx, made.id, apply_on=TODAY)
        with pytest.raises(InvalidValue, match="ended"):
            register.change(tx, made.id, body="jisa", scale=SCALE, term=None, expected_version=made.version)
    (line,) = lines(world)
    assert line.events == ()


def test_reminders_begin_before_their_day_and_rise(world: World) -> None:
    """Opening, closing, and after a missed window the expiry: each to more people as it comes near."""
    held(world)  # window 2026-01-31 to 2026-06-01, last day 2026-09-30
    assert told(world, date(2025, 10, 30)) == []
    assert told(world, date(2025, 10, 31)) == [("certificate.prepare", date(2026, 1, 31), Level.RESPONSIBLE)]
    assert told(world, date(2026, 1, 31)) == []  # it opens today, and closes in four months
    closing = {
        date(2026, 3, 1): Level.RESPONSIBLE,
        date(2026, 4, 2): Level.PRIVACY_MANAGER,
        date(2026, 5, 2): Level.TOP_MANAGEMENT,
        date(2026, 5, 18): Level.HEADQUARTERS,
    }
    for day, level in closing.items():
        assert told(world, day) == [("certificate.apply", date(2026, 6, 1), level)]
    assert told(world, date(2026, 6, 2)) == [("certificate.expires", date(2026, 9, 30), Level.RESPONSIBLE)]
    assert told(world, date(2026, 8, 1))[0][2] is Level.TOP_MANAGEMENT
    (line,) = lines(world, date(2026, 6, 2))
    assert line.missed


def test_accidents_carry_their_deadlines_until_both_reports_are_sent(world: World) -> None:
    """First report within days when a trigger holds, the full one within a month; no word about persons."""
    made = held(world)
    with world.registry.write(officer(world)) as tx:
        for values, rule in (
            ({"kind": "fire"}, "unknown"),
            ({"triggers": ["rain"]}, "unknown"),
            ({"discovered_on": TODAY + timedelta(days=1)}, "future"),
            ({"incident": "I" * 65}, "too_long"),
        ):
            with pytest.raises(InvalidValue, match=rule):
                accidents.add(tx, made.id, **({"kind": "leak", "discovered_on": TODAY} | values))
        found = accidents.add(
            tx, made.id, kind="leak", discovered_on=TODAY, triggers=["many"], incident="I-0007"
        )
        assert (found.first_due, found.full_due) == (date(2026, 4, 5), date(2026, 4, 30))
    assert [each.kind for each in lines(world)[0].events[:1]] == [EventKind.FIRST_REPORT]
    assert told(world, TODAY)[0] == ("accident.first_report", date(2026, 4, 5), Level.RESPONSIBLE)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="before_discovery"):
            accidents.sent(tx, found.id, first=date(2026, 3, 31), full=None, expected_version=found.version)
        found = accidents.sent(tx, found.id, first=TODAY, full=None, expected_version=found.version)
    assert told(world, TODAY)[0] == ("accident.full_report", date(2026, 4, 30), Level.RESPONSIBLE)
    with world.registry.write(officer(world)) as tx:
        accidents.sent(tx, found.id, first=TODAY, full=TODAY, expected_version=found.version)
        assert [each.number for each in accidents.accidents(tx, made.id)] == ["J-0001"]
    assert not [each for each in told(world, TODAY) if each[0].startswith("accident")]


def test_the_agenda_asks_the_same_few_questions_however_many_there_are(world: World) -> None:
    """What comes next stands first; the number of statements does not grow with the certificates."""
    asked: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    counted = []
    event.listen(world.registry.engine, "before_cursor_execute", count)
    for number in range(3):
        with world.registry.write(officer(world)) as tx:
            for body in [("jipdec", "jisa"), ("juas", "dekyo"), ("mcf", "medis")][number]:
                until = date(2027, 1, 31) - timedelta(days=40 * number)
                made = register.register(
                    tx,
                    world.a.unit.id,
                    body,
                    scale=SCALE,
                    term=term(18_000_000 + len(body) + 7 * number, until),
                )
                assert made.window is not None
                rounds.start(tx, made.id, apply_on=made.window.opens + timedelta(days=number))
        asked.clear()
        found = lines(world)
        counted.append(sum(each.lstrip().startswith("SELECT") for each in asked))
        ahead = [each.next.on for each in found if each.next]
        assert ahead == sorted(ahead)
    event.remove(world.registry.engine, "before_cursor_execute", count)
    assert len(set(counted)) == 1


def test_the_calendar_file_is_read_by_others(world: World) -> None:
    """Whole days with stable identities, in a calendar that the library reads back."""
    held(world)
    now = datetime(2026, 4, 1, tzinfo=UTC)

    def written() -> Calendar:
        return Calendar.from_ical(
            ical.calendar(lines(world), lambda line, of: f"会社 {of.kind}", name="予定", now=now)
        )

    entries = list(written().walk("VEVENT"))
    assert [each.decoded("dtstart") for each in entries] == [date(2026, 6, 1), date(2026, 9, 30)]
    assert [each.decoded("dtend") for each in entries] == [date(2026, 6, 2), date(2026, 10, 1)]
    assert str(entries[0]["uid"]) == "c-0001-closes-day@daicho"
    assert [str(each["uid"]) for each in written().walk("VEVENT")] == [str(each["uid"]) for each in entries]


def test_another_company_finds_none_of_it(world: World) -> None:
    """Out of sight is as absent; who may only look changes nothing."""
    made = held(world)
    with world.registry.write(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        assert register.certificates(tx) == []
        for call in (register.certificate, rounds.rounds, accidents.accidents):
            with pytest.raises(NotFound):
                call(tx, made.id)
        with pytest.raises(AccessDenied):
            register.register(tx, world.a.unit.id, "jisa", scale=SCALE)
    with world.registry.write(person(3, Role.EXECUTIVE, world.a.unit.id)) as tx:
        assert register.certificate(tx, made.id).number == "C-0001"
        assert due.due(tx, date(2026, 5, 31)) == []
        with pytest.raises(AccessDenied):
            rounds.start(tx, made.id, apply_on=TODAY)


def test_reasons_are_sealed_and_every_change_is_in_the_journal(world: World) -> None:
    """Nobody's words stand in the database in the clear, and each step has its record."""
    with world.registry.write(officer(world)) as tx:
        made = fill(tx, world.a.unit.id)
        held_ = register.certificate(tx, made.certificate_id)
        register.set_window(
            tx,
            made.certificate_id,
            opens=None,
            closes=date(2026, 6, 9),
            reason="秘密の理由",
            expected_version=held_.version,
        )
    with world.registry.read(bootstrap_principal()) as tx:
        for table in ("pm_certificate", "pms_year", "pms_objective", "pms_item"):
            for row in tx.session.execute(text(f"SELECT * FROM {table}")).mappings():
                stored = b"".join(
                    bytes(each) if isinstance(each, bytes | memoryview) else str(each).encode()
                    for each in row.values()
                )
                for secret in ("秘密の理由", "誤送信", "officer 2"):
                    assert secret.encode() not in stored
        told = {line.action for line in journal.lines(tx, limit=100)}
    wanted = {"certificate_registered", "certificate_changed", "certificate_applied", "certificate_step"}
    assert wanted | {"accident_registered", "year_planned", "year_submitted", "year_approved"} <= told


def test_days_of_a_year_follow_the_window_and_the_last_time() -> None:
    """The earliest of what applies, never outside the year; four turns of what comes four times."""
    first, last = date(2026, 4, 1), date(2027, 3, 31)
    plain = {(each.item.id, each.turn): each for each in days(first, last, opens=None, last={})}
    assert {name for name, _turn in plain} == set(cycle())
    assert plain["audit", 1].due_on == date(2026, 12, 31)
    assert [plain["confirmations", turn].due_on for turn in (1, 2, 3, 4)] == [
        date(2026, 6, 30),
        date(2026, 9, 30),
        date(2026, 12, 31),
        date(2027, 3, 31),
    ]
    opens = date(2026, 10, 2)
    window = {each.item.id: each for each in days(first, last, opens=opens, last={})}
    assert (window["audit"].due_on, window["audit"].derived) == (date(2026, 8, 2), Derived.WINDOW)
    assert window["ledger"].due_on == date(2026, 6, 2)
    done = {"audit": date(2025, 6, 10), "training": date(2024, 1, 1), "review": date(2026, 3, 31)}
    again = {each.item.id: each for each in days(first, last, opens=None, last=done)}
    assert (again["audit"].due_on, again["audit"].derived) == (date(2026, 6, 10), Derived.LAST)
    assert again["training"].due_on == first  # more than a year ago: at once
    assert again["review"].due_on == date(2027, 2, 28)
    everything = [*days(first, last, opens=opens, last=done)]
    assert all(first <= each.due_on <= last for each in everything)
    assert [each.due_on for each in everything] == sorted(each.due_on for each in everything)


def _approved(world: World) -> Year:
    with world.registry.write(officer(world)) as tx:
        made = submitted(tx, world.a.unit.id, TODAY)
    with world.registry.write(top(world)) as tx:
        return years.approve(tx, made.id, expected_version=made.version)


def test_a_plan_is_made_changed_and_approved_by_another_person(world: World) -> None:
    """Derived days can be changed while it is a draft; who made it does not approve it."""
    held(world, date(2027, 6, 30))  # its window opens on 2026-10-31
    with world.registry.write(officer(world)) as tx:
        made = years.plan(tx, world.a.unit.id, starts_on=TODAY)
        assert (made.number, made.ends_on) == ("Y-0001", date(2027, 3, 31))
        audit = next(each for each in made.items if each.item == "audit")
        assert (audit.due_on, audit.derived) == (date(2026, 8, 31), Derived.WINDOW)
        with pytest.raises(Duplicate, match="starts_on"):
            years.plan(tx, world.a.unit.id, starts_on=date(2027, 3, 31))
        with pytest.raises(InvalidValue, match="required"):
            years.submit(tx, made.id, expected_version=made.version)
        with pytest.raises(InvalidValue, match="required"):
            years.set_objectives(tx, made.id, [Aim("目的", "")], expected_version=made.version)
        with pytest.raises(InvalidValue, match="outside_year"):
            years.add_item(
                tx, made.id, title="x", owner="", due_on=date(2027, 4, 1), expected_version=made.version
            )
        made = years.set_objectives(tx, made.id, [AIM], expected_version=made.version)
        change = {audit.id: Change(date(2026, 8, 1), "監査室")}
        made = years.change_items(tx, made.id, change, expected_version=made.version)
        made = years.add_item(
            tx,
            made.id,
            title="防災訓練",
            owner="総務部",
            due_on=date(2026, 9, 1),
            expected_version=made.version,
        )
        changed = {each.item or each.title: each for each in made.items}
        assert (changed["audit"].derived, changed["audit"].owner) == (Derived.OWN, "監査室")
        assert changed["防災訓練"].due_on == date(2026, 9, 1)
        made = years.submit(tx, made.id, expected_version=made.version)
        with pytest.raises(InvalidValue, match="not_draft"):
            years.set_objectives(tx, made.id, [AIM], expected_version=made.version)
        with pytest.raises(AccessDenied):
            years.approve(tx, made.id, expected_version=made.version)
    same = replace(officer(world), grants=(*officer(world).grants, *top(world).grants))
    with world.registry.write(same) as tx, pytest.raises(InvalidValue, match="same_person"):
        years.approve(tx, made.id, expected_version=made.version)
    with world.registry.write(top(world)) as tx:
        returned = years.send_back(tx, made.id, note="監査を早める", expected_version=made.version)
        assert (returned.state, returned.note) == (YearState.DRAFT, "監査を早める")
        with pytest.raises(InvalidValue, match="not_submitted"):
            years.approve(tx, made.id, expected_version=returned.version)
    with world.registry.write(officer(world)) as tx:
        made = years.submit(tx, made.id, expected_version=returned.version)
    with world.registry.write(top(world)) as tx:
        made = years.approve(tx, made.id, expected_version=made.version)
    assert (made.state, made.approver, made.note) == (YearState.APPROVED, "top_management 8", "")


def test_the_database_itself_refuses_a_plan_approved_by_its_author(world: World) -> None:
    """The two-person rule is a constraint too."""
    made = _approved(world)
    with world.registry.engine.begin() as connection, pytest.raises(IntegrityError):
        connection.execute(
            text("UPDATE pms_year SET approver_id = author_id WHERE id = :id"), {"id": made.id}
        )


def test_a_year_runs_and_is_closed_when_nothing_is_open(world: World) -> None:
    """Done with day and record, left out with a reason; the next plan knows when it was last done."""
    made = _approved(world)
    with world.registry.write(officer(world)) as tx:
        first, *others = made.items
        with pytest.raises(InvalidValue, match="required"):
            years.finish_item(tx, made.id, first.id, on=TODAY, record=" ", expected_version=made.version)
        with pytest.raises(InvalidValue, match="future"):
            years.finish_item(
                tx,
                made.id,
                first.id,
                on=TODAY + timedelta(days=1),
                record="x",
                expected_version=made.version,
            )
        with pytest.raises(InvalidValue, match="before_end"):
            years.close(tx, made.id, expected_version=made.version)
        made = years.finish_item(
            tx, made.id, first.id, on=TODAY, record="議事録 1", expected_version=made.version
        )
        made = years.leave_item(tx, made.id, others[0].id, reason="該当なし", expected_version=made.version)
        assert [(each.record, each.left) for each in made.items[:2]] == [("議事録 1", ""), ("", "該当なし")]
        with pytest.raises(Conflict):
            years.leave_item(tx, made.id, others[1].id, reason="x", expected_version=1)
    world.clock.advance(timedelta(days=365))
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="items: open"):
            years.close(tx, made.id, expected_version=made.version)
        for each in made.items:
            if each.is_open:
                made = years.finish_item(
                    tx, made.id, each.id, on=each.due_on, record="記録", expected_version=made.version
                )
        with pytest.raises(InvalidValue, match="objectives: open"):
            years.close(tx, made.id, expected_version=made.version)
        made = years.judge_objective(
            tx,
            made.id,
            made.objectives[0].id,
            outcome=Outcome.PARTLY,
            result="3 割減",
            expected_version=made.version,
        )
        made = years.close(tx, made.id, expected_version=made.version)
        assert made.state is YearState.CLOSED
        following = years.plan(tx, world.a.unit.id, starts_on=date(2027, 4, 1))
        audit = next(each for each in following.items if each.item == "audit")
        last = next(each for each in made.items if each.item == "audit")
        assert last.done_on is not None
        assert audit.due_on == last.done_on.replace(year=2027)


def test_late_items_rise_and_the_group_sees_who_is_late(world: World) -> None:
    """Counts, the next item, up to whom it has risen; units without a plan are named."""
    held(world)
    group = person(11, Role.GROUP_OFFICER, world.group.id)
    with world.registry.read(group) as tx:
        found = year_overview.overview(tx, TODAY)
        assert (found.years, [each.unit_id for each in found.without]) == ((), [world.a.unit.id])
        assert [each.kind for each in year_overview.due(tx, TODAY)] == ["pms.plan"]
    with world.registry.write(officer(world)) as tx:
        made = submitted(tx, world.a.unit.id, TODAY)
    with world.registry.read(top(world)) as tx:
        assert [each.kind for each in year_overview.due(tx, TODAY)] == ["pms.approve"]
    with world.registry.write(top(world)) as tx:
        years.approve(tx, made.id, expected_version=made.version)
    first = made.items[0]
    for late, level, count in ((-40, 0, 0), (-1, 0, 0), (1, 1, 1), (14, 2, 1), (30, 3, 1)):
        day = first.due_on + timedelta(days=late)
        with world.registry.read(group) as tx:
            (of,) = year_overview.overview(tx, day).years
            dues = [each for each in due.due(tx, day) if each.kind == "pms.item"]
        assert (of.late >= count, of.next_due, of.next_item) == (True, first.due_on, first.item)
        assert year_overview.level(of, day) == level
        assert bool(dues) is (late > -40)
    assert (of.items, of.done) == (len(made.items), 0)


def test_what_another_company_plans_is_out_of_sight(world: World) -> None:
    """Its years look absent."""
    made = _approved(world)
    with world.registry.read(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        assert year_overview.overview(tx, TODAY).years == ()
        with pytest.raises(NotFound):
            years.year(tx, made.id)
    with world.registry.read(officer(world)) as tx:
        assert tx.session.scalar(select(PmsYear.version).where(PmsYear.id == made.id)) == made.version
