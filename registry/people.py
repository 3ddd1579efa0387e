"""People as who manages their accounts sees them: how they sign in, and whether they are locked out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from registry.access import scope
from registry.account_names import has_login, login_of, name_of
from registry.accounts import is_login, plain_login
from registry.errors import NotFound
from registry.model import Permission, UnitId, UserId
from registry.store import Tx
from registry.store.account_tables import RoleGrant, SecondFactor, UserAccount, UserIdentity


@dataclass(frozen=True, slots=True)
class Person:
    """One account."""

    user_id: UserId
    login: str
    name: str
    unit_id: UnitId  # where the account is managed
    language: str
    has_password: bool
    has_second_factor: bool
    issuers: tuple[str, ...]
    locked_until: datetime | None


def people(tx: Tx) -> list[Person]:
    """Return the accounts of the units whose users the person asking manages, by login."""
    rows = tx.session.scalars(
        select(UserAccount).where(UserAccount.unit_id.in_(scope(tx, Permission.MANAGE_USERS)))
    ).all()
    return sorted(_told(tx, rows), key=lambda each: each.login)


def person(tx: Tx, login: str) -> Person:
    """Return one account that the person asking manages; raises NotFound."""
    login = plain_login(login)
    row = tx.session.scalar(
        select(UserAccount).where(
            has_login(tx.vault, login if is_login(login) else ""),
            UserAccount.unit_id.in_(scope(tx, Permission.MANAGE_USERS)),
        )
    )
    if row is None:
        raise NotFound("user_account")
    return _told(tx, [row])[0]


def managed(user_id: UserId, tx: Tx) -> UserAccount:
    """Return an account whose way in the person asking may change; raises NotFound.

    They manage users where the account is at home and wherever it holds a role: who resets a password could
    enter in that person's name, and must not gain a right in a unit that they do not manage.
    """
    within = scope(tx, Permission.MANAGE_USERS)
    row = tx.session.scalar(
        select(UserAccount).where(UserAccount.id == user_id, UserAccount.unit_id.in_(within))
    )
    beyond = select(func.count()).where(RoleGrant.user_id == user_id, RoleGrant.unit_id.not_in(within))
    if row is None or tx.session.scalar(beyond):
        raise NotFound("user_account")
    return row


def _told(tx: Tx, rows: Iterable[UserAccount]) -> list[Person]:
    ids = [row.id for row in rows]
    issuers: dict[int, list[str]] = {}
    found = select(UserIdentity.user_id, UserIdentity.issuer).where(UserIdentity.user_id.in_(ids))
    for user_id, issuer in tx.session.execute(found.order_by(UserIdentity.id)):
        issuers.setdefault(user_id, []).append(issuer)
    confirmed = select(SecondFactor.user_id).where(
        SecondFactor.user_id.in_(ids), SecondFactor.confirmed_at.is_not(None)
    )
    secured = set(tx.session.scalars(confirmed))
    return [
        Person(
            UserId(row.id),
            login_of(tx.vault, row),
            name_of(tx.vault, row),
            UnitId(row.unit_id),
            row.language,
            has_password=bool(row.password_hash),
            has_second_factor=row.id in secured,
            issuers=tuple(issuers.get(row.id, ())),
            locked_until=row.locked_until if row.locked_until and row.locked_until > tx.now else None,
        )
        for row in rows
    ]
