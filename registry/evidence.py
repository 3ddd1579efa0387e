"""What the values of all objects tell together: whose data lie where, how many persons, the same list twice.

All of these are lower bounds or shares. Only values that belong to one person count; a value that stands
in the data of many legal entities (a switchboard's number, a common mailbox) says nothing and is left out.

What one comparison counted is kept. Objects never change, they only come and go: the next one counts again
only the values of objects that did, and the places in which one did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from registry import rules
from registry.columns import CATEGORIES, Flags, Ints, Keys, Rows, groups
from registry.covers import Covers, Placed
from registry.facts import Copy, Evidence, Overlap
from registry.living import Living
from registry.model import UnitId
from registry.pieces import Found, in_order
from registry.values import ONE_EACH, SKETCH, codes_of, identifying

COMMON_TO = 3
"""A value in the data of more legal entities than this belongs to nobody in particular."""

_LISTS_AT_MOST = 50
"""A value in more lists than this makes none of them alike."""

Pairs = dict[tuple[int, int], tuple[int, int]]
"""Objects with lists, as they were read -> values of both alike, and compared."""


@dataclass(frozen=True, slots=True, eq=False)
class Wholes:
    """The units that persons are counted for: every unit with all below it."""

    member: npt.NDArray[np.int32]  # per run, the number of its unit, -1 where it is of none
    above: npt.NDArray[np.int32]  # per unit, the numbers of itself and those above it; -1 where there is none


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """What a comparison counted; objects are numbered as they were read."""

    living: Flags  # per object: it counted
    placed: Placed
    units: Ints  # per kind of number (of which a person has one) and unit, how many different ones
    homes: Ints  # per home of `placed`, the persons surely counted
    several: Found  # values that stand in the data of several legal entities
    heads: Found  # first values of lists that do
    pairs: Pairs

    def renumbered(self, rows: Rows, folders: Rows) -> Counted:
        """Return it for some of the objects and folders, numbered anew: all that counted are among them."""
        row = np.full(len(self.living), -1, np.int32)
        row[rows] = np.arange(len(rows), dtype=np.int32)
        left = row[self.placed.rows] >= 0
        placed = replace(
            self.placed,
            folder=self.placed.folder[folders],
            rows=row[self.placed.rows[left]].astype(np.int64),
            row=self.placed.row[left],
        )
        return replace(
            self,
            living=self.living[rows],
            placed=placed,
            several=replace(self.several, at=row[self.several.at]),
            heads=replace(self.heads, at=row[self.heads.at]),
            pairs={
                (int(row[one]), int(row[other])): alike
                for (one, other), alike in self.pairs.items()
                if row[one] >= 0 and row[other] >= 0
            },
        )


def evidence(
    living: Living, covers: Covers, wholes: Wholes, before: Counted | None = None
) -> tuple[Evidence, Ints, Counted]:
    """Return what the comparison asks of the values, the persons of every unit, and what was counted.

    `before` must be of the same tree and the same numbers of objects, and `covers` made from its places.
    """
    counting = _Counting(living, covers, wholes)
    counted = counting.everything() if before is None else counting.changes(before)
    told = Evidence(
        overlaps=tuple(overlaps(living, counted.several, covers.registered)),
        copies=tuple(_copies(living, counted)),
        persons=counted.homes,
    )
    return told, counted.units.max(axis=0, initial=0), counted


class _Counting:
    """Counts values of objects: all of them, or those that came and went."""

    def __init__(self, living: Living, covers: Covers, wholes: Wholes) -> None:
        self._living = living
        self._covers = covers
        self._wholes = wholes
        self._entity = living.entity_of_run

    def everything(self) -> Counted:
        """Count all values."""
        living = self._living
        values, heads = living.pieces.every("values"), living.pieces.every("heads")
        if not living.held.all():
            values = values.chosen(np.flatnonzero(living.held[values.at]))
            heads = heads.chosen(np.flatnonzero(living.held[heads.at]))
        homes = len(self._covers.homes)
        with ThreadPoolExecutor(1) as pool:  # arrays are sorted and counted beside each other
            counting = pool.submit(self._units, values, living.run)
            persons = persons_by(values, self._home(), homes)
            several = self._several(values.chosen(np.flatnonzero(identifying(values.category))))
            lists = self._several(heads)
            units = counting.result()
        return Counted(living.held, self._covers.placed, units, persons, several, lists, {})

    def changes(self, before: Counted) -> Counted:
        """Count only what may differ from before."""
        living, pieces = self._living, self._living.pieces
        was = np.zeros(len(living.held), np.bool_)
        was[: len(before.living)] = before.living
        moved = was != living.held
        units, several, heads = before.units, before.several, before.heads
        if moved.any():
            values = self._with_same_keys("values", moved)
            now = values.chosen(np.flatnonzero(living.held[values.at]))
            then = values.chosen(np.flatnonzero(was[values.at]))
            units = units + self._units(now, living.run) - self._units(then, living.run)
            told = now.chosen(np.flatnonzero(identifying(now.category)))
            several = in_order([_without(several, values.key), self._several(told)])
            same = self._with_same_keys("heads", moved)
            others = same.chosen(np.flatnonzero(living.held[same.at]))
            heads = in_order([_without(heads, same.key), self._several(others)])
        home = self._home()
        earlier = np.where(was, _home_of(before.placed, living, len(before.living)), -1)
        other = home != earlier
        touched = np.unique(np.concatenate([home[moved | other], earlier[moved | other]]))
        persons = np.zeros(len(self._covers.homes), np.int64)
        persons[: len(before.homes)] = before.homes
        touched = touched[touched >= 0]
        if len(touched):
            chosen = np.zeros(len(persons) + 1, np.bool_)  # the last one stands for no home
            chosen[touched] = True
            persons[touched] = persons_by(pieces.of_rows("values", chosen[home]), home, len(persons))[touched]
        return Counted(living.held, self._covers.placed, units, persons, several, heads, before.pairs)

    def _with_same_keys(self, name: str, moved: Flags) -> Found:
        """Return the values of objects that came or went, and equal ones of all others."""
        pieces = self._living.pieces
        return pieces.with_keys(name, np.unique(pieces.of_rows(name, moved).key))

    def _units(self, values: Found, run: npt.NDArray[np.int32]) -> Ints:
        above = self._wholes.above
        return persons_by_several(values, self._wholes.member[run], above, len(above))

    def _several(self, values: Found) -> Found:
        several = _in_several(values.key, self._entity[self._living.run[values.at]])
        return values.chosen(np.flatnonzero(several))

    def _home(self) -> npt.NDArray[np.int32]:
        """Return the home of every object, as they were read; -1 where it has none."""
        home = np.full(len(self._living.held), -1, np.int32)
        home[self._living.personal] = self._covers.home
        return home


def _home_of(placed: Placed, living: Living, known: int) -> npt.NDArray[np.int32]:
    """Return the home by earlier places of the objects that were `known` then; -1 of those read later."""
    home = np.full(len(living.held), -1, np.int32)
    cover = placed.folder[living.folder[:known]]
    cover[placed.rows] = placed.row
    home[:known] = placed.home_of[cover]
    return home


def _without(values: Found, keys: Keys) -> Found:
    """Return the values whose keys, both being in order, are not among some."""
    if not len(keys):
        return values
    where = np.minimum(np.searchsorted(keys, values.key), len(keys) - 1)
    return values.chosen(np.flatnonzero(keys[where] != values.key))


def overlaps(living: Living, several: Found, registered: Keys) -> Iterator[Overlap]:
    """Yield per object and other legal entity how many identifying values that entity has registered.

    Only strong ones come; `several` are the values in the data of several entities, `registered` are the
    registered categories of every object.
    """
    if not len(several):
        return
    at = living.place_of(several.at)
    entity = living.entity_of_run[living.run[several.at]]
    order = np.lexsort((entity, several.key))
    at, key, whose = at[order], several.key[order], entity[order]
    category = several.category[order].astype(np.int64)
    total = living.pieces.number("identifying")[living.personal]
    listed = (registered[at] >> category.astype(np.uint64)) & np.uint64(1) != 0
    value = np.cumsum(np.diff(key, prepend=key[:1]) != 0)
    # One line per value and entity: whether it has registered the value somewhere.
    is_start = (np.diff(value, prepend=-1) != 0) | (np.diff(whose, prepend=-1) != 0)
    starts = np.flatnonzero(is_start)
    line = np.cumsum(is_start) - 1
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


def persons_by(values: Found, member: npt.NDArray[np.int32], members: int) -> Ints:
    """Return the persons surely counted over all objects of each member (-1: of none)."""
    own = np.arange(members, dtype=np.int32)[:, None]
    most: Ints = persons_by_several(values, member, own, members).max(axis=0, initial=0)
    return most


def persons_by_several(
    values: Found, member: npt.NDArray[np.int32], above: npt.NDArray[np.int32], count: int
) -> Ints:
    """Return per number of which a person has one, and per whole, how many different ones there are.

    `above` has a row per member: the wholes, `count` in all, that it is part of, -1 where there is none. The
    wholes of one column must be runs of neighbouring members.
    """
    codes = codes_of(ONE_EACH)
    chosen = np.zeros(len(CATEGORIES), np.bool_)
    chosen[codes] = True
    rows = np.flatnonzero(chosen[values.category])
    owner = member[values.at[rows]]
    rows, owner = rows[owner >= 0], owner[owner >= 0]
    counts = np.zeros((len(codes), count), np.int64)
    if not len(rows):
        return counts
    key = values.key[rows]
    is_new = np.diff(key, prepend=~key[:1]) != 0
    # Sorted by key already, and now by owner among equal ones: a merge of very short parts.
    order = np.argsort(np.cumsum(is_new, dtype=np.int64) * len(above) + owner, kind="stable")
    owner, category = owner[order], values.category[rows[order]]
    held = [(place, category == code) for place, code in enumerate(codes) if (category == code).any()]
    for column in above.T:
        whole = column[owner]
        first = (is_new | (np.diff(whole, prepend=-2) != 0)) & (whole >= 0)
        for place, of_code in held:
            counts[place] += np.bincount(whole[first & of_code], minlength=count)
    return counts


def _copies(living: Living, counted: Counted) -> Iterator[Copy]:
    """Yield pairs of objects of different legal entities that hold the same list, and keep what was asked."""
    entity = living.entity_of_run[living.run[counted.heads.at]]
    found = copies(counted.heads, entity, living.pieces.list_of, counted.pairs)
    for one, other in found:
        alike, compared = counted.pairs[one, other]
        here, there = living.place_of(np.array((one, other))).tolist()
        yield Copy(here, there, alike, compared)


def copies(
    heads: Found, entity: npt.NDArray[np.int32], list_of: Callable[[int], Keys], pairs: Pairs
) -> list[tuple[int, int]]:
    """Return pairs of objects of different legal entities that hold the same list.

    `heads` are the first values of lists that stand in the data of several entities, `entity` those of
    their objects; `pairs` tells what is known of pairs, and takes up what is compared anew.
    """
    found: dict[tuple[int, int], None] = {}
    for _, members in groups(heads.key.view(np.int64)):
        whose = dict(zip(heads.at[members].tolist(), entity[members].tolist(), strict=True))
        if not 2 <= len(whose) <= _LISTS_AT_MOST:
            continue
        objects = sorted(whose)
        for index, one in enumerate(objects):
            for other in objects[index + 1 :]:
                if whose[one] != whose[other] and (one, other) not in found:
                    if (one, other) not in pairs:
                        pairs[one, other] = _alike(list_of(one), list_of(other))
                    if rules.is_copy(*pairs[one, other]):
                        found[one, other] = None
    return list(found)


def _alike(mine: Keys, theirs: Keys) -> tuple[int, int]:
    """Compare the smallest values of both lists together: how many of those stand in both."""
    smallest = np.union1d(mine, theirs)[:SKETCH]
    alike = np.isin(smallest, mine) & np.isin(smallest, theirs)
    return int(alike.sum()), len(smallest)
