"""A course, workers and a test in each company of the tests, and a call of every service of training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from privacy_mark.training import (
    completion_import,
    courses,
    joining,
    own,
    paper,
    records,
    roster_import,
    sheets,
    standing,
    suppliers,
)
from privacy_mark.training.completion_import import CompletionLine
from privacy_mark.training.content import load, ready_made
from privacy_mark.training.courses import CourseDraft
from privacy_mark.training.headings import Kind
from privacy_mark.training.joining import Gate
from privacy_mark.training.model import Audience, CourseId, Cycle, ResultId, WorkerId
from privacy_mark.training.roster_lines import NO_FILE, FileSeen, ImportRefusedError, WorkerLine
from registry.errors import InvalidValue
from registry.model import Grant, Principal, Role, UnitId, UserId
from registry.store import Tx
from registry.store.training_tables import TrainingAttempt, TrainingVersion, TrainingWorker

DAY = date(2026, 4, 1)
ABSENT = 987_654
MATERIAL = ready_made("all_workers")


@dataclass(frozen=True, slots=True)
class Training:
    """The ids of one company's rows."""

    course_id: CourseId
    worker_id: WorkerId
    result_id: ResultId
    supplier_course_id: CourseId


NO_TRAINING = Training(CourseId(ABSENT), WorkerId(ABSENT), ResultId(ABSENT), CourseId(ABSENT))


def course(unit_id: UnitId, **values: Any) -> CourseDraft:
    """Return a valid course."""
    told: dict[str, Any] = {
        "title_ja": "基本教育",
        "title_en": "Basics",
        "audience": Audience.ALL,
        "cycle": Cycle.ROUNDS,
        "starts_on": DAY,
    }
    return CourseDraft(unit_id=unit_id, **(told | values))


def line(unit: str, number: str = "1001", row: int = 2, **values: Any) -> WorkerLine:
    """Return a valid row of a roster."""
    told: dict[str, Any] = {"name": "山田 太郎", "joined_on": date(2020, 4, 1)}
    return WorkerLine(row, number=number, unit=unit, **(told | values))


def right_answers(tx: Tx, attempt_id: int, *, wrong: int = 0) -> dict[str, int]:
    """Return the right answers of a test that was begun, of which some are wrong."""
    row = tx.session.get_one(TrainingAttempt, attempt_id)
    content = load(tx.session.get_one(TrainingVersion, row.version_id).content)
    found = {}
    for number, asked in enumerate(paper.drawn(content, row.seed)):
        at = asked.answers.index(content.questions[asked.id].right)
        found[asked.id] = (at + (number < wrong)) % len(asked.answers)
    return found


def fill(
    tx: Tx, unit_id: UnitId, code: str, login: str, user_id: UserId, closed: str, open_: str
) -> Training:
    """Put one row of everything into a company, marked; the account of `login` takes the test."""
    made = courses.create(tx, course(unit_id, title_ja=f"教育 {open_}"))
    courses.publish(tx, made.id, MATERIAL, expected_version=1)
    courses.open_round(tx, made.id, opens_on=DAY, due_on=DAY + timedelta(days=30), expected_version=1)
    mapping = FileSeen("f" * 64, "h" * 64, {closed: "number"})
    leave = {"leave": closed, "leave_from": DAY}
    found = [
        line(code, closed, name=closed, login=login),
        line(code, "2", 3, name=closed, **leave),
    ]
    roster_import.apply(tx, roster_import.plan(tx, unit_id, found, mapping))
    worker_id = WorkerId(
        tx.session.scalars(
            select(TrainingWorker.id).where(
                TrainingWorker.roster_id == unit_id, TrainingWorker.login_digest != ""
            )
        ).one()
    )
    who = Tx(
        tx.session,
        Principal(user_id, closed, (Grant(Role.WORKER, unit_id),)),
        tx.now,
        tx.vault,
        closed,
        writable=True,
    )
    begun = own.begin(who, worker_id, made.id)
    own.submit(who, begun.attempt_id, right_answers(tx, begun.attempt_id, wrong=8), language="ja")
    records.follow_up(tx, worker_id, made.id, note=f"連絡 {closed}")
    (result,) = records.results(tx, worker_id)
    for_suppliers = courses.create(tx, course(unit_id, audience=Audience.SUPPLIERS, cycle=Cycle.JOINING))
    return Training(made.id, worker_id, result.id, for_suppliers.id)


Call = Callable[[Tx, Any, Any], object]
END = date(2030, 1, 1)


def _completions(at: Any) -> list[CompletionLine]:
    number = {"A": "甲社秘密", "B": "乙社秘密", "C": "丙社秘密"}.get(at.name, "-")
    return [CompletionLine(2, number, "", DAY, 90, None)]


