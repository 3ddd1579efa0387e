"""What was read of the latest runs, each object once, as the columns that are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from registry.columns import Flags, Folder, Folders, Ints, Keys, Objects, Rows
from registry.estate import Estate
from registry.exclusions import NOTHING_EXCLUDED
from registry.model import ObjectId, SourceId, UnitId
from registry.pieces import Pieces
from registry.places import Location


@dataclass(frozen=True, slots=True, eq=False)
class Living:
    """The objects of the latest runs: which rows of what was read count, and those that hold something."""

    objects: Objects
    pieces: Pieces
    run: npt.NDArray[np.int32]  # per row read, place in `runs`
    folder: npt.NDArray[np.int32]  # per row read
    runs: Sequence[str]
    entity_of_run: npt.NDArray[np.int32]
    counts: Flags  # per row read: it is of the latest run and the one that stands for its object
    held: Flags  # per row read: it is one of `objects`
    personal: Rows  # the rows read that `objects` are, in their order

    @classmethod
    def of(cls, estate: Estate, pieces: Pieces) -> Living:
        """Return what counts of what was read; rows of runs that are no longer the latest do not."""
        runs, folder_run = pieces.runs
        folder = pieces.number("folder")
        run = folder_run[folder]
        high = pieces.number("id_high")
        counts = _counts(estate, runs, run, high)
        categories = pieces.number("categories")
        folders = _folders(estate, runs, folder_run, pieces)
        held = counts & (categories != 0)
        if estate.excluded != NOTHING_EXCLUDED:
            held &= ~estate.excluded.rows(high, pieces.number("id_low"), folder, folders)
        personal = np.flatnonzero(held)
        objects = Objects(
            folders=folders,
            folder=folder[personal],
            order=high[personal],
            categories=categories[personal],
            low=pieces.number("low")[personal],
            high=pieces.number("high")[personal],
            day=pieces.number("day")[personal],
            exposure=pieces.number("exposure")[personal],
            texts=_Read(pieces, folder, personal),
        )
        entities = np.zeros(len(runs), np.int32)
        entities[folder_run] = folders.entity_id
        return cls(objects, pieces, run, folder, runs, entities, counts, held, personal)

    def place_of(self, rows: Rows) -> Ints:
        """Return the places in `objects` of rows that are held."""
        places: Ints = np.searchsorted(self.personal, rows)
        return places


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


def _folders(estate: Estate, runs: Sequence[str], run: npt.NDArray[np.int32], pieces: Pieces) -> Folders:
    owners: list[Folder] = []
    latest = {each.id: each for each in estate.runs}
    for run_id in runs:
        where = latest.get(run_id)
        unit = UnitId(0) if where is None else UnitId(where.unit_id)
        source = None if where is None or where.source_id is None else SourceId(where.source_id)
        line = frozenset[UnitId]() if where is None else estate.tree.line[unit]
        entity = unit if where is None else estate.tree.entity[unit]
        owners += [Folder(unit, entity, Location(source, "", is_table, line)) for is_table in (False, True)]
    is_table = pieces.flags("is_table").astype(np.int32)
    return Folders(owners, run * np.int32(2) + is_table, pieces.paths, pieces.flags("placed"))


class _Read:
    """The names of objects, as they were read."""

    def __init__(self, pieces: Pieces, folder: npt.NDArray[np.int32], personal: Rows) -> None:
        self._pieces = pieces
        self._folder = folder
        self._personal = personal

    def ids(self, rows: Rows) -> list[ObjectId]:
        return [ObjectId(each) for each in ids_of(self._pieces, self._personal[rows])]

    def leaves(self, rows: Rows) -> list[str]:
        return [leaf or "" for leaf, _ in self._pieces.names(self._personal[rows])]

    def shown(self, rows: Rows) -> list[str]:
        read = self._personal[rows]
        paths = self._pieces.paths.take(self._folder[read]).to_pylist()
        return [
            f"{path}{leaf or ''}" if shown is None else shown
            for (leaf, shown), path in zip(self._pieces.names(read), paths, strict=True)
        ]


def ids_of(pieces: Pieces, rows: Rows) -> list[str]:
    """Return the ids of rows that were read."""
    high, low = pieces.numbers_at("id_high", rows), pieces.numbers_at("id_low", rows)
    return [f"{one:016x}{other:016x}" for one, other in zip(high.tolist(), low.tolist(), strict=True)]
