"""The nouns of the registry that pages, commands and services exchange: frozen values."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NewType

from registry.handling import DEFAULT, Handling
from registry.roles import PERMISSIONS, Named
from registry.roles import Permission as Permission  # noqa: PLC0414 - everybody takes the nouns from here
from registry.roles import Role as Role  # noqa: PLC0414
from registry.source_terms import USUAL, SourceTerms
from scanners.model import Category, Exposure, Outcome, PersonBounds, Reason, RunTotals, Suffix, Tally

UnitId = NewType("UnitId", int)
UserId = NewType("UserId", int)
EntryId = NewType("EntryId", int)
SourceId = NewType("SourceId", int)
RunId = NewType("RunId", str)
AffiliationId = NewType("AffiliationId", int)
ObjectId = NewType("ObjectId", str)  # keyed digest of the object's uri, hex: stable over runs, tells nothing


class UnitKind(enum.StrEnum):
    """Level of an organisation unit 組織単位."""

    GROUP = "group"  # 企業集団
    HEADQUARTERS = "headquarters"  # 本社
    COMPANY = "company"  # 国内会社
    OVERSEAS = "overseas"  # 海外会社
    HOSPITAL = "hospital"  # 病院
    SITE = "site"  # 事業所
    DEPARTMENT = "department"  # 部門

    @property
    def is_entity(self) -> bool:
        """True for what the group overview shows as one line: a company or a hospital."""
        return self in (UnitKind.HEADQUARTERS, UnitKind.COMPANY, UnitKind.OVERSEAS, UnitKind.HOSPITAL)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role within a unit and everything below it.

    Two grants are the same right when role and unit agree; `home_id` is the unit of the affiliation that
    the grant belongs to, whose legal entity the person acts for. None: the unit of the grant itself.
    """

    role: Role
    unit_id: UnitId
    home_id: UnitId | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: built afresh for every request from the registry, never from a cookie's content."""

    user_id: UserId
    name: str
    grants: tuple[Grant, ...]
    held_back: bool = False  # there are roles, and something comes before them: none of them counts yet

    def units_with(self, permission: Permission) -> tuple[UnitId, ...]:
        """Return the units under which this person holds the permission (their descendants included)."""
        return tuple(grant.unit_id for grant in self.grants_with(permission))

    def grants_with(self, permission: Permission) -> tuple[Grant, ...]:
        """Return the grants whose role holds the permission."""
        return tuple(grant for grant in self.grants if permission in PERMISSIONS[grant.role])


@dataclass(frozen=True, slots=True)
class Before:
    """What somebody has to do before a role is given: until then none is given, or it is only told."""

    refusing: tuple[Named, ...] = ()
    told: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Unit:
    """One node of the organisation tree."""

    id: UnitId
    code: str
    kind: UnitKind
    name_ja: str
    name_en: str
    parent_id: UnitId | None
    country: str  # ISO 3166-1 alpha-2
    privacy_mark: str  # 登録番号 as entered before the register of certificates held the unit: that tells it
    version: int
    closed_at: datetime | None = None  # UTC; a closed unit takes nothing new, what it has stays
    merged_into_id: UnitId | None = None
    small: bool = False  # 小規模: its representative may be privacy manager too

    def name(self, language: str) -> str:
        """Return the name in "ja" or "en"."""
        return self.name_en if language == "en" and self.name_en else self.name_ja


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A registered place to scan; its URL never holds credentials."""

    id: SourceId
    unit_id: UnitId
    name: str
    owner: str
    url: str
    version: int
    terms: SourceTerms = USUAL


@dataclass(frozen=True, slots=True)
class Place:
    """Where data of a ledger entry are kept 保管場所: a source and a folder or table below it."""

    source_id: SourceId | None  # None: paper, cloud service … not scanned
    prefix: str  # "人事/採用/" or "public.employee"; empty means the whole source
    text: str  # as people call it: "人事部共有フォルダ"


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One line of the ledger 個人情報管理台帳: the columns of JIS Q 15001 practice (required ones first)."""

    id: EntryId
    number: str  # L-0001
    unit_id: UnitId
    name: str  # 個人情報の名称
    items: frozenset[Category]  # 項目
    purpose: str  # 利用目的
    places: tuple[Place, ...]  # 保管場所
    storage_method: str  # 保管方法
    access_holders: str  # アクセス権を有する者
    end_of_use: str  # 利用期限
    retention_months: int | None  # 保管期限: months after the data were last changed; None: no limit is set
    retention_until: date | None  # 保管期限 as a date; the earlier of both counts
    approximate_count: int | None  # 件数（概数）, in persons
    exposure: Exposure  # the widest circle that may read it
    owner: str  # 管理部門／責任者
    version: int
    updated_at: datetime
    updated_by: str
    handling: Handling = DEFAULT
    approved_by: str = ""  # empty: nobody approved this version yet
    approved_at: datetime | None = None

    @property
    def is_approved(self) -> bool:
        """True when somebody else approved the entry as it now stands."""
        return self.approved_at is not None


@dataclass(frozen=True, slots=True)
class LedgerVersion:
    """One earlier state of an entry: who changed which columns when."""

    version: int
    at: datetime
    by: str
    changes: Mapping[str, tuple[str, str]]  # column -> (before, after)


