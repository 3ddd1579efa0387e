"""One's own training 自分の教育: what a signed-in worker has to take, the material, the test, the results.

It needs no permission and reaches nobody else: a worker of a roster is somebody's own when the roster's mail
address is the name that they sign in with. Which answers are right leaves the registry only after the test.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select

from privacy_mark.training import paper
from privacy_mark.training.audience import concerns
from privacy_mark.training.content import Content, load
from privacy_mark.training.courses import described, of_unit
from privacy_mark.training.model import (
    AttemptId,
    Course,
    CourseId,
    ResultId,
    Source,
    Standing,
    WorkerId,
)
from privacy_mark.training.paper import Asked, Marked
from privacy_mark.training.standing import due_of
from registry.access import today_in_japan
from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.model import UnitId
from registry.sealing import Row
from registry.store import Tx
from registry.store.account_tables import UserAccount
from registry.store.base import new_uid
from registry.store.training_tables import (
    TrainingAttempt,
    TrainingCourse,
    TrainingFollowUp,
    TrainingLeave,
    TrainingResult,
    TrainingTopic,
    TrainingVersion,
    TrainingWorker,
)

_ATTEMPTS, _RESULTS = "training_attempt", "training_result"


@dataclass(frozen=True, slots=True)
class Assignment:
    """A course that somebody has to take, and how they stand with it."""

    worker_id: WorkerId
    unit_id: UnitId
    course: Course
    standing: Standing
    due_on: date
    passed_on: date | None
    tries_left: int
    asked: int
    pass_percent: int


@dataclass(frozen=True, slots=True)
class Paper:
    """A test that was begun: its questions, without a sign of what is right."""

    attempt_id: AttemptId
    questions: tuple[Asked, ...]
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """One own result."""

    id: ResultId
    course_id: CourseId
    title_ja: str
    title_en: str
    source: Source
    taken_on: date
    score: int | None
    passed: bool
    has_sheet: bool


def assignments(tx: Tx) -> list[Assignment]:
    """Return the courses that the person asking has to take today, those to be done first."""
    today = today_in_japan(tx.now)
    found = [
        _assignment(tx, worker, course, today)
        for worker in workers(tx)
        for course in of_unit(tx, UnitId(worker.unit_id), today)
        if course.version_id is not None and course.runs_on(today) and concerns(tx, course, worker, today)
    ]
    return sorted(found, key=lambda each: (each.standing is Standing.PASSED, each.due_on, each.course.id))


def material(tx: Tx, worker_id: WorkerId, course_id: CourseId) -> Content:
    """Return what a course teaches; NotFound unless it is one's own to take.

    Its questions hold their right answers: pages show `begin` instead.
    """
    _, course = _mine(tx, worker_id, course_id)
    return _content(tx, course)


def begin(tx: Tx, worker_id: WorkerId, course_id: CourseId) -> Paper:
    """Begin a test, or go on with the one that was begun.

    Raises NotFound unless it is one's own to take, InvalidValue: `tries` `used_up`, `course` `passed`.
    """
    worker, course = _mine(tx, worker_id, course_id)
    today = today_in_japan(tx.now)
    assigned = _assignment(tx, worker, course, today)
    if assigned.standing is Standing.PASSED:
        raise InvalidValue("course", "passed")
    row = tx.session.scalar(
        select(TrainingAttempt)
        .where(
            TrainingAttempt.worker_id == worker.id,
            TrainingAttempt.version_id == course.version_id,
            TrainingAttempt.submitted_at.is_(None),
        )
        .order_by(TrainingAttempt.id.desc())
        .limit(1)
    )
    if row is None or not _counts(row, course):
        if assigned.tries_left <= 0:
            raise InvalidValue("tries", "used_up")
        uid = new_uid()
        row = TrainingAttempt(
            uid=uid,
            worker_id=worker.id,
            course_id=course.id,
            version_id=course.version_id,
            unit_id=worker.unit_id,
            seed=secrets.token_hex(16),
            started_at=tx.now,
            **Row(tx, _ATTEMPTS, uid).sealed({"sheet": ""}),
        )
        tx.session.add(row)
        tx.session.flush()
    return Paper(AttemptId(row.id), paper.drawn(_content(tx, course), row.seed), row.started_at)


def submit(tx: Tx, attempt_id: AttemptId, chosen: Mapping[str, int], *, language: str) -> Marked:
    """Hand in a test; `chosen` has for every question the place of the answer as it was shown, from 0.

    Raises NotFound unless the test is one's own, InvalidValue: `state` `submitted`, or `outdated` when the
    round or the material is another by now; `answers` `incomplete` or `unknown`.
    """
    mine = {row.id: row for row in workers(tx)}
    row = tx.session.get(TrainingAttempt, attempt_id)
    if row is None or row.worker_id not in mine:
        raise NotFound(_ATTEMPTS)
    if row.submitted_at is not None:
        raise InvalidValue("state", "submitted")
    of_row = select(TrainingCourse).where(TrainingCourse.id == row.course_id)
    (course,) = described(tx, of_row, today_in_japan(tx.now))
    if not _counts(row, course):
        raise InvalidValue("state", "outdated")
    content = load(tx.session.get_one(TrainingVersion, row.version_id).content)
    marked = paper.marked(content, row.seed, chosen)
    row.submitted_at = tx.now
    row.sheet_sealed = Row(tx, _ATTEMPTS, row.uid).sealed({"sheet": paper.sheet(marked, language)})[
        "sheet_sealed"
    ]
    unit_id = mine[row.worker_id].unit_id
    result = TrainingResult(
        worker_id=row.worker_id,
        course_id=row.course_id,
        version_id=row.version_id,
        unit_id=unit_id,
        attempt_id=row.id,
        source=Source.TEST.value,
        taken_on=today_in_japan(tx.now),
        score=marked.score,
        passed=marked.passed,
        recorded_at=tx.now,
    )
    tx.session.add(result)
    tx.session.flush()
    tx.session.add_all(
        TrainingTopic(result_id=result.id, unit_id=unit_id, topic=topic, correct=right, asked=asked)
        for topic, (right, asked) in marked.by_topic().items()
    )
    after = {"course": row.course_id, "passed": marked.passed, "score": marked.score}
    tx.record(Action.TEST_SUBMITTED, _RESULTS, result.id, UnitId(unit_id), None, after)
    return marked


def results(tx: Tx) -> list[Past]:
    """Return one's own results, newest first."""
    ids = [row.id for row in workers(tx)]
    rows = tx.session.execute(
        select(TrainingResult, TrainingCourse.title_ja, TrainingCourse.title_en)
        .join(TrainingCourse, TrainingCourse.id == TrainingResult.course_id)
        .where(TrainingResult.worker_id.in_(ids))
        .order_by(TrainingResult.id.desc())
    )
    return [
        Past(
            ResultId(row.id),
            CourseId(row.course_id),
            title_ja,
            title_en,
            Source(row.source),
            row.taken_on,
            row.score,
            row.passed,
            row.attempt_id is not None,
        )
        for row, title_ja, title_en in rows
    ]


