"""Dates and periods as ledgers write them: eras 元号, western dates, spreadsheet dates; years and months."""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date, datetime, timedelta

from daicho.ledger_file.table import Cell, shown

_ERAS = {  # name -> (year before its first, first day, last day)
    "明治": (1867, date(1868, 1, 25), date(1912, 7, 30)),
    "大正": (1911, date(1912, 7, 30), date(1926, 12, 25)),
    "昭和": (1925, date(1926, 12, 25), date(1989, 1, 7)),
    "平成": (1988, date(1989, 1, 8), date(2019, 4, 30)),
    "令和": (2018, date(2019, 5, 1), date.max),
}
_LETTERS = dict(zip("mtshr", _ERAS, strict=True))
_ERA_DATE = re.compile(
    r"(明治|大正|昭和|平成|令和|[mtshr])\.?(元|\d{1,2})(?:年|[./-])(\d{1,2})(?:月|[./-])(?:(\d{1,2})日?|(末)日?)"
)
_WESTERN = re.compile(r"(\d{4})(?:年|[./-])(\d{1,2})(?:月|[./-])(?:(\d{1,2})日?|(末)日?)")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL_FROM = date(1899, 12, 30)  # of which a spreadsheet counts days; right from 1900-03-01 on
_SERIALS = range(61, 110_000)
_YEARS_MONTHS = re.compile(
    r"(?:(\d+)(?:年間?|years?))?(?:と?(\d+)(?:[ヶケかカヵ箇]月間?|月|months?))?", re.IGNORECASE
)


class DateError(ValueError):
    """A text is no date; `rule` says why."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def day_of(cell: Cell) -> date:
    """Return the day that a cell names; DateError `date`, or `date_era` for a day outside its era."""
    match cell:
        case datetime():
            return cell.date()
        case date():
            return cell
        case int() | float() if not isinstance(cell, bool) and int(cell) in _SERIALS:
            return _SERIAL_FROM + timedelta(days=int(cell))
        case _:
            return _day_of_text(shown(cell))


def _day_of_text(text: str) -> date:
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold())
    folded = re.sub(r"[((][月火水木金土日][))]$", "", folded)
    if era := _ERA_DATE.fullmatch(folded):
        name = _LETTERS.get(era[1], era[1])
        before, first, last = _ERAS[name]
        day = _day(before + (1 if era[2] == "元" else int(era[2])), int(era[3]), era[4])
        if not first <= day <= last:
            raise DateError("date_era")
        return day
    found = _WESTERN.fullmatch(folded)
    if found:
        return _day(int(found[1]), int(found[2]), found[3])
    compact = _COMPACT.fullmatch(folded)
    if compact:
        return _day(int(compact[1]), int(compact[2]), compact[3])
    raise DateError("date")


def _day(year: int, month: int, day: str | None) -> date:
    """Return a day; None is the last of its month."""
    try:
        return date(year, month, int(day) if day else calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError):
        raise DateError("date") from None


def months_of(text: str) -> int | None:
    """Return the months of "5年", "36か月" or "1年6か月"; None for what is no such period."""
    folded = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    found = _YEARS_MONTHS.fullmatch(folded)
    if not found or not (found[1] or found[2]):
        return None
    return int(found[1] or 0) * 12 + int(found[2] or 0)
