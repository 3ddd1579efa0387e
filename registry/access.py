"""Who may do what where: the one place that turns a principal's grants into SQL.

A grant reaches a unit and everything below it, through the closure of the tree. Reading services put
`scope(...)` into their WHERE clause, so that rows out of reach never leave the database; writing services
call `require(...)` first. What a person may not see and what does not exist look alike.

Legal entities 法人 are third parties to each other (APPI Art. 27(1)). A permission of `roles.SEPARATED`
therefore reaches, of all units below the grant, those of the entity that the person acts for, those above
all entities, and those of an entity with a basis in force: entrustment 委託 (27(5)(i)) or joint use
共同利用 (27(5)(iii)), recorded by one person and approved by another. The entity that a person acts for is
that of the grant's affiliation; above all entities it is that unit and the headquarters 本社 below it.

Each grant is judged by itself: two affiliations of one person never add up to a right over both.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta, timezone

from sqlalchemy import (
    CompoundSelect,
    ScalarSelect,
    Select,
    and_,
    func,
    literal,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import aliased

from registry.errors import AccessDenied, InvalidValue
from registry.model import Grant, Permission, Principal, Role, UnitId, UnitKind, UserId
from registry.roles import OWN_ONLY, SEPARATED
from registry.store import Tx
from registry.store.tables import DisclosureBasis, OrgClosure, OrgUnit

SYSTEM_NAME = "daicho"
SYSTEM_USER = UserId(0)
EVERYWHERE = UnitId(0)  # no row has this id, so no stored grant can ever name it
APPROVED = "approved"  # the state of a basis that opens something

_ENTITIES = tuple(kind.value for kind in UnitKind if kind.is_entity)
_LINE, _BELOW = aliased(OrgClosure), aliased(OrgClosure)
_ENTITY, _HOME = aliased(OrgUnit), aliased(OrgUnit)
_JAPAN = timezone(timedelta(hours=9), "JST")  # no summer time since 1951

Scope = Select[int] | CompoundSelect[int]


def bootstrap_principal() -> Principal:
    """Return who acts when the workspace's owner works at the machine itself: init, scans, demo."""
    return Principal(SYSTEM_USER, SYSTEM_NAME, (Grant(Role.ADMINISTRATOR, EVERYWHERE),))


def japan_time(moment: datetime) -> datetime:
    """Return a moment as clocks in Japan show it."""
    return moment.astimezone(_JAPAN)


def today_in_japan(now: datetime) -> date:
    """Return the day that it is in Japan."""
    return japan_time(now).date()


def scope(tx: Tx, permission: Permission) -> Scope:
    """Return the ids of all units where the person asking holds the permission, for `.in_(...)`."""
    return _reach(tx, permission, tx.principal.grants_with(permission))


def units_allowed(tx: Tx, permission: Permission) -> frozenset[UnitId]:
    """Return all units where the person asking holds the permission: one question, however many there are."""
    return frozenset(UnitId(unit) for unit in tx.session.scalars(scope(tx, permission)))


def allowed(tx: Tx, permission: Permission, *unit_ids: UnitId) -> bool:
    """Tell whether one affiliation of the person asking holds the permission in all of these units."""
    wanted = frozenset(unit_ids)
    affiliations = _by_home(tx.principal.grants_with(permission))
    return bool(wanted) and any(
        wanted == frozenset(tx.session.scalars(_reach(tx, permission, grants, among=wanted)))
        for grants in affiliations.values()
    )


def require(tx: Tx, permission: Permission, *unit_ids: UnitId) -> None:
    """Raise AccessDenied unless one affiliation of the person asking holds the permission in all units."""
    if not allowed(tx, permission, *unit_ids):
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


def require_somewhere(tx: Tx, *permissions: Permission) -> None:
    """Raise AccessDenied unless the person asking holds one of the permissions in any unit."""
    if not any(tx.principal.grants_with(permission) for permission in permissions):
        raise AccessDenied(permissions[0])


def together(tx: Tx, permission: Permission) -> list[frozenset[int]]:
    """Return per affiliation the ids of all units in which it holds the permission.

    What is known of two entities at once, such as a value that both hold, is for who may see both of them
    in one capacity.
    """
    affiliations = _by_home(tx.principal.grants_with(permission))
    return [frozenset(tx.session.scalars(_reach(tx, permission, grants))) for grants in affiliations.values()]


