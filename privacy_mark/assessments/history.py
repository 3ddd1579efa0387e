"""What stands in a finding at one moment, for the journal: an answer given anew leaves the earlier one."""

from __future__ import annotations

from sqlalchemy import select

from privacy_mark.assessments.rows import EVIDENCE, FINDINGS
from privacy_mark.journalling import differing
from registry.journal import Action
from registry.model import UnitId
from registry.sealing import Row
from registry.store import Tx
from registry.store.assessment_tables import FindingEvidence, FindingRecord

_TEXTS = ("text", "owner", "cause", "answer", "answerer", "approver", "note")


def told(tx: Tx, row: FindingRecord) -> dict[str, object]:
    """Return what a finding says, with the records that show it; the caller has checked who asks."""
    sealed = Row(tx, FINDINGS, row.uid)
    shown = select(FindingEvidence).where(FindingEvidence.finding_id == row.id).order_by(FindingEvidence.id)
    return {
        "unit_id": row.unit_id,
        "number": row.number,
        "requirement": row.requirement,
        "state": row.state,
        "due_on": row.due_on,
        **{name: sealed.opened(name, getattr(row, f"{name}_sealed")) for name in _TEXTS},
        "evidence": [
            " ".join(part for part in (each.reference, _what(tx, each)) if part)
            for each in tx.session.scalars(shown)
        ],
    }


def record(tx: Tx, row: FindingRecord, action: Action, before: dict[str, object] | None = None) -> None:
    """Write to the journal what was done, and what stood there before as far as it differs."""
    tx.session.flush()
    was, now = differing(before or {}, told(tx, row))
    always = {"number": row.number, "requirement": row.requirement, "state": row.state, "due_on": row.due_on}
    tx.record(action, FINDINGS, row.id, UnitId(row.unit_id), was, always | now)


def _what(tx: Tx, of: FindingEvidence) -> str:
    return Row(tx, EVIDENCE, of.uid).opened("what", of.what_sealed)
