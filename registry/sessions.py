"""Sessions of signed-in browsers: kept on the server, listed, ended.

A token is 32 random bytes of which only the SHA-256 is stored. It is made after every sign-in and never
before (no fixation), and ends after 30 idle minutes, after 12 hours, on sign-out, when its owner or who
manages the account ends it, and when the password changes.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from sqlalchemy import ColumnElement, and_, select

from registry import accounts, feeds, people
from registry.access import bootstrap_principal
from registry.accounts import LOCAL
from registry.errors import NotFound
from registry.journal import Action
from registry.model import Principal, UnitId, UserId
from registry.store import Registry, Tx
from registry.store.account_tables import UserAccount, UserSession
from registry.store.base import new_uid

SessionToken = NewType("SessionToken", str)

IDLE_LIMIT = timedelta(minutes=30)
SESSION_LIMIT = timedelta(hours=12)
_TOUCH_AFTER = timedelta(minutes=1)  # a page asks many times a minute: the idle clock needs no more


@dataclass(frozen=True, slots=True)
class Client:
    """From where somebody signs in: network address and kind of browser, "" when unknown."""

    address: str = ""
    agent: str = ""  # "Firefox, Windows": never the header itself


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One live session as its owner sees it."""

    uid: str
    started_at: datetime
    seen_at: datetime
    issuer: str
    agent: str
    address: str
    is_current: bool


def open_for(account: UserAccount, tx: Tx, *, client: Client, issuer: str = LOCAL) -> SessionToken:
    """Open a session for who has just proved to own the account, and record the sign-in."""
    token = SessionToken(secrets.token_urlsafe(32))
    uid = new_uid()
    sealed = tx.vault.seal(client.address, table="session", row=uid, column="address_sealed")
    row = UserSession(
        token_hash=digest(token),
        uid=uid,
        user_id=account.id,
        unit_id=account.unit_id,
        created_at=tx.now,
        seen_at=tx.now,
        issuer=issuer,
        agent=client.agent[:64],
        address_sealed=sealed if client.address else None,
    )
    tx.session.add(row)
    after = {"user": account.id, "issuer": issuer, "address": client.address, "agent": row.agent}
    tx.record(Action.SIGNED_IN, "user_account", account.id, UnitId(account.unit_id), None, after)
    return token


def principal_for(registry: Registry, token: str) -> Principal | None:
    """Return who a session belongs to with the roles that count now, None when it has ended."""
    hashed = digest(token)
    with registry.read(bootstrap_principal()) as tx:
        row = tx.session.get(UserSession, hashed)
        if row is None or not _is_live(row, tx.now):
            return None
        user_id = UserId(row.user_id)
        touch = tx.now - row.seen_at >= _TOUCH_AFTER
    if touch:
        with registry.write(bootstrap_principal()) as tx:
            again = tx.session.get(UserSession, hashed)
            if again is None or not _is_live(again, tx.now):
                return None
            again.seen_at = tx.now
    return accounts.acting(registry, user_id)


def existed(registry: Registry, token: str) -> bool:
    """Tell whether a token opened a session, though that may have ended; it is not prolonged."""
    with registry.read(bootstrap_principal()) as tx:
        return tx.session.get(UserSession, digest(token)) is not None


def sign_out(registry: Registry, token: str) -> None:
    """End a session; nothing happens for one that is unknown or has ended."""
    with registry.read(bootstrap_principal()) as tx:
        known = tx.session.get(UserSession, digest(token))
        if known is None:
            return
    with registry.write(accounts.principal_of(registry, UserId(known.user_id))) as tx:
        row = tx.session.get_one(UserSession, known.token_hash)
        if row.revoked_at is None:
            row.revoked_at = tx.now
            after = {"user": row.user_id}
            tx.record(Action.SIGNED_OUT, "user_account", row.user_id, UnitId(row.unit_id), None, after)


def own(registry: Registry, token: str) -> list[OpenSession]:
    """Return the live sessions of a session's owner, the newest first; empty when this one has ended."""
    with registry.read(bootstrap_principal()) as tx:
        mine = tx.session.get(UserSession, digest(token))
        if mine is None or not _is_live(mine, tx.now):
            return []
        query = select(UserSession).where(UserSession.user_id == mine.user_id, live_at(tx.now))
        rows = tx.session.scalars(query.order_by(UserSession.created_at.desc(), UserSession.uid))
        return [
            OpenSession(
                row.uid,
                row.created_at,
                row.seen_at,
                row.issuer,
                row.agent,
                ""
                if row.address_sealed is None
                else tx.vault.open(row.address_sealed, table="session", row=row.uid, column="address_sealed"),
                is_current=row.token_hash == mine.token_hash,
            )
            for row in rows
        ]


def end_own(registry: Registry, principal: Principal, uid: str) -> None:
    """End one of one's own sessions, in whatever browser it is; raises NotFound for any other."""
    with registry.write(principal) as tx:
        mine = and_(UserSession.uid == uid, UserSession.user_id == principal.user_id)
        row = tx.session.scalar(select(UserSession).where(mine, live_at(tx.now))) if uid.isalnum() else None
        if row is None:
            raise NotFound("session")
        row.revoked_at = tx.now
        _record_end(tx, UserId(row.user_id), UnitId(row.unit_id), 1)


def end_all(tx: Tx, user_id: UserId) -> int:
    """End every session of somebody whose account one manages; return how many; raises NotFound.

    The address of their calendar ends too: a lost device knows it.
    """
    account = people.managed(user_id, tx)
    feeds.end_feed(account, tx)
    return end_sessions(account, tx)


def end_sessions(account: UserAccount, tx: Tx, *, but: str = "") -> int:
    """End every session of an account except the one of the token `but`; return how many."""
    query = select(UserSession).where(UserSession.user_id == account.id, live_at(tx.now))
    rows = [row for row in tx.session.scalars(query) if not but or row.token_hash != digest(but)]
    for row in rows:
        row.revoked_at = tx.now
    _record_end(tx, UserId(account.id), UnitId(account.unit_id), len(rows))
    return len(rows)


def _record_end(tx: Tx, user_id: UserId, unit_id: UnitId, count: int) -> None:
    tx.record(Action.SESSIONS_ENDED, "user_account", user_id, unit_id, None, {"count": count})


def live_at(now: datetime) -> ColumnElement[bool]:
    """Return the condition of a session that has not ended."""
    return and_(
        UserSession.revoked_at.is_(None),
        UserSession.seen_at > now - IDLE_LIMIT,
        UserSession.created_at > now - SESSION_LIMIT,
    )


def digest(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _is_live(row: UserSession, now: datetime) -> bool:
    return row.revoked_at is None and now - row.seen_at < IDLE_LIMIT and now - row.created_at < SESSION_LIMIT
