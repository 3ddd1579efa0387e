"""Sign-in through another issuer: whom it may bring in, and what its groups give."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from sqlalchemy import select

from registry import accounts, identities, journal, links, people, sessions
from registry.access import bootstrap_principal
from registry.identities import Claims, GroupRole, IdentityPolicy
from registry.model import Grant, Role, UserId
from registry.sessions import Client, SessionToken
from registry.sign_in import SignInRefused
from registry.store.account_tables import RoleGrant
from tests.registry.test_sign_in import signed_in
from tests.registry.world import World

ISSUER = "https://login.example/realms/group"
MAIL = "tanaka@a.example"
GROUPS = IdentityPolicy(
    groups={
        "officers": (GroupRole(Role.OFFICER, "A"),),
        "board": (GroupRole(Role.EXECUTIVE, "A"), GroupRole(Role.EXECUTIVE, "B")),
        "lost": (GroupRole(Role.OFFICER, "NOWHERE"),),
    }
)


def vouched(
    subject: str = "s-1", email: str = MAIL, groups: Iterable[str] = (), issuer: str = ISSUER
) -> Claims:
    """Return what the issuer says."""
    return Claims(issuer, subject, email, "田中 一郎", frozenset(groups))


def come(world: World, claims: Claims, policy: IdentityPolicy | None = None) -> SessionToken | SignInRefused:
    """Come in with what the issuer says."""
    return identities.with_identity(
        world.registry, claims, client=Client("192.0.2.1"), policy=policy or IdentityPolicy()
    )


def invite(world: World, login: str = MAIL) -> UserId:
    """Register somebody who has no password."""
    with world.registry.write(bootstrap_principal()) as tx:
        return accounts.create_account(tx, login, "田中", None, "ja", unit_id=world.a.unit.id)


def who(world: World, token: SessionToken | SignInRefused) -> UserId:
    """Return whose session it is."""
    assert isinstance(token, str)
    principal = sessions.principal_for(world.registry, token)
    assert principal is not None
    return principal.user_id


def grants(world: World, user_id: UserId) -> set[tuple[Role, int]]:
    """Return the roles of an account."""
    return {(each.role, each.unit_id) for each in accounts.principal_of(world.registry, user_id).grants}


def test_who_was_invited_is_known_from_then_on_by_the_subject(world: World) -> None:
    """The verified address opens the first time; later it may change, and belong to somebody else."""
    user_id = invite(world)
    assert who(world, come(world, vouched())) == user_id
    assert who(world, come(world, vouched(email="other@a.example"))) == user_id
    assert come(world, vouched("s-2")) == SignInRefused()
    assert come(world, vouched("s-1", issuer="https://elsewhere.example")) == SignInRefused()


def test_an_invitation_needs_a_verified_address(world: World) -> None:
    """Without one nobody is meant."""
    invite(world)
    assert come(world, vouched(email="")) == SignInRefused()


def test_an_account_with_a_password_is_never_taken_over(world: World) -> None:
    """An issuer that claims somebody's login does not become that person."""
    assert come(world, vouched(email="user-a")) == SignInRefused()
    assert come(world, vouched(email="user-a"), IdentityPolicy(create_accounts=True)) == SignInRefused()
    signed_in(world)


def test_nobody_is_local_by_an_issuers_word(world: World) -> None:
    """The issuer "local" is ours alone; an empty or unprintable subject is nobody."""
    for claims in (vouched("user-a", issuer="local"), vouched(""), vouched("x" * 256), vouched("a\x00b")):
        assert come(world, claims, IdentityPolicy(create_accounts=True)) == SignInRefused()


def test_an_invitation_accepted_makes_its_link_useless(world: World) -> None:
    """One way in is enough."""
    user_id = invite(world)
    with world.registry.write(bootstrap_principal()) as tx:
        token = links.issue(tx, user_id)
    come(world, vouched())
    assert links.owner(world.registry, token) is None


