"""The steps of corrective actions 是正処置: what each said, who took it when; none is overwritten."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Key, Moment, Sealed, Uid, UnitRef


class CorrectiveStep(Base):
    """One step that somebody took of a corrective action; kept when a measure had no effect and is redone."""

    __tablename__ = "corrective_step"
    id: Mapped[Key]
    uid: Mapped[Uid]
    action_id: Mapped[int] = mapped_column(ForeignKey("corrective_action.id"), index=True)
    unit_id: Mapped[UnitRef]
    step: Mapped[Code]
    round: Mapped[int]  # 0: the first time; how many measures had no effect before
    actor_id: Mapped[int]
    actor_sealed: Mapped[Sealed]
    told_sealed: Mapped[Sealed]  # names of fields and what they said, as JSON
    at: Mapped[Moment]
