"""Sign-in with a password and a second step, lockout of accounts and addresses, change of the password."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from argon2 import PasswordHasher, Type

from registry import accounts, journal, lockout, passwords, second_factor, sessions, sign_in, totp
from registry.access import bootstrap_principal
from registry.errors import InvalidValue
from registry.lockout import LOCKED_FOR, LONGEST, MAX_ADDRESS_FAILURES, MAX_FAILURES
from registry.model import Role, UserId
from registry.sessions import Client
from registry.sign_in import Enrolled, Policy, SecondStep, SignInRefused, StepOver
from registry.store.account_tables import AddressCounter, UserAccount
from tests.registry.world import PASSWORD, World

NEW = "quite another passphrase"
HERE = Client("192.0.2.7", "Firefox, Linux")


def signed_in(world: World, password: str = PASSWORD, client: Client = HERE) -> str:
    """Return a session token of company A's account."""
    token = sign_in.with_password(world.registry, "user-a", password, client=client)
    assert isinstance(token, str)
    return token


def alive(world: World, token: str) -> bool:
    """Tell whether a session still answers."""
    return sessions.principal_for(world.registry, token) is not None


def stored(world: World) -> UserAccount:
    """Return company A's account row."""
    with world.registry.read(bootstrap_principal()) as tx:
        return tx.session.get_one(UserAccount, world.a.user_id)


def actions(world: World, count: int) -> list[str]:
    """Return the newest actions of the journal, the newest first."""
    with world.registry.read(world.personas()["administrator"]) as tx:
        return [line.action for line in journal.lines(tx, limit=count)]


def secured(world: World) -> tuple[str, tuple[str, ...]]:
    """Give company A's account a second factor; return secret and recovery codes."""
    person = accounts.principal_of(world.registry, world.a.user_id)
    enrolment = second_factor.begin(world.registry, person)
    codes = second_factor.confirm(world.registry, person, code(world, enrolment.secret))
    assert codes is not None
    world.clock.advance(timedelta(minutes=2))
    return enrolment.secret, codes


def code(world: World, secret: str, *, steps: int = 0) -> str:
    """Return the code of this moment, or of some steps later."""
    return totp.code(secret, totp.step_at(world.clock.now) + steps)


def first_step(world: World, *, policy: Policy = sign_in.DEFAULT_POLICY) -> SecondStep:
    """Type the right password and return what carries on."""
    answer = sign_in.with_password(world.registry, "user-a", PASSWORD, client=HERE, policy=policy)
    assert isinstance(answer, SecondStep)
    return answer


def test_passwords_are_hashed_slowly(fast_hash: PasswordHasher) -> None:
    """Outside these tests argon2id uses at least what RFC 9106 recommends where memory is scarce."""
    assert (fast_hash.type, fast_hash.time_cost, fast_hash.parallelism) == (Type.ID, 3, 4)
    assert fast_hash.memory_cost >= 64 * 1024


def test_the_right_password_opens_a_session_for_the_person(world: World) -> None:
    """The principal is the one that the account has at this moment."""
    principal = sessions.principal_for(world.registry, signed_in(world))
    assert principal == accounts.principal_of(world.registry, world.a.user_id)


def test_everything_else_is_refused_alike(world: World) -> None:
    """A wrong password and an unknown login get the same answer."""
    attempts = [
        ("user-a", "wrong password"),
        ("user-a", ""),
        ("stranger", PASSWORD),
        ("", ""),
        ("user-a", "x" * 10_000),
        ("user-a\x00", PASSWORD),  # PostgreSQL refuses this character
        ("user-a", "\ud800"),  # no text that could be encoded
    ]
    for login, password in attempts:
        assert sign_in.with_password(world.registry, login, password) == SignInRefused()


def test_an_account_without_a_password_lets_nobody_in(world: World) -> None:
    """Who was invited and has not followed the link yet cannot be guessed, not even with nothing."""
    with world.registry.write(bootstrap_principal()) as tx:
        accounts.create_account(tx, "invited", "招待", None, "ja")
    for password in ("", PASSWORD):
        assert sign_in.with_password(world.registry, "invited", password) == SignInRefused()


