"""Courses 教育コース: for whom, in which versions of their material, and in which rounds they are taken.

What is published is never changed: a result always leads to the very material that was read and asked.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Select, func, select

from privacy_mark.training.content import load
from privacy_mark.training.model import Audience, Course, CourseId, Cycle, RoundId, VersionId
from registry.access import require, require_open, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.tables import OrgClosure
from registry.store.training_tables import TrainingCourse, TrainingRound, TrainingVersion

_COURSES, _VERSIONS, _ROUNDS = "training_course", "training_version", "training_round"
_MOST_DAYS = 365


@dataclass(frozen=True, slots=True)
class CourseDraft:
    """A course as people set it up."""

    unit_id: UnitId
    title_ja: str
    title_en: str
    audience: Audience
    cycle: Cycle
    starts_on: date
    days: int = 30  # to take it after joining or coming back from leave
    before_access: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the material, as it was published."""

    id: VersionId
    revision: int
    digest: str
    published_at: datetime
    published_by: str = field(repr=False)


def create(tx: Tx, draft: CourseDraft) -> Course:
    """Set up a course for a unit and all below it; it has no material yet.

    Raises AccessDenied without MANAGE_TRAINING there, InvalidValue: `title_ja` `required`, `days` `range`.
    """
    require(tx, Permission.MANAGE_TRAINING, draft.unit_id)
    require_open(tx, draft.unit_id)
    texts = checked({"title_ja": draft.title_ja, "title_en": draft.title_en}, "title_ja", longest=200)
    if not 1 <= draft.days <= _MOST_DAYS:
        raise InvalidValue("days", "range")
    row = TrainingCourse(
        number=f"E-{(tx.session.scalar(select(func.max(TrainingCourse.id))) or 0) + 1:04d}",
        unit_id=draft.unit_id,
        audience=draft.audience.value,
        cycle=draft.cycle.value,
        days=draft.days,
        before_access=draft.before_access,
        starts_on=draft.starts_on,
        **texts,
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"number": row.number, "title": row.title_ja, "audience": row.audience, "cycle": row.cycle}
    tx.record(Action.COURSE_CREATED, _COURSES, row.id, draft.unit_id, None, after)
    return _course(row, None, None)


