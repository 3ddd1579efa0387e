"""Working days in Japan."""

from __future__ import annotations

from datetime import date

import pytest

from privacy_mark.days import is_open, next_open
from privacy_mark.due import Due, Level
from registry.model import UnitId


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2024, 9, 14), date(2024, 9, 17)),  # the official example: Saturday, Sunday, a holiday
        (date(2026, 9, 21), date(2026, 9, 24)),  # the day between two holidays is one
        (date(2026, 5, 3), date(2026, 5, 7)),  # a holiday on Sunday moves behind the two that follow
        (date(2026, 11, 24), date(2026, 11, 24)),
    ],
)
def test_a_closed_day_moves_to_the_next_open_one(day: date, expected: date) -> None:
    """Weekends, holidays, substitute holidays, days in between."""
    assert next_open(day) == expected


def test_a_body_may_close_on_days_of_its_own() -> None:
    """New year holidays of companies are no national ones."""
    assert is_open(date(2026, 12, 29))
    assert next_open(date(2026, 12, 29), {date(2026, 12, 29), date(2026, 12, 30)}) == date(2026, 12, 31)


@pytest.mark.parametrize(("late", "level"), [(-3, 0), (0, 0), (1, 1), (13, 1), (14, 2), (30, 3), (400, 3)])
def test_what_is_late_rises(late: int, level: int) -> None:
    """The longer something is late, the higher up it is told."""
    due = Due("any", UnitId(1), date(2026, 4, 1), "A-1", "1")
    assert due.level(date.fromordinal(due.due_on.toordinal() + late)) is Level(level)
