"""What was read of the latest runs, each object once, as the columns that are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from registry.columns import Flags, Folder, Folders, Keys, Objects, Rows
from registry.estate import Estate
from registry.evidence import Values
from registry.model import ObjectId, SourceId, UnitId
from registry.places import Location
from registry.reading import Part, column_of


@dataclass(frozen=True, slots=True, eq=False)
class Living:
    """The objects of the latest runs: which rows of what was read count, and those that hold something."""

    objects: Objects
    values: Values
    run: npt.NDArray[np.int32]  # per row read, place in `runs`
    runs: Sequence[str]
    counts: Flags  # per row read: it is of the latest run and the one that stands for its object
    personal: Rows  # the rows read that `objects` are, in their order

    @classmethod
    def of(cls, estate: Estate, part: Part) -> Living:
        """Return what counts of what was read; rows of runs that are no longer the latest do not."""
        coded = part.folders["run_id"].combine_chunks().dictionary_encode()
        runs: list[str] = coded.dictionary.to_pylist()
        folder_run = coded.indices.to_numpy().astype(np.int32, copy=False)
        folder = column_of(part.objects, "folder").astype(np.int32, copy=False)
        run = folder_run[folder] if len(folder) else np.zeros(0, np.int32)
        high = column_of(part.objects, "id_high").astype(np.uint64, copy=False)
        counts = _counts(estate, runs, run, high)
        personal = np.flatnonzero(counts & (column_of(part.objects, "categories") != 0))
        objects = Objects(
            folders=_folders(estate, runs, folder_run, part.folders),
            folder=folder[personal],
            order=high[personal],
            categories=column_of(part.objects, "categories").astype(np.uint64, copy=False)[personal],
            low=column_of(part.objects, "low").astype(np.int64, copy=False)[personal],
            high=column_of(part.objects, "high").astype(np.int64, copy=False)[personal],
            day=column_of(part.objects, "day").astype(np.int32, copy=False)[personal],
            exposure=column_of(part.objects, "exposure").astype(np.int8, copy=False)[personal],
            texts=_Read(part, folder, personal),
        )
        return cls(objects, _values(part, personal, len(run)), run, runs, counts, personal)


def _counts(estate: Estate, runs: Sequence[str], run: npt.NDArray[np.int32], key: Keys) -> Flags:
    """Return which rows stand for their object: of a registered source first, then of the newest run."""
    latest = {each.id: each for each in estate.runs}
    is_latest = np.array([run_id in latest for run_id in runs], np.bool_)
    counts = is_latest[run] if len(run) else np.zeros(0, np.bool_)
    rows = np.flatnonzero(counts)
    sorted_keys = np.sort(key[rows])
    same = sorted_keys[1:] == sorted_keys[:-1]
    if same.any():
        by_preference = sorted(
            range(len(runs)),
            key=lambda place: (
                runs[place] in latest and latest[runs[place]].source_id is not None,
                runs[place],
            ),
        )
        rank = np.empty(len(runs), np.int64)
        rank[by_preference] = np.arange(len(runs))
        twice = rows[np.isin(key[rows], sorted_keys[1:][same])]
        sorted_twice = twice[np.lexsort((-rank[run[twice]], key[twice]))]
        later = np.diff(key[sorted_twice], prepend=~key[sorted_twice[:1]]) == 0
        counts[sorted_twice[later]] = False
    return counts


def _folders(estate: Estate, runs: Sequence[str], run: npt.NDArray[np.int32], read: pa.Table) -> Folders:
    owners: list[Folder] = []
    latest = {each.id: each for each in estate.runs}
    for run_id in runs:
        where = latest.get(run_id)
        unit = UnitId(0) if where is None else UnitId(where.unit_id)
        source = None if where is None or where.source_id is None else SourceId(where.source_id)
        line = frozenset[UnitId]() if where is None else estate.tree.line[unit]
        entity = unit if where is None else estate.tree.entity[unit]
        owners += [Folder(unit, entity, Location(source, "", is_table, line)) for is_table in (False, True)]
    is_table = column_of(read, "is_table").astype(np.int32, copy=False)
    placed = column_of(read, "placed").astype(np.bool_)
    return Folders(owners, run * np.int32(2) + is_table, read["path"].combine_chunks(), placed)


def _values(part: Part, personal: Rows, count: int) -> Values:
    row_of = np.full(count, -1, np.int32)
    row_of[personal] = np.arange(len(personal), dtype=np.int32)

    def living(table: pa.Table) -> tuple[npt.NDArray[np.int32], Flags | slice]:
        at = row_of[column_of(table, "object").astype(np.int32, copy=False)]
        held = at >= 0
        return at, slice(None) if held.all() else held

    at, held = living(part.values)
    list_at, listed = living(part.lists)
    category = column_of(part.values, "category").astype(np.int8, copy=False)
    key, list_key = column_of(part.values, "key"), column_of(part.lists, "key")
    return Values(
        at=at[held],
        category=category[held],
        key=key.astype(np.uint64, copy=False)[held],
        list_at=list_at[listed],  # in the order of rows, as it was read
        list_key=list_key.astype(np.uint64, copy=False)[listed],
    )


class _Read:
    """The names of objects, as they were read."""

    def __init__(self, part: Part, folder: npt.NDArray[np.int32], personal: Rows) -> None:
        self._folder = folder
        self._personal = personal
        self._high, self._low = (column_of(part.objects, name) for name in ("id_high", "id_low"))
        self._leaf, self._shown = (part.objects[name].combine_chunks() for name in ("leaf", "shown"))
        self._path = part.folders["path"].combine_chunks()

    def ids(self, rows: Rows) -> list[ObjectId]:
        read = self._personal[rows]
        return [ObjectId(each) for each in _ids(self._high[read], self._low[read])]

    def leaves(self, rows: Rows) -> list[str]:
        return self._texts(self._leaf, rows)

    def shown(self, rows: Rows) -> list[str]:
        masked, leaves = self._texts(self._shown, rows), self._texts(self._leaf, rows)
        paths = self._path.take(pa.array(self._folder[self._personal[rows]])).to_pylist()
        return [
            f"{path}{leaf}" if shown is None else shown
            for shown, path, leaf in zip(masked, paths, leaves, strict=True)
        ]

    def named(self, leaves: Sequence[str]) -> Rows:
        known = pc.is_in(self._leaf, pa.array(list(leaves), pa.string())).to_numpy(zero_copy_only=False)
        return np.flatnonzero(known[self._personal])

    def _texts(self, column: pa.Array, rows: Rows) -> list[Any]:
        found: list[Any] = column.take(pa.array(self._personal[rows])).to_pylist()
        return found


def ids_of(part: Part, rows: Rows) -> list[str]:
    """Return the ids of rows that were read."""
    return _ids(column_of(part.objects, "id_high")[rows], column_of(part.objects, "id_low")[rows])


def _ids(high: npt.NDArray[np.generic], low: npt.NDArray[np.generic]) -> list[str]:
    return [f"{int(one):016x}{int(other):016x}" for one, other in zip(high, low, strict=True)]
