"""The ledger against reality: what was found, what is registered, and how they differ.

A read model: it changes nothing, and the same facts always give the same answer. Which entry covers
which object is decided in `registry.places`, failing closed. How much could be judged at all is part
of the answer, because silence about an unscanned share is no good news.

UNREGISTERED    personal data that no entry covers: one per highest folder of nothing else, or per table;
                left out where nobody is surely told of, all is plain, and it is a handful at most
NOT_FOUND       nothing personal lies in an entry's scanned places, and their sources were scanned completely
CATEGORY_DRIFT  a category is found that no covering entry lists: any of special care, identification code,
                My Number or financial, or another one in at least a fifth of the entry's objects
COUNT_DRIFT     surely more persons than 1.5 × registered + 10
OVER_RETAINED   beyond the retention date, or beyond the months since the data were last changed
WRONG_UNIT      at least 5 and at least half of an object's person-identifying values stand in data that
                another legal entity has registered, and they are not registered here: one per highest
                folder of that entity's data alone

An object that differs in several ways has the gravest state: wrong unit, unregistered, over-retained, drift.
"""

from __future__ import annotations

import calendar
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from registry.facts import Difference, Judged, ObjectFacts, Overlap, Reconciliation, SourceCoverage
from registry.model import Discrepancy, DiscrepancyKind, EntryId, LedgerEntry, ObjectId, UnitId
from registry.places import Cover, cover, folder_groups, folders_of, segments
from registry.risk import LedgerState, object_risk, sensitivity_of
from scanners.model import Category, LegalClass

COUNT_FACTOR = 1.5
COUNT_ALLOWANCE = 10
COMMON_SHARE = 0.2
WRONG_UNIT_SHARE = 0.5
WRONG_UNIT_VALUES = 5
PERHAPS_PERSONS = 10
"""From so many possible persons on, plain data of nobody in particular (phone numbers) are reported."""

PROVING_OBJECTS = 100
"""A discrepancy names its heaviest objects up to this many."""

KEY_DIGITS = 32

IMPLIED: Mapping[Category, frozenset[Category]] = {
    Category.ADDRESS: frozenset({Category.POSTAL_CODE}),
    Category.MEDICAL: frozenset({Category.MEDICAL_CONTEXT}),
}
"""What goes without saying once the other one is registered."""

GRAVITY = (
    DiscrepancyKind.WRONG_UNIT,
    DiscrepancyKind.UNREGISTERED,
    DiscrepancyKind.OVER_RETAINED,
    DiscrepancyKind.CATEGORY_DRIFT,
    DiscrepancyKind.COUNT_DRIFT,
    DiscrepancyKind.NOT_FOUND,
)
"""The order of differences of one score."""

Homes = tuple[EntryId, ...]
"""The entries that share a place; most often one."""


def difference_key(key: bytes, difference: Difference) -> str:
    """Return what a difference is known by over all assessments: a short keyed digest that tells nothing.

    The same kind of difference of the same ledger entry is the same, wherever its heaviest object lies;
    without an entry it is the one of the same unit, source and true folder. Counts, scores and objects
    may change. `key` is `Vault.subkey("difference", 1)`: never another version, or cases lose their
    differences.
    """
    shown = difference.shown
    place = shown.entry_id or (shown.unit_id, difference.source_id, difference.subject)
    what = repr((shown.kind.value, place, shown.other_unit_id, difference.other_subject))
    return hmac.digest(key, what.encode("utf-8", "backslashreplace"), "sha256").hex()[:KEY_DIGITS]


@dataclass(frozen=True, slots=True)
class _Drift:
    """One difference between what was found in a place and what its entries say."""

    kind: DiscrepancyKind
    entry: LedgerEntry
    members: tuple[ObjectFacts, ...]
    categories: frozenset[Category]
    registered: int | None
    found: int


def covers_of(entries: Sequence[LedgerEntry], objects: Iterable[ObjectFacts]) -> dict[ObjectId, Cover]:
    """Return per object the entries that cover it."""
    by_source: dict[object, list[LedgerEntry]] = {}
    for entry in entries:
        for source_id in {place.source_id for place in entry.places}:
            by_source.setdefault(source_id, []).append(entry)
    return {facts.id: cover(by_source.get(facts.location.source_id, ()), facts.location) for facts in objects}


def homes_of(entries: Sequence[LedgerEntry], objects: Sequence[ObjectFacts]) -> dict[ObjectId, Homes]:
    """Return per covered object the entries that it belongs to, for counting persons per entry."""
    covers = covers_of(entries, objects)
    return {key: tuple(entry.id for entry in found.home) for key, found in covers.items() if found.home}


