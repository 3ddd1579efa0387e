"""What units of the tree were and became, and whose legal entity they were at a moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from registry.model import UnitKind
from registry.store import Tx
from registry.store.tables import OrgUnit, UnitHistory

State = UnitHistory | OrgUnit
_ENTITIES = frozenset(kind.value for kind in UnitKind if kind.is_entity)


@dataclass(frozen=True, slots=True)
class Was:
    """What a unit was until a moment, and what it became."""

    id: int
    unit_id: int
    until: datetime
    before: UnitHistory
    after: State
    unit: OrgUnit

    @property
    def merged(self) -> bool:
        """Return whether this is the change by which the unit was merged into another one."""
        return self.unit.merged_into_id is not None and self.until == self.unit.closed_at


class Past:
    """The changes of units since a moment; a few questions, however many units there are."""

    def __init__(self, tx: Tx, since: datetime) -> None:
        self._tx = tx
        self._units: dict[int, OrgUnit] | None = None
        self._rows: dict[int, list[UnitHistory]] = {}  # by unit, the earliest first
        query = select(UnitHistory).where(UnitHistory.until >= since).order_by(UnitHistory.id)
        self._found = list(tx.session.scalars(query))
        for row in self._found:
            self._rows.setdefault(row.unit_id, []).append(row)

    def changes(self) -> Iterator[Was]:
        """Yield the changes in their order, each with what the unit became by it."""
        for row in self._found:
            yield self._was(row)

    def state(self, unit_id: int, at: datetime) -> State:
        """Return what a unit was after a moment."""
        later = (row for row in self._rows.get(unit_id, ()) if row.until > at)
        return next(later, self._known()[unit_id])

    def entity(self, unit_id: int, of: State, at: datetime) -> int | None:
        """Return the legal entity of a unit that was like this after a moment; None above all entities."""
        if of.kind in _ENTITIES:
            return unit_id
        return self.entity_above(of, at)

    def holders(self, was: Was) -> frozenset[int]:
        """Return the legal entities whose unit it was before a change, is after it, or that took it over."""
        found = {self.entity(was.unit_id, of, was.until) for of in (was.before, was.after)}
        if was.merged and was.unit.merged_into_id is not None:
            over = was.unit.merged_into_id
            found.add(self.entity(over, self.state(over, was.until), was.until))
        return frozenset(each for each in found if each is not None)

    def belonged(self, unit_id: int, at: datetime) -> frozenset[int]:
        """Return the legal entities whose unit it was after a moment, and before what happened to it then."""
        found = {self.entity(unit_id, self.state(unit_id, at), at)}
        for was in self._of(unit_id):
            if was.until == at:
                found |= self.holders(was)
        return frozenset(each for each in found if each is not None)

    def entity_above(self, of: State, at: datetime) -> int | None:
        """Return the legal entity above a unit that was like this after a moment: a merged one is none."""
        above = of.parent_id
        while above is not None:
            state, closed_at = self.state(above, at), self._known()[above].closed_at
            if state.kind in _ENTITIES and (closed_at is None or closed_at > at):
                return above
            above = state.parent_id
        return None

    def _of(self, unit_id: int) -> Iterator[Was]:
        for row in self._rows.get(unit_id, ()):
            yield self._was(row)

    def _was(self, row: UnitHistory) -> Was:
        rows, unit = self._rows[row.unit_id], self._known()[row.unit_id]
        place = rows.index(row) + 1
        return Was(row.id, row.unit_id, row.until, row, rows[place] if place < len(rows) else unit, unit)

    def _known(self) -> dict[int, OrgUnit]:
        if self._units is None:
            self._units = {row.id: row for row in self._tx.session.scalars(select(OrgUnit))}
        return self._units


def is_entity(of: State) -> bool:
    """Tell whether a unit was a legal entity."""
    return of.kind in _ENTITIES


def name(of: State) -> str:
    """Return what a unit was called, in both languages."""
    return f"{of.name_ja} / {of.name_en}" if of.name_en else of.name_ja
