"""The tables of the registry.

Every row belongs to a unit (`unit_id`), except the closure of the tree itself, the key check, what keeps
the whole journal and its clock (month keys, anchors, claims), and the counters of network addresses.
Every row that people edit carries `version`, which SQLAlchemy checks on each update. Columns named
`*_sealed` are encrypted by the vault for `(table, uid, column)`: they may hold names of persons.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

import registry.store.account_tables
import registry.store.action_tables
import registry.store.assessment_tables
import registry.store.audit_tables
import registry.store.case_tables
import registry.store.certificate_tables
import registry.store.change_tables
import registry.store.collector_tables
import registry.store.complaint_tables
import registry.store.confirmation_tables
import registry.store.document_tables
import registry.store.feedback_tables
import registry.store.file_tables
import registry.store.governance_tables
import registry.store.law_tables
import registry.store.locked_tables
import registry.store.monitoring_tables
import registry.store.note_tables
import registry.store.pack_tables
import registry.store.personal_tables
import registry.store.processor_tables
import registry.store.remediation_tables
import registry.store.report_tables
import registry.store.requirements_tables
import registry.store.review_tables
import registry.store.rights_tables
import registry.store.risk_tables
import registry.store.scan_tables
import registry.store.self_check_tables
import registry.store.training_tables  # noqa: F401 - one metadata holds all tables
from registry.schedules import OFF
from registry.source_terms import PlaceKind
from registry.store.base import (
    Base,
    Code,
    Count,
    Key,
    MaybeMoment,
    Moment,
    Sealed,
    Uid,
    UnitRef,
    Versioned,
    Words,
    new_uid,
)
from registry.store.ledger_tables import LedgerProcessor


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
    privacy_mark: Mapped[Code]  # as entered; once the unit has a certificate, `pm_certificate` tells it
    closed_at: Mapped[MaybeMoment]
    merged_into_id: Mapped[int | None]  # a unit; no foreign key, which SQLite could not take away again
    small: Mapped[bool] = mapped_column(default=False, server_default=false())


class UnitHistory(Base):
    """What a unit was until somebody renamed, moved or merged it; never updated."""

    __tablename__ = "unit_history"
    id: Mapped[Key]
    unit_id: Mapped[UnitRef]
    until: Mapped[Moment]
    code: Mapped[Code]
    kind: Mapped[Code]
    name_ja: Mapped[Words]
    name_en: Mapped[Words]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("org_unit.id"))
    country: Mapped[str] = mapped_column(String(2))
    privacy_mark: Mapped[Code]


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
    key_id: Mapped[int] = mapped_column(default=1, server_default="1")  # version of the chain's key
    __table_args__ = (Index(None, "table_name", "row_id"),)


class JournalKey(Versioned, Base):
    """The key that one month's journal records are sealed with; a destroyed key leaves its row."""

    __tablename__ = "journal_key"
    month: Mapped[str] = mapped_column(String(7), primary_key=True)  # "2026-04", UTC
    uid: Mapped[Uid]
    key_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[Moment]
    shredded_at: Mapped[MaybeMoment]


class JournalAnchor(Base):
    """A signed head of the journal that was written to another place, so that a missing file is noticed."""

    __tablename__ = "journal_anchor"
    id: Mapped[Key]
    file: Mapped[str] = mapped_column(String(200), unique=True)
    journal: Mapped[str] = mapped_column(String(32))  # id of record 1: tells one journal from another
    tree_size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[Code]
    chain_head: Mapped[Code]
    at: Mapped[Moment]
    key_id: Mapped[Code]
    signature: Mapped[str] = mapped_column(String(128))
    timestamp_token: Mapped[bytes | None] = mapped_column(LargeBinary)


