"""What the rules of independence ask of units, for many at once: a group has hundreds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import func, select

from registry.duties import Place
from registry.model import UnitId, UnitKind
from registry.store import Tx
from registry.store.tables import OrgClosure, OrgUnit

_CHUNK = 500  # SQLite takes so many parameters, and more, in one statement


def places_of(units: Collection[UnitId], tx: Tx) -> dict[UnitId, Place]:
    """Return per unit those above it, its legal entity, and how many departments that has."""
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
    departments = _departments({entity[0] for entity in entities.values()}, tx)
    return {
        UnitId(unit): Place(
            frozenset(UnitId(each[0]) for each in line),
            UnitId(entities[unit][0]),
            entities[unit][2],
            departments.get(entities[unit][0], 0),
        )
        for unit, line in lines.items()
    }


def _departments(entities: Collection[int], tx: Tx) -> dict[int, int]:
    found: dict[int, int] = {}
    wanted = sorted(entities)
    for start in range(0, len(wanted), _CHUNK):
        query = (
            select(OrgClosure.ancestor, func.count())
            .join(OrgUnit, OrgUnit.id == OrgClosure.descendant)
            .where(
                OrgClosure.ancestor.in_(wanted[start : start + _CHUNK]),
                OrgUnit.kind == UnitKind.DEPARTMENT.value,
            )
            .group_by(OrgClosure.ancestor)
        )
        found |= {row[0]: row[1] for row in tx.session.execute(query)}
    return found
