"""Training of the last two years: each round with who was in scope, took it, passed, was on leave.

Behind the numbers stand rows without names, and results are not told by worker: who failed stays
with the company. Counts of too few stand where a form asks for them, for who may see single workers: the
records for an audit have no form.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import select

from privacy_mark.pack.model import (
    Cell,
    Code,
    Figure,
    Line,
    Listing,
    Purpose,
    Record,
    RowKey,
    Section,
    Subject,
)
from privacy_mark.training import courses, standing
from privacy_mark.training.model import Audience, Course, CourseId, Cycle
from registry.risk_levels import Words
from registry.store import Tx
from registry.store.training_tables import TrainingResult, TrainingRound, TrainingWorker

_NAMES = ("in_scope", "done", "passed", "on_leave")
_FEW = Words("（少人数のため示しません）", "(too few to be shown)")
_HIDDEN = (Words("教育の人数（少人数のため）", "Numbers of training (too few persons)"),)


def section(tx: Tx, of: Subject) -> Section:
    """Return every round that ran in the two years, and the newest one for all workers as figures."""
    lines: list[Line] = []
    keys: dict[str, set[int]] = {"training_worker": set(), "training_result": set()}
    newest: tuple[Course, tuple[Figure, ...], tuple[RowKey, ...]] | None = None
    records: list[Record] = []
    hidden: tuple[Words, ...] = ()
    for course, day, cited in _runs(tx, of):
        counted = standing.counted_rows(tx, course, of.unit.id, day)
        if not counted.in_scope:
            continue
        if _too_few(tx, of, course, day):
            counts = tuple(Figure(f"training.{name}", _FEW) for name in _NAMES)
            hidden = () if of.purpose is Purpose.AUDIT else _HIDDEN  # else the form is not whole
        else:
            keys["training_worker"].update(counted.in_scope)
            keys["training_result"].update(counted.done)
            tables = ("training_worker", "training_result", "training_result", "training_worker")
            counts = tuple(
                Figure.count(f"training.{name}", _keys(table, getattr(counted, name)))
                for name, table in zip(_NAMES, tables, strict=True)
            )
        title = Words(course.title_ja, course.title_en or course.title_ja)
        head = (title, Code("audience", course.audience.value), course.opens_on, course.due_on)
        told = counts[0].value is not _FEW
        shown: tuple[Cell, ...] = counts if told else (_FEW, *(None for _ in _NAMES[1:]))
        lines.append(Line((*head, *shown), cited))
        records += [_course(course, each) for each in cited]
        if course.audience is Audience.ALL and course.cycle is Cycle.ROUNDS:
            newest = (course, counts, cited)  # rounds come in the order of their days
    figures: tuple[Figure, ...] = tuple(
        Figure(f"training.{name}", None) for name in ("course", "due_on", *_NAMES)
    )
    if newest:
        course, counts, cited = newest
        title = Words(course.title_ja, course.title_en or course.title_ja)
        figures = (
            Figure("training.course", title, cited),
            Figure("training.due_on", course.due_on, cited),
            *counts,
        )
    records += [*_workers(tx, keys["training_worker"]), *_results(tx, keys["training_result"])]
    unique = {each.key: each for each in records}
    listings = (Listing("training.rounds", tuple(lines)),)
    return Section("training", figures, listings, tuple(unique.values()), hidden)


def _too_few(tx: Tx, of: Subject, course: Course, day: date) -> bool:
    if of.purpose is Purpose.AUDIT:
        return standing.too_few(tx, course, of.unit.id, day)
    return standing.rate(tx, of.unit.id, course.id, day) is None


def _runs(tx: Tx, of: Subject) -> Iterable[tuple[Course, date, tuple[RowKey, ...]]]:
    """Yield each course with a round, as it stood on the round's last day or on the day of the pack."""
    now = {each.id: each for each in courses.of_unit(tx, of.unit.id, of.day)}
    rounds: dict[int, list[TrainingRound]] = {}
    for row in tx.session.scalars(
        select(TrainingRound)
        .where(TrainingRound.course_id.in_(now), TrainingRound.opens_on <= of.day)
        .order_by(TrainingRound.opens_on, TrainingRound.id)
    ):
        rounds.setdefault(row.course_id, []).append(row)
    found: list[tuple[date, CourseId, date]] = []
    for number, course in now.items():
        of_course = rounds.get(number, [])
        for at, each in enumerate(of_course):
            following = of_course[at + 1].opens_on - timedelta(days=1) if at + 1 < len(of_course) else of.day
            if each.due_on >= of.since:
                found.append((each.opens_on, number, min(following, of.day)))
        if course.cycle is Cycle.JOINING and course.starts_on <= of.day:
            found.append((of.day, number, of.day))
    on: dict[date, dict[CourseId, Course]] = {}
    for _, number, day in sorted(found):
        if day not in on:
            on[day] = {each.id: each for each in courses.of_unit(tx, of.unit.id, day)}
        course = on[day][number]
        cited = [RowKey("training_course", str(course.id))]
        if course.round_id is not None:
            cited.append(RowKey("training_round", str(course.round_id)))
        yield course, day, tuple(cited)


def _course(of: Course, key: RowKey) -> Record:
    if key.table == "training_course":
        return Record(key, {"number": of.number, "title": of.title_ja, "audience": of.audience})
    told_by = RowKey("training_course", str(of.id))
    return Record(key, {"opens_on": of.opens_on, "due_on": of.due_on, "revision": of.revision}, told_by)


def _workers(tx: Tx, ids: set[int]) -> list[Record]:
    rows = tx.session.execute(
        select(TrainingWorker.id, TrainingWorker.employment, TrainingWorker.import_id).order_by(
            TrainingWorker.id
        )
    )
    return [
        Record(RowKey("training_worker", str(number)), {"employment": employment}, _import(file))
        for number, employment, file in rows
        if number in ids
    ]


def _results(tx: Tx, ids: set[int]) -> list[Record]:
    rows = tx.session.execute(
        select(
            TrainingResult.id,
            TrainingResult.course_id,
            TrainingResult.taken_on,
            TrainingResult.passed,
            TrainingResult.source,
            TrainingResult.import_id,
        ).order_by(TrainingResult.id)
    )
    return [
        Record(
            RowKey("training_result", str(number)),
            {"course": course, "taken_on": taken_on, "passed": passed, "source": source},
            _import(file),
        )
        for number, course, taken_on, passed, source, file in rows
        if number in ids
    ]


def _import(number: int | None) -> RowKey | None:
    return None if number is None else RowKey("training_import", str(number))


def _keys(table: str, ids: Iterable[int]) -> tuple[RowKey, ...]:
    return tuple(RowKey(table, str(each)) for each in ids)
