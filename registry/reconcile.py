"""The ledger against reality: what was found, what is registered, and how they differ.

A read model: it changes nothing, and the same facts always give the same answer. Which entry covers
which object is decided in `registry.places`, failing closed; when something differs, in `registry.rules`.
Here those rules are asked about folders, places and groups of equal objects, never about each object. How
much could be judged at all is part of the answer, because silence about an unscanned share is no good news.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from registry import rules
from registry.columns import (
    EXPOSURES,
    Flags,
    Folder,
    Ints,
    Objects,
    Rows,
    categories_of,
    date_of,
    mask_of,
)
from registry.covers import Covers, Home
from registry.differences import (
    Judged,
    gravest_first,
    named_folder,
    of_entry,
    of_folders,
    others_of,
    per_folder,
)
from registry.ends import Ends, ends_of
from registry.facts import Difference, Evidence, Judgeable, Overlap, ProcessorCoverage, SourceCoverage
from registry.model import DiscrepancyKind, EntryId, LedgerEntry, SourceId, UnitId
from registry.risk import LedgerState
from scanners.model import Category


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What is said of every object, every difference, the gravest first, and how much could be judged."""

    judged: Judged
    covers: Covers
    differences: tuple[Difference, ...]
    judgeable: Judgeable
    ends: Ends


