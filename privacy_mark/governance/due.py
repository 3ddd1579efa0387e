"""Decisions that the person asking has to acknowledge for a unit, to convey on, or that have not arrived."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from privacy_mark.due import Due
from privacy_mark.governance.model import number_of
from registry.access import scope
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.governance_tables import ArrivalRecord, DecisionRecord

ACKNOWLEDGE, CONVEY, CHASE = "governance.acknowledge", "governance.convey", "governance.chase"
MOST = 500


def due(tx: Tx, today: date) -> list[Due]:
    """Return what waits, all due on the decision's day; to chase only past it. Of each kind the earliest."""
    of, person = ArrivalRecord, tx.principal.user_id
    own = {grant.unit_id for grant in tx.principal.grants_with(Permission.VIEW_REVIEWS)}
    below = aliased(ArrivalRecord)
    waits = (
        select(below.id)
        .where(
            below.decision_id == of.decision_id,
            below.above_id == of.unit_id,
            below.conveyed_at.is_(None),
            below.closed_at.is_(None),
        )
        .exists()
    )
    wanted: tuple[tuple[str, tuple[ColumnElement[bool], ...]], ...] = (
        (
            ACKNOWLEDGE,
            (
                of.conveyed_at.is_not(None),
                of.acknowledged_at.is_(None),
                of.closed_at.is_(None),
                of.conveyor_id != person,
                of.unit_id.in_(own),
            ),
        ),
        (
            CONVEY,
            (
                of.acknowledged_at.is_not(None),
                of.unit_id.in_(scope(tx, Permission.MANAGE_REVIEWS)),
                of.unit_id.in_(own),
                waits,
            ),
        ),
    )
    found = []
    for kind, conditions in wanted:
        rows = tx.session.execute(
            select(of.id, of.unit_id, of.decision_id, DecisionRecord.due_on)
            .join(DecisionRecord, DecisionRecord.id == of.decision_id)
            .where(DecisionRecord.withdrawn_at.is_(None), DecisionRecord.due_on.is_not(None), *conditions)
            .order_by(DecisionRecord.due_on, of.id)
            .limit(MOST)
        )
        for row in rows:
            day = row.due_on or today
            found.append(Due(kind, UnitId(row.unit_id), day, number_of(row.decision_id), str(row.id)))
    return found + _late(tx, today)


def _late(tx: Tx, today: date) -> list[Due]:
    """Return decisions past their day that have not arrived everywhere, for who keeps them."""
    late = tx.session.execute(
        select(DecisionRecord.id, DecisionRecord.unit_id, DecisionRecord.due_on)
        .join(ArrivalRecord, ArrivalRecord.decision_id == DecisionRecord.id)
        .where(
            DecisionRecord.withdrawn_at.is_(None),
            DecisionRecord.due_on < today,
            ArrivalRecord.closed_at.is_(None),
            DecisionRecord.unit_id.in_(scope(tx, Permission.MANAGE_REVIEWS)),
        )
        .group_by(DecisionRecord.id)
        .having(func.count(ArrivalRecord.id) > func.count(ArrivalRecord.acknowledged_at))
        .order_by(DecisionRecord.due_on, DecisionRecord.id)
        .limit(MOST)
    )
    return [
        Due(CHASE, UnitId(row.unit_id), row.due_on or today, number_of(row.id), str(row.id)) for row in late
    ]
