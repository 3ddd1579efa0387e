"""Which ledger entries cover the objects of an estate, asked once a folder.

What was found is kept by the ids of entries, and asked again only in sources where something changed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from registry.columns import Flags, Folders, Ints, Keys, Objects, Rows, groups
from registry.entry_columns import Entries
from registry.model import LedgerEntry
from registry.places import ENDS, Cover, RegisteredPlaces

Home = tuple[LedgerEntry, ...]
"""The entries that share a place; most often one."""


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """Several lists of numbers in one: the members of a list stand from its offset to the next one."""

    offsets: npt.NDArray[np.int64]  # one more than there are lists
    members: npt.NDArray[np.int64]

    @classmethod
    def of(cls, lists: Iterable[Sequence[int]]) -> Packed:
        """Put lists together."""
        given = list(lists)
        sizes = np.array([0, *map(len, given)], np.int64)
        return cls(np.cumsum(sizes), np.array([each for one in given for each in one], np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def sizes(self) -> Ints:
        """Return the length of every list."""
        return np.diff(self.offsets)

    def lists(self) -> list[tuple[int, ...]]:
        """Return the lists one by one."""
        members = self.members.tolist()
        return [tuple(members[start:end]) for start, end in pairwise(self.offsets.tolist())]

    def joined(self, more: Sequence[Sequence[int]]) -> Packed:
        """Return these lists and further ones behind them."""
        if not more:
            return self
        added = Packed.of(more)
        return Packed(
            np.concatenate([self.offsets, added.offsets[1:] + self.offsets[-1]]),
            np.concatenate([self.members, added.members]),
        )

    def taken(self, numbers: Rows) -> Packed:
        """Return some of the lists."""
        sizes = self.sizes[numbers]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
        rows = np.arange(offsets[-1]) + np.repeat(self.offsets[:-1][numbers] - offsets[:-1], sizes)
        return Packed(offsets, self.members[rows])

    def summed(self) -> npt.NDArray[np.int64]:
        """Return the sum of every list's members; what does not fit is left out."""
        sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.members)])
        found: npt.NDArray[np.int64] = sums[self.offsets[1:]] - sums[self.offsets[:-1]]
        return found

    def reduced(self, how: np.ufunc, column: Ints, empty: int) -> Ints:
        """Return one number per list: that of the numbers in `column` at its members."""
        found = np.full(len(self), empty, column.dtype)
        held = np.flatnonzero(self.sizes)
        if len(held):
            found[held] = how.reduceat(column[self.members], self.offsets[:-1][held])
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Which entries, by id, cover folders and single objects, in a form that can be kept."""

    folder: npt.NDArray[np.int32]  # per folder, the number of its cover
    rows: npt.NDArray[np.int64]  # what was read of objects that an entry names itself
    row: npt.NDArray[np.int32]  # per one of these, the number of its cover
    all: Packed  # per cover; the first one is empty
    home_of: npt.NDArray[np.int32]  # per cover, the number of its home, -1 where there is none
    homes: Packed

    @classmethod
    def empty(cls) -> Placed:
        """Return that nothing is covered."""
        none = np.zeros(0, np.int32)
        return cls(
            none, none.astype(np.int64), none, Packed.of([()]), np.full(1, -1, np.int32), Packed.of([])
        )

    def tidied(self) -> tuple[Placed, Rows]:
        """Return it without covers and homes of nothing, and which homes are left."""
        used = np.unique(np.concatenate([[0], self.folder, self.row]))
        number = np.zeros(len(self.all), np.int32)
        number[used] = np.arange(len(used))
        home_of = self.home_of[used]
        homes = np.unique(home_of[home_of >= 0])
        home = np.full(len(self.homes) + 1, -1, np.int32)  # the last one stands for none
        home[homes] = np.arange(len(homes))
        placed = Placed(
            number[self.folder],
            self.rows,
            number[self.row],
            self.all.taken(used),
            home[home_of],
            self.homes.taken(homes),
        )
        return placed, homes


class Lists(Sequence[Home]):
    """Lists of entries, each made when it is asked for."""

    def __init__(self, entries: Entries, ids: Packed) -> None:
        """Take the ids of the entries of each; of lists that nobody asks for, entries may be gone."""
        self._entries = entries
        if not len(entries):
            ids = Packed(np.zeros(len(ids) + 1, np.int64), np.zeros(0, np.int64))
        members = np.minimum(np.searchsorted(entries.id, ids.members), max(0, len(entries) - 1))
        self.places = Packed(ids.offsets, members)

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, number: int) -> Home: ...
    @overload
    def __getitem__(self, number: slice) -> list[Home]: ...
    def __getitem__(self, number: int | slice) -> Home | list[Home]:
        """Return the entries of one list."""
        if isinstance(number, slice):
            return [self[each] for each in range(*number.indices(len(self)))]
        start, end = self.places.offsets[range(len(self))[int(number)] :][:2]
        return tuple(self._entries[int(place)] for place in self.places.members[start:end])


@dataclass(frozen=True, slots=True, eq=False)
class Covers:
    """The entries that cover each object; `home` is -1 where none does."""

    entries: Entries
    placed: Placed
    distinct: Lists  # of all entries that cover something together
    homes: Lists  # of those with the longest prefix
    of: npt.NDArray[np.int32]  # per object, place in `distinct`
    home: npt.NDArray[np.int32]  # per object, place in `homes`
    registered: Keys  # per object, the categories that its entries list; 0 where none covers it
    seen: Flags  # per entry: it covers something


def covers_of(
    entries: Sequence[LedgerEntry],
    objects: Objects,
    *,
    read: Rows | None = None,
    before: Placed | None = None,
    touched: Flags | None = None,
) -> Covers:
    """Return which entries cover which objects.

    `read` numbers the objects among all that was read, in their order. `before` is what was found earlier
    of the same folders; it still holds but in the `touched` ones.
    """
    columns = Entries.of(entries)
    rows = np.arange(len(objects)) if read is None else read
    if before is None or touched is None:
        before, touched = Placed.empty(), np.ones(len(objects.folders), np.bool_)
    return _covers(columns, objects, rows, _placed(columns, objects, rows, before, touched))


def _placed(entries: Entries, objects: Objects, read: Rows, before: Placed, touched: Flags) -> Placed:
    folders = objects.folders
    of = np.zeros(len(folders), np.int32)
    of[: len(before.folder)] = before.folder
    of[touched | (folders.source_id < 0)] = 0
    # Objects are numbered as they were read; of folders that are gone nothing is living.
    where = np.minimum(np.searchsorted(read, before.rows), max(0, len(read) - 1))
    still = read[where] == before.rows if len(read) else np.zeros(len(before.rows), np.bool_)
    still[still] = ~touched[objects.folder[where[still]]]
    if not touched.any():
        return replace(before, folder=of, rows=before.rows[still], row=before.row[still])
    sources = np.unique(folders.source_id[touched])
    places = RegisteredPlaces(entries.standing(np.isin(entries.place_source, sources)))
    numbers = _Numbers(before)
    for number, cover in _folders(places, folders, touched):
        of[number] = numbers.of(cover)
    found = _single_objects(places, objects, touched)
    single = [int(read[row]) for row, _ in found]
    covers = [numbers.of(cover) for _, cover in found]
    all_rows = np.concatenate([before.rows[still], np.array(single, np.int64)])
    all_covers = np.concatenate([before.row[still], np.array(covers, np.int32)])
    order = np.argsort(all_rows, kind="stable")
    return numbers.placed(of, all_rows[order], all_covers[order])


class _Numbers:
    """Numbers covers, those that are known already as they are."""

    def __init__(self, before: Placed) -> None:
        self._before = before
        self._homes = {ids: number for number, ids in enumerate(before.homes.lists())}
        listed = [*before.homes.lists(), ()]
        self._covers = {
            (listed[home], ids): number
            for number, (home, ids) in enumerate(
                zip(before.home_of.tolist(), before.all.lists(), strict=True)
            )
        }
        self._quick: dict[int, tuple[int, Cover]] = {}
        self._new: list[Cover] = []
        self._new_homes: list[tuple[int, ...]] = []
        self._home_of: list[int] = []

    def of(self, cover: Cover) -> int:
        """Return the number of a cover."""
        known = self._quick.get(id(cover))  # the same value is most often the same object
        if known is None:
            known = self._quick[id(cover)] = (self._number(cover), cover)
        return known[0]

    def _number(self, cover: Cover) -> int:
        number = self._covers.setdefault((cover.home, cover.all), len(self._covers))
        if number == len(self._before.all) + len(self._new):
            home = self._homes.setdefault(cover.home, len(self._homes))
            if home == len(self._before.homes) + len(self._new_homes):
                self._new_homes.append(cover.home)
            self._new.append(cover)
            self._home_of.append(home)
        return number

    def placed(
        self, folder: npt.NDArray[np.int32], rows: npt.NDArray[np.int64], row: npt.NDArray[np.int32]
    ) -> Placed:
        """Return everything that was numbered."""
        return Placed(
            folder,
            rows,
            row,
            self._before.all.joined([cover.all for cover in self._new]),
            np.concatenate([self._before.home_of, np.array(self._home_of, np.int32)]),
            self._before.homes.joined(self._new_homes),
        )


def _folders(
    places: RegisteredPlaces, folders: Folders, touched: Flags
) -> Iterator[tuple[int | slice | Rows, Cover]]:
    """Yield what covers folders, the wider places first: what a narrower one covers comes again later."""
    for number in np.flatnonzero(folders.is_table & touched).tolist():
        yield number, places.cover(folders[number].location)
    files = np.flatnonzero(~folders.is_table & (folders.source_id >= 0) & touched)
    for _, members in groups(folders.owner[files]):
        rows = files[members]
        paths = folders.paths.take(pa.array(rows)).to_pylist()
        order = sorted(range(len(paths)), key=paths.__getitem__)
        rows, paths = rows[order], sorted(paths)
        where = folders[int(rows[0])].location
        for prefix in sorted(places.of_source(where.source_id), key=len):
            for end in ENDS if prefix else ("",):
                first = bisect_left(paths, prefix + end)
                last = bisect_left(paths, prefix + end + _AFTER_ALL, first)
                if first < last:
                    yield rows[first:last], places.cover_within(replace(where, name=prefix + end))


_AFTER_ALL = chr(0x10FFFF)


def _single_objects(places: RegisteredPlaces, objects: Objects, touched: Flags) -> list[tuple[int, Cover]]:
    """Return the objects that an entry names itself, not a folder above them."""
    folders = objects.folders
    wanted: dict[tuple[int, str], set[str]] = {}
    for source_id, folder, leaf in places.single_objects():
        if leaf:
            wanted.setdefault((source_id, folder), set()).add(leaf)
    numbers = np.flatnonzero(touched & ~folders.is_table & (folders.source_id >= 0))
    paths = folders.paths.take(pa.array(numbers))
    known = pc.is_in(paths, pa.array(sorted({folder for _, folder in wanted}), pa.string()))
    held = np.flatnonzero(known.to_numpy(zero_copy_only=False))
    at: dict[int, set[str]] = {}
    for place, path in zip(numbers[held], paths.take(pa.array(held)).to_pylist(), strict=True):
        key = int(folders.source_id[place]), path
        if key in wanted:
            at[int(place)] = wanted[key]
    if not at:
        return []
    rows = np.flatnonzero(np.isin(objects.folder, list(at)))
    found = []
    for row, leaf in zip(rows.tolist(), objects.texts.leaves(rows), strict=True):
        number = int(objects.folder[row])
        if leaf in at[number]:
            where = folders[number].location
            found.append((row, places.cover(replace(where, name=where.name + leaf))))
    return found


def _covers(entries: Entries, objects: Objects, read: Rows, placed: Placed) -> Covers:
    of: npt.NDArray[np.int32] = placed.folder[objects.folder]
    of[np.searchsorted(read, placed.rows)] = placed.row
    distinct, homes = Lists(entries, placed.all), Lists(entries, placed.homes)
    registered = distinct.places.reduced(np.bitwise_or, entries.registered, 0)
    used = np.zeros(len(distinct), np.bool_)
    used[of] = True
    seen = np.zeros(len(entries), np.bool_)
    seen[distinct.places.members[np.repeat(used, distinct.places.sizes)]] = True
    return Covers(
        entries=entries,
        placed=placed,
        distinct=distinct,
        homes=homes,
        of=of,
        home=placed.home_of[of],
        registered=registered[of],
        seen=seen,
    )
