"""The nouns that cross the scanners' seams: frozen values, no behaviour beyond their own meaning."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa


class Category(enum.StrEnum):
    """What kind of personal information a value is; the ids are public API."""

    __hash__ = str.__hash__  # of an enumeration it is a step of Python, for every finding several times

    PERSON = "PERSON"
    ADDRESS = "ADDRESS"
    POSTAL_CODE = "POSTAL_CODE"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    DOB = "DOB"
    MY_NUMBER = "MY_NUMBER"
    DRIVER_LICENSE = "DRIVER_LICENSE"
    PASSPORT = "PASSPORT"
    RESIDENCE_CARD = "RESIDENCE_CARD"
    HEALTH_INSURANCE = "HEALTH_INSURANCE"
    PENSION_NUMBER = "PENSION_NUMBER"
    EMPLOYMENT_INSURANCE = "EMPLOYMENT_INSURANCE"
    RESIDENT_CODE = "RESIDENT_CODE"
    BANK_ACCOUNT = "BANK_ACCOUNT"
    CREDIT_CARD = "CREDIT_CARD"
    PATIENT_ID = "PATIENT_ID"
    STAFF_ID = "STAFF_ID"
    CUSTOMER_ID = "CUSTOMER_ID"
    FOREIGN_ID = "FOREIGN_ID"
    MEDICAL = "MEDICAL"
    MEDICAL_CONTEXT = "MEDICAL_CONTEXT"
    DISABILITY = "DISABILITY"
    CREED = "CREED"
    RACE_ORIGIN = "RACE_ORIGIN"
    CRIMINAL_RECORD = "CRIMINAL_RECORD"
    CRIME_VICTIM = "CRIME_VICTIM"


class LegalClass(enum.StrEnum):
    """How the law treats a category (APPI Art. 2(1)-(3); My Number Act Art. 2(8))."""

    PLAIN = "plain"  # 個人情報
    IDENTIFICATION_CODE = "identification_code"  # 個人識別符号
    SPECIAL_CARE = "special_care"  # 要配慮個人情報
    MY_NUMBER = "my_number"  # 特定個人情報


LEGAL_CLASS: Mapping[Category, LegalClass] = MappingProxyType(
    {
        Category.PERSON: LegalClass.PLAIN,
        Category.ADDRESS: LegalClass.PLAIN,
        Category.POSTAL_CODE: LegalClass.PLAIN,
        Category.PHONE: LegalClass.PLAIN,
        Category.EMAIL: LegalClass.PLAIN,
        Category.DOB: LegalClass.PLAIN,
        Category.MY_NUMBER: LegalClass.MY_NUMBER,
        Category.DRIVER_LICENSE: LegalClass.IDENTIFICATION_CODE,
        Category.PASSPORT: LegalClass.IDENTIFICATION_CODE,
        Category.RESIDENCE_CARD: LegalClass.IDENTIFICATION_CODE,
        Category.HEALTH_INSURANCE: LegalClass.IDENTIFICATION_CODE,
        Category.PENSION_NUMBER: LegalClass.IDENTIFICATION_CODE,
        Category.EMPLOYMENT_INSURANCE: LegalClass.IDENTIFICATION_CODE,
        Category.RESIDENT_CODE: LegalClass.IDENTIFICATION_CODE,
        Category.BANK_ACCOUNT: LegalClass.PLAIN,
        Category.CREDIT_CARD: LegalClass.PLAIN,
        Category.PATIENT_ID: LegalClass.PLAIN,
        Category.STAFF_ID: LegalClass.PLAIN,
        Category.CUSTOMER_ID: LegalClass.PLAIN,
        Category.FOREIGN_ID: LegalClass.PLAIN,
        Category.MEDICAL: LegalClass.SPECIAL_CARE,
        Category.MEDICAL_CONTEXT: LegalClass.SPECIAL_CARE,
        Category.DISABILITY: LegalClass.SPECIAL_CARE,
        Category.CREED: LegalClass.SPECIAL_CARE,
        Category.RACE_ORIGIN: LegalClass.SPECIAL_CARE,
        Category.CRIMINAL_RECORD: LegalClass.SPECIAL_CARE,
        Category.CRIME_VICTIM: LegalClass.SPECIAL_CARE,
    }
)


class Exposure(enum.StrEnum):
    """Who can read an entry, from widest to narrowest; unknown is never read as narrow."""

    EVERYONE = "everyone"  # 全員: also people from outside, or without signing in
    ALL_STAFF = "all_staff"  # 全職員: everyone with an account
    GROUP = "group"  # 部署: one group of people, a department
    OWNER = "owner"  # 特定の人: named persons only
    UNKNOWN = "unknown"


class Outcome(enum.StrEnum):
    """How one object ended; every listed object ends as exactly one of these."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    SKIPPED = "skipped"
    FAILED = "failed"


