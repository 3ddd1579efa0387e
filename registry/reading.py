"""Reads what runs found into columns: once a run, because a run never changes."""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from registry.columns import CATEGORIES, EXPOSURES, UNKNOWN_DAY, Ints, Keys
from registry.errors import StoreError
from registry.findings import FindingsStore, analytics
from registry.places import name_below
from registry.values import (
    HEADS,
    LISTS,
    VALUES,
    born_names,
    cells_worth_reading,
    heads_of,
    identifying,
    kept_values,
    line_of,
    lists_of,
)
from scanners.model import Exposure

_AT_ONCE = 200_000  # objects
_DAY_NS = 86_400_000_000_000
_ID_DIGITS = 32
_HEX = re.compile(rb"[0-9a-f]*")

FOLDERS = pa.schema(
    [
        ("run_id", pa.string()),
        ("path", pa.string()),
        ("is_table", pa.bool_()),
        ("placed", pa.bool_()),  # below its source's address
    ]
)
OBJECTS = pa.schema(
    [
        ("folder", pa.int32()),
        ("id_high", pa.uint64()),
        ("id_low", pa.uint64()),
        ("leaf", pa.string()),
        ("shown", pa.string()),  # null: as the name
        ("categories", pa.uint64()),  # 0: nothing personal
        ("low", pa.int64()),
        ("high", pa.int64()),
        ("day", pa.int32()),
        ("exposure", pa.int8()),
        ("identifying", pa.int32()),  # how many values tell whose data it holds
    ]
)
_OBJECT_COLUMNS = (
    "object_id",
    "uri",
    "shown",
    "kind",
    "mtime_ns",
    "exposure",
    "categories",
    "persons_low",
    "persons_high",
)
_FINDING_COLUMNS = ("object_id", "category", "fingerprint", "location")

_NAMES = """
WITH readable AS (
    SELECT place_no, kind, root, uri, shown,
           CASE WHEN starts_with(uri, 'file:') THEN '/' || ltrim(TRY(url_decode(substr(uri, 6))), '/')
                WHEN contains(uri, '://') THEN TRY(url_decode(uri)) ELSE uri END AS place,
           CASE WHEN starts_with(shown, 'file:') THEN '/' || ltrim(TRY(url_decode(substr(shown, 6))), '/')
                WHEN contains(shown, '://') THEN TRY(url_decode(shown)) ELSE shown END AS mask
    FROM located
),
below AS (
    SELECT place_no, kind, uri, shown, place IS NULL OR mask IS NULL AS unreadable,
           CASE WHEN root = '' THEN ltrim(place, '/!')
                WHEN place = root THEN regexp_extract(place, '[^/]*$')
                WHEN starts_with(place, root) AND substr(place, length(root) + 1, 1) IN ('/', '!')
                THEN ltrim(substr(place, length(root) + 1), '/!') END AS name,
           CASE WHEN root = '' THEN ltrim(mask, '/!')
                WHEN mask = root THEN regexp_extract(mask, '[^/]*$')
                WHEN starts_with(mask, root) AND substr(mask, length(root) + 1, 1) IN ('/', '!')
                THEN ltrim(substr(mask, length(root) + 1), '/!') END AS hidden
    FROM readable
),
named AS (
    SELECT place_no, kind = 'table' AS is_table, name IS NOT NULL AS placed, unreadable,
           coalesce(name, uri) AS name,
           CASE WHEN name IS NULL OR hidden IS NULL THEN shown ELSE hidden END AS shown
    FROM below
)
SELECT place_no, is_table, placed, unreadable, name,
       CASE WHEN is_table THEN '' ELSE regexp_extract(name, '[^/!]*$') END AS leaf,
       CASE WHEN shown = name THEN NULL ELSE shown END AS shown
FROM named
ORDER BY place_no
"""
"""`registry.places.name_below` for a column; what DuckDB cannot decode is left to that function."""


