"""The tables of the management review マネジメントレビュー (J.6.3): reviews, their inputs, what was decided."""

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
    Versioned,
    Words,
)


class ReviewRecord(Versioned, Base):
    """One review of a legal entity; who concludes it neither began, wrote nor submitted it."""

    __tablename__ = "management_review"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    since: Mapped[date]  # what happened from this day …
    as_of: Mapped[date]  # … to this one, on which the inputs were taken, was looked at
    held_on: Mapped[date | None]
    state: Mapped[Code]
    begun_at: Mapped[Moment]
    preparer_id: Mapped[int]
    preparer_sealed: Mapped[Sealed]
    editors: Mapped[Words]  # ids of everybody who wrote in it, comma-separated
    attendees_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    minutes_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    submitter_id: Mapped[int | None]
    submitted_at: Mapped[MaybeMoment]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # why it was sent back
    conclusion_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    concluder_id: Mapped[int | None]
    concluder_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    concluded_at: Mapped[MaybeMoment]
    __table_args__ = (
        CheckConstraint("concluder_id <> preparer_id AND concluder_id <> submitter_id", name="two_persons"),
        CheckConstraint(
            "state <> 'concluded' OR (concluder_id IS NOT NULL AND submitter_id IS NOT NULL "
            "AND held_on IS NOT NULL)",
            name="concluded_by_somebody",
        ),
    )


class ReviewInputRecord(Base):
    """What a review knows of one topic: facts as they were on its day, and people's words."""

    __tablename__ = "management_review_input"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    review_id: Mapped[int] = mapped_column(ForeignKey("management_review.id"))
    topic: Mapped[Code]
    facts_sealed: Mapped[Sealed]
    words_sealed: Mapped[Sealed]
    __table_args__ = (UniqueConstraint("review_id", "topic"),)


class ReviewDecisionRecord(Versioned, Base):
    """One decision of a review, with its owner and day, followed until it is done or dropped."""

    __tablename__ = "management_review_decision"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    review_id: Mapped[int] = mapped_column(ForeignKey("management_review.id"), index=True)
    title_sealed: Mapped[Sealed]
    owner_sealed: Mapped[Sealed]
    due_on: Mapped[date]
    state: Mapped[Code]
    result_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    ended_on: Mapped[date | None]
    __table_args__ = (
        CheckConstraint("state = 'open' OR (ended_on IS NOT NULL AND result_sealed IS NOT NULL)", name="told"),
    )
