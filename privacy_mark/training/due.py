"""What training must be done by a day: one's own courses, late workers by entity, the next rounds."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import select

from privacy_mark.due import Due
from privacy_mark.training import own
from privacy_mark.training.courses import described
from privacy_mark.training.model import Audience, Course, Cycle, Standing
from privacy_mark.training.standing import open_by_unit
from privacy_mark.training.suppliers import open_units
from registry.access import entity_id_of, units_allowed
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.tables import OrgUnit
from registry.store.training_tables import TrainingCourse

TAKE = "training.take"  # one's own course
FOLLOW_UP = "training.follow_up"  # somebody of an entity is late
SUPPLIER = "training.supplier"  # a supplier of an entity was not taught in time
NEXT_ROUND = "training.next_round"  # a year has gone since the last round opened
AT_LEAST = timedelta(days=365)
"""All workers are trained at least once a year."""


def due(tx: Tx, today: date) -> list[Due]:
    """Return one's own open courses; of entities whose training one manages, what is late or comes next."""
    found = [
        Due(TAKE, each.unit_id, each.due_on, each.course.number, f"{each.worker_id}-{each.course.id}")
        for each in own.assignments(tx)
        if each.standing is not Standing.PASSED
    ]
    mine = units_allowed(tx, Permission.MANAGE_TRAINING)
    if len(mine) == 0:
        return found
    for course in described(tx, select(TrainingCourse), today):
        since = _late_since(course, today)
        if since is not None and since < today and course.runs_on(today):
            late = [(FOLLOW_UP, mine & open_by_unit(tx, course, today).keys())]
            if course.audience is Audience.SUPPLIERS:
                late.append((SUPPLIER, mine & open_units(tx, course, today)))
            found += [
                Due(kind, entity, since, course.number, str(course.id))
                for kind, units in late
                for entity in _entities(tx, units)
            ]
        if course.unit_id in mine and (next_on := _next_round(course, today)) is not None:
            found.append(Due(NEXT_ROUND, course.unit_id, next_on, course.number, str(course.id)))
    return found


def _entities(tx: Tx, units: Collection[UnitId]) -> list[UnitId]:
    """Return the entities of units, of what stands above all entities the unit itself."""
    if not units:
        return []
    rows = tx.session.execute(select(OrgUnit.id, entity_id_of(OrgUnit.id)).where(OrgUnit.id.in_(units)))
    return sorted({UnitId(entity or unit) for unit, entity in rows})


def _late_since(course: Course, today: date) -> date | None:
    """Return since when somebody may be late; of who joins, each by themselves: told on the day before."""
    return today - timedelta(days=1) if course.cycle is Cycle.JOINING else course.due_on


def _next_round(course: Course, today: date) -> date | None:
    if course.cycle is not Cycle.ROUNDS or (course.ended_on is not None and course.ended_on < today):
        return None
    if course.opens_on is None:
        return course.starts_on
    return course.opens_on + AT_LEAST
