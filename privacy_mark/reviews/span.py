"""The days that a review looks back on, and the units that it covers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, select

from registry.model import UnitId
from registry.store.tables import OrgClosure

ROWS = 50
"""So many rows of a topic are named, what is open first; the others are counted."""


@dataclass(frozen=True, slots=True)
class Span:
    """From a day to another, both counted."""

    since: date
    until: date


def below(unit_id: UnitId) -> Select[int]:
    """Return a unit and everything below it."""
    return select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
