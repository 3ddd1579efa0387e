"""Accounts of people, the roles they hold, and the principal that both make.

How people prove who they are: `registry.sign_in` (passwords), `registry.identities` (other issuers); their
sessions: `registry.sessions`. Roles are read afresh for every request, so that a withdrawn role ends at once.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from registry import passwords
from registry.access import EVERYWHERE, bootstrap_principal, require, scope, today_in_japan, top_unit
from registry.account_names import has_login, login_digest, name_of, sealed
from registry.affiliations import affiliation_for, check_period, require_account
from registry.duties import AUDITING, require_separate
from registry.errors import AccessDenied, Duplicate, InvalidValue, NotFound, NotReady
from registry.journal import Action
from registry.model import AffiliationId, Before, Grant, Permission, Principal, Role, UnitId, UserId
from registry.store import Registry, Tx
from registry.store.account_tables import Affiliation, GroupGrant, RoleGrant, UserAccount, UserIdentity
from registry.store.tables import OrgClosure, OrgUnit

LANGUAGES = ("ja", "en")
LOCAL = "local"  # the issuer of accounts that sign in with a password; their subject is the login

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """That an account holds a role in a unit and below, from a day to a day, both included, days in Japan."""

    id: int
    user_id: UserId
    role: Role
    unit_id: UnitId
    valid_from: date | None
    valid_until: date | None
    affiliation_id: AffiliationId | None  # None: not known where it was just given
    from_groups: bool  # it follows from the groups of an issuer, at every sign-in


def create_account(
    tx: Tx,
    login: str,
    name: str,
    password: str | None,
    language: str,
    *,
    unit_id: UnitId | None = None,
    local: bool = True,
) -> UserId:
    """Make an account without any role.

    `password` None: its owner sets it through a one-time link; `local` False: it never has one, another
    issuer vouches for its owner. `unit_id` is where it is managed, by default the first unit in which the
    person asking manages users. Raises AccessDenied, Duplicate (`login`) and InvalidValue.
    """
    home = managing_home(tx) if unit_id is None else unit_id
    require(tx, Permission.MANAGE_USERS, home)
    login = plain_login(login)
    check_account(login, name, language)
    if password is not None:
        passwords.require_strong(password, words_about(tx.session, login, name, home))
    if tx.session.scalar(select(UserAccount.id).where(has_login(tx.vault, login))) is not None:
        raise Duplicate("login")
    row = UserAccount(
        unit_id=home,
        **sealed(tx.vault, login, name.strip()),
        language=language,
        password_hash="" if password is None else passwords.hashed(password),
        created_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    if local:
        tx.session.add(
            UserIdentity(
                user_id=row.id,
                unit_id=home,
                issuer=LOCAL,
                subject=login_digest(tx.vault, login),
                created_at=tx.now,
            )
        )
    after = {"login": login, "name": name.strip(), "language": language}
    tx.record(Action.ACCOUNT_CREATED, "user_account", row.id, home, None, after)
    return UserId(row.id)


def grant(
    tx: Tx,
    user_id: UserId,
    role: Role,
    unit_id: UnitId,
    valid_from: date | None = None,
    valid_until: date | None = None,
    *,
    affiliation_id: AffiliationId | None = None,
) -> int:
    """Give an account a role in a unit and below, on days from/until (included); return the grant's id.

    The grant belongs to an affiliation of the account (`affiliations.affiliation_for`) and ends with it.
    Raises AccessDenied unless the person asking manages users in that unit, NotFound for an account or
    affiliation that they do not manage, InvalidValue when the days are in the wrong order, for a role
    that one gives oneself (`role` `self`), and for one that breaks a rule of `registry.duties`, NotReady when
    something comes before it (`Registry.open`).
    """
    role = Role(role)
    check_period(valid_from, valid_until)
    require(tx, Permission.MANAGE_USERS, unit_id)
    require_account(tx, user_id)
    if user_id == tx.principal.user_id:
        raise InvalidValue("role", "self")
    if refusing := before(tx, user_id, role, unit_id).refusing:
        raise NotReady(refusing)  # before anything is written: who refuses a role keeps no affiliation for it
    belongs_to = affiliation_for(tx, user_id, unit_id, affiliation_id, auditing=role in AUDITING)
    row = RoleGrant(
        user_id=user_id,
        role=role,
        unit_id=unit_id,
        valid_from=valid_from,
        valid_until=valid_until,
        affiliation_id=belongs_to,
    )
    tx.session.add(row)
    tx.session.flush()
    require_separate(tx, user_id)
    tx.record(Action.ROLE_GRANTED, "role_grant", row.id, unit_id, None, _described(row))
    return row.id


def before(tx: Tx, user_id: UserId, role: Role, unit_id: UnitId) -> Before:
    """Return what comes before a role of an account: what keeps it from being given, and what is told."""
    digest = tx.session.scalar(select(UserAccount.login_digest).where(UserAccount.id == user_id))
    if not digest:
        return Before()
    given = (role, unit_id)
    return tx.before({digest: [given]}).get(digest, {}).get(given, Before())


def revoke(tx: Tx, grant_id: int) -> None:
    """Take a role away at once; raises NotFound for one outside the units whose users one manages."""
    query = select(RoleGrant).where(
        RoleGrant.id == grant_id, RoleGrant.unit_id.in_(scope(tx, Permission.MANAGE_USERS))
    )
    row = tx.session.scalar(query)
    if row is None:
        raise NotFound("role_grant")
    before = _described(row)
    tx.session.delete(row)
    tx.record(Action.ROLE_REVOKED, "role_grant", grant_id, UnitId(row.unit_id), before, None)


def end_grant(tx: Tx, grant_id: int, last_day: date) -> RoleHeld:
    """Let a role end with a day (included); nothing happens when it ends earlier already.

    Raises NotFound outside the units whose users one manages, InvalidValue for a day before it began.
    """
    row = tx.session.execute(_held(tx).where(RoleGrant.id == grant_id)).one_or_none()
    if row is None:
        raise NotFound("role_grant")
    grant_row = row[0]
    check_period(grant_row.valid_from, last_day)
    before = _described(grant_row)
    if grant_row.valid_until is None or last_day < grant_row.valid_until:
        grant_row.valid_until = last_day
        tx.session.flush()
        tx.record(
            Action.ROLE_ENDED,
            "role_grant",
            grant_id,
            UnitId(grant_row.unit_id),
            before,
            _described(grant_row),
        )
    return _told(grant_row, row[1])


def roles_held(tx: Tx, user_id: UserId | None = None) -> list[RoleHeld]:
    """Return the roles in units whose users one manages, of one account or all, oldest first."""
    query = _held(tx).order_by(RoleGrant.id)
    if user_id is not None:
        query = query.where(RoleGrant.user_id == user_id)
    return [_told(row, group) for row, group in tx.session.execute(query)]


def _held(tx: Tx) -> Select[RoleGrant, int | None]:
    return (
        select(RoleGrant, GroupGrant.grant_id)
        .outerjoin(GroupGrant, GroupGrant.grant_id == RoleGrant.id)
        .where(RoleGrant.unit_id.in_(scope(tx, Permission.MANAGE_USERS)))
    )


def _told(row: RoleGrant, group: int | None) -> RoleHeld:
    return RoleHeld(
        row.id,
        UserId(row.user_id),
        Role(row.role),
        UnitId(row.unit_id),
        row.valid_from,
        row.valid_until,
        AffiliationId(row.affiliation_id),
        from_groups=group is not None,
    )


def first_administrator(
    registry: Registry, *, login: str, name: str, password: str | None, language: str, unit_id: UnitId
) -> UserId:
    """Make the first account, administrator of a unit; AccessDenied once any account exists."""
    with registry.write(bootstrap_principal()) as tx:
        if tx.session.scalar(select(UserAccount.id).limit(1)) is not None:
            raise AccessDenied(Permission.MANAGE_USERS)
        user_id = create_account(tx, login, name, password, language, unit_id=unit_id)
        grant(tx, user_id, Role.ADMINISTRATOR, unit_id)
        return user_id


def principal_of(registry: Registry, user_id: UserId) -> Principal:
    """Return an account with the roles of this moment; raises NotFound."""
    with registry.read(bootstrap_principal()) as tx:
        return _principal(tx, user_id)


def acting(registry: Registry, user_id: UserId) -> Principal:
    """Return who signs in or subscribes, with the roles that count for them now; raises NotFound.

    None counts while something comes before access (`Registry.held_back`): only what needs no role is left.
    """
    with registry.read(bootstrap_principal()) as tx:
        person = _principal(tx, user_id)
        if person.grants and registry.held_back is not None and registry.held_back(tx, user_id):
            return replace(person, grants=(), held_back=True)
        return person


def language_of(registry: Registry, user_id: UserId) -> str:
    """Return the language an account chose, "ja" or "en"; raises NotFound."""
    with registry.read(bootstrap_principal()) as tx:
        account = tx.session.get(UserAccount, user_id)
        if account is None:
            raise NotFound("user_account")
        return account.language


def principals(tx: Tx) -> dict[UserId, Principal]:
    """Return every account with the roles of this moment, for who works at the machine itself."""
    grants: dict[int, list[Grant]] = {}
    for row, home in tx.session.execute(valid_grants(tx)):
        grants.setdefault(row.user_id, []).append(_grant_of(row, home))
    return {
        UserId(account.id): Principal(
            UserId(account.id), name_of(tx.vault, account), tuple(grants.get(account.id, ()))
        )
        for account in tx.session.scalars(select(UserAccount).order_by(UserAccount.id))
    }


def _principal(tx: Tx, user_id: UserId) -> Principal:
    account = tx.session.get(UserAccount, user_id)
    if account is None:
        raise NotFound("user_account")
    rows = tx.session.execute(valid_grants(tx).where(RoleGrant.user_id == user_id))
    grants = tuple(_grant_of(row, home) for row, home in rows)
    return Principal(user_id, name_of(tx.vault, account), grants)


def valid_grants(tx: Tx) -> Select[RoleGrant, int]:
    """Return the statement of the roles that hold today, of all units, with the unit of each affiliation."""
    today = today_in_japan(tx.now)
    return (
        select(RoleGrant, Affiliation.unit_id)
        .join(Affiliation, Affiliation.id == RoleGrant.affiliation_id)
        .where(
            or_(RoleGrant.valid_from.is_(None), RoleGrant.valid_from <= today),
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= today),
            or_(Affiliation.valid_from.is_(None), Affiliation.valid_from <= today),
            or_(Affiliation.valid_until.is_(None), Affiliation.valid_until >= today),
        )
        .order_by(RoleGrant.id)
    )


def _grant_of(row: RoleGrant, home: int) -> Grant:
    return Grant(Role(row.role), UnitId(row.unit_id), UnitId(home))


def managing_home(tx: Tx) -> UnitId:
    """Return the first unit in which the person asking manages users; AccessDenied without one."""
    managed = tx.principal.units_with(Permission.MANAGE_USERS)
    if not managed:
        raise AccessDenied(Permission.MANAGE_USERS)
    if EVERYWHERE not in managed:
        return managed[0]
    top = top_unit(tx)
    if top is None:
        raise InvalidValue("unit_id", "required")
    return top


def words_about(session: Session, login: str, name: str, unit_id: UnitId) -> list[str]:
    """Return what a password of this person must not hold: login, name, names and codes of their units."""
    above = select(OrgUnit.code, OrgUnit.name_ja, OrgUnit.name_en).join(
        OrgClosure, OrgClosure.ancestor == OrgUnit.id
    )
    rows = session.execute(above.where(OrgClosure.descendant == unit_id)).all()
    return [login, name, *(word for row in rows for word in row)]


def plain_login(login: str) -> str:
    """Return a login as it is stored: full-width signs and the case of letters make no difference."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def is_login(login: str) -> bool:
    """Tell whether this may be somebody's login; what may not can hold signs that a database refuses."""
    return _LOGIN.fullmatch(login) is not None


def check_account(login: str, name: str, language: str) -> None:
    """Raise InvalidValue for a login, name or language that no account can have."""
    if not is_login(login):
        raise InvalidValue("login", "letters_digits_dots_dashes")
    check_name(name)
    if language not in LANGUAGES:
        raise InvalidValue("language", "ja_or_en")


def check_name(name: str) -> None:
    """Raise InvalidValue for a name that is empty, too long or holds control characters."""
    if not name.strip():
        raise InvalidValue("name", "required")
    if len(name) > 200:
        raise InvalidValue("name", "too_long")
    if not name.isprintable():
        raise InvalidValue("name", "printable")


def _described(row: RoleGrant) -> dict[str, object]:
    return {
        "user_id": row.user_id,
        "role": row.role,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "affiliation_id": row.affiliation_id,
    }
