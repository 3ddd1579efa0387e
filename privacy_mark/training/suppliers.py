"""Training of suppliers 委託先の教育: what each was taught, when, how many, by which material.

Workers of a supplier who work inside 常駐 stand in the roster, by name, like everybody. Names of all others
are not ours to keep: the supplier is asked, and one record a supplier and day says that its workers were
taught, and what shows it (APPI Art. 25, supervision of whom data are entrusted to). Suppliers are those of
the register of processors whose contract is in force.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, or_, select

from privacy_mark.training.courses import taught_version
from privacy_mark.training.model import Audience, Course, CourseId
from privacy_mark.training.standing import reaching
from registry.access import require, scope, today_in_japan
from registry.errors import InvalidValue, NotFound
from registry.handling import ProcessorId
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.ledger_tables import ProcessorRecord
from registry.store.tables import OrgClosure
from registry.store.training_tables import TrainingSupplier, TrainingVersion

MOST_PEOPLE = 100_000
_TABLE = "training_supplier"


@dataclass(frozen=True, slots=True)
class SupplierRecord:
    """That workers of a supplier were taught on a day."""

    taught_on: date
    people: int
    revision: int | None  # of the material; None when it was another one
    evidence: str = field(repr=False)  # what shows it, and where it is kept
    recorded_at: datetime
    recorded_by: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SupplierStanding:
    """A supplier with its contract, and what counts of its records; newest first."""

    processor_id: ProcessorId
    unit_id: UnitId
    name: str
    valid_until: date | None
    records: tuple[SupplierRecord, ...]
    is_taught: bool  # since the round opened


def standings(tx: Tx, unit_id: UnitId, course_id: CourseId, day: date) -> list[SupplierStanding]:
    """Return the suppliers of a unit and below with a contract in force on a day, the untaught first.

    Raises AccessDenied without VIEW_TRAINING in the unit, NotFound for a course that does not reach it or is
    not for suppliers.
    """
    require(tx, Permission.VIEW_TRAINING, unit_id)
    course = _course(tx, unit_id, course_id, day)
    rows = tx.session.scalars(
        select(ProcessorRecord)
        .where(
            ProcessorRecord.unit_id.in_(scope(tx, Permission.VIEW_TRAINING)),
            ProcessorRecord.unit_id.in_(_below(unit_id)),
            ProcessorRecord.unit_id.in_(_below(course.unit_id)),
            *_in_force(day),
        )
        .order_by(ProcessorRecord.id)
    ).all()
    found = [_standing(tx, course, row, day) for row in rows]
    return sorted(found, key=lambda each: (each.is_taught, each.processor_id))


def record(
    tx: Tx,
    processor_id: ProcessorId,
    course_id: CourseId,
    *,
    on: date,
    people: int,
    evidence: str,
    own_material: bool = True,
) -> None:
    """Record that workers of a supplier were taught; `own_material` False: not with the course's material.

    Raises NotFound without MANAGE_TRAINING in the unit that entrusts, InvalidValue: `on` `future`, `people`
    `people`, `evidence` `required` or `too_long`.
    """
    supplier = tx.session.scalar(
        select(ProcessorRecord).where(
            ProcessorRecord.id == processor_id,
            ProcessorRecord.unit_id.in_(scope(tx, Permission.MANAGE_TRAINING)),
        )
    )
    if supplier is None:
        raise NotFound("processor")
    today = today_in_japan(tx.now)
    course = _course(tx, UnitId(supplier.unit_id), course_id, today)
    if on > today:
        raise InvalidValue("on", "future")
    if not 1 <= people <= MOST_PEOPLE:
        raise InvalidValue("people", "people")
    words = checked({"evidence": evidence}, "evidence", longest=1_000)["evidence"]
    uid = new_uid()
    made = TrainingSupplier(
        uid=uid,
        unit_id=supplier.unit_id,
        processor_id=supplier.id,
        course_id=course.id,
        version_id=taught_version(tx, course.id, on) if own_material else None,
        taught_on=on,
        people=people,
        recorded_at=tx.now,
        **Row(tx, _TABLE, uid).sealed({"evidence": words, "recorded_by": tx.principal.name}),
    )
    tx.session.add(made)
    tx.session.flush()
    after = {"course": course.number, "processor": supplier.id, "on": on, "people": people}
    tx.record(Action.SUPPLIER_TAUGHT, _TABLE, made.id, UnitId(supplier.unit_id), None, after)


def open_units(tx: Tx, course: Course, today: date) -> set[UnitId]:
    """Return the units with a supplier in force that was not taught; the caller narrows them."""
    return {UnitId(row.unit_id) for row in tx.session.execute(_open(course, today))}


def open_names(
    tx: Tx, course: Course, units: Collection[UnitId], today: date, *, most: int
) -> tuple[list[str], int]:
    """Return the names of the first few such suppliers of some units, and how many there are.

    The caller has asked.
    """
    rows = tx.session.execute(_open(course, today).where(ProcessorRecord.unit_id.in_(units))).all()
    names = [
        tx.vault.open(row.name_sealed, table="processor", row=row.uid, column="name_sealed")
        for row in rows[:most]
    ]
    return names, len(rows)


def _open(course: Course, today: date) -> Select[int, str, bytes]:
    taught = select(TrainingSupplier.processor_id).where(
        TrainingSupplier.course_id == course.id, *_window(course, today)
    )
    return (
        select(ProcessorRecord.unit_id, ProcessorRecord.uid, ProcessorRecord.name_sealed)
        .where(
            ProcessorRecord.unit_id.in_(_below(course.unit_id)),
            *_in_force(today),
            ProcessorRecord.id.not_in(taught),
        )
        .order_by(ProcessorRecord.id)
    )


def _course(tx: Tx, unit_id: UnitId, course_id: CourseId, day: date) -> Course:
    course = reaching(tx, unit_id, course_id, day)
    if course.audience is not Audience.SUPPLIERS:
        raise NotFound("training_course")
    return course


def _in_force(day: date) -> list[ColumnElement[bool]]:
    return [
        or_(ProcessorRecord.valid_from.is_(None), ProcessorRecord.valid_from <= day),
        or_(ProcessorRecord.valid_until.is_(None), ProcessorRecord.valid_until >= day),
    ]


def _window(course: Course, day: date) -> list[ColumnElement[bool]]:
    until = TrainingSupplier.taught_on <= day
    return [until] if course.opens_on is None else [until, TrainingSupplier.taught_on >= course.opens_on]


def _standing(tx: Tx, course: Course, row: ProcessorRecord, day: date) -> SupplierStanding:
    found = tx.session.execute(
        select(TrainingSupplier, TrainingVersion.revision)
        .outerjoin(TrainingVersion, TrainingVersion.id == TrainingSupplier.version_id)
        .where(
            TrainingSupplier.processor_id == row.id,
            TrainingSupplier.course_id == course.id,
            TrainingSupplier.taught_on <= day,
        )
        .order_by(TrainingSupplier.taught_on.desc(), TrainingSupplier.id.desc())
    )
    records = tuple(_record(tx, each, revision) for each, revision in found)
    since = course.opens_on
    return SupplierStanding(
        ProcessorId(row.id),
        UnitId(row.unit_id),
        tx.vault.open(row.name_sealed, table="processor", row=row.uid, column="name_sealed"),
        row.valid_until,
        records,
        any(since is None or each.taught_on >= since for each in records),
    )


def _record(tx: Tx, row: TrainingSupplier, revision: int | None) -> SupplierRecord:
    sealed = Row(tx, _TABLE, row.uid)
    return SupplierRecord(
        row.taught_on,
        row.people,
        revision,
        sealed.opened("evidence", row.evidence_sealed),
        row.recorded_at,
        sealed.opened("recorded_by", row.recorded_by_sealed),
    )


def _below(unit_id: UnitId) -> Select[int]:
    return select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
