"""Names and logins of those who sign in, sealed: the database alone tells neither.

An account is found by a keyed digest of its login. That key is never rotated, as every login would have to
be given again; it protects against who sees the database, where logins are few enough to be tried.
"""

from __future__ import annotations

import hmac

from sqlalchemy import ColumnElement

from registry.store.account_tables import UserAccount
from registry.store.base import new_uid
from registry.vault import Vault

_TABLE = UserAccount.__tablename__


def login_digest(vault: Vault, login: str) -> str:
    """Return what an account is found by: 64 hexadecimal digits, HMAC-SHA256 of the plain login."""
    return hmac.digest(vault.subkey("login", 1), login.encode(), "sha256").hex()


def has_login(vault: Vault, login: str) -> ColumnElement[bool]:
    """Return the condition that an account has this login."""
    return UserAccount.login_digest == login_digest(vault, login)


def sealed(vault: Vault, login: str, name: str, uid: str | None = None) -> dict[str, object]:
    """Return the columns of an account that hold its login and name."""
    bound = uid or new_uid()
    return {
        "uid": bound,
        "login_digest": login_digest(vault, login),
        "login_sealed": vault.seal(login, table=_TABLE, row=bound, column="login_sealed"),
        "name_sealed": vault.seal(name, table=_TABLE, row=bound, column="name_sealed"),
    }


def name_of(vault: Vault, account: UserAccount) -> str:
    """Return the name of an account."""
    return vault.open(account.name_sealed, table=_TABLE, row=account.uid, column="name_sealed")


def login_of(vault: Vault, account: UserAccount) -> str:
    """Return the login of an account."""
    return vault.open(account.login_sealed, table=_TABLE, row=account.uid, column="login_sealed")


def sealed_name(vault: Vault, account: UserAccount, name: str) -> bytes:
    """Return another name for an account, sealed for its place."""
    return vault.seal(name, table=_TABLE, row=account.uid, column="name_sealed")
