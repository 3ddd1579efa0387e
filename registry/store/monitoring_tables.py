"""The table of rules on monitoring workers 従業者モニタリング."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Mapped

from registry.store.base import Base, Key, Moment, Sealed, Uid, UnitRef, Versioned


class MonitoringRuleRecord(Versioned, Base):
    """A rule under which mailboxes and home folders of a unit's workers are scanned; ended ones stay."""

    __tablename__ = "monitoring_rule"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    name_sealed: Mapped[Sealed]
    purpose_sealed: Mapped[Sealed]
    responsible_sealed: Mapped[Sealed]
    noticed_on: Mapped[date]
    registered_at: Mapped[Moment]
    ended_on: Mapped[date | None]