class Reason(enum.StrEnum):
    """Why something was not examined, or not wholly: the closed vocabulary of gaps."""

    DENIED = "denied"  # no right to read
    VANISHED = "vanished"  # listed, then gone
    CHANGED = "changed"  # changed while it was read
    UNREADABLE = "unreadable"  # the device or server failed
    ENCRYPTED = "encrypted"  # needs a password
    DAMAGED = "damaged"  # truncated or malformed
    OVERSIZED = "oversized"  # larger than the limit
    EXPANDS_TOO_FAR = "expands_too_far"  # an archive or document bomb
    TOO_DEEP = "too_deep"  # nested beyond the limit
    TOO_MANY_MEMBERS = "too_many_members"
    TIME_LIMIT = "time_limit"
    MEMORY_LIMIT = "memory_limit"
    CRASHED = "crashed"  # the parser's process died
    UNDECODABLE = "undecodable"  # text in no known encoding
    UNSUPPORTED = "unsupported"  # no reader for this kind yet
    SAMPLED = "sampled"  # read in part by choice
    NOT_REGULAR = "not_regular"  # pipe, socket, device: never opened
    LINK = "link"  # a symbolic link: its target is read where it lies
    EXCLUDED = "excluded"  # by the user's own rule
    NOT_LISTED = "not_listed"  # a folder or schema that could not be listed
    UNREACHABLE = "unreachable"  # the server did not answer, also after several tries
    IN_USE = "in_use"  # another program holds it and lets nobody else read
    INTERNAL = "internal"  # a fault of ours

    @property
    def by_policy(self) -> bool:
        """True when leaving it out was decided beforehand, so that a run stays complete."""
        return self in (Reason.NOT_REGULAR, Reason.LINK, Reason.EXCLUDED)


