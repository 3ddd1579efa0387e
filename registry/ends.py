"""Until when each object of an estate may be kept, and by which entry: `registry.rules` asked of columns.

Of an entry its fixed end and its months count, of an object the day of its last change: no pair of these
is asked twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from registry.columns import UNKNOWN_DAY, Ints, Objects, day_of, numbered
from registry.covers import Covers
from registry.entry_columns import NO_END

_LAST = day_of(date.max)


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
    latest = np.full(len(objects), np.iinfo(np.int64).min)
    by = np.zeros(len(objects), np.int64)
    rows = np.flatnonzero(covers.home >= 0)
    for place, (fixed, months, ids) in enumerate(_layers(covers)):
        home = covers.home[rows]
        if place:
            held = ids[home] > 0
            rows, home = rows[held], home[held]
        end, entry = _end_of(fixed, months, home, objects.day[rows]), ids[home]
        if not place:
            latest[rows], by[rows] = end, entry
            continue
        later = (end > latest[rows]) | ((end == latest[rows]) & (entry > by[rows]))
        latest[rows[later]] = end[later]
        by[rows[later]] = entry[later]
    unknown = (by == 0) | (latest >= NO_END)
    latest[unknown] = UNKNOWN_DAY
    by[unknown] = 0
    return Ends(latest, by)


def _end_of(fixed: Ints, months: Ints, home: Ints, day: Ints) -> Ints:
    """Return the ends of objects by the fixed end and the months of their places, no pair asked twice."""
    kinds, kind = np.unique(np.stack([fixed, months]), axis=1, return_inverse=True)
    count = max(1, kinds.shape[1])
    pairs, which = numbered((day.astype(np.int64) + 1) * count + kind.reshape(-1).astype(np.int64)[home])
    days, number = np.divmod(pairs, count)
    ends = np.minimum(kinds[0][number], _after(days - 1, kinds[1][number]))
    found: Ints = ends[which]
    return found


def _layers(covers: Covers) -> list[tuple[Ints, Ints, Ints]]:
    """Return (fixed end, months, entry) per place of entries: of its first entry, its second one, …

    Of entries of a place that are alike only the last one comes; the entry is 0 where there is none.
    """
    fixed, months = covers.entries.retention
    places = covers.homes.places
    several = {
        int(home): _distinct(places.members[slice(*places.offsets[home : home + 2])], fixed, months)
        for home in np.flatnonzero(places.sizes > 1)
    }
    layers = []
    for place in range(max(map(len, several.values()), default=1)):
        chosen = np.full(len(places), -1, np.int64)
        if place == 0:
            held = places.sizes == 1
            chosen[held] = places.members[places.offsets[:-1][held]]
        for home, members in several.items():
            if place < len(members):
                chosen[home] = members[place]
        ids = np.where(chosen >= 0, covers.entries.id[chosen], 0) if len(covers.entries) else chosen + 1
        layers.append((fixed[chosen], months[chosen], ids) if len(fixed) else (chosen, chosen, ids))
    return layers


def _distinct(members: Ints, fixed: Ints, months: Ints) -> Sequence[int]:
    """Return the entries of a place, of those alike the last one."""
    found = {(int(fixed[each]), int(months[each])): int(each) for each in np.sort(members)}
    return list(found.values())


def _after(days: Ints, months: Ints) -> Ints:
    """Return the same day so many months later or that month's last day; no end where one is not known."""
    end = np.full(len(days), NO_END)
    runs = np.flatnonzero((days >= 0) & (months >= 0))
    begins = days[runs].astype("datetime64[D]")
    month = begins.astype("datetime64[M]")
    target = month + np.minimum(months[runs], 12 * date.max.year).astype("timedelta64[M]")
    first = target.astype("datetime64[D]").astype(np.int64)
    length = (target + 1).astype("datetime64[D]").astype(np.int64) - first
    in_month = days[runs] - month.astype("datetime64[D]").astype(np.int64)
    end[runs] = np.minimum(first + np.minimum(in_month, length - 1), _LAST)
    return end
