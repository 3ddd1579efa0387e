"""When a source is scanned 走査の予定, as people write it, by the clocks of Japan.

`off`, `daily HH:MM`, `weekly MON HH:MM`, `monthly N HH:MM` (in a month without that day on its last one),
and a window of hours, "22:00-06:00", outside which no scan runs.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from registry.errors import InvalidValue

OFF = "off"
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
JAPAN = timezone(timedelta(hours=9), "JST")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule: at which time on which days; no time: never by itself."""

    at: time | None = None
    weekday: int | None = None  # 0 Monday
    month_day: int | None = None  # 1..31

    def runs_on(self, day: date) -> bool:
        """Tell whether a scan is to begin on a day."""
        if self.at is None:
            return False
        if self.weekday is not None:
            return day.weekday() == self.weekday
        if self.month_day is not None:
            return day.day == min(self.month_day, calendar.monthrange(day.year, day.month)[1])
        return True

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first moment after one at which a scan is to begin; None for none."""
        if self.at is None:
            return None
        here = moment.astimezone(JAPAN)
        for days in range(63):
            day = here.date() + timedelta(days=days)
            begins = datetime.combine(day, self.at, tzinfo=here.tzinfo)
            if self.runs_on(day) and begins > here:
                return begins
        raise AssertionError(self)


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the day, over midnight when they end before they begin; the end is not among them."""

    begins: time
    ends: time

    def holds(self, at: time) -> bool:
        """Tell whether a time of day lies in the window."""
        if self.begins < self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


def schedule(text: str) -> Schedule:
    """Read a schedule; raises InvalidValue (`schedule`, rule `schedule`)."""
    match text.split(" "):
        case ["off"]:
            return Schedule()
        case ["daily", at]:
            return Schedule(_time(at, "schedule"))
        case ["weekly", day, at] if day in WEEKDAYS:
            return Schedule(_time(at, "schedule"), weekday=WEEKDAYS.index(day))
        case ["monthly", number, at] if re.fullmatch("[1-9]|[12][0-9]|3[01]", number):
            return Schedule(_time(at, "schedule"), month_day=int(number))
    raise InvalidValue("schedule", "schedule")


def window(text: str) -> Window | None:
    """Read a window, None for all day; raises InvalidValue (`window`, rule `window`)."""
    if not text:
        return None
    begins, _, ends = text.partition("-")
    found = Window(_time(begins, "window"), _time(ends, "window"))
    if found.begins == found.ends:
        raise InvalidValue("window", "window")
    return found


def _time(text: str, column: str) -> time:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise InvalidValue(column, column)
    return time(int(found[1]), int(found[2]))
