"""One-time links: first way in, way back, and everything that makes them useless."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from registry import accounts, links, people, sign_in
from registry.access import bootstrap_principal
from registry.errors import InvalidValue, NotFound
from registry.links import LIFETIME, LinkOwner
from registry.lockout import MAX_FAILURES
from registry.model import UserId
from registry.store.account_tables import OneTimeLink
from tests.registry.test_sign_in import NEW, actions, alive, first_step, secured, signed_in
from tests.registry.world import PASSWORD, World


def issued(world: World, user_id: UserId | None = None) -> str:
    """Return a new link of company A's account."""
    with world.registry.write(world.personas()["administrator of A"]) as tx:
        return links.issue(tx, user_id or world.a.user_id)


def test_the_first_link_sets_name_and_password(world: World) -> None:
    """Until then the account has no password; afterwards its owner signs in."""
    with world.registry.write(world.personas()["administrator of A"]) as tx:
        user_id = accounts.create_account(tx, "new@a.example", "仮", None, "ja")
    token = issued(world, user_id)
    assert links.owner(world.registry, token) == LinkOwner("new@a.example", "仮", "ja", is_first=True)
    links.redeem(world.registry, token, password=NEW, name=" 田中 一郎 ")
    assert accounts.principal_of(world.registry, user_id).name == "田中 一郎"
    assert isinstance(sign_in.with_password(world.registry, "new@a.example", NEW), str)
    assert actions(world, 3) == ["signed_in", "sessions_ended", "link_used"]


def test_a_link_works_once(world: World) -> None:
    """Looking at it uses nothing up; setting the password does."""
    token = issued(world)
    for _ in range(3):
        assert links.owner(world.registry, token) is not None
    links.redeem(world.registry, token, password=NEW, name="甲")
    assert links.owner(world.registry, token) is None
    with pytest.raises(NotFound):
        links.redeem(world.registry, token, password="yet another passphrase", name="甲")
    signed_in(world, NEW)


def test_a_link_ends_after_a_day_and_with_the_next_one(world: World) -> None:
    """An old mail opens nothing."""
    first, second = issued(world), issued(world)
    assert links.owner(world.registry, first) is None
    world.clock.advance(LIFETIME - timedelta(seconds=1))
    assert links.owner(world.registry, second) is not None
    world.clock.advance(timedelta(seconds=1))
    assert links.owner(world.registry, second) is None
    with pytest.raises(NotFound):
        links.redeem(world.registry, second, password=NEW, name="甲")


def test_a_weak_password_leaves_the_link_good(world: World) -> None:
    """The person tries again; the name counts among the words to leave out."""
    token = issued(world)
    for name, password, column in (
        ("田中", "短い", "password"),
        ("", NEW, "name"),
        ("Tanaka", "tanaka-to-mori-7", "password"),
    ):
        with pytest.raises(InvalidValue) as refused:
            links.redeem(world.registry, token, password=password, name=name)
        assert refused.value.column == column
    links.redeem(world.registry, token, password=NEW, name="田中")


def test_a_reset_ends_sessions_and_opens_the_lock(world: World) -> None:
    """Whoever sat in with the old password is out, and its owner in again at once."""
    session = signed_in(world)
    for _ in range(MAX_FAILURES):
        sign_in.with_password(world.registry, "user-a", "wrong password")
    links.redeem(world.registry, issued(world), password=NEW, name="甲")
    assert not alive(world, session)
    assert sign_in.with_password(world.registry, "user-a", PASSWORD) == sign_in.SignInRefused()
    signed_in(world, NEW)


def test_a_reset_does_not_get_round_the_second_factor(world: World) -> None:
    """Who steals the link still lacks the device."""
    secured(world)
    links.redeem(world.registry, issued(world), password=PASSWORD + "!", name="甲")
    answer = sign_in.with_password(world.registry, "user-a", PASSWORD + "!")
    assert isinstance(answer, sign_in.SecondStep)


def test_tokens_are_stored_as_hashes_and_steps_are_no_links(world: World) -> None:
    """Neither a database nor the token of a half-finished sign-in sets a password."""
    secured(world)
    token, step = issued(world), first_step(world).token
    with world.registry.read(bootstrap_principal()) as tx:
        stored = set(tx.session.scalars(select(OneTimeLink.token_hash)))
    assert not {token, step} & stored
    assert links.owner(world.registry, step) is None
    for made_up in ("", "x", "a" * 43, "\x00" * 43, "あ" * 43):
        assert links.owner(world.registry, made_up) is None


def test_people_are_listed_with_how_they_sign_in(world: World) -> None:
    """Who manages users sees who has a password and a second factor, who is locked, and nothing secret."""
    secured(world)
    for _ in range(MAX_FAILURES):
        sign_in.with_password(world.registry, "user-a", "wrong password")
    with world.registry.read(world.personas()["administrator of A"]) as tx:
        (found,) = people.people(tx)
        assert people.person(tx, " USER-A ") == found
        for other in ("user-b", "stranger", "a\x00"):
            with pytest.raises(NotFound):
                people.person(tx, other)
    assert (found.login, found.has_password, found.has_second_factor) == ("user-a", True, True)
    assert found.issuers == ("local",)
    assert found.locked_until is not None
