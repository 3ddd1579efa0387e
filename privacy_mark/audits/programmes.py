"""Audit programmes 監査計画 of a year (J.6.2): planned by the audit manager, approved by top management."""

from __future__ import annotations

import json

from sqlalchemy import Select, func, select

from privacy_mark.audits.appointments import is_appointed, manager_rule, require_manager
from privacy_mark.audits.facts import units_of
from privacy_mark.audits.model import Programme, ProgrammeDraft, ProgrammeId, ProgrammeScope, ProgrammeState
from registry.access import require, require_open, scope, today_in_japan
from registry.errors import Conflict, Duplicate, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId, UnitKind, UserId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.audit_tables import AuditProgramme, AuditRecord
from registry.store.base import new_uid
from registry.store.tables import OrgUnit

TABLE = "audit_programme"
_LONGEST_DAYS, _MOST_RECENT, _MOST_YEARS = 400, 3_650, 20


def plan(tx: Tx, draft: ProgrammeDraft) -> Programme:
    """Plan the audits of a year.

    Raises AccessDenied without PLAN_AUDITS, Duplicate (`year`), InvalidValue: `scope` `not_an_entity` for all
    departments of what is none, `aim` `required`, `last` `order` or `too_long`, `recent_days`, `same_years`,
    `year` `out_of_range`, `planner` with the rule of `registry.duties` that who plans would break as audit
    manager 監査責任者.
    """
    require(tx, Permission.PLAN_AUDITS, draft.unit_id)
    require_open(tx, draft.unit_id)
    kind = UnitKind(tx.session.scalars(select(OrgUnit.kind).where(OrgUnit.id == draft.unit_id)).one())
    if draft.scope is ProgrammeScope.DEPARTMENTS and not kind.is_entity:
        raise InvalidValue("scope", "not_an_entity")
    texts = checked({"aim": draft.aim}, "aim")
    if draft.last < draft.first:
        raise InvalidValue("last", "order")
    if (draft.last - draft.first).days > _LONGEST_DAYS:
        raise InvalidValue("last", "too_long")
    ranges = (
        ("recent_days", draft.recent_days, 0, _MOST_RECENT),
        ("same_years", draft.same_years, 1, _MOST_YEARS),
        ("year", draft.year, 2000, 2100),
    )
    for name, value, least, most in ranges:
        if not least <= value <= most:
            raise InvalidValue(name, "out_of_range")
    rule = manager_rule(tx.principal.user_id, draft.unit_id, tx)
    if rule is not None:
        raise InvalidValue("planner", rule)
    same = select(AuditProgramme.id).where(
        AuditProgramme.unit_id == draft.unit_id,
        AuditProgramme.scope == draft.scope.value,
        AuditProgramme.year == draft.year,
    )
    if tx.session.scalar(same) is not None:
        raise Duplicate("year")
    uid = new_uid()
    row = AuditProgramme(
        uid=uid,
        number=f"AP-{(tx.session.scalar(select(func.max(AuditProgramme.id))) or 0) + 1:04d}",
        unit_id=draft.unit_id,
        scope=draft.scope.value,
        year=draft.year,
        first=draft.first,
        last=draft.last,
        apart=draft.apart,
        recent_days=draft.recent_days,
        same_years=draft.same_years,
        state=ProgrammeState.PLANNED.value,
        planner_id=tx.principal.user_id,
        planned_at=tx.now,
        quality_json="",
        **Row(tx, TABLE, uid).sealed({**texts, "planner": tx.principal.name}),
    )
    tx.session.add(row)
    tx.session.flush()
    after = {"number": row.number, "year": row.year, "scope": row.scope}
    tx.record(Action.AUDIT_PLANNED, TABLE, row.id, draft.unit_id, None, after)
    return told(row, tx)


def approve(tx: Tx, programme_id: ProgrammeId, *, expected_version: int) -> Programme:
    """Approve a plan, as top management of the entity.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, Conflict, InvalidValue: `state` `approved`,
    `approver` `same_person` for who planned it, `planner` `not_appointed` unless he is audit manager today,
    or the rule that he breaks by now.
    """
    row = held(programme_id, Permission.DECIDE_REVIEWS, expected_version, tx)
    if row.state != ProgrammeState.PLANNED.value:
        raise InvalidValue("state", "approved")
    if row.planner_id == tx.principal.user_id:
        raise InvalidValue("approver", "same_person")
    if not is_appointed(UserId(row.planner_id), UnitId(row.unit_id), tx):
        raise InvalidValue("planner", "not_appointed")
    rule = manager_rule(UserId(row.planner_id), UnitId(row.unit_id), tx)
    if rule is not None:
        raise InvalidValue("planner", rule)
    row.state, row.approver_id, row.approved_at = (
        ProgrammeState.APPROVED.value,
        tx.principal.user_id,
        tx.now,
    )
    _seal(row, tx, approver=tx.principal.name)
    tx.session.flush()
    tx.record(Action.AUDIT_PLAN_APPROVED, TABLE, row.id, UnitId(row.unit_id), None, {"number": row.number})
    return told(row, tx)


