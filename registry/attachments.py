"""Attachments 添付 to ledger entries and differences: sealed files with a hash, removed for a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

from sqlalchemy import delete, func, select

from registry import topics
from registry.access import allowed, require
from registry.attachment_kinds import SUFFIXES
from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, UnitId, UserId
from registry.sealed_files import LIMIT as LIMIT  # noqa: PLC0414 - who attaches takes it from here
from registry.sealed_files import SealedParts, incoming
from registry.sealing import Row
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.note_tables import AttachmentPart, AttachmentRecord
from registry.topics import Topic

AttachmentId = NewType("AttachmentId", int)
MOST = 20  # files of one entry or difference
_TABLE, _PARTS = AttachmentRecord.__tablename__, AttachmentPart.__tablename__


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file; who may not see locations gets neither its name nor its hash."""

    id: AttachmentId
    at: datetime
    author_id: UserId
    author: str
    name: str = field(repr=False)
    kind: str
    size: int  # bytes
    sha256: str
    removed_at: datetime | None
    remover: str
    removal: str = field(repr=False)  # why
    version: int


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is handed out; its suffix tells what it is, whatever it was called."""

    name: str = field(repr=False)
    data: bytes = field(repr=False)


def add(tx: Tx, topic: Topic, name: str, data: bytes) -> Attachment:
    """Attach a file.

    Raises NotFound, AccessDenied, InvalidValue: `name` `required` or `too_long`, `data` `required`,
    `too_large` (over LIMIT), `kind` for what is not taken, `too_many` (over MOST), `taken` for the same file.
    """
    unit_id = topics.changed(tx, topic)
    file = incoming(name, data)
    there = select(AttachmentRecord.sha256).filter_by(**topic.columns, removed_at=None)
    hashes = tx.session.scalars(there).all()
    if file.sha256 in hashes:
        raise InvalidValue("data", "taken")
    if len(hashes) >= MOST:
        raise InvalidValue("data", "too_many")
    uid = new_uid()
    row = AttachmentRecord(
        uid=uid,
        unit_id=unit_id,
        author_id=tx.principal.user_id,
        at=tx.now,
        kind=file.kind,
        size=len(data),
        sha256=file.sha256,
        **topic.columns,
        **Row(tx, _TABLE, uid).sealed({"author": tx.principal.name, "name": file.name}),
    )
    tx.session.add(row)
    tx.session.flush()
    tx.session.add_all(_parts(tx, row, data))
    tx.session.flush()
    tx.record(Action.ATTACHMENT_ADDED, _TABLE, row.id, unit_id, None, topic.columns | _described(row))
    return _shown(tx, row, located=True)


def attachments(tx: Tx, topic: Topic) -> list[Attachment]:
    """Return the files of a visible topic, oldest first, removed ones too; raises NotFound."""
    located = allowed(tx, Permission.VIEW_LOCATIONS, topics.seen(tx, topic))
    query = select(AttachmentRecord).filter_by(**topic.columns).order_by(AttachmentRecord.id)
    return [_shown(tx, row, located=located) for row in tx.session.scalars(query)]


def content(tx: Tx, attachment_id: AttachmentId) -> File:
    """Hand a file out, and record that it was; it is what was attached, or nothing.

    Raises NotFound, AccessDenied without VIEW_LOCATIONS, InvalidValue (`state` `decided`) for a removed one,
    StoreError when its bytes are no longer those of its hash.
    """
    row, unit_id = _seen(tx, attachment_id)
    require(tx, Permission.VIEW_LOCATIONS, unit_id)
    if row.removed_at is not None:
        raise InvalidValue("state", "decided")
    query = select(AttachmentPart).where(AttachmentPart.attachment_id == row.id)
    parts = tx.session.scalars(query.order_by(AttachmentPart.position))
    sealed = ((part.uid, part.content_sealed) for part in parts)
    data = SealedParts(tx, _PARTS).joined(sealed, row.sha256, f"attachment {row.id}")
    tx.record(Action.ATTACHMENT_VIEWED, _TABLE, row.id, unit_id, None, {"sha256": row.sha256})
    stem = Row(tx, _TABLE, row.uid).opened("name", row.name_sealed)
    suffix = f".{SUFFIXES[row.kind]}"
    return File(stem if stem.lower().endswith(suffix) else stem + suffix, data)


def remove(tx: Tx, attachment_id: AttachmentId, *, expected_version: int, reason: str) -> Attachment:
    """Destroy a file; its name, hash, who removed it and why stay.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `reason` `required` or `too_long`, `state`
    `decided` when it is removed already.
    """
    row, _ = _seen(tx, attachment_id)
    topic = Topic.of_row(row.entry_id, row.case_id)
    unit_id = topics.changed(tx, topic)
    why = topics.take_out(tx, row, expected_version, reason)
    tx.session.execute(delete(AttachmentPart).where(AttachmentPart.attachment_id == row.id))
    tx.session.flush()
    after = topic.columns | _described(row) | {"reason": why}
    tx.record(Action.ATTACHMENT_REMOVED, _TABLE, row.id, unit_id, None, after)
    return _shown(tx, row, located=allowed(tx, Permission.VIEW_LOCATIONS, unit_id))


def room(tx: Tx, topic: Topic) -> int:
    """Return how many more files a visible topic takes; raises NotFound."""
    topics.seen(tx, topic)
    there = select(func.count(AttachmentRecord.id)).filter_by(**topic.columns, removed_at=None)
    return max(0, MOST - (tx.session.scalar(there) or 0))


def _parts(tx: Tx, row: AttachmentRecord, data: bytes) -> Iterator[AttachmentPart]:
    for uid, position, content in SealedParts(tx, _PARTS).cut(data):
        yield AttachmentPart(
            uid=uid,
            attachment_id=row.id,
            unit_id=row.unit_id,
            position=position,
            content_sealed=content,
        )


def _seen(tx: Tx, attachment_id: AttachmentId) -> tuple[AttachmentRecord, UnitId]:
    row = tx.session.get(AttachmentRecord, attachment_id)
    if row is None:
        raise NotFound(_TABLE)
    try:
        return row, topics.seen(tx, Topic.of_row(row.entry_id, row.case_id))
    except NotFound:
        raise NotFound(_TABLE) from None


def _described(row: AttachmentRecord) -> dict[str, object]:
    return {"kind": row.kind, "size": row.size, "sha256": row.sha256}


def _shown(tx: Tx, row: AttachmentRecord, *, located: bool) -> Attachment:
    sealed = Row(tx, _TABLE, row.uid)
    reads = located or row.author_id == tx.principal.user_id
    return Attachment(
        id=AttachmentId(row.id),
        at=row.at,
        author_id=UserId(row.author_id),
        author=sealed.opened("author", row.author_sealed),
        name=sealed.opened("name", row.name_sealed) if reads else "",
        kind=row.kind,
        size=row.size,
        sha256=row.sha256 if reads else "",
        removed_at=row.removed_at,
        remover=sealed.opened("remover", row.remover_sealed),
        removal=sealed.opened("removal", row.removal_sealed) if reads else "",
        version=row.version,
    )
