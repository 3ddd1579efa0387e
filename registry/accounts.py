"""Accounts, roles and sign-in with passwords.

Passwords: argon2id (RFC 9106) with argon2-cffi's defaults. Ten failures in a row lock an account for 15
minutes. An unknown login costs the same time as a known one and gets the same answer, also while locked,
so that nobody learns which logins exist. A session token is 32 random bytes of which only the SHA-256 is
stored; it ends after 30 idle minutes, after 12 hours, and on sign-out. Roles are read afresh for every
request, so that a withdrawn role ends at once.
"""

from __future__ import annotations

import functools
import hashlib
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import NewType

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import or_, select

from registry.access import EVERYWHERE, bootstrap_principal, require, scope
from registry.affiliations import affiliation_for, check_period
from registry.duties import AUDITING, require_separate
from registry.errors import AccessDenied, Duplicate, InvalidValue, NotFound
from registry.journal import Action
from registry.model import AffiliationId, Grant, Permission, Principal, Role, UnitId, UserId
from registry.store import Registry, Tx
from registry.store.tables import Affiliation, OrgUnit, RoleGrant, UserAccount, UserSession

SessionToken = NewType("SessionToken", str)

MAX_FAILURES = 10
LOCKED_FOR = timedelta(minutes=15)
IDLE_LIMIT = timedelta(minutes=30)
SESSION_LIMIT = timedelta(hours=12)
MIN_PASSWORD = 12  # code points; length is the only rule, as composition rules make passwords worse
MAX_PASSWORD = 256
LANGUAGES = ("ja", "en")

_TOUCH_AFTER = timedelta(minutes=1)  # a page asks many times a minute: the idle clock needs no more
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")
_JAPAN = timezone(timedelta(hours=9), "JST")  # no summer time since 1951
_HASHER = PasswordHasher()


@dataclass(frozen=True, slots=True)
class SignInRefused:
    """The login or the password is wrong, or the account is locked: deliberately not told apart."""

    max_failures: int = MAX_FAILURES
    locked_for: timedelta = LOCKED_FOR


