"""The tables of evidence packs: answers to fields that no record holds, and the bodies' own forms as files.

Answers name contacts and their telephones: what was written is sealed, and nothing when it was emptied.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Key, Moment, Sealed, Uid, UnitRef, Versioned, Words
from registry.store.kept_rows import FileRow, PartRow


class PackAnswer(Versioned, Base):
    """What a company last answered to one field of the application forms, by whom and when."""

    __tablename__ = "pack_answer"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    field: Mapped[Code]
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    author_id: Mapped[int]
    author_sealed: Mapped[Sealed]
    answered_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("unit_id", "field"),)


class PackOriginal(FileRow):
    """One version of a body's own Word or Excel form, and which of its places takes which field.

    It is for its unit and all below it.
    """

    __tablename__ = "pack_original"
    body: Mapped[Code]
    purpose: Mapped[Code]
    document: Mapped[Code]  # of data/pack_forms
    number: Mapped[int]
    valid_from: Mapped[date]
    ended_on: Mapped[date | None]  # no longer used from this day on
    mapping: Mapped[Words]  # JSON: place -> document.field
    added_at: Mapped[Moment]
    __table_args__ = (
        UniqueConstraint("unit_id", "body", "purpose", "document", "number"),
        CheckConstraint("number > 0", name="numbered"),
    )


class PackOriginalPart(PartRow):
    """One part of such a file."""

    __tablename__ = "pack_original_part"
    original_id: Mapped[int] = mapped_column(ForeignKey("pack_original.id"), index=True)
    __table_args__ = (UniqueConstraint("original_id", "position"),)
