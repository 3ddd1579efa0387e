"""How a unit stands with its training on a day: counts for certification, names for who keeps the training.

In scope 対象: who works in the unit on the day, of the course's audience. Passed 合格: a passing result since
the round opened. Who is on leave 休職・休業 and has not passed is explained, and asked again on coming back.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, or_, select

from privacy_mark.training.audience import at_work, concerned
from privacy_mark.training.content import load
from privacy_mark.training.courses import described
from privacy_mark.training.few import FEWEST, Withheld, sees_all, top_seen, withheld
from privacy_mark.training.model import (
    Comprehension,
    Course,
    CourseId,
    Cycle,
    Employment,
    PersonStanding,
    Rate,
    Standing,
    WorkerId,
)
from registry.access import require, scope, today_in_japan
from registry.errors import NotFound
from registry.model import Permission, UnitId
from registry.risk_levels import Words
from registry.sealing import Row
from registry.store import Tx
from registry.store.tables import OrgClosure, OrgUnit
from registry.store.training_tables import (
    TrainingCourse,
    TrainingFollowUp,
    TrainingLeave,
    TrainingResult,
    TrainingTopic,
    TrainingVersion,
    TrainingWorker,
)

_WORKERS = "training_worker"


@dataclass(frozen=True, slots=True)
class UnitRate:
    """The rate of one unit and all below it; `unit_id` is the unit asked about or one directly below."""

    unit_id: UnitId
    rate: Rate | None  # None: of too few to be told to who asks


@dataclass(frozen=True, slots=True)
class CountedRows:
    """Ids of the rows behind a rate: workers, and of each who took the course the best result."""

    in_scope: tuple[int, ...]
    on_leave: tuple[int, ...]
    done: tuple[int, ...]  # results
    passed: tuple[int, ...]  # results


@dataclass(frozen=True, slots=True)
class PersonPage:
    """A part of the workers found, and how many were found."""

    rows: tuple[PersonStanding, ...]
    total: int


def rate(tx: Tx, unit_id: UnitId, course_id: CourseId, day: date) -> Rate | None:
    """Return how a unit and all below it stand with a course on a day; None of too few without VIEW_TRAINING.

    Raises AccessDenied without VIEW_CERTIFICATION in the unit, NotFound for a course that does not reach it.
    """
    require(tx, Permission.VIEW_CERTIFICATION, unit_id)
    course = reaching(tx, unit_id, course_id, day)
    if unit_id in _withheld(tx, course, unit_id, day).whole:
        return None
    return rate_of(tx, course, unit_id, day)


def rate_of(tx: Tx, course: Course, unit_id: UnitId, day: date) -> Rate:
    """Return how a unit and all below it stand with a course on a day; the caller has asked."""
    return _total(_by_unit(tx, course, unit_id, day))


def too_few(tx: Tx, course: Course, unit_id: UnitId, day: date) -> bool:
    """Tell whether a unit's rate is of too few to be kept or told on, where others read it than who asks.

    As all rates of the course lie together, so that none can be had by subtraction; the caller has asked.
    """
    reached = select(OrgClosure.depth).where(
        OrgClosure.ancestor == course.unit_id, OrgClosure.descendant == unit_id
    )
    at = unit_id if tx.session.scalar(reached) is not None else course.unit_id
    return at in untold(tx, course, _by_unit(tx, course, course.unit_id, day))


def untold(tx: Tx, course: Course, found: Mapping[UnitId, Rate] | Mapping[int, Rate]) -> frozenset[int]:
    """Return the units whose rates are of too few as `too_few`, of all rates of a course by unit of work."""
    persons = {int(unit): each.in_scope for unit, each in found.items()}
    return withheld(tx, course.unit_id, persons, kept=True).whole


def rates_below(tx: Tx, unit_id: UnitId, course_id: CourseId, day: date) -> list[UnitRate]:
    """Return the same for the unit itself (who works in no unit below it) and each unit directly below it."""
    require(tx, Permission.VIEW_CERTIFICATION, unit_id)
    course = reaching(tx, unit_id, course_id, day)
    found = _by_unit(tx, course, unit_id, day)
    hidden = _withheld(tx, course, unit_id, day)
    child = select(OrgUnit.id).where(OrgUnit.parent_id == unit_id)
    under = {
        below: above
        for above, below in tx.session.execute(
            select(OrgClosure.ancestor, OrgClosure.descendant).where(OrgClosure.ancestor.in_(child))
        )
    }
    sums: dict[int, Rate] = {}
    for unit, each in found.items():
        at = under.get(unit, unit_id)
        sums[at] = sums.get(at, Rate()).plus(each)
    return [
        UnitRate(UnitId(unit), None if unit in (hidden.direct if unit == unit_id else hidden.whole) else each)
        for unit, each in sorted(sums.items())
    ]


def comprehension(tx: Tx, unit_id: UnitId, course_id: CourseId, day: date) -> list[Comprehension]:
    """Return how well each topic was understood in the tests of a round; topics of too few are left out.

    Raises AccessDenied without VIEW_CERTIFICATION in the unit, NotFound for a course that does not reach it.
    """
    require(tx, Permission.VIEW_CERTIFICATION, unit_id)
    course = reaching(tx, unit_id, course_id, day)
    persons = func.count(TrainingResult.worker_id.distinct())
    rows = tx.session.execute(
        select(TrainingTopic.topic, persons, func.sum(TrainingTopic.correct), func.sum(TrainingTopic.asked))
        .join(TrainingResult, TrainingResult.id == TrainingTopic.result_id)
        .where(
            TrainingResult.course_id == course.id,
            *within_window(course, day),
            TrainingTopic.unit_id.in_(_below(unit_id)),
        )
        .group_by(TrainingTopic.topic)
        .having(persons >= FEWEST)
        .order_by(TrainingTopic.topic)
    )
    version = None if course.version_id is None else tx.session.get(TrainingVersion, course.version_id)
    names = load(version.content).topics if version else {}
    return [
        Comprehension(topic, names.get(topic, Words(topic, topic)), count, correct, asked)
        for topic, count, correct, asked in rows
    ]


def persons(
    tx: Tx,
    unit_id: UnitId,
    course_id: CourseId,
    day: date,
    *,
    open_only: bool = True,
    offset: int = 0,
    limit: int = 50,
) -> PersonPage:
    """Return the workers of a unit and how they stand with a course; `open_only`: who has not passed.

    Only those of units whose training one may see. Raises AccessDenied without VIEW_TRAINING in the unit,
    NotFound for a course that does not reach it.
    """
    require(tx, Permission.VIEW_TRAINING, unit_id)
    course = reaching(tx, unit_id, course_id, day)
    if not course.runs_on(day):
        return PersonPage((), 0)
    states = _states(course, unit_id, day)
    query = (
        select(
            TrainingWorker,
            states.c.unit_id,
            states.c.passed,
            states.c.done,
            states.c.on_leave,
            states.c.employment,
            states.c.joined_on,
        )
        .join(states, states.c.worker_id == TrainingWorker.id)
        .where(states.c.unit_id.in_(scope(tx, Permission.VIEW_TRAINING)))
    )
    if open_only:
        query = query.where(states.c.passed == 0)
    total = tx.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = tx.session.execute(
        query.order_by(states.c.on_leave, TrainingWorker.unit_id, TrainingWorker.id)
        .offset(offset)
        .limit(limit)
    ).all()
    ids = [row[0].id for row in rows]
    followed = _followed(tx, course, ids)
    back = _back(tx, ids, day)
    found = [
        _person(
            tx, course, row[0], UnitId(row[1]), (row[2], row[3], row[4]), (row[5], row[6]), followed, back
        )
        for row in rows
    ]
    return PersonPage(tuple(found), total)


def counted_rows(tx: Tx, course: Course, unit_id: UnitId, day: date) -> CountedRows:
    """Return the rows that the rate of a unit rests on; who failed cannot be told from them.

    The caller has checked who asks.
    """
    if not course.runs_on(day):
        return CountedRows((), (), (), ())
    states = _states(course, unit_id, day)
    workers = tx.session.execute(
        select(states.c.worker_id, states.c.on_leave).order_by(states.c.worker_id)
    ).all()
    rows = tx.session.execute(
        select(TrainingResult.worker_id, TrainingResult.id, TrainingResult.passed)
        .where(
            TrainingResult.course_id == course.id,
            *within_window(course, day),
            TrainingResult.worker_id.in_(select(states.c.worker_id)),
        )
        .order_by(TrainingResult.worker_id, TrainingResult.passed.desc(), TrainingResult.id)
    )
    best: dict[int, tuple[int, bool]] = {}
    for worker, result, passed in rows:
        best.setdefault(worker, (result, passed))
    return CountedRows(
        tuple(worker for worker, _ in workers),
        tuple(worker for worker, on_leave in workers if on_leave),
        tuple(sorted(result for result, _ in best.values())),
        tuple(sorted(result for result, passed in best.values() if passed)),
    )


def open_by_unit(tx: Tx, course: Course, day: date) -> dict[UnitId, int]:
    """Return how many are late with a course by unit of work; the caller narrows them to whom it may tell."""
    if not course.runs_on(day):
        return {}
    return {UnitId(unit): count for unit, count in tx.session.execute(_late_by_unit(course, day))}


@lru_cache(maxsize=128)  # asked for each person who keeps training, of the same courses
def _late_by_unit(course: Course, day: date) -> Select[int, int]:
    states = _states(course, course.unit_id, day)
    return (
        select(states.c.unit_id, func.count()).where(*_late(course, states, day)).group_by(states.c.unit_id)
    )


def open_names(tx: Tx, course: Course, units: Collection[UnitId], day: date, *, most: int) -> list[str]:
    """Return the names of the first few of those who are late in some units of work; the caller has asked."""
    if not course.runs_on(day):
        return []
    states = _states(course, course.unit_id, day)
    rows = tx.session.execute(
        select(TrainingWorker.uid, TrainingWorker.name_sealed)
        .join(states, states.c.worker_id == TrainingWorker.id)
        .where(states.c.unit_id.in_(units), *_late(course, states, day))
        .order_by(TrainingWorker.unit_id, TrainingWorker.id)
        .limit(most)
    )
    return [Row(tx, _WORKERS, uid).opened("name", name) for uid, name in rows]


def rates_by_unit(tx: Tx, course: Course, day: date) -> dict[UnitId, Rate]:
    """Return how every unit of work stands with a course; the caller narrows them to whom it may tell."""
    return {UnitId(unit): each for unit, each in _by_unit(tx, course, course.unit_id, day).items()}


def reaching(tx: Tx, unit_id: UnitId, course_id: CourseId, day: date) -> Course:
    """Return a course that reaches a unit from above, or begins below it; the caller has asked."""
    above = select(OrgClosure.ancestor).where(OrgClosure.descendant == unit_id)
    query = select(TrainingCourse).where(
        TrainingCourse.id == course_id,
        or_(TrainingCourse.unit_id.in_(above), TrainingCourse.unit_id.in_(_below(unit_id))),
    )
    found = described(tx, query, day)
    if not found:
        raise NotFound("training_course")
    return found[0]


def due_of(course: Course, joined_on: date, back_on: date | None) -> date:
    """Return by when a worker takes a course: not before some days after joining or coming back."""
    own = joined_on + timedelta(days=course.days)
    days = [own] if course.cycle is Cycle.JOINING or course.due_on is None else [own, course.due_on]
    if back_on is not None:
        days.append(back_on + timedelta(days=course.days))
    return max(days)


def _below(unit_id: UnitId) -> Select[int]:
    return select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)


def within_window(course: Course, day: date) -> list[ColumnElement[bool]]:
    """Return which results count: since the round opened; of who joins, all until the day."""
    until = TrainingResult.taken_on <= day
    return [until] if course.opens_on is None else [until, TrainingResult.taken_on >= course.opens_on]


@lru_cache(maxsize=256)
def _states(course: Course, unit_id: UnitId, day: date) -> Subquery:
    """Return of every worker in scope where they work, and whether they passed, took it, are on leave."""
    best = (
        select(
            TrainingResult.worker_id.label("worker_id"),
            func.max(case((TrainingResult.passed, 1), else_=0)).label("passed"),
        )
        .where(TrainingResult.course_id == course.id, *within_window(course, day))
        .group_by(TrainingResult.worker_id)
        .subquery()
    )
    away = (
        select(TrainingLeave.worker_id.label("worker_id"))
        .where(
            TrainingLeave.from_on <= day, or_(TrainingLeave.until_on.is_(None), TrainingLeave.until_on >= day)
        )
        .distinct()
        .subquery()
    )
    passed = func.coalesce(best.c.passed, 0)
    who = at_work(day)
    return (
        select(
            who.c.worker_id,
            who.c.unit_id,
            who.c.employment,
            who.c.joined_on,
            passed.label("passed"),
            case((best.c.worker_id.is_not(None), 1), else_=0).label("done"),
            case((and_(away.c.worker_id.is_not(None), passed == 0), 1), else_=0).label("on_leave"),
        )
        .outerjoin(best, best.c.worker_id == who.c.worker_id)
        .outerjoin(away, away.c.worker_id == who.c.worker_id)
        .where(
            who.c.unit_id.in_(_below(unit_id)),
            who.c.unit_id.in_(_below(course.unit_id)),
            concerned(course, day, who),
        )
        .subquery()
    )


def _late(course: Course, states: Subquery, day: date) -> list[ColumnElement[bool]]:
    """Return which workers are late: not passed, at work, and long enough here or back from leave."""
    since = day - timedelta(days=course.days)
    returned = select(TrainingLeave.worker_id).where(
        TrainingLeave.until_on < day, TrainingLeave.until_on >= since
    )
    return [
        states.c.passed == 0,
        states.c.on_leave == 0,
        states.c.joined_on < since,
        states.c.worker_id.not_in(returned),
    ]


def _by_unit(tx: Tx, course: Course, unit_id: UnitId, day: date) -> dict[int, Rate]:
    if not course.runs_on(day):
        return {}
    states = _states(course, unit_id, day)
    columns = (states.c.done, states.c.passed, states.c.on_leave)
    rows = tx.session.execute(
        select(states.c.unit_id, func.count(), *(func.sum(column) for column in columns)).group_by(
            states.c.unit_id
        )
    )
    return {unit: Rate(*map(int, counts)) for unit, *counts in rows}


def _withheld(tx: Tx, course: Course, unit_id: UnitId, day: date) -> Withheld:
    """Return what is not told to who asks, as all rates that they may see lie together."""
    if sees_all(tx, unit_id):
        return Withheld()
    top = top_seen(tx, unit_id)
    persons = {unit: each.in_scope for unit, each in _by_unit(tx, course, top, day).items()}
    return withheld(tx, top, persons)


def _total(found: Mapping[int, Rate]) -> Rate:
    total = Rate()
    for each in found.values():
        total = total.plus(each)
    return total


def _followed(tx: Tx, course: Course, ids: list[int]) -> dict[int, TrainingFollowUp]:
    rows = tx.session.scalars(
        select(TrainingFollowUp)
        .where(TrainingFollowUp.course_id == course.id, TrainingFollowUp.worker_id.in_(ids))
        .order_by(TrainingFollowUp.id)
    )
    since = course.opens_on
    return {row.worker_id: row for row in rows if since is None or today_in_japan(row.at) >= since}


def _back(tx: Tx, ids: list[int], day: date) -> dict[int, date]:
    rows = tx.session.execute(
        select(TrainingLeave.worker_id, func.max(TrainingLeave.until_on))
        .where(TrainingLeave.worker_id.in_(ids), TrainingLeave.from_on <= day)
        .group_by(TrainingLeave.worker_id)
    )
    return {worker: until for worker, until in rows if until is not None}


def _person(
    tx: Tx,
    course: Course,
    row: TrainingWorker,
    unit_id: UnitId,
    state: tuple[int, int, int],
    then: tuple[str, date],
    followed: Mapping[int, TrainingFollowUp],
    back: Mapping[int, date],
) -> PersonStanding:
    sealed, last = Row(tx, _WORKERS, row.uid), followed.get(row.id)
    passed, done, on_leave = state
    employment, joined_on = then
    standing = Standing.PASSED if passed else Standing.FAILED if done else Standing.OPEN
    return PersonStanding(
        worker_id=WorkerId(row.id),
        unit_id=unit_id,
        number=sealed.opened("number", row.number_sealed),
        name=sealed.opened("name", row.name_sealed),
        employment=Employment(employment),
        standing=standing,
        on_leave=bool(on_leave),
        due_on=due_of(course, joined_on, back.get(row.id)),
        followed_up_on=today_in_japan(last.at) if last else None,
        planned_on=last.planned_on if last else None,
    )
