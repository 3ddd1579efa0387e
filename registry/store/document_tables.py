"""The tables of internal rules 内部規程: rules, versions, what they state, reviews, who got and read them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import (
    Base,
    Code,
    Key,
    MaybeMoment,
    Moment,
    Sealed,
    Uid,
    UnitRef,
    UsedOnce,
    Versioned,
    Words,
)


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
    review_due_on: Mapped[date | None]  # None: no version is approved yet
    revise_since: Mapped[date | None]  # the day of the review that asked for a new version
    ended_on: Mapped[date | None]


class RuleVersionRecord(Versioned, Base):
    """One version of a rule; who approves it did not write it."""

    __tablename__ = "internal_rule_version"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    rule_id: Mapped[int] = mapped_column(ForeignKey("internal_rule.id"))
    number: Mapped[int]
    state: Mapped[Code]
    valid_from: Mapped[date]
    text_sealed: Mapped[Sealed]
    change_sealed: Mapped[Sealed]
    author_id: Mapped[int]
    author_sealed: Mapped[Sealed]
    written_at: Mapped[Moment]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # why it was sent back
    approver_id: Mapped[int | None]
    approver_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    approved_at: Mapped[MaybeMoment]
    __table_args__ = (
        UniqueConstraint("rule_id", "number"),
        CheckConstraint("approver_id <> author_id", name="two_persons"),
        CheckConstraint(
            "(state = 'approved') = (approver_id IS NOT NULL AND approved_at IS NOT NULL)",
            name="approved_by_somebody",
        ),
    )


class RuleFactRecord(UsedOnce, Versioned, Base):
    """A fact of the registry that a version states, with the value as its text has it.

    `subject_id` and `detail` say whose fact it is: see `privacy_mark.documents.facts`.
    """

    __tablename__ = "internal_rule_fact"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    version_id: Mapped[int] = mapped_column(ForeignKey("internal_rule_version.id"))
    kind: Mapped[Code]
    subject_id: Mapped[int]
    detail: Mapped[Code]
    stated_sealed: Mapped[Sealed]
    changed_on: Mapped[date | None]  # the day on which the fact was seen to differ
    __table_args__ = (UniqueConstraint("version_id", "kind", "subject_id", "detail"),)


class RuleReviewRecord(Base):
    """That somebody looked whether a rule still fits; never updated."""

    __tablename__ = "internal_rule_review"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    rule_id: Mapped[int] = mapped_column(ForeignKey("internal_rule.id"), index=True)
    reviewed_on: Mapped[date]
    outcome: Mapped[Code]
    note_sealed: Mapped[Sealed]
    reviewer_id: Mapped[int]
    reviewer_sealed: Mapped[Sealed]


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
