"""What the values of all objects tell together: whose data lie where, how many persons, the same list twice.

All of these are lower bounds or shares. Only values that belong to one person count; a value that stands
in the data of many legal entities (a switchboard's number, a common mailbox) says nothing and is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from registry import rules
from registry.columns import CATEGORIES, Flags, Ints, Keys, Objects, Rows, groups
from registry.covers import Covers
from registry.facts import Copy, Evidence, Overlap
from registry.model import UnitId
from registry.values import BORN_NAME, IDENTIFYING, ONE_EACH, SKETCH, codes_of

COMMON_TO = 3
"""A value in the data of more legal entities than this belongs to nobody in particular."""

_FIRST = 8  # of a list's values: two copies share one of them as good as surely
_LISTS_AT_MOST = 50
"""A value in more lists than this makes none of them alike."""


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """The values of all objects, one row each, and those that stand for lists; see `registry.values`.

    Values are in the order of their keys: equal ones stand together. Lists are in the order of objects.
    """

    at: npt.NDArray[np.int32]  # the object's row
    category: npt.NDArray[np.int8]
    key: Keys
    list_at: npt.NDArray[np.int32]
    list_key: Keys


def evidence(values: Values, objects: Objects, covers: Covers) -> Evidence:
    """Return what the comparison asks of the values."""
    entity = objects.folders.entity_id.astype(np.int32)[objects.folder]
    with ThreadPoolExecutor(1) as pool:  # arrays are sorted and counted beside each other
        counting = pool.submit(persons_by, values, covers.home, len(covers.homes))
        elsewhere = tuple(overlaps(values, entity, covers.registered))
        same_lists = tuple(copies(values, entity))
        numbers = counting.result()
    return Evidence(overlaps=elsewhere, copies=same_lists, persons=numbers)


def overlaps(values: Values, entity: npt.NDArray[np.int32], registered: Keys) -> Iterator[Overlap]:
    """Yield per object and other legal entity how many identifying values that entity has registered.

    Only strong ones come; `entity` and `registered` are the legal entity and the registered categories of
    every object.
    """
    chosen = np.zeros(len(CATEGORIES), np.bool_)
    chosen[[*codes_of(IDENTIFYING), BORN_NAME]] = True
    rows = np.flatnonzero(chosen[values.category])
    at = values.at[rows]
    several = _in_several(values.key[rows], entity[at])
    rows = rows[several]
    if not len(rows):
        return
    total = np.bincount(at, minlength=len(entity))
    at, key = values.at[rows], values.key[rows]
    order = np.lexsort((entity[at], key))
    rows, at, key = rows[order], at[order], key[order]
    category, whose = values.category[rows].astype(np.int64), entity[at]
    listed = (registered[at] >> category.astype(np.uint64)) & np.uint64(1) != 0
    value = np.cumsum(np.diff(key, prepend=key[:1]) != 0)
    # One line per value and entity: whether it has registered the value somewhere.
    starts = np.flatnonzero((np.diff(value, prepend=-1) != 0) | (np.diff(whose, prepend=-1) != 0))
    line = np.cumsum(np.isin(np.arange(len(rows)), starts)) - 1
    line_value, line_entity = value[starts], whose[starts]
    line_listed = np.bitwise_or.reduceat(listed, starts)
    spread = np.bincount(line_value)
    rare = (spread >= 2) & (spread <= COMMON_TO)
    found: list[tuple[Rows, Ints, Rows]] = []
    for distance in range(1, COMMON_TO):
        for step in (distance, -distance):
            other = line + step
            inside = (other >= 0) & (other < len(starts)) & rare[value]
            other = np.clip(other, 0, len(starts) - 1)
            hit = inside & (line_value[other] == value) & line_listed[other] & ~line_listed[line]
            found.append((at[hit], line_entity[other[hit]], np.flatnonzero(hit)))
    yield from _strong(found, key, category, total)


def _in_several(key: Keys, entity: npt.NDArray[np.int32]) -> Flags:
    """Return which values, in the order of their keys, stand in the data of several entities."""
    flags = np.zeros(len(key), np.bool_)
    same = key[1:] == key[:-1]
    differs = np.flatnonzero(same & (entity[1:] != entity[:-1]))
    if len(differs):
        number = np.zeros(len(key), np.int32)
        np.cumsum(~same, out=number[1:])
        several = np.zeros(int(number[-1]) + 1, np.bool_)
        several[number[differs]] = True
        flags = several[number]
    return flags


def _strong(
    found: Sequence[tuple[Rows, Ints, Rows]], key: Keys, category: Ints, total: Ints
) -> Iterator[Overlap]:
    at, other, row = (np.concatenate([each[index] for each in found]) for index in range(3))
    if not len(at):
        return
    pair = at.astype(np.int64) * (int(other.max()) + 1) + other
    for number, members in groups(pair):
        row_of, whose = divmod(number, int(other.max()) + 1)
        matched = len(np.unique(key[row[members]]))
        if rules.belongs_elsewhere(matched, int(total[row_of])):
            kinds = frozenset(CATEGORIES[code] for code in np.unique(category[row[members]]))
            yield Overlap(row_of, UnitId(whose), matched, int(total[row_of]), kinds)


def persons_by(values: Values, member: npt.NDArray[np.int32], members: int) -> Ints:
    """Return the persons surely counted over all objects of each member (-1: of none)."""
    return persons_by_several(values, member, np.arange(members, dtype=np.int32)[:, None], members)


def persons_by_several(
    values: Values, member: npt.NDArray[np.int32], above: npt.NDArray[np.int32], count: int
) -> Ints:
    """Return the persons surely counted for each of `count` wholes.

    `above` has a row per member: the wholes that it is part of, -1 where there is none. The wholes of one
    column must be runs of neighbouring members.
    """
    chosen = np.zeros(len(CATEGORIES), np.bool_)
    chosen[codes_of(ONE_EACH)] = True
    rows = np.flatnonzero(chosen[values.category])
    owner = member[values.at[rows]]
    rows, owner = rows[owner >= 0], owner[owner >= 0]
    most = np.zeros(count, np.int64)
    if not len(rows):
        return most
    key = values.key[rows]
    is_new = np.diff(key, prepend=~key[:1]) != 0
    # Sorted by key already, and now by owner among equal ones: a merge of very short parts.
    order = np.argsort(np.cumsum(is_new, dtype=np.int64) * len(above) + owner, kind="stable")
    owner, category = owner[order], values.category[rows[order]]
    for column in above.T:
        whole = column[owner]
        first = (is_new | (np.diff(whole, prepend=-2) != 0)) & (whole >= 0)
        for code in np.unique(category):
            counted = np.bincount(whole[first & (category == code)], minlength=count)
            most = np.maximum(most, counted)
    return most


def copies(values: Values, entity: npt.NDArray[np.int32]) -> Iterator[Copy]:
    """Yield pairs of objects of different legal entities that hold the same list."""
    at, key = values.list_at, values.list_key
    if not len(at):
        return
    starts = np.flatnonzero(np.diff(at, prepend=-1))
    ends = np.append(starts[1:], len(at))
    place = np.arange(len(at)) - np.repeat(starts, ends - starts)
    first = np.flatnonzero(place < _FIRST)
    first = first[np.argsort(key[first])]
    first = first[_in_several(key[first], entity[at[first]])]

    def values_of(row: int) -> Keys:
        return key[slice(*np.searchsorted(at, np.array((row, row + 1), at.dtype)))]

    seen: set[tuple[int, int]] = set()
    for _, members in groups(key[first].view(np.int64)):
        objects = sorted({int(at[first[member]]) for member in members})
        if not 2 <= len(objects) <= _LISTS_AT_MOST:
            continue
        for index, one in enumerate(objects):
            for other in objects[index + 1 :]:
                if entity[one] != entity[other] and (one, other) not in seen:
                    seen.add((one, other))
                    copy = _copy(one, other, values_of(one), values_of(other))
                    if rules.is_copy(copy.alike, copy.compared):
                        yield copy


def _copy(one: int, other: int, mine: Keys, theirs: Keys) -> Copy:
    """Compare the smallest values of both lists together: how many of those stand in both."""
    smallest = np.union1d(mine, theirs)[:SKETCH]
    alike = np.isin(smallest, mine) & np.isin(smallest, theirs)
    return Copy(one, other, int(alike.sum()), len(smallest))