def report(tx: Tx, programme_id: ProgrammeId, *, overall: str, expected_version: int) -> Programme:
    """Report to top management 監査報告書 once every audit is done.

    Raises NotFound, AccessDenied without PLAN_AUDITS, Conflict, InvalidValue: `manager` `not_appointed` for
    who is not the unit's audit manager today, `overall` `required`, `state` `not_assigned`, `reported`,
    `open_audits`, or `uncovered` while a unit has no audit.
    """
    row = held(programme_id, Permission.PLAN_AUDITS, expected_version, tx)
    require_manager(UnitId(row.unit_id), tx)
    text = checked({"overall": overall}, "overall")["overall"]
    if row.state in (ProgrammeState.PLANNED.value, ProgrammeState.APPROVED.value):
        raise InvalidValue("state", "not_assigned")
    if row.state != ProgrammeState.ASSIGNED.value:
        raise InvalidValue("state", "reported")
    still = select(AuditRecord.id).where(AuditRecord.programme_id == row.id, AuditRecord.state != "done")
    if tx.session.scalar(still.limit(1)) is not None:
        raise InvalidValue("state", "open_audits")
    audited = set(tx.session.scalars(select(AuditRecord.unit_id).where(AuditRecord.programme_id == row.id)))
    if any(unit.id not in audited for unit in units_of(row, tx)):
        raise InvalidValue("state", "uncovered")
    row.state, row.reporter_id, row.reported_on = (
        ProgrammeState.REPORTED.value,
        tx.principal.user_id,
        today_in_japan(tx.now),
    )
    _seal(row, tx, reporter=tx.principal.name, overall=text)
    tx.session.flush()
    tx.record(Action.AUDIT_REPORTED, TABLE, row.id, UnitId(row.unit_id), None, {"number": row.number})
    return told(row, tx)


def receive(tx: Tx, programme_id: ProgrammeId, *, expected_version: int) -> Programme:
    """Take note of a report, as top management.

    Raises NotFound, AccessDenied without DECIDE_REVIEWS, Conflict, InvalidValue: `state` `not_reported`,
    `receiver` `same_person`.
    """
    row = held(programme_id, Permission.DECIDE_REVIEWS, expected_version, tx)
    if row.state != ProgrammeState.REPORTED.value:
        raise InvalidValue("state", "not_reported")
    if row.reporter_id == tx.principal.user_id:
        raise InvalidValue("receiver", "same_person")
    row.state, row.receiver_id, row.received_on = (
        ProgrammeState.RECEIVED.value,
        tx.principal.user_id,
        today_in_japan(tx.now),
    )
    _seal(row, tx, receiver=tx.principal.name)
    tx.session.flush()
    tx.record(Action.AUDIT_REPORT_RECEIVED, TABLE, row.id, UnitId(row.unit_id), None, {"number": row.number})
    return told(row, tx)


def programmes(tx: Tx) -> list[Programme]:
    """Return the programmes of units whose audits one may see, the newest year first."""
    query = _seen(tx).order_by(AuditProgramme.year.desc(), AuditProgramme.id.desc())
    return [told(row, tx) for row in tx.session.scalars(query)]


def programme(tx: Tx, programme_id: ProgrammeId) -> Programme:
    """Return one programme; raises NotFound."""
    return told(row_of(programme_id, tx), tx)


def _seen(tx: Tx) -> Select[AuditProgramme]:
    return select(AuditProgramme).where(AuditProgramme.unit_id.in_(scope(tx, Permission.VIEW_AUDITS)))


def row_of(programme_id: ProgrammeId, tx: Tx) -> AuditProgramme:
    """Return a row in sight; raises NotFound."""
    row = tx.session.scalar(_seen(tx).where(AuditProgramme.id == programme_id))
    if row is None:
        raise NotFound(TABLE)
    return row


def held(programme_id: ProgrammeId, permission: Permission, expected_version: int, tx: Tx) -> AuditProgramme:
    """Return a row to be changed: NotFound, AccessDenied, Conflict."""
    row = row_of(programme_id, tx)
    require(tx, permission, UnitId(row.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, TABLE, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    return row


def _seal(row: AuditProgramme, tx: Tx, **texts: str) -> None:
    for name, sealed in Row(tx, TABLE, row.uid).sealed(texts).items():
        setattr(row, name, sealed)


def told(row: AuditProgramme, tx: Tx) -> Programme:
    """Return a row as the value that leaves."""
    sealed = Row(tx, TABLE, row.uid)
    quality = json.loads(row.quality_json) if row.quality_json else {}
    return Programme(
        UnitId(row.unit_id),
        ProgrammeScope(row.scope),
        row.year,
        row.first,
        row.last,
        sealed.opened("aim", row.aim_sealed),
        row.apart,
        row.recent_days,
        row.same_years,
        id=ProgrammeId(row.id),
        number=row.number,
        state=ProgrammeState(row.state),
        planner_id=UserId(row.planner_id),
        planner=sealed.opened("planner", row.planner_sealed),
        approver=sealed.opened("approver", row.approver_sealed),
        fixed_on=None if row.fixed_at is None else today_in_japan(row.fixed_at),
        load=quality.get("load"),
        load_bound=quality.get("load_bound"),
        cost=quality.get("cost"),
        cost_bound=quality.get("cost_bound"),
        overall=sealed.opened("overall", row.overall_sealed),
        reporter_id=None if row.reporter_id is None else UserId(row.reporter_id),
        reporter=sealed.opened("reporter", row.reporter_sealed),
        reported_on=row.reported_on,
        receiver=sealed.opened("receiver", row.receiver_sealed),
        received_on=row.received_on,
        version=row.version,
    )
