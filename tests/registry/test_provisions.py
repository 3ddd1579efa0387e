"""Records of provision: when one is demanded, what it holds, and how long it is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from registry import journal, provisions
from registry.access import bootstrap_principal
from registry.errors import Conflict, InvalidValue
from registry.model import Principal, Role
from registry.provision_rules import (
    EXEMPT,
    NO_THIRD_PARTY,
    Abroad,
    Direction,
    Form,
    Ground,
    check_due,
    is_demanded,
    retain_until,
)
from registry.provisions import Provision
from tests.access.rights import provision
from tests.registry.world import World, person

FULL = {"ground": Ground.CONSENT, "persons": "山田　太郎\n佐藤 花子", "items": "氏名、病名", "note": ""}


def officer(world: World) -> Principal:
    """Return the officer of company A."""
    return person(2, Role.OFFICER, world.a.unit.id)


def recorded(world: World, **values: Any) -> Provision:
    """Return a record of company A."""
    with world.registry.write(officer(world)) as tx:
        return provisions.record(tx, provision(world.a.unit.id, **(FULL | values)))


def test_exceptions_need_no_record_but_their_reason(world: World) -> None:
    """Entrustment, succession, joint use, Art. 27(1) exceptions and referrals are exempt; why is required."""
    for ground in sorted(EXEMPT):
        with pytest.raises(InvalidValue, match="note: required"):
            recorded(world, ground=ground)
        made = recorded(world, ground=ground, note="理由", persons="", items="")
        assert (made.exempt, made.retain_until) == (True, None)
    assert set(Ground) - EXEMPT == {Ground.CONSENT, Ground.OPT_OUT}


@pytest.mark.parametrize("ground", sorted(Ground))
def test_abroad_even_entrusting_is_a_provision_unless_the_recipient_is_equal(ground: Ground) -> None:
    """With consent to provision abroad, what is none at home must be recorded; exceptions of (1) need not."""
    demanded = ground not in EXEMPT
    assert is_demanded(ground, Abroad.NONE) is demanded
    assert is_demanded(ground, Abroad.EQUAL_COUNTRY) is demanded
    assert is_demanded(ground, Abroad.EQUIVALENT_SYSTEM) is demanded
    assert is_demanded(ground, Abroad.CONSENT) is (demanded or ground in NO_THIRD_PARTY)


@pytest.mark.parametrize(
    ("form", "made_on", "last_day", "until"),
    [
        (Form.EACH, date(2026, 4, 1), None, date(2029, 4, 1)),
        (Form.EACH, date(2024, 2, 29), None, date(2027, 2, 28)),
        (Form.BATCH, date(2026, 4, 1), date(2026, 6, 30), date(2029, 6, 30)),
        (Form.BATCH, date(2026, 4, 1), None, None),
        (Form.CONTRACT, date(2026, 4, 1), date(2026, 6, 30), date(2027, 6, 30)),
        (Form.CONTRACT, date(2026, 4, 1), None, None),
    ],
)
def test_how_long_a_record_is_kept(
    form: Form, made_on: date, last_day: date | None, until: date | None
) -> None:
    """A year after the last provision under a contract, three after a batch, three after other records."""
    assert retain_until(form, made_on, last_day) == until


@pytest.mark.parametrize(
    ("values", "column", "rule"),
    [
        ({"counterpart": ""}, "counterpart", "required"),
        ({"persons": ""}, "persons", "required"),
        ({"items": ""}, "items", "required"),
        ({"direction": Direction.RECEIVED}, "acquired", "required"),
        ({"on_day": date(2026, 4, 2)}, "on_day", "future"),
        ({"last_day": date(2026, 3, 1)}, "last_day", "before_first"),
        ({"abroad": Abroad.CONSENT}, "country", "required"),
        ({"country": "usa"}, "country", "iso_3166_alpha_2"),
        ({"country": "US"}, "abroad", "required"),
        ({"country": "US", "abroad": Abroad.EQUAL_COUNTRY}, "abroad", "not_equal"),
    ],
)
def test_what_a_record_must_hold(world: World, values: dict[str, Any], column: str, rule: str) -> None:
    """What the rules demand is demanded, and a country is equal only when it is."""
    with pytest.raises(InvalidValue) as error:
        recorded(world, **values)
    assert (error.value.column, error.value.rule) == (column, rule)


def test_recipients_abroad_are_checked_every_year(world: World) -> None:
    """A recipient with an equivalent system is due a year after the last check, others never."""
    made = recorded(world, country="US", abroad=Abroad.EQUIVALENT_SYSTEM, checked_on=date(2025, 6, 1))
    assert made.check_due == date(2026, 6, 1)
    assert recorded(world, country="FR", abroad=Abroad.EQUAL_COUNTRY).check_due is None
    assert check_due(Abroad.EQUIVALENT_SYSTEM, None, date(2026, 1, 31)) == date(2027, 1, 31)


def test_a_record_is_disposed_of_after_its_time_and_never_before(world: World) -> None:
    """Within retention it stays; afterwards names and items go, number, day and ground stay."""
    made = recorded(world)
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="within_retention"):
        provisions.dispose(tx, made.id, expected_version=made.version)
    assert made.retain_until == date(2029, 4, 1)
    world.clock.advance(timedelta(days=3 * 365 + 2))  # the 2nd of April 2029
    with world.registry.write(officer(world)) as tx:
        gone = provisions.dispose(tx, made.id, expected_version=made.version)
    assert (gone.counterpart, gone.persons, gone.items) == ("", "", "")
    assert (gone.number, gone.ground, gone.on_day) == (made.number, Ground.CONSENT, made.on_day)
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="disposed"):
        provisions.correct(tx, made.id, provision(world.a.unit.id), expected_version=gone.version)


def test_the_persons_own_records_are_found_however_the_name_is_spaced(world: World) -> None:
    """Records naming the person come back; exempt ones, other people's and a sibling's do not."""
    mine = recorded(world)
    recorded(world, persons="鈴木 一郎")
    recorded(world, ground=Ground.LAW, note="照会", persons="山田 太郎")
    with world.registry.write(bootstrap_principal()) as tx:
        provisions.record(tx, provision(world.b.unit.id, **FULL))
        found = provisions.of_person(tx, world.a.unit.id, "山田太郎")
        assert provisions.of_person(tx, world.a.unit.id, " ") == []
    assert [each.id for each in found] == [mine.id]


def test_a_correction_counts_retention_anew_and_meets_conflicts(world: World) -> None:
    """The last provision sets the clock; a stale correction is refused; unit and direction are fixed."""
    made = recorded(world, form=Form.CONTRACT)
    assert made.retain_until is None
    draft = provision(world.a.unit.id, **(FULL | {"form": Form.CONTRACT, "last_day": date(2026, 4, 1)}))
    world.clock.advance(timedelta(days=1))
    with world.registry.write(officer(world)) as tx:
        ended = provisions.correct(tx, made.id, draft, expected_version=made.version)
    assert ended.retain_until == date(2027, 4, 1)
    with world.registry.write(officer(world)) as tx, pytest.raises(Conflict) as late:
        provisions.correct(tx, made.id, draft, expected_version=made.version)
    assert (late.value.who, late.value.when) == (officer(world).name, world.clock())  # of the correction
    moved = replace(draft, direction=Direction.RECEIVED, acquired="仲介")
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match="fixed"):
        provisions.correct(tx, made.id, moved, expected_version=ended.version)


def test_the_journal_is_told_no_name(world: World) -> None:
    """What was recorded stands there as kinds and days."""
    recorded(world)
    with world.registry.read(bootstrap_principal()) as tx:
        told = [line for line in journal.lines(tx) if line.table == "provision_record"]
    assert told[0].after is not None
    assert told[0].after["ground"] == "consent"
    assert all(word not in repr(told) for word in ("山田", "佐藤", "東和生命", "病名"))
