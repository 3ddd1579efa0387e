"""The tables of issued reports 更新準備状況: who issued them, as of when, and their bytes."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Count, Key, Moment, Sealed, Uid, UnitRef
from registry.store.kept_rows import PartRow


class RenewalReport(Base):
    """One report as it was issued; never changed."""

    __tablename__ = "renewal_report"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    as_of: Mapped[Moment]  # of what it tells
    issued_at: Mapped[Moment]
    language: Mapped[Code]
    approved: Mapped[bool]  # whoever issued it may confirm the evidence, and so approves it
    issuer_id: Mapped[int]
    issuer_sealed: Mapped[Sealed]
    size: Mapped[Count]  # bytes
    sha256: Mapped[str] = mapped_column(String(64))
    __table_args__ = (CheckConstraint("as_of <= issued_at", name="told_before_issued"),)


class RenewalReportPart(PartRow):
    """One part of such a PDF."""

    __tablename__ = "renewal_report_part"
    report_id: Mapped[int] = mapped_column(ForeignKey("renewal_report.id"), index=True)
    __table_args__ = (UniqueConstraint("report_id", "position"),)