def test_an_unknown_login_costs_one_hash_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time does not tell which logins exist: exactly one password is verified either way."""
    with world.registry.write(bootstrap_principal()) as tx:
        accounts.create_account(tx, "invited", "招待", None, "ja")
    verified: list[str] = []
    genuine = passwords._HASHER.verify

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]  # noqa: A002 - the library's name
            verified.append(str(hash))
            return genuine(hash, password)

    monkeypatch.setattr(passwords, "_HASHER", Counting(time_cost=1, memory_cost=64, parallelism=1))
    for login in ("user-a", "stranger", "invited"):
        verified.clear()
        sign_in.with_password(world.registry, login, "wrong password")
        assert len(verified) == 1, login


def test_login_and_password_may_be_typed_full_width(world: World) -> None:
    """A Japanese keyboard left in full-width mode signs in as well, and case of the login is free."""
    wide = "".join(chr(ord(sign) + 0xFEE0) if sign != " " else "\u3000" for sign in PASSWORD)
    assert isinstance(sign_in.with_password(world.registry, " ＵＳＥＲ－Ａ ", wide), str)


def test_a_hash_of_other_parameters_is_renewed_at_sign_in(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the parameters are raised, accounts follow as their people sign in."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=2, memory_cost=72, parallelism=1))
    assert "m=72,t=2," not in stored(world).password_hash
    signed_in(world)
    renewed = stored(world).password_hash
    assert "m=72,t=2," in renewed
    signed_in(world)
    assert stored(world).password_hash == renewed


def test_ten_failures_lock_the_account_longer_each_time(world: World) -> None:
    """The right password is refused while locked, like any other; the second lock in a row lasts twice."""
    for factor in (1, 2, 4):
        for _ in range(MAX_FAILURES):
            assert sign_in.with_password(world.registry, "user-a", "wrong password") == SignInRefused()
        world.clock.advance(LOCKED_FOR * factor - timedelta(seconds=1))
        assert sign_in.with_password(world.registry, "user-a", PASSWORD) == SignInRefused()
        world.clock.advance(timedelta(seconds=1))
    signed_in(world)
    assert stored(world).lockouts == 0
    assert lockout.wait(0) == LOCKED_FOR
    assert lockout.wait(99) == LONGEST


def test_a_success_forgets_earlier_failures(world: World) -> None:
    """Nine failures before and nine after a success lock nobody out."""
    for _ in range(2):
        for _ in range(MAX_FAILURES - 1):
            sign_in.with_password(world.registry, "user-a", "wrong password")
        signed_in(world)


def test_an_address_that_guesses_is_blocked_whatever_it_types(world: World) -> None:
    """Thirty failures over any logins block it, also for the right password; other addresses go on."""
    guesser = Client("2001:db8:1:2::77")
    neighbour = Client("2001:db8:1:2::99")  # the same customer's network
    for number in range(MAX_ADDRESS_FAILURES):
        answer = sign_in.with_password(world.registry, f"nobody-{number}", "x", client=guesser)
        assert answer == SignInRefused(None)
    assert actions(world, 1) == ["address_blocked"]
    before = journal.verify(world.registry).count
    for client in (guesser, neighbour):
        answer = sign_in.with_password(world.registry, "user-a", PASSWORD, client=client)
        assert answer == SignInRefused(world.clock.now + LOCKED_FOR)
    assert journal.verify(world.registry).count == before
    signed_in(world, client=Client("2001:db8:1:3::1"))
    signed_in(world, client=HERE)
    world.clock.advance(LOCKED_FOR)
    signed_in(world, client=guesser)


def test_an_own_account_does_not_reset_the_count_of_the_address(world: World) -> None:
    """Signing in with one account in between buys no further guesses at others."""
    for number in range(MAX_ADDRESS_FAILURES):
        sign_in.with_password(world.registry, f"nobody-{number}", "x", client=HERE)
        if number < MAX_ADDRESS_FAILURES - 1:
            signed_in(world)
    answer = sign_in.with_password(world.registry, "user-a", PASSWORD, client=HERE)
    assert isinstance(answer, SignInRefused)
    assert answer.blocked_until is not None


def test_slow_guesses_from_one_address_are_not_added_up(world: World) -> None:
    """A ward where people mistype now and then is never blocked."""
    for number in range(2 * MAX_ADDRESS_FAILURES):
        sign_in.with_password(world.registry, f"nobody-{number}", "x", client=HERE)
        world.clock.advance(timedelta(minutes=1))
    signed_in(world)


def test_addresses_are_kept_as_keyed_digests(world: World) -> None:
    """The table of counters tells nobody where people sit."""
    sign_in.with_password(world.registry, "stranger", "x", client=HERE)
    with world.registry.read(bootstrap_principal()) as tx:
        (row,) = tx.session.query(AddressCounter).all()
    assert re.fullmatch(r"[0-9a-f]{64}", row.digest)


def test_a_second_factor_is_asked_for_after_the_password(world: World) -> None:
    """The password alone opens nothing; with the code of the moment a session begins."""
    secret, _ = secured(world)
    step = first_step(world)
    assert not step.enrol
    assert not alive(world, step.token)
    token = sign_in.with_code(world.registry, step.token, code(world, secret), client=HERE)
    assert isinstance(token, str)
    assert alive(world, token)
    assert actions(world, 2) == ["signed_in", "second_step_asked"]


def test_a_code_counts_once(world: World) -> None:
    """Who looked over a shoulder cannot use the same code again, nor an earlier one."""
    secret, _ = secured(world)
    used = code(world, secret)
    assert isinstance(sign_in.with_code(world.registry, first_step(world).token, used), str)
    for given in (used, code(world, secret, steps=-1)):
        assert sign_in.with_code(world.registry, first_step(world).token, given) == SignInRefused()
    assert isinstance(
        sign_in.with_code(world.registry, first_step(world).token, code(world, secret, steps=1)), str
    )


def test_a_recovery_code_counts_once(world: World) -> None:
    """It stands in for the device, however it is typed, and is gone then."""
    _, codes = secured(world)
    typed = f" {codes[3].upper().replace('-', ' ')} "
    assert isinstance(sign_in.with_code(world.registry, first_step(world).token, typed), str)
    assert actions(world, 2) == ["signed_in", "recovery_code_used"]
    assert sign_in.with_code(world.registry, first_step(world).token, codes[3]) == SignInRefused()


def test_a_second_step_ends(world: World) -> None:
    """After ten minutes, after its use, and when another one began, it is over."""
    secret, _ = secured(world)
    late = first_step(world)
    world.clock.advance(sign_in.STEP_LIFETIME)
    assert isinstance(sign_in.with_code(world.registry, late.token, code(world, secret)), StepOver)
    older, newer = first_step(world), first_step(world)
    assert isinstance(sign_in.with_code(world.registry, older.token, code(world, secret)), StepOver)
    assert isinstance(sign_in.with_code(world.registry, newer.token, code(world, secret)), str)
    assert isinstance(sign_in.with_code(world.registry, newer.token, code(world, secret, steps=1)), StepOver)
    assert isinstance(sign_in.with_code(world.registry, "made up", "000000"), StepOver)


def test_codes_cannot_be_guessed_on(world: World) -> None:
    """Five wrong codes end the step; the right password in between forgets none of the failures."""
    secret, _ = secured(world)
    step = first_step(world)
    for _ in range(sign_in.STEP_FAILURES):
        assert sign_in.with_code(world.registry, step.token, "000000") == SignInRefused()
    assert isinstance(sign_in.with_code(world.registry, step.token, code(world, secret)), StepOver)
    step = first_step(world)
    for _ in range(MAX_FAILURES - sign_in.STEP_FAILURES):
        sign_in.with_code(world.registry, step.token, "000000")
    assert stored(world).locked_until == world.clock.now + LOCKED_FOR
    assert sign_in.with_password(world.registry, "user-a", PASSWORD) == SignInRefused()


def test_a_role_can_ask_for_a_second_factor(world: World) -> None:
    """Who holds it sets the factor up before a first session; other roles do not ask."""
    assert isinstance(
        sign_in.with_password(
            world.registry, "user-a", PASSWORD, policy=Policy(frozenset({Role.ADMINISTRATOR}))
        ),
        str,
    )
    step = first_step(world, policy=Policy(frozenset({Role.OFFICER})))
    assert step.enrol
    assert isinstance(sign_in.with_code(world.registry, step.token, "000000"), StepOver)
    enrolment = sign_in.enrolment(world.registry, step.token)
    assert not isinstance(enrolment, StepOver)
    again = sign_in.enrolment(world.registry, step.token)
    assert not isinstance(again, StepOver)
    assert again.secret == enrolment.secret
    assert sign_in.enrol(world.registry, step.token, "000000") == SignInRefused()
    done = sign_in.enrol(world.registry, step.token, code(world, enrolment.secret))
    assert isinstance(done, Enrolled)
    assert alive(world, done.session)
    assert len(done.recovery_codes) == second_factor.RECOVERY_CODES
    assert isinstance(sign_in.enrol(world.registry, step.token, "000000"), StepOver)
    assert not first_step(world, policy=Policy(frozenset({Role.OFFICER}))).enrol


def test_changing_the_password_ends_the_other_sessions(world: World) -> None:
    """The old one opens nothing any more; the session that changed it stays."""
    here, elsewhere = signed_in(world), signed_in(world)
    sign_in.change_password(world.registry, here, current=PASSWORD, new=NEW)
    assert alive(world, here)
    assert not alive(world, elsewhere)
    assert sign_in.with_password(world.registry, "user-a", PASSWORD) == SignInRefused()
    signed_in(world, NEW)
    assert "password_changed" in actions(world, 6)


def test_a_password_is_changed_only_with_the_current_one(world: World) -> None:
    """A wrong current one is counted like a wrong sign-in; a weak or the same new one changes nothing."""
    token = signed_in(world)
    for current, new, column, rule in (
        ("wrong password", NEW, "current", "wrong"),
        (PASSWORD, PASSWORD, "password", "same"),
        (PASSWORD, "short", "password", "length"),
        (PASSWORD, "password12345", "password", "common"),
        (PASSWORD, "my-user-a-word-x", "password", "context_word"),
    ):
        with pytest.raises(InvalidValue) as refused:
            sign_in.change_password(world.registry, token, current=current, new=new)
        assert (refused.value.column, refused.value.rule) == (column, rule)
    assert stored(world).failures == 1
    signed_in(world)
    with pytest.raises(InvalidValue, match="session"):
        sign_in.change_password(world.registry, "made up", current=PASSWORD, new=NEW)


def test_a_stolen_session_cannot_guess_the_password(world: World) -> None:
    """Guesses at the current password lock the account, and then the right one is wrong too."""
    token = signed_in(world)
    for _ in range(MAX_FAILURES):
        with pytest.raises(InvalidValue):
            sign_in.change_password(world.registry, token, current="a guess", new=NEW)
    with pytest.raises(InvalidValue, match="current"):
        sign_in.change_password(world.registry, token, current=PASSWORD, new=NEW)


def test_every_failure_is_recorded_with_the_address(world: World) -> None:
    """The journal tells from where a password was tried."""
    sign_in.with_password(world.registry, "user-a", "wrong password", client=HERE)
    with world.registry.read(world.personas()["administrator"]) as tx:
        (line,) = journal.lines(tx, limit=1)
    assert line.after is not None
    assert line.after["address"] == HERE.address
    assert line.actor_id == UserId(world.a.user_id)
