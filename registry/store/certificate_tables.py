"""The tables of certificates: what a unit holds, each application with its steps, accidents, the PDCA year.

What people write in their own words is sealed. An accident here is dates and kinds alone: who was concerned
is told elsewhere. Two-person rules are constraints too.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

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
    UsedOnce,
    Versioned,
)


class CertificateRecord(Versioned, Base):
    """One Privacy Mark of a unit, held or applied for; `mark` and the days are of the last granted term."""

    __tablename__ = "pm_certificate"
    id: Mapped[Key]
    uid: Mapped[Uid]
    number: Mapped[Code] = mapped_column(unique=True)
    unit_id: Mapped[UnitRef]
    body: Mapped[Code]
    mark: Mapped[Code]  # "" before the first grant
    term: Mapped[int]  # how many terms were granted, this one included; 0 before the first
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    before_mark: Mapped[Code | None]  # the term before, which is in force until the granted one begins
    before_term: Mapped[int | None]
    before_from: Mapped[date | None]
    before_until: Mapped[date | None]
    state: Mapped[Code]
    ended_on: Mapped[date | None]
    end_reason_sealed: Mapped[Sealed | None]
    sector: Mapped[Code]
    capital_yen: Mapped[Count | None]
    workers: Mapped[int | None]
    size: Mapped[Code]  # chosen by a person; "" follows the rule
    opens_on: Mapped[date | None]  # chosen by a person; NULL follows the rule
    closes_on: Mapped[date | None]
    window_reason_sealed: Mapped[Sealed | None]
    __table_args__ = (
        CheckConstraint("(valid_from IS NULL) = (valid_until IS NULL)", name="both_days"),
        CheckConstraint("valid_from < valid_until", name="days_in_order"),
        CheckConstraint(
            "(opens_on IS NULL AND closes_on IS NULL) = (window_reason_sealed IS NULL)",
            name="window_for_a_reason",
        ),
        CheckConstraint("(ended_on IS NULL) = (end_reason_sealed IS NULL)", name="ended_for_a_reason"),
    )


class CertificateRound(Versioned, Base):
    """One application 申請 for a certificate: the first one or a renewal, until it is decided."""

    __tablename__ = "pm_round"
    id: Mapped[Key]
    uid: Mapped[Uid]
    certificate_id: Mapped[int] = mapped_column(ForeignKey("pm_certificate.id"), index=True)
    unit_id: Mapped[UnitRef]
    kind: Mapped[Code]
    state: Mapped[Code]
    started_on: Mapped[date]
    ended_on: Mapped[date | None]
    granted_from: Mapped[date | None]
    granted_until: Mapped[date | None]
    note_sealed: Mapped[Sealed]
    outside_sealed: Mapped[Sealed | None]  # why it is handed in outside the window
    __table_args__ = (
        CheckConstraint("(state = 'open') = (ended_on IS NULL)", name="open_or_ended"),
        CheckConstraint("(state = 'granted') = (granted_until IS NOT NULL)", name="granted_until_a_day"),
    )


class CertificateStep(Base):
    """One step of an application with its planned and its actual day; edited with its application."""

    __tablename__ = "pm_step"
    id: Mapped[Key]
    uid: Mapped[Uid]
    round_id: Mapped[int] = mapped_column(ForeignKey("pm_round.id"), index=True)
    unit_id: Mapped[UnitRef]
    step: Mapped[Code]
    planned_on: Mapped[date | None]
    actual_on: Mapped[date | None]
    __table_args__ = (UniqueConstraint("round_id", "step"),)


class CertificateAccident(Versioned, Base):
    """One accident 事故 reported to the scheme: kind and days, nothing about persons."""

    __tablename__ = "pm_accident"
    id: Mapped[Key]
    uid: Mapped[Uid]
    number: Mapped[Code] = mapped_column(unique=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("pm_certificate.id"), index=True)
    unit_id: Mapped[UnitRef]
    kind: Mapped[Code]
    suspected: Mapped[bool] = mapped_column(default=False, server_default=false())
    triggers: Mapped[Code]  # ids joined by commas: why a first report is due
    incident: Mapped[Code]  # its number where incidents are handled; "" when it stands here alone
    discovered_on: Mapped[date]
    first_due: Mapped[date | None]
    full_due: Mapped[date]
    first_sent: Mapped[date | None]
    full_sent: Mapped[date | None]
    withdrawn_on: Mapped[date | None]  # when it proved to be none
    withdrawn_sealed: Mapped[Sealed | None]  # why


class PmsYear(Versioned, Base):
    """One yearly turn 年間計画 of a unit's management system, from its plan to its end."""

    __tablename__ = "pms_year"
    id: Mapped[Key]
    uid: Mapped[Uid]
    number: Mapped[Code] = mapped_column(unique=True)
    unit_id: Mapped[UnitRef]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    state: Mapped[Code]
    author_id: Mapped[int]
    author_sealed: Mapped[Sealed]
    approver_id: Mapped[int | None]
    approver_sealed: Mapped[Sealed | None]
    approved_at: Mapped[MaybeMoment]
    note_sealed: Mapped[Sealed]  # why it was sent back
    __table_args__ = (
        CheckConstraint("approver_id <> author_id", name="another_approves"),
        CheckConstraint("(approver_id IS NULL) = (approved_at IS NULL)", name="approved_by_somebody"),
        CheckConstraint(
            "(state IN ('approved', 'closed')) = (approver_id IS NOT NULL)", name="state_of_approval"
        ),
        CheckConstraint("starts_on < ends_on", name="days_in_order"),
    )


