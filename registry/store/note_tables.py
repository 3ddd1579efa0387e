"""Tables of what people add to ledger entries and differences: comments, and attached files in parts."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Count, Key, MaybeMoment, Moment, Sealed, Uid, UnitRef, Versioned

_ONE = "(entry_id IS NULL) <> (case_id IS NULL)"
_REASONED = "(removed_at IS NULL) = (removal_sealed IS NULL)"


class CommentRecord(Versioned, Base):
    """A comment on one entry or difference; a removed one keeps who, when and why, and loses its words."""

    __tablename__ = "comment"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]  # as it was commented
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("discrepancy_case.id"), index=True)
    author_id: Mapped[int]
    author_sealed: Mapped[Sealed]
    at: Mapped[Moment]
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    removed_at: Mapped[MaybeMoment]
    remover_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    removal_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # why
    __table_args__ = (
        CheckConstraint(_ONE, name="about_one"),
        CheckConstraint(_REASONED, name="removed_for_a_reason"),
    )


class AttachmentRecord(Versioned, Base):
    """A file attached to one entry or difference; of a removed one the hash stays, its parts are gone."""

    __tablename__ = "attachment"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]  # as it was attached
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("discrepancy_case.id"), index=True)
    author_id: Mapped[int]
    author_sealed: Mapped[Sealed]
    at: Mapped[Moment]
    name_sealed: Mapped[Sealed]
    kind: Mapped[Code]
    size: Mapped[Count]  # bytes
    sha256: Mapped[str] = mapped_column(String(64))
    removed_at: Mapped[MaybeMoment]
    remover_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    removal_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # why
    __table_args__ = (
        CheckConstraint(_ONE, name="about_one"),
        CheckConstraint(_REASONED, name="removed_for_a_reason"),
    )


class AttachmentPart(Base):
    """One part of a file, so small that a rotation of keys can hold hundreds of them at once."""

    __tablename__ = "attachment_part"
    id: Mapped[Key]
    uid: Mapped[Uid]
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), index=True)
    unit_id: Mapped[UnitRef]
    position: Mapped[int]
    content_sealed: Mapped[Sealed]  # Base64
    __table_args__ = (UniqueConstraint("attachment_id", "position"),)
