"""One-time passwords and recovery codes."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from registry import accounts, journal, second_factor, sign_in, totp
from registry.access import bootstrap_principal
from registry.errors import InvalidValue, NotFound, VaultError
from registry.lockout import MAX_FAILURES
from registry.model import Principal
from registry.store.account_tables import RecoveryCode, SecondFactor
from tests.registry.test_sign_in import actions, code, first_step, secured, signed_in
from tests.registry.world import World

# RFC 6238, appendix B, the last six digits of the SHA-1 rows; the secret is the ASCII text.
RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
RFC_CODES = (
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
)


def person(world: World) -> Principal:
    """Return company A's person."""
    return accounts.principal_of(world.registry, world.a.user_id)


@pytest.mark.parametrize(("seconds", "expected"), RFC_CODES)
def test_codes_are_those_of_the_standard(seconds: int, expected: str) -> None:
    """Every authenticator application shows the same digits."""
    assert totp.code(RFC_SECRET, totp.step_at(datetime.fromtimestamp(seconds, UTC))) == expected


def test_a_code_is_good_one_step_around_its_time() -> None:
    """Clocks may differ by half a minute, and no more; text that is no code is wrong."""
    now = datetime(2026, 4, 1, tzinfo=UTC)
    step = totp.step_at(now)
    for drift, accepted in ((-2, None), (-1, step - 1), (0, step), (1, step + 1), (2, None)):
        assert totp.accepted_step(RFC_SECRET, totp.code(RFC_SECRET, step + drift), now, after=0) == accepted
    for given in ("", "12345", "1234567", "abcdef", "１２３４５６"):
        assert totp.accepted_step(RFC_SECRET, given, now, after=0) is None


def test_the_address_names_login_and_issuer() -> None:
    """The application shows whose code it is."""
    assert totp.address("ABC", "sato@towa.example", "Daicho") == (
        "otpauth://totp/Daicho%3Asato%40towa.example"
        "?secret=ABC&issuer=Daicho&algorithm=SHA1&digits=6&period=30"
    )


def test_a_factor_counts_once_its_first_code_is_typed(world: World) -> None:
    """Until then signing in asks for nothing, and the secret shown stays the same for an hour."""
    enrolment = second_factor.begin(world.registry, person(world))
    assert second_factor.begin(world.registry, person(world)).secret == enrolment.secret
    assert second_factor.confirm(world.registry, person(world), "000000") is None
    signed_in(world)
    world.clock.advance(timedelta(minutes=61))
    fresh = second_factor.begin(world.registry, person(world))
    assert fresh.secret != enrolment.secret
    codes = second_factor.confirm(world.registry, person(world), code(world, fresh.secret))
    assert codes is not None
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    assert second_factor.state(world.registry, person(world)) == second_factor.State(
        is_on=True, codes_left=10
    )
    with pytest.raises(InvalidValue, match="exists"):
        second_factor.begin(world.registry, person(world))


def test_secret_and_codes_do_not_stand_in_the_database(world: World) -> None:
    """The secret is sealed for its row, recovery codes are hashed, and neither shows in a repr."""
    secret, codes = secured(world)
    with world.registry.read(bootstrap_principal()) as tx:
        row = tx.session.scalars(select(SecondFactor)).one()
        hashes = set(tx.session.scalars(select(RecoveryCode.code_hash)))
        assert secret.encode() not in row.secret_sealed
        assert len(hashes) == len(codes)
        assert not any(each in stored for each in codes for stored in hashes)
        place = {"table": "second_factor", "column": "secret_sealed"}
        assert tx.vault.open(row.secret_sealed, row=row.uid, **place) == secret
        with pytest.raises(VaultError):
            tx.vault.open(row.secret_sealed, row="0" * 32, **place)
    assert secret not in repr(second_factor.Enrolment(secret, secret))


def test_new_recovery_codes_replace_the_old_ones(world: World) -> None:
    """They are given for a code only, and the old ones open nothing any more."""
    secret, old = secured(world)
    assert second_factor.renew_codes(world.registry, person(world), "000000") is None
    new = second_factor.renew_codes(world.registry, person(world), code(world, secret))
    assert new is not None
    assert not set(new) & set(old)
    assert isinstance(
        sign_in.with_code(world.registry, first_step(world).token, old[0]), sign_in.SignInRefused
    )
    assert isinstance(sign_in.with_code(world.registry, first_step(world).token, new[0]), str)


def test_a_factor_is_turned_off_with_a_code_only(world: World) -> None:
    """A stolen session alone cannot, and its guesses lock the account."""
    secret, codes = secured(world)
    for _ in range(MAX_FAILURES):
        assert not second_factor.remove_own(world.registry, person(world), "000000")
    assert not second_factor.remove_own(world.registry, person(world), code(world, secret))
    world.clock.advance(timedelta(minutes=15))
    assert second_factor.remove_own(world.registry, person(world), codes[0])
    assert actions(world, 2) == ["second_factor_removed", "recovery_code_used"]
    signed_in(world)


def test_who_manages_the_account_takes_a_lost_factor_away(world: World) -> None:
    """It is recorded in their name; without a factor there is nothing to take."""
    secured(world)
    administrator = world.personas()["administrator of A"]
    with world.registry.write(administrator) as tx:
        second_factor.remove(tx, world.a.user_id)
    signed_in(world)
    with world.registry.read(world.personas()["administrator"]) as tx:
        line = next(each for each in journal.lines(tx) if each.action == "second_factor_removed")
    assert line.actor == administrator.name
    with pytest.raises(NotFound), world.registry.write(administrator) as tx:
        second_factor.remove(tx, world.a.user_id)


def test_nobody_without_an_account_has_a_factor(world: World) -> None:
    """The workspace's owner at the machine signs in to nothing."""
    with pytest.raises(NotFound):
        second_factor.begin(world.registry, bootstrap_principal())
