"""Sessions: how long they live, who sees and ends them."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from registry import accounts, journal, sessions
from registry.access import bootstrap_principal
from registry.errors import NotFound
from registry.model import Role
from registry.sessions import IDLE_LIMIT, SESSION_LIMIT, Client
from registry.store.account_tables import UserSession
from tests.registry.test_sign_in import HERE, alive, signed_in
from tests.registry.world import World


def test_tokens_are_stored_as_hashes_only(world: World) -> None:
    """Whoever reads the database cannot use a session; the address is sealed."""
    token = signed_in(world)
    with world.registry.read(bootstrap_principal()) as tx:
        row = tx.session.scalars(select(UserSession)).one()
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert len(token) >= 43
    assert row.address_sealed is not None
    assert HERE.address.encode() not in row.address_sealed


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
    sessions.sign_out(world.registry, one)
    sessions.sign_out(world.registry, one)
    sessions.sign_out(world.registry, "unknown")
    assert not alive(world, one)
    assert alive(world, two)
    assert not alive(world, "unknown")


def test_a_withdrawn_role_ends_at_the_next_request(world: World) -> None:
    """Nobody has to sign out for it."""
    token = signed_in(world)
    with world.registry.write(world.personas()["administrator"]) as tx:
        accounts.revoke(tx, world.a.grant_id)
    principal = sessions.principal_for(world.registry, token)
    assert principal is not None
    assert principal.grants == ()


def test_people_see_their_own_live_sessions(world: World) -> None:
    """Where from and since when, the present one marked; those that ended are not listed."""
    gone, other = signed_in(world), signed_in(world, client=Client("198.51.100.4", "Edge, Windows"))
    world.clock.advance(timedelta(minutes=1))
    here = signed_in(world)
    sessions.sign_out(world.registry, gone)
    listed = sessions.own(world.registry, here)
    assert [(each.address, each.agent, each.is_current) for each in listed] == [
        (HERE.address, HERE.agent, True),
        ("198.51.100.4", "Edge, Windows", False),
    ]
    world.clock.advance(IDLE_LIMIT)
    assert sessions.own(world.registry, other) == []


def test_people_end_their_own_sessions_and_nobody_elses(world: World) -> None:
    """The other browser is signed out at its next request; another person's session is not there for them."""
    here, elsewhere = signed_in(world), signed_in(world)
    person = sessions.principal_for(world.registry, here)
    assert person is not None
    uid = next(each.uid for each in sessions.own(world.registry, here) if not each.is_current)
    stranger = accounts.principal_of(world.registry, world.b.user_id)
    for who, what in ((stranger, uid), (person, "unknown"), (person, "a\x00b")):
        with pytest.raises(NotFound):
            sessions.end_own(world.registry, who, what)
    assert alive(world, elsewhere)
    sessions.end_own(world.registry, person, uid)
    assert not alive(world, elsewhere)
    assert alive(world, here)


def test_who_manages_the_account_ends_every_session(world: World) -> None:
    """And the journal says how many."""
    tokens = [signed_in(world) for _ in range(3)]
    with world.registry.write(world.personas()["administrator of A"]) as tx:
        assert sessions.end_all(tx, world.a.user_id) == 3
    assert not any(alive(world, token) for token in tokens)
    with world.registry.read(world.personas()["administrator"]) as tx:
        (line,) = journal.lines(tx, limit=1)
    assert (line.action, line.after) == ("sessions_ended", {"count": 3})


def test_an_account_with_a_role_elsewhere_is_out_of_reach(world: World) -> None:
    """Who could enter in somebody's name must manage every unit in which that person holds a role."""
    with world.registry.write(world.personas()["administrator"]) as tx:
        accounts.grant(tx, world.a.user_id, Role.EXECUTIVE, world.b.unit.id)
    with pytest.raises(NotFound), world.registry.write(world.personas()["administrator of A"]) as tx:
        sessions.end_all(tx, world.a.user_id)
    with world.registry.write(world.personas()["administrator"]) as tx:
        assert sessions.end_all(tx, world.a.user_id) == 0
