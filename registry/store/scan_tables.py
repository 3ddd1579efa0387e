"""The table of scans that are asked for, at work, or over 走査の状況."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Count, Key, MaybeMoment, Moment, Sealed, Uid, UnitRef, Words

_MaybeSealed = Annotated[bytes | None, mapped_column(LargeBinary)]  # the table has a column `bytes`


class ScanJobRecord(Base):
    """One scan of a registered source: who wanted it, who is at it until when, and how far it came."""

    __tablename__ = "scan_job"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), index=True)
    state: Mapped[Code]
    who_sealed: Mapped[Sealed]  # the name of the person who asked for it
    holder: Mapped[Code] = mapped_column(default="")  # random: tells a scan from the one that took its place
    host: Mapped[Words] = mapped_column(default="")  # the machine that works
    asked_at: Mapped[Moment]
    started_at: Mapped[MaybeMoment]
    seen_at: Mapped[MaybeMoment]  # when it last told how far it is
    lease_until: Mapped[MaybeMoment]
    ended_at: Mapped[MaybeMoment]
    outcome: Mapped[Code] = mapped_column(default="")
    why_sealed: Mapped[_MaybeSealed]  # of a failure: it may name places
    run_id: Mapped[Code] = mapped_column(default="")  # the run that it recorded
    listed: Mapped[Count] = mapped_column(default=0)
    done: Mapped[Count] = mapped_column(default=0)
    failed: Mapped[Count] = mapped_column(default=0)
    bytes: Mapped[Count] = mapped_column(default=0)
    findings: Mapped[Count] = mapped_column(default=0)
