"""What happens to a certificate's accidents, applications and terms after they were first entered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from privacy_mark.certificates import accidents, agenda, due, register, rounds
from privacy_mark.certificates.agenda import EventKind
from privacy_mark.certificates.marks import Mark
from privacy_mark.certificates.model import Certificate
from privacy_mark.certificates.steps import Step
from registry import journal
from registry.access import bootstrap_principal
from registry.errors import Conflict, InvalidValue
from registry.model import Principal, Role
from tests.access.certificates import SCALE, term
from tests.registry.world import World, person

TODAY = date(2026, 4, 1)


def officer(world: World) -> Principal:
    """Return the officer of company A."""
    return person(2, Role.OFFICER, world.a.unit.id)


def held(world: World, until: date = date(2026, 9, 30)) -> Certificate:
    """Return a certificate of company A; by default its window is 2026-01-31 to 2026-06-01."""
    with world.registry.write(officer(world)) as tx:
        return register.register(tx, world.a.unit.id, "jipdec", scale=SCALE, term=term(18_820_040, until))


def line(world: World, today: date = TODAY) -> agenda.Line:
    """Return what lies ahead of the certificate of company A."""
    with world.registry.read(officer(world)) as tx:
        (found,) = agenda.agenda(tx, today)
    return found


def last_record(world: World) -> tuple[str, Any, Any]:
    """Return the newest line of the journal: action, before, after."""
    with world.registry.read(bootstrap_principal()) as tx:
        found = journal.lines(tx, limit=1)[0]
        return found.action, found.before, found.after


def test_what_is_learnt_of_an_accident_later_moves_its_days(world: World) -> None:
    """More persons bring a first report, an improper purpose gives 60 days, another day moves both."""
    made = held(world)
    with world.registry.write(officer(world)) as tx:
        found = accidents.add(tx, made.id, kind="leak", discovered_on=TODAY - timedelta(days=10))
        assert (found.first_due, found.full_due) == (None, date(2026, 4, 20))
        found = accidents.change(
            tx,
            found.id,
            kind="leak",
            discovered_on=TODAY - timedelta(days=2),
            triggers=["many", "improper"],
            suspected=True,
            incident="I-7",
            expected_version=found.version,
        )
        assert (found.first_due, found.full_due) == (date(2026, 4, 3), date(2026, 5, 28))
        assert (found.suspected, found.incident) == (True, "I-7")
        with pytest.raises(Conflict):
            accidents.change(tx, found.id, kind="leak", discovered_on=TODAY, expected_version=1)
    action, before, after = last_record(world)
    assert action == "accident_changed"
    assert (before["full_due"], after["full_due"]) == ("2026-04-20", "2026-05-28")
    assert line(world).events[0].kind is EventKind.FIRST_REPORT
    with world.registry.write(officer(world)) as tx:
        sent = accidents.sent(
            tx, found.id, first=TODAY - timedelta(days=1), full=None, expected_version=found.version
        )
        for values, rule in (
            ({"discovered_on": TODAY}, "after_report"),
            ({"discovered_on": TODAY + timedelta(days=1)}, "future"),
            ({"kind": "fire"}, "unknown"),
            ({"triggers": ["rain"]}, "unknown"),
        ):
            told: dict[str, Any] = {"kind": "leak", "discovered_on": TODAY - timedelta(days=2)} | values
            with pytest.raises(InvalidValue, match=rule):
                accidents.change(tx, found.id, expected_version=sent.version, **told)


def test_a_suspicion_that_proved_false_is_withdrawn_with_a_reason(world: World) -> None:
    """Nothing of it is due any more; it stays listed with its sealed reason, and cannot be changed."""
    made = held(world)
    with world.registry.write(officer(world)) as tx:
        found = accidents.add(tx, made.id, kind="leak", discovered_on=TODAY, triggers=["many"])
        with pytest.raises(InvalidValue, match="required"):
            accidents.withdraw(tx, found.id, reason=" ", expected_version=found.version)
        gone = accidents.withdraw(tx, found.id, reason="社内に残っていた", expected_version=found.version)
        assert gone.next_due() is None
    with world.registry.read(officer(world)) as tx:
        assert accidents.accidents(tx, made.id) == []
        (shown,) = accidents.accidents(tx, made.id, withdrawn=True)
        assert (shown.withdrawn_on, shown.withdrawn_reason) == (TODAY, "社内に残っていた")
        assert not [each for each in due.due(tx, TODAY) if each.kind.startswith("accident")]
    found_line = line(world)
    assert found_line.accidents == ()
    assert last_record(world)[0] == "accident_withdrawn"
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="withdrawn"):
            accidents.withdraw(tx, gone.id, reason="x", expected_version=gone.version)
        with pytest.raises(InvalidValue, match="withdrawn"):
            accidents.sent(tx, gone.id, first=TODAY, full=None, expected_version=gone.version)
        with pytest.raises(InvalidValue, match="withdrawn"):
            accidents.change(tx, gone.id, kind="leak", discovered_on=TODAY, expected_version=gone.version)


def test_an_application_outside_the_window_needs_a_reason(world: World) -> None:
    """Planned or handed in; a first application has no window, and days before the term make no sense."""
    made = held(world)
    for apply_on, rule in (
        (date(2026, 6, 2), "required"),
        (date(2026, 1, 30), "required"),
        (date(2019, 4, 1), "before_term"),
        (date(2026, 10, 1), "after_expiry"),
    ):
        with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match=rule):
            rounds.start(tx, made.id, apply_on=apply_on)
    with world.registry.write(officer(world)) as tx:
        begun = rounds.start(tx, made.id, apply_on=date(2026, 6, 2), reason="審査機関と合意")
        assert begun.outside == "審査機関と合意"
        within = {Step.APPLICATION: (date(2026, 6, 1), None)}
        begun = rounds.set_steps(tx, begun.id, within, expected_version=begun.version)
        assert begun.outside == ""
        early = {Step.APPLICATION: (TODAY, date(2026, 1, 5))}
        with pytest.raises(InvalidValue, match="outside"):
            rounds.set_steps(tx, begun.id, early, expected_version=begun.version)
        begun = rounds.set_steps(tx, begun.id, early, reason="事前提出", expected_version=begun.version)
        visit = {Step.ON_SITE: (date(2026, 6, 20), None)}
        assert rounds.set_steps(tx, begun.id, visit, expected_version=begun.version).outside == "事前提出"
        first = register.register(tx, world.a.unit.id, "medis", scale=SCALE)
        assert rounds.start(tx, first.id, apply_on=date(2027, 6, 1)).outside == ""


def test_an_application_after_the_window_leaves_it_missed(world: World) -> None:
    """What was late stays late: the expiry is told on; handed in within the window, nothing was missed."""
    made = held(world, date(2026, 7, 20))  # its window: 2025-11-21 to 2026-03-23
    with world.registry.write(officer(world)) as tx:
        begun = rounds.start(tx, made.id, apply_on=TODAY, reason="審査機関に相談済み")
        late = {Step.APPLICATION: (TODAY, TODAY)}
        begun = rounds.set_steps(tx, begun.id, late, reason="相談済み", expected_version=begun.version)
    assert line(world).missed
    with world.registry.read(officer(world)) as tx:
        assert "certificate.expires" in {each.kind for each in due.due(tx, TODAY)}
    with world.registry.write(officer(world)) as tx:
        in_time = {Step.APPLICATION: (TODAY, date(2026, 3, 23))}
        rounds.set_steps(tx, begun.id, in_time, expected_version=begun.version)
    assert not line(world).missed
    with world.registry.read(officer(world)) as tx:
        assert "certificate.expires" not in {each.kind for each in due.due(tx, TODAY)}


def test_a_grant_leaves_the_term_in_force_until_its_last_day(world: World) -> None:
    """The mark of today is the old one until the new term begins; window and expiry are those of the new."""
    made = held(world)
    with world.registry.write(officer(world)) as tx:
        begun = rounds.start(tx, made.id, apply_on=TODAY)
        done = {Step.APPLICATION: (TODAY, TODAY)}
        begun = rounds.set_steps(tx, begun.id, done, expected_version=begun.version)
        rounds.grant(
            tx,
            begun.id,
            mark=Mark("18820040", 8),
            valid_from=date(2026, 10, 1),
            valid_until=date(2028, 9, 30),
            expected_version=begun.version,
        )
        now = register.certificate(tx, made.id)
        assert (now.term, now.window and now.window.opens) == (made.term, date(2028, 1, 31))
        assert str(now.next_term and now.next_term.mark) == "第18820040(08)号"
        with pytest.raises(InvalidValue, match="before_term"):
            register.change(
                tx,
                made.id,
                body="jipdec",
                scale=SCALE,
                term=term(18_820_040, date(2028, 9, 29), 8),
                expected_version=now.version,
            )
        later = replace(tx, now=datetime(2026, 9, 30, 15, tzinfo=UTC))  # midnight in Japan
        then = register.certificate(later, made.id)
    assert (then.term, then.next_term) == (now.next_term, None)
    assert [each.on for each in line(world).events if each.kind is EventKind.EXPIRES] == [date(2028, 9, 30)]
