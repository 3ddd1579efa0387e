"""Which ledger entries cover the objects of an estate, asked once a folder."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from registry.columns import Folders, Keys, Objects, Rows, groups, mask_of
from registry.model import EntryId, LedgerEntry
from registry.places import ENDS, Cover, RegisteredPlaces
from registry.rules import registered_items

Home = tuple[LedgerEntry, ...]
"""The entries that share a place; most often one."""


@dataclass(frozen=True, slots=True, eq=False)
class Covers:
    """The entries that cover each object; `home` is -1 where none does."""

    entries: Sequence[LedgerEntry]
    distinct: Sequence[Cover]
    homes: Sequence[Home]
    of: npt.NDArray[np.int32]  # per object, place in `distinct`
    home: npt.NDArray[np.int32]  # per object, place in `homes`
    registered: Keys  # per object, the categories that its entries list; 0 where none covers it
    seen: frozenset[EntryId]  # entries that cover something


def covers_of(entries: Sequence[LedgerEntry], objects: Objects) -> Covers:
    """Return which entries cover which objects."""
    places = RegisteredPlaces(entries)
    distinct: list[Cover] = [Cover()]
    by_ids: dict[tuple[EntryId, ...], int] = {}
    numbers: dict[int, tuple[int, Cover]] = {id(distinct[0]): (0, distinct[0])}

    def number_of(cover: Cover) -> int:
        if id(cover) not in numbers:  # the same value is most often the same object: asked a million times
            ids = (*(entry.id for entry in cover.home), EntryId(0), *(entry.id for entry in cover.all))
            number = by_ids.setdefault(ids, len(distinct)) if cover.all else 0
            if number == len(distinct):
                distinct.append(cover)
            numbers[id(cover)] = number, cover
        return numbers[id(cover)][0]

    of = np.zeros(len(objects.folders), np.int32)
    for number, cover in _folders(places, objects.folders):
        of[number] = number_of(cover)
    of = of[objects.folder]
    for row, cover in _single_objects(places, objects):
        of[row] = number_of(cover)
    return _covers(entries, distinct, of)


def _folders(places: RegisteredPlaces, folders: Folders) -> Iterator[tuple[int | slice | Rows, Cover]]:
    """Yield what covers folders, the wider places first: what a narrower one covers comes again later."""
    for number in np.flatnonzero(folders.is_table).tolist():
        yield number, places.cover(folders[number].location)
    files = np.flatnonzero(~folders.is_table & (folders.source_id >= 0))
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


def _single_objects(places: RegisteredPlaces, objects: Objects) -> list[tuple[int, Cover]]:
    """Return the objects that an entry names itself, not a folder above them."""
    folders = objects.folders
    wanted: dict[tuple[int, str], set[str]] = {}
    for source_id, folder, leaf in places.single_objects():
        if leaf:
            wanted.setdefault((source_id, folder), set()).add(leaf)
    known = pc.is_in(folders.paths, pa.array(sorted({folder for _, folder in wanted}), pa.string()))
    numbers = np.flatnonzero(known.to_numpy(zero_copy_only=False) & ~folders.is_table)
    at: dict[int, set[str]] = {}
    for place, path in zip(numbers, folders.paths.take(pa.array(numbers)).to_pylist(), strict=True):
        key = int(folders.source_id[place]), path
        if key in wanted:
            at[int(place)] = wanted[key]
    if not at:
        return []
    rows = objects.texts.named(sorted(set[str]().union(*at.values())))
    rows = rows[np.isin(objects.folder[rows], list(at))]
    found = []
    for row, leaf in zip(rows, objects.texts.leaves(rows), strict=True):
        number = int(objects.folder[row])
        if leaf in at[number]:
            where = folders[number].location
            found.append((int(row), places.cover(replace(where, name=where.name + leaf))))
    return found


def _covers(entries: Sequence[LedgerEntry], distinct: Sequence[Cover], of: npt.NDArray[np.int32]) -> Covers:
    numbers: dict[tuple[EntryId, ...], int] = {}
    homes: list[Home] = []
    home = np.full(len(distinct), -1, np.int32)
    registered = np.zeros(len(distinct), np.uint64)
    for number, cover in enumerate(distinct):
        if not cover.all:
            continue
        registered[number] = mask_of(registered_items(cover.all))
        ids = tuple(entry.id for entry in cover.home)
        if ids not in numbers:
            numbers[ids] = len(homes)
            homes.append(cover.home)
        home[number] = numbers[ids]
    used = np.unique(of)
    return Covers(
        entries=entries,
        distinct=distinct,
        homes=homes,
        of=of,
        home=home[of],
        registered=registered[of],
        seen=frozenset(entry.id for number in used for entry in distinct[number].all),
    )
