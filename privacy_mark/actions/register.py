"""The register of corrective actions: what was found is raised, and read with everything known of it."""

from __future__ import annotations

from sqlalchemy import select

from privacy_mark.actions.changing import held, kept
from privacy_mark.actions.model import (
    ENDED,
    WAY,
    Action,
    ActionId,
    ActionState,
    Grade,
    Nonconformity,
    Step,
)
from privacy_mark.actions.rows import made, row_of, seen, told
from registry.access import require
from registry.errors import InvalidValue
from registry.model import Permission, UnitId
from registry.sealing import checked
from registry.store import Tx
from registry.store.audit_tables import CorrectiveAction
from registry.store.tables import OrgClosure


def raise_action(tx: Tx, found: Nonconformity) -> Action:
    """Record a nonconformity that needs correction.

    Raises AccessDenied without WORK_ON_ACTIONS in the unit, InvalidValue as `rows.made` does.
    """
    require(tx, Permission.WORK_ON_ACTIONS, found.unit_id)
    return told(made(found, tx), tx)


def correct(
    tx: Tx, action_id: ActionId, *, finding: str, requirement: str, grade: Grade, expected_version: int
) -> Action:
    """Say anew what was found, as the person who found it, until the facts and the cause are written.

    Raises NotFound, Conflict, InvalidValue: `finder` `another`, `finding`, `requirement` `required`, `state`
    `too_late` or `closed`.
    """
    row = held(tx, action_id, Permission.VIEW_AUDITS, expected_version, (ActionState.FOUND,))
    if row.finder_id != tx.principal.user_id:
        raise InvalidValue("finder", "another")
    texts = checked({"finding": finding}, "finding")
    row.requirement = checked({"requirement": requirement}, "requirement", longest=64)["requirement"]
    row.grade = grade.value
    return kept(tx, row, texts, {"requirement": row.requirement, "grade": row.grade}, Step.CORRECTED)


def withdraw(tx: Tx, action_id: ActionId, *, reason: str, expected_version: int) -> Action:
    """Withdraw an action that was recorded by mistake 取下げ: it stays in the register, and asks for nothing.

    For who raised it, and who may approve it. Raises NotFound, AccessDenied, Conflict, InvalidValue: `reason`
    `required` or `too_long`, `state` `closed` once it was approved, `withdrawn`.
    """
    row = held(tx, action_id, Permission.VIEW_AUDITS, expected_version, WAY[:-1])
    if row.finder_id != tx.principal.user_id:
        require(tx, Permission.APPROVE_ACTIONS, UnitId(row.unit_id))
    text = checked({"reason": reason}, "reason")["reason"]
    reached, row.state = row.state, ActionState.WITHDRAWN.value
    return kept(tx, row, {}, {"reached": reached}, Step.WITHDRAWN, said={"reason": text})


def actions(tx: Tx, *, unit_id: UnitId | None = None, open_only: bool = False) -> list[Action]:
    """Return the actions of a unit and all below it, newest first; without a unit, all one may see."""
    query = seen(tx).order_by(CorrectiveAction.id.desc())
    if unit_id is not None:
        below = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
        query = query.where(CorrectiveAction.unit_id.in_(below))
    if open_only:
        query = query.where(CorrectiveAction.state.not_in([each.value for each in ENDED]))
    return [told(row, tx) for row in tx.session.scalars(query)]


def action(tx: Tx, action_id: ActionId) -> Action:
    """Return one action; raises NotFound."""
    return told(row_of(action_id, tx), tx)