def compare(
    covers: Covers,
    objects: Objects,
    evidence: Evidence,
    *,
    as_of: date,
    coverage: Sequence[SourceCoverage] = (),
    processors: Iterable[ProcessorCoverage] = (),
) -> Comparison:
    """Compare the ledger with what was found.

    `evidence.persons` gives the distinct persons surely counted over all objects of a place's entries, where
    that is known; otherwise the largest low bound of one object counts.
    """
    found = _Compared.of(covers, objects, _wrong_units(covers, evidence.overlaps), as_of)
    drifts = [*_drifts(found, evidence.persons or {}), *_over_exposed(found)]
    over = list(_over_retained(found))
    judged = Judged.of(
        objects,
        _states(
            found,
            over=_marked(objects, (members for _, members, _ in over)),
            drifting=_marked(objects, (drift.members for drift in drifts)),
        ),
    )
    entries_judged = _judged_entries(covers.entries, coverage)
    differences = [
        *_unregistered(found, judged),
        *_wrong_unit_differences(found, judged),
        *(
            of_entry(DiscrepancyKind.OVER_RETAINED, entry, judged, members, days=days)
            for entry, members, days in over
        ),
        *(drift.difference(judged) for drift in drifts),
        *_copied(found, judged, evidence),
        *_without_contract(found, judged, processors),
        *_not_found(found, entries_judged),
    ]
    return Comparison(
        judged=judged,
        covers=covers,
        differences=tuple(sorted(differences, key=gravest_first)),
        judgeable=Judgeable(
            examined=sum(place.examined for place in coverage),
            in_scope=sum(place.in_scope for place in coverage),
            entries_judged=len(entries_judged),
            entries=len(covers.entries),
        ),
        ends=ends_of(covers, objects),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """What the rules of one comparison work on."""

    covers: Covers
    objects: Objects
    wrong: Mapping[int, Overlap]  # row -> the entity whose data it seems to be
    is_wrong: Flags
    as_of: date
    by_home: Rows  # rows that some entry covers, those of one place together
    starts: Rows  # where each place begins in `by_home`

    @classmethod
    def of(cls, covers: Covers, objects: Objects, wrong: Mapping[int, Overlap], as_of: date) -> _Compared:
        """Sort the objects by the place that they belong to."""
        is_wrong = np.zeros(len(objects), np.bool_)
        is_wrong[list(wrong)] = True
        covered = np.flatnonzero(covers.home >= 0)
        by_home = covered[np.argsort(covers.home[covered], kind="stable")]
        starts = np.flatnonzero(np.diff(covers.home[by_home], prepend=-1))
        return cls(covers, objects, wrong, is_wrong, as_of, by_home, starts)

    def homes(self) -> Iterator[tuple[int, Home]]:
        """Yield each place that holds something with its entries."""
        for place, home in enumerate(self.covers.home[self.by_home[self.starts]]):
            yield place, self.covers.homes[home]

    def members(self, place: int, *, with_wrong: bool = False) -> Rows:
        """Return the rows of a place, those in the wrong unit left out unless they are wanted."""
        end = self.starts[place + 1] if place + 1 < len(self.starts) else len(self.by_home)
        rows = self.by_home[self.starts[place] : end]
        return rows if with_wrong else rows[~self.is_wrong[rows]]

    def per_place(self, column: Ints, how: np.ufunc, neutral: int) -> Ints:
        """Return one number per place of a column, objects in the wrong unit left out."""
        if not len(self.starts):
            return np.zeros(0, np.int64)
        known: Ints = how.reduceat(np.where(self.is_wrong, neutral, column)[self.by_home], self.starts)
        return known


def _marked(objects: Objects, members: Iterable[Rows]) -> Flags:
    flags = np.zeros(len(objects), np.bool_)
    for rows in members:
        flags[rows] = True
    return flags


def _states(found: _Compared, *, over: Flags, drifting: Flags) -> Ints:
    """Return the state of every object: the rule is asked once for every combination there is."""
    states = list(LedgerState)
    table = np.array(
        [
            states.index(
                rules.state_of(
                    wrong=bool(bits & 8), covered=bool(bits & 4), over=bool(bits & 2), drifting=bool(bits & 1)
                )
            )
            for bits in range(16)
        ]
    )
    covered = found.covers.home >= 0
    states_of: Ints = table[8 * found.is_wrong + 4 * covered + 2 * over + drifting]
    return states_of


# Unregistered


def _unregistered(found: _Compared, judged: Judged) -> Iterator[Difference]:
    accused = judged.is_in(LedgerState.UNREGISTERED)
    rows = np.flatnonzero(accused & _deserving(found.objects))
    others = others_of(found.objects, per_folder(found.objects, ~accused) > 0, rows)
    yield from of_folders(DiscrepancyKind.UNREGISTERED, judged, rows, others)


def _deserving(objects: Objects) -> Flags:
    grave = mask_of(category for category in Category if rules.is_grave(category))
    most = np.minimum(objects.high, rules.PERHAPS_PERSONS)
    asked = (objects.categories & grave != 0) + 2 * (objects.low > 0) + 4 * most
    some_grave = next(category for category in Category if rules.is_grave(category))
    answers = [
        rules.deserves_an_entry(
            [some_grave] if kind & 1 else [], surely_persons=bool(kind & 2), perhaps_persons=kind >> 2
        )
        for kind in range(4 * (rules.PERHAPS_PERSONS + 1))
    ]
    flags: Flags = np.array(answers, np.bool_)[asked]
    return flags


# Wrong unit


def _wrong_units(covers: Covers, overlaps: Iterable[Overlap]) -> dict[int, Overlap]:
    """Return per object the entity whose data it seems to be, where the evidence is strong enough."""
    found: dict[int, Overlap] = {}
    for overlap in overlaps:
        here = categories_of(covers.registered[overlap.at])
        enough = rules.belongs_elsewhere(overlap.matched, overlap.total)
        known = found.get(overlap.at)
        if enough and not overlap.categories <= here and (known is None or overlap.matched > known.matched):
            found[overlap.at] = overlap
    return found


def _wrong_unit_differences(found: _Compared, judged: Judged) -> Iterator[Difference]:
    if not found.wrong:
        return
    owner = np.full(len(found.objects), -1, np.int64)
    for row, overlap in found.wrong.items():
        owner[row] = overlap.other_unit_id
    unreported = judged.is_in(LedgerState.UNREGISTERED) & ~_deserving(found.objects)
    reported = per_folder(found.objects, ~unreported)
    for whose in np.unique(owner[owner >= 0]):
        rows = np.flatnonzero(owner == whose)
        others = others_of(found.objects, reported > per_folder(found.objects, rows), rows)
        yield from of_folders(DiscrepancyKind.WRONG_UNIT, judged, rows, others, UnitId(int(whose)))


# Over-retained


def _over_retained(found: _Compared) -> Iterator[tuple[LedgerEntry, Rows, int]]:
    """Yield entries with their objects past the end of retention, and the days of the one longest past."""
    days = found.objects.day.astype(np.int64)
    if not len(found.starts):
        return
    oldest = np.minimum.reduceat(np.where(days < 0, 2**31, days)[found.by_home], found.starts)
    unknown = np.minimum.reduceat(days[found.by_home], found.starts) < 0
    kept: dict[int, tuple[LedgerEntry, list[Rows], int]] = {}
    for place, home in found.homes():
        first = date_of(oldest[place]) if oldest[place] < 2**31 else None
        # Who has nothing past by the oldest change has nothing past by a later one.
        if not rules.days_over(home, first, found.as_of) and not (
            unknown[place] and rules.days_over(home, None, found.as_of)
        ):
            continue
        members = found.members(place, with_wrong=True)
        for day in _days_past(home, days[members], found.as_of):
            modified = date_of(day)
            entry = max(home, key=lambda entry: rules.retention_end(entry, modified) or date.min)
            _, lists, most = kept.get(entry.id, (entry, [], 0))
            lists.append(members[days[members] == day])
            kept[entry.id] = (entry, lists, max(most, rules.days_over(home, modified, found.as_of)))
    for entry, lists, most in kept.values():
        yield entry, np.concatenate(lists), most


def _days_past(home: Home, days: Ints, as_of: date) -> list[int]:
    """Return the days of the last change that are too long ago; later changes are kept longer."""
    past = []
    for day in np.unique(days):  # the unknown day first, then from the oldest
        if rules.days_over(home, date_of(day), as_of):
            past.append(int(day))
        elif day >= 0:
            break
    return past


# Drift


@dataclass(frozen=True, slots=True, eq=False)
class _Drift:
    """One difference between what was found in a place and what its entries say."""

    kind: DiscrepancyKind
    entry: LedgerEntry
    members: Rows
    categories: frozenset[Category]
    registered: int | None
    found: int | None

    def difference(self, judged: Judged) -> Difference:
        """Return it as it is told."""
        return of_entry(
            self.kind,
            self.entry,
            judged,
            self.members,
            found=self.found,
            registered=self.registered,
            categories=self.categories or None,
        )


def _drifts(found: _Compared, persons: Mapping[tuple[int, ...], int]) -> Iterator[_Drift]:
    missing = found.objects.categories & ~found.covers.registered
    surely = found.per_place(found.objects.surely, np.maximum, 0)
    lacking = found.per_place(missing != 0, np.logical_or, 0)
    for place, home in found.homes():
        if not surely[place]:  # all of it is in the wrong unit
            continue
        most = max(persons.get(tuple(entry.id for entry in home), 0), int(surely[place]))
        if lacking[place]:
            yield from _category_drift(found.objects, home, found.members(place), missing, most)
        registered = rules.registered_persons(home)
        if registered is not None and rules.count_drifts(most, registered):
            entry = max(home, key=lambda entry: (entry.approximate_count or 0, -entry.id))
            members = found.members(place)
            yield _Drift(DiscrepancyKind.COUNT_DRIFT, entry, members, frozenset(), registered, most)


def _category_drift(
    objects: Objects, home: Home, members: Rows, missing: Ints, found: int
) -> Iterator[_Drift]:
    unlisted: dict[Category, int] = {}
    masks, counts = np.unique(missing[members], return_counts=True)
    for mask, count in zip(masks, counts, strict=True):
        for category in categories_of(mask):
            unlisted[category] = unlisted.get(category, 0) + int(count)
    drifting = rules.drifting_categories(unlisted, len(members))
    if drifting:
        proof = members[missing[members] & mask_of(drifting) != 0]
        seen = categories_of(np.bitwise_or.reduce(objects.categories[proof]))
        entry = max(home, key=lambda entry: (len(entry.items & seen), -entry.id))
        yield _Drift(DiscrepancyKind.CATEGORY_DRIFT, entry, proof, drifting, entry.approximate_count, found)


def _over_exposed(found: _Compared) -> Iterator[_Drift]:
    """Yield places of which more may be read by more people than their entries allow."""
    exposure = found.objects.exposure
    held = found.per_place(np.left_shift(1, exposure.astype(np.int64)), np.bitwise_or, 0)
    for place, home in found.homes():
        allowed = [entry.exposure for entry in home]
        wider = [
            code
            for code, each in enumerate(EXPOSURES)
            if held[place] >> code & 1 and rules.is_wider(each, allowed)
        ]
        if wider:
            members = found.members(place)
            proof = members[np.isin(exposure[members], wider)]
            entry = max(home, key=lambda entry: (rules.WIDTH.index(entry.exposure), -entry.id))
            yield _Drift(DiscrepancyKind.OVER_EXPOSED, entry, proof, frozenset(), None, None)


# The same list in several legal entities, and what processors hold


def _copied(found: _Compared, judged: Judged, evidence: Evidence) -> Iterator[Difference]:
    """Yield one difference per two places of different entities that hold the same list."""
    objects = found.objects
    pairs: dict[object, tuple[tuple[Folder, ...], set[int], set[int]]] = {}
    for copy in evidence.copies:
        if copy.one in found.wrong or copy.other in found.wrong:
            continue
        if rules.is_copy(copy.alike, copy.compared):
            ends = sorted(
                (copy.one, copy.other), key=lambda row: int(objects.folders.entity_id[objects.folder[row]])
            )
            places = tuple(objects.folders[int(objects.folder[row])] for row in ends)
            key = tuple((each.unit_id, each.location.source_id, each.location.name) for each in places)
            _, rows, copies = pairs.setdefault(key, (places, set(), set()))
            rows.add(ends[0])
            copies.add(ends[1])
    for (here, there), rows, copies in pairs.values():
        yield judged.told(
            DiscrepancyKind.COPIED,
            np.array(sorted(rows)),
            folder=named_folder(here),
            other=there.entity_id,
            other_place=f"{there.unit_id} {there.location.source_id} {there.location.name}",
            copies=np.array(sorted(copies)),
        )


def _without_contract(
    found: _Compared, judged: Judged, processors: Iterable[ProcessorCoverage]
) -> Iterator[Difference]:
    objects = found.objects
    allowed: dict[SourceId, np.uint64] = {}
    for contract in processors:
        items = rules.with_implied(contract.categories) if contract.applies(found.as_of) else frozenset()
        allowed[contract.source_id] = allowed.get(contract.source_id, np.uint64(0)) | mask_of(items)
    if not allowed:
        return
    everything = mask_of(Category)
    by_folder = np.full(len(objects.folders), everything, np.uint64)
    for source_id, mask in allowed.items():
        by_folder[objects.folders.source_id == source_id] = mask
    beyond = objects.categories & ~by_folder[objects.folder] != 0
    rows = np.flatnonzero(beyond)
    yield from of_folders(
        DiscrepancyKind.NO_CONTRACT,
        judged,
        rows,
        others_of(found.objects, per_folder(found.objects, ~beyond) > 0, rows),
    )


# Not found


def _judged_entries(entries: Iterable[LedgerEntry], coverage: Sequence[SourceCoverage]) -> frozenset[EntryId]:
    """Return the entries whose every scanned place lies in a completely scanned source of its own line."""
    complete: dict[SourceId | None, list[SourceCoverage]] = {}
    for place in coverage:
        if place.complete:
            complete.setdefault(place.source_id, []).append(place)
    judged = []
    for entry in entries:
        scanned = [place.source_id for place in entry.places if place.source_id is not None]
        if scanned and all(
            any(entry.unit_id in place.line for place in complete.get(source_id, ())) for source_id in scanned
        ):
            judged.append(entry.id)
    return frozenset(judged)


def _not_found(found: _Compared, judged: frozenset[EntryId]) -> Iterator[Difference]:
    for entry in found.covers.entries:
        if entry.id in judged and entry.id not in found.covers.seen:
            yield of_entry(DiscrepancyKind.NOT_FOUND, entry, None, np.zeros(0, np.int64), found=0)
