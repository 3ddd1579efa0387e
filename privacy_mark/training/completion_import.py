"""Completions 受講結果 of another e-learning system, from a file: every row or none.

A worker is found by employee number or sign-in name within the units whose training one manages; what stands
there already is left as it is, so that the same file may be taken in twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import insert, select

from privacy_mark.training import cells
from privacy_mark.training.bulk import table_of
from privacy_mark.training.headings import Kind
from privacy_mark.training.model import CourseId, Source
from privacy_mark.training.roster_import import note_import, number_digest
from privacy_mark.training.roster_lines import NO_FILE, FileSeen, ImportRefusedError, Outcome, Step
from privacy_mark.training.standing import reaching
from registry.access import require, scope, today_in_japan
from registry.account_names import login_digest
from registry.accounts import plain_login
from registry.errors import InvalidValue
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.chain import Deed
from registry.store.tables import OrgClosure
from registry.store.training_tables import TrainingResult, TrainingWorker

_IMPORTS = "training_import"
RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class CompletionLine:
    """One row of the file."""

    row: int
    number: str = field(repr=False)
    login: str = field(repr=False)
    taken_on: date
    score: int | None
    passed: bool | None


@dataclass(slots=True)
class CompletionPlan:
    """What an import will write."""

    unit_id: UnitId
    course_id: CourseId
    rows: int
    file: FileSeen
    results: list[dict[str, object]] = field(default_factory=list)
    unchanged: int = 0
    by_unit: dict[UnitId, int] = field(default_factory=dict)


def lines(rows: Iterable[tuple[int, Mapping[str, str]]]) -> tuple[list[CompletionLine], list[Outcome]]:
    """Return the rows of a table by column name as values, and those that are refused as they stand."""
    found, refused = [], []
    for number, row in rows:
        try:
            found.append(_line(number, row))
        except InvalidValue as error:
            refused.append(Outcome(number, (Step.REFUSED,), error.column, error.rule))
    return found, refused


def plan(
    tx: Tx,
    unit_id: UnitId,
    course_id: CourseId,
    found: Sequence[CompletionLine],
    *,
    pass_percent: int,
    file: FileSeen = NO_FILE,
) -> CompletionPlan:
    """Return what rows add to the results of a course; who said neither passed nor failed is judged by score.

    Raises AccessDenied without MANAGE_TRAINING in the unit, NotFound for a course that does not reach it,
    ImportRefusedError when a row is refused: `number` `unknown` or `ambiguous`, `taken` `future`, `passed`
    `required`.
    """
    require(tx, Permission.MANAGE_TRAINING, unit_id)
    course = reaching(tx, unit_id, course_id, today_in_japan(tx.now))
    made = CompletionPlan(unit_id, course_id, len(found), file)
    known = _Known.of(tx, unit_id, course_id)
    refused: list[Outcome] = []
    today = today_in_japan(tx.now)
    for line in found:
        try:
            worker, unit = known.worker(tx, line)
            passed = _judged(line, today, pass_percent)
        except InvalidValue as error:
            refused.append(Outcome(line.row, (Step.REFUSED,), error.column, error.rule))
            continue
        same = (worker, line.taken_on, line.score, passed)
        if same in known.results:
            made.unchanged += 1
            continue
        known.results.add(same)
        made.by_unit[unit] = made.by_unit.get(unit, 0) + 1
        made.results.append(
            {
                "worker_id": worker,
                "course_id": course.id,
                "unit_id": unit,
                "source": Source.IMPORTED.value,
                "taken_on": line.taken_on,
                "score": line.score,
                "passed": passed,
                "recorded_at": tx.now,
            }
        )
    if refused:
        raise ImportRefusedError(refused, len(found))
    return made


def apply(tx: Tx, made: CompletionPlan) -> Counter[str]:
    """Write a plan, in this transaction.

    Raises AccessDenied without MANAGE_TRAINING in its unit, NotFound for a course that does not reach it.
    """
    require(tx, Permission.MANAGE_TRAINING, made.unit_id)
    reaching(tx, made.unit_id, made.course_id, today_in_japan(tx.now))
    counts = Counter({RECORDED: len(made.results), str(Step.UNCHANGED): made.unchanged})
    number = note_import(tx, made.unit_id, Kind.COMPLETIONS, made.course_id, made.file, made.rows, counts)
    if made.results:
        tx.session.execute(
            insert(table_of(TrainingResult)), [{**row, "import_id": number} for row in made.results]
        )
    after = {"file": made.file.digest, "import": number, "course": made.course_id}
    tx.record_all(
        [
            Deed(Action.COMPLETIONS_IMPORTED, _IMPORTS, str(number), unit, None, {**after, "results": count})
            for unit, count in made.by_unit.items()
        ]
    )
    return counts


def _judged(line: CompletionLine, today: date, pass_percent: int) -> bool:
    if line.taken_on > today:
        raise InvalidValue("taken", "future")
    if line.passed is not None:
        return line.passed
    if line.score is None:
        raise InvalidValue("passed", "required")
    return line.score >= pass_percent


def _line(row: int, given: Mapping[str, str]) -> CompletionLine:
    number, mail = cells.text(given.get("number", "")), cells.text(given.get("mail", ""))
    if not number and not mail:
        raise InvalidValue("number", "required")
    taken = cells.day(given.get("taken", ""), "taken")
    if taken is None:
        raise InvalidValue("taken", "required")
    return CompletionLine(
        row,
        number=number,
        login=plain_login(mail) if mail else "",
        taken_on=taken,
        score=cells.percent(given.get("score", "")),
        passed=cells.passed(given.get("passed", "")),
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """The workers within reach by digest, each with how many share it, and the results there are."""

    rosters: tuple[int, ...]
    numbers: dict[str, list[tuple[int, UnitId]]]
    logins: dict[str, list[tuple[int, UnitId]]]
    results: set[tuple[int, date, int | None, bool]]

    @classmethod
    def of(cls, tx: Tx, unit_id: UnitId, course_id: CourseId) -> _Known:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        rows = tx.session.execute(
            select(
                TrainingWorker.id,
                TrainingWorker.unit_id,
                TrainingWorker.roster_id,
                TrainingWorker.number_digest,
                TrainingWorker.login_digest,
            ).where(
                TrainingWorker.unit_id.in_(below),
                TrainingWorker.unit_id.in_(scope(tx, Permission.MANAGE_TRAINING)),
            )
        ).all()
        numbers: dict[str, list[tuple[int, UnitId]]] = {}
        logins: dict[str, list[tuple[int, UnitId]]] = {}
        for worker, unit, _roster, number, login in rows:
            numbers.setdefault(number, []).append((worker, UnitId(unit)))
            if login:
                logins.setdefault(login, []).append((worker, UnitId(unit)))
        results = tx.session.execute(
            select(
                TrainingResult.worker_id, TrainingResult.taken_on, TrainingResult.score, TrainingResult.passed
            ).where(TrainingResult.course_id == course_id)
        )
        return cls(
            tuple(sorted({row[2] for row in rows})),
            numbers,
            logins,
            {(worker, on, score, passed) for worker, on, score, passed in results},
        )

    def worker(self, tx: Tx, line: CompletionLine) -> tuple[int, UnitId]:
        found: list[tuple[int, UnitId]] = []
        column = "number" if line.number else "mail"
        if line.number:
            for roster in self.rosters:
                found += self.numbers.get(number_digest(tx, roster)(line.number), [])
        else:
            found = self.logins.get(login_digest(tx.vault, line.login), [])
        if not found:
            raise InvalidValue(column, "unknown")
        if len(found) > 1:
            raise InvalidValue(column, "ambiguous")
        return found[0]
