"""Compares a ledger with a few objects that are written down one by one, as tests of the rules do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from registry.columns import EXPOSURES, Folder, Folders, Objects, Rows, day_of, mask_of
from registry.covers import covers_of
from registry.differences import STATES
from registry.facts import Copy, Difference, Evidence
from registry.facts import Overlap as OverlapAt
from registry.model import Discrepancy, LedgerEntry, ObjectId, Risk, UnitId
from registry.places import Location
from registry.reconcile import compare
from registry.risk import LedgerState
from scanners.model import Category, Exposure, PersonBounds


@dataclass(frozen=True)
class ObjectFacts:
    """What is known of one object in which something personal was found."""

    id: ObjectId
    unit_id: UnitId
    entity_id: UnitId
    location: Location
    shown: str
    categories: Mapping[Category, int]
    persons: PersonBounds
    modified: date | None
    exposure: Exposure


@dataclass(frozen=True)
class Overlap:
    """How many of an object's values stand in another entity's registered data."""

    object_id: ObjectId
    other_unit_id: UnitId
    matched: int
    total: int
    categories: frozenset[Category]


@dataclass(frozen=True)
class SameList:
    """Two objects and how many of their values agree."""

    one: ObjectId
    other: ObjectId
    alike: int
    compared: int


@dataclass(frozen=True)
class JudgedObject:
    """How one object stands to the ledger, and its risk."""

    facts: ObjectFacts
    state: LedgerState
    entry_ids: tuple[int, ...]
    risk: Risk


@dataclass(frozen=True)
class Result:
    """What a comparison gave."""

    objects: tuple[JudgedObject, ...]
    differences: tuple[Difference, ...]
    examined: int
    in_scope: int
    entries_judged: int
    entries: int

    @property
    def discrepancies(self) -> list[Discrepancy]:
        """Return the discrepancies as pages show them."""
        return [difference.shown for difference in self.differences]


class Written:
    """The texts of objects that are all in memory."""

    def __init__(self, objects: Sequence[ObjectFacts], leaves: Sequence[str]) -> None:
        self._objects = objects
        self._leaves = leaves

    def ids(self, rows: Rows) -> list[ObjectId]:
        """Return the ids of some rows."""
        return [self._objects[row].id for row in rows]

    def leaves(self, rows: Rows) -> list[str]:
        """Return the last parts of their names."""
        return [self._leaves[row] for row in rows]

    def shown(self, rows: Rows) -> list[str]:
        """Return their masked names."""
        return [self._objects[row].shown for row in rows]


def columns_of(objects: Sequence[ObjectFacts]) -> Objects:
    """Return objects as columns."""
    folders: dict[Folder, int] = {}
    numbers, leaves = [], []
    for each in objects:
        name = each.location.name
        end = len(name) if each.location.is_table else max(name.rfind("/"), name.rfind("!")) + 1
        folder = Folder(each.unit_id, each.entity_id, replace(each.location, name=name[:end]))
        numbers.append(folders.setdefault(folder, len(folders)))
        leaves.append(name[end:])
    ranks = {key: rank for rank, key in enumerate(sorted(each.id for each in objects))}
    return Objects(
        folders=Folders.of(list(folders)),
        folder=np.array(numbers, np.int32),
        order=np.array([ranks[each.id] for each in objects], np.uint64),
        categories=np.array([mask_of(each.categories) for each in objects], np.uint64),
        low=np.array([each.persons.low for each in objects], np.int64),
        high=np.array([each.persons.high for each in objects], np.int64),
        day=np.array([day_of(each.modified) for each in objects], np.int32),
        exposure=np.array([EXPOSURES.index(each.exposure) for each in objects], np.int8),
        texts=Written(objects, leaves),
    )


def reconcile(
    entries: Sequence[LedgerEntry],
    objects: Sequence[ObjectFacts],
    overlaps: Iterable[Overlap],
    *,
    persons: Mapping[tuple[int, ...], int] | None = None,
    copies: Iterable[SameList] = (),
    **more: Any,
) -> Result:
    """Compare and return every object with its state."""
    columns = columns_of(objects)
    row_of = {each.id: row for row, each in enumerate(objects)}
    covers = covers_of(entries, columns)
    counts = None
    if persons is not None:
        homes = [tuple(int(entry.id) for entry in home) for home in covers.homes]
        counts = np.array([persons.get(home, 0) for home in homes], np.int64)
    evidence = Evidence(
        overlaps=tuple(
            OverlapAt(row_of[each.object_id], each.other_unit_id, each.matched, each.total, each.categories)
            for each in overlaps
        ),
        copies=tuple(
            Copy(row_of[each.one], row_of[each.other], each.alike, each.compared) for each in copies
        ),
        persons=counts,
    )
    made = compare(covers, columns, evidence, **more)
    judged = [
        JudgedObject(
            facts,
            STATES[made.judged.state[row]],
            tuple(entry.id for entry in made.covers.distinct[made.covers.of[row]]),
            made.judged.risks[made.judged.risk[row]],
        )
        for row, facts in enumerate(objects)
    ]
    told = made.judgeable
    return Result(
        tuple(judged), made.differences, told.examined, told.in_scope, told.entries_judged, told.entries
    )
