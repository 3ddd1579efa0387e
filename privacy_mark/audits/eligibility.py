"""Who may audit which unit: every rule that a pair of unit and auditor breaks.

Independence 独立性 continues what `registry.duties` refuses when roles are given: it looks back as far as a
programme wants, and names the statutory auditor 監査役. Sources: JIS Q 15001:2023 9.2, guideline J.6.2.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from registry.duties import MANAGING, Belonging, Duty, Period, Place
from registry.model import Role, UnitId, UserId

Masks = npt.NDArray[Any]


class Rule(enum.StrEnum):
    """Why somebody does not audit a unit; the ids are public API."""

    OWN_UNIT = "own_unit"  # 所属
    LEFT_UNIT = "left_unit"  # belonged there not long ago
    MANAGES = "manages"  # 管理: the unit, or what is above or below it
    MANAGED = "managed"  # did so not long ago
    STATUTORY_AUDITOR = "statutory_auditor"  # 監査役 of the entity
    COMPETENCE = "competence"  # 力量
    LANGUAGE = "language"
    ABSENT = "absent"  # away during the whole period


INDEPENDENCE = frozenset({Rule.OWN_UNIT, Rule.LEFT_UNIT, Rule.MANAGES, Rule.MANAGED, Rule.STATUTORY_AUDITOR})
"""What nobody may waive; the others can be mended: somebody learns, or is there after all."""

BIT: Mapping[Rule, int] = {rule: 1 << place for place, rule in enumerate(Rule)}


class Competence(enum.StrEnum):
    """What an auditor must know besides the management system."""

    OVERSEAS = "overseas"  # 海外の法令
    MEDICAL = "medical"  # 医療
    MY_NUMBER = "my_number"  # 特定個人情報


@dataclass(frozen=True, slots=True)
class AuditedUnit:
    """A unit to be audited, and what it asks of its auditor."""

    id: UnitId
    needs: frozenset[Competence] = frozenset()
    language: str = "ja"
    region: str = ""  # "" : travel does not matter


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be chosen: what he holds and held, what he can, how much, and when not."""

    id: UserId
    duties: tuple[Duty, ...] = ()
    belongings: tuple[Belonging, ...] = ()
    competences: frozenset[Competence] = frozenset()
    languages: frozenset[str] = frozenset({"ja"})
    capacity: int = 0  # audits in the period
    region: str = ""
    away: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for all pairs: the period of the audits, how far independence looks back, the tree."""

    first: date
    last: date
    recent_days: int
    places: Mapping[UnitId, Place] = field(repr=False)  # of audited units, and of all duties and belongings

    @property
    def period(self) -> Period:
        """Return the days of the audits."""
        return Period(self.first, self.last)

    @property
    def recent(self) -> Period:
        """Return the days of the audits and those before that independence looks at."""
        return Period(self.first - timedelta(days=self.recent_days), self.last)


def broken(units: Sequence[AuditedUnit], candidates: Sequence[Candidate], terms: Terms) -> Masks:
    """Return the bits of all rules that each pair breaks, units down, candidates across; 0: he may."""
    found = np.zeros((len(units), len(candidates)), np.uint16)
    index = _Index(units, terms.places)
    for column, who in enumerate(candidates):
        for rule, rows in _dependence(who, index, terms):
            found[rows, column] |= BIT[rule]
        for row, unit in enumerate(units):
            found[row, column] |= _fitness(unit, who, terms)
    return found


def rules_of(mask: int) -> tuple[Rule, ...]:
    """Return the rules of a mask, the gravest first."""
    return tuple(rule for rule in Rule if mask & BIT[rule])


class _Index:
    """Which rows are a unit, lie below it, or belong to an entity."""

    def __init__(self, units: Sequence[AuditedUnit], places: Mapping[UnitId, Place]) -> None:
        self.places = places
        self.row = {unit.id: row for row, unit in enumerate(units)}
        self.below: dict[UnitId, list[int]] = defaultdict(list)
        self.entity: dict[UnitId, list[int]] = defaultdict(list)
        self.alone = {row for row, unit in enumerate(units) if places[unit.id].departments <= 1}
        for row, unit in enumerate(units):
            self.entity[places[unit.id].entity].append(row)
            for above in places[unit.id].above:
                self.below[above].append(row)

    def at_or_above(self, unit_id: UnitId) -> list[int]:
        return [self.row[each] for each in self.places[unit_id].above if each in self.row]

    def on_line(self, unit_id: UnitId) -> list[int]:
        return self.at_or_above(unit_id) + self.below.get(unit_id, [])

    def near(self, unit_id: UnitId) -> list[int]:
        """Return the rows of the same entity, and of entities above or below it."""
        place = self.places[unit_id]
        rows = list(self.below.get(place.entity, []))
        for above in place.above:
            rows += self.entity.get(above, [])
        return rows


def _dependence(who: Candidate, index: _Index, terms: Terms) -> Iterable[tuple[Rule, list[int]]]:
    for belonging in who.belongings:
        if belonging.period.is_empty or not belonging.period.overlaps(terms.recent):
            continue
        now = belonging.period.overlaps(terms.period)
        rows = [row for row in index.at_or_above(belonging.unit_id) if row not in index.alone]
        yield (Rule.OWN_UNIT if now else Rule.LEFT_UNIT), rows
    for duty in who.duties:
        if duty.period.is_empty or not duty.period.overlaps(terms.recent):
            continue
        if duty.role in MANAGING:
            now = duty.period.overlaps(terms.period)
            yield (Rule.MANAGES if now else Rule.MANAGED), index.on_line(duty.unit_id)
        elif duty.role is Role.STATUTORY_AUDITOR:
            yield Rule.STATUTORY_AUDITOR, index.near(duty.unit_id)


def _fitness(unit: AuditedUnit, who: Candidate, terms: Terms) -> int:
    mask = 0
    if not unit.needs <= who.competences:
        mask |= BIT[Rule.COMPETENCE]
    if unit.language not in who.languages:
        mask |= BIT[Rule.LANGUAGE]
    if who.away and _all_away(who.away, terms):
        mask |= BIT[Rule.ABSENT]
    return mask


def _all_away(away: Sequence[Period], terms: Terms) -> bool:
    """Tell whether no day of the period is left."""
    day = terms.first
    for each in sorted(away, key=lambda period: period.first or date.min):
        if (each.first or date.min) > day:
            return False
        if each.last is None:
            return True
        day = max(day, each.last + timedelta(days=1))
        if day > terms.last:
            return True
    return day > terms.last
