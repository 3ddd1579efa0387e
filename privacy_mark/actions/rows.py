"""Rows of corrective actions: made, found for who may see them, and read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Select, func, select

from privacy_mark.actions.model import (
    Action,
    ActionId,
    ActionState,
    CauseClass,
    Effect,
    Grade,
    Nonconformity,
    Source,
    Step,
)
from registry import journal
from registry.access import require_open, scope, today_in_japan
from registry.errors import InvalidValue, NotFound
from registry.model import Permission, UnitId, UserId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.action_tables import CorrectiveStep
from registry.store.audit_tables import CorrectiveAction
from registry.store.base import new_uid

TABLE, STEPS = "corrective_action", "corrective_step"
ANSWER_DAYS = 14  # for cause and measure, and for approval; no law names a number of days
_EMPTY = ("fact", "cause", "measure", "owner", "result", "doer", "effect", "reviewer", "approver")


def made(found: Nonconformity, tx: Tx) -> CorrectiveAction:
    """Open a corrective action; the caller has checked that this may be done here.

    Raises InvalidValue: `finding` or `requirement` `required`, `too_long`, `found_on` `future`, `unit_id`
    `closed`.
    """
    require_open(tx, found.unit_id)
    texts = checked({"finding": found.finding}, "finding")
    codes = checked(
        {"requirement": found.requirement, "reference": found.reference}, "requirement", longest=64
    )
    today = today_in_japan(tx.now)
    day = found.found_on or today
    if day > today:
        raise InvalidValue("found_on", "future")
    uid = new_uid()
    who = {"finding": texts["finding"], "finder": tx.principal.name}
    row = CorrectiveAction(
        uid=uid,
        number=f"CA-{(tx.session.scalar(select(func.max(CorrectiveAction.id))) or 0) + 1:04d}",
        unit_id=found.unit_id,
        source=found.source.value,
        reference=codes["reference"],
        requirement=codes["requirement"],
        grade=found.grade.value,
        state=ActionState.FOUND.value,
        found_on=day,
        finder_id=tx.principal.user_id,
        answer_by=day + timedelta(days=ANSWER_DAYS),
        cause_class="",
        effect="",
        rounds=0,
        updated_at=tx.now,
        **Row(tx, TABLE, uid).sealed({**who, **dict.fromkeys(_EMPTY, "")}),
    )
    tx.session.add(row)
    tx.session.flush()
    first = {"finding": texts["finding"], "requirement": row.requirement, "grade": row.grade}
    note_step(tx, row, Step.FOUND, first, 0)
    after = {"number": row.number, "requirement": row.requirement, "source": row.source, "grade": row.grade}
    tx.record(journal.Action.ACTION_RAISED, TABLE, row.id, found.unit_id, None, after)
    return row


def note_step(tx: Tx, row: CorrectiveAction, step: Step, told: Mapping[str, object], round_: int) -> None:
    """Write a step into the history of an action; the caller has checked that it may be taken."""
    uid = new_uid()
    said = json.dumps({name: str(value) for name, value in told.items()}, ensure_ascii=False)
    tx.session.add(
        CorrectiveStep(
            uid=uid,
            action_id=row.id,
            unit_id=row.unit_id,
            step=step.value,
            round=round_,
            actor_id=tx.principal.user_id,
            at=tx.now,
            **Row(tx, STEPS, uid).sealed({"actor": tx.principal.name, "told": said}),
        )
    )
    tx.session.flush()


def seen(tx: Tx) -> Select[CorrectiveAction]:
    """Return the actions of units whose audits one may see."""
    return select(CorrectiveAction).where(CorrectiveAction.unit_id.in_(scope(tx, Permission.VIEW_AUDITS)))


def row_of(action_id: ActionId, tx: Tx) -> CorrectiveAction:
    """Return one row; raises NotFound when it is out of sight."""
    row = tx.session.scalar(seen(tx).where(CorrectiveAction.id == action_id))
    if row is None:
        raise NotFound(TABLE)
    return row


def withdrawn(tx: Tx, of: int | str) -> bool:
    """Tell whether an action, by its id or its number, was withdrawn; the caller has checked who asks."""
    column = CorrectiveAction.number if isinstance(of, str) else CorrectiveAction.id
    state = tx.session.scalar(select(CorrectiveAction.state).where(column == of))
    return state == ActionState.WITHDRAWN.value


def told(row: CorrectiveAction, tx: Tx) -> Action:
    """Return a row as the value that leaves."""
    sealed = Row(tx, TABLE, row.uid)

    def text(name: str) -> str:
        return sealed.opened(name, getattr(row, f"{name}_sealed"))

    return Action(
        id=ActionId(row.id),
        number=row.number,
        unit_id=UnitId(row.unit_id),
        source=Source(row.source),
        reference=row.reference,
        requirement=row.requirement,
        grade=Grade(row.grade),
        state=ActionState(row.state),
        finding=text("finding"),
        found_on=row.found_on,
        finder_id=UserId(row.finder_id),
        finder=text("finder"),
        answer_by=row.answer_by,
        fact=text("fact"),
        cause_class=CauseClass(row.cause_class) if row.cause_class else None,
        cause=text("cause"),
        measure=text("measure"),
        owner=text("owner"),
        due_on=row.due_on,
        result=text("result"),
        done_on=row.done_on,
        doer_id=None if row.doer_id is None else UserId(row.doer_id),
        doer=text("doer"),
        review_by=row.review_by,
        effect=Effect(row.effect),
        effect_note=text("effect"),
        reviewed_on=row.reviewed_on,
        reviewer_id=None if row.reviewer_id is None else UserId(row.reviewer_id),
        reviewer=text("reviewer"),
        approver=text("approver"),
        approved_at=row.approved_at,
        rounds=row.rounds,
        version=row.version,
    )
