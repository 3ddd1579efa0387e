"""Whom or what lines of 今日の対応 are about: who has not taken a course, which processor 委託先 waits.

Names of workers are told to who may see their training (VIEW_TRAINING); of others a number, from so many on
that it tells of nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select

from privacy_mark.due import Due
from privacy_mark.processors.due import EVALUATE
from privacy_mark.training import standing, suppliers
from privacy_mark.training.courses import described
from privacy_mark.training.due import FOLLOW_UP, SUPPLIER
from privacy_mark.training.few import FEWEST
from privacy_mark.training.model import Course
from registry.access import entity_id_of, scope, today_in_japan, units_allowed
from registry.model import Permission, UnitId
from registry.sealing import Row
from registry.store import Tx
from registry.store.ledger_tables import ProcessorRecord
from registry.store.tables import OrgUnit
from registry.store.training_tables import TrainingCourse

MOST = 3
"""So many names are told of one line."""


@dataclass(frozen=True, slots=True)
class About:
    """The first few names, and how many there are besides."""

    names: tuple[str, ...] = field(default=(), repr=False)
    more: int = 0
    people: bool = True  # False: processors


NOTHING = About()


def about(tx: Tx, dues: Sequence[Due]) -> list[About]:
    """Return what each of some lines that one may act on is about, in their order; for a page of lines."""
    found = {**_processors(tx, dues), **_trained(tx, dues)}
    return [found.get(each, NOTHING) for each in dues]


def _processors(tx: Tx, dues: Sequence[Due]) -> dict[Due, About]:
    wanted = {int(each.row): each for each in dues if each.kind == EVALUATE}
    if not wanted:
        return {}
    rows = tx.session.execute(
        select(ProcessorRecord.id, ProcessorRecord.uid, ProcessorRecord.name_sealed).where(
            ProcessorRecord.id.in_(wanted), ProcessorRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER))
        )
    )
    return {
        wanted[row.id]: About((Row(tx, "processor", row.uid).opened("name", row.name_sealed),), people=False)
        for row in rows
    }


@dataclass(frozen=True, slots=True)
class _Units:
    """The units of an entity whose training one keeps, and those of them whose workers one may see."""

    kept: frozenset[UnitId]
    seen: frozenset[UnitId]


def _trained(tx: Tx, dues: Sequence[Due]) -> dict[Due, About]:
    readers: Mapping[str, Callable[[Tx, Course, _Units, date], About]] = {
        FOLLOW_UP: _workers,
        SUPPLIER: _suppliers,
    }
    wanted = [each for each in dues if each.kind in readers]
    if not wanted:
        return {}
    today = today_in_japan(tx.now)
    ids = {int(each.row) for each in wanted}
    query = select(TrainingCourse).where(TrainingCourse.id.in_(ids))
    courses = {str(each.id): each for each in described(tx, query, today)}
    kept = units_allowed(tx, Permission.MANAGE_TRAINING)
    seen = units_allowed(tx, Permission.VIEW_TRAINING)
    below: dict[UnitId, set[UnitId]] = {}
    for unit, entity in tx.session.execute(select(OrgUnit.id, entity_id_of(OrgUnit.id))):
        if unit in kept:
            below.setdefault(UnitId(entity or unit), set()).add(UnitId(unit))
    found = {}
    for each in wanted:
        units = frozenset(below.get(each.unit_id, set()))
        told = _Units(units, frozenset(unit for unit in units if unit in seen))
        found[each] = readers[each.kind](tx, courses[each.row], told, today)
    return found


def _workers(tx: Tx, course: Course, units: _Units, today: date) -> About:
    late = standing.open_by_unit(tx, course, today)
    of = sum(count for unit, count in late.items() if unit in units.kept)
    if of > sum(count for unit, count in late.items() if unit in units.seen):
        return About((), of if of >= FEWEST else 0)
    names = standing.open_names(tx, course, units.seen, today, most=MOST)
    return About(tuple(names), of - len(names))


def _suppliers(tx: Tx, course: Course, units: _Units, today: date) -> About:
    names, of = suppliers.open_names(tx, course, units.seen, today, most=MOST)
    return About(tuple(names), of - len(names), people=False)
