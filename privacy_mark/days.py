"""Working days in Japan: deadlines that fall on a closed day move to the next open one.

Weekends, national holidays (国民の祝日に関する法律, with substitute and in-between days) and the days
that a body names itself are closed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import jpholiday

_SATURDAY = 5


def is_open(day: date, closed: Collection[date] = ()) -> bool:
    """Tell whether a body works on a day; `closed` are days off of its own, such as those of the new year."""
    return day.weekday() < _SATURDAY and not jpholiday.is_holiday(day) and day not in closed


def next_open(day: date, closed: Collection[date] = ()) -> date:
    """Return the day itself when it is a working day, otherwise the next one."""
    while not is_open(day, closed):
        day += timedelta(days=1)
    return day
