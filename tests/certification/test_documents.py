"""Internal rules: two persons, one version after the other, given out, read by each for himself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from privacy_mark.documents import due, reading, register
from privacy_mark.documents.register import VersionId
from registry.errors import Conflict, Duplicate, InvalidValue, NotFound
from registry.model import Principal, Role
from tests.access.documents import TEXT, rule
from tests.access.rights import DAY
from tests.registry.world import World, person

DUE = DAY + timedelta(days=14)


def officer(world: World) -> Principal:
    """Return the privacy manager of company A."""
    return person(2, Role.OFFICER, world.a.unit.id)


def top(world: World) -> Principal:
    """Return the top management of company A."""
    return person(8, Role.TOP_MANAGEMENT, world.a.unit.id)


def approved(world: World) -> VersionId:
    """Return a version that the top management approved."""
    with world.registry.write(officer(world)) as tx:
        version = register.write(tx, register.register(tx, rule(world.a.unit.id)), TEXT)
    with world.registry.write(top(world)) as tx:
        register.approve(tx, version, expected_version=1)
    return version


def test_another_person_approves_and_only_then_it_is_in_force(world: World) -> None:
    """Nobody approves his own version; the next one waits for its turn and holds from its day on."""
    version = approved(world)
    with world.registry.write(officer(world)) as tx:
        (of,) = register.rules(tx)
        later = replace(TEXT, valid_from=DAY + timedelta(days=30), change="窓口の変更")
        second = register.write(tx, of.id, later)
        with pytest.raises(InvalidValue, match="waiting"):
            register.write(tx, of.id, TEXT)
    own = replace(top(world), user_id=officer(world).user_id)
    with world.registry.write(own) as tx, pytest.raises(InvalidValue, match="own_version"):
        register.approve(tx, second, expected_version=1)
    with world.registry.write(top(world)) as tx:
        with pytest.raises(Conflict):
            register.approve(tx, version, expected_version=1)
        register.approve(tx, second, expected_version=1)
        (of,) = register.rules(tx)
    held = [of.in_force(DAY + timedelta(days=days)) for days in (-1, 0, 29, 30)]
    assert [each and each.number for each in held] == [None, 1, 1, 2]
    assert of.versions[0].approver == top(world).name


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("title_ja", " ", "required"),
        ("title_en", "x" * 201, "too_long"),
        ("requirements", ("4.5",), "malformed"),
    ],
)
def test_a_malformed_rule_is_refused(world: World, column: str, value: object, why: str) -> None:
    """The refusal names the column."""
    draft = replace(rule(world.a.unit.id), **{column: value})  # type: ignore[arg-type]
    with world.registry.write(officer(world)) as tx, pytest.raises(InvalidValue, match=f"{column}: {why}"):
        register.register(tx, draft)


def test_everybody_in_the_unit_says_for_himself_that_he_has_read(world: World) -> None:
    """Belonging to the unit is enough; nobody else may; the numbers follow."""
    version = approved(world)
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(InvalidValue, match="past"):
            reading.distribute(tx, version, world.a.unit.id, due_on=DAY - timedelta(days=1))
        reading.distribute(tx, version, world.a.unit.id, due_on=DUE)
        with pytest.raises(Duplicate):
            reading.distribute(tx, version, world.a.unit.id, due_on=DUE)
        (before,) = reading.progress(tx, version)
    assert (before.people, before.read) == (1, 0)
    with world.registry.write(Principal(world.b.user_id, "乙", ())) as tx:
        assert reading.to_read(tx) == []
        with pytest.raises(NotFound):
            reading.acknowledge(tx, version)
    with world.registry.write(Principal(world.a.user_id, "甲", ())) as tx:
        (one,) = reading.to_read(tx)
        assert (one.id, one.text, one.due_on) == (version, TEXT.text, DUE)
        reading.acknowledge(tx, version)
        assert reading.to_read(tx) == []
        with pytest.raises(NotFound):
            reading.acknowledge(tx, version)
    with world.registry.read(officer(world)) as tx:
        (after,) = reading.progress(tx, version)
    assert (after.people, after.read) == (1, 1)


def test_what_is_not_approved_is_not_given_out(world: World) -> None:
    """Readers get only what is decided."""
    with world.registry.write(officer(world)) as tx:
        version = register.write(tx, register.register(tx, rule(world.a.unit.id)), TEXT)
        with pytest.raises(InvalidValue, match="not_approved"):
            reading.distribute(tx, version, world.a.unit.id, due_on=DUE)


def test_everybody_is_told_what_waits_for_them(world: World) -> None:
    """A version for who may approve and did not write it; then for who is to read it."""
    with world.registry.write(officer(world)) as tx:
        version = register.write(tx, register.register(tx, rule(world.a.unit.id)), TEXT)
        assert due.due(tx) == []
    with world.registry.write(top(world)) as tx:
        assert [(each.kind, each.due_on) for each in due.due(tx)] == [(due.APPROVE, DAY)]
        register.approve(tx, version, expected_version=1)
        assert due.due(tx) == []
    with world.registry.write(officer(world)) as tx:
        reading.distribute(tx, version, world.a.unit.id, due_on=DUE)
    with world.registry.read(Principal(world.a.user_id, "甲", ())) as tx:
        assert [(each.kind, each.due_on) for each in due.due(tx)] == [(due.READ, DUE)]
