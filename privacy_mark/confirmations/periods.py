"""The month or year that a confirmation is about."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from privacy_mark.confirmations.questions import Frequency
from privacy_mark.days import next_open

_MONTH, _YEAR = re.compile(r"(2\d{3})-(0[1-9]|1[0-2])"), re.compile(r"2\d{3}")


@dataclass(frozen=True, slots=True)
class Span:
    """The days on which somebody may look: those of a period until today."""

    first: date
    last: date
    today: date

    @property
    def newest(self) -> date:
        """Return the last day on which anybody can have looked."""
        return min(self.last, self.today)


def span_of(period: str, today: date) -> Span:
    """Return the days of a period, as seen from today."""
    return Span(first_day(period), last_day(period), today)


def period_of(frequency: Frequency, day: date) -> str:
    """Return the period that a day lies in: "2026-11", or the fiscal year 年度 from April on, "2026"."""
    if frequency is Frequency.MONTHLY:
        return f"{day:%Y-%m}"
    return str(day.year if day.month >= _FIRST_MONTH else day.year - 1)


def is_period(frequency: Frequency, period: str) -> bool:
    """Tell whether a text names a period of this kind."""
    return bool((_MONTH if frequency is Frequency.MONTHLY else _YEAR).fullmatch(period))


def first_day(period: str) -> date:
    """Return the first day of a period."""
    year, month = _parts(period)
    return date(year, month, 1)


def last_day(period: str) -> date:
    """Return the last day of a period."""
    year, month = _parts(period)
    if len(period) == _YEAR_DIGITS:
        return date(year + 1, _FIRST_MONTH - 1, 31)
    return date(year, month, calendar.monthrange(year, month)[1])


def due_day(period: str) -> date:
    """Return the working day by which a period is confirmed."""
    return next_open(last_day(period) + timedelta(days=_DAYS_AFTER))


def next_due_day(period: str) -> date:
    """Return the working day by which the period after this one is confirmed."""
    after = last_day(period) + timedelta(days=1)
    return due_day(f"{after:%Y}" if len(period) == _YEAR_DIGITS else f"{after:%Y-%m}")


def _parts(period: str) -> tuple[int, int]:
    year, _, month = period.partition("-")
    return int(year), int(month or _FIRST_MONTH)


_DAYS_AFTER = 10
_FIRST_MONTH = 4  # fiscal years begin on 1 April
_YEAR_DIGITS = 4
