"""Assigning auditors to a programme: facts are read, the solver asked, its answer fixed with the proof."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, select

from privacy_mark.audits import profiles
from privacy_mark.audits.assignment import (
    Assigned,
    AuditKind,
    Impossible,
    Proof,
    Question,
    Task,
    assign,
    objections,
    proof,
)
from privacy_mark.audits.audits import TABLE as AUDITS
from privacy_mark.audits.audits import told as audit_told
from privacy_mark.audits.eligibility import AuditedUnit, Candidate, Competence, Rule, Terms
from privacy_mark.audits.model import Audit, AuditId, AuditState, ProgrammeId, ProgrammeScope, ProgrammeState
from privacy_mark.audits.programmes import TABLE, held, row_of
from privacy_mark.audits.tree import places_of
from registry.access import require, scope
from registry.duties import Belonging, Duty, Period
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, Role, UnitId, UnitKind, UserId
from registry.sealing import Row
from registry.store import Tx
from registry.store.account_tables import Affiliation, RoleGrant
from registry.store.audit_tables import AuditProgramme, AuditRecord
from registry.store.base import new_uid
from registry.store.tables import OrgClosure, OrgUnit

_COMPANIES = (UnitKind.COMPANY.value, UnitKind.HOSPITAL.value)


def propose(tx: Tx, programme_id: ProgrammeId) -> Assigned | Impossible:
    """Return the best assignment for a programme, or why there is none; nothing is changed.

    Raises NotFound, AccessDenied without PLAN_AUDITS.
    """
    row = row_of(programme_id, tx)
    require(tx, Permission.PLAN_AUDITS, UnitId(row.unit_id))
    return assign(_question(row, tx))


def fix(tx: Tx, programme_id: ProgrammeId, *, expected_version: int) -> Assigned:
    """Assign, and write down every audit with its proof; again as long as none has begun.

    Raises NotFound, AccessDenied without PLAN_AUDITS, Conflict, InvalidValue: `state` `not_approved`,
    `reported` or `begun`, `auditors` `impossible` (`propose` says why), `units` `none`.
    """
    row = held(programme_id, Permission.PLAN_AUDITS, expected_version, tx)
    if row.state == ProgrammeState.PLANNED.value:
        raise InvalidValue("state", "not_approved")
    if row.state not in (ProgrammeState.APPROVED.value, ProgrammeState.ASSIGNED.value):
        raise InvalidValue("state", "reported")
    begun = select(AuditRecord.id).where(AuditRecord.programme_id == row.id, AuditRecord.state != "planned")
    if tx.session.scalar(begun.limit(1)) is not None:
        raise InvalidValue("state", "begun")
    answer = assign(_question(row, tx))
    if isinstance(answer, Impossible):
        raise InvalidValue("auditors", "impossible")
    if not answer.proofs:
        raise InvalidValue("units", "none")
    tx.session.execute(delete(AuditRecord).where(AuditRecord.programme_id == row.id))
    names = {each.user_id: each.name for each in profiles.read(UnitId(row.unit_id), tx)}
    number = tx.session.scalar(select(func.max(AuditRecord.id))) or 0
    for each in answer.proofs:
        number += 1
        uid = new_uid()
        tx.session.add(
            AuditRecord(
                uid=uid,
                number=f"A-{row.id:03d}-{number:04d}",
                programme_id=row.id,
                unit_id=each.task.unit_id,
                kind=each.task.kind.value,
                state=AuditState.PLANNED.value,
                auditor_id=each.auditor_id,
                by_hand=False,
                proof_json=_proof_text(each),
                due_on=row.last,
                **Row(tx, AUDITS, uid).sealed({"auditor": names[each.auditor_id]}),
            )
        )
    row.state, row.fixed_at = ProgrammeState.ASSIGNED.value, tx.now
    row.quality_json = json.dumps(
        {
            "load": answer.load,
            "load_bound": answer.load_bound,
            "cost": answer.cost,
            "cost_bound": answer.cost_bound,
        }
    )
    tx.session.flush()
    after = {"audits": len(answer.proofs), "load": answer.load, "load_bound": answer.load_bound}
    tx.record(Action.AUDITORS_ASSIGNED, TABLE, row.id, UnitId(row.unit_id), None, after)
    return answer


def change(tx: Tx, audit_id: AuditId, auditor_id: UserId, *, expected_version: int) -> Audit:
    """Give one audit that has not begun to somebody else of the register, who must be independent too.

    Raises NotFound, AccessDenied without PLAN_AUDITS, Conflict, InvalidValue: `state` `begun`, `auditor_id`
    `unknown`, `capacity`, or the id of the first `eligibility.Rule` that he breaks.
    """
    row, programme = _audit_row(tx, audit_id)
    require(tx, Permission.PLAN_AUDITS, UnitId(programme.unit_id))
    if row.version != expected_version:
        newest = newest_of(tx, AUDITS, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    if row.state != AuditState.PLANNED.value:
        raise InvalidValue("state", "begun")
    question = _question(programme, tx)
    who = next((each for each in question.candidates if each.id == auditor_id), None)
    unit = next((each for each in question.units if each.id == row.unit_id), None)
    if who is None or unit is None:
        raise InvalidValue("auditor_id", "unknown")
    found = objections(unit, who, question.terms)
    if found:
        raise InvalidValue("auditor_id", found[0].value)
    load = select(func.count()).where(
        AuditRecord.programme_id == programme.id,
        AuditRecord.auditor_id == auditor_id,
        AuditRecord.id != row.id,
    )
    if (tx.session.scalar(load) or 0) >= who.capacity:
        raise InvalidValue("auditor_id", "capacity")
    before = {"auditor_id": row.auditor_id}
    name = next(each.name for each in profiles.read(UnitId(programme.unit_id), tx) if each.user_id == who.id)
    row.auditor_id, row.by_hand = who.id, True
    row.auditor_sealed = Row(tx, AUDITS, row.uid).sealed({"auditor": name})["auditor_sealed"]
    row.proof_json = _proof_text(proof(question, unit, AuditKind(row.kind), who))
    tx.session.flush()
    tx.record(
        Action.AUDITOR_CHANGED, AUDITS, row.id, UnitId(row.unit_id), before, {"auditor_id": row.auditor_id}
    )
    return audit_told(row, tx)


def suited(tx: Tx, audit_id: AuditId) -> list[tuple[UserId, str, tuple[Rule, ...]]]:
    """Return everybody of the register with the rules that forbid him this audit, the suited first.

    Raises NotFound, AccessDenied without PLAN_AUDITS.
    """
    row, programme = _audit_row(tx, audit_id)
    require(tx, Permission.PLAN_AUDITS, UnitId(programme.unit_id))
    question = _question(programme, tx)
    unit = next((each for each in question.units if each.id == row.unit_id), None)
    if unit is None:
        return []
    names = {each.user_id: each.name for each in profiles.read(UnitId(programme.unit_id), tx)}
    found = [(who.id, names[who.id], objections(unit, who, question.terms)) for who in question.candidates]
    return sorted(found, key=lambda each: (len(each[2]), each[1]))


def _audit_row(tx: Tx, audit_id: AuditId) -> tuple[AuditRecord, AuditProgramme]:
    query = (
        select(AuditRecord, AuditProgramme)
        .join(AuditProgramme)
        .where(AuditRecord.id == audit_id, AuditRecord.unit_id.in_(scope(tx, Permission.VIEW_AUDITS)))
    )
    found = tx.session.execute(query).one_or_none()
    if found is None:
        raise NotFound(AUDITS)
    return found[0], found[1]


def _proof_text(of: Proof) -> str:
    return json.dumps(
        {
            "belongs_to": of.belongs_to,
            "manages": of.manages,
            "alone": of.alone,
            "travels": of.travels,
            "repeats": of.repeats,
        }
    )


def _question(row: AuditProgramme, tx: Tx) -> Question:
    units = _units(row, tx)
    people = profiles.read(UnitId(row.unit_id), tx)
    ids = [each.user_id for each in people]
    belongings, duties = _belongings(ids, tx), _duties(ids, tx)
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
    terms = Terms(row.first, row.last, row.recent_days, places_of(wanted, tx))
    return Question(
        units, candidates, terms, apart=row.apart, same_years=row.same_years, before=_before(row, tx)
    )


def _units(row: AuditProgramme, tx: Tx) -> tuple[AuditedUnit, ...]:
    """Return what a programme covers; an entity without departments is audited as a whole."""
    kinds = (UnitKind.DEPARTMENT.value,) if row.scope == ProgrammeScope.DEPARTMENTS.value else _COMPANIES
    query = (
        select(OrgUnit)
        .join(OrgClosure, OrgClosure.descendant == OrgUnit.id)
        .where(OrgClosure.ancestor == row.unit_id, OrgUnit.closed_at.is_(None))
    )
    rows = list(tx.session.scalars(query.where(OrgUnit.kind.in_(kinds)).order_by(OrgUnit.code)))
    if not rows and row.scope == ProgrammeScope.DEPARTMENTS.value:
        rows = list(tx.session.scalars(query.where(OrgUnit.id == row.unit_id)))
    return tuple(_audited(each) for each in rows)


def _audited(row: OrgUnit) -> AuditedUnit:
    needs = set[Competence]()
    if row.kind == UnitKind.HOSPITAL.value:
        needs.add(Competence.MEDICAL)
    if row.country != "JP":
        needs.add(Competence.OVERSEAS)
    abroad = row.country != "JP"
    return AuditedUnit(
        UnitId(row.id), frozenset(needs), "en" if abroad else "ja", row.country if abroad else ""
    )


def _belongings(ids: Sequence[UserId], tx: Tx) -> dict[UserId, list[Belonging]]:
    found: dict[UserId, list[Belonging]] = {}
    query = select(Affiliation).where(Affiliation.user_id.in_(ids)).order_by(Affiliation.id)
    for row in tx.session.scalars(query):
        # 兼務 and 出向 count as well: an auditor looks at nobody whom he works beside.
        at = Belonging(UnitId(row.unit_id), Period(row.valid_from, row.valid_until))
        found.setdefault(UserId(row.user_id), []).append(at)
    return found


def _duties(ids: Collection[UserId], tx: Tx) -> dict[UserId, list[Duty]]:
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