def reconcile(
    entries: Sequence[LedgerEntry],
    objects: Sequence[ObjectFacts],
    overlaps: Iterable[Overlap],
    *,
    as_of: date,
    coverage: Sequence[SourceCoverage] = (),
    persons: Mapping[Homes, int] | None = None,
) -> Reconciliation:
    """Compare the ledger with what was found.

    `persons` gives the distinct persons surely counted over all objects of a place's entries, where
    that is known; otherwise the largest low bound of one object counts.
    """
    covers = covers_of(entries, objects)
    wrong = _wrong_units(covers, overlaps)
    drifts = _drifts([facts for facts in objects if facts.id not in wrong], covers, persons or {})
    drifting = {facts.id for drift in drifts for facts in drift.members}
    judged = {
        facts.id: _judge(facts, covers[facts.id], facts.id in wrong, facts.id in drifting, as_of)
        for facts in objects
    }
    differences = [
        *_unregistered(judged),
        *_wrong_unit_differences(judged, wrong),
        *_over_retained(judged, covers, as_of),
        *(_drift_difference(drift, judged) for drift in drifts),
        *_not_found(entries, covers, coverage),
    ]
    return Reconciliation(
        objects=tuple(judged.values()),
        differences=tuple(sorted(differences, key=_gravest_first)),
        examined=sum(place.examined for place in coverage),
        in_scope=sum(place.in_scope for place in coverage),
        entries_judged=sum(_is_judged(entry, coverage) for entry in entries),
        entries=len(entries),
    )


def _judge(facts: ObjectFacts, found: Cover, wrong: bool, drifting: bool, as_of: date) -> Judged:
    if wrong:
        state = LedgerState.WRONG_UNIT
    elif not found.all:
        state = LedgerState.UNREGISTERED
    elif days_over(found.home, facts.modified, as_of):
        state = LedgerState.OVER_RETAINED
    else:
        state = LedgerState.DRIFT if drifting else LedgerState.REGISTERED
    return Judged(
        facts=facts,
        state=state,
        entry_ids=tuple(entry.id for entry in found.all),
        risk=object_risk(facts.surely, facts.categories.keys(), facts.exposure, state),
    )


# Unregistered


def _unregistered(judged: Mapping[ObjectId, Judged]) -> Iterable[Difference]:
    by_source: dict[object, list[Judged]] = {}
    others: dict[object, set[str]] = {}
    for item in judged.values():
        key = (item.facts.unit_id, item.facts.location.source_id)
        if item.state is not LedgerState.UNREGISTERED:
            others.setdefault(key, set()).update(folders_of(item.facts.location.name))
        elif _deserves_an_entry(item.facts):
            by_source.setdefault(key, []).append(item)
    for source, items in by_source.items():
        for group in _folders(items, frozenset(others.get(source, ()))):
            yield _grouped(DiscrepancyKind.UNREGISTERED, *group)


def _deserves_an_entry(facts: ObjectFacts) -> bool:
    """Return whether unregistered data are worth reporting: a lone office number in a manual is not."""
    grave = any(sensitivity_of(category) != LegalClass.PLAIN for category in facts.categories)
    return grave or facts.persons.low > 0 or facts.persons.high >= PERHAPS_PERSONS


def _folders(items: Sequence[Judged], covered: frozenset[str]) -> Iterable[tuple[str, list[Judged]]]:
    """Yield (true folder or name, objects): a table is a group of its own."""
    tables = [item for item in items if item.facts.location.is_table]
    files = [item for item in items if not item.facts.location.is_table]
    yield from ((item.facts.location.name, [item]) for item in tables)
    groups = folder_groups([item.facts.location.name for item in files], covered)
    yield from ((folder, [files[index] for index in members]) for folder, members in groups.items())


def _grouped(
    kind: DiscrepancyKind, folder: str, members: list[Judged], other: UnitId | None = None
) -> Difference:
    members = sorted(members, key=_heaviest_first)
    heaviest = members[0]
    alone = len(members) == 1 or not folder
    subject = heaviest.facts.location.name if alone else f"{folder}/"
    return Difference(
        shown=Discrepancy(
            kind=kind,
            unit_id=heaviest.facts.unit_id,
            entry_id=None,
            subject=heaviest.facts.shown if alone else _shown_folder(folder, heaviest.facts),
            categories=frozenset().union(*(item.facts.categories for item in members)),
            registered=None,
            found=max(item.facts.surely for item in members),
            days_over=None,
            other_unit_id=other,
            objects=tuple(item.facts.id for item in members[:PROVING_OBJECTS]),
            score=heaviest.risk.score,
        ),
        subject=subject,
        source_id=heaviest.facts.location.source_id,
    )


