"""The nouns of evidence packs: what is asked for, what suppliers tell, which rows each number rests on."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from privacy_mark.certificates.model import Certificate
from privacy_mark.requirements.model import Catalogue
from registry.model import Unit
from registry.risk_levels import Words

LONGEST = 500
"""Letters of one answer."""

FIRST_PAGE = 8
"""Entries on the first page of the ledger where a set of forms says nothing: an A4 sheet across."""


class Purpose(enum.StrEnum):
    """What a pack is for; the ids are public API."""

    NEW = "new"  # 新規申請
    RENEWAL = "renewal"  # 更新申請
    AUDIT = "audit"  # 監査


class RowKey(NamedTuple):
    """One row of the registry."""

    table: str
    id: str


class Code(NamedTuple):
    """An id of a closed vocabulary, which a document says in words of its language."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of a document and the rows that it rests on; `counted`: it is how many rows these are."""

    name: str  # section.name: training.passed
    value: Value
    rows: tuple[RowKey, ...] = ()
    counted: bool = False

    @classmethod
    def count(cls, name: str, rows: tuple[RowKey, ...]) -> Figure:
        """Return how many rows there are, and which."""
        return cls(name, len(rows), rows, counted=True)


Plain = str | int | bool | date | None
Value = Plain | Words | Code | tuple[Code, ...]
Cell = Value | Figure


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a listing and the rows that it rests on."""

    cells: tuple[Cell, ...]
    rows: tuple[RowKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A table of a document; its columns stand in data/pack_forms/documents.yaml."""

    name: str  # section.name
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A cited row: what the pack says of it, and which row's journal tells of its changes."""

    key: RowKey
    values: Mapping[str, Plain]
    told_by: RowKey | None = None  # None: its own

    @property
    def teller(self) -> RowKey:
        """Return the row under which the journal tells of this one."""
        return self.told_by or self.key


@dataclass(frozen=True, slots=True)
class Section:
    """What one supplier tells."""

    id: str
    figures: tuple[Figure, ...] = ()
    listings: tuple[Listing, ...] = ()
    records: tuple[Record, ...] = ()
    hidden: tuple[Words, ...] = ()  # what in it the person asking may not see


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a pack is about, for what, as of when."""

    unit: Unit
    purpose: Purpose
    body: str  # assessment body; "" of a pack for an audit without a certificate
    certificate: Certificate | None
    as_of: datetime
    day: date  # of `as_of`, in Japan
    since: date  # records from here on are told of: two years
    catalogue: Catalogue = field(repr=False)  # of requirements
    first_page: int = FIRST_PAGE  # entries of the ledger that are shown, with their risk analyses


@dataclass(frozen=True, slots=True)
class Answer:
    """What a company last answered to a field that no record holds; emptied ones have no text."""

    id: int
    name: str  # of the field
    text: str = field(repr=False)
    author: str
    answered_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for."""

    purpose: Purpose
    language: str = "ja"
    body: str = ""  # only where no certificate tells it
    given: Mapping[str, str] = field(default_factory=dict)  # answers in place of those kept
    as_of: datetime | None = None  # None: now
    head: int | None = None  # records of the journal; None: all up to that moment
    catalogue: Catalogue | None = field(default=None, repr=False)  # None: as it comes with the product