READS: dict[str, Call] = {
    "training.completion_import.plan": lambda tx, _, at: completion_import.plan(
        tx, at.unit_id, at.training.course_id, _completions(at), pass_percent=80
    ),
    "training.courses.applying": lambda tx, _, at: courses.applying(tx, at.unit_id, DAY),
    "training.courses.material": lambda tx, _, at: courses.material(tx, at.training.course_id, 1),
    "training.courses.versions": lambda tx, _, at: courses.versions(tx, at.training.course_id),
    "training.joining.before_access": lambda tx, _, at: joining.before_access(tx, at.user_id),
    "training.joining.rule": lambda tx, _, at: joining.rule(tx, at.unit_id),
    "training.records.follow_ups": lambda tx, _, at: records.follow_ups(
        tx, at.training.worker_id, at.training.course_id
    ),
    "training.records.imports": lambda tx, _, at: records.imports(tx, at.unit_id),
    "training.records.remembered": lambda tx, _, at: records.remembered(
        tx, at.unit_id, Kind.WORKERS, "h" * 64
    ),
    "training.records.results": lambda tx, _, at: records.results(tx, at.training.worker_id),
    "training.sheets.sheet": lambda tx, _, at: sheets.sheet(tx, at.training.result_id),
    "training.sheets.sheets": lambda tx, _, at: (
        sheets.sheets(tx, at.unit_id, at.training.course_id, END).rows
    ),
    "training.roster_import.plan": lambda tx, _, at: roster_import.plan(
        tx, at.unit_id, [line(at.code, "9", name="新人")]
    ),
    "training.standing.comprehension": lambda tx, _, at: (
        True,
        standing.comprehension(tx, at.unit_id, at.training.course_id, DAY),
    ),
    "training.standing.persons": lambda tx, _, at: (
        standing.persons(tx, at.unit_id, at.training.course_id, DAY).rows
    ),
    "training.standing.rate": lambda tx, _, at: (
        True,
        standing.rate(tx, at.unit_id, at.training.course_id, DAY),
    ),
    "training.standing.rates_below": lambda tx, _, at: standing.rates_below(
        tx, at.unit_id, at.training.course_id, DAY
    ),
    "training.suppliers.standings": lambda tx, _, at: suppliers.standings(
        tx, at.unit_id, at.training.supplier_course_id, DAY
    ),
}


WRITES: dict[str, Call] = {
    "training.completion_import.apply": lambda tx, _, at: completion_import.apply(
        tx, completion_import.CompletionPlan(at.unit_id, at.training.course_id, 0, FileSeen("", "", {}))
    ),
    "training.courses.create": lambda tx, _, at: courses.create(tx, course(at.unit_id)),
    "training.courses.end": lambda tx, _, at: (
        True,
        courses.end(tx, at.training.course_id, on=END, expected_version=1),
    ),
    "training.courses.open_round": lambda tx, _, at: courses.open_round(
        tx, at.training.course_id, opens_on=END, due_on=END, expected_version=1
    ),
    "training.courses.publish": lambda tx, _, at: courses.publish(
        tx, at.training.course_id, ready_made("joining"), expected_version=1
    ),
    "training.joining.set_rule": lambda tx, _, at: (
        True,
        joining.set_rule(tx, at.unit_id, Gate.WARN, expected_version=0),
    ),
    "training.records.follow_up": lambda tx, _, at: (
        True,
        records.follow_up(tx, at.training.worker_id, at.training.course_id, note="連絡した"),
    ),
    "training.records.record_attendance": lambda tx, _, at: records.record_attendance(
        tx, at.training.worker_id, at.training.course_id, on=DAY, passed=True
    ),
    "training.suppliers.record": lambda tx, _, at: (
        True,
        suppliers.record(
            tx, at.processor_id, at.training.supplier_course_id, on=DAY, people=3, evidence="受講報告書"
        ),
    ),
    "training.roster_import.apply": lambda tx, _, at: (True, roster_import.apply(tx, _plan(tx, at))),
}


def _plan(tx: Tx, at: Any) -> roster_import.Plan:
    return roster_import.Plan(at.unit_id, 0, roster_import._basis(tx, at.unit_id), NO_FILE)


def _worker_in(tx: Tx, roster_id: UnitId, code: str) -> roster_import.Plan:
    try:
        return roster_import.plan(tx, roster_id, [line(code, "9")])
    except ImportRefusedError as error:
        (outcome,) = error.outcomes
        raise InvalidValue(outcome.column, outcome.rule) from None


# In the company of `world.targets["A"]`, with one foreign key that points at the target.
FOREIGN: dict[str, Call] = {
    "training of a supplier": lambda tx, world, at: (
        suppliers.record(
            tx,
            at.processor_id,
            world.targets["A"].training.supplier_course_id,
            on=DAY,
            people=3,
            evidence="報告書",
        )
        or True
    ),
    "worker in a unit": lambda tx, world, at: _worker_in(tx, world.targets["A"].unit_id, at.code),
    "attendance of a course": lambda tx, world, at: records.record_attendance(
        tx, world.targets["A"].training.worker_id, at.training.course_id, on=DAY, passed=True
    ),
    "completion of a course": lambda tx, world, at: completion_import.plan(
        tx,
        world.targets["A"].unit_id,
        at.training.course_id,
        _completions(world.targets["A"]),
        pass_percent=80,
    ),
}
