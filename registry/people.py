"""People as who manages their accounts sees them: how they sign in, and whether they are locked out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from registry import accounts, affiliations
from registry.access import scope, today_in_japan
from registry.account_names import has_login, login_of, name_of
from registry.accounts import RoleHeld, is_login, plain_login
from registry.affiliations import Affiliation
from registry.errors import NotFound
from registry.model import Permission, Role, UnitId, UserId
from registry.store import Tx
from registry.store.account_tables import Affiliation as AffiliationRecord
from registry.store.account_tables import RoleGrant, SecondFactor, UserAccount, UserIdentity
from registry.store.tables import OrgClosure

_ASKED = 500  # values in one question: databases limit them


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


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Which people are listed: who belongs or holds a role in a unit or below, and holds this role."""

    unit_id: UnitId | None = None
    role: Role | None = None
    text: str = ""  # a part of login or name


@dataclass(frozen=True, slots=True)
class Membership:
    """A person with all that they are and may do in the units whose users one manages."""

    person: Person
    affiliations: tuple[Affiliation, ...]
    roles: tuple[RoleHeld, ...]


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A part of the people found, and how many were found."""

    rows: tuple[Membership, ...]
    total: int


def listed(tx: Tx, wanted: PeopleFilter, *, offset: int = 0, limit: int = 50) -> PeoplePage:
    """Return people whose accounts the person asking manages, in the order in which they were registered.

    Affiliations and roles that are over do not count for the filter. A `text` is looked for in every name,
    as names are sealed: that takes some seconds for tens of thousands.
    """
    query = _wanted(tx, wanted)
    if text := wanted.text.strip().casefold():
        found = [row for row in tx.session.scalars(query) if _holds(tx, row, text)]
        rows, total = found[offset : offset + limit], len(found)
    else:
        total = tx.session.scalar(select(func.count()).select_from(query.subquery())) or 0
        rows = list(tx.session.scalars(query.offset(offset).limit(limit)))
    return PeoplePage(tuple(_member(tx, each) for each in _told(tx, rows)), total)


def member(tx: Tx, user_id: UserId) -> Membership:
    """Return one person whose account the person asking manages; raises NotFound."""
    row = tx.session.scalar(_wanted(tx, PeopleFilter()).where(UserAccount.id == user_id))
    if row is None:
        raise NotFound("user_account")
    return _member(tx, _told(tx, [row])[0])


def _member(tx: Tx, found: Person) -> Membership:
    belong = affiliations.affiliations(tx, found.user_id)
    return Membership(found, tuple(belong), tuple(accounts.roles_held(tx, found.user_id)))


def _wanted(tx: Tx, wanted: PeopleFilter) -> Select[UserAccount]:
    seen = scope(tx, Permission.MANAGE_USERS)
    query = select(UserAccount).where(UserAccount.unit_id.in_(seen)).order_by(UserAccount.id)
    today = today_in_japan(tx.now)
    roles = select(RoleGrant.user_id).where(RoleGrant.unit_id.in_(seen), _lasts(RoleGrant.valid_until, today))
    belong = select(AffiliationRecord.user_id).where(
        AffiliationRecord.unit_id.in_(seen), _lasts(AffiliationRecord.valid_until, today)
    )
    if wanted.unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == wanted.unit_id)
        roles = roles.where(RoleGrant.unit_id.in_(below))
        belong = belong.where(AffiliationRecord.unit_id.in_(below))
    if wanted.role is not None:
        return query.where(UserAccount.id.in_(roles.where(RoleGrant.role == wanted.role.value)))
    if wanted.unit_id is not None:
        return query.where(or_(UserAccount.id.in_(roles), UserAccount.id.in_(belong)))
    return query


def _lasts(until: InstrumentedAttribute[date | None], today: date) -> ColumnElement[bool]:
    return or_(until.is_(None), until >= today)


def _holds(tx: Tx, row: UserAccount, text: str) -> bool:
    return text in login_of(tx.vault, row) or text in name_of(tx.vault, row).casefold()


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
    return all_managed([user_id], tx)[0]


def all_managed(user_ids: Sequence[UserId], tx: Tx) -> list[UserAccount]:
    """Return many accounts as `managed` does; raises NotFound when it would for one of them."""
    within = scope(tx, Permission.MANAGE_USERS)
    found: list[UserAccount] = []
    for start in range(0, len(user_ids), _ASKED):
        part = user_ids[start : start + _ASKED]
        query = select(UserAccount).where(UserAccount.id.in_(part), UserAccount.unit_id.in_(within))
        found += tx.session.scalars(query)
        beyond = select(func.count()).where(RoleGrant.user_id.in_(part), RoleGrant.unit_id.not_in(within))
        if tx.session.scalar(beyond):
            raise NotFound("user_account")
    if len(found) < len(set(user_ids)):
        raise NotFound("user_account")
    return found


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
