"""From a finding of assessors to a corrective action 是正処置 (J.7.1), and back to what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from privacy_mark.actions.model import ActionId, ActionState, Grade, Nonconformity, Source
from privacy_mark.actions.rows import made
from privacy_mark.assessments.model import Finding, FindingId, LetterState
from privacy_mark.assessments.rows import FINDINGS, held, seen
from registry.access import scope
from registry.errors import InvalidValue
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.assessment_tables import FindingAction, FindingRecord, FindingsLetter, PmAssessment
from registry.store.audit_tables import CorrectiveAction


@dataclass(frozen=True, slots=True)
class Link:
    """The corrective action that a finding opened last, and how far it is."""

    id: ActionId
    number: str
    state: ActionState
    visible: bool  # whether the person asking may open it


def open_action(tx: Tx, finding_id: FindingId, *, finding: str, grade: Grade, expected_version: int) -> Link:
    """Open the corrective action of a finding: of its unit and requirement, found by this assessment.

    Raises NotFound, AccessDenied without WORK_ON_ACTIONS, Conflict, InvalidValue: `round` `ended`, `state`
    `not_open`, `action` `taken` while one goes on or was approved, `finding` `required` or `too_long`,
    `unit_id` `closed`.
    """
    row = held(tx, FindingRecord, finding_id, expected_version, Permission.WORK_ON_ACTIONS)
    state = tx.session.scalar(select(FindingsLetter.state).where(FindingsLetter.id == row.letter_id))
    if state != LetterState.OPEN.value:
        raise InvalidValue("state", "not_open")
    last = links_of(tx, [row.id]).get(FindingId(row.id))
    if last is not None and last.state is not ActionState.WITHDRAWN:
        raise InvalidValue("action", "taken")
    number = tx.session.scalars(select(PmAssessment.number).where(PmAssessment.id == row.assessment_id)).one()
    unit_id = UnitId(row.unit_id)
    action = made(Nonconformity(unit_id, Source.ASSESSMENT, number, row.requirement, finding, grade), tx)
    tx.session.add(FindingAction(finding_id=row.id, action_id=action.id, unit_id=row.unit_id))
    tx.session.flush()
    after = {"number": row.number, "requirement": row.requirement, "action": action.number}
    tx.record(Action.FINDING_CHANGED, FINDINGS, row.id, unit_id, None, after)
    return links_of(tx, [row.id])[FindingId(row.id)]


def links(tx: Tx, of: Collection[Finding]) -> Mapping[FindingId, Link]:
    """Return the corrective actions of findings that one may see; raises NotFound."""
    return links_of(tx, [seen(tx, FindingRecord, each.id).id for each in of])


def links_of(tx: Tx, finding_ids: Collection[int]) -> dict[FindingId, Link]:
    """Return the newest corrective action of findings; the caller has checked who asks."""
    rows = tx.session.execute(
        select(
            FindingAction.finding_id,
            CorrectiveAction.id,
            CorrectiveAction.number,
            CorrectiveAction.state,
            CorrectiveAction.unit_id.in_(scope(tx, Permission.VIEW_AUDITS)).label("visible"),
        )
        .join(CorrectiveAction, CorrectiveAction.id == FindingAction.action_id)
        .where(FindingAction.finding_id.in_(finding_ids))
        .order_by(FindingAction.id)
    )
    return {
        FindingId(row.finding_id): Link(
            ActionId(row.id), row.number, ActionState(row.state), bool(row.visible)
        )
        for row in rows
    }
