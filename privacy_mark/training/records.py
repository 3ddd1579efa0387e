"""What who keeps the training records of single workers: attendance, follow-ups; and what they may read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select

from privacy_mark.training.courses import taught_version
from privacy_mark.training.headings import Kind
from privacy_mark.training.model import CourseId, ResultId, ResultRow, Source, WorkerId
from privacy_mark.training.standing import reaching
from registry.access import require, scope, today_in_japan
from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.training_tables import (
    TrainingFollowUp,
    TrainingImport,
    TrainingResult,
    TrainingVersion,
    TrainingWorker,
)

_WORKERS, _RESULTS, _FOLLOW_UPS = "training_worker", "training_result", "training_follow_up"
_ATTEMPTS, _IMPORTS = "training_attempt", "training_import"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What was done about somebody who has not passed."""

    at: datetime
    planned_on: date | None
    again: bool
    note: str = field(repr=False)
    by: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Imported:
    """One file that was taken in."""

    id: int
    kind: Kind
    rows: int
    counts: Mapping[str, int]
    file_digest: str
    at: datetime
    by: str = field(repr=False)


def record_attendance(
    tx: Tx, worker_id: WorkerId, course_id: CourseId, *, on: date, passed: bool, score: int | None = None
) -> ResultId:
    """Record that a worker took a course elsewhere, such as in a classroom, by the version taught that day.

    Raises NotFound without MANAGE_TRAINING in the worker's unit, InvalidValue: `on` `future`,
    `score` `no_percent`.
    """
    worker = _worker(tx, worker_id, Permission.MANAGE_TRAINING)
    course = reaching(tx, UnitId(worker.unit_id), course_id, today_in_japan(tx.now))
    if on > today_in_japan(tx.now):
        raise InvalidValue("on", "future")
    if score is not None and not 0 <= score <= 100:
        raise InvalidValue("score", "no_percent")
    row = TrainingResult(
        worker_id=worker.id,
        course_id=course.id,
        version_id=taught_version(tx, course.id, on),
        unit_id=worker.unit_id,
        source=Source.ATTENDED.value,
        taken_on=on,
        score=score,
        passed=passed,
        recorded_at=tx.now,
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"course": course.number, "on": on, "passed": passed, "worker": worker.id}
    tx.record(Action.TRAINING_RECORDED, _RESULTS, row.id, UnitId(worker.unit_id), None, after)
    return ResultId(row.id)


def follow_up(
    tx: Tx,
    worker_id: WorkerId,
    course_id: CourseId,
    *,
    note: str,
    planned_on: date | None = None,
    again: bool = False,
) -> None:
    """Record what was done about a worker who has not passed; `again` lets them try the test anew.

    Raises NotFound without MANAGE_TRAINING in the worker's unit, InvalidValue: `note` `required`.
    """
    worker = _worker(tx, worker_id, Permission.MANAGE_TRAINING)
    course = reaching(tx, UnitId(worker.unit_id), course_id, today_in_japan(tx.now))
    text = checked({"note": note}, "note", longest=1_000)["note"]
    uid = new_uid()
    row = TrainingFollowUp(
        uid=uid,
        worker_id=worker.id,
        course_id=course.id,
        unit_id=worker.unit_id,
        again=again,
        planned_on=planned_on,
        at=tx.now,
        **Row(tx, _FOLLOW_UPS, uid).sealed({"note": text, "by": tx.principal.name}),
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"course": course.number, "worker": worker.id, "planned_on": planned_on, "again": again}
    tx.record(Action.TRAINING_FOLLOWED_UP, _FOLLOW_UPS, row.id, UnitId(worker.unit_id), None, after)


def follow_ups(tx: Tx, worker_id: WorkerId, course_id: CourseId) -> list[FollowUp]:
    """Return what was done about a worker, newest first; NotFound without VIEW_TRAINING in their unit."""
    worker = _worker(tx, worker_id, Permission.VIEW_TRAINING)
    rows = tx.session.scalars(
        select(TrainingFollowUp)
        .where(
            TrainingFollowUp.worker_id == worker.id,
            TrainingFollowUp.course_id == course_id,
            TrainingFollowUp.unit_id.in_(scope(tx, Permission.VIEW_TRAINING)),
        )
        .order_by(TrainingFollowUp.id.desc())
    )
    return [_follow_up(tx, row) for row in rows]


def results(tx: Tx, worker_id: WorkerId) -> list[ResultRow]:
    """Return the results of a worker, newest first; NotFound without VIEW_TRAINING in their unit."""
    worker = _worker(tx, worker_id, Permission.VIEW_TRAINING)
    rows = tx.session.execute(
        select(TrainingResult, TrainingVersion.revision)
        .outerjoin(TrainingVersion, TrainingVersion.id == TrainingResult.version_id)
        .where(
            TrainingResult.worker_id == worker.id,
            TrainingResult.unit_id.in_(scope(tx, Permission.VIEW_TRAINING)),
        )
        .order_by(TrainingResult.id.desc())
    )
    return [_result(row, revision) for row, revision in rows]


def imports(tx: Tx, unit_id: UnitId) -> list[Imported]:
    """Return the files that were taken in for a unit, newest first; AccessDenied without VIEW_TRAINING."""
    require(tx, Permission.VIEW_TRAINING, unit_id)
    rows = tx.session.scalars(
        select(TrainingImport).where(TrainingImport.unit_id == unit_id).order_by(TrainingImport.id.desc())
    )
    return [
        Imported(
            row.id,
            Kind(row.kind),
            row.rows,
            json.loads(row.counts_json),
            row.file_digest,
            row.imported_at,
            Row(tx, _IMPORTS, row.uid).opened("imported_by", row.imported_by_sealed),
        )
        for row in rows
    ]


def remembered(tx: Tx, unit_id: UnitId, kind: Kind, headings_digest: str) -> dict[str, str]:
    """Return the mapping of the last file of these headings; AccessDenied without MANAGE_TRAINING."""
    require(tx, Permission.MANAGE_TRAINING, unit_id)
    kept = tx.session.scalar(
        select(TrainingImport.mapping_json)
        .where(
            TrainingImport.unit_id == unit_id,
            TrainingImport.kind == kind.value,
            TrainingImport.headings_digest == headings_digest,
        )
        .order_by(TrainingImport.id.desc())
        .limit(1)
    )
    return dict(json.loads(kept)) if kept else {}


def _worker(tx: Tx, worker_id: WorkerId, permission: Permission) -> TrainingWorker:
    row = tx.session.scalar(
        select(TrainingWorker).where(
            TrainingWorker.id == worker_id, TrainingWorker.unit_id.in_(scope(tx, permission))
        )
    )
    if row is None:
        raise NotFound(_WORKERS)
    return row


def _follow_up(tx: Tx, row: TrainingFollowUp) -> FollowUp:
    sealed = Row(tx, _FOLLOW_UPS, row.uid)
    return FollowUp(
        row.at,
        row.planned_on,
        row.again,
        sealed.opened("note", row.note_sealed),
        sealed.opened("by", row.by_sealed),
    )


def _result(row: TrainingResult, revision: int | None) -> ResultRow:
    return ResultRow(
        ResultId(row.id),
        CourseId(row.course_id),
        revision,
        Source(row.source),
        row.taken_on,
        row.score,
        row.passed,
        row.recorded_at,
        row.attempt_id is not None,
    )
