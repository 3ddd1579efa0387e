"""Sign-in with a password and, where the account or its roles ask for it, a one-time code.

An unknown login costs the same time as a known one and gets the same answer, also while locked, so that
nobody learns which logins exist. Guesses are limited by account and by address: `registry.lockout`. A right
password alone forgets no failure, so that codes cannot be guessed on behind a known password. Every answer
leaves a journal record, except those to an address that is blocked: the block is recorded, and what it
keeps away shall not fill the journal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from registry import accounts, links, lockout, passwords, second_factor, sessions
from registry.access import bootstrap_principal, top_unit
from registry.account_names import login_digest, login_of, name_of
from registry.accounts import LOCAL
from registry.errors import InvalidValue
from registry.journal import Action
from registry.links import LinkToken
from registry.model import Principal, UnitId, UserId
from registry.second_factor import Enrolment
from registry.sessions import Client, SessionToken
from registry.store import Registry, Tx
from registry.store.account_tables import OneTimeLink, UserAccount, UserIdentity

CODE_STEP: Final = "second_step"  # a code of the second factor is due
ENROL_STEP: Final = "enrol_step"  # a second factor has to be set up first
STEP_LIFETIME = timedelta(minutes=10)
STEP_FAILURES = 5

_NOBODY = Client()


@dataclass(frozen=True, slots=True)
class Policy:
    """What signing in asks for beyond the password: roles (ids) whose holders need a second factor."""

    second_factor_roles: frozenset[str] = frozenset()


DEFAULT_POLICY = Policy()


@dataclass(frozen=True, slots=True)
class SignInRefused:
    """Login, password or code is wrong, or the account is locked: deliberately not told apart.

    `blocked_until` is set when the network address is blocked, whatever was typed.
    """

    blocked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class SecondStep:
    """The password was right and a second factor is due; `token` carries on, `enrol`: it is to be set up."""

    token: LinkToken
    enrol: bool


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The second factor is set up and the session open; the codes are shown this once."""

    session: SessionToken
    recovery_codes: tuple[str, ...]


class StepOver:
    """The second step came too late, was finished already, or saw too many wrong codes."""


def with_password(
    registry: Registry,
    login: str,
    password: str,
    *,
    client: Client = _NOBODY,
    policy: Policy = DEFAULT_POLICY,
) -> SessionToken | SecondStep | SignInRefused:
    """Check a password; open a session, ask for the second step, or refuse."""
    login = accounts.plain_login(login)
    with registry.read(bootstrap_principal()) as tx:
        blocked = lockout.blocked_until(client.address, tx)
        if blocked is not None:
            return SignInRefused(blocked)
        known = _account(tx, login)
    # Outside any transaction: the hash takes long, and nobody else should wait for it.
    right = passwords.matches("" if known is None else known.password_hash, password)
    if known is None:
        with registry.write(bootstrap_principal()) as tx:
            unit = top_unit(tx)
            tx.record(Action.SIGN_IN_REFUSED, "user_account", "", unit, None, {"address": client.address})
            lockout.count_address(client.address, tx, unit)
        return SignInRefused()
    person = accounts.principal_of(registry, UserId(known.id))
    with registry.write(Principal(person.user_id, person.name, ())) as tx:
        account = tx.session.get_one(UserAccount, known.id)
        if lockout.is_locked(account, tx.now) or not right or account.password_hash != known.password_hash:
            return _refused(account, tx, client)
        if passwords.outdated(account.password_hash):
            account.password_hash = passwords.hashed(password)
        if second_factor.is_on(tx.session, person.user_id):
            return _second_step(account, tx, client, enrol=False)
        if any(str(grant.role) in policy.second_factor_roles for grant in person.grants):
            return _second_step(account, tx, client, enrol=True)
        lockout.forget(account)
        return sessions.open_for(account, tx, client=client)


def with_code(
    registry: Registry, step: str, code: str, *, client: Client = _NOBODY
) -> SessionToken | SignInRefused | StepOver:
    """Finish a sign-in with a one-time password or a recovery code."""
    with registry.read(bootstrap_principal()) as tx:
        blocked = lockout.blocked_until(client.address, tx)
        known = links.live(step, tx, CODE_STEP)
    if blocked is not None:
        return SignInRefused(blocked)
    if known is None:
        return StepOver()
    with registry.write(_actor(registry, known)) as tx:
        link = links.live(step, tx, CODE_STEP)
        if link is None:
            return StepOver()
        account = tx.session.get_one(UserAccount, link.user_id)
        if lockout.is_locked(account, tx.now) or not second_factor.check(account, tx, code):
            return _wrong_code(account, link, tx, client)
        link.used_at = tx.now
        lockout.forget(account)
        return sessions.open_for(account, tx, client=client)