class PmsObjective(Base):
    """One objective 個人情報保護目的 of a year: what, how it is measured, what came of it."""

    __tablename__ = "pms_objective"
    id: Mapped[Key]
    uid: Mapped[Uid]
    year_id: Mapped[int] = mapped_column(ForeignKey("pms_year.id"), index=True)
    unit_id: Mapped[UnitRef]
    what_sealed: Mapped[Sealed]
    measure_sealed: Mapped[Sealed]
    result_sealed: Mapped[Sealed]
    outcome: Mapped[Code]  # "" until it is judged


class PmsRevision(UsedOnce, Versioned, Base):
    """One change 改定 of an approved plan, which another person approves; the plan before stays readable."""

    __tablename__ = "pms_revision"
    id: Mapped[Key]
    uid: Mapped[Uid]
    year_id: Mapped[int] = mapped_column(ForeignKey("pms_year.id"), index=True)
    unit_id: Mapped[UnitRef]
    state: Mapped[Code]
    reason_sealed: Mapped[Sealed]
    changes_sealed: Mapped[Sealed]
    proposer_id: Mapped[int]
    proposer_sealed: Mapped[Sealed]
    proposed_at: Mapped[Moment]
    decider_id: Mapped[int | None]
    decider_sealed: Mapped[Sealed | None]
    decided_at: Mapped[MaybeMoment]
    note_sealed: Mapped[Sealed | None]  # why it was sent back
    earlier_sealed: Mapped[Sealed | None]  # the items as they were until it was approved
    __table_args__ = (
        CheckConstraint("decider_id <> proposer_id", name="another_decides"),
        CheckConstraint("(state = 'submitted') = (decider_id IS NULL)", name="decided_by_somebody"),
        CheckConstraint("(state = 'approved') = (earlier_sealed IS NOT NULL)", name="approved_with_earlier"),
    )


class PmsItem(Base):
    """One thing to do in a year, by when; of the yearly cycle or the unit's own."""

    __tablename__ = "pms_item"
    id: Mapped[Key]
    uid: Mapped[Uid]
    year_id: Mapped[int] = mapped_column(ForeignKey("pms_year.id"), index=True)
    unit_id: Mapped[UnitRef]
    item: Mapped[Code]  # id of the cycle; "" of the unit's own
    turn: Mapped[int]  # 1, 2, … of what comes more than once a year
    title_sealed: Mapped[Sealed]
    owner_sealed: Mapped[Sealed]
    requirement: Mapped[Code]  # clause of the guideline: J.6.2
    due_on: Mapped[date]
    derived: Mapped[Code]  # what the day was derived from
    done_on: Mapped[date | None]
    record_sealed: Mapped[Sealed | None]
    left_sealed: Mapped[Sealed | None]  # why it is not done this year
    actor_sealed: Mapped[Sealed | None]
    fact: Mapped[Code] = mapped_column(default="", server_default="")  # whose record shows it; "" by hand
    fact_row: Mapped[Code] = mapped_column(default="", server_default="")  # what its page is opened with
    __table_args__ = (
        CheckConstraint("done_on IS NULL OR record_sealed IS NOT NULL", name="done_with_record"),
        CheckConstraint("done_on IS NULL OR left_sealed IS NULL", name="done_or_left"),
    )
