"""What audits ask for by a day: audits to be done, programmes to be assigned, reported, received."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select

from privacy_mark.audits.model import AuditState, ProgrammeState
from privacy_mark.due import Due
from registry.access import scope
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.audit_tables import AuditProgramme, AuditRecord

_STEPS = {
    ProgrammeState.PLANNED: ("audits.approve", Permission.DECIDE_REVIEWS),
    ProgrammeState.APPROVED: ("audits.assign", Permission.PLAN_AUDITS),
    ProgrammeState.ASSIGNED: ("audits.report", Permission.PLAN_AUDITS),
    ProgrammeState.REPORTED: ("audits.receive", Permission.DECIDE_REVIEWS),
}


def due(tx: Tx, today: date) -> list[Due]:
    """Return open audits and steps of programmes that one may act on, the earliest first."""
    del today  # what lies ahead is told too
    mine = or_(
        AuditRecord.auditor_id == tx.principal.user_id,
        AuditRecord.unit_id.in_(scope(tx, Permission.CONDUCT_AUDITS)),
    )
    query = select(AuditRecord.id, AuditRecord.number, AuditRecord.unit_id, AuditRecord.due_on).where(
        AuditRecord.state != AuditState.DONE.value, mine
    )
    found = [
        Due("audits.conduct", UnitId(row.unit_id), row.due_on, row.number, str(row.id))
        for row in tx.session.execute(query)
    ]
    for state, (kind, permission) in _STEPS.items():
        steps = select(AuditProgramme).where(
            AuditProgramme.state == state.value, AuditProgramme.unit_id.in_(scope(tx, permission))
        )
        for row in tx.session.scalars(steps):
            # Nobody approves his own plan, or receives his own report.
            if tx.principal.user_id == {
                ProgrammeState.PLANNED: row.planner_id,
                ProgrammeState.REPORTED: row.reporter_id,
            }.get(state):
                continue
            on = row.first if state in (ProgrammeState.PLANNED, ProgrammeState.APPROVED) else row.last
            found.append(Due(kind, UnitId(row.unit_id), on, row.number, str(row.id)))
    return sorted(found, key=lambda each: (each.due_on, each.number))
