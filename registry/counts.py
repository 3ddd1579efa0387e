"""What a comparison keeps for the next one besides what it read: the ledger, its places, and what it counted.

All of it stands in one table of named arrays, sealed like everything else that is kept. What is not as
this module writes it is not used: the next comparison then asks for everything anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from registry.columns import Ints
from registry.covers import Packed, Placed
from registry.entry_columns import ENTRIES, PLACES, Entries
from registry.estate import Tree
from registry.evidence import Counted
from registry.pieces import Found, Name
from registry.values import ONE_EACH

_FORMAT = 1
_ARRAYS = pa.schema([("name", pa.string()), ("type", pa.string()), ("data", pa.large_binary())])
_TYPES = frozenset({"<i8", "<i4", "|i1", "<u8", "|u1"})
_TABLES: Mapping[str, pa.Schema] = {"entries": ENTRIES, "places": PLACES}


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What one comparison found, in a form that holds as long as what it is of stays the same."""

    tree: str  # digest of the organisation
    pieces: Sequence[str]  # directories of the pieces that numbers of objects go by
    runs: Mapping[str, tuple[int, int | None]]  # that counted: id -> unit, source
    entries: Entries
    counted: Counted
    names: Mapping[int, Name]  # of objects that differences were named after


def digest_of(tree: Tree) -> str:
    """Return a digest of everything that comparing asks of the organisation."""
    told = [
        (int(unit), list(map(int, path)), int(tree.entity[unit])) for unit, path in sorted(tree.above.items())
    ]
    return hashlib.sha256(json.dumps(told).encode("ascii")).hexdigest()


def table_of(kept: Kept) -> pa.Table:
    """Return the table of what is kept."""
    counted = kept.counted
    placed, homes = counted.placed.tidied()
    living = counted.living
    pairs = [(*pair, *alike) for pair, alike in counted.pairs.items() if living[pair[0]] and living[pair[1]]]
    told = {"format": _FORMAT, "tree": kept.tree, "pieces": list(kept.pieces), "runs": kept.runs}
    told |= {"rows": len(living), "names": [[row, *name] for row, name in kept.names.items()]}
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "told": np.frombuffer(json.dumps(told).encode("ascii"), np.uint8),
        "living": np.packbits(living),
        "folder": placed.folder,
        "rows": placed.rows,
        "row": placed.row,
        "all": placed.all.members,
        "all offsets": placed.all.offsets,
        "home_of": placed.home_of,
        "homes": placed.homes.members,
        "homes offsets": placed.homes.offsets,
        "units": counted.units.astype(np.int64),
        "persons": counted.homes[homes].astype(np.int64),
        "pairs": np.array(pairs, np.int64).reshape(-1),
    }
    for name in ("several", "heads"):
        found: Found = getattr(counted, name)
        arrays |= {f"{name} at": found.at, f"{name} category": found.category, f"{name} key": found.key}
    for name in _TABLES:
        arrays[name] = np.frombuffer(_bytes_of(getattr(kept.entries, _COLUMNS[name])), np.uint8)
    return pa.table(
        [
            list(arrays),
            [array.dtype.str for array in arrays.values()],
            [array.tobytes() for array in arrays.values()],
        ],
        schema=_ARRAYS,
    )


_COLUMNS = {"entries": "table", "places": "places"}


def kept_of(table: pa.Table) -> Kept:
    """Return what a table keeps; ValueError or KeyError when it is not of this program."""
    if table.schema != _ARRAYS:
        raise ValueError("the table is another one")
    rows = zip(*(table[name].to_pylist() for name in _ARRAYS.names), strict=True)
    data = {name: (kind, held) for name, kind, held in rows}

    def array(name: str, kind: str) -> npt.NDArray[np.generic]:
        if data[name][0] != kind or kind not in _TYPES:
            raise ValueError("an array is of another kind")
        return np.frombuffer(data[name][1], kind)

    told = json.loads(array("told", "|u1").tobytes())
    if told["format"] != _FORMAT:
        raise ValueError("the format is another one")
    return Kept(
        tree=told["tree"],
        pieces=told["pieces"],
        runs={run: (unit, source) for run, (unit, source) in told["runs"].items()},
        entries=Entries(
            *(_table_of(array(name, "|u1").tobytes(), schema) for name, schema in _TABLES.items())
        ),
        counted=_counted(array, told["rows"]),
        names={row: (leaf, shown) for row, leaf, shown in told["names"]},
    )


def _counted(array: Callable[[str, str], Ints], rows: int) -> Counted:
    def found(name: str) -> Found:
        return Found(
            array(f"{name} at", "<i4"), array(f"{name} category", "|i1"), array(f"{name} key", "<u8")
        )

    pairs = array("pairs", "<i8").reshape(-1, 4).tolist()
    placed = Placed(
        array("folder", "<i4"),
        array("rows", "<i8"),
        array("row", "<i4"),
        Packed(array("all offsets", "<i8"), array("all", "<i8")),
        array("home_of", "<i4"),
        Packed(array("homes offsets", "<i8"), array("homes", "<i8")),
    )
    persons = array("persons", "<i8")
    units = array("units", "<i8")
    if len(persons) != len(placed.homes) or len(placed.home_of) != len(placed.all):
        raise ValueError("arrays do not belong together")
    return Counted(
        living=np.unpackbits(array("living", "|u1"), count=rows).astype(np.bool_),
        placed=placed,
        units=units.reshape(_KINDS, -1),
        homes=persons,
        several=found("several"),
        heads=found("heads"),
        pairs={(one, other): (alike, compared) for one, other, alike, compared in pairs},
    )


_KINDS = len(ONE_EACH)


def _bytes_of(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _table_of(data: bytes, schema: pa.Schema) -> pa.Table:
    with pa.ipc.open_stream(data) as reader:
        table = reader.read_all()
    if table.schema != schema:
        raise ValueError("the table is another one")
    return table
