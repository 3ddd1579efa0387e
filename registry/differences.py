"""Judged objects and the differences told of them: what is named, what proves it, and how heavy it is."""

from __future__ import annotations

import hmac
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
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
    numbered,
)
from registry.facts import Difference, Scanned
from registry.model import Discrepancy, DiscrepancyKind, EntryId, LedgerEntry, ObjectId, Risk, UnitId
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
        combinations, which = numbered(packed)
        risks = tuple(_risk(int(each)) for each in combinations)
        scores = np.array([risk.score for risk in risks], np.int64)
        return cls(objects, state, risks, which, scores[which])

    def is_in(self, state: LedgerState) -> Flags:
        """Return which objects are in a state."""
        flags: Flags = self.state == STATES.index(state)
        return flags


def _heaviest_first(judged: Judged, rows: Rows, label: Ints) -> Rows:
    """Return the places of rows by label, then score, persons, id."""
    objects = judged.objects
    found: Rows = np.lexsort((objects.order[rows], -objects.surely[rows], -judged.score[rows], label))
    return found


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

    def __init__(self, paths: Sequence[str] = ()) -> None:
        """Take paths in their order, with "/" behind containers too."""
        self._paths = paths

    def __contains__(self, folder: object) -> bool:
        start = f"{folder}/"
        place = bisect_left(self._paths, start)
        return place < len(self._paths) and self._paths[place].startswith(start)


def per_folder(objects: Objects, chosen: Flags | Rows | slice) -> Ints:
    """Return how many of the chosen objects each folder holds."""
    counts: Ints = np.bincount(objects.folder[chosen], minlength=len(objects.folders))
    return counts


def others_of(objects: Objects, held: Flags, rows: Rows) -> Mapping[Source, OtherFolders]:
    """Return which folders hold something else, `held`, of the sources in which the accused `rows` lie."""
    folders = objects.folders
    is_accused = np.zeros(int(folders.owner.max(initial=0)) + 1, np.bool_)
    is_accused[folders.owner[objects.folder[rows]]] = True
    chosen = np.flatnonzero(held & ~folders.is_table & _is_among(folders, is_accused[folders.owner]))
    coded = folders.paths.take(pa.array(chosen)).dictionary_encode()
    names = [path.replace(CONTAINER, "/") for path in coded.dictionary.to_pylist()]
    by_name = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names), np.int64)
    rank[by_name] = np.arange(len(names))
    ranks = rank[coded.indices.to_numpy()]
    place = folders.place[chosen]
    order = np.lexsort((ranks, place))
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    paths = [names[by_name[each]] for each in ranks[order].tolist()]
    found = {}
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(order)], strict=len(order) > 0):
        first = chosen[order[start]]
        key = int(folders.unit_id[first]), int(folders.source_id[first])
        found[key] = OtherFolders(paths[start:end])
    return found


def _is_among(folders: Folders, accused: Flags) -> Flags:
    """Return which folders lie in the same source and unit as accused ones."""
    is_accused = np.zeros(int(folders.place.max(initial=0)) + 1, np.bool_)
    is_accused[folders.place[accused]] = True
    found: Flags = is_accused[folders.place]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """A difference before it is told: of which entry or folder, and the objects that prove it."""

    kind: DiscrepancyKind
    rows: Rows
    entry: LedgerEntry | None = None
    folder: str = ""  # without an entry
    other: UnitId | None = None
    other_place: str = ""
    copies: Rows | None = None  # objects that lie in `other_place`
    found: int | None = None  # otherwise the most persons of one of the objects
    registered: int | None = None
    days: int | None = None
    categories: frozenset[Category] | None = None


def of_folders(
    kind: DiscrepancyKind,
    judged: Judged,
    rows: Rows,
    others: Mapping[Source, OtherFolders],
    other: UnitId | None = None,
) -> Iterator[Draft]:
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
        yield Draft(kind, rows[members], folder=names[group], other=other)


def told(judged: Judged, drafts: Sequence[Draft]) -> list[Difference]:
    """Return the differences of drafts: what proves them is looked up for all of them at once."""
    lacking = [_not_proved(draft) for draft in drafts if not len(draft.rows)]
    proved = [draft for draft in drafts if len(draft.rows)]
    if not proved:
        return lacking
    objects = judged.objects
    rows = np.concatenate([draft.rows for draft in proved])
    label = np.repeat(np.arange(len(proved)), [len(draft.rows) for draft in proved])
    order = _heaviest_first(judged, rows, label)
    rows, label = rows[order], label[order]
    starts = np.searchsorted(label, np.arange(len(proved)))
    place = np.arange(len(rows)) - starts[label]
    proving = place < PROVING_OBJECTS
    ids = objects.texts.ids(rows[proving])
    ends = np.cumsum(np.minimum(np.bincount(label), PROVING_OBJECTS)).tolist()
    heads = rows[starts]
    masks = np.bitwise_or.reduceat(objects.categories[rows], starts)
    most = np.maximum.reduceat(objects.surely[rows], starts)
    scanned = _scanned(judged, proved)
    of_folder = [number for number, draft in enumerate(proved) if draft.entry is None]
    names = dict(zip(of_folder, _names(objects, heads[of_folder]), strict=True))
    found = []
    for number, draft in enumerate(proved):
        proof = _Proof(
            objects.folders[int(objects.folder[heads[number]])],
            tuple(ids[ends[number - 1] if number else 0 : ends[number]]),
            categories_of(masks[number]),
            int(most[number]),
            int(judged.score[heads[number]]),
            scanned[number],
        )
        found.append(_of_entry(draft, proof) if draft.entry else _of_folder(draft, proof, *names[number]))
    return lacking + found


