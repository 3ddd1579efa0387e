"""Which accounts hold a permission today in all of some units: to give work to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import or_, select

from registry.access import today_in_japan, units_allowed
from registry.account_names import name_of
from registry.model import Grant, Permission, Principal, UnitId, UserId
from registry.roles import PERMISSIONS, Role
from registry.store import Tx
from registry.store.account_tables import Affiliation, RoleGrant, UserAccount
from registry.store.tables import OrgClosure


def holders(
    tx: Tx, permission: Permission, unit_ids: Collection[UnitId], user_id: UserId | None = None
) -> list[Principal]:
    """Return the accounts that hold a permission in all of the units; `user_id` asks for one account.

    The caller has checked who asks.
    """
    wanted = frozenset(unit_ids)
    return [
        who
        for who in _candidates(tx, permission, wanted, user_id)
        if wanted <= units_allowed(replace(tx, principal=who), permission)
    ]


def _candidates(
    tx: Tx, permission: Permission, unit_ids: Collection[UnitId], user_id: UserId | None
) -> list[Principal]:
    """Return the accounts with a role for the permission above any of the units, with these roles alone."""
    roles = [role.value for role in Role if permission in PERMISSIONS[role]]
    today = today_in_japan(tx.now)
    above = select(OrgClosure.ancestor).where(OrgClosure.descendant.in_(unit_ids))
    query = (
        select(UserAccount, RoleGrant.role, RoleGrant.unit_id, Affiliation.unit_id)
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
