"""The facts that assignments rest on: units of a programme, its register, who belongs and answers where."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from privacy_mark.audits import profiles
from privacy_mark.audits.assignment import AuditKind, Question, Task
from privacy_mark.audits.eligibility import (
    INDEPENDENCE,
    AuditedUnit,
    Candidate,
    Rule,
    Terms,
    broken,
    rules_of,
)
from privacy_mark.audits.model import ProgrammeScope
from privacy_mark.audits.terms import audited
from privacy_mark.audits.tree import parts_of, places_of
from registry.access import today_in_japan
from registry.duties import Belonging, Duty, Period
from registry.model import Role, UnitId, UnitKind, UserId
from registry.store import Tx
from registry.store.account_tables import Affiliation, RoleGrant
from registry.store.audit_tables import AuditProgramme, AuditRecord
from registry.store.tables import OrgClosure, OrgUnit

_COMPANIES = (UnitKind.COMPANY.value, UnitKind.HOSPITAL.value)


def question_of(row: AuditProgramme, tx: Tx) -> Question:
    """Return what is to be assigned in a programme."""
    units = units_of(row, tx)
    people = profiles.read(UnitId(row.unit_id), tx)
    ids = [each.user_id for each in people]
    belongings, duties = belongings_of(ids, tx), duties_of(ids, tx)
    wanted = {unit.id for unit in units} | {UnitId(row.unit_id)}
    wanted |= {each.unit_id for of in belongings.values() for each in of}
    wanted |= {each.unit_id for of in duties.values() for each in of}
    candidates = tuple(
        Candidate(
            each.user_id,
            tuple(duties.get(each.user_id, ())),
            tuple(belongings.get(each.user_id, ())),
            each.competences,
            each.languages,
            each.capacity,
            each.region,
            tuple(Period(first, last) for first, last in each.away),
        )
        for each in people
    )
    return Question(
        units,
        candidates,
        _terms(row, wanted, tx),
        apart=row.apart,
        same_years=row.same_years,
        before=_before(row, tx),
    )


def units_of(row: AuditProgramme, tx: Tx) -> tuple[AuditedUnit, ...]:
    """Return what a programme covers; an entity without departments is audited as a whole.

    All departments of an entity are those whose nearest entity it is, with its sites that have none; a
    subsidiary below it audits its own.
    """
    if row.scope == ProgrammeScope.DEPARTMENTS.value:
        parts = parts_of({UnitId(row.unit_id)}, tx).get(UnitId(row.unit_id), [UnitId(row.unit_id)])
        query = select(OrgUnit).where(OrgUnit.id.in_(parts))
    else:
        query = (
            select(OrgUnit)
            .join(OrgClosure, OrgClosure.descendant == OrgUnit.id)
            .where(OrgClosure.ancestor == row.unit_id, OrgUnit.kind.in_(_COMPANIES))
        )
    query = query.where(OrgUnit.closed_at.is_(None)).order_by(OrgUnit.code)
    return audited(list(tx.session.scalars(query)), tx)


def dependence(user_id: UserId, unit_id: UnitId, row: AuditProgramme, tx: Tx) -> tuple[Rule, ...]:
    """Return the rules of independence that somebody breaks as auditor of a unit, as things stand now."""
    belongings = belongings_of([user_id], tx).get(user_id, [])
    duties = duties_of([user_id], tx).get(user_id, [])
    wanted = {unit_id, *(each.unit_id for each in belongings), *(each.unit_id for each in duties)}
    terms = _terms(row, wanted, tx)
    who = Candidate(user_id, tuple(duties), tuple(belongings))
    found = rules_of(int(broken([AuditedUnit(unit_id)], [who], terms)[0, 0]))
    return tuple(rule for rule in found if rule in INDEPENDENCE)


def _terms(row: AuditProgramme, wanted: Collection[UnitId], tx: Tx) -> Terms:
    """Return what holds for all pairs; an audit that is late is judged by today as well."""
    last = max(row.last, today_in_japan(tx.now))
    return Terms(row.first, last, row.recent_days, places_of(wanted, tx))


def belongings_of(ids: Collection[UserId], tx: Tx) -> dict[UserId, list[Belonging]]:
    """Return where people belong and belonged."""
    found: dict[UserId, list[Belonging]] = {}
    query = select(Affiliation).where(Affiliation.user_id.in_(ids)).order_by(Affiliation.id)
    for row in tx.session.scalars(query):
        # 兼務 and 出向 count as well: an auditor looks at nobody whom he works beside.
        at = Belonging(UnitId(row.unit_id), Period(row.valid_from, row.valid_until))
        found.setdefault(UserId(row.user_id), []).append(at)
    return found


def duties_of(ids: Collection[UserId], tx: Tx) -> dict[UserId, list[Duty]]:
    """Return which roles people hold and held, where."""
    found: dict[UserId, list[Duty]] = {}
    query = (
        select(RoleGrant, Affiliation)
        .join(Affiliation, Affiliation.id == RoleGrant.affiliation_id)
        .where(RoleGrant.user_id.in_(ids))
        .order_by(RoleGrant.id)
    )
    for grant, affiliation in tx.session.execute(query):
        period = Period(grant.valid_from, grant.valid_until).within(
            Period(affiliation.valid_from, affiliation.valid_until)
        )
        duty = Duty(Role(grant.role), UnitId(grant.unit_id), period)
        found.setdefault(UserId(grant.user_id), []).append(duty)
    return found


def _before(row: AuditProgramme, tx: Tx) -> dict[Task, tuple[UserId, int]]:
    """Return who did each audit last year, and for how many years without a break."""
    query = (
        select(AuditProgramme.year, AuditRecord.unit_id, AuditRecord.kind, AuditRecord.auditor_id)
        .join(AuditRecord, AuditRecord.programme_id == AuditProgramme.id)
        .where(
            AuditProgramme.unit_id == row.unit_id,
            AuditProgramme.scope == row.scope,
            AuditProgramme.year < row.year,
            AuditProgramme.year >= row.year - row.same_years,
        )
        .order_by(AuditProgramme.year.desc())
    )
    found: dict[Task, tuple[UserId, int]] = {}
    for year, unit_id, kind, auditor in tx.session.execute(query):
        task = Task(UnitId(unit_id), AuditKind(kind))
        years = row.year - year
        if years == 1:
            found[task] = (UserId(auditor), 1)
        elif found.get(task) == (auditor, years - 1):
            found[task] = (UserId(auditor), years)
    return found
