"""Who can be given a difference to work on: accounts that may handle it where it lies, today."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import or_, select

from registry.access import require, today_in_japan, units_allowed
from registry.account_names import name_of
from registry.model import Grant, Permission, Principal, UnitId, UserId
from registry.roles import PERMISSIONS, Role
from registry.store import Tx
from registry.store.account_tables import Affiliation, RoleGrant, UserAccount
from registry.store.tables import OrgClosure

_ROLES = tuple(role.value for role in Role if Permission.HANDLE_CASES in PERMISSIONS[role])


@dataclass(frozen=True, slots=True)
class Assignee:
    """An account that a case can be given to."""

    user_id: UserId
    name: str


def assignees(tx: Tx, unit_ids: Collection[UnitId]) -> list[Assignee]:
    """Return who may work on differences in all of the units, by name.

    Raises AccessDenied without DECIDE_CASES in each of them.
    """
    wanted = frozenset(unit_ids)
    for unit_id in wanted:
        require(tx, Permission.DECIDE_CASES, unit_id)
    found = [
        Assignee(who.user_id, who.name) for who in _candidates(tx, wanted) if wanted <= _handled(tx, who)
    ]
    return sorted(found, key=lambda each: (each.name, each.user_id))


def assignee_of(tx: Tx, user_id: UserId, unit_ids: Collection[UnitId]) -> Assignee | None:
    """Return an account when it may work on differences in all of the units; the caller may assign there."""
    wanted = frozenset(unit_ids)
    for who in _candidates(tx, wanted, user_id):
        if wanted <= _handled(tx, who):
            return Assignee(who.user_id, who.name)
    return None


def _handled(tx: Tx, who: Principal) -> frozenset[UnitId]:
    return units_allowed(replace(tx, principal=who), Permission.HANDLE_CASES)


def _candidates(tx: Tx, unit_ids: Collection[UnitId], user_id: UserId | None = None) -> list[Principal]:
    """Return the accounts with a role for cases above any of the units, with these roles alone."""
    today = today_in_japan(tx.now)
    above = select(OrgClosure.ancestor).where(OrgClosure.descendant.in_(unit_ids))
    query = (
        select(UserAccount, RoleGrant.role, RoleGrant.unit_id, Affiliation.unit_id)
        .join(RoleGrant, RoleGrant.user_id == UserAccount.id)
        .join(Affiliation, Affiliation.id == RoleGrant.affiliation_id)
        .where(
            RoleGrant.role.in_(_ROLES),
            RoleGrant.unit_id.in_(above),
            or_(RoleGrant.valid_from.is_(None), RoleGrant.valid_from <= today),
            or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until >= today),
            or_(Affiliation.valid_from.is_(None), Affiliation.valid_from <= today),
            or_(Affiliation.valid_until.is_(None), Affiliation.valid_until >= today),
        )
        .order_by(UserAccount.id)
    )
    if user_id is not None:
        query = query.where(UserAccount.id == user_id)
    names: dict[UserId, str] = {}
    grants: dict[UserId, list[Grant]] = {}
    for account, role, unit_id, home_id in tx.session.execute(query):
        key = UserId(account.id)
        if key not in names:
            names[key] = name_of(tx.vault, account)
        grants.setdefault(key, []).append(Grant(Role(role), UnitId(unit_id), UnitId(home_id)))
    return [Principal(key, names[key], tuple(of)) for key, of in grants.items()]
