"""The steps of a corrective action (J.7.1): fact and cause, measure, result, review of the effect, approval.

A measure without effect leads back to the cause. Approval is for top management, and never for who did the
action or reviewed it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

from privacy_mark.actions.model import Action, ActionId, ActionState, CauseClass, Effect
from privacy_mark.actions.rows import TABLE, row_of, told
from registry import journal
from registry.access import require, today_in_japan
from registry.errors import Conflict, InvalidValue
from registry.journal import newest_of
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.audit_tables import CorrectiveAction


def analyse(
    tx: Tx, action_id: ActionId, *, fact: str, cause_class: CauseClass, cause: str, expected_version: int
) -> Action:
    """Write what the facts are and what caused them; may be said anew until the measure is done.

    Raises NotFound, AccessDenied without WORK_ON_ACTIONS, Conflict, InvalidValue: `fact`, `cause` `required`,
    `state` `too_late`.
    """
    states = (ActionState.FOUND, ActionState.ANALYSED, ActionState.PLANNED)
    row = _held(tx, action_id, Permission.WORK_ON_ACTIONS, expected_version, states)
    texts = checked({"fact": fact, "cause": cause}, "fact", "cause")
    row.cause_class = cause_class.value
    if row.state == ActionState.FOUND.value:
        row.state = ActionState.ANALYSED.value
    return _kept(tx, row, texts, {"cause_class": cause_class.value})


def plan(
    tx: Tx, action_id: ActionId, *, measure: str, owner: str, due_on: date, expected_version: int
) -> Action:
    """Write what is done against the cause, by whom, until when.

    Raises as `analyse`, InvalidValue: `measure`, `owner` `required`, `due_on` `past`, `state` `no_cause`.
    """
    row = _held(tx, action_id, Permission.WORK_ON_ACTIONS, expected_version, tuple(ActionState)[:3])
    if row.state == ActionState.FOUND.value:
        raise InvalidValue("state", "no_cause")
    texts = checked({"measure": measure, "owner": owner}, "measure", "owner")
    if due_on < today_in_japan(tx.now):
        raise InvalidValue("due_on", "past")
    row.due_on = due_on
    row.state = ActionState.PLANNED.value
    return _kept(tx, row, texts, {"due_on": due_on})


def finish(
    tx: Tx, action_id: ActionId, *, result: str, on: date, review_by: date, expected_version: int
) -> Action:
    """Record that the measure was carried out, with its result, and until when its effect is reviewed.

    Raises as `analyse`, InvalidValue: `result` `required`, `on` `future`, `review_by` `before_result`.
    """
    row = _held(tx, action_id, Permission.WORK_ON_ACTIONS, expected_version, (ActionState.PLANNED,))
    texts = checked({"result": result}, "result")
    if on > today_in_japan(tx.now):
        raise InvalidValue("on", "future")
    if review_by < on:
        raise InvalidValue("review_by", "before_result")
    row.done_on, row.review_by, row.doer_id = on, review_by, tx.principal.user_id
    row.state = ActionState.DONE.value
    return _kept(tx, row, {**texts, "doer": tx.principal.name}, {"done_on": on, "review_by": review_by})


def review(tx: Tx, action_id: ActionId, effect: Effect, *, note: str, expected_version: int) -> Action:
    """Say whether the measure had its effect 有効性; without effect the cause is looked for again.

    Raises as `analyse`, InvalidValue: `effect` `required`, `note` `required`.
    """
    row = _held(tx, action_id, Permission.WORK_ON_ACTIONS, expected_version, (ActionState.DONE,))
    if effect is Effect.UNKNOWN:
        raise InvalidValue("effect", "required")
    text = checked({"note": note}, "note")["note"]
    today = today_in_japan(tx.now)
    row.effect, row.reviewed_on, row.reviewer_id = effect.value, today, tx.principal.user_id
    if effect is Effect.EFFECTIVE:
        row.state = ActionState.REVIEWED.value
    else:
        row.state, row.rounds, row.due_on = ActionState.FOUND.value, row.rounds + 1, None
        row.answer_by = max(row.answer_by, today)
    texts = {"effect": text, "reviewer": tx.principal.name}
    return _kept(tx, row, texts, {"effect": effect.value, "rounds": row.rounds})


def approve(tx: Tx, action_id: ActionId, *, expected_version: int) -> Action:
    """Close an action whose effect was reviewed.

    Raises NotFound, AccessDenied without APPROVE_ACTIONS, Conflict, InvalidValue: `approver` `same_person`
    for who did it or reviewed it, `state` `too_early` or `closed`.
    """
    row = _held(tx, action_id, Permission.APPROVE_ACTIONS, expected_version, (ActionState.REVIEWED,))
    if tx.principal.user_id in (row.doer_id, row.reviewer_id):
        raise InvalidValue("approver", "same_person")
    row.approver_id, row.approved_at = tx.principal.user_id, tx.now
    row.state = ActionState.CLOSED.value
    return _kept(
        tx, row, {"approver": tx.principal.name}, {"number": row.number}, journal.Action.ACTION_APPROVED
    )


def _held(
    tx: Tx,
    action_id: ActionId,
    permission: Permission,
    expected_version: int,
    states: Collection[ActionState],
) -> CorrectiveAction:
    row = row_of(action_id, tx)
    require(tx, permission, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, TABLE, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    state = ActionState(row.state)
    if state not in states:
        order = list(ActionState)
        early = order.index(state) < min(order.index(each) for each in states)
        closed = state is ActionState.CLOSED
        raise InvalidValue("state", "closed" if closed else "too_early" if early else "too_late")
    return row


def _kept(
    tx: Tx,
    row: CorrectiveAction,
    texts: Mapping[str, str],
    after: Mapping[str, object],
    what: journal.Action = journal.Action.ACTION_CHANGED,
) -> Action:
    for name, sealed in Row(tx, TABLE, row.uid).sealed(texts).items():
        setattr(row, name, sealed)
    row.updated_at = tx.now
    tx.session.flush()
    tx.record(what, TABLE, row.id, UnitId(row.unit_id), None, {"state": row.state, **after})
    return told(row, tx)
