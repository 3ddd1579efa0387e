"""The tables of internal rules 内部規程: rules, their versions, who got them and who has read them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Key, MaybeMoment, Moment, Sealed, Uid, UnitRef, Versioned, Words


class RuleRecord(Versioned, Base):
    """One internal rule; what it says stands in its versions."""

    __tablename__ = "internal_rule"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    kind: Mapped[Code]
    title_ja_sealed: Mapped[Sealed]
    title_en_sealed: Mapped[Sealed]
    requirements: Mapped[Words]  # clauses of the guideline that it covers, comma-separated


class RuleVersionRecord(Versioned, Base):
    """One version of a rule; who approves it did not write it."""

    __tablename__ = "internal_rule_version"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    rule_id: Mapped[int] = mapped_column(ForeignKey("internal_rule.id"))
    number: Mapped[int]
    valid_from: Mapped[date]
    text_sealed: Mapped[Sealed]
    change_sealed: Mapped[Sealed]
    author_id: Mapped[int]
    author_sealed: Mapped[Sealed]
    written_at: Mapped[Moment]
    approver_id: Mapped[int | None]
    approver_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    approved_at: Mapped[MaybeMoment]
    __table_args__ = (
        UniqueConstraint("rule_id", "number"),
        CheckConstraint("approver_id <> author_id", name="two_persons"),
        CheckConstraint("approved_at IS NULL OR approver_id IS NOT NULL", name="approved_by_somebody"),
    )


class RuleDistributionRecord(Base):
    """That a version was given to a unit and everybody below it."""

    __tablename__ = "internal_rule_distribution"
    id: Mapped[Key]
    unit_id: Mapped[UnitRef]
    version_id: Mapped[int] = mapped_column(ForeignKey("internal_rule_version.id"))
    distributed_at: Mapped[Moment]
    due_on: Mapped[date]
    __table_args__ = (UniqueConstraint("version_id", "unit_id"),)


class RuleReadingRecord(Base):
    """That a person has read a version; `unit_id` is where the person belonged then."""

    __tablename__ = "internal_rule_reading"
    id: Mapped[Key]
    unit_id: Mapped[UnitRef]
    version_id: Mapped[int] = mapped_column(ForeignKey("internal_rule_version.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("version_id", "user_id"),)
