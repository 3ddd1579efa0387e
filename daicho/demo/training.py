"""Training of the demonstration group: four courses, rosters of some entities, and how they stand.

Most have passed, some are late, one is on parental leave, one has just joined. Representatives have taken the
tests here, so that comprehension is told by topic. Most suppliers are taught, by a record of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

from sqlalchemy import select

from daicho.demo.model import DemoGroup
from daicho.demo.people import population
from daicho.workspace import Workspace
from privacy_mark.training import completion_import, courses, own, roster_import, suppliers
from privacy_mark.training.completion_import import CompletionLine
from privacy_mark.training.content import load, ready_made
from privacy_mark.training.courses import CourseDraft
from privacy_mark.training.model import Course, CourseId, Employment
from privacy_mark.training.paper import drawn
from privacy_mark.training.roster_lines import WorkerLine
from registry import accounts, organisation, people
from registry.access import today_in_japan
from registry.model import Principal, Role, Unit, UnitId, UnitKind
from registry.store import Registry, Tx
from registry.store.training_tables import TrainingAttempt, TrainingVersion

_REASON = "daicho demo"
_ROSTERS = (
    "TOWA-HD",
    "TOWA-DENKI",
    "TOWA-SYS",
    "TOWA-LIFE",
    "TOWA-FIN",
    "TOWA-LOGI",
    "TOWA-TRADE",
    "HOSP-SAKURA",
    "HOSP-MINATO",
)
_EACH = 18
_REPRESENTATIVE = "-representative"
_KINDS = (*[Employment.REGULAR] * 5, Employment.CONTRACT, Employment.PART_TIME, Employment.DISPATCHED)


def register_training(workspace: Workspace, group: DemoGroup, *, seed: int) -> None:
    """Set up the courses, take the rosters and completions in, and let those with accounts take the test."""
    registry = workspace.registry
    with registry.read(workspace.owner()) as tx:
        units = organisation.units(tx)
        today = today_in_japan(tx.now)
    codes = {unit.code: unit for unit in units}
    login = next(each.login for each in group.accounts if each.role is Role.GROUP_OFFICER)
    officer = _principal(workspace, login)
    top = next(unit for unit in units if unit.kind is UnitKind.GROUP)
    with registry.write(officer, reason=_REASON) as tx:
        yearly = _course(tx, top.id, "all_workers", today)
        _course(tx, top.id, "joining", today)
        _course(tx, top.id, "officers", today)
        outside = _course(tx, top.id, "suppliers", today)
    logins = _logins(group)
    for code in _ROSTERS:
        lines = _lines(codes[code], units, logins.get(code, {}), today, seed)
        _take(registry, workspace.owner(), codes[code].id, yearly.id, lines, today)
    # The officers, whom one can sign in as, have theirs still before them.
    tested = sorted(each for of in logins.values() for each in of if _REPRESENTATIVE in each)
    for number, each in enumerate(tested):
        _test(registry, _principal(workspace, each), wrong=number % 3)
    _teach(registry, officer, top.id, outside.id, today)


def _course(tx: Tx, unit_id: UnitId, name: str, today: date) -> Course:
    content = load(ready_made(name))
    starts = today - timedelta(days=300)
    joining = name == "joining"
    draft = CourseDraft(
        unit_id,
        content.title.ja,
        content.title.en,
        content.audience,
        content.cycle,
        starts,
        days=14 if joining else 30,
        before_access=joining,
    )
    made = courses.create(tx, draft)
    courses.publish(tx, made.id, ready_made(name), expected_version=made.version)
    if not joining:
        courses.open_round(
            tx,
            made.id,
            opens_on=today - timedelta(days=40),
            due_on=today - timedelta(days=5),
            expected_version=made.version,
        )
    return made


def _logins(group: DemoGroup) -> dict[str, dict[str, str]]:
    """Return by entity the names of those who have an account there: officers and representatives."""
    found: dict[str, dict[str, str]] = {}
    for each in group.accounts:
        code = "TOWA-HD" if each.role is Role.GROUP_OFFICER else each.unit_code
        found.setdefault(code, {})[each.login] = each.name
    for basis in group.bases:
        found.setdefault(basis.unit_code, {})[f"{basis.unit_code.lower()}{_REPRESENTATIVE}@towa.example"] = (
            basis.representative
        )
    return {code: of for code, of in found.items() if code in _ROSTERS}


def _lines(
    entity: Unit, units: list[Unit], logins: Mapping[str, str], today: date, seed: int
) -> list[WorkerLine]:
    chance = Random(f"{seed}:{entity.code}")  # noqa: S311 - invented people
    below = {entity.id}
    departments: list[str] = []
    for unit in sorted(units, key=lambda unit: unit.id):
        if unit.parent_id in below:
            below.add(unit.id)
            if unit.kind is UnitKind.DEPARTMENT:
                departments.append(unit.code)
    places = departments or [entity.code]
    lines = [
        WorkerLine(
            number,
            number=f"R{number:03d}",
            name=name,
            unit=entity.code,
            joined_on=date(2012, 4, 1),
            employment=Employment.OFFICER if _REPRESENTATIVE in login else Employment.REGULAR,
            is_manager=True,
            login=login,
        )
        for number, (login, name) in enumerate(sorted(logins.items()), 1)
    ]
    crowd = population(seed, f"{entity.code}:training", _EACH)
    for number, who in enumerate(crowd, 101):
        new, away = number == 101, number == 102
        joined = today - timedelta(days=6) if new else date(2010 + chance.randrange(15), 4, 1)
        lines.append(
            WorkerLine(
                number,
                number=f"{number:04d}",
                name=who.facts["name"],
                unit=places[number % len(places)],
                joined_on=joined,
                employment=_KINDS[number % len(_KINDS)],
                is_manager=number % 6 == 0,
                leave="育児休業" if away else "",
                leave_from=today - timedelta(days=120) if away else None,
            )
        )
    return lines


def _take(
    registry: Registry,
    principal: Principal,
    unit_id: UnitId,
    course_id: CourseId,
    lines: list[WorkerLine],
    today: date,
) -> None:
    with registry.write(principal, reason=_REASON) as tx:
        roster_import.apply(tx, roster_import.plan(tx, unit_id, lines))
    taken = [
        CompletionLine(
            each.row,
            each.number,
            "",
            today - timedelta(days=10 + each.row % 25),
            (70, 80, 85, 90, 100)[each.row % 5],
            None,
        )
        for each in lines
        if each.login is None and each.leave_from is None and each.row % 7
    ]
    with registry.write(principal, reason=_REASON) as tx:
        plan = completion_import.plan(tx, unit_id, course_id, taken, pass_percent=75)
        completion_import.apply(tx, plan)


def _test(registry: Registry, principal: Principal, *, wrong: int) -> None:
    with registry.write(principal, reason=_REASON) as tx:
        for each in own.assignments(tx):
            begun = own.begin(tx, each.worker_id, each.course.id)
            row = tx.session.get_one(TrainingAttempt, begun.attempt_id)
            content = load(
                tx.session.scalars(
                    select(TrainingVersion.content).where(TrainingVersion.id == row.version_id)
                ).one()
            )
            answers = {}
            for number, asked in enumerate(drawn(content, row.seed)):
                right = asked.answers.index(content.questions[asked.id].right)
                answers[asked.id] = (right + (number < wrong)) % len(asked.answers)
            own.submit(tx, begun.attempt_id, answers, language="ja")


def _teach(registry: Registry, officer: Principal, top: UnitId, course_id: CourseId, today: date) -> None:
    """Record what suppliers reported of their own workers; of every fourth nothing has come yet."""
    with registry.write(officer, reason=_REASON) as tx:
        for number, each in enumerate(suppliers.standings(tx, top, course_id, today)):
            if number % 4 != 3:
                suppliers.record(
                    tx,
                    each.processor_id,
                    course_id,
                    on=today - timedelta(days=12 + number),
                    people=3 + number * 2 % 11,
                    evidence="受講報告書（委託契約の綴り）",
                )


def _principal(workspace: Workspace, login: str) -> Principal:
    with workspace.registry.read(workspace.owner()) as tx:
        found = people.person(tx, login)
    return accounts.principal_of(workspace.registry, found.user_id)
