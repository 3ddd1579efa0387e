"""Tables beside the ledger: who data are entrusted to, and what departments apply for."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from registry.store.base import Base, Code, Key, MaybeMoment, Moment, Sealed, Uid, UnitRef, Versioned


class ProcessorRecord(Versioned, Base):
    """Somebody whom a unit entrusts personal data to 委託先 (APPI Art. 25); ended ones stay."""

    __tablename__ = "processor"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    name_sealed: Mapped[Sealed]
    corporate_number: Mapped[str] = mapped_column(String(13))  # 法人番号; empty: none, or abroad
    country: Mapped[str] = mapped_column(String(2))
    contract_sealed: Mapped[Sealed]  # which contract, and where it is kept
    categories: Mapped[str] = mapped_column(String(1000))  # ids, comma-separated
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    registered_on: Mapped[date | None]  # since when it is known here; of older ones the day of revision 0048
    sources: Mapped[list[ProcessorSource]] = relationship(
        cascade="all, delete-orphan", order_by="ProcessorSource.source_id", lazy="selectin"
    )


class ProcessorSource(Base):
    """A source that lies with a processor: what a scan finds there must be covered by the contract."""

    __tablename__ = "processor_source"
    processor_id: Mapped[int] = mapped_column(
        ForeignKey("processor.id", ondelete="CASCADE"), primary_key=True
    )
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), primary_key=True, index=True)
    unit_id: Mapped[UnitRef]


class LedgerProcessor(Base):
    """A processor that a ledger entry names."""

    __tablename__ = "ledger_processor"
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id", ondelete="CASCADE"), primary_key=True)
    processor_id: Mapped[int] = mapped_column(ForeignKey("processor.id"), primary_key=True, index=True)
    unit_id: Mapped[UnitRef]


class ApplicationRecord(Versioned, Base):
    """An application 取得・変更申請 for a new entry or a change of one; who decides never applied."""

    __tablename__ = "ledger_application"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"), index=True)
    base_version: Mapped[int | None]
    changes_sealed: Mapped[Sealed]
    reason_sealed: Mapped[Sealed]
    state: Mapped[Code]
    applicant_id: Mapped[int]
    applicant_sealed: Mapped[Sealed]
    submitted_at: Mapped[Moment]
    decider_id: Mapped[int | None]
    decider_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_at: Mapped[MaybeMoment]
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (
        CheckConstraint("decider_id <> applicant_id", name="two_persons"),
        CheckConstraint(
            "state NOT IN ('approved', 'returned') OR decider_id IS NOT NULL", name="decided_by_somebody"
        ),
        Index(None, "state"),
    )
