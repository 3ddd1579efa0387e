"""The tables of change reports 変更報告: what changed of a certified unit, its tasks, what the body answered.

What people write in their own words, and who they are, is sealed. Two-person rules are constraints too.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Key, Moment, Sealed, Uid, UnitRef, Versioned


class ChangeRecord(Versioned, Base):
    """One change of what a body was told; who approves it neither answered the question nor submitted it."""

    __tablename__ = "pm_change"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    certificate_id: Mapped[int] = mapped_column(ForeignKey("pm_certificate.id"), index=True)
    history_id: Mapped[int | None] = mapped_column(ForeignKey("unit_history.id"))  # the change of the tree
    cause: Mapped[str | None] = mapped_column(String(64))  # the row that shows somebody new in a post
    kind: Mapped[Code]
    body: Mapped[Code]
    changed_on: Mapped[date]
    state: Mapped[Code]
    recorded_at: Mapped[Moment]
    before_sealed: Mapped[Sealed | None]
    after_sealed: Mapped[Sealed | None]
    note_sealed: Mapped[Sealed | None]
    owner_sealed: Mapped[Sealed | None]
    question: Mapped[bool]
    outcome: Mapped[Code]  # "": not answered
    answer_sealed: Mapped[Sealed | None]
    answered_on: Mapped[date | None]
    answerer_id: Mapped[int | None]
    answerer_sealed: Mapped[Sealed | None]
    submitter_id: Mapped[int | None]
    submitter_sealed: Mapped[Sealed | None]
    approver_id: Mapped[int | None]
    approver_sealed: Mapped[Sealed | None]
    approved_on: Mapped[date | None]
    remark_sealed: Mapped[Sealed | None]
    __table_args__ = (
        UniqueConstraint("certificate_id", "kind", "history_id"),
        Index(None, "certificate_id", "kind", "cause", unique=True),
        CheckConstraint("approver_id <> submitter_id", name="two_persons"),
        CheckConstraint("approver_id <> answerer_id", name="other_answerer"),
        CheckConstraint("(outcome = '') = (answerer_id IS NULL)", name="answered_by_somebody"),
        CheckConstraint(
            "(state = 'closed') = (approver_id IS NOT NULL AND approved_on IS NOT NULL)",
            name="approved_by_somebody",
        ),
    )


class ChangeTaskRecord(Versioned, Base):
    """One task of a change report: done by whom, or left out for a reason."""

    __tablename__ = "pm_change_task"
    id: Mapped[Key]
    uid: Mapped[Uid]
    change_id: Mapped[int] = mapped_column(ForeignKey("pm_change.id"), index=True)
    unit_id: Mapped[UnitRef]
    task: Mapped[Code]
    due_on: Mapped[date]
    state: Mapped[Code]
    owner_sealed: Mapped[Sealed | None]
    done_on: Mapped[date | None]
    doer_id: Mapped[int | None]
    doer_sealed: Mapped[Sealed | None]
    note_sealed: Mapped[Sealed | None]
    __table_args__ = (
        UniqueConstraint("change_id", "task"),
        CheckConstraint("(state = 'open') = (done_on IS NULL)", name="done_on_a_day"),
        CheckConstraint("(done_on IS NULL) = (doer_id IS NULL)", name="done_by_somebody"),
        CheckConstraint("(state = 'open') = (note_sealed IS NULL)", name="done_with_words"),
    )
