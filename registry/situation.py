"""How units stand: from the roll-ups in the registry, and one read of the inventory for what weighs most."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from registry.access import scope
from registry.discrepancies import counts_below
from registry.findings import FindingsStore
from registry.inventory import risk_of, rows_of
from registry.model import (
    ObjectId,
    ObjectRow,
    Permission,
    Readable,
    Risk,
    Situation,
    Subject,
    TrendPoint,
    Unit,
    UnitId,
    UnitKind,
)
from registry.organisation import descendants, unit, units
from registry.runs import latest, sum_of, totals_of
from registry.store import Tx
from registry.store.tables import AssessmentRecord, OrgClosure, ScanRun, UnitScore
from scanners.model import Exposure, PersonBounds, RunTotals


def situations(tx: Tx, store: FindingsStore, *, under: UnitId | None = None) -> list[Situation]:
    """Return one situation per visible company, headquarters and hospital (below `under`), by unit code.

    NotFound when `under` is out of sight.
    """
    below = None if under is None else set(descendants(tx, under))
    entities = units(tx, kinds=[kind for kind in UnitKind if kind.is_entity])
    return _situations(tx, store, [each for each in entities if below is None or each.id in below])


def situation(tx: Tx, store: FindingsStore, unit_id: UnitId) -> Situation:
    """Return the situation of one unit and all below it; NotFound when it is out of sight."""
    return _situations(tx, store, [unit(tx, unit_id)])[0]


def children(tx: Tx, store: FindingsStore, unit_id: UnitId) -> list[Situation]:
    """Return the situations of the units directly below one; NotFound when it is out of sight."""
    parent = unit(tx, unit_id)
    return _situations(tx, store, [each for each in units(tx) if each.parent_id == parent.id])


def trend(tx: Tx, unit_id: UnitId) -> list[TrendPoint]:
    """Return the unit's scores, oldest first, one per change of its situation; NotFound when out of sight."""
    unit(tx, unit_id)
    rows = select(UnitScore).where(UnitScore.unit_id == unit_id).order_by(UnitScore.at, UnitScore.id)
    return [TrendPoint(row.at, row.score, _upper(row)) for row in tx.session.scalars(rows)]


@dataclass(frozen=True, slots=True)
class _Rolled:
    """The newest roll-up of one unit."""

    risk: Risk
    upper: int
    previous: int | None
    heaviest: ObjectId | None
    objects: int
    persons: PersonBounds
    readable: tuple[Readable, ...]


def _situations(tx: Tx, store: FindingsStore, wanted: Sequence[Unit]) -> list[Situation]:
    ids = [each.id for each in wanted]
    rolled = _rolled(tx, ids)
    totals = _totals(tx, ids)
    differing = counts_below(tx)
    assessed = tx.session.scalar(select(AssessmentRecord.at).where(AssessmentRecord.current))
    heaviest = rows_of(tx, store, {each.heaviest for each in rolled.values() if each.heaviest is not None})
    return [
        _situation(
            each, rolled.get(each.id), totals.get(each.id), differing.get(each.id, 0), heaviest, assessed
        )
        for each in wanted
    ]


def _situation(
    of: Unit,
    rolled: _Rolled | None,
    scanned: tuple[RunTotals, datetime] | None,
    discrepancies: int,
    heaviest: Mapping[ObjectId, ObjectRow],
    assessed: datetime | None,
) -> Situation:
    known = rolled is not None and scanned is not None
    return Situation(
        unit=of,
        risk=rolled.risk if rolled is not None and known else None,
        upper=rolled.upper if rolled is not None and known else None,
        heaviest=heaviest.get(rolled.heaviest) if rolled is not None and rolled.heaviest else None,
        previous=rolled.previous if rolled is not None else None,
        persons=rolled.persons if rolled is not None else PersonBounds(0, 0),
        totals=scanned[0] if scanned is not None else RunTotals(),
        objects_with_findings=rolled.objects if rolled is not None else 0,
        discrepancies=discrepancies,
        as_of=assessed if known else None,
        readable=rolled.readable if rolled is not None and known else (),
    )


def _rolled(tx: Tx, ids: Sequence[UnitId]) -> dict[UnitId, _Rolled]:
    """Return the newest two points of every unit's history as one roll-up."""
    place = func.row_number().over(
        partition_by=UnitScore.unit_id, order_by=(UnitScore.at.desc(), UnitScore.id.desc())
    )
    ranked = select(UnitScore.id, place.label("place")).where(UnitScore.unit_id.in_(ids)).subquery()
    newest = select(ranked.c.id).where(ranked.c.place <= 2)
    rows = tx.session.scalars(
        select(UnitScore).where(UnitScore.id.in_(newest)).order_by(UnitScore.at.desc(), UnitScore.id.desc())
    )
    points: dict[UnitId, list[UnitScore]] = {}
    for row in rows:
        points.setdefault(UnitId(row.unit_id), []).append(row)
    return {unit_id: _roll(history) for unit_id, history in points.items()}


def _roll(history: Sequence[UnitScore]) -> _Rolled:
    now = history[0]
    kept: Mapping[str, Any] = json.loads(now.terms_json)
    risk = risk_of(now.score, kept["terms"])
    assert risk is not None
    return _Rolled(
        risk=risk,
        upper=_upper(now),
        previous=history[1].score if len(history) > 1 else None,
        heaviest=ObjectId(kept["heaviest"]) if kept["heaviest"] else None,
        objects=kept["objects"],
        persons=PersonBounds(now.persons_low, now.persons_high),
        readable=tuple(
            Readable(Exposure(exposure), Subject(subject), persons)
            for exposure, subject, persons in kept.get("readable", ())
        ),
    )


def _upper(row: UnitScore) -> int:
    # Points that are older than the band have none; then the score is all that is told.
    return int(json.loads(row.terms_json).get("upper", row.score))


def _totals(tx: Tx, ids: Sequence[UnitId]) -> dict[UnitId, tuple[RunTotals, datetime]]:
    """Return per unit the counts of the latest runs in it and below it, and when the newest ended."""
    pairs = tx.session.execute(
        latest()
        .join(OrgClosure, OrgClosure.descendant == ScanRun.unit_id)
        .where(OrgClosure.ancestor.in_(ids), ScanRun.unit_id.in_(scope(tx, Permission.VIEW_SITUATION)))
        .with_only_columns(OrgClosure.ancestor, ScanRun)
    )
    runs: dict[UnitId, list[ScanRun]] = {}
    for unit_id, run in pairs:
        runs.setdefault(UnitId(unit_id), []).append(run)
    return {
        unit_id: (sum_of([totals_of(run) for run in of]), max(run.finished_at for run in of))
        for unit_id, of in runs.items()
    }
