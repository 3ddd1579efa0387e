"""Answer sheets 答案 that are kept: each question as it was shown, what was answered, and if it was right.

Who may see the training of single workers reads those of their units, everybody reads their own. The paper is
made again from material version and seed, so that answers stand in the order of then. Of a course that one
has not passed yet one's own sheet shows which answers were wrong, never the right ones, so that another try
is worth it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Select, func, select

from privacy_mark.training import own, paper
from privacy_mark.training.content import Content, load
from privacy_mark.training.courses import described
from privacy_mark.training.model import Course, CourseId, ResultId, ResultRow, Source
from privacy_mark.training.paper import Answered, Asked
from privacy_mark.training.standing import reaching, within_window
from registry.access import require, scope, today_in_japan
from registry.errors import NotFound
from registry.model import Permission, UnitId
from registry.risk_levels import Words
from registry.sealing import Row
from registry.store import Tx
from registry.store.tables import OrgClosure
from registry.store.training_tables import (
    TrainingAttempt,
    TrainingCourse,
    TrainingResult,
    TrainingTopic,
    TrainingVersion,
    TrainingWorker,
)

_ATTEMPTS, _RESULTS, _WORKERS = "training_attempt", "training_result", "training_worker"


@dataclass(frozen=True, slots=True)
class Line:
    """One question of a sheet; `correct` is None where the right answer is not told."""

    topic: Words
    text: Words
    answers: tuple[Words, ...]
    chosen: int  # place among the answers
    right: bool
    correct: Words | None
    why: Words | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One answer sheet with whose it is and the material it was about."""

    result: ResultRow
    course: Course
    unit_id: UnitId  # where the worker belonged then
    number: str = field(repr=False)
    name: str = field(repr=False)
    digest: str  # SHA-256 of the material
    pass_percent: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One answer sheet in a list; of one topic, when one was asked for: how many were right of how many."""

    id: ResultId
    unit_id: UnitId
    number: str = field(repr=False)
    name: str = field(repr=False)
    taken_on: date
    score: int
    passed: bool
    correct: int
    asked: int


@dataclass(frozen=True, slots=True)
class SheetPage:
    """A part of a list, and how many there are."""

    rows: tuple[Listed, ...]
    total: int


def sheets(
    tx: Tx,
    unit_id: UnitId,
    course_id: CourseId,
    day: date,
    *,
    topic: str = "",
    offset: int = 0,
    limit: int = 50,
) -> SheetPage:
    """Return the sheets of a unit since the round opened, the weakest first, of one topic or all.

    Raises AccessDenied without VIEW_TRAINING in the unit, NotFound for a course that does not reach it.
    """
    require(tx, Permission.VIEW_TRAINING, unit_id)
    course = reaching(tx, unit_id, course_id, day)
    below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
    sums = (func.sum(TrainingTopic.correct), func.sum(TrainingTopic.asked))
    query = (
        select(TrainingResult, TrainingWorker, *sums)
        .join(TrainingWorker, TrainingWorker.id == TrainingResult.worker_id)
        .join(TrainingTopic, TrainingTopic.result_id == TrainingResult.id)
        .where(
            TrainingResult.course_id == course.id,
            TrainingResult.attempt_id.is_not(None),
            TrainingResult.unit_id.in_(scope(tx, Permission.VIEW_TRAINING)),
            TrainingResult.unit_id.in_(below),
            *within_window(course, day),
        )
        .group_by(TrainingResult.id, TrainingWorker.id)
    )
    if topic:
        query = query.where(TrainingTopic.topic == topic)
    total = tx.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    # A hundred times the share in whole numbers: databases divide differently.
    rows = tx.session.execute(
        query.order_by(sums[0] * 100 / sums[1], TrainingResult.id).offset(offset).limit(limit)
    )
    found = tuple(_listed(tx, row, worker, int(right), int(asked)) for row, worker, right, asked in rows)
    return SheetPage(found, total)


def sheet(tx: Tx, result_id: ResultId) -> Sheet:
    """Return the answer sheet of a test; NotFound without one, or without VIEW_TRAINING in its unit."""
    seen = TrainingResult.unit_id.in_(scope(tx, Permission.VIEW_TRAINING))
    return _sheet(tx, _query(result_id).where(seen), told=True)


def own_sheet(tx: Tx, result_id: ResultId) -> Sheet:
    """Return one's own answer sheet; NotFound for anybody else's."""
    mine = [row.id for row in own.workers(tx)]
    query = _query(result_id).where(TrainingResult.worker_id.in_(mine))
    found = _sheet(tx, query, told=True)
    passed = select(TrainingResult.id).where(
        TrainingResult.worker_id.in_(mine),
        TrainingResult.course_id == found.course.id,
        TrainingResult.passed.is_(True),
    )
    if tx.session.scalar(passed.limit(1)) is not None:
        return found
    return _sheet(tx, query, told=False)


def _query(result_id: ResultId) -> _Joined:
    return (
        select(TrainingResult, TrainingAttempt, TrainingVersion, TrainingWorker)
        .join(TrainingAttempt, TrainingAttempt.id == TrainingResult.attempt_id)
        .join(TrainingVersion, TrainingVersion.id == TrainingAttempt.version_id)
        .join(TrainingWorker, TrainingWorker.id == TrainingResult.worker_id)
        .where(TrainingResult.id == result_id)
    )


_Joined = Select[TrainingResult, TrainingAttempt, TrainingVersion, TrainingWorker]


def _sheet(tx: Tx, query: _Joined, *, told: bool) -> Sheet:
    found = tx.session.execute(query).one_or_none()
    if found is None:
        raise NotFound(_RESULTS)
    result, attempt, version, worker = found
    marked = paper.sheet_of(Row(tx, _ATTEMPTS, attempt.uid).opened("sheet", attempt.sheet_sealed))
    content = load(version.content)
    asked = {each.id: each for each in paper.drawn(content, attempt.seed)}
    day = today_in_japan(tx.now)
    (course,) = described(tx, select(TrainingCourse).where(TrainingCourse.id == result.course_id), day)
    sealed = Row(tx, _WORKERS, worker.uid)
    return Sheet(
        ResultRow(
            ResultId(result.id),
            CourseId(result.course_id),
            version.revision,
            Source(result.source),
            result.taken_on,
            result.score,
            result.passed,
            result.recorded_at,
            has_sheet=True,
        ),
        course,
        UnitId(result.unit_id),
        sealed.opened("number", worker.number_sealed),
        sealed.opened("name", worker.name_sealed),
        version.digest,
        content.pass_percent,
        tuple(_line(each, asked[each.id], content, told=told) for each in marked.answers),
    )


def _line(of: Answered, asked: Asked, content: Content, *, told: bool) -> Line:
    question = content.questions[of.id]
    return Line(
        content.topics[of.topic],
        asked.text,
        asked.answers,
        of.chosen,
        of.right,
        question.right if told else None,
        question.why if told else None,
    )


def _listed(tx: Tx, row: TrainingResult, worker: TrainingWorker, right: int, asked: int) -> Listed:
    sealed = Row(tx, _WORKERS, worker.uid)
    return Listed(
        ResultId(row.id),
        UnitId(row.unit_id),
        sealed.opened("number", worker.number_sealed),
        sealed.opened("name", worker.name_sealed),
        row.taken_on,
        row.score or 0,
        row.passed,
        right,
        asked,
    )
