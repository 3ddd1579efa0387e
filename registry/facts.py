"""What reconciliation takes in and gives back: frozen values between the store and the pure rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from registry.model import Discrepancy, EntryId, ObjectId, Risk, SourceId, UnitId
from registry.places import Location
from registry.risk import LedgerState
from scanners.model import Category, Exposure, PersonBounds


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What is known of one object in which something personal was found."""

    id: ObjectId
    unit_id: UnitId
    entity_id: UnitId
    location: Location
    shown: str  # its name below the source with personal data masked
    categories: Mapping[Category, int]  # counts, never empty
    persons: PersonBounds
    modified: date | None
    exposure: Exposure

    @property
    def surely(self) -> int:
        """Return the persons it surely tells of; what holds personal data tells of one at least."""
        return max(1, self.persons.low)


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many of an object's person-identifying values stand in data that another entity registered."""

    object_id: ObjectId
    other_unit_id: UnitId  # the other legal entity
    matched: int  # values that stand there and not in data registered here
    total: int
    categories: frozenset[Category]


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """How far one source was examined by its latest run."""

    source_id: SourceId | None
    line: frozenset[UnitId]  # as in `Location`
    complete: bool
    examined: int  # objects read completely
    in_scope: int  # objects listed and not left out on purpose


@dataclass(frozen=True, slots=True)
class Judged:
    """How one object stands to the ledger, and its risk."""

    facts: ObjectFacts
    state: LedgerState
    entry_ids: tuple[EntryId, ...]
    risk: Risk


@dataclass(frozen=True, slots=True)
class Difference:
    """A discrepancy and the true name of its subject, which may hold personal data itself."""

    shown: Discrepancy
    subject: str
    source_id: SourceId | None = None  # of the place that it speaks of; None for a ledger entry
    other_subject: str = ""  # the true name of the other entity's place, where there is one


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Every judged object and every difference, the gravest first; and how much could be judged."""

    objects: tuple[Judged, ...]
    differences: tuple[Difference, ...]
    examined: int  # objects of the estate that were read completely
    in_scope: int  # objects of the estate
    entries_judged: int  # entries whose scanned places all lie in completely scanned sources
    entries: int

    @property
    def discrepancies(self) -> list[Discrepancy]:
        """Return the discrepancies in the form that pages show."""
        return [difference.shown for difference in self.differences]
