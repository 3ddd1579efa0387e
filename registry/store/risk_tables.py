"""The tables of the risk analysis: one analysis an entry, its threats, planned measures and versions.

What people write of measures and reasons, and their names, stand in `*_sealed` columns. What was found of an
entry is kept in numbers and codes only.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.store.base import (
    Base,
    Code,
    Key,
    MaybeMoment,
    Moment,
    Sealed,
    Uid,
    UnitRef,
    Versioned,
    Words,
)


class RiskAnalysisRecord(Versioned, Base):
    """The risk analysis リスク分析 of a ledger entry; who accepts its residual risks never wrote of them."""

    __tablename__ = "risk_analysis"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), unique=True)
    state: Mapped[Code]
    worst: Mapped[int | None]  # the highest level of its threats; None: none is judged
    worst_residual: Mapped[int | None]
    updated_at: Mapped[Moment]
    updated_by_sealed: Mapped[Sealed]
    editor_id: Mapped[int | None]
    acceptor_id: Mapped[int | None]
    acceptor_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    accepted_at: Mapped[MaybeMoment]
    next_review: Mapped[date | None] = mapped_column(index=True)
    accepted_categories: Mapped[Words] = mapped_column(default="")  # facts at acceptance
    accepted_persons: Mapped[int] = mapped_column(BigInteger, default=0)
    accepted_exposure: Mapped[Code] = mapped_column(default="")
    found_categories: Mapped[Words] = mapped_column(default="")  # facts of the latest comparison
    found_persons: Mapped[int] = mapped_column(BigInteger, default=0)
    found_exposure: Mapped[Code] = mapped_column(default="")
    reopened_at: Mapped[MaybeMoment]
    reopened_json: Mapped[Words] = mapped_column(default="")  # why: codes and numbers
    rows: Mapped[list[RiskRowRecord]] = relationship(
        cascade="all, delete-orphan", order_by="RiskRowRecord.id", lazy="selectin"
    )
    __table_args__ = (
        CheckConstraint("acceptor_id <> editor_id", name="two_persons"),
        CheckConstraint("state <> 'accepted' OR acceptor_id IS NOT NULL", name="accepted_by_somebody"),
    )


class RiskRowRecord(Base):
    """One threat in one phase: taken into the analysis, or left out with a reason."""

    __tablename__ = "risk_row"
    id: Mapped[Key]
    uid: Mapped[Uid]
    analysis_id: Mapped[int] = mapped_column(ForeignKey("risk_analysis.id", ondelete="CASCADE"))
    unit_id: Mapped[UnitRef]
    phase: Mapped[Code]
    threat: Mapped[Code]  # id in the catalogue, or of an own one
    decision: Mapped[Code]
    title_sealed: Mapped[Sealed]  # of an own threat
    present_sealed: Mapped[Sealed]
    left_reason_sealed: Mapped[Sealed]
    likelihood: Mapped[int | None]
    impact: Mapped[int | None]
    level: Mapped[int | None]
    residual_likelihood: Mapped[int | None]
    residual_impact: Mapped[int | None]
    residual_level: Mapped[int | None]
    measures: Mapped[list[RiskMeasureRecord]] = relationship(
        cascade="all, delete-orphan", order_by="RiskMeasureRecord.id", lazy="selectin"
    )
    __table_args__ = (
        UniqueConstraint("analysis_id", "phase", "threat"),
        Index(None, "likelihood", "impact"),
        Index(None, "residual_likelihood", "residual_impact"),
    )


class RiskMeasureRecord(Base):
    """A planned measure against a threat: what, who, until when, and when it was done."""

    __tablename__ = "risk_measure"
    id: Mapped[Key]
    uid: Mapped[Uid]
    row_id: Mapped[int] = mapped_column(ForeignKey("risk_row.id", ondelete="CASCADE"), index=True)
    unit_id: Mapped[UnitRef]
    what_sealed: Mapped[Sealed]
    owner_sealed: Mapped[Sealed]
    due_on: Mapped[date] = mapped_column(index=True)
    done_on: Mapped[date | None]


class RiskVersionRecord(Base):
    """What one step changed in an analysis: canonical JSON {field: [before, after]}, sealed, and why."""

    __tablename__ = "risk_version"
    id: Mapped[Key]
    uid: Mapped[Uid]
    analysis_id: Mapped[int] = mapped_column(ForeignKey("risk_analysis.id"))
    unit_id: Mapped[UnitRef]
    version: Mapped[int]
    at: Mapped[Moment]
    kind: Mapped[Code]
    by_id: Mapped[int | None]
    by_sealed: Mapped[Sealed]
    reason_sealed: Mapped[Sealed]
    changes_sealed: Mapped[Sealed]
    __table_args__ = (UniqueConstraint("analysis_id", "version"),)
