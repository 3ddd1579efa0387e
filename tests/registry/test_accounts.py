"""Accounts and their roles with dates."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from registry import account_names, accounts, organisation
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, Duplicate, InvalidValue, NotFound, VaultError
from registry.model import Grant, Role, UnitId, UserId
from registry.store import Registry
from registry.store.account_tables import UserAccount
from registry.vault import Vault
from tests.registry.world import CANARY, PASSWORD, World


def test_a_principal_has_the_name_and_roles_of_the_account(world: World) -> None:
    """Who asks is built from the registry at the moment of asking."""
    principal = accounts.principal_of(world.registry, world.a.user_id)
    assert principal.user_id == world.a.user_id
    assert principal.grants == (Grant(Role.OFFICER, world.a.unit.id),)
    assert accounts.language_of(world.registry, world.a.user_id) == "ja"


PERIODS = (
    (None, None, True),
    (date(2026, 4, 1), None, True),
    (date(2026, 4, 2), None, False),
    (None, date(2026, 4, 1), True),
    (None, date(2026, 3, 31), False),
    (date(2026, 4, 1), date(2026, 4, 1), True),
)


def test_a_role_holds_between_its_days(world: World) -> None:
    """Both days are included."""
    wanted = Grant(Role.EXECUTIVE, world.group.id)
    for valid_from, valid_until, held in PERIODS:
        with world.registry.write(world.personas()["administrator"]) as tx:
            grant_id = accounts.grant(
                tx, world.a.user_id, wanted.role, wanted.unit_id, valid_from, valid_until
            )
        assert (wanted in accounts.principal_of(world.registry, world.a.user_id).grants) is held
        with world.registry.write(world.personas()["administrator"]) as tx:
            accounts.revoke(tx, grant_id)


def test_days_of_roles_are_days_in_japan(world: World) -> None:
    """A role that starts tomorrow starts at midnight in Tokyo, which is 15:00 UTC."""
    with world.registry.write(world.personas()["administrator"]) as tx:
        accounts.grant(tx, world.a.user_id, Role.EXECUTIVE, world.group.id, date(2026, 4, 2))
    world.clock.now = world.clock.now.replace(hour=14, minute=59)
    assert len(accounts.principal_of(world.registry, world.a.user_id).grants) == 1
    world.clock.now = world.clock.now.replace(hour=15, minute=0)
    assert len(accounts.principal_of(world.registry, world.a.user_id).grants) == 2


BAD_ACCOUNTS = (
    ({"login": "a"}, "login", "letters_digits_dots_dashes"),
    ({"login": "two words"}, "login", "letters_digits_dots_dashes"),
    ({"login": "USER-A"}, "login", "taken"),
    ({"name": " "}, "name", "required"),
    ({"name": "x" * 201}, "name", "too_long"),
    ({"language": "fr"}, "language", "ja_or_en"),
    ({"password": "elevenchars"}, "password", "length"),
    ({"password": "x" * 257}, "password", "length"),
    ({"login": "long-login-name", "password": "my-login-2026-word"}, "password", "context_word"),
    ({"name": "Tanaka", "password": "kotoshi-no-tanaka"}, "password", "context_word"),
    ({"password": "daicho-no-aikotoba"}, "password", "context_word"),
    ({"name": "a\x07b"}, "name", "printable"),
)


def test_accounts_are_checked(world: World) -> None:
    """The refusal names the column and the rule, never the password."""
    for changes, column, rule in BAD_ACCOUNTS:
        values = {"login": "new-user", "name": "新人", "password": PASSWORD, "language": "ja"} | changes
        with pytest.raises(InvalidValue) as caught, world.registry.write(bootstrap_principal()) as tx:
            accounts.create_account(tx, **values)
        assert (caught.value.column, caught.value.rule) == (column, rule)
        assert isinstance(caught.value, Duplicate) is (rule == "taken")
        assert values["password"] not in str(caught.value)


def test_an_account_is_managed_where_its_maker_manages_users(world: World) -> None:
    """By default that is the maker's own unit; the workspace's owner makes it at the top."""
    made = {}
    for name, who in (("boss", world.personas()["administrator of A"]), ("owner", bootstrap_principal())):
        with world.registry.write(who) as tx:
            user_id = accounts.create_account(tx, f"by-{name}", name, PASSWORD, "en")
            made[name] = tx.session.get_one(UserAccount, user_id).unit_id
    assert made == {"boss": world.a.unit.id, "owner": world.group.id}


def test_days_in_the_wrong_order_are_refused(world: World) -> None:
    """A role cannot end before it starts."""
    who = world.personas()["administrator"]
    with pytest.raises(InvalidValue, match="valid_until"), world.registry.write(who) as tx:
        accounts.grant(tx, world.a.user_id, Role.OFFICER, world.a.unit.id, date(2026, 4, 2), date(2026, 4, 1))


def test_the_first_administrator_is_made_once(registry: Registry) -> None:
    """An empty registry gets its first account without anybody's permission, a filled one does not."""
    values = {"name": "管理者", "password": PASSWORD, "language": "ja"}
    with pytest.raises(AccessDenied):
        accounts.first_administrator(registry, login="admin", unit_id=UnitId(1), **values)
    with registry.write(bootstrap_principal()) as tx:
        top = organisation.create_unit(
            tx, code="G", kind=organisation.UnitKind.GROUP, name_ja="G", name_en="", parent_id=None
        )
    user_id = accounts.first_administrator(registry, login="admin", unit_id=top.id, **values)
    assert accounts.principal_of(registry, user_id).grants == (Grant(Role.ADMINISTRATOR, top.id),)
    with pytest.raises(AccessDenied):
        accounts.first_administrator(registry, login="second", unit_id=top.id, **values)


def test_an_unknown_account_is_not_found(world: World) -> None:
    """Asking for somebody who is not there is an error, not an empty person."""
    with pytest.raises(NotFound):
        accounts.principal_of(world.registry, UserId(4711))
    with pytest.raises(NotFound):
        accounts.language_of(world.registry, UserId(4711))


def test_the_database_alone_tells_neither_login_nor_name(world: World) -> None:
    """Logins are found by a keyed digest; with another key, or in another row, nothing opens."""
    with world.registry.read(bootstrap_principal()) as tx:
        rows = list(tx.session.scalars(select(UserAccount).order_by(UserAccount.id)))
        everything = repr([tuple(row) for row in tx.session.execute(select(UserAccount.__table__))])
        assert [account_names.login_of(tx.vault, row) for row in rows] == ["user-a", "user-b"]
        assert account_names.name_of(tx.vault, rows[1]) == f"利用者{CANARY}"
    for clear in ("user-a", "user-b", "利用者", CANARY):
        assert clear not in everything
    assert rows[0].login_digest != account_names.login_digest(Vault(b"z" * 32), "user-a")
    moved = UserAccount(uid=rows[0].uid, name_sealed=rows[1].name_sealed)
    with pytest.raises(VaultError, match="changed or moved"):
        account_names.name_of(world.registry.vault, moved)
