"""The tables of the registry.

Every row belongs to a unit (`unit_id`), except the closure of the tree itself and the key check.
Every row that people edit carries `version`, which SQLAlchemy checks on each update. Columns named
`*_sealed` are encrypted by the vault for `(table, uid, column)`: they may hold names of persons.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Annotated, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    false,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship

from registry.store.types import UtcTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def new_uid() -> str:
    """Return 32 random hexadecimal digits: the identity a sealed value is bound to."""
    return secrets.token_hex(16)


Key = Annotated[int, mapped_column(primary_key=True)]
Uid = Annotated[str, mapped_column(String(32), unique=True, default=new_uid)]
Code = Annotated[str, mapped_column(String(64))]
Moment = Annotated[datetime, mapped_column(UtcTime)]
MaybeMoment = Annotated[datetime | None, mapped_column(UtcTime)]
Words = Annotated[str, mapped_column(Text)]
Sealed = Annotated[bytes, mapped_column(LargeBinary)]
Count = Annotated[int, mapped_column(BigInteger)]
UnitRef = Annotated[int, mapped_column(ForeignKey("org_unit.id"), index=True)]


class Base(DeclarativeBase):
    """Declarative base: one metadata, constraint names that migrations can rely on."""

    metadata = MetaData(naming_convention=NAMING)


class Versioned:
    """Mixin of every table that people edit: an update of a row that changed meanwhile fails."""

    version: Mapped[int] = mapped_column(sort_order=100)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy calls it with the class
        return {"version_id_col": cls.version}


class OrgUnit(Versioned, Base):
    """One node of the organisation tree."""

    __tablename__ = "org_unit"
    id: Mapped[Key]
    code: Mapped[Code] = mapped_column(unique=True)
    kind: Mapped[Code]
    name_ja: Mapped[Words]
    name_en: Mapped[Words]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("org_unit.id"), index=True)
    country: Mapped[str] = mapped_column(String(2))
    privacy_mark: Mapped[Code]
    small: Mapped[bool] = mapped_column(default=False, server_default=false())


class OrgClosure(Base):
    """Every pair (unit, unit at or below it); depth 0 is the unit itself."""

    __tablename__ = "org_closure"
    ancestor: Mapped[int] = mapped_column(ForeignKey("org_unit.id"), primary_key=True)
    descendant: Mapped[int] = mapped_column(ForeignKey("org_unit.id"), primary_key=True, index=True)
    depth: Mapped[int]


class KeyCheck(Base):
    """One sealed constant: shows at once that a registry is opened with another key."""

    __tablename__ = "key_check"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[Sealed]


class UserAccount(Versioned, Base):
    """A person who signs in with a password; `unit_id` is where the account is managed."""

    __tablename__ = "user_account"
    id: Mapped[Key]
    unit_id: Mapped[UnitRef]
    login: Mapped[Code] = mapped_column(unique=True)
    name: Mapped[Words]
    language: Mapped[str] = mapped_column(String(2))
    password_hash: Mapped[Words]
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[MaybeMoment]
    created_at: Mapped[Moment]


class Affiliation(Versioned, Base):
    """That a person belongs to a unit 所属, from a day to a day (both included, days in Japan)."""

    __tablename__ = "affiliation"
    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    unit_id: Mapped[UnitRef]
    kind: Mapped[Code]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]


class DisclosureBasis(Versioned, Base):
    """Why one legal entity may show personal data to another; who approves is never who recorded.

    `unit_id` is the entity whose data they are.
    """

    __tablename__ = "disclosure_basis"
    id: Mapped[Key]
    uid: Mapped[Uid]
    kind: Mapped[Code]
    unit_id: Mapped[UnitRef]
    to_unit_id: Mapped[UnitRef]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    document_sealed: Mapped[Sealed]
    state: Mapped[Code]
    recorder_id: Mapped[int]
    recorder_sealed: Mapped[Sealed]
    recorded_at: Mapped[Moment]
    approver_id: Mapped[int | None]
    approver_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    approved_at: Mapped[MaybeMoment]
    ended_at: Mapped[MaybeMoment]
    __table_args__ = (
        CheckConstraint("approver_id <> recorder_id", name="two_persons"),
        CheckConstraint("state <> 'approved' OR approver_id IS NOT NULL", name="approved_by_somebody"),
        CheckConstraint("unit_id <> to_unit_id", name="two_entities"),
    )


class RoleGrant(Versioned, Base):
    """A role in a unit and all below it, from a day to a day (both included, days in Japan).

    It holds only while its affiliation does.
    """

    __tablename__ = "role_grant"
    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    role: Mapped[Code]
    unit_id: Mapped[UnitRef]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    affiliation_id: Mapped[int] = mapped_column(ForeignKey("affiliation.id"), index=True)


class UserSession(Base):
    """A signed-in browser; only the SHA-256 of its token is known here."""

    __tablename__ = "session"
    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    unit_id: Mapped[UnitRef]
    created_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    revoked_at: Mapped[MaybeMoment]


class JournalRecord(Base):
    """One link of the journal chain; never updated, never deleted."""

    __tablename__ = "journal_record"
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    id: Mapped[Uid]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("org_unit.id"), index=True)
    at: Mapped[Moment]
    actor_id: Mapped[int]
    actor_name_sealed: Mapped[Sealed]
    action: Mapped[Code]
    table_name: Mapped[Code]
    row_id: Mapped[Code]
    before_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    after_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reason_sealed: Mapped[Sealed]
    prev_hash: Mapped[Sealed]
    hash: Mapped[Sealed]
    __table_args__ = (Index(None, "table_name", "row_id"),)


class SourceRecord(Versioned, Base):
    """A place to scan; removed ones stay for the runs that refer to them."""

    __tablename__ = "source"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    name: Mapped[Words]
    owner_sealed: Mapped[Sealed]
    url_sealed: Mapped[Sealed]
    removed_at: Mapped[MaybeMoment]
    __table_args__ = (
        Index(
            "uq_source_unit_id_name",
            "unit_id",
            "name",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )


class LedgerRecord(Versioned, Base):
    """One line of the ledger; its places and items stand in child tables."""

    __tablename__ = "ledger_entry"
    id: Mapped[Key]
    uid: Mapped[Uid]
    number: Mapped[Code] = mapped_column(unique=True)
    unit_id: Mapped[UnitRef]
    name: Mapped[Words]
    purpose: Mapped[Words]
    storage_method: Mapped[Words]
    access_holders_sealed: Mapped[Sealed]
    end_of_use: Mapped[Words]
    retention_months: Mapped[int | None]
    retention_until: Mapped[date | None]
    approximate_count: Mapped[int | None] = mapped_column(BigInteger)
    exposure: Mapped[Code]
    owner_sealed: Mapped[Sealed]
    updated_at: Mapped[Moment]
    updated_by_sealed: Mapped[Sealed]
    places: Mapped[list[LedgerPlace]] = relationship(
        cascade="all, delete-orphan", order_by="LedgerPlace.position", lazy="selectin"
    )
    items: Mapped[list[LedgerItem]] = relationship(
        cascade="all, delete-orphan", order_by="LedgerItem.category", lazy="selectin"
    )


class LedgerPlace(Base):
    """One storage place of a ledger entry, in the order that people gave."""

    __tablename__ = "ledger_place"
    id: Mapped[Key]
    uid: Mapped[Uid]
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id", ondelete="CASCADE"), index=True)
    unit_id: Mapped[UnitRef]
    position: Mapped[int]
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"), index=True)
    prefix_sealed: Mapped[Sealed]
    text_sealed: Mapped[Sealed]


class LedgerItem(Base):
    """One category of personal information that a ledger entry names."""

    __tablename__ = "ledger_item"
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id", ondelete="CASCADE"), primary_key=True)
    category: Mapped[Code] = mapped_column(primary_key=True)
    unit_id: Mapped[UnitRef]


class LedgerVersionRecord(Base):
    """What one edit changed: canonical JSON {column: [before, after]}, sealed."""

    __tablename__ = "ledger_version"
    id: Mapped[Key]
    uid: Mapped[Uid]
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), index=True)
    unit_id: Mapped[UnitRef]
    version: Mapped[int]
    at: Mapped[Moment]
    by_sealed: Mapped[Sealed]
    changes_sealed: Mapped[Sealed]
    __table_args__ = (Index("uq_ledger_version_entry_id_version", "entry_id", "version", unique=True),)


class ScanRun(Base):
    """One finished scan of a source or a path; `listed = complete + partial + skipped + failed`.

    `target` is a keyed digest of what was scanned: it shows a repeated scan, and never the path.
    """

    __tablename__ = "scan_run"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    unit_id: Mapped[UnitRef]
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"), index=True)
    target: Mapped[Code] = mapped_column(default="")
    started_at: Mapped[Moment]
    finished_at: Mapped[Moment]
    rules_version: Mapped[Code]
    listed: Mapped[Count]
    complete: Mapped[Count]
    partial: Mapped[Count]
    skipped: Mapped[Count]
    failed: Mapped[Count]
    bytes: Mapped[Count]
    by_policy: Mapped[Count]
    status: Mapped[Code] = mapped_column(default="complete")
    allowed: Mapped[Count] = mapped_column(default=0, server_default="0")  # findings left out by allow lists


class RunFileRecord(Base):
    """One immutable Parquet file: only files listed here are ever read. `run_id` is None for assessments."""

    __tablename__ = "run_file"
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    run_id: Mapped[str | None] = mapped_column(ForeignKey("scan_run.id"), index=True)
    unit_id: Mapped[UnitRef]
    kind: Mapped[Code]
    rows: Mapped[Count]
    bytes: Mapped[Count]
    sha256: Mapped[str] = mapped_column(String(64))


class AssessmentRecord(Base):
    """One comparison of ledger and runs; its rows stand in the Parquet file `run_file`."""

    __tablename__ = "assessment"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[Moment]
    unit_id: Mapped[UnitRef]
    run_file: Mapped[str | None] = mapped_column(ForeignKey("run_file.name"))
    current: Mapped[bool]


class UnitScore(Base):
    """A unit's risk score at one time, with its terms as JSON, and the persons behind it."""

    __tablename__ = "unit_score"
    id: Mapped[Key]
    unit_id: Mapped[UnitRef]
    run_id: Mapped[str | None] = mapped_column(ForeignKey("scan_run.id"))
    at: Mapped[Moment]
    score: Mapped[int]
    terms_json: Mapped[Words]
    persons_low: Mapped[Count]
    persons_high: Mapped[Count]


