"""Attachments 添付 to ledger entries and differences: sealed files with a hash, removed for a reason.

Who may not see locations gets neither name nor hash of what others attached: files may name places.
"""

from __future__ import annotations

from typing import NewType

from registry import topics
from registry.access import allowed, require
from registry.errors import NotFound
from registry.kept_files import MOST as MOST  # noqa: PLC0414 - who attaches takes it from here
from registry.kept_files import KeptFile, Shelf
from registry.model import Permission, UnitId
from registry.sealed_files import LIMIT as LIMIT  # noqa: PLC0414 - who attaches takes it from here
from registry.sealed_files import File, Parts
from registry.store import Tx
from registry.store.note_tables import AttachmentPart, AttachmentRecord
from registry.topics import Topic

AttachmentId = NewType("AttachmentId", int)
Attachment = KeptFile[AttachmentId]
_SHELF = Shelf(AttachmentRecord, AttachmentId, Parts(AttachmentPart, "attachment_id"))


def add(tx: Tx, topic: Topic, name: str, data: bytes) -> Attachment:
    """Attach a file; raises NotFound, AccessDenied, and for the file as `registry.kept_files`."""
    row = _SHELF.keep(tx, topic.columns, topics.changed(tx, topic), name, data)
    return _shown(tx, row, located=True)


def attachments(tx: Tx, topic: Topic) -> list[Attachment]:
    """Return the files of a visible topic, oldest first, removed ones too; raises NotFound."""
    located = allowed(tx, Permission.VIEW_LOCATIONS, topics.seen(tx, topic))
    return [_shown(tx, row, located=located) for row in _SHELF.kept(tx, topic.columns)]


def content(tx: Tx, attachment_id: AttachmentId) -> File:
    """Hand a file out, and record that it was; it is what was attached, or nothing.

    Raises NotFound, AccessDenied without VIEW_LOCATIONS, InvalidValue (`state` `decided`) for a removed one,
    StoreError when its bytes are no longer those of its hash.
    """
    row, _, unit_id = _seen(tx, attachment_id)
    require(tx, Permission.VIEW_LOCATIONS, unit_id)
    return _SHELF.handed_out(tx, row, unit_id)


def remove(tx: Tx, attachment_id: AttachmentId, *, expected_version: int, reason: str) -> Attachment:
    """Destroy a file; its name, hash, who removed it and why stay.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `reason` `required` or `too_long`, `state`
    `decided` when it is removed already.
    """
    row, topic, _ = _seen(tx, attachment_id)
    unit_id = topics.changed(tx, topic)
    _SHELF.destroy(tx, row, unit_id, topic.columns, expected_version, reason)
    return _shown(tx, row, located=allowed(tx, Permission.VIEW_LOCATIONS, unit_id))


def room(tx: Tx, topic: Topic) -> int:
    """Return how many more files a visible topic takes; raises NotFound."""
    topics.seen(tx, topic)
    return max(0, MOST - len(_SHELF.standing(tx, topic.columns)))


def _seen(tx: Tx, attachment_id: AttachmentId) -> tuple[AttachmentRecord, Topic, UnitId]:
    row = _SHELF.row(tx, attachment_id)
    topic = Topic.of_row(row.entry_id, row.case_id)
    try:
        return row, topic, topics.seen(tx, topic)
    except NotFound:
        raise NotFound(_SHELF.table) from None


def _shown(tx: Tx, row: AttachmentRecord, *, located: bool) -> Attachment:
    return _SHELF.told(tx, row, personal=True, readable=located)
