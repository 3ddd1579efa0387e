"""The tables of collectors 拠点収集: who scans at a site without connection, and what was taken in."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Key, MaybeMoment, Moment, Uid, UnitRef, Versioned, Words


class CollectorRecord(Versioned, Base):
    """One site that scans by itself; its runs are those of its source."""

    __tablename__ = "collector"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    name: Mapped[Words]
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), index=True)
    __table_args__ = (UniqueConstraint("unit_id", "name"),)


class CollectorKitRecord(Versioned, Base):
    """One kit of a collector; its public key tells what it signed, its secrets stand nowhere."""

    __tablename__ = "collector_kit"
    id: Mapped[Key]
    uid: Mapped[Uid]
    collector_id: Mapped[int] = mapped_column(ForeignKey("collector.id"), index=True)
    unit_id: Mapped[UnitRef]
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    fingerprint_key: Mapped[int]  # version of the key that its fingerprints are made with
    made_at: Mapped[Moment]
    revoked_at: Mapped[MaybeMoment]


class CollectedRunRecord(Base):
    """One file of results that was taken in: never a second time."""

    __tablename__ = "collected_run"
    id: Mapped[Key]
    uid: Mapped[str] = mapped_column(String(32), unique=True)  # as the file names itself
    kit_id: Mapped[int] = mapped_column(ForeignKey("collector_kit.id"), index=True)
    unit_id: Mapped[UnitRef]
    run_id: Mapped[str] = mapped_column(ForeignKey("scan_run.id"), unique=True)
    taken_at: Mapped[Moment]
    targets: Mapped[Code]  # keyed digest of what was scanned: shows that it is something else than before
