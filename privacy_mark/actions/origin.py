"""Where a nonconformity came from: the row of another room that its corrective action began with."""

from __future__ import annotations

import re

from sqlalchemy import or_, select

from privacy_mark.actions.model import Action, Source
from registry.access import scope
from registry.model import Permission
from registry.store import Tx
from registry.store.assessment_tables import FindingAction
from registry.store.audit_tables import AuditPaper, AuditRecord

_NUMBERED = re.compile(r"(?:K|CM|G)-(\d{1,9})")
_BY_NUMBER = (Source.CONFIRMATION, Source.COMPLAINT, Source.SELF_CHECK)


def origin(tx: Tx, of: Action) -> int | None:
    """Return the id of the audit, confirmation, complaint, self check or finding; None for what has no row.

    Whether one may see that row is for the service that reads it; of an audit it is asked here.
    """
    if of.source in _BY_NUMBER:
        found = _NUMBERED.match(of.reference)
        return int(found[1]) if found else None
    if of.source is Source.ASSESSMENT:
        return tx.session.scalar(
            select(FindingAction.finding_id).where(
                FindingAction.action_id == of.id,
                FindingAction.unit_id.in_(scope(tx, Permission.VIEW_CERTIFICATION)),
            )
        )
    if of.source is not Source.AUDIT:
        return None
    return tx.session.scalar(
        select(AuditRecord.id)
        .join(AuditPaper, AuditPaper.audit_id == AuditRecord.id)
        .where(
            AuditPaper.action_id == of.id,
            or_(
                AuditRecord.auditor_id == tx.principal.user_id,
                AuditRecord.unit_id.in_(scope(tx, Permission.VIEW_AUDITS)),
            ),
        )
    )