def publish(tx: Tx, course_id: CourseId, text: str, *, expected_version: int) -> Version:
    """Publish a version of the material, given as YAML; those before it stay as they are.

    Raises NotFound without MANAGE_TRAINING, Conflict, ReferenceFileError for what is no
    course, InvalidValue: `content` `unchanged`.
    """
    row = _held(tx, course_id, expected_version)
    load(text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    newest = _newest(tx, row.id)
    if newest is not None and newest.digest == digest:
        raise InvalidValue("content", "unchanged")
    uid = new_uid()
    made = TrainingVersion(
        uid=uid,
        course_id=row.id,
        unit_id=row.unit_id,
        revision=newest.revision + 1 if newest else 1,
        content=text,
        digest=digest,
        published_at=tx.now,
        **Row(tx, _VERSIONS, uid).sealed({"published_by": tx.principal.name}),
    )
    tx.session.add(made)
    tx.session.flush()
    after = {"number": row.number, "revision": made.revision, "sha256": digest}
    tx.record(Action.COURSE_PUBLISHED, _COURSES, row.id, UnitId(row.unit_id), None, after)
    return _version(tx, made)


def open_round(
    tx: Tx, course_id: CourseId, *, opens_on: date, due_on: date, expected_version: int
) -> RoundId:
    """Let everybody take a course between two days, with its newest material.

    Raises NotFound without MANAGE_TRAINING, Conflict, InvalidValue: `course` `nothing_published`
    or `on_joining`, `due_on` `before_opening`, `opens_on` `taken` or `before_course`.
    """
    row = _held(tx, course_id, expected_version)
    newest = _newest(tx, row.id)
    if newest is None:
        raise InvalidValue("course", "nothing_published")
    if row.cycle == Cycle.JOINING.value:
        raise InvalidValue("course", "on_joining")
    if due_on < opens_on:
        raise InvalidValue("due_on", "before_opening")
    if opens_on < row.starts_on:
        raise InvalidValue("opens_on", "before_course")
    same = select(TrainingRound.id).where(
        TrainingRound.course_id == row.id, TrainingRound.opens_on == opens_on
    )
    if tx.session.scalar(same) is not None:
        raise InvalidValue("opens_on", "taken")
    made = TrainingRound(
        course_id=row.id, unit_id=row.unit_id, version_id=newest.id, opens_on=opens_on, due_on=due_on
    )
    tx.session.add(made)
    tx.session.flush()
    after = {"number": row.number, "revision": newest.revision, "opens_on": opens_on, "due_on": due_on}
    tx.record(Action.ROUND_OPENED, _COURSES, row.id, UnitId(row.unit_id), None, after)
    return RoundId(made.id)


def end(tx: Tx, course_id: CourseId, *, on: date, expected_version: int) -> None:
    """Say that a course is not asked of anybody after a day; its results stay.

    Raises NotFound without MANAGE_TRAINING, Conflict, InvalidValue: `on` `before_course`.
    """
    row = _held(tx, course_id, expected_version)
    if on < row.starts_on:
        raise InvalidValue("on", "before_course")
    before = {"ended_on": row.ended_on}
    row.ended_on = on
    tx.session.flush()
    tx.record(Action.COURSE_CHANGED, _COURSES, row.id, UnitId(row.unit_id), before, {"ended_on": on})


def applying(tx: Tx, unit_id: UnitId, day: date) -> list[Course]:
    """Return the courses of a unit and those from above that reach it, as they stand on a day, by number.

    Raises AccessDenied without VIEW_CERTIFICATION in the unit.
    """
    require(tx, Permission.VIEW_CERTIFICATION, unit_id)
    return of_unit(tx, unit_id, day)


def versions(tx: Tx, course_id: CourseId) -> list[Version]:
    """Return the versions of a course's material, newest first; NotFound without MANAGE_TRAINING there."""
    row = _found(tx, course_id)
    rows = tx.session.scalars(
        select(TrainingVersion)
        .where(TrainingVersion.course_id == row.id)
        .order_by(TrainingVersion.revision.desc())
    )
    return [_version(tx, each) for each in rows]


def material(tx: Tx, course_id: CourseId, revision: int) -> str:
    """Return the YAML of one version, answers included; NotFound without MANAGE_TRAINING there."""
    row = _found(tx, course_id)
    text = tx.session.scalar(
        select(TrainingVersion.content).where(
            TrainingVersion.course_id == row.id, TrainingVersion.revision == revision
        )
    )
    if text is None:
        raise NotFound(_VERSIONS)
    return text


def of_unit(tx: Tx, unit_id: UnitId, day: date) -> list[Course]:
    """Return the courses that reach a unit; the caller has asked."""
    above = select(OrgClosure.ancestor).where(OrgClosure.descendant == unit_id)
    return described(tx, select(TrainingCourse).where(TrainingCourse.unit_id.in_(above)), day)


def described(tx: Tx, query: Select[TrainingCourse], day: date) -> list[Course]:
    """Return courses with the round and version that count on a day; the caller has asked."""
    rows = list(tx.session.scalars(query.order_by(TrainingCourse.id)))
    ids = [row.id for row in rows]
    rounds: dict[int, TrainingRound] = {}
    for each in tx.session.scalars(
        select(TrainingRound)
        .where(TrainingRound.course_id.in_(ids), TrainingRound.opens_on <= day)
        .order_by(TrainingRound.opens_on)
    ):
        rounds[each.course_id] = each
    known: dict[int, tuple[int, int]] = {}
    newest: dict[int, tuple[int, int]] = {}
    for number, course_id, revision in tx.session.execute(
        select(TrainingVersion.id, TrainingVersion.course_id, TrainingVersion.revision)
        .where(TrainingVersion.course_id.in_(ids))
        .order_by(TrainingVersion.revision)
    ):
        known[number] = newest[course_id] = (number, revision)
    return [
        _course(row, of := rounds.get(row.id), known[of.version_id] if of else newest.get(row.id))
        for row in rows
    ]


def taught_version(tx: Tx, course_id: CourseId, day: date) -> VersionId | None:
    """Return the version taught on a day: of the round then, else the newest by then; the caller has asked.

    None when nothing was published by then.
    """
    of_round = tx.session.scalar(
        select(TrainingRound.version_id)
        .where(TrainingRound.course_id == course_id, TrainingRound.opens_on <= day)
        .order_by(TrainingRound.opens_on.desc())
        .limit(1)
    )
    if of_round is not None:
        return VersionId(of_round)
    rows = tx.session.execute(
        select(TrainingVersion.id, TrainingVersion.published_at)
        .where(TrainingVersion.course_id == course_id)
        .order_by(TrainingVersion.revision.desc())
    )
    return next((VersionId(number) for number, at in rows if today_in_japan(at) <= day), None)


def _newest(tx: Tx, course_id: int) -> TrainingVersion | None:
    return tx.session.scalar(
        select(TrainingVersion)
        .where(TrainingVersion.course_id == course_id)
        .order_by(TrainingVersion.revision.desc())
        .limit(1)
    )


def _found(tx: Tx, course_id: CourseId) -> TrainingCourse:
    row = tx.session.scalar(
        select(TrainingCourse).where(
            TrainingCourse.id == course_id,
            TrainingCourse.unit_id.in_(scope(tx, Permission.MANAGE_TRAINING)),
        )
    )
    if row is None:
        raise NotFound(_COURSES)
    return row


def _held(tx: Tx, course_id: CourseId, expected_version: int) -> TrainingCourse:
    row = _found(tx, course_id)
    if row.ended_on is not None and row.ended_on < today_in_japan(tx.now):
        raise InvalidValue("course", "ended")
    if row.version != expected_version:
        newest = newest_of(tx, _COURSES, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    return row


def _course(row: TrainingCourse, of: TrainingRound | None, version: tuple[int, int] | None) -> Course:
    return Course(
        id=CourseId(row.id),
        number=row.number,
        unit_id=UnitId(row.unit_id),
        title_ja=row.title_ja,
        title_en=row.title_en,
        audience=Audience(row.audience),
        cycle=Cycle(row.cycle),
        days=row.days,
        before_access=row.before_access,
        starts_on=row.starts_on,
        ended_on=row.ended_on,
        version_id=VersionId(version[0]) if version else None,
        revision=version[1] if version else 0,
        round_id=RoundId(of.id) if of else None,
        opens_on=of.opens_on if of else None,
        due_on=of.due_on if of else None,
        version=row.version,
    )


def _version(tx: Tx, row: TrainingVersion) -> Version:
    by = Row(tx, _VERSIONS, row.uid).opened("published_by", row.published_by_sealed)
    return Version(VersionId(row.id), row.revision, row.digest, row.published_at, by)
