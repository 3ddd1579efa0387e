"""One-time links: the first way in, and the way back for who lost a password.

A link holds 32 random bytes of which only the SHA-256 is stored, ends after 24 hours, works once, and is
void as soon as another one is issued for the same account. It sets a password; it opens no session, so that
a second factor is still asked for.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NewType

from sqlalchemy import select

from registry import accounts, lockout, passwords, people, sessions
from registry.access import bootstrap_principal
from registry.account_names import login_of, name_of, sealed_name
from registry.errors import NotFound
from registry.journal import Action
from registry.model import Principal, UnitId, UserId
from registry.sessions import digest
from registry.store import Registry, Tx
from registry.store.account_tables import OneTimeLink, UserAccount
from registry.store.chain import Deed

LinkToken = NewType("LinkToken", str)

LIFETIME = timedelta(hours=24)
PASSWORD: Final = "password"  # noqa: S105 - the purpose of a link
_ASKED = 500  # values in one question: databases limit them
_TOKEN_LENGTH = 43  # 32 bytes in base64url


@dataclass(frozen=True, slots=True)
class LinkOwner:
    """Whose link it is, as the page shows it."""

    login: str
    name: str
    language: str
    is_first: bool  # the account has no password yet


def issue(tx: Tx, user_id: UserId, lifetime: timedelta = LIFETIME) -> LinkToken:
    """Make a link for somebody whose account one manages; earlier ones are void; raises NotFound."""
    return issue_all(tx, [user_id], lifetime)[user_id]


def issue_all(
    tx: Tx, user_ids: Sequence[UserId], lifetime: timedelta = LIFETIME
) -> Mapping[UserId, LinkToken]:
    """Make a link for each of many people, as `issue` does; raises NotFound when one is not managed."""
    found = people.all_managed(user_ids, tx)
    _void(found, tx, PASSWORD)
    tokens = {UserId(account.id): new_link(account, tx, PASSWORD, lifetime) for account in found}
    tx.record_all(
        [
            Deed(
                Action.LINK_ISSUED,
                "user_account",
                str(account.id),
                UnitId(account.unit_id),
                None,
                {"user": account.id, "expires_at": tx.now + lifetime},
            )
            for account in found
        ]
    )
    return tokens


def owner(registry: Registry, token: str) -> LinkOwner | None:
    """Return whose link this is, None when it is unknown, used, void or expired; changes nothing."""
    with registry.read(bootstrap_principal()) as tx:
        link = live(token, tx, PASSWORD)
        if link is None:
            return None
        account = tx.session.get_one(UserAccount, link.user_id)
        return LinkOwner(
            login_of(tx.vault, account),
            name_of(tx.vault, account),
            account.language,
            not account.password_hash,
        )


def redeem(registry: Registry, token: str, *, password: str, name: str) -> None:
    """Set password and name of the link's owner; every session of theirs ends and a lock opens.

    Raises NotFound when the link is no longer good, InvalidValue("name" or "password", rule) otherwise; the
    link then stays good.
    """
    with registry.read(bootstrap_principal()) as tx:
        link = live(token, tx, PASSWORD)
        if link is None:
            raise NotFound("one_time_link")
        account = tx.session.get_one(UserAccount, link.user_id)
        words = accounts.words_about(tx.session, login_of(tx.vault, account), name, UnitId(account.unit_id))
    accounts.check_name(name)
    passwords.require_strong(password, words)
    hashed = passwords.hashed(password)  # takes long: nobody should wait for it in a transaction
    with registry.write(Principal(UserId(account.id), name_of(registry.vault, account), ())) as tx:
        link = live(token, tx, PASSWORD)
        if link is None:
            raise NotFound("one_time_link")
        link.used_at = tx.now
        account = tx.session.get_one(UserAccount, link.user_id)
        before = {"name": name_of(tx.vault, account)}
        account.password_hash = hashed
        account.name_sealed = sealed_name(tx.vault, account, name.strip())
        lockout.forget(account)
        after = {"name": name.strip(), "password": "set"}
        tx.record(Action.LINK_USED, "user_account", account.id, UnitId(account.unit_id), before, after)
        sessions.end_sessions(account, tx)


def new_link(account: UserAccount, tx: Tx, purpose: str, lifetime: timedelta) -> LinkToken:
    """Store a new link of some purpose and return its token."""
    token = LinkToken(secrets.token_urlsafe(32))
    row = OneTimeLink(
        token_hash=digest(token),
        user_id=account.id,
        unit_id=account.unit_id,
        purpose=purpose,
        failures=0,
        created_at=tx.now,
        expires_at=tx.now + lifetime,
    )
    tx.session.add(row)
    return token


def live(token: str, tx: Tx, *purposes: str) -> OneTimeLink | None:
    """Return the row of a link that is still good for one of the purposes."""
    if len(token) != _TOKEN_LENGTH:
        return None
    row = tx.session.get(OneTimeLink, digest(token))
    if row is None or row.purpose not in purposes or row.used_at is not None:
        return None
    return row if tx.now < row.expires_at else None


def void(account: UserAccount, tx: Tx, *purposes: str) -> None:
    """Make every open link of an account useless."""
    _void([account], tx, *purposes)


def _void(accounts: Sequence[UserAccount], tx: Tx, *purposes: str) -> None:
    moment: datetime = tx.now
    for start in range(0, len(accounts), _ASKED):
        query = select(OneTimeLink).where(
            OneTimeLink.user_id.in_([account.id for account in accounts[start : start + _ASKED]]),
            OneTimeLink.purpose.in_(purposes),
            OneTimeLink.used_at.is_(None),
        )
        for row in tx.session.scalars(query):
            row.used_at = moment
