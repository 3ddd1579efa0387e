"""Change reports: tasks to do, questions without an answer, reports to submit and to approve."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select

from privacy_mark.changes.catalogue import ASK, rules
from privacy_mark.changes.model import State, TaskState, number_of
from privacy_mark.due import Due
from registry.access import scope, today_in_japan
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.change_tables import ChangeRecord, ChangeTaskRecord

TASK, ANSWER, SUBMIT, APPROVE = "changes.task", "changes.answer", "changes.submit", "changes.approve"
SOON = timedelta(days=30)
MOST = 500


def due(tx: Tx, today: date) -> list[Due]:
    """Return what is due within 30 days; nobody approves what one worked on."""
    waits = ChangeTaskRecord.state == TaskState.OPEN.value
    rows = tx.session.execute(
        select(ChangeTaskRecord.change_id, ChangeTaskRecord.unit_id, ChangeTaskRecord.due_on)
        .join(ChangeRecord, ChangeRecord.id == ChangeTaskRecord.change_id)
        .where(
            ChangeTaskRecord.unit_id.in_(scope(tx, Permission.MANAGE_CERTIFICATION)),
            ChangeRecord.state == State.OPEN.value,
            waits,
            ChangeTaskRecord.due_on <= today + SOON,
        )
        .order_by(ChangeTaskRecord.due_on, ChangeTaskRecord.id)
        .limit(MOST)
    )
    found = [
        Due(TASK, UnitId(row.unit_id), row.due_on, number_of(row.change_id), str(row.change_id))
        for row in rows
    ]
    open_ = (
        select(func.count())
        .where(ChangeTaskRecord.change_id == ChangeRecord.id, waits)
        .correlate(ChangeRecord)
        .scalar_subquery()
    )
    moving = tx.session.execute(
        select(
            ChangeRecord.id,
            ChangeRecord.unit_id,
            ChangeRecord.changed_on,
            ChangeRecord.recorded_at,
            ChangeRecord.question,
            ChangeRecord.outcome,
            open_.label("open"),
        )
        .where(
            ChangeRecord.unit_id.in_(scope(tx, Permission.MANAGE_CERTIFICATION)),
            ChangeRecord.state == State.OPEN.value,
        )
        .order_by(ChangeRecord.changed_on, ChangeRecord.id)
        .limit(MOST)
    )
    for row in moving:
        day = rules().tasks[ASK].due_on(row.changed_on, today_in_japan(row.recorded_at))
        if row.question and not row.outcome:
            kind = ANSWER
        elif not row.open:
            kind = SUBMIT
        else:
            continue
        if day <= today + SOON:
            found.append(Due(kind, UnitId(row.unit_id), day, number_of(row.id), str(row.id)))
    found += _approvals(tx)
    return sorted(found, key=lambda each: (each.due_on, each.number))


def _approvals(tx: Tx) -> list[Due]:
    me = tx.principal.user_id
    worked = (
        select(ChangeTaskRecord.id)
        .where(ChangeTaskRecord.change_id == ChangeRecord.id, ChangeTaskRecord.doer_id == me)
        .correlate(ChangeRecord)
        .exists()
    )
    rows = tx.session.execute(
        select(ChangeRecord.id, ChangeRecord.unit_id, ChangeRecord.changed_on)
        .where(
            ChangeRecord.unit_id.in_(scope(tx, Permission.DECIDE_REVIEWS)),
            ChangeRecord.state == State.SUBMITTED.value,
            ChangeRecord.submitter_id != me,
            func.coalesce(ChangeRecord.answerer_id, -1) != me,
            ~worked,
        )
        .order_by(ChangeRecord.changed_on, ChangeRecord.id)
        .limit(MOST)
    )
    return [Due(APPROVE, UnitId(row.unit_id), row.changed_on, number_of(row.id), str(row.id)) for row in rows]
