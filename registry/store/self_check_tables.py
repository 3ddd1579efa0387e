"""The tables of the Global Security Self Check: yearly rounds, and what each overseas company answered."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Key, MaybeMoment, Moment, Uid, UnitRef, Versioned, Words


class SelfCheckRound(Base):
    """One year's round of a unit and all overseas companies below it."""

    __tablename__ = "self_check_round"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    year: Mapped[int]
    due_on: Mapped[date]
    opened_at: Mapped[Moment]
    set_version: Mapped[int]
    __table_args__ = (UniqueConstraint("unit_id", "year"),)


class SelfCheckRecord(Versioned, Base):
    """One company's answers; answered, approved and verified by three different persons."""

    __tablename__ = "self_check"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    round_id: Mapped[int] = mapped_column(ForeignKey("self_check_round.id"))
    year: Mapped[int]
    state: Mapped[Code]
    levels_json: Mapped[Words]  # how many answers are of each level
    doubts: Mapped[int]
    drawn: Mapped[bool] = mapped_column(default=False, server_default=false())  # a draw covered it
    sample: Mapped[Words]  # ids of the questions to verify, comma-separated; empty: none
    answers_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    verified_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # why it was sent back
    answerer_id: Mapped[int | None]
    answerer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_at: Mapped[MaybeMoment]
    approver_id: Mapped[int | None]
    approver_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    approved_at: Mapped[MaybeMoment]
    verifier_id: Mapped[int | None]
    verifier_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    confirmed_at: Mapped[MaybeMoment]
    __table_args__ = (
        UniqueConstraint("unit_id", "year"),
        CheckConstraint("approver_id <> answerer_id", name="approved_by_another"),
        CheckConstraint(
            "verifier_id <> answerer_id AND verifier_id <> approver_id", name="verified_by_another"
        ),
        CheckConstraint("state <> 'confirmed' OR verifier_id IS NOT NULL", name="confirmed_by_somebody"),
        Index(None, "round_id", "state"),
    )
