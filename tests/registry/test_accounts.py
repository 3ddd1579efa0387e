"""Accounts, roles with dates, sign-in, lockout and sessions."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta

import pytest
from argon2 import PasswordHasher, Type
from sqlalchemy import select

from registry import accounts, organisation, people
from registry.access import bootstrap_principal
from registry.accounts import IDLE_LIMIT, LOCKED_FOR, MAX_FAILURES, SESSION_LIMIT, SignInRefused
from registry.errors import AccessDenied, Duplicate, InvalidValue, NotFound, VaultError
from registry.model import Grant, Role, UnitId, UserId
from registry.store import Registry
from registry.store.tables import UserAccount, UserSession
from registry.vault import Vault
from tests.registry.world import CANARY, PASSWORD, World


def test_passwords_are_hashed_slowly(fast_hash: PasswordHasher) -> None:
    """Outside these tests argon2id uses at least what RFC 9106 recommends where memory is scarce."""
    assert (fast_hash.type, fast_hash.time_cost, fast_hash.parallelism) == (Type.ID, 3, 4)
    assert fast_hash.memory_cost >= 64 * 1024


def signed_in(world: World) -> str:
    """Return a session token of company A's account."""
    token = accounts.sign_in(world.registry, "user-a", PASSWORD)
    assert not isinstance(token, SignInRefused)
    return token


def alive(world: World, token: str) -> bool:
    """Tell whether a session still answers."""
    return accounts.principal_for_session(world.registry, token) is not None


def stored(world: World) -> UserAccount:
    """Return company A's account row."""
    with world.registry.read(bootstrap_principal()) as tx:
        return tx.session.get_one(UserAccount, world.a.user_id)


def test_the_right_password_opens_a_session_for_the_person(world: World) -> None:
    """The principal has the account's name and the roles granted to it."""
    principal = accounts.principal_for_session(world.registry, signed_in(world))
    assert principal is not None
    assert principal.user_id == world.a.user_id
    assert principal.grants == (Grant(Role.OFFICER, world.a.unit.id),)
    assert principal == accounts.principal_of(world.registry, world.a.user_id)
    assert accounts.language_of(world.registry, world.a.user_id) == "ja"


def test_everything_else_is_refused_alike(world: World) -> None:
    """A wrong password and an unknown login get the same answer."""
    attempts = [
        ("user-a", "wrong password"),
        ("user-a", ""),
        ("stranger", PASSWORD),
        ("", ""),
        ("user-a", "x" * 10_000),
        ("user-a\x00", PASSWORD),  # PostgreSQL refuses this character
    ]
    for login, password in attempts:
        assert accounts.sign_in(world.registry, login, password) == SignInRefused()


def test_an_unknown_login_costs_one_hash_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time does not tell which logins exist: exactly one password is verified either way."""
    verified: list[str] = []
    genuine = accounts._HASHER.verify

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 - the library's name
            verified.append(str(hash))
            return genuine(hash, password)

    monkeypatch.setattr(accounts, "_HASHER", Counting(time_cost=1, memory_cost=64, parallelism=1))
    for login in ("user-a", "stranger"):
        verified.clear()
        accounts.sign_in(world.registry, login, "wrong password")
        assert len(verified) == 1, login


def test_login_and_password_may_be_typed_full_width(world: World) -> None:
    """A Japanese keyboard left in full-width mode signs in as well, and case of the login is free."""
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign != " " else "\u3000" for sign in PASSWORD)
    assert isinstance(accounts.sign_in(world.registry, " ＵＳＥＲ－Ａ ", wide), str)


def test_passwords_and_tokens_are_stored_as_hashes_only(world: World) -> None:
    """The account keeps an argon2id hash, the session a SHA-256."""
    token = signed_in(world)
    with world.registry.read(bootstrap_principal()) as tx:
        row = tx.session.scalars(select(UserSession)).one()
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert len(token) >= 43
    assert stored(world).password_hash.startswith("$argon2id$")
    assert PASSWORD not in stored(world).password_hash


def test_a_hash_of_other_parameters_is_renewed_at_sign_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the parameters are raised, accounts follow as their people sign in."""
    monkeypatch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=2, memory_cost=72, parallelism=1))
    assert "m=72,t=2," not in stored(world).password_hash
    signed_in(world)
    renewed = stored(world).password_hash
    assert "m=72,t=2," in renewed
    signed_in(world)
    assert stored(world).password_hash == renewed


def test_ten_failures_lock_the_account_for_a_quarter_of_an_hour(world: World) -> None:
    """The right password is refused while locked, like any other, and works again afterwards."""
    for _ in range(MAX_FAILURES):
        assert accounts.sign_in(world.registry, "user-a", "wrong password") == SignInRefused()
    assert accounts.sign_in(world.registry, "user-a", PASSWORD) == SignInRefused()
    world.clock.advance(LOCKED_FOR - timedelta(seconds=1))
    assert accounts.sign_in(world.registry, "user-a", PASSWORD) == SignInRefused()
    world.clock.advance(timedelta(seconds=1))
    signed_in(world)


def test_a_success_forgets_earlier_failures(world: World) -> None:
    """Nine failures before and nine after a success lock nobody out."""
    for _ in range(2):
        for _ in range(MAX_FAILURES - 1):
            accounts.sign_in(world.registry, "user-a", "wrong password")
        signed_in(world)


def test_a_session_ends_when_idle(world: World) -> None:
    """Half an hour without a request ends it; requests in between keep it alive."""
    token = signed_in(world)
    for _ in range(3):
        world.clock.advance(IDLE_LIMIT - timedelta(seconds=1))
        assert alive(world, token)
    world.clock.advance(IDLE_LIMIT)
    assert not alive(world, token)


def test_a_session_ends_after_half_a_day_of_use(world: World) -> None:
    """Use prolongs a session only up to its absolute limit."""
    token = signed_in(world)
    step = timedelta(minutes=20)
    for _ in range(SESSION_LIMIT // step - 1):
        world.clock.advance(step)
        assert alive(world, token)
    world.clock.advance(step)
    assert not alive(world, token)


def test_signing_out_ends_this_session_alone(world: World) -> None:
    """Another browser of the same person stays signed in; signing out twice does nothing."""
    one, two = signed_in(world), signed_in(world)
    accounts.sign_out(world.registry, one)
    accounts.sign_out(world.registry, one)
    accounts.sign_out(world.registry, "unknown")
    assert not alive(world, one)
    assert alive(world, two)
    assert not alive(world, "unknown")


def test_a_withdrawn_role_ends_at_the_next_request(world: World) -> None:
    """Nobody has to sign out for it."""
    token = signed_in(world)
    with world.registry.write(world.personas()["administrator"]) as tx:
        accounts.revoke(tx, world.a.grant_id)
    principal = accounts.principal_for_session(world.registry, token)
    assert principal is not None
    assert principal.grants == ()


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
    ({"login": "long-login-name", "password": "Long-Login-Name"}, "password", "equals_login"),
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
        assert [people.login_of(tx.vault, row) for row in rows] == ["user-a", "user-b"]
        assert people.name_of(tx.vault, rows[1]) == f"利用者{CANARY}"
    for clear in ("user-a", "user-b", "利用者", CANARY):
        assert clear not in everything
    assert rows[0].login_digest != people.login_digest(Vault(b"z" * 32), "user-a")
    moved = UserAccount(uid=rows[0].uid, name_sealed=rows[1].name_sealed)
    with pytest.raises(VaultError, match="changed or moved"):
        people.name_of(world.registry.vault, moved)