def create_account(
    tx: Tx, login: str, name: str, password: str, language: str, *, unit_id: UnitId | None = None
) -> UserId:
    """Make an account without any role.

    `unit_id` is where it is managed, by default the first unit in which the person asking manages users.
    Raises AccessDenied, Duplicate (`login`) and InvalidValue.
    """
    home = _home(tx) if unit_id is None else unit_id
    require(tx, Permission.MANAGE_USERS, home)
    login = _plain_login(login)
    _check_account(login, name, password, language)
    if tx.session.scalar(select(UserAccount.id).where(UserAccount.login == login)) is not None:
        raise Duplicate("login")
    row = UserAccount(
        unit_id=home,
        login=login,
        name=name.strip(),
        language=language,
        password_hash=_HASHER.hash(_plain_password(password)),
        created_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"login": login, "name": row.name, "language": language}
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
    that one gives oneself (`role` `self`), and for one that breaks a rule of `registry.duties`.
    """
    role = Role(role)
    check_period(valid_from, valid_until)
    belongs_to = affiliation_for(tx, user_id, unit_id, affiliation_id, auditing=role in AUDITING)
    if user_id == tx.principal.user_id:
        raise InvalidValue("role", "self")
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


def first_administrator(
    registry: Registry, *, login: str, name: str, password: str, language: str, unit_id: UnitId
) -> UserId:
    """Make the first account, administrator of a unit; AccessDenied once any account exists."""
    with registry.write(bootstrap_principal()) as tx:
        if tx.session.scalar(select(UserAccount.id).limit(1)) is not None:
            raise AccessDenied(Permission.MANAGE_USERS)
        user_id = create_account(tx, login, name, password, language, unit_id=unit_id)
        grant(tx, user_id, Role.ADMINISTRATOR, unit_id)
        return user_id


def sign_in(registry: Registry, login: str, password: str) -> SessionToken | SignInRefused:
    """Check a password and open a session; both answers leave a journal record."""
    login = _plain_login(login)
    with registry.read(bootstrap_principal()) as tx:
        query = select(UserAccount).where(UserAccount.login == login)
        # What could be nobody's login may hold characters that a database refuses.
        known = tx.session.scalar(query) if _LOGIN.fullmatch(login) else None
    # Outside any transaction: the hash takes long, and nobody else should wait for it.
    right = _matches(_dummy_hash() if known is None else known.password_hash, password)
    if known is None:
        with registry.write(bootstrap_principal()) as tx:
            tx.record(Action.SIGN_IN_REFUSED, "user_account", "", _top_unit(tx))
        return SignInRefused()
    with registry.write(Principal(UserId(known.id), known.name, ())) as tx:
        account = tx.session.get_one(UserAccount, known.id)
        locked = account.locked_until is not None and tx.now < account.locked_until
        if locked or not right or account.password_hash != known.password_hash:
            _count_failure(tx, account, locked=locked)
            return SignInRefused()
        return _open_session(tx, account, password)


def principal_for_session(registry: Registry, token: str) -> Principal | None:
    """Return who a session belongs to with the roles of this moment, None when it has ended."""
    digest = _digest(token)
    with registry.read(bootstrap_principal()) as tx:
        row = tx.session.get(UserSession, digest)
        if row is None or not _is_live(row, tx.now):
            return None
        principal = _principal(tx, UserId(row.user_id))
        touch = tx.now - row.seen_at >= _TOUCH_AFTER
    if touch:
        with registry.write(bootstrap_principal()) as tx:
            again = tx.session.get(UserSession, digest)
            if again is None or not _is_live(again, tx.now):
                return None
            again.seen_at = tx.now
    return principal


def sign_out(registry: Registry, token: str) -> None:
    """End a session; nothing happens for one that is unknown or has ended."""
    with registry.read(bootstrap_principal()) as tx:
        known = tx.session.get(UserSession, _digest(token))
        if known is None:
            return
        principal = _principal(tx, UserId(known.user_id))
    with registry.write(principal) as tx:
        row = tx.session.get_one(UserSession, known.token_hash)
        if row.revoked_at is None:
            row.revoked_at = tx.now
            after = {"user": row.user_id}
            tx.record(Action.SIGNED_OUT, "user_account", row.user_id, UnitId(row.unit_id), None, after)


def principal_of(registry: Registry, user_id: UserId) -> Principal:
    """Return an account with the roles of this moment; raises NotFound."""
    with registry.read(bootstrap_principal()) as tx:
        return _principal(tx, user_id)


def language_of(registry: Registry, user_id: UserId) -> str:
    """Return the language an account chose, "ja" or "en"; raises NotFound."""
    with registry.read(bootstrap_principal()) as tx:
        account = tx.session.get(UserAccount, user_id)
        if account is None:
            raise NotFound("user_account")
        return account.language


def _principal(tx: Tx, user_id: UserId) -> Principal:
    account = tx.session.get(UserAccount, user_id)
    if account is None:
        raise NotFound("user_account")
    today = tx.now.astimezone(_JAPAN).date()
    valid = (
        select(RoleGrant, Affiliation.unit_id)
        .join(Affiliation, Affiliation.id == RoleGrant.affiliation_id)
        .where(
            RoleGrant.user_id == user_id,
            or_(RoleGrant.valid_from.is_(None), RoleGrant.valid_from <= today),
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= today),
            or_(Affiliation.valid_from.is_(None), Affiliation.valid_from <= today),
            or_(Affiliation.valid_until.is_(None), Affiliation.valid_until >= today),
        )
    )
    rows = tx.session.execute(valid.order_by(RoleGrant.id))
    grants = tuple(Grant(Role(row.role), UnitId(row.unit_id), UnitId(home)) for row, home in rows)
    return Principal(user_id, account.name, grants)


def _count_failure(tx: Tx, account: UserAccount, *, locked: bool) -> None:
    if not locked:  # trying on while locked neither prolongs nor shortens it
        account.failures += 1
        if account.failures >= MAX_FAILURES:
            account.failures = 0
            account.locked_until = tx.now + LOCKED_FOR
    after = {"failures": account.failures, "locked_until": account.locked_until}
    tx.record(Action.SIGN_IN_REFUSED, "user_account", account.id, UnitId(account.unit_id), None, after)


def _open_session(tx: Tx, account: UserAccount, password: str) -> SessionToken:
    account.failures = 0
    account.locked_until = None
    if _HASHER.check_needs_rehash(account.password_hash):
        account.password_hash = _HASHER.hash(_plain_password(password))
    token = SessionToken(secrets.token_urlsafe(32))
    row = UserSession(
        token_hash=_digest(token),
        user_id=account.id,
        unit_id=account.unit_id,
        created_at=tx.now,
        seen_at=tx.now,
    )
    tx.session.add(row)
    tx.record(
        Action.SIGNED_IN, "user_account", account.id, UnitId(account.unit_id), None, {"user": account.id}
    )
    return token


def _is_live(row: UserSession, now: datetime) -> bool:
    return row.revoked_at is None and now - row.seen_at < IDLE_LIMIT and now - row.created_at < SESSION_LIMIT


def _home(tx: Tx) -> UnitId:
    managed = tx.principal.units_with(Permission.MANAGE_USERS)
    if not managed:
        raise AccessDenied(Permission.MANAGE_USERS)
    if EVERYWHERE not in managed:
        return managed[0]
    top = _top_unit(tx)
    if top is None:
        raise InvalidValue("unit_id", "required")
    return top


def _top_unit(tx: Tx) -> UnitId | None:
    query = select(OrgUnit.id).where(OrgUnit.parent_id.is_(None)).order_by(OrgUnit.id).limit(1)
    top = tx.session.scalar(query)
    return None if top is None else UnitId(top)


def _check_account(login: str, name: str, password: str, language: str) -> None:
    if not _LOGIN.fullmatch(login):
        raise InvalidValue("login", "letters_digits_dots_dashes")
    if not name.strip() or len(name) > 200:
        raise InvalidValue("name", "required" if not name.strip() else "too_long")
    if language not in LANGUAGES:
        raise InvalidValue("language", "ja_or_en")
    plain = _plain_password(password)
    if not MIN_PASSWORD <= len(plain) <= MAX_PASSWORD:
        raise InvalidValue("password", "length")
    if plain.casefold() == login:
        raise InvalidValue("password", "equals_login")


def _plain_login(login: str) -> str:
    return unicodedata.normalize("NFKC", login).strip().casefold()


def _plain_password(password: str) -> str:
    # Typed full-width or composed differently it is the same password (NIST SP 800-63B §5.1.1.2: NFKC).
    return unicodedata.normalize("NFKC", password)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, _plain_password(password)[: MAX_PASSWORD + 1])
    except VerifyMismatchError:
        return False


@functools.cache
def _dummy_hash() -> str:
    return _HASHER.hash(secrets.token_urlsafe(32))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _described(row: RoleGrant) -> dict[str, object]:
    return {
        "user_id": row.user_id,
        "role": row.role,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "affiliation_id": row.affiliation_id,
    }
