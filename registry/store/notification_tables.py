"""What a person chose for the notifications of Daicho."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Key, UnitRef, Versioned


class NotificationSetting(Versioned, Base):
    """How often somebody wants to be told what there is to do; no row: as the settings of Daicho say."""

    __tablename__ = "notification_setting"
    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), unique=True)
    unit_id: Mapped[UnitRef]  # of the account
    frequency: Mapped[Code]
