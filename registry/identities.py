"""Sign-in through another issuer (OpenID Connect): whose account it is, and which roles its groups give.

A person is known by (issuer, subject), never by an e-mail address, which an issuer may give to somebody else.
The one exception is the first time: who was invited by the verified address that is their login, and has
neither a password nor another issuer, is who was meant. An account with a password is never taken over.

Roles that follow from groups are marked, recomputed at every sign-in, and never touch roles that people
granted. Without the claim there are no groups, and the marked roles end. What somebody is not ready for yet
(`registry.errors.NotReady`) is not given.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from registry import accounts, links, lockout, organisation, sessions
from registry.access import bootstrap_principal, top_unit
from registry.account_names import has_login, name_of
from registry.accounts import LOCAL
from registry.errors import Duplicate, InvalidValue, NotReady
from registry.journal import Action
from registry.model import Principal, Role, UnitId, UserId
from registry.sessions import Client, SessionToken
from registry.sign_in import SignInRefused
from registry.store import Registry, Tx
from registry.store.account_tables import GroupGrant, RoleGrant, UserAccount, UserIdentity

_LOG = logging.getLogger(__name__)
_MAX = 255  # bytes of issuer and subject, OpenID Connect Core 1.0 §2


@dataclass(frozen=True, slots=True)
class Claims:
    """What an issuer says of somebody, verified by who received it."""

    issuer: str
    subject: str
    email: str = ""  # only when the issuer says that it is verified
    name: str = ""
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GroupRole:
    """A role in a unit that the members of a group hold."""

    role: Role
    unit_code: str


@dataclass(frozen=True, slots=True)
class IdentityPolicy:
    """Whom an issuer may bring in, and as what."""

    create_accounts: bool = False  # unknown people get an account without any role
    groups: Mapping[str, tuple[GroupRole, ...]] = field(default_factory=dict)


def with_identity(
    registry: Registry, claims: Claims, *, client: Client, policy: IdentityPolicy
) -> SessionToken | SignInRefused:
    """Open a session for the person an issuer vouches for, or refuse who is not known."""
    if not 0 < len(claims.subject) <= _MAX or not claims.subject.isprintable() or claims.issuer == LOCAL:
        return SignInRefused()
    with registry.write(bootstrap_principal(), reason=f"sign-in through {claims.issuer}") as tx:
        account = _known(tx, claims) or _invited(tx, claims) or _created(tx, claims, policy)
        if account is None:
            after = {"issuer": claims.issuer, "subject": claims.subject, "address": client.address}
            unit = top_unit(tx)
            tx.record(Action.SIGN_IN_REFUSED, "user_identity", "", unit, None, after)
            return SignInRefused()
        user_id = UserId(account.id)
        _apply_groups(tx, user_id, claims, policy)
    with registry.write(Principal(user_id, name_of(registry.vault, account), ())) as tx:
        account = tx.session.get_one(UserAccount, user_id)
        lockout.forget(account)
        return sessions.open_for(account, tx, client=client, issuer=claims.issuer)


def _known(tx: Tx, claims: Claims) -> UserAccount | None:
    query = (
        select(UserAccount)
        .join(UserIdentity, UserIdentity.user_id == UserAccount.id)
        .where(UserIdentity.issuer == claims.issuer, UserIdentity.subject == claims.subject)
    )
    return tx.session.scalar(query)


def _invited(tx: Tx, claims: Claims) -> UserAccount | None:
    login = accounts.plain_login(claims.email)
    if not accounts.is_login(login):
        return None
    account = tx.session.scalar(
        select(UserAccount).where(has_login(tx.vault, login), UserAccount.password_hash == "")
    )
    if account is None:
        return None
    other = select(UserIdentity.id).where(UserIdentity.user_id == account.id, UserIdentity.issuer != LOCAL)
    if tx.session.scalar(other) is not None:
        return None
    links.void(account, tx, links.PASSWORD)  # one way in is enough
    _link(tx, account, claims)
    return account


def _created(tx: Tx, claims: Claims, policy: IdentityPolicy) -> UserAccount | None:
    if not policy.create_accounts or not claims.email:
        return None
    name = claims.name if claims.name.isprintable() else ""
    try:
        user_id = accounts.create_account(
            tx, claims.email, (name.strip() or claims.email)[:200], None, "ja", local=False
        )
    except (Duplicate, InvalidValue):  # somebody else's login, or none that we can keep
        return None
    account = tx.session.get_one(UserAccount, user_id)
    _link(tx, account, claims)
    return account


def _link(tx: Tx, account: UserAccount, claims: Claims) -> None:
    row = UserIdentity(
        user_id=account.id,
        unit_id=account.unit_id,
        issuer=claims.issuer,
        subject=claims.subject,
        created_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"user": account.id, "issuer": claims.issuer, "subject": claims.subject}
    tx.record(Action.IDENTITY_LINKED, "user_identity", row.id, UnitId(account.unit_id), None, after)


def _apply_groups(tx: Tx, user_id: UserId, claims: Claims, policy: IdentityPolicy) -> None:
    """Grant what the groups say and withdraw what they no longer say; the services record each change."""
    wanted = _wanted(tx, claims, policy)
    marked = (
        select(RoleGrant)
        .join(GroupGrant, GroupGrant.grant_id == RoleGrant.id)
        .where(GroupGrant.user_id == user_id, GroupGrant.issuer == claims.issuer)
    )
    held: set[tuple[Role, UnitId]] = set()
    for row in tx.session.scalars(marked).all():
        key = (Role(row.role), UnitId(row.unit_id))
        if key in wanted and key not in held:
            held.add(key)
        else:
            accounts.revoke(tx, row.id)
    for role, unit_id in sorted(wanted - held):
        try:
            grant_id = accounts.grant(tx, user_id, role, unit_id)
        except NotReady:  # given at the first sign-in after that
            continue
        tx.session.add(GroupGrant(grant_id=grant_id, user_id=user_id, unit_id=unit_id, issuer=claims.issuer))
        tx.session.flush()


def _wanted(tx: Tx, claims: Claims, policy: IdentityPolicy) -> set[tuple[Role, UnitId]]:
    found: set[tuple[Role, UnitId]] = set()
    for group in sorted(claims.groups & policy.groups.keys()):
        for each in policy.groups[group]:
            unit = organisation.unit_by_code(tx, each.unit_code)
            if unit is None:
                _LOG.warning("oidc.groups names a unit that is not there: %s", each.unit_code)
            else:
                found.add((each.role, unit.id))
    return found