@dataclass(frozen=True, slots=True)
class Gap:
    """What was not seen and why; `detail` never holds scanned text.

    Where a reader counted, `seen` of `total` units were read: the share of an object comes from these numbers
    only. They are numbers of the whole object; `detail` tells them to people, in words.
    """

    reason: Reason
    detail: str = ""
    uri: str = ""  # set by sources when a place could not be listed; empty inside an object
    seen: int = field(default=0, compare=False)
    total: int = field(default=0, compare=False)  # 0: nobody counted
    unit: str = field(default="", compare=False)  # "pages": gaps of one unit and total are added up


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, object or table, listed and not yet read."""

    uri: str  # absolute; file:// URI for local files, never with credentials
    name: str  # path below the target that the user named: scanned as text, because names hold data too
    size: int  # bytes; 0 for tables
    mtime_ns: int  # UTC, 0 when unknown
    file_id: str = ""  # device and inode, etag …: identity across renames
    owner: str = ""
    exposure: Exposure = Exposure.UNKNOWN
    access: str = ""  # digest of what lets people in, as far as the listing tells it: changes with an ACL


@dataclass(frozen=True, slots=True)
class Batch:
    """Items of one folder, in the order of the listing; equal `state`: each is what it was, whatever `items`.

    `state` digests all that the listing tells of them, their uris with it, and nothing that reading changes.
    """

    count: int
    state: bytes
    items: Callable[[], Iterable[Entry | Gap]]


CellAt = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class TextSegment:
    """Decoded text and where it stands."""

    text: str
    location: str = ""  # "p. 3", "word/header1.xml", "Subject"; empty for a plain-text file
    offset: int | None = None  # plain-text kinds: code points from the start of the file (BOM removed)
    cell: CellAt | None = field(default=None, compare=False)  # sheets: the cell at a place of the text


CellSpan = Callable[[int, int], tuple[int, int]]


@dataclass(frozen=True, slots=True)
class TableSegment:
    """A block of rows of one table; a large table arrives as several blocks with the same `table`."""

    table: str  # sheet or table name; empty for a csv file
    header: tuple[str, ...] | None  # None when the first row is data
    first_row: int  # 1-based number of rows[0], as the user's program counts it
    rows: tuple[tuple[str, ...], ...]
    first_column: int = 0  # 0-based column of rows[0][0] in the sheet
    span: CellSpan | None = field(default=None, compare=False)  # (row index, column index) -> file offsets
    comments: tuple[str, ...] = ()  # what the database's people wrote about each column, beside its name


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a table, behind whole blocks, from which reading can go on (続きの位置)."""

    key: str  # the text of the primary key of the last row before it; empty: all were read
    rows: int  # before it
    columns: tuple[str, ...]  # as the table has them: with others nothing goes on
    left: tuple[int, ...] = ()  # counts of what was left out of cells


@dataclass(frozen=True, slots=True)
class RecordField:
    """One field of a record whose meaning its format fixes: a receipt's, a message's, an image's."""

    place: str  # "line 3: RE 4 氏名 patient name": the format's own words, never scanned text
    value: str
    category: Category | None = None  # what the format says it holds; None: free text, the detectors look
    label: str = ""  # free text: words that count as its label
    subject: bool = True  # tells of the record's person; False: a doctor, a relative, whoever typed it
    issuer: str = ""  # of a patient's number: the institution that gave it, where the format says so
    staff: bool = False  # not the subject, but who treated, examined or typed: never one person more at least


@dataclass(frozen=True, slots=True)
class RecordSegment:
    """What a format says of one person, or one event of theirs, in one place: fields with their meaning."""

    title: str  # what kind of record, in the format's words: "診療報酬明細書 receipt"
    fields: tuple[RecordField, ...]
    clinical: bool = False  # counts as special-care data even where none of its fields does by itself


class EvidenceKind(enum.StrEnum):
    """One term of a finding's score: why it was believed."""

    __hash__ = str.__hash__  # as of categories

    PATTERN = "pattern"
    CHECK_DIGIT = "check_digit"
    LABEL = "label"  # detail: the label word
    COLUMN = "column"  # detail: the column's header word
    FIELD = "field"  # the format says what the field holds; detail: the field's place in the format
    DENSITY = "density"  # many of its kind stand together
    DICTIONARY = "dictionary"
    NUMBERING_PLAN = "numbering_plan"
    CONTEXT = "context"  # other categories nearby
    ERA_ENDED = "era_ended"  # speaks against it: a year that the era never had; detail: the era's last day
    ERA_TURN = "era_turn"  # speaks against it: a day of that year in another era; detail: the first day of it


class Evidence(NamedTuple):
    """One reason; `detail` is a word of the rule's own list, never scanned text."""

    kind: EvidenceKind
    detail: str = ""


class Match(NamedTuple):
    """What a detector saw: code-point offsets into the text it was given, valid inside the process only.

    A text may hold a million: tuples are made, compared and hashed without a step of Python.
    """

    start: int
    end: int
    category: Category
    score: float  # 0..1; 0.9 is meant to be right nine times in ten
    rule: str  # detector name and rule version: "phone.mobile/1"
    evidence: tuple[Evidence, ...] = ()


