"""The table of judgements that a value is not personal data 個人情報ではない."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Key, MaybeMoment, Moment, Sealed, Uid, UnitRef, Versioned


class FeedbackRecord(Versioned, Base):
    """A judgement that a value is not personal data; who decides is never who proposed."""

    __tablename__ = "feedback"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    category: Mapped[Code]
    object_id: Mapped[str] = mapped_column(String(32), default="", server_default="")  # where it was seen
    fingerprint: Mapped[Sealed] = mapped_column(index=True)  # keyed: tells nothing without the vault
    masked_sealed: Mapped[Sealed]
    reason: Mapped[Code]
    note_sealed: Mapped[Sealed]
    expires_on: Mapped[date]
    state: Mapped[Code]
    requester_id: Mapped[int]
    requester_sealed: Mapped[Sealed]
    requested_at: Mapped[Moment]
    decider_id: Mapped[int | None]
    decider_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_at: Mapped[MaybeMoment]
    __table_args__ = (
        CheckConstraint("decider_id <> requester_id", name="two_persons"),
        CheckConstraint("(state = 'proposed') = (decider_id IS NULL)", name="decided_by_somebody"),
    )
