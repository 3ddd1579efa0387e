"""What was read of runs, in pieces: one that was kept whole, those kept since, and what is new.

Numbers of folders and objects go on from one piece to the next. What is kept is read from its files only
when somebody asks for it: most comparisons need no name and no value of most objects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from registry.columns import Flags, Ints, Keys, Rows
from registry.findings import FindingsStore, Kind
from registry.reading import FOLDERS, OBJECTS, Part, column_of
from registry.values import HEADS, LISTS, VALUES

NUMBERS = ("folder", "id_high", "id_low", "categories", "low", "high", "day", "exposure")
"""The columns of objects that every comparison asks for."""

TEXTS = ("leaf", "shown")
Name = tuple[str | None, str | None]
"""The last part of an object's name, and its masked name where that is another one."""
_NAMED_AT_MOST = 20_000

KEPT: Mapping[str, Kind] = {
    "folders": "kept_folders",
    "objects": "kept_objects",
    "values": "kept_values",
    "lists": "kept_lists",
    "heads": "kept_heads",
}


class Piece(Protocol):
    """What was read of some runs, as `Part` says it."""

    def numbers(self) -> pa.Table:
        """Return the columns NUMBERS of the objects."""

    def column(self, name: str) -> pa.Table:
        """Return one column of the objects, in a table."""

    def table(self, name: str) -> pa.Table:
        """Return folders, values, lists or heads."""


class Read:
    """A piece that is in memory."""

    def __init__(self, part: Part) -> None:
        self.part = part

    def numbers(self) -> pa.Table:
        """Return the columns NUMBERS of the objects."""
        return self.part.objects.select(list(NUMBERS))

    def column(self, name: str) -> pa.Table:
        """Return one column of the objects, in a table."""
        return self.part.objects.select([name])

    def table(self, name: str) -> pa.Table:
        """Return folders, values, lists or heads."""
        table: pa.Table = getattr(self.part, name)
        return table


