"""Decisions follow the tree: what was on its way to a unit that was merged, and units that came later.

A merged unit acknowledges nothing any more, so its row is closed; what it would have conveyed on, the unit
that took it over conveys, else the next one above. A unit that came after the decision gets it when somebody
adds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from privacy_mark.governance.decisions import decision_row, held, nearest
from privacy_mark.governance.model import ARRIVALS, DECISIONS, DecisionId
from registry.access import scope
from registry.errors import InvalidValue
from registry.journal import Action
from registry.model import Permission, UnitId, UnitKind
from registry.sealing import Row
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.governance_tables import ArrivalRecord, DecisionRecord
from registry.store.tables import OrgUnit


def follow(tx: Tx) -> int:
    """Close and hang anew what units that were merged leave behind; return how many rows changed.

    Of decisions that one keeps (MANAGE_REVIEWS). Every row that changes has its record in the journal.
    """
    unit, above = aliased(OrgUnit), aliased(OrgUnit)
    left = tx.session.execute(
        select(ArrivalRecord, unit.closed_at)
        .join(DecisionRecord, DecisionRecord.id == ArrivalRecord.decision_id)
        .join(unit, unit.id == ArrivalRecord.unit_id)
        .outerjoin(above, above.id == ArrivalRecord.above_id)
        .where(
            DecisionRecord.unit_id.in_(scope(tx, Permission.MANAGE_REVIEWS)),
            DecisionRecord.withdrawn_at.is_(None),
            ArrivalRecord.acknowledged_at.is_(None),
            ArrivalRecord.closed_at.is_(None),
            or_(
                unit.closed_at.is_not(None),
                ArrivalRecord.conveyed_at.is_(None) & above.closed_at.is_not(None),
            ),
        )
        .order_by(ArrivalRecord.id)
    ).all()
    ways: dict[int, _Way] = {}
    for row, unit_closed_at in left:
        if unit_closed_at is not None:
            row.closed_at = tx.now
            tx.session.flush()
            tx.record(Action.DECISION_FOLLOWED, ARRIVALS, row.id, UnitId(row.unit_id), None, _told(row))
            continue
        if row.decision_id not in ways:
            ways[row.decision_id] = _way(tx, row.decision_id)
        before = _told(row)
        _hang(tx, row, ways[row.decision_id].above(row.unit_id, row.above_id))
        ways[row.decision_id].of[row.unit_id] = row.above_id
        tx.record(Action.DECISION_FOLLOWED, ARRIVALS, row.id, UnitId(row.unit_id), before, _told(row))
    return len(left)


def missing(tx: Tx, decision_id: DecisionId) -> list[UnitId]:
    """Return the open units that a conveyed decision is meant for and has no row of; raises NotFound."""
    return sorted(UnitId(unit_id) for unit_id in _missing(tx, decision_row(tx, decision_id)))


def add_missing(tx: Tx, decision_id: DecisionId, *, expected_version: int) -> int:
    """Convey a decision to the units that it is meant for and that came later; return how many there are.

    Its day stays. The uppermost get it at once, the others from the unit above. Raises NotFound, AccessDenied
    without MANAGE_REVIEWS, Conflict, InvalidValue: `state` `withdrawn` or `not_issued`, `below` `nobody`.
    """
    row = held(tx, decision_id, expected_version)
    if row.issued_at is None:
        raise InvalidValue("state", "not_issued")
    found = _missing(tx, row)
    if not found:
        raise InvalidValue("below", "nobody")
    for unit_id, above_id in sorted(found.items()):
        arrival = ArrivalRecord(uid=new_uid(), unit_id=unit_id, decision_id=row.id)
        _hang(tx, arrival, above_id)
        tx.session.add(arrival)
    tx.session.flush()
    after = {"units": len(found)}
    tx.record(Action.DECISION_WIDENED, DECISIONS, row.id, UnitId(row.unit_id), None, after)
    return len(found)


@dataclass(frozen=True, slots=True)
class _Way:
    """Which unit conveys one decision to which, and where merged units went."""

    of: dict[int, int | None]  # by unit that has a row
    into: Mapping[int, int | None]  # by closed unit

    def above(self, unit_id: int, above_id: int | None) -> int | None:
        """Return the open unit that conveys to a unit in place of a closed one; None: the deciding unit."""
        heir = self._open(above_id)
        if heir is not None and heir in self.of and heir != unit_id and not self._below(heir, unit_id):
            return heir
        while above_id is not None and above_id in self.into:
            above_id = self.of.get(above_id)
        return above_id

    def _open(self, unit_id: int | None) -> int | None:
        while unit_id is not None and unit_id in self.into:
            unit_id = self.into[unit_id]
        return unit_id

    def _below(self, unit_id: int | None, other_id: int) -> bool:
        """Tell whether a unit gets the decision from another one, however far above."""
        seen: set[int] = set()
        while unit_id is not None and unit_id not in seen:
            if unit_id == other_id:
                return True
            seen.add(unit_id)
            unit_id = self.of.get(unit_id)
        return False


def _way(tx: Tx, decision_id: int) -> _Way:
    of = select(ArrivalRecord.unit_id, ArrivalRecord.above_id).filter_by(decision_id=decision_id)
    closed = select(OrgUnit.id, OrgUnit.merged_into_id).where(OrgUnit.closed_at.is_not(None))
    return _Way(
        {row.unit_id: row.above_id for row in tx.session.execute(of)},
        {row.id: row.merged_into_id for row in tx.session.execute(closed)},
    )


def _hang(tx: Tx, row: ArrivalRecord, above_id: int | None) -> None:
    """Let a unit convey to a row; where there is none above, it is conveyed now."""
    row.above_id = above_id
    if above_id is None:
        row.conveyed_at, row.conveyor_id = tx.now, tx.principal.user_id
        name = Row(tx, ARRIVALS, row.uid).sealed({"conveyor": tx.principal.name})
        row.conveyor_sealed = name["conveyor_sealed"]
    tx.session.flush()


def _missing(tx: Tx, row: DecisionRecord) -> Mapping[int, int | None]:
    if row.issued_at is None or row.withdrawn_at is not None:
        return {}
    there = select(ArrivalRecord.unit_id, OrgUnit.kind).join(OrgUnit, OrgUnit.id == ArrivalRecord.unit_id)
    found = tx.session.execute(there.filter_by(decision_id=row.id))
    kinds = {each.unit_id: each.kind for each in found}
    wanted = row.kinds.split(",") if row.kinds else set(kinds.values())
    meant = nearest(tx, UnitId(row.unit_id), [UnitKind(kind) for kind in wanted])
    return {unit_id: above_id for unit_id, above_id in meant.items() if unit_id not in kinds}


def _told(row: ArrivalRecord) -> dict[str, object]:
    return {"decision": row.decision_id, "above_id": row.above_id, "closed": row.closed_at is not None}