def enrolment(registry: Registry, step: str) -> Enrolment | StepOver:
    """Return the secret that a sign-in asks to set up; the same one until the step is over."""
    with registry.read(bootstrap_principal()) as tx:
        known = links.live(step, tx, ENROL_STEP)
    if known is None:
        return StepOver()
    with registry.write(_actor(registry, known)) as tx:
        try:
            return second_factor.start(tx.session.get_one(UserAccount, known.user_id), tx)
        except InvalidValue:  # set up meanwhile in another browser
            return StepOver()


def enrol(
    registry: Registry, step: str, code: str, *, client: Client = _NOBODY
) -> Enrolled | SignInRefused | StepOver:
    """Set up the second factor with its first code and open the session."""
    with registry.read(bootstrap_principal()) as tx:
        known = links.live(step, tx, ENROL_STEP)
    if known is None:
        return StepOver()
    with registry.write(_actor(registry, known)) as tx:
        link = links.live(step, tx, ENROL_STEP)
        if link is None:
            return StepOver()
        account = tx.session.get_one(UserAccount, link.user_id)
        codes = None if lockout.is_locked(account, tx.now) else second_factor.finish(account, tx, code)
        if codes is None:
            return _wrong_code(account, link, tx, client)
        link.used_at = tx.now
        lockout.forget(account)
        return Enrolled(sessions.open_for(account, tx, client=client), codes)


def change_password(registry: Registry, token: str, *, current: str, new: str) -> None:
    """Change the password of a session's owner; their other sessions end.

    Raises InvalidValue: ("current", "wrong") also while the account is locked, ("password", rule).
    """
    principal = sessions.principal_for(registry, token)
    if principal is None:
        raise InvalidValue("session", "ended")
    with registry.read(principal) as tx:
        known = tx.session.get_one(UserAccount, principal.user_id)
        words = accounts.words_about(
            tx.session, login_of(tx.vault, known), name_of(tx.vault, known), UnitId(known.unit_id)
        )
        locked = lockout.is_locked(known, tx.now)
    if locked or not passwords.matches(known.password_hash, current):
        with registry.write(principal) as tx:
            lockout.count_failure(tx.session.get_one(UserAccount, principal.user_id), tx)
        raise InvalidValue("current", "wrong")
    if passwords.normal(new) == passwords.normal(current):
        raise InvalidValue("password", "same")
    passwords.require_strong(new, words)
    hashed = passwords.hashed(new)
    with registry.write(principal) as tx:
        account = tx.session.get_one(UserAccount, principal.user_id)
        if account.password_hash != known.password_hash:
            raise InvalidValue("current", "wrong")
        account.password_hash = hashed
        links.void(account, tx, links.PASSWORD, CODE_STEP, ENROL_STEP)
        tx.record(Action.PASSWORD_CHANGED, "user_account", account.id, UnitId(account.unit_id), None, None)
        sessions.end_sessions(account, tx, but=token)


def has_password(registry: Registry, principal: Principal) -> bool:
    """Tell whether the person signs in with a password of ours."""
    with registry.read(principal) as tx:
        account = tx.session.get(UserAccount, principal.user_id)
        return account is not None and bool(account.password_hash)


def _account(tx: Tx, login: str) -> UserAccount | None:
    if not accounts.is_login(login):  # it may hold characters that a database refuses
        return None
    query = (
        select(UserAccount)
        .join(UserIdentity, UserIdentity.user_id == UserAccount.id)
        .where(UserIdentity.issuer == LOCAL, UserIdentity.subject == login_digest(tx.vault, login))
    )
    return tx.session.scalar(query)


def _second_step(account: UserAccount, tx: Tx, client: Client, *, enrol: bool) -> SecondStep:
    links.void(account, tx, CODE_STEP, ENROL_STEP)
    token = links.new_link(account, tx, ENROL_STEP if enrol else CODE_STEP, STEP_LIFETIME)
    after = {"user": account.id, "address": client.address, "enrol": enrol}
    tx.record(Action.SECOND_STEP_ASKED, "user_account", account.id, UnitId(account.unit_id), None, after)
    return SecondStep(token, enrol)


def _wrong_code(account: UserAccount, link: OneTimeLink, tx: Tx, client: Client) -> SignInRefused:
    link.failures += 1
    if link.failures >= STEP_FAILURES:
        link.used_at = tx.now
    return _refused(account, tx, client)


def _refused(account: UserAccount, tx: Tx, client: Client) -> SignInRefused:
    lockout.count_failure(account, tx, address=client.address)
    lockout.count_address(client.address, tx, UnitId(account.unit_id))
    return SignInRefused()


def _actor(registry: Registry, link: OneTimeLink) -> Principal:
    person = accounts.principal_of(registry, UserId(link.user_id))
    return Principal(person.user_id, person.name, ())
