"""People from a table: accounts, affiliations and roles; what is there stays, and one wrong row stops all."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from registry import accounts, affiliations, journal, people, people_import, people_imports
from registry.access import bootstrap_principal
from registry.affiliations import AffiliationKind
from registry.duties import Period
from registry.errors import AccessDenied, InvalidValue, NotFound
from registry.model import Principal, Role
from registry.people_import import ImportRefusedError
from registry.people_lines import Change, Outcome, Step, Unnamed, line
from registry.store import Registry, Tx
from registry.store.account_tables import UserAccount
from registry.vault import Vault
from tests.registry.world import Clock, World

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


def made(registry: Registry) -> tuple[object, ...]:
    """Return what there is of accounts and below, and what the journal says of it; without ids and times."""
    with registry.read(bootstrap_principal()) as tx:
        known = people.person(tx, "sato@towa.example")
        (account,) = [row for row in tx.session.scalars(select(UserAccount)) if row.id == known.user_id]
        belongs = {each.id: each for each in affiliations.affiliations(tx, known.user_id)}
        held = [
            (each.role, each.unit_id, each.valid_until, belongs[each.affiliation_id].unit_id)
            for each in accounts.roles_held(tx, known.user_id)
        ]
        told = [
            (each.action, each.table, each.unit_id, each.before, each.after)
            for each in journal.lines(tx, limit=6)
        ]
    columns = (account.unit_id, account.language, account.password_hash, account.failures, account.version)
    kinds = [(each.unit_id, each.kind, each.valid_until, each.version) for each in belongs.values()]
    return known, columns, kinds, held, told


def test_a_table_makes_what_the_services_make_one_by_one(
    sqlite_world: tuple[Path, World], tmp_path: Path, clock: Clock, vault: Vault
) -> None:
    """The same rows of the database and the same records, with the same ids, whichever way they came."""
    found = []
    for way in ("table", "services"):
        path = shutil.copy(sqlite_world[0], tmp_path / f"{way}.db")
        world = dataclasses.replace(
            sqlite_world[1], registry=Registry.open(f"sqlite:///{path}", vault, clock=clock)
        )
        a, b = world.a.unit.id, world.b.unit.id
        day = date(2026, 9, 30)
        if way == "table":
            more = {"kind": "兼務", "unit": "B", "role": "監査員", "role_until": "2026-09-30"}
            take(world, SATO, SATO | more)
            take(world, SATO | {"until": "2026-09-30"})
        else:
            with world.registry.write(bootstrap_principal(), reason="import") as tx:
                who = accounts.create_account(tx, "sato@towa.example", "佐藤 恵", None, "ja", unit_id=a)
                first = affiliations.affiliate(tx, who, a, AffiliationKind.PRIMARY)
                accounts.grant(tx, who, Role.OFFICER, a, affiliation_id=first.id)
                second = affiliations.affiliate(tx, who, b, AffiliationKind.CONCURRENT)
                accounts.grant(tx, who, Role.AUDITOR, b, None, day, affiliation_id=second.id)
                affiliations.end_affiliation(tx, first.id, day)
        found.append(made(world.registry))
        assert journal.verify(world.registry).ok
        world.registry.close()
    assert found[0] == found[1]


def test_a_large_table_is_taken_in_parts_and_goes_on_after_an_interruption(world: World) -> None:
    """It stands on the list with how far it came; the same table again takes the rest and ends it."""
    rows = [SATO | {"login": f"p{number}@towa.example"} for number in range(4)]
    lines = [line(number, row) for number, row in enumerate(rows, 2)]
    calls: list[list[int]] = []

    def lost(_tx: Tx, outcomes: Sequence[Outcome]) -> None:
        calls.append([each.number for each in outcomes])
        if len(calls) == 3:
            raise KeyboardInterrupt

    def run(each: people_import.Each | None = None) -> list[Outcome]:
        return people_import.take_in_parts(
            world.registry, bootstrap_principal(), lines, reason="import", each=each, part=1
        )

    def there() -> tuple[int, list[tuple[int, int]]]:
        with world.registry.read(bootstrap_principal()) as tx:
            listed = people_imports.unfinished(tx)
            return people.listed(tx, people.PeopleFilter()).total, [(each.rows, each.done) for each in listed]

    before, nothing_open = there()
    with pytest.raises(KeyboardInterrupt):
        run(lost)
    assert (calls, nothing_open) == ([[2], [3], [4]], [])
    assert there() == (before + 2, [(4, 2)])
    outcomes = run()
    assert steps(outcomes)[:2] == [[Step.UNCHANGED]] * 2
    assert all(each.created is not None for each in outcomes[2:])
    assert there() == (before + 4, [])
    with world.registry.read(bootstrap_principal()) as tx:
        newest = journal.lines(tx, limit=1)[0]
    assert (newest.action, newest.after) == (
        "people_import_ended",
        {"rows": 4, "taken": 4, "outcome": "complete"},
    )


def test_what_others_change_meanwhile_stops_a_large_table(world: World) -> None:
    """The part that no longer fits is refused with its rows; who manages users there may settle the rest."""
    rows = [SATO | {"login": f"p{number}@towa.example"} for number in range(2)]
    lines = [line(number, row) for number, row in enumerate(rows, 2)]

    def meanwhile(tx: Tx, _outcomes: Sequence[Outcome]) -> None:
        other = accounts.create_account(tx, "p1@towa.example", "別人", None, "ja", unit_id=world.b.unit.id)
        affiliations.affiliate(tx, other, world.b.unit.id, AffiliationKind.PRIMARY)

    with pytest.raises(people_import.ImportStoppedError) as caught:
        people_import.take_in_parts(
            world.registry, bootstrap_principal(), lines, reason="import", each=meanwhile, part=1
        )
    (outcome,) = caught.value.outcomes
    assert (caught.value.taken, caught.value.rows) == (1, 2)
    assert (outcome.number, outcome.column, outcome.rule) == (3, "kind", "two_primaries")
    with world.registry.write(bootstrap_principal()) as tx:
        (left,) = people_imports.unfinished(tx)
        people_imports.settle(tx, left.id)
        assert people_imports.unfinished(tx) == []
        with pytest.raises(NotFound):
            people_imports.settle(tx, left.id)