class CellMatch(NamedTuple):
    """A match inside one cell: row and column are indices into the block's rows."""

    row: int
    column: int
    match: Match


@dataclass(frozen=True, slots=True)
class ColumnType:
    """What one column of a table holds; `share` of its non-empty values are of the category."""

    table: str
    index: int
    name: str  # header text with any personal data in it masked
    category: Category
    share: float


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a category stands in an object and how many different values it has there."""

    count: int
    distinct: int


@dataclass(frozen=True, slots=True)
class PersonBounds:
    """How many different persons an object tells of, at least and at most."""

    low: int
    high: int


class Suffix(enum.StrEnum):
    """What the suffix of a name says beside what the bytes are."""

    FINE = "fine"  # it says what they are, or leaves it open where that is usual
    MISSING = "missing"  # it does not say what they are
    MISLEADING = "misleading"  # it says that they are something else


@dataclass(frozen=True, slots=True)
class ObjectResult:
    """Everything a scan says about one object; safe to store and to show to whoever may see its unit.

    `uri` is the true location; `shown` is the same with any personal data in it masked. Where both
    differ the location itself holds personal data: only `shown` may leave the encrypted store.
    `findings` is an Arrow table of schema `scanners.findings.SCHEMA`.
    """

    id: str  # keyed digest of the uri, hex: the same in every run, tells nothing
    uri: str
    shown: str
    kind: str  # "txt", "csv", "xlsx", "eml", "table" …: sniffed, never the suffix
    outcome: Outcome
    reason: Reason | None
    detail: str
    bytes: int
    mtime_ns: int
    owner: str
    exposure: Exposure
    categories: Mapping[Category, Tally]
    persons: PersonBounds
    columns: tuple[ColumnType, ...]
    findings: pa.Table | None = None
    allowed: int = 0  # findings that an allow list or people's judgement left out of all other counts
    share: float | None = None  # of all that is in it, how much was examined (0 to 1); None: nobody can tell
    suffix: Suffix = Suffix.FINE
    readers: tuple[str, ...] = ()  # accounts and groups that may read it, as their system names them
    broke_off: bool = False  # a table whose reading was cut short and may go on where it was


@dataclass(frozen=True, slots=True)
class RunTotals:
    """Counts of one run; `listed = complete + partial + skipped + failed` always holds."""

    listed: int = 0
    complete: int = 0
    partial: int = 0
    skipped: int = 0
    failed: int = 0
    bytes: int = 0
    by_policy: int = 0  # part of `skipped` that was left out on purpose
    allowed: int = 0  # findings that allow lists left out
    misleading: int = 0  # objects whose suffix says something else than their bytes
    unchanged: int = 0  # entries that were not read again, as they are what an earlier scan read
    moved: int = 0  # entries that an earlier scan knew under another name
    deleted: int = 0  # entries of an earlier scan that are gone

    @property
    def is_complete(self) -> bool:
        """True when nothing that should have been examined was left unexamined."""
        return self.complete + self.by_policy == self.listed

    def plus(self, result: ObjectResult) -> RunTotals:
        """Return the totals with one more object counted."""
        planned = result.reason is not None and result.reason.by_policy
        by_policy = planned and result.outcome is Outcome.SKIPPED
        return RunTotals(
            listed=self.listed + 1,
            complete=self.complete + (result.outcome is Outcome.COMPLETE),
            partial=self.partial + (result.outcome is Outcome.PARTIAL),
            skipped=self.skipped + (result.outcome is Outcome.SKIPPED),
            failed=self.failed + (result.outcome is Outcome.FAILED),
            bytes=self.bytes + result.bytes,
            by_policy=self.by_policy + by_policy,
            allowed=self.allowed + result.allowed,
            misleading=self.misleading + (result.suffix is Suffix.MISLEADING),
            unchanged=self.unchanged,
            moved=self.moved,
            deleted=self.deleted,
        )

    def together(self, other: RunTotals) -> RunTotals:
        """Return the totals of both."""
        return RunTotals(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))
