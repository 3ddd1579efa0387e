"""People from a table: accounts, affiliations and roles; what is there stays, and one wrong row stops all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import pytest

from registry import accounts, affiliations, journal, people, people_import
from registry.access import bootstrap_principal
from registry.affiliations import AffiliationKind
from registry.duties import Period
from registry.errors import AccessDenied, InvalidValue, NotFound
from registry.model import Principal, Role
from registry.people_import import ImportRefusedError
from registry.people_lines import Change, Outcome, Step, Unnamed, line
from tests.registry.world import World

SATO = {"login": "sato@towa.example", "name": "佐藤 恵", "unit": "A", "role": "個人情報保護管理者"}


def take(world: World, *rows: Mapping[str, str], who: Principal | None = None) -> list[Outcome]:
    """Take rows as the administrator of the group, or as somebody else; line 2 is the first."""
    lines = [line(number, row) for number, row in enumerate(rows, 2)]
    with world.registry.write(who or bootstrap_principal(), reason="import") as tx:
        return people_import.take(tx, lines)


def refused(
    world: World, *rows: Mapping[str, str], who: Principal | None = None
) -> list[tuple[int, str, str]]:
    """Return number, column and rule of the rows that stop an import, of which nothing stays."""
    before = journal.verify(world.registry).count
    with pytest.raises(ImportRefusedError) as caught:
        take(world, *rows, who=who)
    assert journal.verify(world.registry).count == before
    return [(each.number, each.column, each.rule) for each in caught.value.outcomes if each.refused]


def steps(outcomes: Iterable[Outcome]) -> list[list[Step]]:
    """Return the steps of every row."""
    return [[change.step for change in outcome.changes] for outcome in outcomes]


def test_a_row_makes_account_affiliation_and_role(world: World) -> None:
    """The account has no password, is managed where the person primarily belongs, and all is recorded."""
    before = journal.verify(world.registry).count
    (outcome,) = take(world, SATO | {"from": "2026/4/1", "until": "2027年3月31日", "role": "監査役；officer"})
    year = Period(date(2026, 4, 1), date(2027, 3, 31))
    assert outcome.changes == (
        Change(Step.CREATED),
        Change(Step.AFFILIATED, AffiliationKind.PRIMARY, "A", year),
        Change(Step.ROLE_GRANTED, Role.STATUTORY_AUDITOR, "A"),
        Change(Step.ROLE_GRANTED, Role.OFFICER, "A"),
    )
    with world.registry.read(bootstrap_principal()) as tx:
        made = people.person(tx, "sato@towa.example")
        (belongs,) = affiliations.affiliations(tx, made.user_id)
        held = accounts.roles_held(tx, made.user_id)
    assert (made.name, made.has_password, made.unit_id, outcome.created) == (
        "佐藤 恵",
        False,
        world.a.unit.id,
        made.user_id,
    )
    assert (belongs.valid_from, belongs.valid_until) == (year.first, year.last)
    assert {each.affiliation_id for each in held} == {belongs.id}
    assert journal.verify(world.registry).count == before + 4


def test_what_is_there_stays_and_only_what_is_new_is_added(world: World) -> None:
    """The same rows again change nothing; a second row adds an affiliation and a role elsewhere."""
    take(world, SATO)
    more = SATO | {"unit": "B-1", "kind": "兼務", "role": "従業者", "role_unit": "B", "name": "別の名"}
    outcomes = take(world, more, SATO)
    assert steps(outcomes) == [[Step.AFFILIATED, Step.ROLE_GRANTED], [Step.UNCHANGED]]
    assert outcomes[0].changes[1].unit == "B"
    assert steps(take(world, SATO, more)) == [[Step.UNCHANGED], [Step.UNCHANGED]]
    with world.registry.read(bootstrap_principal()) as tx:
        assert people.person(tx, "sato@towa.example").name == "佐藤 恵"


def test_the_primary_row_says_where_the_account_is_managed(world: World) -> None:
    """Rows stand in any order: the one of the primary affiliation is taken first."""
    take(world, SATO | {"unit": "B", "kind": "出向", "role": ""}, SATO)
    with world.registry.read(bootstrap_principal()) as tx:
        assert people.person(tx, "sato@towa.example").unit_id == world.a.unit.id


def test_a_last_day_ends_what_went_on(world: World) -> None:
    """A row that names a last day ends an affiliation and a role that had none; then it says nothing new."""
    take(world, SATO)
    ending = SATO | {"until": "2026-09-30", "role_until": "2026-08-31"}
    (outcome,) = take(world, ending)
    assert outcome.changes == (
        Change(Step.AFFILIATION_ENDED, AffiliationKind.PRIMARY, "A", Period(None, date(2026, 9, 30))),
        Change(Step.ROLE_ENDED, Role.OFFICER, "A", Period(None, date(2026, 8, 31))),
    )
    assert steps(take(world, ending)) == [[Step.UNCHANGED]]
    assert refused(world, SATO) == [(2, "until", "recorded_otherwise")]


@pytest.mark.parametrize(
    ("changed", "column", "rule"),
    [
        ({"unit": ""}, "unit", "required"),
        ({"unit": "NONE"}, "unit", "unknown"),
        ({"role_unit": "NONE"}, "role_unit", "unknown"),
        ({"name": ""}, "name", "required"),
        ({"login": "佐藤"}, "login", "letters_digits_dots_dashes"),
        ({"role": "top_management;officer"}, "role", "representative_is_privacy_manager"),
    ],
)
def test_a_row_that_breaks_a_rule_stops_all(
    world: World, changed: Mapping[str, str], column: str, rule: str
) -> None:
    """The right row beside it leaves nothing either, and number, column and rule are told."""
    assert refused(world, SATO | {"login": "good@towa.example"}, SATO | changed) == [(3, column, rule)]


@pytest.mark.parametrize(
    ("row", "column", "rule"),
    [
        ({"login": " "}, "login", "required"),
        ({"login": "a@b", "kind": "臨時"}, "kind", "unknown"),
        ({"login": "a@b", "role": "王"}, "role", "unknown"),
        ({"login": "a@b", "language": "fr"}, "language", "unknown"),
        ({"login": "a@b", "from": "2026-02-30"}, "from", "no_day"),
        ({"login": "a@b", "role_until": "soon"}, "role_until", "no_day"),
        ({"login": "a@b", "from": "2026-04-02", "until": "2026-04-01"}, "until", "before_valid_from"),
    ],
)
def test_a_cell_that_means_nothing_is_refused(row: Mapping[str, str], column: str, rule: str) -> None:
    """Column and rule are told before the registry is asked anything."""
    with pytest.raises(InvalidValue) as caught:
        line(2, row)
    assert (caught.value.column, caught.value.rule) == (column, rule)


def test_whoever_imports_needs_the_rights_that_services_ask_for(world: World) -> None:
    """The administrator of A makes people in A, and neither sees, makes nor changes those of B."""
    boss = world.personas()["administrator of A"]
    assert steps(take(world, SATO, who=boss))[0][0] is Step.CREATED
    other = SATO | {"login": "other@towa.example"}
    assert refused(world, other | {"unit": "B"}, who=boss) == [(2, "unit", "unknown")]
    assert refused(world, other | {"login": "user-b"}, who=boss) == [(2, "login", "taken")]
    assert refused(world, other | {"role_unit": "B"}, who=boss) == [(2, "role_unit", "unknown")]
    officer = world.personas()["officer of A"]
    assert refused(world, other, who=officer) == [(2, "unit", "manage_users")]


def test_what_the_table_no_longer_names_is_told(world: World) -> None:
    """What stays is told; what is over, or belongs to units of others, is not."""
    take(world, SATO, SATO | {"unit": "A-1", "kind": "兼務", "role": "部門管理者"})
    lines = [line(2, SATO | {"role": ""})]
    with world.registry.read(bootstrap_principal()) as tx:
        found = people_import.unnamed(tx, lines)
    assert found == [
        Unnamed("sato@towa.example", Role.OFFICER, "A"),
        Unnamed("sato@towa.example", AffiliationKind.CONCURRENT, "A-1"),
        Unnamed("sato@towa.example", Role.DEPARTMENT_MANAGER, "A-1"),
        Unnamed("user-a"),
        Unnamed("user-b"),
    ]
    with world.registry.read(world.personas()["administrator of A"]) as tx:
        assert "user-b" not in {each.login for each in people_import.unnamed(tx, lines)}
    take(world, SATO | {"role": "officer", "role_until": "2026-03-31"})
    with world.registry.read(bootstrap_principal()) as tx:
        assert Unnamed("sato@towa.example", Role.OFFICER, "A") not in people_import.unnamed(tx, lines)


def test_a_role_ends_with_a_day(world: World) -> None:
    """It holds until that day, the end is recorded, and a later day changes nothing."""
    who, day = bootstrap_principal(), date(2026, 5, 31)
    with world.registry.write(who) as tx:
        ended = accounts.end_grant(tx, world.a.grant_id, day)
    assert ended.valid_until == day
    with world.registry.read(who) as tx:
        (newest,) = journal.lines(tx, limit=1)
        assert accounts.roles_held(tx, world.a.user_id) == [ended]
    assert (newest.action, newest.after and newest.after["valid_until"]) == ("role_ended", "2026-05-31")
    count = journal.verify(world.registry).count
    with world.registry.write(who) as tx:
        assert accounts.end_grant(tx, world.a.grant_id, date(2027, 1, 1)) == ended
    assert journal.verify(world.registry).count == count
    with pytest.raises(NotFound), world.registry.write(world.personas()["administrator of A"]) as tx:
        accounts.end_grant(tx, world.b.grant_id, day)
    with pytest.raises(AccessDenied), world.registry.write(world.personas()["officer of A"]) as tx:
        accounts.create_account(tx, "x@towa.example", "x", None, "ja", unit_id=world.a.unit.id)
