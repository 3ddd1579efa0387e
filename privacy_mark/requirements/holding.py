"""For how long evidence holds, as a table that the database can join."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import CTE, Date, String, column, values

from privacy_mark.requirements.model import Catalogue, Frequency

_DAY = timedelta(days=1)
EARLIEST = date(1, 1, 1)
"""Since when evidence holds that does not run out."""


def since(every: Frequency, today: date) -> date:
    """Return the first day of evidence of a frequency that still holds: the inverse of `Frequency.until`."""
    end = every.until(today)
    if end is None:
        return EARLIEST
    day = today - (end - today)
    while (until := every.until(day)) is not None and until < today:
        day += _DAY
    while (until := every.until(day - _DAY)) is not None and until >= today:
        day -= _DAY
    return day


def wanted(catalogue: Catalogue, today: date, day: date) -> CTE:
    """Return a table of every need of today: `requirement`, `need`, `since` when evidence holds on a day."""
    first = {every: since(every, day) for every in Frequency}
    rows = [
        (requirement.id, need.id, first[need.every])
        for requirement in catalogue.in_force(today)
        for need in requirement.needs
    ]
    columns = (column("requirement", String), column("need", String), column("since", Date))
    return values(*columns, name="wanted").data(rows).cte("wanted")
