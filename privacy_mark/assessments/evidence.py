"""Records named as evidence 証跡 of an answer; those of the product are looked up, so each leads there."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy import select

from privacy_mark.actions.model import ActionState
from privacy_mark.assessments.model import Evidence, EvidenceKind
from registry.access import entity_id_of, scope
from registry.errors import InvalidValue
from registry.model import Permission, UnitId
from registry.sealing import checked
from registry.store import Tx
from registry.store.audit_tables import CorrectiveAction
from registry.store.certificate_tables import PmsYear
from registry.store.complaint_tables import ComplaintRecord
from registry.store.tables import LedgerRecord

LONGEST_WHAT, LONGEST_REFERENCE = 500, 64
NUMBERED = (EvidenceKind.LEDGER, EvidenceKind.PLAN, EvidenceKind.COMPLAINT, EvidenceKind.ACTION)
"""Kinds whose records have numbers of their own in the product."""
_COMPLAINT = re.compile(r"CM-([0-9]{1,9})", re.IGNORECASE)


def stored(tx: Tx, of: Evidence, unit_id: UnitId) -> Evidence:
    """Return evidence as it is kept: a numbered record with its row, which one may see, of the same entity.

    Raises InvalidValue: `reference` `required` or `unknown` of a numbered record, `what` `required` of
    another, both `too_long`.
    """
    what = checked({"what": of.what}, longest=LONGEST_WHAT)["what"]
    reference = checked({"reference": of.reference}, longest=LONGEST_REFERENCE)["reference"]
    if of.kind not in NUMBERED:
        if not what:
            raise InvalidValue("what", "required")
        return replace(of, reference=reference, what=what, row="")
    if not reference:
        raise InvalidValue("reference", "required")
    reference = reference.upper()
    found = _row(tx, of.kind, reference, unit_id)
    if found is None:
        raise InvalidValue("reference", "unknown")
    return replace(of, reference=reference, what=what, row=str(found))


def _row(tx: Tx, kind: EvidenceKind, reference: str, unit_id: UnitId) -> int | None:
    """Return the id of a numbered record that the person asking may see, of the entity of a unit."""
    entity = select(entity_id_of(unit_id)).scalar_subquery()
    if kind is EvidenceKind.LEDGER:
        return tx.session.scalar(
            select(LedgerRecord.id).where(
                LedgerRecord.number == reference,
                LedgerRecord.unit_id.in_(scope(tx, Permission.VIEW_LEDGER)),
                entity_id_of(LedgerRecord.unit_id) == entity,
            )
        )
    if kind is EvidenceKind.PLAN:
        return tx.session.scalar(
            select(PmsYear.id).where(
                PmsYear.number == reference,
                PmsYear.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION)),
                entity_id_of(PmsYear.unit_id) == entity,
            )
        )
    if kind is EvidenceKind.ACTION:
        return tx.session.scalar(
            select(CorrectiveAction.id).where(
                CorrectiveAction.number == reference,
                CorrectiveAction.state != ActionState.WITHDRAWN.value,
                CorrectiveAction.unit_id.in_(scope(tx, Permission.VIEW_AUDITS)),
                entity_id_of(CorrectiveAction.unit_id) == entity,
            )
        )
    number = _COMPLAINT.fullmatch(reference)
    if number is None:
        return None
    return tx.session.scalar(
        select(ComplaintRecord.id).where(
            ComplaintRecord.id == int(number[1]),
            ComplaintRecord.unit_id.in_(scope(tx, Permission.VIEW_COMPLAINTS)),
            entity_id_of(ComplaintRecord.unit_id) == entity,
        )
    )