def withheld(tx: Tx) -> frozenset[UnitId]:
    """Return the visible units whose data belong to another entity and stay closed for want of a basis.

    Empty for who would not see locations or samples in one's own entity either.
    """
    grants = tx.principal.grants_with(Permission.VIEW_LOCATIONS)
    if any(grant.unit_id == EVERYWHERE for grant in grants):
        return frozenset()
    below = select(OrgClosure.descendant).where(OrgClosure.ancestor.in_([g.unit_id for g in grants]))
    open_ = _reach(tx, Permission.VIEW_LOCATIONS, grants)
    rows = tx.session.scalars(select(OrgUnit.id).where(OrgUnit.id.in_(below), OrgUnit.id.not_in(open_)))
    return frozenset(UnitId(row) for row in rows)


def entity_id_of(unit_id: object) -> ScalarSelect[int]:
    """Return the legal entity of a unit (an id or a column) as SQL: the nearest company or hospital."""
    return (
        select(_LINE.ancestor)
        .join(_ENTITY, _ENTITY.id == _LINE.ancestor)
        .where(_LINE.descendant == unit_id, _ENTITY.kind.in_(_ENTITIES))
        .order_by(_LINE.depth)
        .limit(1)
        .scalar_subquery()
    )


def homes_of(tx: Tx, unit_id: UnitId) -> frozenset[UnitId]:
    """Return the entities that somebody of this unit acts for: its own; above all of them the headquarters.

    A unit above all entities, such as the group, stands for itself too: not every tree has a headquarters.
    """
    return frozenset(UnitId(row) for row in tx.session.scalars(union_all(*_homes(unit_id))))


def _homes(unit_id: UnitId) -> tuple[Select[int], Select[int]]:
    own = entity_id_of(unit_id)
    below = select(_BELOW.descendant).where(_BELOW.ancestor == unit_id)
    headquarters = and_(_HOME.kind == UnitKind.HEADQUARTERS.value, _HOME.id.in_(below))
    return (
        select(_HOME.id).where(_HOME.id == own),
        select(_HOME.id).where(own.is_(None), or_(_HOME.id == unit_id, headquarters)),
    )


def _by_home(grants: Sequence[Grant]) -> dict[UnitId, list[Grant]]:
    """Return the grants of each affiliation, by its unit."""
    found: dict[UnitId, list[Grant]] = {}
    for grant in grants:
        found.setdefault(grant.unit_id if grant.home_id is None else grant.home_id, []).append(grant)
    return found


def _reach(
    tx: Tx, permission: Permission, grants: Sequence[Grant], *, among: Collection[UnitId] = ()
) -> Scope:
    """Return the units of the grants that hold the permission; `among` looks at these units alone."""
    if any(grant.unit_id == EVERYWHERE for grant in grants):
        units = select(OrgUnit.id)
        return units.where(OrgUnit.id.in_(among)) if among else units
    if permission not in SEPARATED:
        return _below([grant.unit_id for grant in grants], among)
    today, opens, wanted = today_in_japan(tx.now), permission not in OWN_ONLY, frozenset(among)
    parts = [
        _separated(home, tuple(grant.unit_id for grant in of), wanted, today, opens)
        for home, of in _by_home(grants).items()
    ]
    return union(*parts) if len(parts) > 1 else parts[0] if parts else _below((), wanted)


def _below(roots: Sequence[UnitId], among: Collection[UnitId]) -> Select[int]:
    below = select(OrgClosure.descendant).where(OrgClosure.ancestor.in_(roots))
    return below.where(OrgClosure.descendant.in_(among)) if among else below


@functools.lru_cache(maxsize=1024)  # building this statement costs more than the database needs to answer it
def _separated(
    home: UnitId, roots: tuple[UnitId, ...], among: frozenset[UnitId], today: date, opens: bool
) -> Select[int]:
    """Return the units below the grants of one affiliation that belong to it, or that a basis opens."""
    homes = _homes(home)
    opened = select(DisclosureBasis.unit_id).where(
        DisclosureBasis.to_unit_id.in_(union_all(*homes)),
        DisclosureBasis.state == APPROVED,
        DisclosureBasis.valid_from <= today,
        or_(DisclosureBasis.valid_until.is_(None), DisclosureBasis.valid_until >= today),
    )
    # What stands above all entities belongs to none of them: no row has the id 0 that stands for that.
    entity = func.coalesce(entity_id_of(OrgClosure.descendant), 0)
    return _below(roots, among).where(
        entity.in_(union_all(select(literal(0)), *homes, *([opened] if opens else [])))
    )