@dataclass(frozen=True, slots=True)
class RunToRead:
    """One run, its files, and the address that its objects lie below."""

    id: str
    root: str  # empty: scanned without a registered source
    address: str
    objects: str
    findings: str


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What was read of some runs: tables that refer to each other by place."""

    folders: pa.Table
    objects: pa.Table
    values: pa.Table  # see `registry.values`; in the order of their keys
    lists: pa.Table
    heads: pa.Table  # the first values of every list, in the order of their keys

    @classmethod
    def empty(cls) -> Part:
        """Return what was read of no run."""
        return cls(*(schema.empty_table() for schema in _SCHEMAS.values()))

    @classmethod
    def joined(cls, parts: Sequence[Part]) -> Part:
        """Return several parts as one."""
        folders = objects = 0
        moved: list[Part] = []
        for part in parts:
            moved.append(
                Part(
                    part.folders,
                    _moved(part.objects, "folder", folders),
                    _moved(part.values, "object", objects),
                    _moved(part.lists, "object", objects),
                    _moved(part.heads, "object", objects),
                )
            )
            folders += part.folders.num_rows
            objects += part.objects.num_rows
        tables = {
            name: pa.concat_tables([schema.empty_table(), *(getattr(part, name) for part in moved)])
            for name, schema in _SCHEMAS.items()
        }
        tables["values"], tables["heads"] = _by_key(tables["values"]), _by_key(tables["heads"])
        return cls(**{name: table.combine_chunks() for name, table in tables.items()})


_SCHEMAS = {"folders": FOLDERS, "objects": OBJECTS, "values": VALUES, "lists": LISTS, "heads": HEADS}


def _by_key(values: pa.Table) -> pa.Table:
    """Return values in the order of their keys: equal ones stand together, wherever they were found."""
    keys = column_of(values, "key")
    falls = int((keys[1:] < keys[:-1]).sum())
    if not falls:
        return values
    # What was sorted part by part is merged, which is much faster than to sort it.
    order = np.argsort(keys, kind="stable" if falls < len(keys) / 100 else None)
    return pa.table([column_of(values, name)[order] for name in values.schema.names], schema=values.schema)


def _moved(table: pa.Table, column: str, by: int) -> pa.Table:
    if by == 0 or table.num_rows == 0:
        return table
    index = table.schema.get_field_index(column)
    numbers = column_of(table, column) + np.int32(by)
    return table.set_column(index, table.schema.field(index), pa.array(numbers, pa.int32()))


def column_of(table: pa.Table, name: str) -> npt.NDArray[Any]:
    """Return a column of numbers as an array, without a copy where it lies in one piece."""
    column = table[name]
    if column.num_chunks == 1:
        array: npt.NDArray[Any] = column.chunk(0).to_numpy(zero_copy_only=False)
        return array
    joined: npt.NDArray[Any] = column.to_numpy()
    return joined


def read_runs(store: FindingsStore, runs: Sequence[RunToRead]) -> Part:
    """Read runs; the objects of a run stay in the order of its file."""
    parts: list[Part] = []
    waiting: list[tuple[RunToRead, pa.Table]] = []
    held = 0
    with ThreadPoolExecutor(2) as pool:
        for run, table in zip(
            runs, pool.map(lambda run: store.table(run.objects, _OBJECT_COLUMNS), runs), strict=True
        ):
            waiting.append((run, table))
            held += table.num_rows
            if held >= _AT_ONCE:
                parts.append(_read(store, waiting, pool))
                waiting, held = [], 0
        if waiting:
            parts.append(_read(store, waiting, pool))
    return Part.joined(parts) if parts else Part.empty()


def _read(store: FindingsStore, runs: Sequence[tuple[RunToRead, pa.Table]], pool: ThreadPoolExecutor) -> Part:
    numbers = [_numbers(table) for _, table in runs]
    folders, folder, leaf, shown = _names(runs)
    found = pool.map(
        lambda pair: _findings(store, pair[0][0].findings, pair[1]), zip(runs, numbers, strict=True)
    )
    values, lists, start = [VALUES.empty_table()], [LISTS.empty_table()], 0
    for each, (some_values, some_lists) in zip(numbers, found, strict=True):
        values.append(_moved(some_values, "object", start))
        lists.append(_moved(some_lists, "object", start))
        start += len(each["categories"])
    all_values, all_lists = pa.concat_tables(values), pa.concat_tables(lists)
    objects = {
        "folder": folder,
        "leaf": leaf,
        "shown": shown,
        **{name: np.concatenate([each[name] for each in numbers]) for name in numbers[0]},
        "identifying": np.bincount(
            column_of(all_values, "object")[identifying(column_of(all_values, "category"))], minlength=start
        ),
    }
    return Part(
        folders,
        pa.table(objects).select(OBJECTS.names).cast(OBJECTS),
        all_values,
        all_lists,
        heads_of(all_lists),
    )


def _numbers(table: pa.Table) -> dict[str, npt.NDArray[Any]]:
    high, low = keys_of(table["object_id"])
    masks = _masks(table["categories"].combine_chunks())
    persons = column_of(table, "persons_high")
    masks[persons == 0] = 0
    changed = column_of(table, "mtime_ns").astype(np.int64)
    exposures = pc.index_in(table["exposure"], pa.array([each.value for each in EXPOSURES]))
    unknown = EXPOSURES.index(Exposure.UNKNOWN)
    return {
        "id_high": high,
        "id_low": low,
        "categories": masks,
        "low": column_of(table, "persons_low"),
        "high": persons,
        "day": np.where(changed > 0, changed // _DAY_NS, UNKNOWN_DAY),
        "exposure": exposures.fill_null(unknown).to_numpy(),
    }


def keys_of(ids: pa.ChunkedArray | pa.Array) -> tuple[Keys, Keys]:
    """Return ids of 32 hexadecimal digits as two numbers each, which sort as the ids do."""
    column = ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids
    if not len(column):
        return np.zeros(0, np.uint64), np.zeros(0, np.uint64)
    ends = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    digits = memoryview(column.buffers()[2])[ends[0] : ends[-1]]
    if (np.diff(ends) != _ID_DIGITS).any() or _HEX.fullmatch(digits) is None:
        raise StoreError("the ids of a run's objects are not of this program; scan again")
    both = np.frombuffer(binascii.unhexlify(digits), ">u8").reshape(-1, 2).astype(np.uint64)
    return both[:, 0].copy(), both[:, 1].copy()


def _masks(categories: pa.ListArray) -> Keys:
    masks = np.zeros(len(categories), np.uint64)
    names = categories.flatten().field("category")
    if len(names):
        codes = pc.index_in(names, pa.array([category.value for category in CATEGORIES])).to_numpy()
        owner = np.repeat(np.arange(len(categories)), pc.list_value_length(categories).to_numpy())
        np.bitwise_or.at(masks, owner, np.uint64(1) << codes.astype(np.uint64))
    return masks


def _names(
    runs: Sequence[tuple[RunToRead, pa.Table]],
) -> tuple[pa.Table, npt.NDArray[np.int32], pa.Array, pa.Array]:
    """Return the folders of runs, and per object its folder, its name there, and its masked name."""
    counts = [table.num_rows for _, table in runs]
    number = np.repeat(np.arange(len(runs)), counts)
    all_uris = pa.concat_tables([table.select(["uri", "shown", "kind"]) for _, table in runs])
    roots = pa.array([run.root if run.address else None for run, _ in runs], pa.string())
    located = all_uris.append_column("root", roots.take(pa.array(number)))
    located = located.append_column("place_no", pa.array(np.arange(len(number))))
    with analytics() as connection:
        connection.register("located", located)
        named = connection.sql(_NAMES).to_arrow_table()
    named = _with_unreadable(named, located, [run.address for run, _ in runs], number)
    leaf = named["leaf"].combine_chunks()
    length = pc.subtract(pc.binary_length(named["name"]), pc.binary_length(named["leaf"]))
    path = _cut(named["name"].combine_chunks(), length.combine_chunks())
    flags = 2 * named["is_table"].to_numpy().astype(np.int64) + named["placed"].to_numpy()
    paths = path.dictionary_encode()
    packed = (number * 4 + flags) * max(1, len(paths.dictionary)) + paths.indices.to_numpy()
    distinct, folder = np.unique(packed, return_inverse=True)
    rest, which = np.divmod(distinct, max(1, len(paths.dictionary)))
    ids = pa.array([run.id for run, _ in runs], pa.string())
    folders = pa.table(
        [
            ids.take(pa.array(rest // 4)),
            paths.dictionary.take(pa.array(which)),
            rest // 2 % 2 == 1,
            rest % 2 == 1,
        ],
        schema=FOLDERS,
    )
    return folders, folder.astype(np.int32), leaf, named["shown"].combine_chunks()


def _cut(names: pa.Array, lengths: pa.Array) -> pa.Array:
    """Return the first bytes of every name, so many of each."""
    data = names.buffers()[2]
    starts = np.frombuffer(names.buffers()[1], np.int32)[names.offset : names.offset + len(names) + 1]
    raw = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    sizes = lengths.to_numpy()
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    at = np.repeat(starts[:-1].astype(np.int64) - ends[:-1], sizes) + np.arange(ends[-1])
    return pa.StringArray.from_buffers(len(names), pa.py_buffer(ends), pa.py_buffer(raw[at]))


def _with_unreadable(named: pa.Table, located: pa.Table, addresses: Sequence[str], number: Ints) -> pa.Table:
    """Return the names with those that hold broken percent-encoding, decoded as `name_below` does."""
    rows = np.flatnonzero(named["unreadable"].to_numpy())
    if not len(rows):
        return named
    columns: dict[str, list[object]] = {
        name: named[name].to_pylist() for name in ("placed", "name", "leaf", "shown")
    }
    for row in rows:
        address = addresses[number[row]]
        uri, masked = located["uri"][int(row)].as_py(), located["shown"][int(row)].as_py()
        found = name_below(uri, address) if address else None
        hidden = name_below(masked, address) if address else None
        name = uri if found is None else found
        last = name.replace("!", "/").rsplit("/", 1)[-1]
        shown = masked if found is None or hidden is None else hidden
        columns["placed"][row], columns["name"][row] = found is not None, name
        columns["leaf"][row] = "" if named["is_table"][int(row)].as_py() else last
        columns["shown"][row] = None if shown == name else shown
    for name, values in columns.items():
        index = named.schema.get_field_index(name)
        named = named.set_column(
            index, named.schema.field(index), pa.array(values, named.schema.field(index).type)
        )
    return named


def _findings(
    store: FindingsStore, name: str, numbers: Mapping[str, npt.NDArray[Any]]
) -> tuple[pa.Table, pa.Table]:
    """Return the values and lists of one run."""
    dictionaries = ("object_id", "category", "location")
    table = store.table(name, _FINDING_COLUMNS, as_dictionary=dictionaries).unify_dictionaries()
    if not table.num_rows:
        return VALUES.empty_table(), LISTS.empty_table()
    ids, names, places = (table[column].combine_chunks() for column in dictionaries)
    masks = numbers["categories"].astype(np.uint64)
    rows_of = _rows_of(ids.dictionary, numbers["id_high"].astype(np.uint64))
    at = rows_of[ids.indices.to_numpy()]
    codes = pc.index_in(names.dictionary, pa.array([category.value for category in CATEGORIES]))
    category = codes.fill_null(-1).to_numpy()[names.indices.to_numpy()]
    prints = table["fingerprint"].combine_chunks()
    key = np.frombuffer(prints.buffers()[1], np.uint64)[2 * prints.offset :: 2][: len(prints)]
    known = (at >= 0) & (category >= 0)
    known[known] = masks[at[known]] != 0
    rows = np.flatnonzero(known)
    at, category, key = at[rows], category[rows].astype(np.int64), key[rows]
    cells = cells_worth_reading(at, category, masks)
    values = [kept_values(at, category, key)]
    if cells.any():
        line = _lines(places, rows[cells])
        values.append(born_names(at[cells], category[cells], key[cells], line))
    return pa.concat_tables(values), lists_of(at, category, key)


def _rows_of(ids: pa.Array, keys: Keys) -> Ints:
    """Return the row of every id among the objects, -1 where there is none."""
    wanted, _ = keys_of(ids)
    order = np.argsort(keys, kind="stable")
    where = np.minimum(np.searchsorted(keys[order], wanted), max(0, len(keys) - 1))
    if not len(keys):
        return np.full(len(wanted), -1)
    rows = order[where]
    return np.where(keys[rows] == wanted, rows, -1)


def _lines(places: pa.DictionaryArray, rows: Ints) -> Ints:
    used: dict[str, int] = {}
    codes = places.indices.to_numpy()[rows]
    distinct, which = np.unique(codes, return_inverse=True)
    numbers = []
    for location in places.dictionary.take(pa.array(distinct)).to_pylist():
        line = line_of(location or "")
        numbers.append(-1 if line is None else used.setdefault(line, len(used)))
    return np.array(numbers, np.int64)[which]
