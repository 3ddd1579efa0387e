"""The tree of units, its closure table, and registered sources."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from registry import organisation, sources
from registry.access import bootstrap_principal
from registry.errors import InvalidValue, NotFound
from registry.model import UnitId, UnitKind
from registry.sources import has_credentials
from registry.store.tables import OrgClosure
from tests.registry.world import World

VALID = {"code": "C", "kind": UnitKind.HOSPITAL, "name_ja": "病院", "name_en": "Hospital", "country": "JP"}


def test_the_closure_holds_every_pair_of_the_tree(world: World) -> None:
    """Each unit with itself and with everything above it, at the right distance, and no other pair."""
    with world.registry.read(bootstrap_principal()) as tx:
        units = {unit.id: unit for unit in organisation.units(tx)}
        pairs = {tuple(row) for row in tx.session.execute(select(*OrgClosure.__table__.c)).all()}
    expected = set()
    for unit in units.values():
        depth, above = 0, unit
        while True:
            expected.add((above.id, unit.id, depth))
            if above.parent_id is None:
                break
            depth, above = depth + 1, units[above.parent_id]
    assert pairs == expected


def test_units_are_found_by_code_kind_and_place(world: World) -> None:
    """Codes are exact; a unit's descendants start with itself."""
    with world.registry.read(world.personas()["officer of A"]) as tx:
        assert [unit.code for unit in organisation.units(tx)] == ["A", "A-1"]
        assert organisation.units(tx, kinds=[UnitKind.SITE]) == [world.a.site]
        assert organisation.units(tx, kinds=[]) == []
        assert organisation.unit_by_code(tx, "A") == world.a.unit
        assert organisation.unit_by_code(tx, "a") is None
        assert organisation.descendants(tx, world.a.unit.id) == [world.a.unit.id, world.a.site.id]


def test_the_entity_of_a_unit_is_the_nearest_company_in_sight(world: World) -> None:
    """A site belongs to its company, a company to itself, the group to none."""
    with world.registry.read(world.personas()["administrator"]) as tx:
        assert organisation.entity_of(tx, world.a.site.id) == world.a.unit
        assert organisation.entity_of(tx, world.a.unit.id) == world.a.unit
        assert organisation.entity_of(tx, world.group.id) is None


BAD_UNITS = (
    ({"code": ""}, "code"),
    ({"code": "本社"}, "code"),
    ({"code": "A"}, "code"),
    ({"name_ja": " "}, "name_ja"),
    ({"name_en": "x" * 201}, "name_en"),
    ({"country": "JPN"}, "country"),
    ({"privacy_mark": "1" * 65}, "privacy_mark"),
)


def test_units_are_checked(world: World) -> None:
    """The refusal names the column."""
    for changes, column in BAD_UNITS:
        with pytest.raises(InvalidValue) as caught, world.registry.write(bootstrap_principal()) as tx:
            organisation.create_unit(tx, **(VALID | changes), parent_id=world.group.id)  # type: ignore[arg-type]
        assert caught.value.column == column


def test_a_new_unit_is_inside_the_scope_of_those_above(world: World) -> None:
    """Who sees a company sees the unit that is made below it, without any further grant."""
    with world.registry.write(world.personas()["administrator of A"]) as tx:
        made = organisation.create_unit(tx, **VALID, parent_id=world.a.site.id)  # type: ignore[arg-type]
    with world.registry.read(world.personas()["officer of A"]) as tx:
        assert organisation.unit(tx, made.id) == made
    with world.registry.read(world.personas()["officer of B"]) as tx, pytest.raises(NotFound):
        organisation.unit(tx, made.id)


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("/srv/共有/人事", False),
        ("C:\\share\\a@b", False),
        ("file:///srv/a:b@c", False),
        ("postgresql+psycopg://reader@db.example/hr", False),
        ("sqlite:////srv/hr.db", False),
        ("https://files.example/list?page=2&sort=name", False),
        ("postgresql://reader:secret@db.example/hr", True),
        ("postgresql://reader:@db.example/hr", True),
        ("postgresql://reader:pa#ss@db.example/hr", True),
        ("postgresql://reader:pa/ss@db.example/hr", True),
        ("postgresql://reader:p@ss@db.example/hr", True),
        ("postgresql://db.example/hr?user=reader&password=x", True),
        ("mysql://db.example/hr?PassWord=", True),
        ("s3://bucket/a?X-Amz-Signature=abc", True),
        ("https://account.blob.example/c?sv=1&sig=abc", True),
        ("https://files.example/#access_token=abc", True),
        ("https://files.example/?api_key=abc", True),
    ],
)
def test_addresses_with_credentials_are_recognised(url: str, secret: bool) -> None:
    """Passwords, tokens and signatures count wherever they stand; a user name alone does not."""
    assert has_credentials(url) is secret


BAD_SOURCES = (
    ({"url": "postgresql://reader:hunter2@db/hr"}, "url", "credentials"),
    ({"url": "https://[half/"}, "url", "malformed"),
    ({"url": " "}, "url", "required"),
    ({"url": "/srv/\x07"}, "url", "control_characters"),
    ({"url": "/" + "x" * 2000}, "url", "too_long"),
    ({"name": ""}, "name", "required"),
    ({"name": "share"}, "name", "taken"),
    ({"owner": "x" * 201}, "owner", "too_long"),
)


def test_sources_are_checked(world: World) -> None:
    """The refusal names column and rule and repeats nothing of the address."""
    for changes, column, rule in BAD_SOURCES:
        values = {"name": "new", "owner": "総務", "url": "/srv/new"} | changes
        with pytest.raises(InvalidValue) as caught, world.registry.write(bootstrap_principal()) as tx:
            sources.add_source(tx, unit_id=world.a.unit.id, **values)
        assert (caught.value.column, caught.value.rule) == (column, rule)
        assert "hunter2" not in str(caught.value)


def test_a_source_goes_and_its_name_is_free_again(world: World) -> None:
    """Removed sources are neither listed nor found; removing twice is NotFound."""
    boss = world.personas()["administrator of A"]
    with world.registry.write(boss) as tx:
        sources.remove_source(tx, world.a.source.id)
    with world.registry.read(boss) as tx:
        assert sources.list_sources(tx) == []
        assert sources.source_by_name(tx, "share") is None
    with world.registry.write(boss) as tx:
        again = sources.add_source(tx, unit_id=world.a.unit.id, name="share", owner="", url="smb://files/b")
        assert sources.source_by_name(tx, "share") == again
        with pytest.raises(NotFound):
            sources.remove_source(tx, world.a.source.id)


def test_one_name_in_two_units_is_ambiguous(world: World) -> None:
    """Who sees both is asked to choose; who sees one gets that one."""
    with world.registry.write(bootstrap_principal()) as tx:
        sources.add_source(tx, unit_id=world.b.unit.id, name="share", owner="", url="/srv/c")
    everything = world.registry.read(world.personas()["administrator"])
    with everything as tx, pytest.raises(InvalidValue, match="ambiguous"):
        sources.source_by_name(tx, "share")
    with world.registry.read(world.personas()["officer of A"]) as tx:
        assert sources.source_by_name(tx, "share") == world.a.source


def test_units_that_do_not_exist_are_not_found(world: World) -> None:
    """A made-up id has no descendants, not even for the owner of the workspace."""
    with world.registry.read(bootstrap_principal()) as tx, pytest.raises(NotFound):
        organisation.descendants(tx, UnitId(4711))