def workers(tx: Tx) -> list[TrainingWorker]:
    """Return the workers that the person asking is; none for who has no account."""
    today = today_in_japan(tx.now)
    login = select(UserAccount.login_digest).where(UserAccount.id == tx.principal.user_id).scalar_subquery()
    return list(
        tx.session.scalars(
            select(TrainingWorker)
            .where(
                TrainingWorker.login_digest != "",
                TrainingWorker.login_digest == login,
                or_(TrainingWorker.left_on.is_(None), TrainingWorker.left_on >= today),
            )
            .order_by(TrainingWorker.id)
        )
    )


def _mine(tx: Tx, worker_id: WorkerId, course_id: CourseId) -> tuple[TrainingWorker, Course]:
    today = today_in_japan(tx.now)
    for worker in workers(tx):
        if worker.id != worker_id:
            continue
        for course in of_unit(tx, UnitId(worker.unit_id), today):
            runs = course.version_id is not None and course.runs_on(today)
            if course.id == course_id and runs and concerns(tx, course, worker, today):
                return worker, course
    raise NotFound("training_course")


def _counts(row: TrainingAttempt, course: Course) -> bool:
    """Tell whether a test is about the material of today, and was begun in the round of today."""
    begun = course.opens_on is None or today_in_japan(row.started_at) >= course.opens_on
    return begun and row.version_id == course.version_id


def _content(tx: Tx, course: Course) -> Content:
    return load(tx.session.get_one(TrainingVersion, course.version_id).content)


def _assignment(tx: Tx, worker: TrainingWorker, course: Course, today: date) -> Assignment:
    content = _content(tx, course)
    own = [TrainingResult.worker_id == worker.id, TrainingResult.course_id == course.id]
    if course.opens_on is not None:
        own.append(TrainingResult.taken_on >= course.opens_on)
    rows = list(tx.session.scalars(select(TrainingResult).where(*own).order_by(TrainingResult.id)))
    passed = next((row for row in rows if row.passed), None)
    again = tx.session.scalar(
        select(func.max(TrainingFollowUp.at)).where(
            TrainingFollowUp.worker_id == worker.id,
            TrainingFollowUp.course_id == course.id,
            TrainingFollowUp.again.is_(True),
        )
    )
    tries = sum(row.attempt_id is not None and (again is None or row.recorded_at > again) for row in rows)
    back = tx.session.scalar(
        select(func.max(TrainingLeave.until_on)).where(
            TrainingLeave.worker_id == worker.id, TrainingLeave.until_on < today
        )
    )
    return Assignment(
        worker_id=WorkerId(worker.id),
        unit_id=UnitId(worker.unit_id),
        course=course,
        standing=Standing.PASSED if passed else Standing.FAILED if rows else Standing.OPEN,
        due_on=due_of(course, worker.joined_on, back),
        passed_on=passed.taken_on if passed else None,
        tries_left=max(0, content.tries - tries),
        asked=content.asked,
        pass_percent=content.pass_percent,
    )
