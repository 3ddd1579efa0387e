"""Files kept with records of certification ファイル: sealed, with a hash, removed for a reason.

Which record, and who may: that is for the room of the record, `assessments.files` and `documents.files`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

from sqlalchemy import delete, func, select

from registry.attachment_kinds import SUFFIXES
from registry.attachments import File
from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.model import UnitId, UserId
from registry.sealed_files import SealedParts, incoming
from registry.sealing import Row
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.file_tables import FilePart, FileRecord
from registry.topics import take_out

FileId = NewType("FileId", int)
MOST = 20  # files of one record
TABLE, PARTS = FileRecord.__tablename__, FilePart.__tablename__
Of = Mapping[str, int]
"""The column that names the record, and its id."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file; who may not read it gets neither its name nor its hash."""

    id: FileId
    at: datetime
    author_id: UserId
    author: str = field(repr=False)
    name: str = field(repr=False)  # as it is handed out
    kind: str
    size: int  # bytes
    sha256: str
    personal: bool  # whether personal data stand in it
    readable: bool  # for the person asking
    removed_at: datetime | None
    remover: str = field(repr=False)
    removal: str = field(repr=False)  # why
    version: int


def keep(tx: Tx, of: Of, unit_id: UnitId, name: str, data: bytes, *, personal: bool) -> KeptFile:
    """Keep a file with a record; the caller has checked who asks.

    Raises InvalidValue: `name` `required` or `too_long`, `data` `required`, `too_large` (over 10 MB), `kind`
    for what is not taken, `taken` for the same file, `too_many` (over MOST).
    """
    file = incoming(name, data)
    hashes = tx.session.scalars(select(FileRecord.sha256).filter_by(**of, removed_at=None)).all()
    if file.sha256 in hashes:
        raise InvalidValue("data", "taken")
    if len(hashes) >= MOST:
        raise InvalidValue("data", "too_many")
    uid = new_uid()
    row = FileRecord(
        uid=uid,
        unit_id=unit_id,
        personal=personal,
        author_id=tx.principal.user_id,
        at=tx.now,
        kind=file.kind,
        size=len(data),
        sha256=file.sha256,
        **of,
        **Row(tx, TABLE, uid).sealed({"author": tx.principal.name, "name": file.name}),
    )
    tx.session.add(row)
    tx.session.flush()
    tx.session.add_all(_parts(tx, row, data))
    tx.session.flush()
    tx.record(Action.ATTACHMENT_ADDED, TABLE, row.id, unit_id, None, {**of, **_described(row)})
    return _told(tx, row, readable=True)


def kept(tx: Tx, of: Of, may_read: Callable[[FileRecord], bool]) -> list[KeptFile]:
    """Return the files of a record, oldest first, removed ones too; the caller has checked who asks."""
    query = select(FileRecord).filter_by(**of).order_by(FileRecord.id)
    return [_told(tx, row, readable=may_read(row)) for row in tx.session.scalars(query)]


def standing(tx: Tx, of: Of) -> list[str]:
    """Return the hashes of the files that a record has, sorted; the caller has checked who asks."""
    return sorted(tx.session.scalars(select(FileRecord.sha256).filter_by(**of, removed_at=None)))


def any_ever(tx: Tx, of: Of) -> bool:
    """Tell whether a record has or had a file; the caller has checked who asks."""
    return bool(tx.session.scalar(select(func.count(FileRecord.id)).filter_by(**of)))


def row_of(tx: Tx, file_id: FileId) -> FileRecord:
    """Return the row of a file, for who then asks about its record; raises NotFound."""
    row = tx.session.get(FileRecord, file_id)
    if row is None:
        raise NotFound(TABLE)
    return row


def handed_out(tx: Tx, row: FileRecord) -> File:
    """Hand a file out, and record that it was; the caller has checked who asks.

    Raises InvalidValue (`state` `decided`) for a removed one, StoreError when its bytes are no longer those
    of its hash.
    """
    if row.removed_at is not None:
        raise InvalidValue("state", "decided")
    parts = tx.session.scalars(select(FilePart).where(FilePart.file_id == row.id).order_by(FilePart.position))
    sealed = ((part.uid, part.content_sealed) for part in parts)
    data = SealedParts(tx, PARTS).joined(sealed, row.sha256, f"file {row.id}")
    tx.record(Action.ATTACHMENT_VIEWED, TABLE, row.id, UnitId(row.unit_id), None, {"sha256": row.sha256})
    return File(_name(tx, row), data)


def destroy(tx: Tx, row: FileRecord, *, expected_version: int, reason: str) -> None:
    """Destroy a file; its name, hash, who removed it and why stay. The caller has checked who asks.

    Raises Conflict, InvalidValue: `reason` `required` or `too_long`, `state` `decided` when it is removed.
    """
    why = take_out(tx, row, expected_version, reason)
    tx.session.execute(delete(FilePart).where(FilePart.file_id == row.id))
    tx.session.flush()
    after = {**_described(row), "reason": why}
    tx.record(Action.ATTACHMENT_REMOVED, TABLE, row.id, UnitId(row.unit_id), None, after)


def _parts(tx: Tx, row: FileRecord, data: bytes) -> Iterator[FilePart]:
    for uid, position, content in SealedParts(tx, PARTS).cut(data):
        yield FilePart(
            uid=uid, file_id=row.id, unit_id=row.unit_id, position=position, content_sealed=content
        )


def _described(row: FileRecord) -> dict[str, object]:
    return {"kind": row.kind, "size": row.size, "sha256": row.sha256, "personal": row.personal}


def _name(tx: Tx, row: FileRecord) -> str:
    """Return a name that tells what the file is, whatever it was called."""
    stem, suffix = Row(tx, TABLE, row.uid).opened("name", row.name_sealed), f".{SUFFIXES[row.kind]}"
    return stem if stem.lower().endswith(suffix) else stem + suffix


def _told(tx: Tx, row: FileRecord, *, readable: bool) -> KeptFile:
    sealed = Row(tx, TABLE, row.uid)
    reads = readable or row.author_id == tx.principal.user_id
    return KeptFile(
        id=FileId(row.id),
        at=row.at,
        author_id=UserId(row.author_id),
        author=sealed.opened("author", row.author_sealed),
        name=_name(tx, row) if reads else "",
        kind=row.kind,
        size=row.size,
        sha256=row.sha256 if reads else "",
        personal=row.personal,
        readable=readable,
        removed_at=row.removed_at,
        remover=sealed.opened("remover", row.remover_sealed),
        removal=sealed.opened("removal", row.removal_sealed) if reads else "",
        version=row.version,
    )
