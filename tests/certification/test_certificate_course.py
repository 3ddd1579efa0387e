"""What happens to a certificate's accidents, applications and terms after they were first entered."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from privacy_mark.certificates import accidents, agenda, due, register
from privacy_mark.certificates.agenda import EventKind
from privacy_mark.certificates.model import Certificate
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
            told = {"kind": "leak", "discovered_on": TODAY - timedelta(days=2)} | values
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
        for call in (
            lambda: accidents.withdraw(tx, gone.id, reason="x", expected_version=gone.version),
            lambda: accidents.sent(tx, gone.id, first=TODAY, full=None, expected_version=gone.version),
            lambda: accidents.change(
                tx, gone.id, kind="leak", discovered_on=TODAY, expected_version=gone.version
            ),
        ):
            with pytest.raises(InvalidValue, match="withdrawn"):
                call()
