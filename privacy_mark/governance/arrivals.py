"""Where a decision has arrived 伝達と受領: a unit conveys it on, another person of each unit acknowledges it.

Who acknowledges holds a role in the unit itself: nobody of the units above can say for it that it arrived.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, Select, select

from privacy_mark.governance.decisions import opened
from privacy_mark.governance.model import ARRIVALS, DECISIONS, Arrival, ArrivalId, DecisionId, number_of
from registry.access import require, scope
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.journal import Action, newest_of
from registry.model import Permission, UnitId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.governance_tables import ArrivalRecord, DecisionRecord

LONGEST_NOTE = 1_000
MOST = 500


@dataclass(frozen=True, slots=True)
class Received:
    """A decision that was conveyed to a unit that one sees."""

    arrival: Arrival
    title: str = field(repr=False)
    text: str = field(repr=False)  # empty in lists
    decided_on: date
    due_on: date
    below: int  # units that this one conveys it to
    below_waiting: int  # of these, those that it has not conveyed it to

    @property
    def number(self) -> str:
        """Return how people call the decision."""
        return number_of(self.arrival.decision_id)


def arrivals(tx: Tx, decision_id: DecisionId) -> list[Arrival]:
    """Return where a decision has arrived among the units that one sees: what is missing first.

    Raises NotFound for a decision that neither belongs to a unit that one sees nor was conveyed to one.
    """
    seen = scope(tx, Permission.VIEW_REVIEWS)
    rows = tx.session.scalars(
        select(ArrivalRecord)
        .where(ArrivalRecord.decision_id == decision_id, ArrivalRecord.unit_id.in_(seen))
        .order_by(
            ArrivalRecord.closed_at.is_not(None),
            ArrivalRecord.acknowledged_at.is_not(None),
            ArrivalRecord.conveyed_at.is_not(None),
            ArrivalRecord.unit_id,
        )
    ).all()
    own = select(DecisionRecord.id).where(DecisionRecord.id == decision_id, DecisionRecord.unit_id.in_(seen))
    if tx.session.scalar(own) is None and not any(row.conveyed_at for row in rows):
        raise NotFound(DECISIONS)
    return [_arrival(tx, row) for row in rows]


def received(tx: Tx) -> list[Received]:
    """Return what was conveyed to units in which one holds VIEW_REVIEWS oneself: what waits first."""
    rows = tx.session.execute(
        _conveyed(ArrivalRecord.unit_id.in_(_own_units(tx)))
        .order_by(
            ArrivalRecord.closed_at.is_not(None),
            ArrivalRecord.acknowledged_at.is_not(None),
            DecisionRecord.due_on,
            ArrivalRecord.id,
        )
        .limit(MOST)
    ).all()
    return _received(tx, [(arrival, decision) for arrival, decision in rows])


def open_received(tx: Tx, arrival_id: ArrivalId) -> Received:
    """Open a decision that was conveyed to a unit that one sees, with its text; raises NotFound."""
    row = tx.session.execute(
        _conveyed(
            ArrivalRecord.id == arrival_id, ArrivalRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS))
        )
    ).one_or_none()
    if row is None:
        raise NotFound(ARRIVALS)
    (found,) = _received(tx, [(row[0], row[1])], text=True)
    return found


def acknowledge(tx: Tx, arrival_id: ArrivalId, note: str, *, expected_version: int) -> None:
    """Say for a unit that a decision has arrived, and what the unit does about it.

    Raises NotFound, AccessDenied without VIEW_REVIEWS by a role in the unit itself, Conflict, InvalidValue:
    `state` `acknowledged`, `closed` or `withdrawn`, `acknowledger` `conveyed_it`, `note` `too_long`.
    """
    row, decision = _held(tx, arrival_id, expected_version)
    if UnitId(row.unit_id) not in _own_units(tx):
        raise AccessDenied(Permission.VIEW_REVIEWS)
    if decision.withdrawn_at is not None:
        raise InvalidValue("state", "withdrawn")
    if row.closed_at is not None:
        raise InvalidValue("state", "closed")
    if row.acknowledged_at is not None:
        raise InvalidValue("state", "acknowledged")
    if row.conveyor_id == tx.principal.user_id:
        raise InvalidValue("acknowledger", "conveyed_it")
    given = checked({"note": note}, longest=LONGEST_NOTE)
    sealed = Row(tx, ARRIVALS, row.uid).sealed({**given, "acknowledger": tx.principal.name})
    row.note_sealed, row.acknowledger_sealed = sealed["note_sealed"], sealed["acknowledger_sealed"]
    row.acknowledger_id, row.acknowledged_at = tx.principal.user_id, tx.now
    tx.session.flush()
    after = {"decision": row.decision_id}
    tx.record(Action.DECISION_ACKNOWLEDGED, ARRIVALS, row.id, UnitId(row.unit_id), None, after)


def convey(tx: Tx, arrival_id: ArrivalId) -> int:
    """Convey a decision that has arrived at a unit on to the units below it; return to how many.

    Raises NotFound, AccessDenied without MANAGE_REVIEWS in the unit, InvalidValue: `state` `withdrawn` or
    `not_acknowledged`, `below` `nobody` when no unit waits for it.
    """
    row, decision = _held(tx, arrival_id, None)
    require(tx, Permission.MANAGE_REVIEWS, UnitId(row.unit_id))
    if decision.withdrawn_at is not None:
        raise InvalidValue("state", "withdrawn")
    if row.acknowledged_at is None:
        raise InvalidValue("state", "not_acknowledged")
    waiting = tx.session.scalars(
        select(ArrivalRecord)
        .filter_by(decision_id=row.decision_id, above_id=row.unit_id)
        .where(ArrivalRecord.conveyed_at.is_(None), ArrivalRecord.closed_at.is_(None))
        .order_by(ArrivalRecord.id)
    ).all()
    if not waiting:
        raise InvalidValue("below", "nobody")
    for each in waiting:
        name = Row(tx, ARRIVALS, each.uid).sealed({"conveyor": tx.principal.name})
        each.conveyed_at, each.conveyor_id = tx.now, tx.principal.user_id
        each.conveyor_sealed = name["conveyor_sealed"]
    tx.session.flush()
    after = {"decision": row.decision_id, "units": len(waiting)}
    tx.record(Action.DECISION_CONVEYED, ARRIVALS, row.id, UnitId(row.unit_id), None, after)
    return len(waiting)


def _own_units(tx: Tx) -> frozenset[UnitId]:
    """Return the units in which the person asking holds VIEW_REVIEWS by a role of that very unit."""
    return frozenset(grant.unit_id for grant in tx.principal.grants_with(Permission.VIEW_REVIEWS))


def _conveyed(*conditions: ColumnElement[bool]) -> Select[ArrivalRecord, DecisionRecord]:
    return (
        select(ArrivalRecord, DecisionRecord)
        .join(DecisionRecord, DecisionRecord.id == ArrivalRecord.decision_id)
        .where(ArrivalRecord.conveyed_at.is_not(None), *conditions)
    )


def _held(
    tx: Tx, arrival_id: ArrivalId, expected_version: int | None
) -> tuple[ArrivalRecord, DecisionRecord]:
    found = tx.session.execute(
        _conveyed(
            ArrivalRecord.id == arrival_id, ArrivalRecord.unit_id.in_(scope(tx, Permission.VIEW_REVIEWS))
        )
    ).one_or_none()
    if found is None:
        raise NotFound(ARRIVALS)
    row, decision = found
    if expected_version is not None and row.version != expected_version:
        untouched = row.acknowledged_at is None and row.closed_at is None
        told = (DECISIONS, row.decision_id) if untouched else (ARRIVALS, row.id)
        newest = newest_of(tx, *told)
        raise Conflict(newest.actor, newest.at, (), version=row.version)
    return row, decision


def _received(
    tx: Tx, rows: Iterable[tuple[ArrivalRecord, DecisionRecord]], *, text: bool = False
) -> list[Received]:
    given = list(rows)
    ids = {arrival.decision_id for arrival, _ in given}
    units = {arrival.unit_id for arrival, _ in given}
    below: dict[tuple[int, int], list[bool]] = {}
    for decision_id, above_id, at in tx.session.execute(
        select(ArrivalRecord.decision_id, ArrivalRecord.above_id, ArrivalRecord.conveyed_at).where(
            ArrivalRecord.decision_id.in_(ids),
            ArrivalRecord.above_id.in_(units),
            ArrivalRecord.closed_at.is_(None),
        )
    ):
        below.setdefault((decision_id, above_id or 0), []).append(at is None)
    found = []
    for arrival, decision in given:
        title, words = opened(tx, decision)
        waiting = below.get((arrival.decision_id, arrival.unit_id), [])
        found.append(
            Received(
                _arrival(tx, arrival),
                title,
                words if text else "",
                decision.decided_on,
                decision.due_on or decision.decided_on,
                len(waiting),
                sum(waiting),
            )
        )
    return found


def _arrival(tx: Tx, row: ArrivalRecord) -> Arrival:
    sealed = Row(tx, ARRIVALS, row.uid)
    return Arrival(
        id=ArrivalId(row.id),
        decision_id=DecisionId(row.decision_id),
        unit_id=UnitId(row.unit_id),
        above_id=None if row.above_id is None else UnitId(row.above_id),
        conveyed_at=row.conveyed_at,
        conveyor=sealed.opened("conveyor", row.conveyor_sealed),
        acknowledged_at=row.acknowledged_at,
        acknowledger=sealed.opened("acknowledger", row.acknowledger_sealed),
        note=sealed.opened("note", row.note_sealed),
        closed_at=row.closed_at,
        version=row.version,
    )