def test_unknown_people_come_in_only_where_the_setting_says_so(world: World) -> None:
    """They get an account without any role, and no password."""
    assert come(world, vouched()) == SignInRefused()
    user_id = who(world, come(world, vouched(), IdentityPolicy(create_accounts=True)))
    assert grants(world, user_id) == set()
    with world.registry.read(bootstrap_principal()) as tx:
        found = people.person(tx, MAIL)
    assert (found.name, found.has_password, found.issuers) == ("田中 一郎", False, (ISSUER,))
    assert who(world, come(world, vouched())) == user_id


def test_a_refusal_is_recorded_with_issuer_and_subject(world: World) -> None:
    """Who was turned away can be found and invited."""
    come(world, vouched())
    with world.registry.read(bootstrap_principal()) as tx:
        (line,) = journal.lines(tx, limit=1)
    assert line.action == "sign_in_refused"
    assert line.after == {"issuer": ISSUER, "subject": "s-1", "address": "192.0.2.1"}


def test_roles_follow_the_groups_at_every_sign_in(world: World) -> None:
    """New groups give, lost groups take, and each change is in the journal."""
    user_id = invite(world)
    for groups, expected in (
        (["officers", "unheard of"], {(Role.OFFICER, world.a.unit.id)}),
        (["board"], {(Role.EXECUTIVE, world.a.unit.id), (Role.EXECUTIVE, world.b.unit.id)}),
        (["board"], {(Role.EXECUTIVE, world.a.unit.id), (Role.EXECUTIVE, world.b.unit.id)}),
        ([], set()),
    ):
        come(world, vouched(groups=groups), GROUPS)
        assert grants(world, user_id) == expected
    with world.registry.read(bootstrap_principal()) as tx:
        told = [line.action for line in journal.lines(tx, limit=50) if line.action.startswith("role_")]
    assert told[:6] == ["role_revoked"] * 2 + ["role_granted"] * 2 + ["role_revoked"] + ["role_granted"]


def test_roles_granted_by_people_are_left_alone(world: World) -> None:
    """What somebody granted stays, even where a group gives the same."""
    user_id = invite(world)
    with world.registry.write(bootstrap_principal()) as tx:
        accounts.grant(tx, user_id, Role.OFFICER, world.a.unit.id)
    come(world, vouched(groups=["officers"]), GROUPS)
    come(world, vouched(), GROUPS)
    assert grants(world, user_id) == {(Role.OFFICER, world.a.unit.id)}


def test_a_role_of_a_group_taken_away_by_hand_comes_back(world: World) -> None:
    """The groups rule what they give; a mark of a grant that is gone says nothing of another one."""
    user_id = invite(world)
    come(world, vouched(groups=["officers"]), GROUPS)
    with world.registry.write(bootstrap_principal()) as tx:
        accounts.revoke(tx, _last_grant(world, user_id))
        by_hand = accounts.grant(tx, world.b.user_id, Role.EXECUTIVE, world.b.unit.id)  # may reuse the number
    come(world, vouched(groups=["officers"]), GROUPS)
    assert grants(world, user_id) == {(Role.OFFICER, world.a.unit.id)}
    come(world, vouched(), GROUPS)
    assert (Role.EXECUTIVE, world.b.unit.id) in grants(world, world.b.user_id)
    assert by_hand


def test_a_group_of_an_unknown_unit_gives_nothing(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """It is told in the log, and nobody is kept out for it."""
    user_id = invite(world)
    come(world, vouched(groups=["lost"]), GROUPS)
    assert grants(world, user_id) == set()
    assert "NOWHERE" in caplog.text


def _last_grant(world: World, user_id: UserId) -> int:
    with world.registry.read(bootstrap_principal()) as tx:
        found = tx.session.scalars(select(RoleGrant.id).where(RoleGrant.user_id == user_id)).all()
    return max(found)


def test_grants_are_of_the_principal_at_once(world: World) -> None:
    """The very session that begins has the roles of the groups."""
    invite(world)
    token = come(world, vouched(groups=["officers"]), GROUPS)
    assert isinstance(token, str)
    principal = sessions.principal_for(world.registry, token)
    assert principal is not None
    assert principal.grants == (Grant(Role.OFFICER, world.a.unit.id),)
