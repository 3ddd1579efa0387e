"""Numbers and dates as Japanese and English readers write them; times are shown in Japan's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from registry.model import Situation
from scanners.model import PersonBounds, RunTotals

JAPAN = ZoneInfo("Asia/Tokyo")
NONE = "—"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Formats:
    """Formats of one language."""

    language: str

    def number(self, value: int | None) -> str:
        """Return a number with commas; nothing known is a dash."""
        return NONE if value is None else f"{value:,}"

    def day(self, value: date | None) -> str:
        """Return a date for tables: 2026/11/23 or 23 Nov 2026."""
        if value is None:
            return NONE
        if self.language == "en":
            return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"
        return f"{value:%Y/%m/%d}"

    def period(self, first: date | None, last: date | None) -> str:
        """Return a period: 2026/04/01–2027/03/31; open ends are empty, and without both it is a dash."""
        if first is None and last is None:
            return NONE
        return "–".join("" if day is None else self.day(day) for day in (first, last))

    def moment(self, value: datetime | None) -> str:
        """Return a time in Japan's zone, to the minute."""
        if value is None:
            return NONE
        local = value.astimezone(JAPAN)
        return f"{self.day(local.date())} {local:%H:%M}"

    def persons(self, bounds: PersonBounds) -> str:
        """Return how many persons: one number, or a range when it is not certain."""
        if bounds.low == bounds.high:
            return f"{bounds.low:,}"
        return f"{bounds.low:,}–{bounds.high:,}"

    def size(self, value: int) -> str:
        """Return a size in bytes, kB or MB (decimal)."""
        if value < 1_000:
            return f"{value} B"
        if value < 1_000_000:
            return f"{value / 1_000:.1f} kB"
        return f"{value / 1_000_000:.1f} MB"

    def change(self, value: int) -> str:
        """Return a signed change with a true minus."""
        return f"+{value}" if value > 0 else f"−{-value}" if value < 0 else "±0"


def local_day(value: datetime | None) -> date | None:
    """Return the day of a moment in Japan's zone."""
    return None if value is None else value.astimezone(JAPAN).date()


def examined_share(totals: RunTotals) -> float | None:
    """Return which part of what should be examined was examined wholly; None when nothing was listed."""
    due = totals.listed - totals.by_policy
    return totals.complete / due if due else None


def add_totals(situations: list[Situation]) -> RunTotals:
    """Return the sum of the situations' totals."""
    total = [situation.totals for situation in situations]
    return RunTotals(
        listed=sum(each.listed for each in total),
        complete=sum(each.complete for each in total),
        partial=sum(each.partial for each in total),
        skipped=sum(each.skipped for each in total),
        failed=sum(each.failed for each in total),
        bytes=sum(each.bytes for each in total),
        by_policy=sum(each.by_policy for each in total),
        allowed=sum(each.allowed for each in total),
        misleading=sum(each.misleading for each in total),
    )


def percent(share: float | None) -> str:
    """Return a share as whole percent; 100% only when nothing is missing."""
    if share is None:
        return NONE
    return f"{int(share * 100)}%" if share < 1 else "100%"
