"""What reconciliation takes in and gives back: frozen values between the store and the rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from registry.model import Discrepancy, SourceId, UnitId
from scanners.model import Category


@dataclass(frozen=True, slots=True)
class Overlap:
    """How many of an object's person-identifying values stand in data that another entity registered."""

    at: int  # the object's row
    other_unit_id: UnitId  # the other legal entity
    matched: int  # values that stand there and not in data registered here
    total: int
    categories: frozenset[Category]


@dataclass(frozen=True, slots=True)
class Copy:
    """Two objects of different legal entities that hold the same list."""

    one: int  # the objects' rows
    other: int
    alike: int  # of the values compared, those that stand in both
    compared: int


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """How far one source was examined by its latest run."""

    source_id: SourceId | None
    line: frozenset[UnitId]  # as in `Location`
    complete: bool
    examined: int  # objects read completely
    in_scope: int  # objects listed and not left out on purpose


@dataclass(frozen=True, slots=True)
class ProcessorCoverage:
    """What one contract lets a processor 委託先 hold in a source that it keeps.

    A source named by any of these belongs to a processor: without a contract, give no categories.
    """

    source_id: SourceId
    categories: frozenset[Category]
    valid_from: date
    valid_until: date | None  # the last day; None: no end is agreed

    def applies(self, on: date) -> bool:
        """Return whether the contract is in force on a day."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


Scanned = tuple[UnitId, SourceId | None]
"""What one scan looks at: a source, or without one a target of a unit."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A discrepancy and the true name of its subject, which may hold personal data itself."""

    shown: Discrepancy
    subject: str
    source_id: SourceId | None = None  # of the place that it speaks of; None for a ledger entry
    place: str = ""  # the true folder or table, the same however many objects lie in it
    other_place: str = ""  # where the same list lies in another entity
    scanned: frozenset[Scanned] = frozenset()  # where it was found; empty when nothing was


@dataclass(frozen=True, slots=True)
class Judgeable:
    """How much of the estate could be judged: silence about an unscanned share is no good news."""

    examined: int  # objects of the estate that were read completely
    in_scope: int  # objects of the estate
    entries_judged: int  # entries whose scanned places all lie in completely scanned sources
    entries: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the fingerprints tell: whose data lie where, how many persons, and which lists are the same."""

    overlaps: tuple[Overlap, ...] = ()
    copies: tuple[Copy, ...] = ()
    persons: npt.NDArray[np.int64] | None = None  # per place of entries, as `Covers.homes` numbers them
