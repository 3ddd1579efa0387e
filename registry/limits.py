"""Until when a request is answered 回答の期限: Japan's law says without delay, other laws name a time.

Art. 32(3), 33(2) and (3), 34(2) and 35 of the APPI say "without delay" 遅滞なく and name no number of days:
what an entity sets itself is its internal target. Limits abroad are data (data/rights_limits.yaml).
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import yaml

from data import read_text

DEFAULT_TARGET_DAYS = 14
_HOURS = 24
GDPR_COUNTRIES = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE"),
        *("IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "IS", "LI", "NO"),
    }
)
"""Countries where the GDPR applies: the Union and, through the EEA agreement, three more."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The time that a country's law gives for an answer."""

    country: str  # whose rule it is: "EU" for all countries of the GDPR
    number: int
    unit: str  # days, months, hours
    extension: int  # further time, 0 when there is none
    law: str
    confidence: str  # high, medium, low

    def due(self, received: date) -> date:
        """Return the last day of the limit; the day of receipt does not count."""
        return _after(received, self.number, self.unit)

    def longest(self, received: date) -> date:
        """Return the last day with the extension that the law allows."""
        return _after(received, self.number + self.extension, self.unit)


@cache
def limits() -> Mapping[str, Limit]:
    """Return the limits of all countries that have one."""
    read: Mapping[str, Mapping[str, object]] = yaml.safe_load(read_text("rights_limits.yaml"))
    return {
        country: Limit(
            country,
            int(str(row["number"])),
            str(row["unit"]),
            int(str(row["extension"])),
            str(row["law"]),
            str(row["confidence"]),
        )
        for country, row in read.items()
    }


def limit_of(country: str) -> Limit | None:
    """Return the limit of a country (ISO 3166-1); None in Japan and where none is known."""
    return limits().get("EU" if country in GDPR_COUNTRIES else country)


def target(received: date, country: str, target_days: int) -> date:
    """Return until when to answer: the internal target, and never later than the country's limit."""
    own = received + timedelta(days=target_days)
    limit = limit_of(country)
    return own if limit is None else min(own, limit.due(received))


def months_after(day: date, months: int) -> date:
    """Return the day of the same number so many months later; the last day where a month is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _after(day: date, number: int, unit: str) -> date:
    if unit == "months":
        return months_after(day, number)
    return day + timedelta(days=-(-number // _HOURS) if unit == "hours" else number)
