"""The list of corrective actions 是正処置一覧: filtered, the next step first, with what came again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, case, func, or_, select

from privacy_mark.actions.model import ENDED, ActionId, ActionState, Grade, Recurrence, Source
from privacy_mark.actions.recurrence import Earlier, earlier_of
from privacy_mark.actions.rows import TABLE
from registry.access import require, scope, today_in_japan
from registry.model import Permission, UnitId
from registry.sealing import Row
from registry.store import Tx
from registry.store.audit_tables import CorrectiveAction
from registry.store.tables import OrgClosure

PAGE = 50
_OF_STEP = {
    ActionState.FOUND: CorrectiveAction.answer_by,
    ActionState.ANALYSED: CorrectiveAction.answer_by,
    ActionState.PLANNED: CorrectiveAction.due_on,
    ActionState.DONE: CorrectiveAction.review_by,
    ActionState.REVIEWED: CorrectiveAction.review_by,
}
step_due = case(*((CorrectiveAction.state == state.value, column) for state, column in _OF_STEP.items()))
"""By when the next step of an action is due, as SQL; null when it is closed or withdrawn."""
_CLOSED = CorrectiveAction.state == ActionState.CLOSED.value
_GONE = ActionState.WITHDRAWN.value
_WITHDRAWN = CorrectiveAction.state == _GONE
is_open = CorrectiveAction.state.not_in([each.value for each in ENDED])
"""Whether something is left to do, as SQL."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which actions are wanted; what is not given narrows nothing."""

    unit_id: UnitId | None = None  # with all units below it
    states: tuple[ActionState, ...] = ()
    sources: tuple[Source, ...] = ()
    late: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One action in the list."""

    id: ActionId
    number: str
    unit_id: UnitId
    source: Source
    reference: str
    requirement: str
    grade: Grade
    state: ActionState
    finding: str = field(repr=False)
    owner: str = field(repr=False)
    found_on: date
    next_due: date | None  # None: closed or withdrawn
    rounds: int
    recurrence: Recurrence


@dataclass(frozen=True, slots=True)
class Standing:
    """How many actions are open today."""

    open: int
    late: int  # of these, past the day of their next step
    to_approve: int  # of these, waiting for approval
    closed: int
    withdrawn: int  # recorded by mistake: neither open nor corrected


def listed(
    tx: Tx, wanted: Wanted | None = None, *, offset: int = 0, limit: int | None = PAGE
) -> tuple[list[Line], int]:
    """Return a page of the visible actions, the open ones first by their next day, and how many there are."""
    conditions = _conditions(tx, wanted or Wanted())
    total = tx.session.scalar(select(func.count(CorrectiveAction.id)).where(*conditions)) or 0
    query = (
        select(CorrectiveAction, step_due.label("next"))
        .where(*conditions)
        .order_by(case((_CLOSED, 1), (_WITHDRAWN, 2), else_=0), step_due, CorrectiveAction.id.desc())
        .offset(offset)
        .limit(limit)
    )
    found = [(row, next_due) for row, next_due in tx.session.execute(query)]
    before = earlier_of(tx, [row for row, _ in found])
    return [_line(tx, row, next_due, before[row.id]) for row, next_due in found], total


def standing(tx: Tx, unit_id: UnitId | None = None) -> Standing:
    """Return what is open in a unit and below, or everywhere one may see actions.

    Raises AccessDenied for a unit where one may not.
    """
    if unit_id is not None:
        require(tx, Permission.VIEW_AUDITS, unit_id)
    late = step_due < today_in_japan(tx.now)
    reviewed = CorrectiveAction.state == ActionState.REVIEWED.value
    row = tx.session.execute(
        select(
            func.count(case((is_open, 1))),
            func.count(case((late, 1))),
            func.count(case((reviewed, 1))),
            func.count(case((_CLOSED, 1))),
            func.count(case((_WITHDRAWN, 1))),
        ).where(*_conditions(tx, Wanted(unit_id)))
    ).one()
    return Standing(*row)


def numbered(tx: Tx, numbers: Sequence[str]) -> Mapping[str, ActionId]:
    """Return the ids of the visible actions with these numbers, so that other pages lead to them."""
    if not numbers:
        return {}
    rows = tx.session.execute(
        select(CorrectiveAction.number, CorrectiveAction.id).where(
            CorrectiveAction.number.in_(numbers),
            CorrectiveAction.unit_id.in_(scope(tx, Permission.VIEW_AUDITS)),
        )
    )
    return {number: ActionId(id_) for number, id_ in rows}


def found_in(tx: Tx, rows: Sequence[str]) -> Mapping[str, ActionId]:
    """Return the visible actions that came of rows with these numbers, "G-00003", or of a question of one."""
    if not rows:
        return {}
    of: list[ColumnElement[bool]] = [CorrectiveAction.reference.in_(rows)]
    of += [CorrectiveAction.reference.startswith(f"{each}/", autoescape=True) for each in rows]
    found = tx.session.execute(
        select(CorrectiveAction.number, CorrectiveAction.id)
        .where(or_(*of), CorrectiveAction.unit_id.in_(scope(tx, Permission.VIEW_AUDITS)))
        .order_by(CorrectiveAction.id)
    )
    return {number: ActionId(id_) for number, id_ in found}


def _conditions(tx: Tx, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [CorrectiveAction.unit_id.in_(scope(tx, Permission.VIEW_AUDITS))]
    if wanted.unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == wanted.unit_id)
        conditions.append(CorrectiveAction.unit_id.in_(below))
    if wanted.states:
        conditions.append(CorrectiveAction.state.in_([each.value for each in wanted.states]))
    if wanted.sources:
        conditions.append(CorrectiveAction.source.in_([each.value for each in wanted.sources]))
    if wanted.late:
        conditions.append(step_due < today_in_japan(tx.now))
    return conditions


def _line(tx: Tx, row: CorrectiveAction, next_due: date | None, before: Sequence[Earlier]) -> Line:
    sealed = Row(tx, TABLE, row.uid)
    return Line(
        id=ActionId(row.id),
        number=row.number,
        unit_id=UnitId(row.unit_id),
        source=Source(row.source),
        reference=row.reference,
        requirement=row.requirement,
        grade=Grade(row.grade),
        state=ActionState(row.state),
        finding=sealed.opened("finding", row.finding_sealed),
        owner=sealed.opened("owner", row.owner_sealed),
        found_on=row.found_on,
        next_due=next_due,
        rounds=row.rounds,
        recurrence=before[0].kind if before and row.state != _GONE else Recurrence.NONE,
    )
