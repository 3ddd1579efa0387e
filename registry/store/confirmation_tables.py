"""The tables of confirmations 運用の確認: operations, campaigns, and what each operation answered."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
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


class OperationRecord(Versioned, Base):
    """A workplace or operation 業務 that confirms how it handles personal information."""

    __tablename__ = "confirmation_operation"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    name_sealed: Mapped[Sealed]
    set_id: Mapped[Code]  # which questions it is asked
    frequency: Mapped[Code]
    ended_on: Mapped[date | None]


class CampaignRecord(Base):
    """One round of confirmations of all operations of a unit and below, for a month or a year."""

    __tablename__ = "confirmation_campaign"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    frequency: Mapped[Code]
    period: Mapped[str] = mapped_column(String(7))  # 2026-11, or 2026
    due_on: Mapped[date]
    opened_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("unit_id", "frequency", "period"),)


class ConfirmationRecord(Versioned, Base):
    """What one operation answers in one campaign; who confirms it did not answer it."""

    __tablename__ = "confirmation"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("confirmation_campaign.id"))
    operation_id: Mapped[int] = mapped_column(ForeignKey("confirmation_operation.id"), index=True)
    period: Mapped[str] = mapped_column(String(7))
    state: Mapped[Code]
    set_id: Mapped[Code] = mapped_column(default="", server_default="")  # once answered: what was asked
    asked: Mapped[Words] = mapped_column(default="", server_default="")  # those questions, as JSON
    exceptions: Mapped[int]  # answers that are not as they should be
    changes: Mapped[int | None]  # answers that differ from the time before; NULL: there was none
    actions: Mapped[Words]  # numbers of the corrective actions that came of it, comma-separated
    answers_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answerer_id: Mapped[int | None]
    answerer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    answered_at: Mapped[MaybeMoment]
    confirmer_id: Mapped[int | None]
    confirmer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    confirmed_at: Mapped[MaybeMoment]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # why it was sent back
    __table_args__ = (
        UniqueConstraint("operation_id", "period"),
        CheckConstraint("confirmer_id <> answerer_id", name="two_persons"),
        CheckConstraint(
            "state <> 'confirmed' OR (confirmer_id IS NOT NULL AND answerer_id IS NOT NULL)",
            name="confirmed_by_somebody",
        ),
        Index(None, "campaign_id", "state"),
    )
