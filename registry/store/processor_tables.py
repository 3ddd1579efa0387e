"""The table of evaluations of processors 委託先の評価 (APPI Art. 25; J.9.4)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Key, Moment, Sealed, Uid, UnitRef


class ProcessorEvaluation(Base):
    """One evaluation of a processor; never written over, a wrong one is withdrawn and stays."""

    __tablename__ = "processor_evaluation"
    id: Mapped[Key]
    uid: Mapped[Uid]
    processor_id: Mapped[int] = mapped_column(ForeignKey("processor.id"), index=True)
    unit_id: Mapped[UnitRef]
    occasion: Mapped[Code]
    evaluated_on: Mapped[date]
    result: Mapped[Code]
    next_on: Mapped[date]
    ratings_sealed: Mapped[Sealed]  # criteria in the words of then, and how each was met
    note_sealed: Mapped[Sealed]
    evidence_sealed: Mapped[Sealed]
    recorded_at: Mapped[Moment]
    recorder_id: Mapped[int]
    recorder_sealed: Mapped[Sealed]
    withdrawn_on: Mapped[date | None]
    withdrawn_sealed: Mapped[Sealed | None]  # why
    withdrawer_sealed: Mapped[Sealed | None]
    __table_args__ = (
        CheckConstraint("evaluated_on < next_on", name="days_in_order"),
        CheckConstraint("(withdrawn_on IS NULL) = (withdrawn_sealed IS NULL)", name="withdrawn_with_reason"),
    )
