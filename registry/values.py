"""Which values tell whose data an object holds, and how many persons: eight bytes of a fingerprint each."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from registry.columns import CATEGORIES, Flags, Ints, Keys
from scanners.model import Category

IDENTIFYING = (
    Category.PATIENT_ID,
    Category.MY_NUMBER,
    Category.HEALTH_INSURANCE,
    Category.EMAIL,
    Category.PHONE,
)
"""Values that tell whose data an object holds; besides them, a name and the one date of birth in its row."""

ONE_EACH = (
    Category.MY_NUMBER,
    Category.PATIENT_ID,
    Category.PENSION_NUMBER,
    Category.EMPLOYMENT_INSURANCE,
    Category.RESIDENT_CODE,
    Category.DRIVER_LICENSE,
    Category.PASSPORT,
    Category.RESIDENCE_CARD,
)
"""Numbers of which a person has one: as many different ones, at least as many persons."""

BORN_NAME = CATEGORIES.index(Category.PERSON)
"""The kind of a value that is a name and the date of birth in its row."""

SKETCH = 64
"""So many of a list's smallest values stand for it."""

LIST_VALUES = 20
"""From so many different names and numbers on, an object is a list that may be compared with others."""

VALUES = pa.schema([("object", pa.int32()), ("category", pa.int8()), ("key", pa.uint64())])
LISTS = pa.schema([("object", pa.int32()), ("key", pa.uint64())])
HEADS = LISTS

_FIRST = 8  # of a list's values: two copies share one of them as good as surely

_TABLE_CELL = re.compile(r".*\[([0-9]+)\]", re.DOTALL)
_SHEET_CELL = re.compile(r"[A-Z]+([0-9]+)\Z")
_PERSON, _BIRTH = CATEGORIES.index(Category.PERSON), CATEGORIES.index(Category.DOB)


def line_of(location: str) -> str | None:
    """Return what cells of one row have in common: "名簿!C10" and "名簿!A10", "birth[12]" and "name[12]"."""
    if found := _TABLE_CELL.fullmatch(location):
        return found[1]
    found = _SHEET_CELL.search(location)
    return f"{location[: found.start()]}#{found[1]}" if found else None


def codes_of(categories: tuple[Category, ...]) -> list[int]:
    """Return the numbers of some categories."""
    return [CATEGORIES.index(category) for category in categories]


_KEPT = sorted({*codes_of(IDENTIFYING), *codes_of(ONE_EACH)})
_LISTED = sorted({_PERSON, *codes_of(IDENTIFYING)})


def mixed(keys: Keys) -> Keys:
    """Return numbers of which every bit depends on every bit."""
    keys = keys.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        keys = (keys ^ (keys >> np.uint64(shift))) * np.uint64(factor)
    keys ^= keys >> np.uint64(31)
    return keys


def distinct(at: Ints, category: Ints, key: Keys) -> Ints:
    """Return where each value of a category stands first in an object."""
    whole = key ^ mixed((at * len(CATEGORIES) + category + 1).astype(np.uint64))
    return np.sort(np.unique(whole, return_index=True)[1])


def kept_values(at: Ints, category: Ints, key: Keys) -> pa.Table:
    """Return the different values of every object that identify or count persons."""
    rows = np.flatnonzero(np.isin(category, _KEPT))
    rows = rows[distinct(at[rows], category[rows], key[rows])]
    return _values(at[rows], category[rows], key[rows])


def _values(at: Ints, category: Ints, key: Keys) -> pa.Table:
    return pa.table([at.astype(np.int32), category.astype(np.int8), key], schema=VALUES)


def born_names(at: Ints, category: Ints, key: Keys, line: Ints) -> pa.Table:
    """Return names with the one date of birth in their row; `line` numbers the rows, -1: none."""
    place = at.astype(np.int64) * (int(line.max(initial=0)) + 1) + line
    births = np.flatnonzero((category == _BIRTH) & (line >= 0))
    births = births[distinct(place[births], np.zeros(len(births), np.int64), key[births])]
    lines, first, count = np.unique(place[births], return_index=True, return_counts=True)
    lines, dates = lines[count == 1], key[births][first[count == 1]]
    names = np.flatnonzero((category == _PERSON) & (line >= 0))
    where = np.searchsorted(lines, place[names])
    held = where < len(lines)
    names, where = names[held], where[held]
    same = lines[where] == place[names]
    names, where = names[same], where[same]
    both = mixed(key[names] ^ mixed(dates[where] + np.uint64(1)))
    kinds = np.full(len(names), BORN_NAME)
    rows = distinct(at[names], kinds, both)
    return _values(at[names][rows], kinds[rows], both[rows])


def lists_of(at: Ints, category: Ints, key: Keys) -> pa.Table:
    """Return of every list its smallest different names and numbers, in order."""
    rows = np.flatnonzero(np.isin(category, _LISTED))
    counts = np.bincount(at[rows], minlength=1)
    rows = rows[counts[at[rows]] >= LIST_VALUES]
    rows = rows[distinct(at[rows], np.zeros(len(rows), np.int64), key[rows])]
    rows = rows[np.bincount(at[rows], minlength=1)[at[rows]] >= LIST_VALUES]
    rows = rows[np.lexsort((key[rows], at[rows]))]
    sorted_at = at[rows]
    first = np.searchsorted(sorted_at, sorted_at)
    rows = rows[np.arange(len(rows)) - first < SKETCH]
    return pa.table([at[rows].astype(np.int32), key[rows]], schema=LISTS)


def heads_of(lists: pa.Table) -> pa.Table:
    """Return the first values of every list."""
    at = lists["object"].to_numpy()
    starts = np.flatnonzero(np.diff(at, prepend=-1))
    place = np.arange(len(at)) - np.repeat(starts, np.diff(starts, append=len(at)))
    first = np.flatnonzero(place < _FIRST)
    return pa.table([at[first], lists["key"].to_numpy()[first]], schema=HEADS)


def identifying(category: Ints) -> Flags:
    """Return which values tell whose data an object holds."""
    chosen = np.zeros(len(CATEGORIES), np.bool_)
    chosen[[*codes_of(IDENTIFYING), BORN_NAME]] = True
    flags: Flags = chosen[category]
    return flags


def cells_worth_reading(at: Ints, category: Ints, masks: Keys) -> Flags:
    """Return which findings are names and dates of birth of objects that hold both."""
    both = np.uint64((1 << _PERSON) | (1 << _BIRTH))
    flags: Flags = np.isin(category, [_PERSON, _BIRTH]) & (masks[at] & both == both)
    return flags
