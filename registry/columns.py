"""The objects of an estate as columns, one array an attribute: a million of them are compared at once.

Most rules ask of an object only which folder it lies in, which categories it holds and a few numbers.
Folders, of which there are far fewer, are values that rules are asked about one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from registry.model import ObjectId, SourceId, UnitId
from registry.places import Location
from scanners.model import Category, Exposure

Ints = npt.NDArray[Any]
Rows = npt.NDArray[Any]
Flags = npt.NDArray[Any]
Keys = npt.NDArray[Any]
"""Eight bytes of a keyed digest each: of ten million, two agree once in some hundred thousand estates."""

CATEGORIES = tuple(Category)
EXPOSURES = (
    Exposure.EVERYONE,
    Exposure.GROUP,
    Exposure.OWNER,
    Exposure.UNKNOWN,
    Exposure.ALL_STAFF,
)
"""The order in which assessments keep them: what is new stands last."""
UNKNOWN_DAY = -1
_EPOCH = date(1970, 1, 1)
_BIT = {category: np.uint64(1 << number) for number, category in enumerate(CATEGORIES)}


@dataclass(frozen=True, slots=True)
class Folder:
    """Where objects lie together: in one folder of one source, scanned for one unit; or one table.

    The location's name is the folder with the boundary behind it, "人事/採用/", or the table's whole name.
    """

    unit_id: UnitId
    entity_id: UnitId
    location: Location


class Folders:
    """The folders of an estate as columns; each becomes a value only when it is asked for."""

    def __init__(
        self, owners: Sequence[Folder], owner: npt.NDArray[np.int32], paths: pa.Array, placed: Flags
    ) -> None:
        """Take per folder its owner (a location without name), its path, and whether its source has it."""
        self._owners = owners
        self.owner = owner
        self.paths = paths
        self._placed = placed
        self.is_table = np.array([each.location.is_table for each in owners], np.bool_)[owner]
        self.unit_id = np.array([each.unit_id for each in owners], np.int64)[owner]
        self.entity_id = np.array([each.entity_id for each in owners], np.int64)[owner]
        sources = np.array([each.location.source_id or -1 for each in owners], np.int64)
        self.source_id = np.where(placed, sources[owner], -1)

    def __len__(self) -> int:
        return len(self.owner)

    @cached_property
    def place(self) -> Ints:
        """Return per folder a number of its unit and source together."""
        both = self.unit_id * (int(self.source_id.max(initial=0)) + 2) + self.source_id + 1
        return numbered(both)[1]

    def scanned_by(self, owner: int) -> tuple[UnitId, SourceId | None]:
        """Return the source whose scan found the folders of an owner, and the unit it was scanned for."""
        return self._owners[owner].unit_id, self._owners[owner].location.source_id

    def __getitem__(self, number: int) -> Folder:
        owner = self._owners[self.owner[number]]
        # An object that does not lie below its source's address cannot be matched: no source.
        source_id = owner.location.source_id if self._placed[number] else None
        location = Location(
            source_id, self.paths[int(number)].as_py(), owner.location.is_table, owner.location.line
        )
        return Folder(owner.unit_id, owner.entity_id, location)

    @classmethod
    def of(cls, folders: Sequence[Folder]) -> Folders:
        """Return folders that are values already."""
        paths = pa.array([folder.location.name for folder in folders], pa.string())
        return cls(folders, np.arange(len(folders), dtype=np.int32), paths, np.ones(len(folders), np.bool_))


class Texts(Protocol):
    """Gives the names of the few objects that are named; they are not held in memory otherwise."""

    def ids(self, rows: Rows) -> list[ObjectId]:
        """Return the ids of these objects."""

    def leaves(self, rows: Rows) -> list[str]:
        """Return the last parts of their names; empty for tables."""

    def shown(self, rows: Rows) -> list[str]:
        """Return their whole names below the source with personal data masked."""


@dataclass(frozen=True, slots=True, eq=False)
class Objects:
    """The objects in which something personal was found, each once."""

    folders: Folders
    folder: npt.NDArray[np.int32]
    order: Keys  # sorts as the ids do
    categories: Keys  # a bit each
    low: Ints  # bounds of the persons that it tells of
    high: Ints
    day: npt.NDArray[np.int32]  # of the last change, in days since 1970
    exposure: npt.NDArray[np.int8]  # place in EXPOSURES
    texts: Texts
    surely: Ints = field(init=False)  # persons it surely tells of; what holds personal data tells of one

    def __post_init__(self) -> None:
        object.__setattr__(self, "surely", np.maximum(self.low, 1))

    def __len__(self) -> int:
        return len(self.folder)


def mask_of(categories: Iterable[Category]) -> np.uint64:
    """Return the bits of some categories."""
    mask = np.uint64(0)
    for category in categories:
        mask |= _BIT[category]
    return mask


def categories_of(mask: np.uint64 | int) -> frozenset[Category]:
    """Return the categories of a mask."""
    return _categories_of(int(mask))


@lru_cache(4096)
def _categories_of(bits: int) -> frozenset[Category]:
    return frozenset(category for number, category in enumerate(CATEGORIES) if bits >> number & 1)


def day_of(modified: date | None) -> int:
    """Return a day as a number."""
    return UNKNOWN_DAY if modified is None else (modified - _EPOCH).days


def date_of(day: int) -> date | None:
    """Return a numbered day."""
    return None if day < 0 else _EPOCH + timedelta(days=int(day))


def groups(labels: Ints) -> Iterator[tuple[int, Rows]]:
    """Yield each label with the places where it stands."""
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order], prepend=np.int64(-(2**62))))
    for start, end in zip(starts, np.append(starts[1:], len(order)), strict=len(order) > 0):
        yield int(labels[order[start]]), order[start:end]


_DENSE = 2**23


def numbered(values: Ints) -> tuple[Ints, Ints]:
    """Return the different values in order, and per value its place among them.

    Like `numpy.unique`, but numbers that are not negative and not large are counted instead of sorted.
    """
    if not len(values) or int(values.min()) < 0 or int(values.max()) >= _DENSE:
        distinct, which = np.unique(values, return_inverse=True)
        return distinct, which
    held = np.zeros(int(values.max()) + 1, np.bool_)
    held[values] = True
    distinct = np.flatnonzero(held).astype(values.dtype)
    place = np.zeros(len(held), np.int32)
    place[distinct] = np.arange(len(distinct), dtype=np.int32)
    return distinct, place[values]
