"""Rows of change reports and their tasks, read within one's scope and told to services."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from privacy_mark.certificates.model import CertificateId
from privacy_mark.changes.catalogue import Kind, Outcome, Task
from privacy_mark.changes.model import Change, ChangeId, ChangeTask, Origin, State, TaskId, TaskState
from registry.access import require, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId, UserId
from registry.sealing import Row
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.change_tables import ChangeRecord, ChangeTaskRecord

CHANGES, TASKS = "pm_change", "pm_change_task"
OF_ENTITY = "entity:"
"""The cause of a report about another entity begins so; of a post it is a row of a register."""


def seen(tx: Tx, change_id: ChangeId) -> ChangeRecord:
    """Return a row within the scope of VIEW_CERTIFICATION; NotFound."""
    row = tx.session.scalar(
        select(ChangeRecord).where(
            ChangeRecord.id == change_id,
            ChangeRecord.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION)),
        )
    )
    if row is None:
        raise NotFound(CHANGES)
    return row


def held(
    tx: Tx,
    change_id: ChangeId,
    expected_version: int,
    state: State = State.OPEN,
    permission: Permission = Permission.MANAGE_CERTIFICATION,
) -> ChangeRecord:
    """Return a row in a state, to change it; NotFound, AccessDenied, Conflict, InvalidValue: `state`."""
    row = seen(tx, change_id)
    require(tx, permission, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, CHANGES, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    if row.state != state.value:
        raise InvalidValue("state", "closed" if row.state == State.CLOSED.value else "not_" + state.value)
    return row


def add_tasks(tx: Tx, row: ChangeRecord, tasks: Iterable[Task]) -> None:
    """Open tasks that a change report does not have yet, each due on a working day."""
    there = set(tx.session.scalars(select(ChangeTaskRecord.task).where(ChangeTaskRecord.change_id == row.id)))
    for task in tasks:
        if task.id not in there:
            tx.session.add(
                ChangeTaskRecord(
                    uid=new_uid(),
                    change_id=row.id,
                    unit_id=row.unit_id,
                    task=task.id,
                    due_on=task.due_on(row.changed_on, today_in_japan(tx.now)),
                    state=TaskState.OPEN.value,
                )
            )
            there.add(task.id)
    tx.session.flush()


def record(tx: Tx, row: ChangeRecord, action: Action) -> None:
    """Write to the journal what was done: codes and days, nothing that people wrote."""
    after = {"kind": row.kind, "changed_on": row.changed_on, "state": row.state, "outcome": row.outcome}
    tx.record(action, CHANGES, row.id, UnitId(row.unit_id), None, after)


def origin_of(row: ChangeRecord) -> Origin:
    """Return how a change report came to be."""
    if row.history_id is not None or (row.cause or "").startswith(OF_ENTITY):
        return Origin.TREE
    return Origin.HAND if row.cause is None else Origin.POSTS


def change_of(tx: Tx, row: ChangeRecord) -> Change:
    """Return a row in the clear with its tasks; the caller has checked who asks."""
    sealed = Row(tx, CHANGES, row.uid)
    tasks = list(
        tx.session.scalars(
            select(ChangeTaskRecord)
            .where(ChangeTaskRecord.change_id == row.id)
            .order_by(ChangeTaskRecord.due_on, ChangeTaskRecord.id)
        )
    )
    return Change(
        kind=Kind(row.kind),
        changed_on=row.changed_on,
        before=sealed.opened("before", row.before_sealed),
        after=sealed.opened("after", row.after_sealed),
        note=sealed.opened("note", row.note_sealed),
        owner=sealed.opened("owner", row.owner_sealed),
        id=ChangeId(row.id),
        unit_id=UnitId(row.unit_id),
        certificate_id=CertificateId(row.certificate_id),
        body=row.body,
        origin=origin_of(row),
        state=State(row.state),
        question=row.question,
        outcome=Outcome(row.outcome) if row.outcome else None,
        answer=sealed.opened("answer", row.answer_sealed),
        answered_on=row.answered_on,
        answerer=sealed.opened("answerer", row.answerer_sealed),
        answerer_id=None if row.answerer_id is None else UserId(row.answerer_id),
        submitter=sealed.opened("submitter", row.submitter_sealed),
        submitter_id=None if row.submitter_id is None else UserId(row.submitter_id),
        approver=sealed.opened("approver", row.approver_sealed),
        approved_on=row.approved_on,
        remark=sealed.opened("remark", row.remark_sealed),
        tasks=tuple(_task(tx, each) for each in tasks),
        workers=frozenset(UserId(each.doer_id) for each in tasks if each.doer_id is not None),
        version=row.version,
    )


def _task(tx: Tx, row: ChangeTaskRecord) -> ChangeTask:
    sealed = Row(tx, TASKS, row.uid)
    return ChangeTask(
        id=TaskId(row.id),
        task=row.task,
        due_on=row.due_on,
        state=TaskState(row.state),
        owner=sealed.opened("owner", row.owner_sealed),
        done_on=row.done_on,
        doer=sealed.opened("doer", row.doer_sealed),
        note=sealed.opened("note", row.note_sealed),
        version=row.version,
    )
