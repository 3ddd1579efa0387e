"""The tables of assessments 審査: the two reviews of an application, findings and answers, the visit.

What assessors wrote and what is answered is sealed. That another person approves an answer is a constraint.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
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
)


class PmAssessment(Versioned, Base):
    """The assessment of one application: who assesses and where; its days are steps of the application."""

    __tablename__ = "pm_assessment"
    id: Mapped[Key]
    uid: Mapped[Uid]
    number: Mapped[Code] = mapped_column(unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("pm_round.id"), unique=True)
    certificate_id: Mapped[int] = mapped_column(ForeignKey("pm_certificate.id"), index=True)
    unit_id: Mapped[UnitRef]
    body: Mapped[Code]  # who assesses, as it was when the assessment began
    assessors_sealed: Mapped[Sealed]
    place_sealed: Mapped[Sealed]
    note_sealed: Mapped[Sealed]


class VisitItem(Base):
    """One line of the schedule of the on-site assessment; edited with its assessment."""

    __tablename__ = "pm_visit_item"
    id: Mapped[Key]
    uid: Mapped[Uid]
    assessment_id: Mapped[int] = mapped_column(ForeignKey("pm_assessment.id"), index=True)
    unit_id: Mapped[UnitRef]
    on_day: Mapped[date]
    begins: Mapped[Code]  # "09:30", in Japan
    ends: Mapped[Code]
    what_sealed: Mapped[Sealed]
    who_sealed: Mapped[Sealed]
    place_sealed: Mapped[Sealed]


class InterviewAnswer(Base):
    """What top management will say to one question of the interview; edited with its assessment."""

    __tablename__ = "pm_interview_answer"
    id: Mapped[Key]
    uid: Mapped[Uid]
    assessment_id: Mapped[int] = mapped_column(ForeignKey("pm_assessment.id"), index=True)
    unit_id: Mapped[UnitRef]
    question: Mapped[Code]
    answer_sealed: Mapped[Sealed]
    __table_args__ = (UniqueConstraint("assessment_id", "question"),)


class FindingsLetter(Versioned, Base):
    """A document with findings 指摘事項文書, and until when the improvement report on it is handed in."""

    __tablename__ = "pm_findings_letter"
    id: Mapped[Key]
    uid: Mapped[Uid]
    assessment_id: Mapped[int] = mapped_column(ForeignKey("pm_assessment.id"), index=True)
    unit_id: Mapped[UnitRef]
    stage: Mapped[Code]
    dated_on: Mapped[date]  # when the body issued it
    received_on: Mapped[date]
    due_on: Mapped[date]
    rule: Mapped[Code]  # which rule gave the day; "": a person, for a reason
    due_reason_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[Code]
    __table_args__ = (
        CheckConstraint("(rule = '') = (due_reason_sealed IS NOT NULL)", name="due_by_rule_or_reason"),
        CheckConstraint("dated_on <= received_on", name="days_in_order"),
    )


class FindingRecord(UsedOnce, Versioned, Base):
    """One finding 指摘事項 with its answer; who approves the answer did not give it."""

    __tablename__ = "pm_finding"
    id: Mapped[Key]
    uid: Mapped[Uid]
    letter_id: Mapped[int] = mapped_column(ForeignKey("pm_findings_letter.id"))
    assessment_id: Mapped[int] = mapped_column(ForeignKey("pm_assessment.id"), index=True)
    unit_id: Mapped[UnitRef]  # whose work it is
    number: Mapped[Code]  # as the body numbers it
    requirement: Mapped[Code]
    text_sealed: Mapped[Sealed]
    owner_id: Mapped[int | None]
    owner_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    due_on: Mapped[date]  # by when the owner answers
    state: Mapped[Code]
    cause_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answerer_id: Mapped[int | None]
    answerer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_at: Mapped[MaybeMoment]
    approver_id: Mapped[int | None]
    approver_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    approved_at: Mapped[MaybeMoment]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # why it was sent back
    __table_args__ = (
        UniqueConstraint("letter_id", "number"),
        CheckConstraint("approver_id <> answerer_id", name="another_approves"),
        CheckConstraint(
            "state <> 'approved' OR (approver_id IS NOT NULL AND answerer_id IS NOT NULL "
            "AND approved_at IS NOT NULL)",
            name="approved_by_somebody",
        ),
        CheckConstraint("state = 'open' OR answer_sealed IS NOT NULL", name="answered_with_words"),
        Index(None, "state", "due_on"),
    )


class FindingEvidence(Base):
    """One record that shows an answer; edited with its finding."""

    __tablename__ = "pm_finding_evidence"
    id: Mapped[Key]
    uid: Mapped[Uid]
    finding_id: Mapped[int] = mapped_column(ForeignKey("pm_finding.id"), index=True)
    unit_id: Mapped[UnitRef]
    kind: Mapped[Code]
    reference: Mapped[Code]  # its number in the product: "L-0012"; "" of what lies elsewhere
    row: Mapped[Code]  # what its page is opened with; "" without a page
    what_sealed: Mapped[Sealed]


class FindingAction(Base):
    """The corrective action 是正処置 that a finding opened; after one was withdrawn, another may follow."""

    __tablename__ = "pm_finding_action"
    id: Mapped[Key]
    finding_id: Mapped[int] = mapped_column(ForeignKey("pm_finding.id"), index=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("corrective_action.id"), unique=True)
    unit_id: Mapped[UnitRef]


class ImprovementReport(Base):
    """One improvement report 改善報告書 as it was handed in, and what the body said."""

    __tablename__ = "pm_improvement_report"
    id: Mapped[Key]
    uid: Mapped[Uid]
    letter_id: Mapped[int] = mapped_column(ForeignKey("pm_findings_letter.id"))
    unit_id: Mapped[UnitRef]
    turn: Mapped[int]  # 1, 2, …
    state: Mapped[Code]
    sent_on: Mapped[date]
    sender_sealed: Mapped[Sealed]
    decided_on: Mapped[date | None]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # what the body said
    __table_args__ = (
        UniqueConstraint("letter_id", "turn"),
        CheckConstraint("(state = 'sent') = (decided_on IS NULL)", name="sent_or_decided"),
        CheckConstraint("state <> 'returned' OR note_sealed IS NOT NULL", name="returned_for_a_reason"),
    )


class RequestedDocument(Versioned, Base):
    """One document that the assessors asked for: when, by when, when it was given."""

    __tablename__ = "pm_requested_document"
    id: Mapped[Key]
    uid: Mapped[Uid]
    assessment_id: Mapped[int] = mapped_column(ForeignKey("pm_assessment.id"), index=True)
    unit_id: Mapped[UnitRef]
    what_sealed: Mapped[Sealed]
    asked_at: Mapped[Moment]
    due_at: Mapped[Moment]
    given_at: Mapped[MaybeMoment]
    given_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # what was shown or handed over
    __table_args__ = (CheckConstraint("(given_at IS NULL) = (given_sealed IS NULL)", name="given_as_what"),)