@dataclass(frozen=True, slots=True, eq=False)
class _Proof:
    """What the objects of a difference say."""

    folder: Folder  # in which the heaviest one lies
    ids: tuple[ObjectId, ...]  # the heaviest first
    categories: frozenset[Category]
    most: int  # persons that one of them surely tells of
    score: int
    scanned: frozenset[Scanned]


def _scanned(judged: Judged, drafts: Sequence[Draft]) -> list[frozenset[Scanned]]:
    """Return the scans that found the objects of every draft, copies included."""
    folders = judged.objects.folders
    rows = [
        draft.rows if draft.copies is None else np.concatenate([draft.rows, draft.copies]) for draft in drafts
    ]
    label = np.repeat(np.arange(len(drafts)), [len(each) for each in rows])
    count = int(folders.owner.max(initial=0)) + 1
    owner = folders.owner[judged.objects.folder[np.concatenate(rows)]]
    found: list[set[Scanned]] = [set() for _ in drafts]
    for both in np.unique(label * count + owner).tolist():
        found[both // count].add(folders.scanned_by(both % count))
    return [frozenset(each) for each in found]


def _names(objects: Objects, rows: Rows) -> Iterator[tuple[str, str]]:
    """Return the last parts and the masked names of objects."""
    return zip(objects.texts.leaves(rows), objects.texts.shown(rows), strict=True)


def _of_folder(draft: Draft, proof: _Proof, leaf: str, shown: str) -> Difference:
    """Return a difference of the objects of a folder, or of one object."""
    location = proof.folder.location
    alone = len(draft.rows) == 1 or not draft.folder
    name = location.name + leaf
    return Difference(
        shown=Discrepancy(
            kind=draft.kind,
            unit_id=proof.folder.unit_id,
            entry_id=None,
            subject=shown if alone else _shown_folder(draft.folder, name, shown),
            categories=proof.categories,
            registered=None,
            found=proof.most,
            days_over=None,
            other_unit_id=draft.other,
            objects=proof.ids,
            score=proof.score,
        ),
        subject=name if alone else f"{draft.folder}/",
        source_id=location.source_id,
        place=location.name if location.is_table else draft.folder,
        other_place=draft.other_place,
        scanned=proof.scanned,
    )


def _of_entry(draft: Draft, proof: _Proof) -> Difference:
    """Return a difference of a ledger entry: data lie where they were found."""
    assert draft.entry is not None
    shown = Discrepancy(
        kind=draft.kind,
        unit_id=proof.folder.unit_id,
        entry_id=EntryId(draft.entry.id),
        subject=draft.entry.name,
        categories=draft.categories or proof.categories or draft.entry.items,
        registered=draft.entry.approximate_count if draft.registered is None else draft.registered,
        found=proof.most if draft.found is None else draft.found,
        days_over=draft.days,
        other_unit_id=None,
        objects=proof.ids,
        score=proof.score,
    )
    return Difference(shown=shown, subject=draft.entry.name, scanned=proof.scanned)


def _not_proved(draft: Draft) -> Difference:
    """Return a difference of an entry without data, which stands where it is registered."""
    assert draft.entry is not None
    entry = draft.entry
    shown = Discrepancy(
        kind=draft.kind,
        unit_id=entry.unit_id,
        entry_id=EntryId(entry.id),
        subject=entry.name,
        categories=draft.categories or entry.items,
        registered=entry.approximate_count if draft.registered is None else draft.registered,
        found=draft.found,
        days_over=draft.days,
        other_unit_id=None,
        objects=(),
        score=0,
    )
    return Difference(shown=shown, subject=entry.name)


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


def gravest_first(difference: Difference) -> tuple[object, ...]:
    """Return what differences are sorted by: score, kind, unit, name, and what else tells them apart."""
    shown = difference.shown
    return (
        *(-shown.score, GRAVITY.index(shown.kind), shown.unit_id, difference.subject, shown.entry_id or 0),
        *(difference.source_id or 0, difference.place, difference.other_place, shown.objects),
    )
