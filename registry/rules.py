"""When the ledger and reality differ: each rule once, as a decision about plain values.

UNREGISTERED    personal data that no entry covers: one per highest folder of nothing else, or per table;
                left out where nobody is surely told of, all is plain, and it is a handful at most
NOT_FOUND       nothing personal lies in an entry's scanned places, and their sources were scanned completely
CATEGORY_DRIFT  a category is found that no covering entry lists: any of special care, identification code,
                My Number or financial, or another one in at least a fifth of the entry's objects
COUNT_DRIFT     surely more persons than 1.5 × registered + 10
OVER_RETAINED   beyond the retention date, beyond the months since their event, or beyond the end of use where
                that is a date and no retention date says how long they stay after it; never while disposal
                is held
OVER_EXPOSED    more people may read it than the widest of the place's entries allows; where either is not
                known nothing is said
WRONG_UNIT      at least 5 and at least half of an object's person-identifying values stand in data that
                another legal entity has registered, and they are not registered here: one per highest
                folder of that entity's data alone
COPIED          the same list lies in two legal entities: at least 20 values in both, four fifths of them the
                same; left out where one of them is in the wrong unit or a basis for disclosure joins them
NO_CONTRACT     a category lies in a source that a processor keeps, and no contract of that day covers it

An object that differs in several ways has the gravest state: wrong unit, unregistered, over-retained, drift
(which includes being over-exposed). Copies and contracts do not change the state of an object.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Protocol

from registry.handling import Handling, RetentionEvent
from registry.model import DiscrepancyKind, LedgerEntry
from registry.risk import LedgerState, sensitivity_of
from scanners.model import Category, Exposure, LegalClass

COUNT_FACTOR = 1.5
COUNT_ALLOWANCE = 10
COMMON_SHARE = 0.2
WRONG_UNIT_SHARE = 0.5
WRONG_UNIT_VALUES = 5
COPIED_SHARE = 0.8
COPIED_VALUES = 20
PERHAPS_PERSONS = 10
"""From so many possible persons on, plain data of nobody in particular (phone numbers) are reported."""

IMPLIED: Mapping[Category, frozenset[Category]] = {
    Category.ADDRESS: frozenset({Category.POSTAL_CODE}),
    Category.MEDICAL: frozenset({Category.MEDICAL_CONTEXT}),
}
"""What goes without saying once the other one is registered."""

GRAVITY = (
    DiscrepancyKind.WRONG_UNIT,
    DiscrepancyKind.UNREGISTERED,
    DiscrepancyKind.NO_CONTRACT,
    DiscrepancyKind.OVER_EXPOSED,
    DiscrepancyKind.OVER_RETAINED,
    DiscrepancyKind.CATEGORY_DRIFT,
    DiscrepancyKind.COUNT_DRIFT,
    DiscrepancyKind.COPIED,
    DiscrepancyKind.NOT_FOUND,
)
"""The order of differences of one score."""

WIDTH = (Exposure.OWNER, Exposure.GROUP, Exposure.ALL_STAFF, Exposure.EVERYONE)
"""Who may read, from narrow to wide; what is not known has no place here."""

_DATE = re.compile(r"(\d{4})(?:-|/|年)(\d{1,2})(?:-|/|月)(\d{1,2})日?(?:まで)?")


def state_of(*, wrong: bool, covered: bool, over: bool, drifting: bool) -> LedgerState:
    """Return how an object stands to the ledger: the gravest of what is the matter with it."""
    if wrong:
        return LedgerState.WRONG_UNIT
    if not covered:
        return LedgerState.UNREGISTERED
    if over:
        return LedgerState.OVER_RETAINED
    return LedgerState.DRIFT if drifting else LedgerState.REGISTERED


def is_grave(category: Category) -> bool:
    """Return whether one value of a category matters wherever it lies."""
    return sensitivity_of(category) != LegalClass.PLAIN


def deserves_an_entry(categories: Iterable[Category], *, surely_persons: bool, perhaps_persons: int) -> bool:
    """Return whether unregistered data are worth reporting: a lone office number in a manual is not."""
    return surely_persons or perhaps_persons >= PERHAPS_PERSONS or any(map(is_grave, categories))


def belongs_elsewhere(matched: int, total: int) -> bool:
    """Return whether so many values of another entity, of so many in all, make an object that entity's."""
    return matched >= max(WRONG_UNIT_VALUES, WRONG_UNIT_SHARE * total)