class TickClaim(Base):
    """One (job, period) of `daicho tick`: whoever holds the claim works; `done_at` ends it."""

    __tablename__ = "tick_claim"
    id: Mapped[Key]
    job: Mapped[Code]
    period: Mapped[Code]
    holder: Mapped[Code]  # random: tells a claim from the one that took its place
    claimed_at: Mapped[Moment]
    lease_until: Mapped[Moment]
    attempts: Mapped[int]
    done_at: Mapped[MaybeMoment]
    outcome: Mapped[Code]
    __table_args__ = (UniqueConstraint("job", "period"),)


class SourceRecord(Versioned, Base):
    """A place to scan; removed ones stay for the runs that refer to them."""

    __tablename__ = "source"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    name: Mapped[Words]
    owner_sealed: Mapped[Sealed]
    url_sealed: Mapped[Sealed]
    kind: Mapped[Code] = mapped_column(default=PlaceKind.ORDINARY.value, server_default="ordinary")
    schedule: Mapped[Code] = mapped_column(default=OFF, server_default=OFF)
    window: Mapped[Code] = mapped_column(default="", server_default="")
    priority: Mapped[int] = mapped_column(default=5, server_default="5")
    paused: Mapped[bool] = mapped_column(default=False, server_default=false())
    terms_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # registry.source_terms.written
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
    details_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # the other columns of `handling`
    legal_hold: Mapped[bool] = mapped_column(default=False, server_default=false())
    entrusted: Mapped[bool] = mapped_column(default=False, server_default=false())
    last_checked: Mapped[date | None]
    next_review: Mapped[date | None] = mapped_column(index=True)
    editor_id: Mapped[int | None]  # who wrote what stands here; None: before this was kept
    approver_id: Mapped[int | None]
    approver_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    approved_at: Mapped[MaybeMoment]
    processors: Mapped[list[LedgerProcessor]] = relationship(
        cascade="all, delete-orphan", order_by=LedgerProcessor.processor_id, lazy="selectin"
    )
    places: Mapped[list[LedgerPlace]] = relationship(
        cascade="all, delete-orphan", order_by="LedgerPlace.position", lazy="selectin"
    )
    items: Mapped[list[LedgerItem]] = relationship(
        cascade="all, delete-orphan", order_by="LedgerItem.category", lazy="selectin"
    )
    __table_args__ = (CheckConstraint("approver_id <> editor_id", name="two_persons"),)


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
    kind: Mapped[Code] = mapped_column(default="edit", server_default="edit")
    by_id: Mapped[int | None]
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
    misleading: Mapped[Count] = mapped_column(
        default=0, server_default="0"
    )  # suffixes that say something else
    fingerprint_key: Mapped[int] = mapped_column(default=1, server_default="1")  # version of its key
    expired_at: Mapped[MaybeMoment]  # when its files were removed by policy; its numbers stay
    unchanged: Mapped[Count] = mapped_column(default=0, server_default="0")  # entries not read again
    moved: Mapped[Count] = mapped_column(default=0, server_default="0")
    deleted: Mapped[Count] = mapped_column(default=0, server_default="0")


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
    key_id: Mapped[int] = mapped_column(default=1, server_default="1")  # version of the wrapping key


class AssessmentRecord(Base):
    """One comparison of ledger and runs.

    Its rows stand in the Parquet file `run_file`, but for those that `delta_file` tells otherwise. `kept` are
    the names of the directories (JSON) in which reconciliation keeps what it read of the runs.
    """

    __tablename__ = "assessment"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[Moment]
    unit_id: Mapped[UnitRef]
    run_file: Mapped[str | None] = mapped_column(ForeignKey("run_file.name"))
    delta_file: Mapped[str | None] = mapped_column(String(200))
    kept: Mapped[Words] = mapped_column(default="[]", server_default="[]")
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
    """One difference between ledger and reality, found by one assessment.

    `identity` is the same in every assessment that finds it: `registry.differences.difference_key`.
    """

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
    identity: Mapped[str] = mapped_column(String(32), default="", server_default="", index=True)