class DiscrepancyKind(enum.StrEnum):
    """How ledger and reality differ 差異."""

    UNREGISTERED = "unregistered"  # 未登録
    NOT_FOUND = "not_found"  # 登録のみ
    CATEGORY_DRIFT = "category_drift"  # 種類の差
    COUNT_DRIFT = "count_drift"  # 件数の差
    OVER_RETAINED = "over_retained"  # 期限超過
    OVER_EXPOSED = "over_exposed"  # 閲覧範囲の超過
    WRONG_UNIT = "wrong_unit"  # 単位違い
    COPIED = "copied"  # 複数法人に同じ名簿
    NO_CONTRACT = "no_contract"  # 委託契約の範囲外


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """One difference between ledger and reality, with what proves it."""

    kind: DiscrepancyKind
    unit_id: UnitId  # where the data lie, or whose ledger promises them
    entry_id: EntryId | None
    subject: str  # shown name of the data: folder, table or ledger entry
    categories: frozenset[Category]
    registered: int | None  # persons by the ledger
    found: int | None  # persons found (low bound)
    days_over: int | None  # over-retained: days past the end of retention
    other_unit_id: UnitId | None  # wrong unit: whose data they seem to be; copied: where the same list lies
    objects: tuple[ObjectId, ...]  # the heaviest first
    score: int  # 0..100, of the heaviest object; 0 for NOT_FOUND


class RiskLevel(enum.IntEnum):
    """The five steps of the scale, by score."""

    LOW = 0
    MODERATE = 20
    ELEVATED = 40
    HIGH = 60
    CRITICAL = 80

    @classmethod
    def of(cls, score: int) -> RiskLevel:
        """Return the step of a score 0..100."""
        return max(level for level in cls if level <= score)


class RiskTermKind(enum.StrEnum):
    """One factor of a risk score."""

    PERSONS = "persons"
    SENSITIVITY = "sensitivity"
    EXPOSURE = "exposure"
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class RiskTerm:
    """One factor with its value and what it rests on, e.g. (EXPOSURE, 1.4, "everyone")."""

    kind: RiskTermKind
    value: float
    basis: (
        str  # persons: the number; sensitivity: a LegalClass id; exposure: an Exposure id; ledger: a state id
    )


@dataclass(frozen=True, slots=True)
class Risk:
    """A score 0..100 and the terms whose product (clipped) it is."""

    score: int
    terms: tuple[RiskTerm, ...]

    @property
    def level(self) -> RiskLevel:
        """Return the step of the scale."""
        return RiskLevel.of(self.score)


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """One object of the inventory, in the form that pages show."""

    id: ObjectId
    run_id: RunId
    unit_id: UnitId
    source_id: SourceId | None
    shown: str  # location with personal data masked
    name: str  # last part of it
    folder: str  # what stands before it
    kind: str
    outcome: Outcome
    reason: Reason | None
    bytes: int
    modified: datetime | None
    owner: str
    exposure: Exposure
    categories: Mapping[Category, Tally]
    persons: PersonBounds
    risk: Risk | None  # None when nothing personal was found or the object was not examined
    entry_ids: tuple[EntryId, ...]  # ledger entries that cover it
    detail: str = ""  # what was not examined and why, in the reader's words; empty for who sees no locations
    share: float | None = None  # of what is in it that was examined; None: nobody can tell
    suffix: Suffix = Suffix.FINE
    readers: tuple[str, ...] = ()  # accounts and groups that may read it; empty for who sees no locations


@dataclass(frozen=True, slots=True)
class Sample:
    """One finding as a person may see it: masked, with the reason it was believed."""

    category: Category
    masked: str
    location: str
    score: float
    why: str
    fingerprint: bytes = field(default=b"", repr=False)  # which value it is, for services: never shown


@dataclass(frozen=True, slots=True)
class Run:
    """One scan run as the registry knows it."""

    id: RunId
    unit_id: UnitId
    source_id: SourceId | None
    started_at: datetime
    finished_at: datetime
    totals: RunTotals
    rules_version: str


class Subject(enum.StrEnum):
    """Whose data an object holds, in the order in which it is told."""

    PATIENT = "patient"  # 患者: patient numbers stand in it
    SPECIAL_CARE = "special_care"  # 要配慮個人情報のある人
    MY_NUMBER = "my_number"  # 個人番号のある人
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Readable:
    """At least so many persons' data can be read by so wide a circle."""

    exposure: Exposure
    subject: Subject
    persons: int


@dataclass(frozen=True, slots=True)
class Situation:
    """How one unit and all below it stand; `risk` is None when nothing was scanned yet 未確認."""

    unit: Unit
    risk: Risk | None
    upper: int | None  # end of the score's band: what is not known could make it that
    heaviest: ObjectRow | None  # the object whose score the unit carries
    previous: int | None  # score before, None when there is none
    persons: PersonBounds
    totals: RunTotals
    objects_with_findings: int
    discrepancies: int
    as_of: datetime | None
    readable: tuple[Readable, ...] = ()  # whose data everyone or all staff can read, the gravest first


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A unit's score on a day, and the end of its band."""

    at: datetime
    score: int
    upper: int
