"""What must be done by a day, as every room of certification tells it: for lists, digests, escalation.

A room has a module `due` with `due(tx, today) -> list[Due]`, which yields only what the person asking may
act on. Nothing in it names a person.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date

from registry.model import UnitId


class Level(enum.IntEnum):
    """Who is told of something late, each besides those before."""

    RESPONSIBLE = 0  # 担当者
    PRIVACY_MANAGER = 1  # 個人情報保護管理者 of the entity
    TOP_MANAGEMENT = 2  # トップマネジメント of the entity
    HEADQUARTERS = 3  # グループ本社


LATE_DAYS = {Level.PRIVACY_MANAGER: 1, Level.TOP_MANAGEMENT: 14, Level.HEADQUARTERS: 30}
"""After so many days past the due day the next level is told."""


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to do: what kind, where, by when, and which row it is about."""

    kind: str  # id of the kind of work, public API: "training.follow_up"
    unit_id: UnitId
    due_on: date
    number: str  # how people call the row: "A-0012"
    row: str  # what the page of the kind is opened with
    raised: Level = Level.RESPONSIBLE  # up to whom it has risen before its day, by reminders of its own

    def days_late(self, today: date) -> int:
        """Return for how many days it is late; 0 when it is not."""
        return max(0, (today - self.due_on).days)

    def level(self, today: date) -> Level:
        """Return up to whom it has risen."""
        late = self.days_late(today)
        return max((self.raised, *(level for level, days in LATE_DAYS.items() if late >= days)))
