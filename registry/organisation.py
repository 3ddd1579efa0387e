"""The organisation tree: units, and the closure table through which every other service filters."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, insert, literal, select

from registry.access import EVERYWHERE, require, require_open, scope
from registry.errors import AccessDenied, Conflict, Duplicate, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, Unit, UnitId, UnitKind
from registry.store import Tx
from registry.store.tables import OrgClosure, OrgUnit

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_COUNTRY = re.compile(r"[A-Z]{2}")  # ISO 3166-1 alpha-2
_NAME_LENGTH = 200


def create_unit(
    tx: Tx,
    *,
    code: str,
    kind: UnitKind,
    name_ja: str,
    name_en: str,
    parent_id: UnitId | None,
    country: str = "JP",
    privacy_mark: str = "",
    small: bool = False,
) -> Unit:
    """Add a unit below another one; only the workspace's owner may add one that has none above.

    Raises AccessDenied, Duplicate (`code`) and InvalidValue.
    """
    if parent_id is not None:
        require(tx, Permission.MANAGE_ORGANISATION, parent_id)
        require_open(tx, parent_id, "parent_id")
    elif EVERYWHERE not in tx.principal.units_with(Permission.MANAGE_ORGANISATION):
        raise AccessDenied(Permission.MANAGE_ORGANISATION)
    check_unit(code, name_ja, name_en, country, privacy_mark)
    if tx.session.scalar(select(OrgUnit.id).where(OrgUnit.code == code)) is not None:
        raise Duplicate("code")
    row = OrgUnit(
        code=code,
        kind=UnitKind(kind),
        name_ja=name_ja.strip(),
        name_en=name_en.strip(),
        parent_id=parent_id,
        country=country,
        privacy_mark=privacy_mark,
        small=small,
    )
    tx.session.add(row)
    tx.session.flush()
    _close(tx, row.id, parent_id)
    made = described(row)
    after = {"code": code, "kind": made.kind, "name_ja": made.name_ja, "parent_id": parent_id}
    tx.record(Action.UNIT_CREATED, "org_unit", made.id, made.id, None, after)
    return made


def set_small(tx: Tx, unit_id: UnitId, *, small: bool, expected_version: int) -> Unit:
    """Say whether an entity is small 小規模, so that its representative may be privacy manager too.

    Raises AccessDenied without MANAGE_ORGANISATION there, Conflict when the unit changed meanwhile.
    People who hold both roles when it ceases to be small keep them: the next grant is refused.
    """
    require(tx, Permission.MANAGE_ORGANISATION, unit_id)
    row = tx.session.get_one(OrgUnit, unit_id)
    if row.version != expected_version:
        raise Conflict(*last_change(tx, unit_id), ("small",), version=row.version)
    if row.small != small:
        before = {"small": row.small}
        row.small = small
        tx.session.flush()
        tx.record(Action.UNIT_CHANGED, "org_unit", unit_id, unit_id, before, {"small": small})
    return described(row)


def last_change(tx: Tx, unit_id: UnitId) -> tuple[str, datetime]:
    """Return who changed a unit last and when, as the journal has it."""
    newest = newest_of(tx, "org_unit", unit_id)
    return newest.actor, newest.at


def check_unit(code: str, name_ja: str, name_en: str, country: str, privacy_mark: str) -> None:
    """Raise InvalidValue naming the first column of a unit that does not hold."""
    if not _CODE.fullmatch(code):
        raise InvalidValue("code", "letters_digits_dots_dashes")
    if not name_ja.strip():
        raise InvalidValue("name_ja", "required")
    if not _COUNTRY.fullmatch(country):
        raise InvalidValue("country", "iso_3166_alpha_2")
    for column, value in (("name_ja", name_ja), ("name_en", name_en)):
        if len(value) > _NAME_LENGTH:
            raise InvalidValue(column, "too_long")
    if len(privacy_mark) > 64:
        raise InvalidValue("privacy_mark", "too_long")


def _close(tx: Tx, unit_id: int, parent_id: int | None) -> None:
    above = select(OrgClosure.ancestor, literal(unit_id), OrgClosure.depth + 1).where(
        OrgClosure.descendant == parent_id
    )
    tx.session.execute(insert(OrgClosure).values(ancestor=unit_id, descendant=unit_id, depth=0))
    tx.session.execute(insert(OrgClosure).from_select(["ancestor", "descendant", "depth"], above))


def units(tx: Tx, *, kinds: Collection[UnitKind] | None = None) -> list[Unit]:
    """Return the visible units, ordered by code; `kinds` narrows them."""
    query = _visible().where(OrgUnit.id.in_(scope(tx, Permission.VIEW_SITUATION)))
    if kinds is not None:
        query = query.where(OrgUnit.kind.in_([str(kind) for kind in kinds]))
    return [described(row) for row in tx.session.scalars(query)]


def unit_by_code(tx: Tx, code: str) -> Unit | None:
    """Return the visible unit of this code, None when there is none."""
    query = _visible().where(OrgUnit.code == code, OrgUnit.id.in_(scope(tx, Permission.VIEW_SITUATION)))
    row = tx.session.scalar(query)
    return None if row is None else described(row)


def unit(tx: Tx, unit_id: UnitId) -> Unit:
    """Return one visible unit; raises NotFound."""
    query = _visible().where(OrgUnit.id == unit_id, OrgUnit.id.in_(scope(tx, Permission.VIEW_SITUATION)))
    row = tx.session.scalar(query)
    if row is None:
        raise NotFound("org_unit")
    return described(row)


def descendants(tx: Tx, unit_id: UnitId) -> list[UnitId]:
    """Return the unit itself and all units below it, nearest first; NotFound when it is out of sight."""
    query = (
        select(OrgClosure.descendant)
        .where(
            OrgClosure.ancestor == unit_id,
            OrgClosure.ancestor.in_(scope(tx, Permission.VIEW_SITUATION)),
        )
        .order_by(OrgClosure.depth, OrgClosure.descendant)
    )
    found = [UnitId(descendant) for descendant in tx.session.scalars(query)]
    if not found:
        raise NotFound("org_unit")
    return found


def entity_of(tx: Tx, unit_id: UnitId) -> Unit | None:
    """Return the nearest visible company, headquarters or hospital at or above a visible unit."""
    kinds = [str(kind) for kind in UnitKind if kind.is_entity]
    seen = scope(tx, Permission.VIEW_SITUATION)
    query = (
        select(OrgUnit)
        .join(OrgClosure, OrgClosure.ancestor == OrgUnit.id)
        .where(
            OrgClosure.descendant == unit_id,
            OrgClosure.descendant.in_(seen),
            OrgUnit.id.in_(seen),
            OrgUnit.kind.in_(kinds),
        )
        .order_by(OrgClosure.depth)
        .limit(1)
    )
    row = tx.session.scalar(query)
    return None if row is None else described(row)


def _visible() -> Select[OrgUnit]:
    return select(OrgUnit).order_by(OrgUnit.code)


def described(row: OrgUnit) -> Unit:
    """Return a row as the value that leaves the registry."""
    return Unit(
        id=UnitId(row.id),
        code=row.code,
        kind=UnitKind(row.kind),
        name_ja=row.name_ja,
        name_en=row.name_en,
        parent_id=None if row.parent_id is None else UnitId(row.parent_id),
        country=row.country,
        privacy_mark=row.privacy_mark,
        version=row.version,
        closed_at=row.closed_at,
        merged_into_id=None if row.merged_into_id is None else UnitId(row.merged_into_id),
        small=row.small,
    )
