"""The tables of complaints and consultations 苦情・相談 (J.11.1): the register, and the terms of each entity.

Who complained, about what and what was answered are personal data: sealed columns only, emptied when the
entity's period is over. What is counted for the management review stays.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Key, MaybeMoment, Moment, Uid, UnitRef, Versioned


class ComplaintTermsRecord(Versioned, Base):
    """By when an entity answers, and how long it keeps what a closed complaint says."""

    __tablename__ = "complaint_terms"
    id: Mapped[Key]
    unit_id: Mapped[int] = mapped_column(ForeignKey("org_unit.id"), unique=True)
    days: Mapped[int]
    urgent_days: Mapped[int]
    retention_months: Mapped[int]


class ComplaintRecord(Versioned, Base):
    """One complaint or consultation; who closes it neither answered it nor examined its cause."""

    __tablename__ = "complaint"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]  # what it is about
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"), index=True)
    kind: Mapped[Code]
    way: Mapped[Code]
    subject: Mapped[Code]
    urgency: Mapped[Code]
    received_on: Mapped[date]
    due_on: Mapped[date]
    state: Mapped[Code]
    request_number: Mapped[Code]  # a request of a person that came of it; "": none
    action_number: Mapped[Code]  # a corrective action that came of it; "": none
    recorded_at: Mapped[Moment]
    sender_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    contact_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    receiver_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answerer_id: Mapped[int | None]
    answerer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_on: Mapped[date | None]
    cause_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    measure_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    examiner_id: Mapped[int | None]
    examiner_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    examined_on: Mapped[date | None]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # why it was sent back, or what was learnt
    closer_id: Mapped[int | None]
    closer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    closed_on: Mapped[date | None]
    erased_at: Mapped[MaybeMoment]
    __table_args__ = (
        CheckConstraint("closer_id <> answerer_id", name="two_persons"),
        CheckConstraint("closer_id <> examiner_id", name="other_examiner"),
        CheckConstraint(
            "state <> 'closed' OR (closer_id IS NOT NULL AND answerer_id IS NOT NULL "
            "AND closed_on IS NOT NULL)",
            name="closed_by_somebody",
        ),
        CheckConstraint(
            "erased_at IS NULL OR (state = 'closed' AND content_sealed IS NULL AND sender_sealed IS NULL "
            "AND contact_sealed IS NULL AND answer_sealed IS NULL)",
            name="erased_when_closed",
        ),
        Index(None, "state", "due_on"),
    )
