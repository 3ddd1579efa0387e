"""Secret addresses of calendars: what a calendar program fetches in the name of one person.

An address holds 32 random bytes of which only the SHA-256 is stored. Each person has one at most; making
another one voids the first, and who manages the account ends it together with the sessions. It opens
nothing but the calendar, which is made afresh with the roles of that very moment.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from sqlalchemy import select

from registry import accounts
from registry.access import bootstrap_principal
from registry.errors import NotFound
from registry.journal import Action
from registry.model import Principal, UnitId, UserId
from registry.store import Registry, Tx
from registry.store.account_tables import CalendarFeed, UserAccount

FeedToken = NewType("FeedToken", str)

_TOKEN_LENGTH = 43  # 32 bytes in base64url
_TOUCH_AFTER = timedelta(hours=1)  # its owner wants to know the day: not every fetch is written


@dataclass(frozen=True, slots=True)
class Feed:
    """One's own address as far as it is still known: when it was made and last used."""

    created_at: datetime
    fetched_at: datetime | None


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Whose calendar is fetched, with the roles of this moment, and in which language."""

    principal: Principal
    language: str


def own(registry: Registry, principal: Principal) -> Feed | None:
    """Return one's own address without its secret, None when there is none."""
    with registry.read(principal) as tx:
        row = _of(tx, principal.user_id)
        return None if row is None else Feed(row.created_at, row.fetched_at)


def make(registry: Registry, principal: Principal, language: str) -> FeedToken:
    """Make one's own address and return its token, this once; an earlier one is void."""
    with registry.write(principal, reason="account page") as tx:
        account = tx.session.get(UserAccount, principal.user_id)
        if account is None:
            raise NotFound("user_account")
        old = _of(tx, principal.user_id)
        if old is not None:
            tx.session.delete(old)
            tx.session.flush()
        token = FeedToken(secrets.token_urlsafe(32))
        row = CalendarFeed(
            token_hash=_digest(token),
            user_id=account.id,
            unit_id=account.unit_id,
            language=language if language in accounts.LANGUAGES else account.language,
            created_at=tx.now,
        )
        tx.session.add(row)
        after = {"user": account.id, "renewed": old is not None}
        tx.record(Action.FEED_MADE, "user_account", account.id, UnitId(account.unit_id), None, after)
        return token


def end(registry: Registry, principal: Principal) -> None:
    """Void one's own address; nothing happens when there is none."""
    with registry.write(principal, reason="account page") as tx:
        account = tx.session.get(UserAccount, principal.user_id)
        if account is not None:
            end_feed(account, tx)


def end_feed(account: UserAccount, tx: Tx) -> None:
    """Void the address of an account, if it has one; the caller has checked the right."""
    row = _of(tx, UserId(account.id))
    if row is None:
        return
    tx.session.delete(row)
    tx.session.flush()
    after = {"user": account.id}
    tx.record(Action.FEED_ENDED, "user_account", account.id, UnitId(account.unit_id), None, after)


def subscriber(registry: Registry, token: str) -> Subscriber | None:
    """Return whose calendar a token opens, None when it is unknown or void."""
    if len(token) != _TOKEN_LENGTH:
        return None
    hashed = _digest(token)
    with registry.read(bootstrap_principal()) as tx:
        row = tx.session.get(CalendarFeed, hashed)
        if row is None:
            return None
        user_id, language = UserId(row.user_id), row.language
        touch = row.fetched_at is None or tx.now - row.fetched_at >= _TOUCH_AFTER
    if touch:
        with registry.write(bootstrap_principal()) as tx:
            again = tx.session.get(CalendarFeed, hashed)
            if again is None:
                return None
            again.fetched_at = tx.now
    return Subscriber(accounts.acting(registry, user_id), language)


def _of(tx: Tx, user_id: UserId) -> CalendarFeed | None:
    return tx.session.scalar(select(CalendarFeed).where(CalendarFeed.user_id == user_id))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
