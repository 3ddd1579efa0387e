"""Assigning auditors to a programme: facts are read, the solver asked, its answer fixed with the proof."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import delete, func, select

from privacy_mark.audits import profiles
from privacy_mark.audits.appointments import require_manager
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
from privacy_mark.audits.eligibility import Rule
from privacy_mark.audits.facts import question_of, units_of
from privacy_mark.audits.model import Audit, AuditId, AuditState, ProgrammeId, ProgrammeState
from privacy_mark.audits.programmes import TABLE, row_of
from privacy_mark.audits.programmes import held as held_row
from registry.access import require, scope
from registry.errors import Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId, UserId
from registry.sealing import Row
from registry.store import Tx
from registry.store.audit_tables import AuditProgramme, AuditRecord
from registry.store.base import new_uid
from registry.store.chain import Deed


@dataclass(frozen=True, slots=True)
class Gaps:
    """Where the audits of a programme no longer fit the organisation."""

    uncovered: tuple[UnitId, ...]  # units that came after the assignment
    gone: tuple[AuditId, ...]  # audits not begun of units that were merged


NO_GAPS = Gaps((), ())


def propose(tx: Tx, programme_id: ProgrammeId) -> Assigned | Impossible:
    """Return the best assignment for a programme, or why there is none; nothing is changed.

    Of the units that `fix` would assign. Raises NotFound, AccessDenied without PLAN_AUDITS.
    """
    row = row_of(programme_id, tx)
    require(tx, Permission.PLAN_AUDITS, UnitId(row.unit_id))
    held = _audits(row, tx)
    question = question_of(row, tx)
    return assign(_rest(question, held if _begun(held) else _kept(question, held)))


def gaps(tx: Tx, programme_id: ProgrammeId) -> Gaps:
    """Return which units have no audit in an assigned programme, and which audits have lost their unit.

    Raises NotFound, AccessDenied without PLAN_AUDITS.
    """
    row = row_of(programme_id, tx)
    require(tx, Permission.PLAN_AUDITS, UnitId(row.unit_id))
    held = _audits(row, tx)
    units = {unit.id for unit in units_of(row, tx)}
    return Gaps(
        tuple(sorted(units - {UnitId(each.unit_id) for each in held})) if held else (),
        tuple(AuditId(each.id) for each in _gone(held, units)),
    )


def fix(tx: Tx, programme_id: ProgrammeId, *, expected_version: int) -> Assigned:
    """Assign, and write down every audit with its proof; again as long as none has begun.

    Again, units with an auditor changed by hand who may still audit them stay as they are, and so do the days
    and numbers of all audits. Once audits have begun they stay: units that came later get theirs, and audits
    not begun of units that were merged go. Raises NotFound, AccessDenied without PLAN_AUDITS, Conflict,
    InvalidValue: `manager` `not_appointed` for who is not the unit's audit manager today, `state`
    `not_approved`, `reported`, or `begun` when nothing is missing, `auditors` `impossible` (`propose` says
    why), `units` `none`.
    """
    row = held_row(programme_id, Permission.PLAN_AUDITS, expected_version, tx)
    require_manager(UnitId(row.unit_id), tx)
    if row.state == ProgrammeState.PLANNED.value:
        raise InvalidValue("state", "not_approved")
    if row.state not in (ProgrammeState.APPROVED.value, ProgrammeState.ASSIGNED.value):
        raise InvalidValue("state", "reported")
    held, question = _audits(row, tx), question_of(row, tx)
    begun = _begun(held)
    if begun:
        kept, leaving = held, _gone(held, {unit.id for unit in question.units})
    else:
        kept = _kept(question, held)
        leaving = [each for each in held if each not in kept]
    question = _rest(question, kept)
    if begun and not question.units and not leaving:
        raise InvalidValue("state", "begun")
    answer = assign(question)
    if isinstance(answer, Impossible):
        raise InvalidValue("auditors", "impossible")
    if not answer.proofs and not kept:
        raise InvalidValue("units", "none")
    stays = [each for each in kept if each not in leaving]
    _write(row, answer, leaving, json.dumps(_quality(stays, answer) if kept else _whole(answer)), tx)
    after = {"audits": len(answer.proofs), "left": len(leaving), "load": answer.load}
    tx.record(Action.AUDITORS_ASSIGNED, TABLE, row.id, UnitId(row.unit_id), None, after)
    return answer


def _audits(row: AuditProgramme, tx: Tx) -> list[AuditRecord]:
    return list(tx.session.scalars(select(AuditRecord).where(AuditRecord.programme_id == row.id)))


def _begun(held: Sequence[AuditRecord]) -> bool:
    return any(each.state != AuditState.PLANNED.value for each in held)


def _gone(held: Sequence[AuditRecord], units: Collection[UnitId]) -> list[AuditRecord]:
    return [each for each in held if each.unit_id not in units and each.state == AuditState.PLANNED.value]


def _kept(question: Question, held: Sequence[AuditRecord]) -> list[AuditRecord]:
    """Return the audits of units with an auditor chosen by hand, all of whose auditors may do them still."""
    units = {unit.id: unit for unit in question.units}
    people = {who.id: who for who in question.candidates}
    by_unit: dict[int, list[AuditRecord]] = {}
    for each in held:
        by_unit.setdefault(each.unit_id, []).append(each)

    def stays(unit_id: UnitId, rows: Sequence[AuditRecord]) -> bool:
        if unit_id not in units or not any(each.by_hand for each in rows):
            return False
        auditors = [people.get(UserId(each.auditor_id)) for each in rows]
        return all(
            who is not None and not objections(units[unit_id], who, question.terms) for who in auditors
        )

    return [each for unit, rows in by_unit.items() if stays(UnitId(unit), rows) for each in rows]


def _rest(question: Question, held: Sequence[AuditRecord]) -> Question:
    """Return the question of the units without an audit, to auditors with what is left of their time."""
    audited = {each.unit_id for each in held}
    loads = Counter(each.auditor_id for each in held)
    return replace(
        question,
        units=tuple(unit for unit in question.units if unit.id not in audited),
        candidates=tuple(
            replace(who, capacity=max(0, who.capacity - loads[who.id])) for who in question.candidates
        ),
    )


def _write(
    row: AuditProgramme, answer: Assigned, leaving: Sequence[AuditRecord], quality: str, tx: Tx
) -> None:
    """Write down an answer: an audit that was there keeps its number and day; what is not wanted goes.

    No number is given twice, whatever went meanwhile; each assignment has its record in the journal.
    """
    names = {each.user_id: each.name for each in profiles.read(UnitId(row.unit_id), tx)}
    number = 1 + max(
        tx.session.scalar(select(func.max(AuditProgramme.issued))) or 0,
        tx.session.scalar(select(func.max(AuditRecord.id))) or 0,
    )
    made: list[AuditRecord] = []
    earlier = {Task(UnitId(each.unit_id), AuditKind(each.kind)): each for each in leaving}
    deeds: list[tuple[AuditRecord, UserId | None]] = []
    for each in answer.proofs:
        record = earlier.pop(each.task, None)
        before = None if record is None else UserId(record.auditor_id)
        if record is None:
            record = _made(row, each.task, number + len(made))
            made.append(record)
        record.auditor_id, record.by_hand, record.proof_json = each.auditor_id, False, _proof_text(each)
        sealed = Row(tx, AUDITS, record.uid).sealed({"auditor": names[each.auditor_id]})
        record.auditor_sealed = sealed["auditor_sealed"]
        if before != each.auditor_id:
            deeds.append((record, before))
    row.state, row.fixed_at, row.quality_json = ProgrammeState.ASSIGNED.value, tx.now, quality
    row.issued = number + len(made) - 1 if made else row.issued
    tx.session.add_all(made)
    tx.session.flush()
    assigned = [
        Deed(
            Action.AUDITORS_ASSIGNED,
            AUDITS,
            str(record.id),
            UnitId(record.unit_id),
            None if before is None else {"auditor_id": before},
            {"number": record.number, "kind": record.kind, "auditor_id": record.auditor_id},
        )
        for record, before in deeds
    ]
    gone = [
        Deed(
            Action.AUDIT_CHANGED,
            AUDITS,
            str(each.id),
            UnitId(each.unit_id),
            {"number": each.number, "auditor_id": each.auditor_id},
            {"state": "removed"},
        )
        for each in earlier.values()
    ]
    tx.session.execute(delete(AuditRecord).where(AuditRecord.id.in_([each.id for each in earlier.values()])))
    tx.record_all([*assigned, *gone])


def _made(row: AuditProgramme, task: Task, number: int) -> AuditRecord:
    return AuditRecord(
        uid=new_uid(),
        number=f"A-{row.id:03d}-{number:04d}",
        programme_id=row.id,
        unit_id=task.unit_id,
        kind=task.kind.value,
        state=AuditState.PLANNED.value,
        due_on=row.last,
    )


def _whole(answer: Assigned) -> dict[str, int | None]:
    return {
        "load": answer.load,
        "load_bound": answer.load_bound,
        "cost": answer.cost,
        "cost_bound": answer.cost_bound,
    }


def _quality(stays: Sequence[AuditRecord], answer: Assigned) -> dict[str, int | None]:
    """Return how even a programme is that was added to: nothing is known of what could have been."""
    loads = Counter([*(each.auditor_id for each in stays), *(proof.auditor_id for proof in answer.proofs)])
    return {"load": max(loads.values(), default=0)}


def change(tx: Tx, audit_id: AuditId, auditor_id: UserId, *, expected_version: int) -> Audit:
    """Give one audit that has not ended to somebody else of the register, who must be independent too.

    Raises NotFound, AccessDenied without PLAN_AUDITS, Conflict, InvalidValue: `manager` as `fix`, `state`
    `done`, `auditor_id` `unknown`, `capacity`, or the id of the first `eligibility.Rule` that he breaks.
    """
    row, programme = _audit_row(tx, audit_id)
    require_manager(UnitId(programme.unit_id), tx)
    if row.version != expected_version:
        newest = newest_of(tx, AUDITS, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    if row.state == AuditState.DONE.value:
        raise InvalidValue("state", "done")
    question = question_of(programme, tx)
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


def schedule(tx: Tx, audit_id: AuditId, on: date, *, expected_version: int) -> Audit:
    """Say by which day an audit is to be done, within the period of its programme.

    Raises NotFound, AccessDenied without PLAN_AUDITS, Conflict, InvalidValue: `manager` as `fix`, `state`
    `done`, `due_on` `out_of_range`.
    """
    row, programme = _audit_row(tx, audit_id)
    require_manager(UnitId(programme.unit_id), tx)
    if row.version != expected_version:
        newest = newest_of(tx, AUDITS, row.id)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    if row.state == AuditState.DONE.value:
        raise InvalidValue("state", "done")
    if not programme.first <= on <= programme.last:
        raise InvalidValue("due_on", "out_of_range")
    before = {"due_on": row.due_on}
    row.due_on = on
    tx.session.flush()
    tx.record(Action.AUDIT_CHANGED, AUDITS, row.id, UnitId(row.unit_id), before, {"due_on": on})
    return audit_told(row, tx)


def suited(tx: Tx, audit_id: AuditId) -> list[tuple[UserId, str, tuple[Rule, ...]]]:
    """Return everybody of the register with the rules that forbid him this audit, the suited first.

    Raises NotFound, AccessDenied without PLAN_AUDITS.
    """
    row, programme = _audit_row(tx, audit_id)
    require(tx, Permission.PLAN_AUDITS, UnitId(programme.unit_id))
    question = question_of(programme, tx)
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
