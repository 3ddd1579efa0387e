"""What audits ask for by a day: audits to be done, programmes to be assigned, reported, received."""

from __future__ import annotations

from datetime import date

from sqlalchemy import or_, select

from privacy_mark.audits.appointments import led
from privacy_mark.audits.model import AuditState, ProgrammeScope, ProgrammeState, fiscal_year
from privacy_mark.due import Due
from registry.access import scope
from registry.limits import months_after
from registry.model import Permission, Role, UnitId, UnitKind
from registry.store import Tx
from registry.store.audit_tables import AuditProgramme, AuditRecord
from registry.store.tables import OrgUnit

_STEPS = {
    ProgrammeState.PLANNED: ("audits.approve", Permission.DECIDE_REVIEWS),
    ProgrammeState.APPROVED: ("audits.assign", Permission.PLAN_AUDITS),
    ProgrammeState.ASSIGNED: ("audits.report", Permission.PLAN_AUDITS),
    ProgrammeState.REPORTED: ("audits.receive", Permission.DECIDE_REVIEWS),
}


_RECENT = 2  # years that are looked through for a programme


def due(tx: Tx, today: date) -> list[Due]:
    """Return open audits and steps of programmes that one may act on, the earliest first.

    An audit is told to its auditor, and to the audit manager, who may give it to somebody else.
    """
    mine = or_(
        AuditRecord.auditor_id == tx.principal.user_id,
        AuditProgramme.unit_id.in_(led(tx)),
    )
    query = (
        select(AuditRecord.id, AuditRecord.number, AuditRecord.unit_id, AuditRecord.due_on)
        .join(AuditProgramme, AuditProgramme.id == AuditRecord.programme_id)
        .where(AuditRecord.state != AuditState.DONE.value, mine)
    )
    found = [
        Due("audits.conduct", UnitId(row.unit_id), row.due_on, row.number, str(row.id))
        for row in tx.session.execute(query)
    ]
    for state, (kind, permission) in _STEPS.items():
        steps = select(AuditProgramme).where(
            AuditProgramme.state == state.value,
            AuditProgramme.unit_id.in_(
                led(tx) if permission is Permission.PLAN_AUDITS else scope(tx, permission)
            ),
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
    found += _unplanned(tx, today)
    return sorted(found, key=lambda each: (each.due_on, each.number))


def _unplanned(tx: Tx, today: date) -> list[Due]:
    """Return the units that one is audit manager of and that have no programme of the year, by scope.

    An entity audits its departments, a group its companies, and either again what it audited of late. Due
    when last year's audits began a year ago; at once where there never was a programme. Overseas companies
    answer the self check instead.
    """
    kinds = [kind.value for kind in UnitKind if kind is UnitKind.GROUP or kind.is_entity]
    kinds.remove(UnitKind.OVERSEAS.value)
    own = {grant.unit_id for grant in tx.principal.grants if grant.role is Role.AUDIT_MANAGER}
    if not own:
        return []
    units = tx.session.execute(
        select(OrgUnit.id, OrgUnit.code, OrgUnit.kind).where(
            OrgUnit.id.in_(own),
            OrgUnit.id.in_(scope(tx, Permission.PLAN_AUDITS)),
            OrgUnit.kind.in_(kinds),
            OrgUnit.closed_at.is_(None),
        )
    ).all()
    year = fiscal_year(today)
    programmes = tx.session.execute(
        select(AuditProgramme.unit_id, AuditProgramme.scope, AuditProgramme.year, AuditProgramme.first)
        .where(AuditProgramme.unit_id.in_(own), AuditProgramme.year > year - _RECENT)
        .order_by(AuditProgramme.year)
    )
    newest = {(row.unit_id, ProgrammeScope(row.scope)): row for row in programmes}
    found = []
    for unit in units:
        usual = ProgrammeScope.COMPANIES if unit.kind == UnitKind.GROUP.value else ProgrammeScope.DEPARTMENTS
        for covers in ProgrammeScope:
            last = newest.get((unit.id, covers))
            if last is None and covers is not usual:
                continue
            if last is None or last.year < year:
                day = today if last is None else max(months_after(last.first, 12), date(year, 4, 1))
                number = f"{year}-{unit.code}" if covers is usual else f"{year}-{unit.code}-{covers}"
                found.append(Due("audits.plan", UnitId(unit.id), day, number, ""))
    return found
