"""Judged objects and the differences told of them: what is named, what proves it, and how heavy it is."""

from __future__ import annotations

import hmac
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from registry.columns import (
    CATEGORIES,
    EXPOSURES,
    Flags,
    Folder,
    Folders,
    Ints,
    Objects,
    Rows,
    categories_of,
    groups,
    mask_of,
)
from registry.facts import Difference, Scanned
from registry.model import Discrepancy, DiscrepancyKind, EntryId, LedgerEntry, Risk, UnitId
from registry.places import CONTAINER, folder_groups, segments
from registry.risk import SENSITIVITY, LedgerState, object_risk, sensitivity_of
from registry.rules import GRAVITY
from scanners.model import Category

KEY_DIGITS = 32
PROVING_OBJECTS = 100
"""A discrepancy names its heaviest objects up to this many."""

STATES = tuple(LedgerState)
_BASES = sorted(SENSITIVITY, key=SENSITIVITY.__getitem__)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """How each object stands to the ledger, and its risk."""

    objects: Objects
    state: Ints  # place in STATES
    risks: tuple[Risk, ...]  # every risk that there is
    risk: Ints  # place in `risks`
    score: Ints

    @classmethod
    def of(cls, objects: Objects, state: Ints) -> Judged:
        """Score every object: once for every combination of what the score depends on."""
        kinds = (_sensitivity(objects) * len(EXPOSURES) + objects.exposure) * len(STATES) + state
        packed = objects.surely * (len(_BASES) * len(EXPOSURES) * len(STATES)) + kinds
        combinations, which = np.unique(packed, return_inverse=True)
        risks = tuple(_risk(int(each)) for each in combinations)
        scores = np.array([risk.score for risk in risks], np.int64)
        return cls(objects, state, risks, which, scores[which])

    def is_in(self, state: LedgerState) -> Flags:
        """Return which objects are in a state."""
        flags: Flags = self.state == STATES.index(state)
        return flags

    def heaviest_first(self, rows: Rows) -> Rows:
        """Return rows by score, then persons, then id."""
        objects = self.objects
        return rows[np.lexsort((objects.order[rows], -objects.surely[rows], -self.score[rows]))]

    def told(
        self,
        kind: DiscrepancyKind,
        rows: Rows,
        *,
        folder: str,
        other: UnitId | None = None,
        other_place: str = "",
        copies: Rows | None = None,
    ) -> Difference:
        """Return a difference of the objects of a folder, or of one object; `copies` lie in `other_place`."""
        objects, texts = self.objects, self.objects.texts
        members = self.heaviest_first(rows)
        heaviest = members[:1]
        where = objects.folders[objects.folder[heaviest[0]]]
        alone = len(members) == 1 or not folder
        name = where.location.name + texts.leaves(heaviest)[0]
        shown = texts.shown(heaviest)[0]
        return Difference(
            shown=Discrepancy(
                kind=kind,
                unit_id=where.unit_id,
                entry_id=None,
                subject=shown if alone else _shown_folder(folder, name, shown),
                categories=categories_of(np.bitwise_or.reduce(objects.categories[members])),
                registered=None,
                found=int(objects.surely[members].max()),
                days_over=None,
                other_unit_id=other,
                objects=tuple(texts.ids(members[:PROVING_OBJECTS])),
                score=int(self.score[heaviest[0]]),
            ),
            subject=name if alone else f"{folder}/",
            source_id=where.location.source_id,
            place=where.location.name if where.location.is_table else folder,
            other_place=other_place,
            scanned=self.scanned_in(rows if copies is None else np.concatenate([rows, copies])),
        )

    def scanned_in(self, rows: Rows) -> frozenset[Scanned]:
        """Return the scans that found these objects."""
        return self.objects.folders.scanned_in(np.unique(self.objects.folder[rows]))


def _sensitivity(objects: Objects) -> Ints:
    """Return the gravest basis of every object's categories, as its place from the mildest."""
    gravest = np.zeros(len(objects), np.int64)
    for place, basis in enumerate(_BASES):
        mask = mask_of(category for category in CATEGORIES if sensitivity_of(category) == basis)
        gravest[objects.categories & mask != 0] = place
    return gravest


_OF_BASIS: Mapping[str, Category] = {sensitivity_of(category): category for category in CATEGORIES}


def _risk(packed: int) -> Risk:
    rest, state = divmod(packed, len(STATES))
    rest, exposure = divmod(rest, len(EXPOSURES))
    persons, basis = divmod(rest, len(_BASES))
    return object_risk(persons, [_OF_BASIS[_BASES[basis]]], EXPOSURES[exposure], STATES[state])


def named_folder(folder: Folder) -> str:
    """Return a folder without the boundary behind it, in the form that grouping knows; "" for the source."""
    if folder.location.is_table:
        return ""
    return "/".join(segments(folder.location.name)[:-1])


Source = tuple[int, int]
"""A unit and one of its sources; -1: none."""


class OtherFolders:
    """The folders of one source that hold something else, and all above them."""

    def __init__(self, paths: Iterable[str] = ()) -> None:
        self._paths = sorted(path.replace(CONTAINER, "/") for path in paths)

    def __contains__(self, folder: object) -> bool:
        start = f"{folder}/"
        place = bisect_left(self._paths, start)
        return place < len(self._paths) and self._paths[place].startswith(start)


