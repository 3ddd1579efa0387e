"""What the rules of independence ask of units, for many at once: a group has hundreds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from registry.access import entity_id_of
from registry.duties import Place
from registry.model import UnitId, UnitKind
from registry.store import Tx
from registry.store.tables import OrgClosure, OrgUnit

_PARTS = (UnitKind.DEPARTMENT.value, UnitKind.SITE.value)
_CHUNK = 500  # SQLite takes so many parameters, and more, in one statement


def places_of(units: Collection[UnitId], tx: Tx) -> dict[UnitId, Place]:
    """Return per unit those above it, its legal entity, and how many departments (`parts_of`) that has."""
    lines: dict[int, list[tuple[int, str, bool]]] = defaultdict(list)
    wanted = sorted(units)
    for start in range(0, len(wanted), _CHUNK):
        query = (
            select(OrgClosure.descendant, OrgUnit.id, OrgUnit.kind, OrgUnit.small)
            .join(OrgUnit, OrgUnit.id == OrgClosure.ancestor)
            .where(OrgClosure.descendant.in_(wanted[start : start + _CHUNK]))
            .order_by(OrgClosure.descendant, OrgClosure.depth)
        )
        for below, unit, kind, small in tx.session.execute(query):
            lines[below].append((unit, kind, small))
    entities = {
        unit: next((each for each in line if UnitKind(each[1]).is_entity), line[-1])
        for unit, line in lines.items()
    }
    parts = parts_of({UnitId(entity[0]) for entity in entities.values()}, tx)
    return {
        UnitId(unit): Place(
            frozenset(UnitId(each[0]) for each in line),
            UnitId(entities[unit][0]),
            entities[unit][2],
            len(parts.get(UnitId(entities[unit][0]), ())),
        )
        for unit, line in lines.items()
    }


def parts_of(entities: Collection[UnitId], tx: Tx) -> dict[UnitId, list[UnitId]]:
    """Return per entity what an audit of all its departments looks at; entities without any are left out.

    These are the open departments whose nearest entity it is, and its open sites with none of either below.
    """
    found: dict[UnitId, list[UnitId]] = defaultdict(list)
    wanted, entity = sorted(entities), entity_id_of(OrgUnit.id)
    below, inner = aliased(OrgClosure), aliased(OrgUnit)
    holds_parts = (
        select(below.descendant)
        .join(inner, inner.id == below.descendant)
        .where(
            below.ancestor == OrgUnit.id,
            below.depth > 0,
            inner.kind.in_(_PARTS),
            inner.closed_at.is_(None),
        )
        .exists()
    )
    for start in range(0, len(wanted), _CHUNK):
        query = (
            select(OrgClosure.ancestor, OrgUnit.id, entity)
            .join(OrgUnit, OrgUnit.id == OrgClosure.descendant)
            .where(
                OrgClosure.ancestor.in_(wanted[start : start + _CHUNK]),
                OrgUnit.closed_at.is_(None),
                or_(
                    OrgUnit.kind == UnitKind.DEPARTMENT.value,
                    and_(OrgUnit.kind == UnitKind.SITE.value, ~holds_parts),
                ),
            )
            .order_by(OrgUnit.id)
        )
        for above, unit, nearest in tx.session.execute(query):
            if nearest in (above, None):  # None: the topmost unit stands for an entity
                found[UnitId(above)].append(UnitId(unit))
    return dict(found)
