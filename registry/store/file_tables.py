"""Tables of files kept with records of certification: sealed, in parts, with a hash."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Count, Key, MaybeMoment, Moment, Sealed, Uid, UnitRef, Versioned


class FileRecord(Versioned, Base):
    """A file of one finding of assessors or one version of an internal rule.

    Of a removed one the hash stays, its parts are gone.
    """

    __tablename__ = "pm_file"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]  # of the record, as it was attached
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("pm_finding.id"), index=True)
    version_id: Mapped[int | None] = mapped_column(ForeignKey("internal_rule_version.id"), index=True)
    personal: Mapped[bool]  # whether personal data stand in it
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
        CheckConstraint("(finding_id IS NULL) <> (version_id IS NULL)", name="of_one"),
        CheckConstraint("(removed_at IS NULL) = (removal_sealed IS NULL)", name="removed_for_a_reason"),
    )


class FilePart(Base):
    """One part of a file, so small that a rotation of keys can hold hundreds of them at once."""

    __tablename__ = "pm_file_part"
    id: Mapped[Key]
    uid: Mapped[Uid]
    file_id: Mapped[int] = mapped_column(ForeignKey("pm_file.id"), index=True)
    unit_id: Mapped[UnitRef]
    position: Mapped[int]
    content_sealed: Mapped[Sealed]  # Base64
    __table_args__ = (UniqueConstraint("file_id", "position"),)
