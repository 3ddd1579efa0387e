"""The differences between ledger and reality that the current assessment found."""

from __future__ import annotations

import json

from sqlalchemy import Select, case, func, select

from registry.access import scope, together
from registry.model import Discrepancy, DiscrepancyKind, EntryId, ObjectId, Permission, UnitId
from registry.rules import GRAVITY
from registry.store import Tx
from registry.store.tables import AssessmentRecord, DiscrepancyRecord, OrgClosure
from scanners.model import Category

OPEN = "open"
_SUBJECT_IS_A_PLACE = (
    DiscrepancyKind.UNREGISTERED,
    DiscrepancyKind.WRONG_UNIT,
    DiscrepancyKind.COPIED,
    DiscrepancyKind.NO_CONTRACT,
)


def open_discrepancies(
    tx: Tx, *, unit_id: UnitId | None = None, entry_id: EntryId | None = None, limit: int | None = None
) -> list[Discrepancy]:
    """Return the visible open discrepancies, the gravest first.

    `unit_id` narrows to that unit and all below it, `entry_id` to one ledger entry. Who may not see
    locations gets no objects, and an empty subject where it would be a place. Whose data they seem to
    be was found by values that two entities hold: that unit is named only to who may see the locations of
    both in one capacity.
    """
    gravity = case({kind.value: place for place, kind in enumerate(GRAVITY)}, value=DiscrepancyRecord.kind)
    query = _open().order_by(DiscrepancyRecord.score.desc(), gravity, DiscrepancyRecord.id)
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(DiscrepancyRecord.unit_id.in_(below))
    if entry_id is not None:
        query = query.where(DiscrepancyRecord.entry_id == entry_id)
    seen = query.where(DiscrepancyRecord.unit_id.in_(scope(tx, Permission.VIEW_SITUATION)))
    located = set(tx.session.scalars(scope(tx, Permission.VIEW_LOCATIONS)))
    matched = together(tx, Permission.VIEW_LOCATIONS)
    rows = tx.session.scalars(seen if limit is None else seen.limit(limit))
    return [
        as_seen(
            row,
            row.unit_id in located,
            any({row.unit_id, row.other_unit_id} <= units for units in matched),
        )
        for row in rows
    ]


def counts_below(tx: Tx) -> dict[UnitId, int]:
    """Return how many visible open discrepancies each unit has, with all units below it."""
    visible = (
        _open()
        .where(DiscrepancyRecord.unit_id.in_(scope(tx, Permission.VIEW_SITUATION)))
        .with_only_columns(DiscrepancyRecord.id, DiscrepancyRecord.unit_id)
        .subquery()
    )
    rows = tx.session.execute(
        select(OrgClosure.ancestor, func.count())
        .join(visible, visible.c.unit_id == OrgClosure.descendant)
        .group_by(OrgClosure.ancestor)
    )
    return {UnitId(unit): count for unit, count in rows}


def _open() -> Select[DiscrepancyRecord]:
    current = select(AssessmentRecord.id).where(AssessmentRecord.current)
    return select(DiscrepancyRecord).where(
        DiscrepancyRecord.assessment_id.in_(current), DiscrepancyRecord.state == OPEN
    )


def as_seen(row: DiscrepancyRecord, located: bool, known: bool) -> Discrepancy:
    """Return a difference as somebody sees it who may or may not see locations, and the other entity."""
    kind = DiscrepancyKind(row.kind)
    return Discrepancy(
        kind=kind,
        unit_id=UnitId(row.unit_id),
        entry_id=None if row.entry_id is None else EntryId(row.entry_id),
        subject=row.subject_shown if located or kind not in _SUBJECT_IS_A_PLACE else "",
        categories=frozenset(Category(category) for category in json.loads(row.categories_json)),
        registered=row.registered,
        found=row.found,
        days_over=row.days_over,
        other_unit_id=UnitId(row.other_unit_id) if row.other_unit_id is not None and known else None,
        objects=tuple(ObjectId(each) for each in json.loads(row.objects_json)) if located else (),
        score=row.score,
    )
