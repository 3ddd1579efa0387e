"""Who may do what where: the one place that turns a principal's grants into SQL.

A grant reaches a unit and everything below it, through the closure of the tree. Reading services put
`scope(...)` into their WHERE clause, so that rows out of reach never leave the database; writing services
call `require(...)` first. What a person may not see and what does not exist look alike.
"""

from __future__ import annotations

from sqlalchemy import Select, select

from registry.errors import AccessDenied, InvalidValue
from registry.model import Grant, Permission, Principal, Role, UnitId, UserId
from registry.store import Tx
from registry.store.tables import OrgClosure, OrgUnit

SYSTEM_NAME = "daicho"
SYSTEM_USER = UserId(0)
EVERYWHERE = UnitId(0)  # no row has this id, so no stored grant can ever name it


def bootstrap_principal() -> Principal:
    """Return who acts when the workspace's owner works at the machine itself: init, scans, demo."""
    return Principal(SYSTEM_USER, SYSTEM_NAME, (Grant(Role.ADMINISTRATOR, EVERYWHERE),))


def scope(tx: Tx, permission: Permission) -> Select[int]:
    """Return the ids of all units where the person asking holds the permission, for `.in_(...)`."""
    roots = tx.principal.units_with(permission)
    if EVERYWHERE in roots:
        return select(OrgUnit.id)
    return select(OrgClosure.descendant).where(OrgClosure.ancestor.in_(roots))


def allowed(tx: Tx, permission: Permission, unit_id: UnitId) -> bool:
    """Tell whether the person asking holds the permission in this unit."""
    found = select(OrgUnit.id).where(OrgUnit.id == unit_id, OrgUnit.id.in_(scope(tx, permission)))
    return tx.session.scalar(found) is not None


def require(tx: Tx, permission: Permission, unit_id: UnitId) -> None:
    """Raise AccessDenied unless the person asking holds the permission in this unit."""
    if not allowed(tx, permission, unit_id):
        raise AccessDenied(permission)


def top_unit(tx: Tx) -> UnitId | None:
    """Return the root of the tree, for records that concern the whole workspace; None before there is one."""
    top = tx.session.scalar(
        select(OrgUnit.id).where(OrgUnit.parent_id.is_(None)).order_by(OrgUnit.id).limit(1)
    )
    return None if top is None else UnitId(top)


def require_open(tx: Tx, unit_id: UnitId, column: str = "unit_id") -> None:
    """Raise InvalidValue (`closed`) for a unit that was merged into another one: it takes nothing new."""
    if tx.session.scalar(select(OrgUnit.closed_at).where(OrgUnit.id == unit_id)) is not None:
        raise InvalidValue(column, "closed")
