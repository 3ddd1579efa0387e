"""Tables of files kept with records of certification: sealed, in parts, with a hash."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.kept_rows import AddedFile, PartRow, removed_for_a_reason


class FileRecord(AddedFile):
    """A file of one finding of assessors or one version of an internal rule."""

    __tablename__ = "pm_file"
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("pm_finding.id"), index=True)
    version_id: Mapped[int | None] = mapped_column(ForeignKey("internal_rule_version.id"), index=True)
    personal: Mapped[bool]  # whether personal data stand in it
    __table_args__ = (
        CheckConstraint("(finding_id IS NULL) <> (version_id IS NULL)", name="of_one"),
        removed_for_a_reason(),
    )


class FilePart(PartRow):
    """One part of such a file."""

    __tablename__ = "pm_file_part"
    file_id: Mapped[int] = mapped_column(ForeignKey("pm_file.id"), index=True)
    __table_args__ = (UniqueConstraint("file_id", "position"),)
