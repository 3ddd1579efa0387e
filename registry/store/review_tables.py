"""The tables of the management review マネジメントレビュー (J.6.3): reviews, their inputs, what was decided.

What was known on the day of a review, what was said and who attended are sealed; states and days are not.
"""

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
    """One review of a unit; who approves it wrote nothing in it."""

    __tablename__ = "management_review"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    state: Mapped[Code]
    planned_on: Mapped[date]
    planned_at: Mapped[Moment]
    chair_sealed: Mapped[Sealed]
    held_on: Mapped[date | None]
    since: Mapped[date | None]  # what happened from this day …
    as_of: Mapped[date | None]  # … to this one, on which the inputs were frozen, was looked at
    attendees_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    minutes_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    editors: Mapped[Words]  # ids of everybody who wrote in it, comma-separated
    recorder_id: Mapped[int | None]  # who asked for approval
    recorder_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    submitted_at: Mapped[MaybeMoment]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # why it was sent back or called off
    conclusion_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    approver_id: Mapped[int | None]
    approver_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    closed_at: Mapped[MaybeMoment]
    __table_args__ = (
        CheckConstraint("approver_id <> recorder_id", name="two_persons"),
        CheckConstraint("(state = 'closed') = (approver_id IS NOT NULL)", name="closed_by_somebody"),
        CheckConstraint(
            "state <> 'closed' OR (recorder_id IS NOT NULL AND minutes_sealed IS NOT NULL "
            "AND closed_at IS NOT NULL)",
            name="closed_with_minutes",
        ),
        CheckConstraint("(state IN ('planned', 'cancelled')) = (held_on IS NULL)", name="held_on_a_day"),
        CheckConstraint("held_on IS NULL OR (since IS NOT NULL AND as_of IS NOT NULL)", name="of_a_period"),
    )


class ReviewInputRecord(Base):
    """What a review knows of one topic: facts as they were when it was held, and people's words."""

    __tablename__ = "management_review_input"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    review_id: Mapped[int] = mapped_column(ForeignKey("management_review.id"))
    topic: Mapped[Code]
    facts_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # NULL: nothing is recorded of it
    words_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (UniqueConstraint("review_id", "topic"),)


class ReviewDecisionRecord(Versioned, Base):
    """One decision of a review, with its owner and day, followed until it is done or dropped."""

    __tablename__ = "management_review_decision"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    review_id: Mapped[int] = mapped_column(ForeignKey("management_review.id"))
    place: Mapped[int]  # its number within the review
    kind: Mapped[Code]
    what_sealed: Mapped[Sealed]
    owner_id: Mapped[int | None]  # an account, where the owner has one
    owner_sealed: Mapped[Sealed]
    due_on: Mapped[date]
    state: Mapped[Code]
    result_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # what was done, or why it was dropped
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # why it was given more time
    ended_on: Mapped[date | None]
    __table_args__ = (
        UniqueConstraint("review_id", "place"),
        CheckConstraint(
            "(state = 'open') = (ended_on IS NULL) AND (state = 'open' OR result_sealed IS NOT NULL)",
            name="ended_with_result",
        ),
    )
