"""What the tables have in common that keep what people add, and files in parts."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Count, Key, MaybeMoment, Moment, Sealed, Uid, UnitRef, Versioned


def removed_for_a_reason() -> CheckConstraint:
    """Return the rule of a removable row: none goes without a reason."""
    return CheckConstraint("(removed_at IS NULL) = (removal_sealed IS NULL)", name="removed_for_a_reason")


class Authored(Versioned, Base):
    """What somebody added, in the unit that it was added for."""

    __abstract__ = True
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    author_id: Mapped[int]
    author_sealed: Mapped[Sealed]


class Added(Authored):
    """What can be removed again: who, when and why stay."""

    __abstract__ = True
    at: Mapped[Moment]
    removed_at: Mapped[MaybeMoment]
    remover_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    removal_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # why


class FileRow(Authored):
    """A file: its name as it was given, what it is, and its hash."""

    __abstract__ = True
    name_sealed: Mapped[Sealed]
    kind: Mapped[Code]
    size: Mapped[Count]  # bytes
    sha256: Mapped[str] = mapped_column(String(64))


class AddedFile(FileRow, Added):
    """A file that can be removed again: the hash stays, its parts are gone."""

    __abstract__ = True


class PartRow(Base):
    """One part of a file, so small that a rotation of keys can hold hundreds of them at once.

    Each table names its file in a column of its own, see `registry.sealed_files.Parts`.
    """

    __abstract__ = True
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    position: Mapped[int]
    content_sealed: Mapped[Sealed]  # Base64
