"""Until when each object of an estate may be kept, and by which entry: `registry.rules` asked of columns.

Entries are asked one by one; of objects only the day of the last change counts, all of them at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from registry import rules
from registry.columns import UNKNOWN_DAY, Ints, Objects, day_of
from registry.covers import Covers, Home

_NO_END = np.int64(2**40)
_LAST = day_of(date.max)
_NO_MONTHS = -1


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """Per object the last day on which it may be kept, in days since 1970, and the entry that says so."""

    day: Ints  # UNKNOWN_DAY: there is no end to tell
    entry_id: Ints  # of the entry that lets it be kept longest; 0 without an end

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Return which objects have an end."""
        known: npt.NDArray[np.bool_] = self.entry_id > 0
        return known


def ends_of(covers: Covers, objects: Objects) -> Ends:
    """Return the end of retention of every object; where several entries share a place, the latest one."""
    listed = [_distinct(home) for home in covers.homes]
    most = max(map(len, listed), default=0)
    sizes = np.array([len(each) for each in listed], np.int64)
    latest = np.full(len(objects), np.iinfo(np.int64).min)
    by = np.zeros(len(objects), np.int64)
    rows = np.flatnonzero(covers.home >= 0)
    for place in range(most):
        rows = rows[sizes[covers.home[rows]] > place]
        fixed, months, ids = (
            np.array([each[place][part] if len(each) > place else 0 for each in listed], np.int64)
            for part in range(3)
        )
        home = covers.home[rows]
        end = np.minimum(fixed[home], _after(objects.day[rows].astype(np.int64), months[home]))
        later = (end > latest[rows]) | ((end == latest[rows]) & (ids[home] > by[rows]))
        latest[rows[later]] = end[later]
        by[rows[later]] = ids[home][later]
    known = (by > 0) & (latest < _NO_END)
    return Ends(np.where(known, latest, UNKNOWN_DAY), np.where(known, by, 0))


def _distinct(home: Home) -> Sequence[tuple[int, int, int]]:
    """Return (fixed end, months, entry) of the entries of a place; of those alike the last one."""
    found: dict[tuple[int, int], int] = {}
    for entry in home:
        fixed, months = rules.fixed_end(entry), rules.months_from_change(entry)
        key = (
            int(_NO_END) if fixed is None else day_of(fixed),
            _NO_MONTHS if months is None else months,
        )
        found[key] = max(found.get(key, 0), entry.id)
    return [(*key, entry_id) for key, entry_id in found.items()]


def _after(days: Ints, months: Ints) -> Ints:
    """Return the same day so many months later or that month's last day; no end where one is not known."""
    end = np.full(len(days), _NO_END)
    runs = np.flatnonzero((days >= 0) & (months >= 0))
    begins = days[runs].astype("datetime64[D]")
    month = begins.astype("datetime64[M]")
    target = month + np.minimum(months[runs], 12 * date.max.year).astype("timedelta64[M]")
    first = target.astype("datetime64[D]").astype(np.int64)
    length = (target + 1).astype("datetime64[D]").astype(np.int64) - first
    in_month = days[runs] - month.astype("datetime64[D]").astype(np.int64)
    end[runs] = np.minimum(first + np.minimum(in_month, length - 1), _LAST)
    return end
