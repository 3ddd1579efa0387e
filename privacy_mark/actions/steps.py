"""The steps of a corrective action (J.7.1): fact and cause, measure, result, review of the effect, approval.

A measure without effect leads back to the cause. Nobody reviews the effect of what they did; what an audit
found may be reviewed by who audits. Approval is for top management, and never for who did the action or
reviewed it.
"""

from __future__ import annotations

from datetime import date, timedelta

from privacy_mark.actions.changing import held, kept
from privacy_mark.actions.model import WAY, Action, ActionId, ActionState, CauseClass, Effect, Source, Step
from privacy_mark.actions.rows import ANSWER_DAYS, row_of
from registry.access import allowed, today_in_japan
from registry.errors import InvalidValue
from registry.model import Permission, UnitId
from registry.sealing import checked
from registry.store import Tx


def analyse(
    tx: Tx, action_id: ActionId, *, fact: str, cause_class: CauseClass, cause: str, expected_version: int
) -> Action:
    """Write what the facts are and what caused them; may be said anew until the measure is done.

    Raises NotFound, AccessDenied without WORK_ON_ACTIONS, Conflict, InvalidValue: `fact`, `cause` `required`,
    `state` `too_late`.
    """
    states = (ActionState.FOUND, ActionState.ANALYSED, ActionState.PLANNED)
    row = held(tx, action_id, Permission.WORK_ON_ACTIONS, expected_version, states)
    texts = checked({"fact": fact, "cause": cause}, "fact", "cause")
    row.cause_class = cause_class.value
    if row.state == ActionState.FOUND.value:
        row.state = ActionState.ANALYSED.value
    return kept(tx, row, texts, {"cause_class": cause_class.value}, Step.ANALYSED)


def plan(
    tx: Tx, action_id: ActionId, *, measure: str, owner: str, due_on: date, expected_version: int
) -> Action:
    """Write what is done against the cause, by whom, until when.

    Raises as `analyse`, InvalidValue: `measure`, `owner` `required`, `due_on` `past`, `state` `no_cause`.
    """
    row = held(tx, action_id, Permission.WORK_ON_ACTIONS, expected_version, WAY[:3])
    if row.state == ActionState.FOUND.value:
        raise InvalidValue("state", "no_cause")
    texts = checked({"measure": measure, "owner": owner}, "measure", "owner")
    if due_on < today_in_japan(tx.now):
        raise InvalidValue("due_on", "past")
    row.due_on = due_on
    row.state = ActionState.PLANNED.value
    return kept(tx, row, texts, {"due_on": due_on}, Step.PLANNED)


def finish(
    tx: Tx, action_id: ActionId, *, result: str, on: date, review_by: date, expected_version: int
) -> Action:
    """Record that the measure was carried out, with its result, and until when its effect is reviewed.

    Raises as `analyse`, InvalidValue: `result` `required`, `on` `future`, `review_by` `before_result`.
    """
    row = held(tx, action_id, Permission.WORK_ON_ACTIONS, expected_version, (ActionState.PLANNED,))
    texts = checked({"result": result}, "result")
    if on > today_in_japan(tx.now):
        raise InvalidValue("on", "future")
    if review_by < on:
        raise InvalidValue("review_by", "before_result")
    row.done_on, row.review_by, row.doer_id = on, review_by, tx.principal.user_id
    row.state = ActionState.DONE.value
    after = {"done_on": on, "review_by": review_by}
    return kept(tx, row, {**texts, "doer": tx.principal.name}, after, Step.DONE)


def review(tx: Tx, action_id: ActionId, effect: Effect, *, note: str, expected_version: int) -> Action:
    """Say whether the measure had its effect 有効性; without effect the cause is looked for again.

    Approval, or the new cause, is due `ANSWER_DAYS` later. Who audits the unit may do it too where an audit
    found it. Raises as `analyse`, InvalidValue: `reviewer` `same_person` for who did it, `effect`, `note`
    `required`.
    """
    of = row_of(action_id, tx)
    audited = of.source == Source.AUDIT.value and allowed(tx, Permission.CONDUCT_AUDITS, UnitId(of.unit_id))
    permission = Permission.CONDUCT_AUDITS if audited else Permission.WORK_ON_ACTIONS
    row = held(tx, action_id, permission, expected_version, (ActionState.DONE,))
    if tx.principal.user_id == row.doer_id:
        raise InvalidValue("reviewer", "same_person")
    if effect is Effect.UNKNOWN:
        raise InvalidValue("effect", "required")
    text = checked({"note": note}, "note")["note"]
    today, round_ = today_in_japan(tx.now), row.rounds
    row.effect, row.reviewed_on, row.reviewer_id = effect.value, today, tx.principal.user_id
    if effect is Effect.EFFECTIVE:
        row.state, row.review_by = ActionState.REVIEWED.value, today + timedelta(days=ANSWER_DAYS)
    else:
        row.state, row.rounds, row.due_on = ActionState.FOUND.value, row.rounds + 1, None
        row.answer_by = today + timedelta(days=ANSWER_DAYS)
    texts = {"effect": text, "reviewer": tx.principal.name}
    after = {"outcome": effect.value, "rounds": row.rounds}
    return kept(tx, row, texts, after, Step.REVIEWED, round_)


def approve(tx: Tx, action_id: ActionId, *, expected_version: int) -> Action:
    """Close an action whose effect was reviewed.

    Raises NotFound, AccessDenied without APPROVE_ACTIONS, Conflict, InvalidValue: `approver` `same_person`
    for who did it or reviewed it, `state` `too_early` or `closed`.
    """
    row = held(tx, action_id, Permission.APPROVE_ACTIONS, expected_version, (ActionState.REVIEWED,))
    if tx.principal.user_id in (row.doer_id, row.reviewer_id):
        raise InvalidValue("approver", "same_person")
    row.approver_id, row.approved_at = tx.principal.user_id, tx.now
    row.state = ActionState.CLOSED.value
    return kept(tx, row, {"approver": tx.principal.name}, {"number": row.number}, Step.APPROVED)


def send_back(tx: Tx, action_id: ActionId, *, note: str, expected_version: int) -> Action:
    """Refuse to approve, with the reason: it goes on from the cause.

    Raises as `approve`, and InvalidValue: `note` `required`.
    """
    row = held(tx, action_id, Permission.APPROVE_ACTIONS, expected_version, (ActionState.REVIEWED,))
    if tx.principal.user_id in (row.doer_id, row.reviewer_id):
        raise InvalidValue("approver", "same_person")
    text = checked({"note": note}, "note")["note"]
    row.state, row.due_on = ActionState.FOUND.value, None
    row.answer_by = today_in_japan(tx.now) + timedelta(days=ANSWER_DAYS)
    return kept(tx, row, {}, {}, Step.RETURNED, said={"note": text})
