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
    day_of,
    groups,
    mask_of,
)
from registry.covers import Covers, Home
from registry.differences import (
    Draft,
    Judged,
    gravest_first,
    named_folder,
    of_folders,
    others_of,
    per_folder,
    told,
)
from registry.ends import Ends, ends_of
from registry.entry_columns import UNKNOWN, Entries
from registry.facts import Difference, Evidence, Judgeable, Overlap, ProcessorCoverage, SourceCoverage
from registry.model import DiscrepancyKind, LedgerEntry, SourceId, UnitId
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
    ends = ends_of(covers, objects)
    found = _Compared.of(covers, objects, _wrong_units(covers, evidence.overlaps), as_of)
    drifts = [*_drifts(found, evidence.persons), *_over_exposed(found)]
    over = list(_over_retained(found, ends))
    judged = Judged.of(
        objects,
        _states(
            found,
            over=_marked(objects, (draft.rows for draft in over)),
            drifting=_marked(objects, (draft.rows for draft in drifts)),
        ),
    )
    entries_judged = _judged_entries(covers.entries, coverage)
    drafts = [
        *_unregistered(found, judged),
        *_wrong_unit_differences(found, judged),
        *over,
        *drifts,
        *_copied(found, evidence),
        *_without_contract(found, judged, processors),
        *_not_found(found, entries_judged),
    ]
    return Comparison(
        judged=judged,
        covers=covers,
        differences=tuple(sorted(told(judged, drafts), key=gravest_first)),
        judgeable=Judgeable(
            examined=sum(place.examined for place in coverage),
            in_scope=sum(place.in_scope for place in coverage),
            entries_judged=int(entries_judged.sum()),
            entries=len(covers.entries),
        ),
        ends=ends,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Compared:
    """What the rules of one comparison work on; places of entries are numbered as `covers.homes` are."""

    covers: Covers
    objects: Objects
    wrong: Mapping[int, Overlap]  # row -> the entity whose data it seems to be
    is_wrong: Flags
    as_of: date
    own: Rows  # rows that some entry covers, those in the wrong unit left out
    home: Ints  # their places

    @classmethod
    def of(cls, covers: Covers, objects: Objects, wrong: Mapping[int, Overlap], as_of: date) -> _Compared:
        """Tell the objects apart that count for the place that they belong to."""
        is_wrong = np.zeros(len(objects), np.bool_)
        is_wrong[list(wrong)] = True
        own = np.flatnonzero((covers.home >= 0) & ~is_wrong)
        return cls(covers, objects, wrong, is_wrong, as_of, own, covers.home[own])

    def members(self, places: Rows, *, with_wrong: bool = False) -> dict[int, Rows]:
        """Return the rows of some places, those in the wrong unit left out unless they are wanted."""
        chosen = np.zeros(len(self.covers.homes) + 1, np.bool_)  # the last one stands for no place
        chosen[places] = True
        self.covers.entries.make(self.covers.homes.places.taken(places).members)
        rows = np.flatnonzero(chosen[self.covers.home]) if with_wrong else self.own[chosen[self.home]]
        return {place: rows[members] for place, members in groups(self.covers.home[rows])}

    def per_place(self, rows: Rows, column: Ints, how: np.ufunc) -> Ints:
        """Return one number per place of a column, 0 where there is nothing."""
        found = np.zeros(len(self.covers.homes), column.dtype)
        how.at(found, self.covers.home[rows], column)
        return found


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
    bits = found.is_wrong * np.uint8(8) | covered * np.uint8(4) | over * np.uint8(2) | drifting
    states_of: Ints = table[bits]
    return states_of


# Unregistered


def _unregistered(found: _Compared, judged: Judged) -> Iterator[Draft]:
    accused = judged.is_in(LedgerState.UNREGISTERED)
    rows = np.flatnonzero(accused)
    rows = rows[_deserving(found.objects, rows)]
    others = others_of(found.objects, per_folder(found.objects, ~accused) > 0, rows)
    yield from of_folders(DiscrepancyKind.UNREGISTERED, judged, rows, others)


def _deserving(objects: Objects, rows: Rows) -> Flags:
    grave = mask_of(category for category in Category if rules.is_grave(category))
    most = np.minimum(objects.high[rows], rules.PERHAPS_PERSONS)
    asked = (objects.categories[rows] & grave != 0) + 2 * (objects.low[rows] > 0) + 4 * most
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


def _wrong_unit_differences(found: _Compared, judged: Judged) -> Iterator[Draft]:
    if not found.wrong:
        return
    rows = np.array(sorted(found.wrong), np.int64)
    owner = np.array([found.wrong[row].other_unit_id for row in rows.tolist()], np.int64)
    unregistered = np.flatnonzero(judged.is_in(LedgerState.UNREGISTERED))
    unreported = unregistered[~_deserving(found.objects, unregistered)]
    reported = per_folder(found.objects, slice(None)) - per_folder(found.objects, unreported)
    for whose in np.unique(owner):
        theirs = rows[owner == whose]
        others = others_of(found.objects, reported > per_folder(found.objects, theirs), theirs)
        yield from of_folders(DiscrepancyKind.WRONG_UNIT, judged, theirs, others, UnitId(int(whose)))


# Over-retained


def _over_retained(found: _Compared, ends: Ends) -> Iterator[Draft]:
    """Yield entries with their objects past the end of retention, and the days of the one longest past."""
    today = day_of(found.as_of)
    past = np.flatnonzero((ends.entry_id > 0) & (ends.day < today))
    places = np.unique(found.covers.home[past])
    kept: dict[int, tuple[LedgerEntry, list[Rows], int]] = {}
    for place, members in found.members(places, with_wrong=True).items():
        home = found.covers.homes[place]
        if len(home) == 1:
            late = members[(ends.entry_id[members] > 0) & (ends.day[members] < today)]
            _, lists, most = kept.get(home[0].id, (home[0], [], 0))
            kept[home[0].id] = (home[0], [*lists, late], max(most, today - int(ends.day[late].min())))
            continue
        days = found.objects.day[members].astype(np.int64)
        for day in _days_past(home, days, found.as_of):
            modified = date_of(day)
            entry = max(home, key=lambda entry: rules.retention_end(entry, modified) or date.min)
            _, lists, most = kept.get(entry.id, (entry, [], 0))
            lists.append(members[days == day])
            kept[entry.id] = (entry, lists, max(most, rules.days_over(home, modified, found.as_of)))
    for entry, lists, most in kept.values():
        yield Draft(DiscrepancyKind.OVER_RETAINED, np.concatenate(lists), entry, days=most)


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


def _drifts(found: _Compared, persons: Ints | None) -> Iterator[Draft]:
    objects, own = found.objects, found.own
    missing = objects.categories[own] & ~found.covers.registered[own]
    surely = found.per_place(own, objects.surely[own], np.maximum)  # 0: all of it is in the wrong unit
    most = surely if persons is None else np.where(surely > 0, np.maximum(persons, surely), 0)
    drifting = np.unique(found.home[missing != 0])
    for place, members in found.members(drifting).items():
        yield from _category_drift(found, place, members, int(most[place]))
    registered = _registered(found.covers)
    known = np.flatnonzero((surely > 0) & (registered >= 0))
    pairs, which = np.unique(np.stack([most[known], registered[known]]), axis=1, return_inverse=True)
    drifts = [rules.count_drifts(int(many), int(few)) for many, few in pairs.T]
    counted = known[np.array(drifts, np.bool_)[which.reshape(-1)]]
    for place, members in found.members(counted).items():
        entry = max(found.covers.homes[place], key=lambda entry: (entry.approximate_count or 0, -entry.id))
        yield Draft(
            DiscrepancyKind.COUNT_DRIFT,
            members,
            entry,
            registered=int(registered[place]),
            found=int(most[place]),
        )


def _registered(covers: Covers) -> Ints:
    """Return the persons by the ledger of every place, UNKNOWN when one of its entries says nothing."""
    places = covers.homes.places
    registered = np.full(len(places), UNKNOWN, np.int64)
    alone = np.flatnonzero(places.sizes == 1)
    registered[alone] = covers.entries.persons[places.members[places.offsets[:-1][alone]]]
    for home in np.flatnonzero(places.sizes > 1).tolist():
        persons = rules.registered_persons(covers.homes[home])
        registered[home] = UNKNOWN if persons is None else persons
    return registered


def _category_drift(found: _Compared, place: int, members: Rows, most: int) -> Iterator[Draft]:
    objects, home = found.objects, found.covers.homes[place]
    missing = objects.categories[members] & ~found.covers.registered[members]
    unlisted: dict[Category, int] = {}
    masks, counts = np.unique(missing, return_counts=True)
    for mask, count in zip(masks, counts, strict=True):
        for category in categories_of(mask):
            unlisted[category] = unlisted.get(category, 0) + int(count)
    drifting = rules.drifting_categories(unlisted, len(members))
    if drifting:
        proof = members[missing & mask_of(drifting) != 0]
        seen = categories_of(np.bitwise_or.reduce(objects.categories[proof]))
        entry = max(home, key=lambda entry: (len(entry.items & seen), -entry.id))
        yield Draft(
            DiscrepancyKind.CATEGORY_DRIFT,
            proof,
            entry,
            registered=entry.approximate_count,
            found=most,
            categories=drifting,
        )


def _over_exposed(found: _Compared) -> Iterator[Draft]:
    """Yield places of which more may be read by more people than their entries allow."""
    codes = len(EXPOSURES)
    exposure = found.objects.exposure
    held = np.zeros(len(found.covers.homes) * codes, np.bool_)
    held[found.home * codes + exposure[found.own]] = True
    allowed = found.covers.homes.places.reduced(
        np.bitwise_or, np.left_shift(1, found.covers.entries.exposure.astype(np.int64)), 0
    )
    # The rule is asked for every circle beside every set of circles, of which there are few.
    wider = np.array(
        [
            [
                rules.is_wider(each, [one for code, one in enumerate(EXPOSURES) if bits >> code & 1])
                for each in EXPOSURES
            ]
            for bits in range(2**codes)
        ]
    )
    hits = held.reshape(-1, codes) & wider[allowed]
    for place, members in found.members(np.flatnonzero(hits.any(axis=1))).items():
        proof = members[hits[place][exposure[members]]]
        home = found.covers.homes[place]
        entry = max(home, key=lambda entry: (rules.WIDTH.index(entry.exposure), -entry.id))
        yield Draft(DiscrepancyKind.OVER_EXPOSED, proof, entry)


# The same list in several legal entities, and what processors hold


def _copied(found: _Compared, evidence: Evidence) -> Iterator[Draft]:
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
        yield Draft(
            DiscrepancyKind.COPIED,
            np.array(sorted(rows)),
            folder=named_folder(here),
            other=there.entity_id,
            other_place=f"{there.unit_id} {there.location.source_id} {there.location.name}",
            copies=np.array(sorted(copies)),
        )


def _without_contract(
    found: _Compared, judged: Judged, processors: Iterable[ProcessorCoverage]
) -> Iterator[Draft]:
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


def _judged_entries(entries: Entries, coverage: Sequence[SourceCoverage]) -> Flags:
    """Return the entries whose every scanned place lies in a completely scanned source of its own line."""
    complete: dict[SourceId | None, list[SourceCoverage]] = {}
    for place in coverage:
        if place.complete:
            complete.setdefault(place.source_id, []).append(place)
    units = entries.unit_id[entries.place_entry]
    count = int(units.max(initial=0)) + 1
    pairs, which = np.unique(entries.place_source * count + units, return_inverse=True)
    scanned = [
        any(UnitId(pair % count) in place.line for place in complete.get(SourceId(pair // count), ()))
        for pair in pairs.tolist()
    ]
    judged = np.zeros(len(entries), np.bool_)
    judged[entries.place_entry] = True
    judged[entries.place_entry[~np.array(scanned, np.bool_)[which]]] = False
    return judged


def _not_found(found: _Compared, judged: Flags) -> Iterator[Draft]:
    for place in np.flatnonzero(judged & ~found.covers.seen):
        yield Draft(
            DiscrepancyKind.NOT_FOUND, np.zeros(0, np.int64), found.covers.entries[int(place)], found=0
        )