def _shown_folder(folder: str, facts: ObjectFacts) -> str:
    """Return the masked form of a folder above the object, or its masked name where a mask hid a part."""
    shown = segments(facts.shown)
    if len(shown) != len(segments(facts.location.name)):
        return facts.shown
    return "/".join(shown[: len(segments(folder))]) + "/"


# Wrong unit


def _wrong_units(covers: Mapping[ObjectId, Cover], overlaps: Iterable[Overlap]) -> dict[ObjectId, Overlap]:
    """Return per object the entity whose data it seems to be, where the evidence is strong enough."""
    found: dict[ObjectId, Overlap] = {}
    for overlap in overlaps:
        if overlap.object_id not in covers:
            continue
        enough = overlap.matched >= max(WRONG_UNIT_VALUES, WRONG_UNIT_SHARE * overlap.total)
        here = registered_items(covers[overlap.object_id].all)
        known = found.get(overlap.object_id)
        if enough and not overlap.categories <= here and (known is None or overlap.matched > known.matched):
            found[overlap.object_id] = overlap
    return found


def _wrong_unit_differences(
    judged: Mapping[ObjectId, Judged], wrong: Mapping[ObjectId, Overlap]
) -> Iterable[Difference]:
    groups: dict[tuple[object, UnitId], list[Judged]] = {}
    lying: dict[object, dict[str, set[UnitId | None]]] = {}  # source -> folder -> whose data lie in it
    for item in judged.values():
        facts, overlap = item.facts, wrong.get(item.facts.id)
        place = facts.unit_id, facts.location.source_id
        other = overlap.other_unit_id if overlap else None
        if other is not None:
            groups.setdefault((place, other), []).append(item)
        elif item.state is LedgerState.UNREGISTERED and not _deserves_an_entry(facts):
            continue
        for folder in folders_of(facts.location.name):
            lying.setdefault(place, {}).setdefault(folder, set()).add(other)
    for (source, other), items in groups.items():
        mixed = frozenset(folder for folder, whose in lying.get(source, {}).items() if whose != {other})
        for folder, members in _folders(items, mixed):
            yield _grouped(DiscrepancyKind.WRONG_UNIT, folder, members, other)


# Over-retained


def days_over(home: Sequence[LedgerEntry], modified: date | None, as_of: date) -> int:
    """Return the days past the end of retention; 0 when it is not past, has no end or cannot be told.

    Where several entries share a place, the one that lets data be kept longest counts.
    """
    ends = [retention_end(entry, modified) for entry in home]
    if not ends or any(end is None for end in ends):
        return 0
    latest = max(end for end in ends if end is not None)
    return max(0, (as_of - latest).days)


def retention_end(entry: LedgerEntry, modified: date | None) -> date | None:
    """Return the last day on which data of the entry may be kept; None when there is no end to tell."""
    ends = [] if entry.retention_until is None else [entry.retention_until]
    if entry.retention_months is not None and modified is not None:
        ends.append(_months_after(modified, entry.retention_months))
    return min(ends, default=None)


