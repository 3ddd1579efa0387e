"""Rates of so few persons that they would tell of single ones, for who may not see single workers.

Neither is a rate told that can be had by taking those told from their sum: beside a row of too few, another
is left out, until what is left out together is not too few; and all that lies below it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from registry.access import units_allowed
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.tables import OrgClosure, OrgUnit

FEWEST = 5
"""Of fewer persons neither rates nor comprehension are shown: they would tell of single ones."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """The units whose rate is not told: with all below them, and of who works in no unit below."""

    whole: frozenset[int] = frozenset()
    direct: frozenset[int] = frozenset()


def sees_all(tx: Tx, unit_id: UnitId) -> bool:
    """Tell whether the person asking may see single workers in a unit and all below it."""
    below = tx.session.scalars(select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id))
    return units_allowed(tx, Permission.VIEW_TRAINING).issuperset(map(UnitId, below))


def top_seen(tx: Tx, unit_id: UnitId) -> UnitId:
    """Return the highest unit above one whose rates the person asking may see; the caller has asked."""
    seen = units_allowed(tx, Permission.VIEW_CERTIFICATION)
    above = tx.session.scalars(
        select(OrgClosure.ancestor).where(OrgClosure.descendant == unit_id).order_by(OrgClosure.depth.desc())
    )
    return next((UnitId(each) for each in above if each in seen), unit_id)


def withheld(tx: Tx, top: UnitId, persons: Mapping[int, int], *, kept: bool = False) -> Withheld:
    """Return what is not told of a unit and all below it, with so many persons by unit of work.

    `kept`: of what is kept or told on, where others read it than who asks. The caller has asked.
    """
    seen = frozenset[UnitId]() if kept else units_allowed(tx, Permission.VIEW_TRAINING)
    unseen = {unit: count for unit, count in persons.items() if count and unit not in seen}
    if not unseen:
        return Withheld()
    below = select(OrgClosure.descendant).where(OrgClosure.ancestor == top)
    rows = tx.session.execute(select(OrgUnit.id, OrgUnit.parent_id).where(OrgUnit.id.in_(below)))
    return _decided(top, unseen, {unit: parent for unit, parent in rows if parent is not None})


def _decided(top: int, unseen: Mapping[int, int], parents: Mapping[int, int]) -> Withheld:
    sums, children = Counter[int](), dict[int, set[int]]()
    for unit, count in unseen.items():
        at = unit
        sums[at] += count
        while at != top:
            children.setdefault(parents[at], set()).add(at)
            at = parents[at]
            sums[at] += count
    whole, direct = set[int](), set[int]()
    if sums[top] < FEWEST:
        whole.add(top)
    waiting = [top]
    while waiting:
        at = waiting.pop()
        rows = {child: sums[child] for child in children.get(at, ())}
        waiting += rows
        if at in unseen:
            rows[at] = unseen[at]  # who works in no unit below
        hidden = set(rows) if at in whole else _too_few(rows)
        whole |= hidden - {at}
        direct |= hidden & {at}
    return Withheld(frozenset(whole), frozenset(direct))


def _too_few(rows: Mapping[int, int]) -> set[int]:
    found, together = set[int](), 0
    for row in sorted(rows, key=lambda each: (rows[each], each)):
        if rows[row] >= FEWEST and (together == 0 or together >= FEWEST):
            break
        found.add(row)
        together += rows[row]
    return found
