"""All workplaces 職場 confirm once a year: which departments and sites nobody asks yet, and asking them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from privacy_mark.confirmations import operations
from privacy_mark.confirmations.operations import Operation, OperationDraft
from privacy_mark.confirmations.questions import Frequency, questions
from registry.access import require, scope
from registry.errors import InvalidValue
from registry.model import Permission, UnitId, UnitKind
from registry.store import Tx
from registry.store.confirmation_tables import OperationRecord
from registry.store.tables import OrgClosure, OrgUnit

_WORKPLACES = (UnitKind.SITE.value, UnitKind.DEPARTMENT.value)
_ENTITIES = (UnitKind.HEADQUARTERS.value, UnitKind.COMPANY.value, UnitKind.HOSPITAL.value)


def missing(tx: Tx, *, offset: int = 0, limit: int = 50) -> tuple[list[UnitId], int]:
    """Return a part of the units whose workplace nobody asks, in units one may see, and how many in all.

    Every department and site counts, and an entity without any (J.6.1: 各部門及び階層). Overseas companies
    do not: they answer the self check.
    """
    wanted = and_(OrgUnit.id.in_(scope(tx, Permission.VIEW_CONFIRMATIONS)), _unasked())
    total = tx.session.scalar(select(func.count(OrgUnit.id)).where(wanted)) or 0
    rows = tx.session.scalars(
        select(OrgUnit.id).where(wanted).order_by(OrgUnit.code).offset(offset).limit(limit)
    )
    return [UnitId(row) for row in rows], total


def register(tx: Tx, unit_ids: Sequence[UnitId]) -> list[Operation]:
    """Register the workplace of each unit by the unit's name, yearly; what is asked already is passed over.

    Raises AccessDenied without MANAGE_CONFIRMATIONS in each, InvalidValue: `unit_id` `closed`, `units` `none`
    where nothing is left to register.
    """
    for unit_id in unit_ids:
        require(tx, Permission.MANAGE_CONFIRMATIONS, unit_id)
    rows = tx.session.execute(
        select(OrgUnit.id, OrgUnit.name_ja, OrgUnit.name_en)
        .where(OrgUnit.id.in_(unit_ids), _unasked())
        .order_by(OrgUnit.code)
    ).all()
    if not rows:
        raise InvalidValue("units", "none")
    kind = next(each.id for each in questions().sets.values() if each.frequency is Frequency.YEARLY)
    return [
        operations.register(
            tx, OperationDraft(UnitId(row.id), row.name_ja or row.name_en, kind, Frequency.YEARLY)
        )
        for row in rows
    ]


def _unasked() -> ColumnElement[bool]:
    """Return the condition that a unit is a workplace that no running operation stands for."""
    kinds = [each.id for each in questions().sets.values() if each.frequency is Frequency.YEARLY]
    asked = select(OperationRecord.unit_id).where(
        OperationRecord.set_id.in_(kinds), OperationRecord.ended_on.is_(None)
    )
    below, overseas = aliased(OrgUnit), aliased(OrgUnit)
    divided = (
        select(OrgClosure.ancestor)
        .join(below, below.id == OrgClosure.descendant)
        .where(OrgClosure.depth > 0, below.kind.in_(_WORKPLACES), below.closed_at.is_(None))
    )
    abroad = (
        select(OrgClosure.descendant)
        .join(overseas, overseas.id == OrgClosure.ancestor)
        .where(overseas.kind == UnitKind.OVERSEAS.value)
    )
    return and_(
        OrgUnit.closed_at.is_(None),
        or_(OrgUnit.kind.in_(_WORKPLACES), and_(OrgUnit.kind.in_(_ENTITIES), OrgUnit.id.not_in(divided))),
        OrgUnit.id.not_in(abroad),
        OrgUnit.id.not_in(asked),
    )