class DiscrepancyRecord(Versioned, Base):
    """One difference between ledger and reality, found by one assessment."""

    __tablename__ = "discrepancy"
    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_uid)
    unit_id: Mapped[UnitRef]
    assessment_id: Mapped[str] = mapped_column(ForeignKey("assessment.id"), index=True)
    kind: Mapped[Code]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"), index=True)
    subject_sealed: Mapped[Sealed]
    subject_shown: Mapped[Words]
    categories_json: Mapped[Words]
    registered: Mapped[int | None] = mapped_column(BigInteger)
    found: Mapped[int | None] = mapped_column(BigInteger)
    days_over: Mapped[int | None]
    other_unit_id: Mapped[int | None] = mapped_column(ForeignKey("org_unit.id"))
    objects_json: Mapped[Words]
    score: Mapped[int]
    state: Mapped[Code]


class FeedbackRecord(Versioned, Base):
    """A judgement that a value is not personal data; who decides is never who proposed."""

    __tablename__ = "feedback"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    category: Mapped[Code]
    object_id: Mapped[str] = mapped_column(String(32), default="", server_default="")  # where it was seen
    fingerprint: Mapped[Sealed] = mapped_column(index=True)  # keyed: tells nothing without the vault
    masked_sealed: Mapped[Sealed]
    reason: Mapped[Code]
    note_sealed: Mapped[Sealed]
    expires_on: Mapped[date]
    state: Mapped[Code]
    requester_id: Mapped[int]
    requester_sealed: Mapped[Sealed]
    requested_at: Mapped[Moment]
    decider_id: Mapped[int | None]
    decider_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_at: Mapped[MaybeMoment]
    __table_args__ = (
        CheckConstraint("decider_id <> requester_id", name="two_persons"),
        CheckConstraint("(state = 'proposed') = (decider_id IS NULL)", name="decided_by_somebody"),
    )
