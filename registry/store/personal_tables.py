"""What a person chose for himself: notifications, and filters to come back to."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Key, Moment, Sealed, Uid, UnitRef, UsedOnce, Versioned


class NotificationSetting(Versioned, Base):
    """How often somebody wants to be told what there is to do; no row: as the settings of Daicho say."""

    __tablename__ = "notification_setting"
    id: Mapped[Key]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), unique=True)
    unit_id: Mapped[UnitRef]  # of the account
    frequency: Mapped[Code]
    left_out: Mapped[str] = mapped_column(String(255), default="", server_default="")  # subjects, by comma


class SavedFilter(UsedOnce, Base):
    """The conditions of a list under a name; both are its owner's alone. Made and removed, never changed."""

    __tablename__ = "saved_filter"
    id: Mapped[Key]
    uid: Mapped[Uid]
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    unit_id: Mapped[UnitRef]  # of the account
    page: Mapped[Code]
    name_sealed: Mapped[Sealed]
    query_sealed: Mapped[Sealed]  # JSON: parameter of the address -> value
    created_at: Mapped[Moment]