def per_folder(objects: Objects, chosen: Flags | Rows) -> Ints:
    """Return how many of the chosen objects each folder holds."""
    counts: Ints = np.bincount(objects.folder[chosen], minlength=len(objects.folders))
    return counts


def others_of(objects: Objects, held: Flags, rows: Rows) -> Mapping[Source, OtherFolders]:
    """Return which folders hold something else, `held`, of the sources in which the accused `rows` lie."""
    folders = objects.folders
    accused = np.unique(folders.owner[np.unique(objects.folder[rows])])
    chosen = np.flatnonzero(held & ~folders.is_table & _is_among(folders, accused))
    by_source: dict[Source, list[str]] = {}
    paths = folders.paths.take(pa.array(chosen)).to_pylist()
    for unit, source, path in zip(folders.unit_id[chosen], folders.source_id[chosen], paths, strict=True):
        by_source.setdefault((int(unit), int(source)), []).append(path)
    return {source: OtherFolders(paths) for source, paths in by_source.items()}


def _is_among(folders: Folders, accused: Rows) -> Flags:
    """Return which folders lie in the same source and unit as those of some owners."""
    both = folders.unit_id * (int(folders.source_id.max(initial=0)) + 2) + folders.source_id
    return np.isin(both, np.unique(both[np.isin(folders.owner, accused)]))


def of_folders(
    kind: DiscrepancyKind,
    judged: Judged,
    rows: Rows,
    others: Mapping[Source, OtherFolders],
    other: UnitId | None = None,
) -> Iterator[Difference]:
    """Yield one difference per highest folder in which nothing else lies; a table is a group of its own."""
    objects = judged.objects
    folders = objects.folders
    used = np.unique(objects.folder[rows])
    group_of = np.full(len(folders), -1, np.int64)
    tables, files = used[folders.is_table[used]], used[~folders.is_table[used]]
    group_of[tables] = np.arange(len(tables))
    names = [""] * len(tables)
    sources: dict[Source, list[int]] = {}
    for number, unit, source in zip(files, folders.unit_id[files], folders.source_id[files], strict=True):
        sources.setdefault((int(unit), int(source)), []).append(int(number))
    for key, numbers in sources.items():
        inside = [f"{path}\0" for path in folders.paths.take(pa.array(numbers)).to_pylist()]
        for folder, inner in folder_groups(inside, others.get(key, OtherFolders())).items():
            group_of[[numbers[index] for index in inner]] = len(names)
            names.append(folder)
    for group, members in groups(group_of[objects.folder[rows]]):
        yield judged.told(kind, rows[members], folder=names[group], other=other)


def of_entry(
    kind: DiscrepancyKind,
    entry: LedgerEntry,
    judged: Judged | None,
    rows: Rows,
    *,
    found: int | None = None,
    registered: int | None = None,
    days: int | None = None,
    categories: frozenset[Category] | None = None,
) -> Difference:
    """Return a difference of a ledger entry; `found` is otherwise the most persons of one of the objects."""
    # Data lie where they were found; an entry without data stands where it is registered.
    unit_id, score, ids, seen = entry.unit_id, 0, [], frozenset[Category]()
    scanned = frozenset[Scanned]()
    if judged is not None and len(rows):
        objects = judged.objects
        members = judged.heaviest_first(rows)
        unit_id = objects.folders[objects.folder[members[0]]].unit_id
        score = int(judged.score[members[0]])
        ids = objects.texts.ids(members[:PROVING_OBJECTS])
        seen = categories_of(np.bitwise_or.reduce(objects.categories[rows]))
        scanned = judged.scanned_in(rows)
        found = int(objects.surely[rows].max()) if found is None else found
    shown = Discrepancy(
        kind=kind,
        unit_id=unit_id,
        entry_id=EntryId(entry.id),
        subject=entry.name,
        categories=categories or seen or entry.items,
        registered=entry.approximate_count if registered is None else registered,
        found=found,
        days_over=days,
        other_unit_id=None,
        objects=tuple(ids),
        score=score,
    )
    return Difference(shown=shown, subject=entry.name, scanned=scanned)


def difference_key(key: bytes, difference: Difference) -> str:
    """Return what a difference is known by over all assessments: a short keyed digest that tells nothing.

    The same kind of difference of the same ledger entry is the same, wherever its heaviest object lies;
    without an entry it is the one of the same unit, source and true folder. Counts, scores and objects
    may change. `key` is `Vault.subkey("difference", 1)`: never another version, or cases lose their
    differences.
    """
    shown = difference.shown
    place = shown.entry_id or (shown.unit_id, difference.source_id, difference.place)
    what = repr((shown.kind.value, place, shown.other_unit_id, difference.other_place))
    return hmac.digest(key, what.encode("utf-8", "backslashreplace"), "sha256").hex()[:KEY_DIGITS]


def _shown_folder(folder: str, name: str, shown: str) -> str:
    """Return the masked form of a folder above an object, or its masked name where a mask hid a part."""
    parts = segments(shown)
    if len(parts) != len(segments(name)):
        return shown
    return "/".join(parts[: len(segments(folder))]) + "/"


def gravest_first(difference: Difference) -> tuple[int, int, int, str, int]:
    """Return what differences are sorted by: score, kind, unit, name."""
    shown = difference.shown
    return -shown.score, GRAVITY.index(shown.kind), shown.unit_id, difference.subject, shown.entry_id or 0
