"""What the demonstration group consists of: frozen values that the caller maps to its own records."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from registry.disclosures import DisclosureKind
from registry.model import DiscrepancyKind, Role, UnitKind
from scanners.model import Category, Exposure


@dataclass(frozen=True, slots=True)
class DemoUnit:
    """One organisation unit; parents come before their children."""

    code: str
    kind: UnitKind
    name_ja: str
    name_en: str
    parent_code: str | None
    country: str = "JP"  # ISO 3166-1 alpha-2
    privacy_mark: str = ""


@dataclass(frozen=True, slots=True)
class DemoSource:
    """One place to register: a share's directory (file://) or a database, never with a password in it."""

    name: str
    unit_code: str
    url: str
    owner: str


@dataclass(frozen=True, slots=True)
class DemoEntry:
    """One draft for the ledger; the columns of `registry.model.LedgerEntry` with one place."""

    unit_code: str
    source_name: str
    prefix: str
    place_text: str
    name: str
    items: frozenset[Category]
    purpose: str
    storage_method: str
    access_holders: str
    end_of_use: str
    retention_months: int | None
    retention_until: date | None
    approximate_count: int  # persons
    exposure: Exposure
    owner: str


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One sign-in of the demonstration."""

    login: str
    name: str
    password: str
    role: Role
    unit_code: str
    language: str


@dataclass(frozen=True, slots=True)
class DemoBasis:
    """Why a company or hospital shows its data to the headquarters, and who approves it there."""

    unit_code: str
    kind: DisclosureKind
    document: str
    representative: str


@dataclass(frozen=True, slots=True)
class DemoProcessor:
    """A processor 委託先, what its contract lets it hold, and which source lies with it."""

    unit_code: str
    name: str
    source_name: str  # empty: nothing that is scanned
    contract: str
    categories: frozenset[Category]
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class DemoObject:
    """The truth about one object: a file, a member of one (`outer!inner`) or a database table."""

    path: str  # absolute; tables as path!table
    unit_code: str
    people: frozenset[str]  # keys of the different people it tells of
    categories: frozenset[Category]

    @property
    def personal(self) -> bool:
        """Whether it tells of anybody."""
        return bool(self.categories)

    @property
    def persons(self) -> int:
        """How many different people it tells of."""
        return len(self.people)


@dataclass(frozen=True, slots=True)
class PlantedDifference:
    """One difference between ledger and reality that was put there on purpose."""

    kind: DiscrepancyKind
    unit_code: str
    source_name: str
    path: str  # file, folder or table below the source
    note: str


@dataclass(frozen=True, slots=True)
class DemoGroup:
    """Everything that was written and what must be registered for it."""

    directory: Path
    units: tuple[DemoUnit, ...]
    sources: tuple[DemoSource, ...]
    entries: tuple[DemoEntry, ...]
    accounts: tuple[DemoAccount, ...]
    bases: tuple[DemoBasis, ...]
    processors: tuple[DemoProcessor, ...]
    planted: tuple[PlantedDifference, ...]
    unexaminable: tuple[str, ...]  # paths of objects that no scan can read wholly: files and members
    objects: tuple[DemoObject, ...]
    canaries: tuple[str, ...]  # raw values that must never leave the files they were planted in
