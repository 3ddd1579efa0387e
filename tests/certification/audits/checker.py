"""Who may not audit what, written once more from the words of the rules: tree walks and days, no masks.

Shares no code with the solver: parents instead of closures, day by day instead of intervals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

MANAGERS = ("top_management", "group_officer", "officer", "department_manager", "information_assets_manager",
            "medical_systems_manager")  # fmt: skip


@dataclass(frozen=True)
class Tree:
    """Parents of units, which of them are entities, and how many departments each entity has."""

    parent: Mapping[int, int | None]
    entities: frozenset[int]
    departments: Mapping[int, int]

    def is_inside(self, unit: int, above: int) -> bool:
        """Tell whether a unit is another one or lies below it."""
        at: int | None = unit
        while at is not None:
            if at == above:
                return True
            at = self.parent[at]
        return False

    def entity(self, unit: int) -> int:
        """Return the nearest entity at or above, the topmost unit where there is none."""
        at = unit
        while at not in self.entities and self.parent[at] is not None:
            at = self.parent[at]  # type: ignore[assignment]
        return at


@dataclass(frozen=True)
class Spell:
    """That somebody belonged somewhere (role "") or held a role there, both days included."""

    role: str
    unit: int
    first: date | None
    last: date | None

    def on(self, day: date) -> bool:
        """Tell whether it held on a day."""
        if self.first is not None and day < self.first:
            return False
        return not (self.last is not None and day > self.last)


def may_not(tree: Tree, spells: list[Spell], unit: int, first: date, last: date, recent: int) -> bool:
    """Tell whether independence forbids somebody with these spells to audit a unit in a period."""
    day = first - timedelta(days=recent)
    while day <= last:
        for spell in spells:
            if spell.on(day) and _forbids(tree, spell, unit):
                return True
        day += timedelta(days=1)
    return False


def _forbids(tree: Tree, spell: Spell, unit: int) -> bool:
    if spell.role == "":
        lonely = tree.departments[tree.entity(unit)] <= 1
        return tree.is_inside(spell.unit, unit) and not lonely
    if spell.role in MANAGERS:
        return tree.is_inside(spell.unit, unit) or tree.is_inside(unit, spell.unit)
    if spell.role == "statutory_auditor":
        one, other = tree.entity(spell.unit), tree.entity(unit)
        return tree.is_inside(unit, one) or tree.is_inside(spell.unit, other)
    return False
