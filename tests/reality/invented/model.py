"""What an invented group consists of: plain values, with units, sources and entries known by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from scanners.model import Category, Exposure

TODAY = date(2026, 4, 1)


@dataclass(frozen=True, slots=True)
class InventedUnit:
    """One unit; `entity` is the code of its company or hospital."""

    code: str
    kind: str
    parent: str | None
    entity: str


@dataclass(frozen=True, slots=True)
class InventedSource:
    """One place that was scanned; `address` as people write it, `root` as scans write it."""

    name: str
    unit: str
    address: str
    root: str
    is_database: bool
    complete: bool


@dataclass(slots=True)
class InventedObject:
    """One object and what the situation that put it there knows of it."""

    source: str
    name: str  # below the source, decoded
    values: Mapping[Category, Sequence[str]]  # a row each, of the same persons in the same order
    low: int
    high: int
    modified: date | None
    exposure: Exposure
    covered: bool  # some entry speaks of it
    minor: bool = False  # too little to be told of where nothing is registered
    belongs_to: str | None = None  # the other entity whose data it seems to be
    readable: bool = True


@dataclass(frozen=True, slots=True)
class InventedEntry:
    """One ledger entry; entries of one `home` share their places and are told of together."""

    key: str
    home: str
    unit: str
    items: frozenset[Category]
    places: tuple[tuple[str | None, str], ...]  # source and prefix
    count: int | None = None
    exposure: Exposure = Exposure.EVERYONE
    months: int | None = None
    until: date | None = None
    end_of_use: str = "在籍中"
    event: str = "last_change"
    event_on: date | None = None
    hold: bool = False


@dataclass(frozen=True, slots=True)
class InventedContract:
    """What one processor may hold in a source that lies with it."""

    source: str
    categories: frozenset[Category]
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True, order=True)
class Expected:
    """One difference: `what` is the home of a ledger entry, or the place below the source."""

    kind: str
    unit: str
    what: str
    other: str = ""


@dataclass(slots=True)
class InventedGroup:
    """A whole group."""

    units: list[InventedUnit] = field(default_factory=list)
    sources: list[InventedSource] = field(default_factory=list)
    objects: list[InventedObject] = field(default_factory=list)
    entries: list[InventedEntry] = field(default_factory=list)
    contracts: list[InventedContract] = field(default_factory=list)
    bases: list[tuple[str, str]] = field(default_factory=list)  # entities whose lists may be alike
    expected: set[Expected] = field(default_factory=set)


def f1(expected: set[Expected], told: Sequence[Expected]) -> float:
    """Return the harmonic mean of precision and recall; a difference told twice counts as one too many."""
    right = len(expected & set(told))
    return 2 * right / (len(expected) + len(told)) if expected or told else 1.0
