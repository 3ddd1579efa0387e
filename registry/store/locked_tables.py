"""The table of what was decided about locked files パスワード付きファイル."""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Key, Moment, Sealed, Uid, UnitRef, Versioned


class LockedDecisionRecord(Versioned, Base):
    """What somebody decided about one object that no listed password opened; the newest decision stands."""

    __tablename__ = "locked_decision"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    object_id: Mapped[str] = mapped_column(String(32))  # keyed: tells nothing without the vault
    choice: Mapped[Code]
    reason_sealed: Mapped[Sealed]
    decider_id: Mapped[int]
    decider_sealed: Mapped[Sealed]
    decided_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("unit_id", "object_id"),)
