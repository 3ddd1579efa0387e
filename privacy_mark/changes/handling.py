"""What is done with a change report: tasks, the body's answer, closing by another person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from privacy_mark.changes.catalogue import Outcome, rules
from privacy_mark.changes.model import Change, ChangeId, State, TaskId, TaskState
from privacy_mark.changes.rows import CHANGES, TASKS, add_tasks, change_of, held, record
from registry.access import require, scope, today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.change_tables import ChangeRecord, ChangeTaskRecord

LONGEST_TEXT, LONGEST_OWNER = 2_000, 300


def plan_task(tx: Tx, task_id: TaskId, *, due_on: date, owner: str, expected_version: int) -> Change:
    """Say who does a task by when.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `closed`, `not_open`, `task` `done`,
    `owner` `too_long`.
    """
    row, of = _task(tx, task_id, expected_version)
    text = checked({"owner": owner}, longest=LONGEST_OWNER)
    sealed = Row(tx, TASKS, row.uid).sealed(text)["owner_sealed"]
    row.due_on, row.owner_sealed = due_on, sealed if text["owner"] else None
    return _saved(tx, row, of, Action.CHANGE_TASK_PLANNED)


def finish_task(
    tx: Tx, task_id: TaskId, note: str, *, on: date, left: bool = False, expected_version: int
) -> Change:
    """Record that a task was done and what was done, or `left` out and why; who records it answers for it.

    Raises NotFound, AccessDenied, Conflict, InvalidValue as `plan_task`, `on` `future`, `note` `required`,
    `too_long`.
    """
    row, of = _task(tx, task_id, expected_version)
    if on > today_in_japan(tx.now):
        raise InvalidValue("on", "future")
    text = checked({"note": note}, "note", longest=LONGEST_TEXT)
    sealed = Row(tx, TASKS, row.uid).sealed({**text, "doer": tx.principal.name})
    row.note_sealed, row.doer_sealed = sealed["note_sealed"], sealed["doer_sealed"]
    row.done_on, row.doer_id = on, tx.principal.user_id
    row.state = (TaskState.LEFT if left else TaskState.DONE).value
    return _saved(tx, row, of, Action.CHANGE_TASK_LEFT if left else Action.CHANGE_TASK_DONE)


def answer(
    tx: Tx, change_id: ChangeId, outcome: Outcome, text: str, *, answered_on: date, expected_version: int
) -> Change:
    """Record what the body said that the change means for the certificate; its tasks are opened.

    Where there is nothing to report, what is open is left out for that reason. It may be corrected until the
    report is submitted: tasks that an earlier answer brought stay, those that it left out are opened again.
    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `closed`, `not_open`, `question` `none`,
    `answer` `required`, `too_long`, `answered_on` `future`.
    """
    row = held(tx, change_id, expected_version)
    if not row.question:
        raise InvalidValue("question", "none")
    if answered_on > today_in_japan(tx.now):
        raise InvalidValue("answered_on", "future")
    given = checked({"answer": text}, "answer", longest=LONGEST_TEXT)
    if row.outcome == Outcome.NONE.value:
        _reopen_left(tx, row)
    sealed = Row(tx, CHANGES, row.uid).sealed({**given, "answerer": tx.principal.name})
    row.answer_sealed, row.answerer_sealed = sealed["answer_sealed"], sealed["answerer_sealed"]
    row.outcome, row.answered_on, row.answerer_id = outcome.value, answered_on, tx.principal.user_id
    add_tasks(tx, row, [rules().tasks[each] for each in rules().outcomes[outcome].tasks])
    if outcome is Outcome.NONE:
        _leave_all(tx, row, given["answer"])
    record(tx, row, Action.CHANGE_ANSWERED)
    return change_of(tx, row)


def _leave_all(tx: Tx, row: ChangeRecord, why: str) -> None:
    """Leave out every task that is open."""
    for task in _tasks(tx, row, TaskState.OPEN):
        sealed = Row(tx, TASKS, task.uid).sealed({"note": why, "doer": tx.principal.name})
        task.note_sealed, task.doer_sealed = sealed["note_sealed"], sealed["doer_sealed"]
        task.done_on, task.doer_id = today_in_japan(tx.now), tx.principal.user_id
        task.state = TaskState.LEFT.value
        _record(tx, task, Action.CHANGE_TASK_LEFT)


def _reopen_left(tx: Tx, row: ChangeRecord) -> None:
    """Open again what the answer that stands left out: for its words, by who gave it."""
    answer = Row(tx, CHANGES, row.uid).opened("answer", row.answer_sealed)
    for task in _tasks(tx, row, TaskState.LEFT):
        note = Row(tx, TASKS, task.uid).opened("note", task.note_sealed)
        if task.doer_id == row.answerer_id and note == answer:
            _open(task)
            _record(tx, task, Action.CHANGE_TASK_REOPENED)


def _tasks(tx: Tx, row: ChangeRecord, state: TaskState) -> Sequence[ChangeTaskRecord]:
    of = ChangeTaskRecord
    found = select(of).where(of.change_id == row.id, of.state == state.value).order_by(of.id)
    return tx.session.scalars(found).all()


def _open(task: ChangeTaskRecord) -> None:
    task.state = TaskState.OPEN.value
    task.done_on = task.doer_id = task.doer_sealed = task.note_sealed = None


def submit(tx: Tx, change_id: ChangeId, *, expected_version: int) -> Change:
    """Ask another person to close a report of which everything is done.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `closed`, `not_open`, `answer`
    `outstanding`, `tasks` `open`.
    """
    row = held(tx, change_id, expected_version)
    if row.question and not row.outcome:
        raise InvalidValue("answer", "outstanding")
    if not change_of(tx, row).ready:
        raise InvalidValue("tasks", "open")
    sealed = Row(tx, CHANGES, row.uid).sealed({"submitter": tx.principal.name})
    row.submitter_id, row.submitter_sealed = tx.principal.user_id, sealed["submitter_sealed"]
    row.state, row.remark_sealed = State.SUBMITTED.value, None
    tx.session.flush()
    record(tx, row, Action.CHANGE_SUBMITTED)
    return change_of(tx, row)


def approve(tx: Tx, change_id: ChangeId, remark: str, *, expected_version: int) -> Change:
    """Close a report on which one did not work.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, Conflict, InvalidValue: `state` `closed`,
    `not_submitted`, `approver` `own_work`, `remark` `too_long`.
    """
    row = _decided(tx, change_id, expected_version)
    text = checked({"remark": remark}, longest=LONGEST_TEXT)
    sealed = Row(tx, CHANGES, row.uid).sealed({**text, "approver": tx.principal.name})
    row.remark_sealed, row.approver_sealed = sealed["remark_sealed"], sealed["approver_sealed"]
    row.approver_id, row.approved_on = tx.principal.user_id, today_in_japan(tx.now)
    row.state = State.CLOSED.value
    tx.session.flush()
    record(tx, row, Action.CHANGE_APPROVED)
    return change_of(tx, row)


def send_back(tx: Tx, change_id: ChangeId, remark: str, *, expected_version: int) -> Change:
    """Send a report back with a reason; its tasks stay as they are, and one more may be added by an answer.

    Raises NotFound, AccessDenied, Conflict, InvalidValue as `approve`, `remark` `required`.
    """
    row = _decided(tx, change_id, expected_version)
    text = checked({"remark": remark}, "remark", longest=LONGEST_TEXT)
    row.remark_sealed = Row(tx, CHANGES, row.uid).sealed(text)["remark_sealed"]
    row.state = State.OPEN.value
    tx.session.flush()
    record(tx, row, Action.CHANGE_RETURNED)
    return change_of(tx, row)


def reopen_task(tx: Tx, task_id: TaskId, *, expected_version: int) -> Change:
    """Open a task again that was done or left out, while the report is open.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `state` `closed`, `not_open`, `task` `open`.
    """
    row, of = _task(tx, task_id, expected_version, open_=False)
    _open(row)
    return _saved(tx, row, of, Action.CHANGE_TASK_REOPENED)


def _decided(tx: Tx, change_id: ChangeId, expected_version: int) -> ChangeRecord:
    row = held(tx, change_id, expected_version, State.SUBMITTED, Permission.DECIDE_REVIEWS)
    if change_of(tx, row).is_work_of(tx.principal.user_id):
        raise InvalidValue("approver", "own_work")
    return row


def _task(
    tx: Tx, task_id: TaskId, expected_version: int, *, open_: bool = True
) -> tuple[ChangeTaskRecord, ChangeRecord]:
    row = tx.session.scalar(
        select(ChangeTaskRecord).where(
            ChangeTaskRecord.id == task_id,
            ChangeTaskRecord.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION)),
        )
    )
    if row is None:
        raise NotFound(TASKS)
    require(tx, Permission.MANAGE_CERTIFICATION, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, TASKS, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    of = tx.session.get_one(ChangeRecord, row.change_id)
    if of.state != State.OPEN.value:
        raise InvalidValue("state", "closed" if of.state == State.CLOSED.value else "not_open")
    if open_ != (row.state == TaskState.OPEN.value):
        raise InvalidValue("task", "done" if open_ else "open")
    return row, of


def _saved(tx: Tx, row: ChangeTaskRecord, of: ChangeRecord, action: Action) -> Change:
    _record(tx, row, action)
    return change_of(tx, of)


def _record(tx: Tx, row: ChangeTaskRecord, action: Action) -> None:
    tx.session.flush()
    after = {"task": row.task, "due_on": row.due_on, "state": row.state, "done_on": row.done_on}
    tx.record(action, TASKS, row.id, UnitId(row.unit_id), None, after)
