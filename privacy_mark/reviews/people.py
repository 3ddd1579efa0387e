"""Who takes the chair of a review, and who may own its decisions: accounts of today, by name."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Select, or_, select

from registry.access import require, today_in_japan
from registry.account_names import name_of
from registry.model import Permission, UnitId, UserId
from registry.roles import PERMISSIONS, Role
from registry.store import Tx
from registry.store.account_tables import Affiliation, RoleGrant, UserAccount
from registry.store.tables import OrgClosure


@dataclass(frozen=True, slots=True)
class Person:
    """An account."""

    user_id: UserId
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class People:
    """Whom a review of a unit can name; others are named by hand."""

    chairs: tuple[Person, ...]  # トップマネジメント
    owners: tuple[Person, ...]  # who sees the review, and so is reminded


def people(tx: Tx, unit_id: UnitId) -> People:
    """Return who has such a role in a unit or above; raises AccessDenied without MANAGE_REVIEWS there."""
    require(tx, Permission.MANAGE_REVIEWS, unit_id)
    found: dict[Role, dict[UserId, Person]] = {}
    for account, role in tx.session.execute(_accounts(tx, unit_id)):
        user_id = UserId(account.id)
        found.setdefault(Role(role), {})[user_id] = Person(user_id, name_of(tx.vault, account))
    owners = {user_id: each for of in found.values() for user_id, each in of.items()}
    return People(_sorted(found.get(Role.TOP_MANAGEMENT, {})), _sorted(owners))


def is_owner(tx: Tx, unit_id: UnitId, user_id: UserId) -> bool:
    """Return whether an account may own a decision of a unit's review; the caller has checked who asks."""
    return tx.session.execute(_accounts(tx, unit_id).where(UserAccount.id == user_id)).first() is not None


def _sorted(found: dict[UserId, Person]) -> tuple[Person, ...]:
    return tuple(sorted(found.values(), key=lambda each: (each.name, each.user_id)))


def _accounts(tx: Tx, unit_id: UnitId) -> Select[UserAccount, str]:
    today = today_in_japan(tx.now)
    roles = [role.value for role in Role if Permission.VIEW_REVIEWS in PERMISSIONS[role]]
    above = select(OrgClosure.ancestor).where(OrgClosure.descendant == unit_id)
    return (
        select(UserAccount, RoleGrant.role)
        .join(RoleGrant, RoleGrant.user_id == UserAccount.id)
        .join(Affiliation, Affiliation.id == RoleGrant.affiliation_id)
        .where(
            RoleGrant.role.in_(roles),
            RoleGrant.unit_id.in_(above),
            or_(RoleGrant.valid_from.is_(None), RoleGrant.valid_from <= today),
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= today),
            or_(Affiliation.valid_from.is_(None), Affiliation.valid_from <= today),
            or_(Affiliation.valid_until.is_(None), Affiliation.valid_until >= today),
        )
    )