class Stored:
    """A piece that lies in files: `names` gives that of each kind."""

    def __init__(self, store: FindingsStore, names: Mapping[str, str]) -> None:
        self._store = store
        self._names = {name: names[kind] for name, kind in KEPT.items()}
        self._tables: dict[str, pa.Table] = {}

    def numbers(self) -> pa.Table:
        """Return the columns NUMBERS of the objects."""
        return self._once("", lambda: self._store.table(self._names["objects"], NUMBERS))

    def column(self, name: str) -> pa.Table:
        """Return one column of the objects, in a table."""
        return self._once(f"objects {name}", lambda: self._store.table(self._names["objects"], [name]))

    def table(self, name: str) -> pa.Table:
        """Return folders, values, lists or heads."""
        repeated = ("run_id",) if name == "folders" else ()
        return self._once(name, lambda: self._store.table(self._names[name], as_dictionary=repeated))

    def _once(self, name: str, read: Callable[[], pa.Table]) -> pa.Table:
        if name not in self._tables:
            self._tables[name] = read()
        return self._tables[name]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Some values of objects, in the order of their keys."""

    at: npt.NDArray[np.int32]  # the object, as it was read
    category: npt.NDArray[np.int8]
    key: Keys

    def __len__(self) -> int:
        return len(self.key)

    def chosen(self, rows: Rows | Flags) -> Found:
        """Return some of them."""
        return Found(self.at[rows], self.category[rows], self.key[rows])


class Pieces:
    """All pieces as one."""

    def __init__(self, pieces: Sequence[Piece], names: Mapping[int, Name] | None = None) -> None:
        """Take the pieces, and the names of a few objects that need not be read again."""
        self._known = dict(names or {})
        self.named: dict[int, Name] = {}  # what was asked for
        self._pieces = [piece for piece in pieces if piece.table("folders").num_rows]
        folders = [piece.table("folders").num_rows for piece in self._pieces]
        rows = [piece.numbers().num_rows for piece in self._pieces]
        self._folder_starts = np.cumsum([0, *folders])
        self._starts = np.cumsum([0, *rows])
        self._numbers: dict[str, Ints] = {}

    @property
    def rows(self) -> int:
        """Return how many objects were read."""
        return int(self._starts[-1])

    @property
    def folders(self) -> int:
        """Return how many folders were read."""
        return int(self._folder_starts[-1])

    @cached_property
    def paths(self) -> pa.Array:
        """Return the path of every folder."""
        chunks = [chunk for piece in self._pieces for chunk in piece.table("folders")["path"].chunks]
        return pa.chunked_array(chunks, pa.string()).combine_chunks()

    def flags(self, name: str) -> Flags:
        """Return a column of flags of the folders."""
        found = [column_of(piece.table("folders"), name).astype(np.bool_) for piece in self._pieces]
        return np.concatenate([np.zeros(0, np.bool_), *found])

    @cached_property
    def runs(self) -> tuple[list[str], npt.NDArray[np.int32]]:
        """Return the runs that were read, in the order of their rows, and per folder its run."""
        number: dict[str, int] = {}
        codes = [np.zeros(0, np.int32)]
        for piece in self._pieces:
            coded = piece.table("folders")["run_id"].combine_chunks()
            if not isinstance(coded, pa.DictionaryArray):
                coded = coded.dictionary_encode()
            indices = coded.indices.to_numpy()
            names = coded.dictionary.to_pylist()
            mine = np.full(len(names), -1, np.int32)
            for code in dict.fromkeys(indices[np.flatnonzero(np.diff(indices, prepend=-1))].tolist()):
                mine[code] = number.setdefault(names[code], len(number))
            codes.append(mine[indices])
        return list(number), np.concatenate(codes)

    def number(self, name: str) -> Ints:
        """Return a column of numbers of the objects."""
        if name not in self._numbers:
            self._numbers[name] = self._joined(name)
        return self._numbers[name]

    def numbers_at(self, name: str, rows: Rows) -> Ints:
        """Return a column of numbers of some objects; not of `folder`, which are numbered apart."""
        if len(self._pieces) == 1 or name in self._numbers:
            some: Ints = self.number(name)[rows]
            return some
        found = np.zeros(len(rows), OBJECTS.field(name).type.to_pandas_dtype())
        which = np.searchsorted(self._starts, rows, side="right") - 1
        for place in np.flatnonzero(np.bincount(which)).tolist():
            piece = self._pieces[place]
            chosen = which == place
            column = column_of(piece.numbers() if name in NUMBERS else piece.column(name), name)
            found[chosen] = column[rows[chosen] - self._starts[place]]
        return found

    def _joined(self, name: str) -> Ints:
        found = []
        for piece, start in zip(self._pieces, self._folder_starts.tolist(), strict=False):
            table = piece.numbers() if name in NUMBERS else piece.column(name)
            column = column_of(table, name)
            found.append(column + np.int32(start) if name == "folder" and start else column)
        if len(found) == 1:
            return found[0]
        kind = OBJECTS.field(name).type.to_pandas_dtype()
        return np.concatenate([np.zeros(0, kind), *found]).astype(kind, copy=False)

    def names(self, rows: Rows) -> list[Name]:
        """Return the names of some objects."""
        new = np.array([row for row in rows.tolist() if row not in self._known], np.int64)
        if len(new):
            read = zip(*(self._texts(name, new) for name in TEXTS), strict=True)
            self._known |= dict(zip(new.tolist(), read, strict=True))
        found = {row: self._known[row] for row in rows.tolist()}
        if len(self.named) + len(found) <= _NAMED_AT_MOST:
            self.named |= found
        return [found[row] for row in rows.tolist()]

    def _texts(self, name: str, rows: Rows) -> list[str | None]:
        """Return a column of texts of some objects; pieces that hold none of them are not read."""
        found: list[str | None] = [None] * len(rows)
        which = np.searchsorted(self._starts, rows, side="right") - 1
        for place in np.unique(which).tolist():
            chosen = np.flatnonzero(which == place)
            column = self._pieces[place].column(name)[name]
            local = pa.array(rows[chosen] - self._starts[place])
            for index, text in zip(chosen.tolist(), column.take(local).to_pylist(), strict=True):
                found[index] = text
        return found

    def with_keys(self, name: str, keys: Keys) -> Found:
        """Return the values or heads of these keys, which are different and in order."""
        found = []
        for piece in self._moved(name):
            first = np.searchsorted(piece.key, keys, side="left")
            counts = np.searchsorted(piece.key, keys, side="right") - first
            begins = np.cumsum(counts) - counts
            found.append(piece.chosen(np.arange(counts.sum()) + np.repeat(first - begins, counts)))
        return in_order(found)

    def of_rows(self, name: str, chosen: Flags) -> Found:
        """Return the values or heads of chosen objects."""
        return in_order([piece.chosen(np.flatnonzero(chosen[piece.at])) for piece in self._moved(name)])

    def every(self, name: str) -> Found:
        """Return all values or heads."""
        return in_order(self._moved(name))

    def list_of(self, row: int) -> Keys:
        """Return the values that stand for the list of an object."""
        place = int(np.searchsorted(self._starts, row, side="right")) - 1
        table = self._pieces[place].table("lists")
        at = column_of(table, "object")
        first, end = np.searchsorted(
            at, np.array((0, 1), at.dtype) + at.dtype.type(row - self._starts[place])
        )
        keys: Keys = column_of(table, "key")[first:end].astype(np.uint64, copy=False)
        return keys

    def _moved(self, name: str) -> list[Found]:
        moved = []
        for piece, start in zip(self._pieces, self._starts.tolist(), strict=False):
            table = piece.table(name)
            at = column_of(table, "object").astype(np.int32, copy=False)
            if name == "values":
                category = column_of(table, "category").astype(np.int8, copy=False)
            else:
                category = np.zeros(len(at), np.int8)
            key = column_of(table, "key").astype(np.uint64, copy=False)
            moved.append(Found(at + np.int32(start) if start else at, category, key))
        return moved

    def without(self, gone: Sequence[bool]) -> tuple[Part, Rows, Rows]:
        """Return all pieces in one without the runs that are gone, and which objects and folders are left."""
        runs, run_of_folder = self.runs
        is_gone = np.array(gone, np.bool_)
        folders = np.flatnonzero(~is_gone[run_of_folder])
        folder = self.number("folder")
        rows = np.flatnonzero(~is_gone[run_of_folder[folder]])
        first = self._pieces[0] if len(self._pieces) == 1 else None
        if isinstance(first, Read) and len(rows) == self.rows and len(folders) == self.folders:
            return first.part, rows, folders
        new_folder = np.zeros(self.folders, np.int32)
        new_folder[folders] = np.arange(len(folders), dtype=np.int32)
        new_row = np.full(self.rows, -1, np.int32)
        new_row[rows] = np.arange(len(rows), dtype=np.int32)
        objects: dict[str, pa.Array | npt.NDArray[np.generic]] = {}
        for name in OBJECTS.names:
            if name in TEXTS:
                chunks = [chunk for piece in self._pieces for chunk in piece.column(name)[name].chunks]
                objects[name] = pa.chunked_array(chunks, pa.string()).take(pa.array(rows)).combine_chunks()
            else:
                objects[name] = self.number(name)[rows]
        objects["folder"] = new_folder[folder[rows]]
        values, heads = self.every("values"), self.every("heads")
        values = values.chosen(new_row[values.at] >= 0)
        heads = heads.chosen(new_row[heads.at] >= 0)
        run_ids = pa.array(runs, pa.string())
        part = Part(
            folders=pa.table(
                {
                    "run_id": run_ids.take(pa.array(run_of_folder[folders])),
                    "path": self.paths.take(pa.array(folders)),
                    "is_table": self.flags("is_table")[folders],
                    "placed": self.flags("placed")[folders],
                },
                FOLDERS,
            ),
            objects=pa.table(objects, OBJECTS),
            values=pa.table([new_row[values.at], values.category, values.key], schema=VALUES),
            lists=self._lists(new_row),
            heads=pa.table([new_row[heads.at], heads.key], schema=HEADS),
        )
        return part, rows, folders

    def _lists(self, new_row: npt.NDArray[np.int32]) -> pa.Table:
        at, key = [np.zeros(0, np.int32)], [np.zeros(0, np.uint64)]
        for piece, start in zip(self._pieces, self._starts.tolist(), strict=False):
            table = piece.table("lists")
            moved = new_row[column_of(table, "object") + np.int32(start)]
            at.append(moved[moved >= 0])
            key.append(column_of(table, "key").astype(np.uint64, copy=False)[moved >= 0])
        return pa.table([np.concatenate(at), np.concatenate(key)], schema=LISTS)


def in_order(found: Sequence[Found]) -> Found:
    """Return values, each in the order of keys, together in the order of keys."""
    if len(found) == 1:
        return found[0]
    at = np.concatenate([np.zeros(0, np.int32), *(each.at for each in found)])
    category = np.concatenate([np.zeros(0, np.int8), *(each.category for each in found)])
    key = np.concatenate([np.zeros(0, np.uint64), *(each.key for each in found)])
    # What was sorted part by part is merged, which is much faster than to sort it.
    return Found(at, category, key).chosen(np.argsort(key, kind="stable"))
