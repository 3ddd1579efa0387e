"""Tables of evidence 証跡 of requirements, in sealed parts, and of what privacy managers confirmed of it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Key, MaybeMoment, Moment, Sealed, Uid, UnitRef, Versioned
from registry.store.kept_rows import AddedFile, PartRow, removed_for_a_reason


class EvidenceRecord(AddedFile):
    """One piece of evidence; of a removed one the hash stays, its content is gone."""

    __tablename__ = "evidence"
    number: Mapped[Code] = mapped_column(unique=True)
    origin: Mapped[Code]  # a file, rows of the product, or a statement
    title_sealed: Mapped[Sealed]
    note_sealed: Mapped[Sealed]
    effective_on: Mapped[date]  # the day it speaks of
    valid_until: Mapped[date | None]  # sooner than its frequency says
    personal: Mapped[bool]  # holds personal data
    __table_args__ = (
        removed_for_a_reason(),
        CheckConstraint("valid_until IS NULL OR valid_until >= effective_on", name="valid_from_its_day"),
    )


class EvidencePart(PartRow):
    """One part of the content."""

    __tablename__ = "evidence_part"
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"), index=True)
    __table_args__ = (UniqueConstraint("evidence_id", "position"),)


class EvidenceLink(Base):
    """What a piece of evidence shows: one need of one requirement; gone when the evidence is removed.

    Days and hash repeat those of the evidence, so that counts of a whole group read no sealed row.
    """

    __tablename__ = "evidence_link"
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    requirement: Mapped[Code] = mapped_column(primary_key=True)
    need: Mapped[Code] = mapped_column(primary_key=True)
    unit_id: Mapped[UnitRef]
    effective_on: Mapped[date]
    valid_until: Mapped[date | None]
    sha256: Mapped[str] = mapped_column(String(64))


class ReadinessRecord(Versioned, Base):
    """That a privacy manager confirmed a requirement by the evidence of that moment."""

    __tablename__ = "readiness_confirmation"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    requirement: Mapped[Code]
    basis: Mapped[str] = mapped_column(String(64))  # SHA-256 of what was shown
    holds_until: Mapped[date | None]
    confirmer_id: Mapped[int]
    confirmer_sealed: Mapped[Sealed]
    at: Mapped[Moment]
    ended_at: Mapped[MaybeMoment]
    ended_why: Mapped[Code]  # "" while it stands
    __table_args__ = (CheckConstraint("(ended_at IS NULL) = (ended_why = '')", name="ended_somehow"),)


class ReadinessWitness(Base):
    """A piece of evidence that a confirmation rests on; who confirms did not add it."""

    __tablename__ = "readiness_witness"
    confirmation_id: Mapped[int] = mapped_column(ForeignKey("readiness_confirmation.id"), primary_key=True)
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    unit_id: Mapped[UnitRef]
    author_id: Mapped[int]
    confirmer_id: Mapped[int]
    __table_args__ = (CheckConstraint("author_id <> confirmer_id", name="two_persons"),)