def is_copy(alike: int, compared: int) -> bool:
    """Return whether so many equal ones of the values compared make two lists the same list."""
    return compared >= COPIED_VALUES and alike >= COPIED_SHARE * compared


def is_wider(found: Exposure, allowed: Collection[Exposure]) -> bool:
    """Return whether more people may read it than any of the entries allows; in doubt not."""
    known = [WIDTH.index(each) for each in allowed if each in WIDTH]
    return found in WIDTH and len(known) == len(allowed) > 0 and WIDTH.index(found) > max(known)


def registered_items(entries: Iterable[LedgerEntry]) -> frozenset[Category]:
    """Return every category that the entries list, with what goes without saying."""
    return with_implied(category for entry in entries for category in entry.items)


def with_implied(categories: Iterable[Category]) -> frozenset[Category]:
    """Return the categories with those that go without saying."""
    listed = frozenset(categories)
    return listed.union(*(IMPLIED.get(category, frozenset()) for category in listed))


def drifting_categories(unlisted: Mapping[Category, int], objects: int) -> frozenset[Category]:
    """Return the categories that drift; `unlisted` counts the objects that hold one, of so many in all."""
    return frozenset(
        category
        for category, count in unlisted.items()
        if is_grave(category) or count >= COMMON_SHARE * objects
    )


def registered_persons(home: Sequence[LedgerEntry]) -> int | None:
    """Return the persons by the ledger of a place; None when one of its entries says nothing."""
    counts = [entry.approximate_count for entry in home]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def count_drifts(found: int, registered: int) -> bool:
    """Return whether surely more persons were found than the ledger can mean."""
    return found > COUNT_FACTOR * registered + COUNT_ALLOWANCE


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
    """Return the last day on which data of the entry may be kept; None when there is no end to tell.

    Months run from the day of the event where that is one day for all, from the last change where the entry
    says so. Of other events an object does not tell its day. Data whose disposal is held have no end.
    """
    months = months_from_change(entry)
    ends = [] if months is None or modified is None else [_months_after(modified, months)]
    fixed = fixed_end(entry)
    return min(ends if fixed is None else [*ends, fixed], default=None)


class Term(Protocol):
    """What an entry says of the end of its retention."""

    @property
    def handling(self) -> Handling:
        """Return event, its day, and whether disposal is held."""

    @property
    def retention_months(self) -> int | None:
        """Return the months since event or last change."""

    @property
    def retention_until(self) -> date | None:
        """Return the date."""

    @property
    def end_of_use(self) -> str:
        """Return the end of use, which may be a date."""


def fixed_end(entry: Term) -> date | None:
    """Return the end of retention that is the same for all data of the entry; None when there is none."""
    of = entry.handling
    if of.legal_hold:
        return None
    ends = [] if entry.retention_until is None else [entry.retention_until]
    if entry.retention_months is not None and of.retention_event_on is not None:
        ends.append(_months_after(of.retention_event_on, entry.retention_months))
    end_of_use = end_of_use_of(entry)
    if end_of_use is not None and entry.retention_until is None:
        ends.append(end_of_use)
    return min(ends, default=None)


def months_from_change(entry: LedgerEntry) -> int | None:
    """Return the months for which data may be kept after their last change; None when none runs from it."""
    of = entry.handling
    from_change = of.retention_event is RetentionEvent.LAST_CHANGE and of.retention_event_on is None
    return entry.retention_months if from_change and not of.legal_hold else None


def end_of_use_of(entry: Term) -> date | None:
    """Return the day on which the purpose ends, where the entry's end of use 利用期限 is a date."""
    found = _DATE.fullmatch(entry.end_of_use.strip())
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _months_after(day: date, months: int) -> date:
    """Return the same day `months` later or that month's last day (Civil Code Art. 143(2))."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