def _months_after(day: date, months: int) -> date:
    """Return the same day `months` later or that month's last day (Civil Code Art. 143(2))."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _over_retained(
    judged: Mapping[ObjectId, Judged], covers: Mapping[ObjectId, Cover], as_of: date
) -> Iterable[Difference]:
    groups: dict[EntryId, list[tuple[int, Judged]]] = {}
    entries: dict[EntryId, LedgerEntry] = {}
    for item in judged.values():
        home = covers[item.facts.id].home
        over = days_over(home, item.facts.modified, as_of)
        if over:
            entry = max(home, key=lambda entry: retention_end(entry, item.facts.modified) or date.min)
            entries[entry.id] = entry
            groups.setdefault(entry.id, []).append((over, item))
    for entry_id, members in groups.items():
        items = [item for _, item in members]
        found = max(item.facts.surely for item in items)
        days = max(over for over, _ in members)
        yield _of_entry(DiscrepancyKind.OVER_RETAINED, entries[entry_id], items, found=found, days=days)


# Drift


def registered_items(entries: Iterable[LedgerEntry]) -> frozenset[Category]:
    """Return every category that the entries list, with what goes without saying."""
    listed = frozenset[Category]().union(*(entry.items for entry in entries))
    return listed.union(*(IMPLIED.get(category, frozenset()) for category in listed))


def _drifts(
    objects: Sequence[ObjectFacts], covers: Mapping[ObjectId, Cover], persons: Mapping[Homes, int]
) -> list[_Drift]:
    groups: dict[Homes, list[ObjectFacts]] = {}
    for facts in objects:
        home = tuple(entry.id for entry in covers[facts.id].home)
        if home:
            groups.setdefault(home, []).append(facts)
    drifts: list[_Drift] = []
    for home, members in groups.items():
        homes = covers[members[0].id].home
        found = max(persons.get(home, 0), *(facts.surely for facts in members), 0)
        drifts.extend(_category_drift(homes, members, covers, found))
        drifts.extend(_count_drift(homes, members, found))
    return drifts


def _category_drift(
    home: Sequence[LedgerEntry],
    members: Sequence[ObjectFacts],
    covers: Mapping[ObjectId, Cover],
    found: int,
) -> Iterable[_Drift]:
    missing = {
        facts.id: frozenset(facts.categories) - registered_items(covers[facts.id].all) for facts in members
    }
    unlisted = frozenset[Category]().union(*missing.values())
    counts = {category: sum(category in left for left in missing.values()) for category in unlisted}
    drifting = frozenset(
        category
        for category, count in counts.items()
        if sensitivity_of(category) != LegalClass.PLAIN or count >= COMMON_SHARE * len(members)
    )
    if drifting:
        proof = tuple(facts for facts in members if missing[facts.id] & drifting)
        seen = frozenset[Category]().union(*(facts.categories for facts in proof))
        entry = max(home, key=lambda entry: (len(entry.items & seen), -entry.id))
        yield _Drift(DiscrepancyKind.CATEGORY_DRIFT, entry, proof, drifting, entry.approximate_count, found)


def _count_drift(home: Sequence[LedgerEntry], members: Sequence[ObjectFacts], found: int) -> Iterable[_Drift]:
    counts = [entry.approximate_count for entry in home]
    if any(count is None for count in counts):
        return
    registered = sum(count for count in counts if count is not None)
    if found > COUNT_FACTOR * registered + COUNT_ALLOWANCE:
        entry = max(home, key=lambda entry: (entry.approximate_count or 0, -entry.id))
        yield _Drift(DiscrepancyKind.COUNT_DRIFT, entry, tuple(members), frozenset(), registered, found)


def _drift_difference(drift: _Drift, judged: Mapping[ObjectId, Judged]) -> Difference:
    items = [judged[facts.id] for facts in drift.members]
    return _of_entry(
        drift.kind,
        drift.entry,
        items,
        found=drift.found,
        registered=drift.registered,
        categories=drift.categories or None,
    )


# Not found


def _is_judged(entry: LedgerEntry, coverage: Sequence[SourceCoverage]) -> bool:
    """Return whether every scanned place of the entry lies in a completely scanned source of its own line."""
    complete = {place.source_id for place in coverage if place.complete and entry.unit_id in place.line}
    scanned = [place.source_id for place in entry.places if place.source_id is not None]
    return bool(scanned) and complete.issuperset(scanned)


def _not_found(
    entries: Sequence[LedgerEntry], covers: Mapping[ObjectId, Cover], coverage: Sequence[SourceCoverage]
) -> Iterable[Difference]:
    seen = {entry.id for found in covers.values() for entry in found.all}
    for entry in entries:
        if entry.id not in seen and _is_judged(entry, coverage):
            yield _of_entry(DiscrepancyKind.NOT_FOUND, entry, [], found=0)


def _of_entry(
    kind: DiscrepancyKind,
    entry: LedgerEntry,
    items: Sequence[Judged],
    *,
    found: int,
    registered: int | None = None,
    days: int | None = None,
    categories: frozenset[Category] | None = None,
) -> Difference:
    items = sorted(items, key=_heaviest_first)
    seen = frozenset[Category]().union(*(item.facts.categories for item in items))
    shown = Discrepancy(
        kind=kind,
        # Data lie where they were found; an entry without data stands where it is registered.
        unit_id=items[0].facts.unit_id if items else entry.unit_id,
        entry_id=entry.id,
        subject=entry.name,
        categories=categories or seen or entry.items,
        registered=entry.approximate_count if registered is None else registered,
        found=found,
        days_over=days,
        other_unit_id=None,
        objects=tuple(item.facts.id for item in items[:PROVING_OBJECTS]),
        score=max((item.risk.score for item in items), default=0),
    )
    return Difference(shown=shown, subject=entry.name)


def _heaviest_first(item: Judged) -> tuple[int, int, str]:
    return -item.risk.score, -item.facts.surely, item.facts.id


def _gravest_first(difference: Difference) -> tuple[int, int, int, str, int]:
    shown = difference.shown
    return -shown.score, GRAVITY.index(shown.kind), shown.unit_id, difference.subject, shown.entry_id or 0
