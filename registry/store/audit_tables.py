"""The tables of internal audits and corrective actions: auditors, programmes, audits, work papers, actions.

What auditors saw, what caused a nonconformity and who did what stand in `*_sealed` columns. Who approves a
programme never planned it, and who approves a corrective action neither did it nor reviewed its effect.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, false
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


class AuditorProfile(Versioned, Base):
    """What one person can do as an auditor, in the register of a legal entity (`unit_id`)."""

    __tablename__ = "auditor_profile"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    competences: Mapped[Words]  # ids with blanks between
    languages: Mapped[Words]
    region: Mapped[Code]
    capacity: Mapped[int]
    away_json: Mapped[Words]  # [[first, last], ...], ISO days or null
    evidence_sealed: Mapped[Sealed]  # what shows the competence
    __table_args__ = (UniqueConstraint("unit_id", "user_id"),)


class AuditAppointment(Versioned, Base):
    """Who is audit manager 監査責任者 of a unit for a time, by the word of its top management."""

    __tablename__ = "audit_appointment"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    user_id: Mapped[int] = mapped_column(index=True)
    name_sealed: Mapped[Sealed]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    appointer_id: Mapped[int]
    appointer_sealed: Mapped[Sealed]
    appointed_at: Mapped[Moment]
    __table_args__ = (
        CheckConstraint("appointer_id <> user_id", name="two_persons"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="days_in_order"),
    )


class AuditUnitTerms(Versioned, Base):
    """What a unit asks of its auditors: region, language, competences; where it says none, those above do."""

    __tablename__ = "audit_unit_terms"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"), unique=True)
    region: Mapped[Code]
    language: Mapped[Code]
    needs: Mapped[Words]  # ids with blanks between


class AuditProgramme(Versioned, Base):
    """The audits of one year: of all departments of an entity, or of all companies by headquarters."""

    __tablename__ = "audit_programme"
    id: Mapped[Key]
    uid: Mapped[Uid]
    number: Mapped[Code] = mapped_column(unique=True)
    unit_id: Mapped[UnitRef]
    scope: Mapped[Code]
    year: Mapped[int]
    first: Mapped[date]
    last: Mapped[date]
    apart: Mapped[bool]
    recent_days: Mapped[int]
    same_years: Mapped[int]
    state: Mapped[Code]
    aim_sealed: Mapped[Sealed]
    planner_id: Mapped[int]
    planner_sealed: Mapped[Sealed]
    planned_at: Mapped[Moment]
    approver_id: Mapped[int | None]
    approver_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    approved_at: Mapped[MaybeMoment]
    fixed_at: Mapped[MaybeMoment]
    issued: Mapped[int] = mapped_column(default=0, server_default="0")  # the newest number given to an audit
    quality_json: Mapped[Words] = mapped_column(
        default=""
    )  # load and cost of the assignment with their bounds
    overall_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reporter_id: Mapped[int | None]
    reporter_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reported_on: Mapped[date | None]
    receiver_id: Mapped[int | None]
    receiver_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_on: Mapped[date | None]
    __table_args__ = (
        UniqueConstraint("unit_id", "scope", "year"),
        CheckConstraint("approver_id <> planner_id", name="two_persons"),
        CheckConstraint("state = 'planned' OR approver_id IS NOT NULL", name="approved_by_somebody"),
        CheckConstraint("receiver_id <> reporter_id", name="received_by_another"),
    )


class AuditRecord(UsedOnce, Versioned, Base):
    """One audit of one unit: conformity, operation, or both."""

    __tablename__ = "audit"
    id: Mapped[Key]
    uid: Mapped[Uid]
    number: Mapped[Code] = mapped_column(unique=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("audit_programme.id"), index=True)
    unit_id: Mapped[UnitRef]
    kind: Mapped[Code]
    state: Mapped[Code]
    auditor_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    auditor_sealed: Mapped[Sealed]
    by_hand: Mapped[bool] = mapped_column(default=False, server_default=false())
    proof_json: Mapped[Words]
    due_on: Mapped[date] = mapped_column(index=True)
    started_on: Mapped[date | None]
    done_on: Mapped[date | None]
    conclusion_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (
        UniqueConstraint("programme_id", "unit_id", "kind"),
        CheckConstraint("(state = 'done') = (done_on IS NOT NULL)", name="done_on_a_day"),
    )


class CorrectiveAction(Versioned, Base):
    """One nonconformity 不適合 and its corrective action 是正処置."""

    __tablename__ = "corrective_action"
    id: Mapped[Key]
    uid: Mapped[Uid]
    number: Mapped[Code] = mapped_column(unique=True)
    unit_id: Mapped[UnitRef]
    source: Mapped[Code]
    reference: Mapped[Code]  # number of the row that it was found in
    requirement: Mapped[Code]
    grade: Mapped[Code]
    state: Mapped[Code]
    finding_sealed: Mapped[Sealed]
    found_on: Mapped[date]
    finder_id: Mapped[int]
    finder_sealed: Mapped[Sealed]
    answer_by: Mapped[date]  # until when cause and measure must be known
    fact_sealed: Mapped[Sealed]
    cause_class: Mapped[Code]
    cause_sealed: Mapped[Sealed]
    measure_sealed: Mapped[Sealed]
    owner_sealed: Mapped[Sealed]
    due_on: Mapped[date | None] = mapped_column(index=True)
    result_sealed: Mapped[Sealed]
    done_on: Mapped[date | None]
    doer_id: Mapped[int | None]
    doer_sealed: Mapped[Sealed]
    review_by: Mapped[date | None]
    effect: Mapped[Code]
    effect_sealed: Mapped[Sealed]
    reviewed_on: Mapped[date | None]
    reviewer_id: Mapped[int | None]
    reviewer_sealed: Mapped[Sealed]
    approver_id: Mapped[int | None]
    approver_sealed: Mapped[Sealed]
    approved_at: Mapped[MaybeMoment]
    rounds: Mapped[int]  # how often a measure was without effect
    updated_at: Mapped[Moment]
    __table_args__ = (
        CheckConstraint("approver_id <> doer_id", name="two_persons"),
        CheckConstraint("approver_id <> reviewer_id", name="not_the_reviewer"),
        CheckConstraint("(state = 'closed') = (approver_id IS NOT NULL)", name="approved_by_somebody"),
        CheckConstraint("state <> 'closed' OR effect = 'effective'", name="closed_with_effect"),
        Index(None, "requirement", "unit_id"),
    )


class AuditPaper(Versioned, Base):
    """One item of an audit's work paper 監査調書: result, what was seen, and the sample."""

    __tablename__ = "audit_paper"
    id: Mapped[Key]
    uid: Mapped[Uid]
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"), index=True)
    unit_id: Mapped[UnitRef]
    item: Mapped[Code]
    requirement: Mapped[Code]
    result: Mapped[Code]
    fact_sealed: Mapped[Sealed]
    sampled_sealed: Mapped[Sealed]
    population: Mapped[int | None]
    sample: Mapped[int | None]
    action_id: Mapped[int | None] = mapped_column(ForeignKey("corrective_action.id"), index=True)
    filler_id: Mapped[int]
    filler_sealed: Mapped[Sealed]
    filled_at: Mapped[Moment]
    __table_args__ = (
        UniqueConstraint("audit_id", "item"),
        CheckConstraint(
            "sample IS NULL OR (population IS NOT NULL AND sample <= population)", name="part_of_all"
        ),
        CheckConstraint(
            "(result = 'nonconforming') = (action_id IS NOT NULL)", name="nonconformity_is_followed"
        ),
    )
