"""Tables of what people add to ledger entries and differences: comments, and attached files in parts."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.kept_rows import Added, AddedFile, PartRow, removed_for_a_reason

_ONE = "(entry_id IS NULL) <> (case_id IS NULL)"


class _AboutOne:
    """Mixin of what is about one entry or one difference."""

    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("discrepancy_case.id"), index=True)


class CommentRecord(_AboutOne, Added):
    """A comment on one entry or difference; a removed one keeps who, when and why, and loses its words."""

    __tablename__ = "comment"
    text_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    __table_args__ = (CheckConstraint(_ONE, name="about_one"), removed_for_a_reason())


class AttachmentRecord(_AboutOne, AddedFile):
    """A file attached to one entry or difference."""

    __tablename__ = "attachment"
    __table_args__ = (CheckConstraint(_ONE, name="about_one"), removed_for_a_reason())


class AttachmentPart(PartRow):
    """One part of an attached file."""

    __tablename__ = "attachment_part"
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), index=True)
    __table_args__ = (UniqueConstraint("attachment_id", "position"),)
