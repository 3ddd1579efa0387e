"""Comments コメント on ledger entries and differences: added, never edited, removed only with a reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NewType

from sqlalchemy import select

from registry import topics
from registry.access import allowed
from registry.errors import NotFound
from registry.journal import Action
from registry.model import Permission, UserId
from registry.sealing import Row, checked
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.note_tables import CommentRecord
from registry.topics import Topic

CommentId = NewType("CommentId", int)
LENGTH = 2_000
_TABLE = CommentRecord.__tablename__


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment; `text` is empty for who may not read it, and when it was removed."""

    id: CommentId
    at: datetime
    author_id: UserId
    author: str
    text: str = field(repr=False)
    removed_at: datetime | None
    remover: str
    removal: str = field(repr=False)  # why; empty for who may not read it
    version: int


def add(tx: Tx, topic: Topic, text: str) -> Comment:
    """Add a comment. NotFound, AccessDenied, InvalidValue: `text` `required` or `too_long`."""
    unit_id = topics.changed(tx, topic)
    said = checked({"text": text}, "text", longest=LENGTH)
    uid = new_uid()
    row = CommentRecord(
        uid=uid,
        unit_id=unit_id,
        author_id=tx.principal.user_id,
        at=tx.now,
        **topic.columns,
        **Row(tx, _TABLE, uid).sealed(said | {"author": tx.principal.name}),
    )
    tx.session.add(row)
    tx.session.flush()
    # The words themselves stand in the row alone, so that they can be taken away.
    tx.record(Action.COMMENT_ADDED, _TABLE, row.id, unit_id, None, topic.columns | {"text": "●"})
    return _shown(tx, row, located=True)


def comments(tx: Tx, topic: Topic) -> list[Comment]:
    """Return the comments on a visible topic, oldest first; raises NotFound.

    Who may not see locations reads no words of others: they may name places.
    """
    located = allowed(tx, Permission.VIEW_LOCATIONS, topics.seen(tx, topic))
    query = select(CommentRecord).filter_by(**topic.columns).order_by(CommentRecord.id)
    return [_shown(tx, row, located=located) for row in tx.session.scalars(query)]


def remove(tx: Tx, comment_id: CommentId, *, expected_version: int, reason: str) -> Comment:
    """Take the words of a comment away for good; who wrote it when, who removed it and why stay.

    Raises NotFound, AccessDenied, Conflict, InvalidValue: `reason` `required` or `too_long`, `state`
    `decided` when it is removed already.
    """
    row = tx.session.get(CommentRecord, comment_id)
    if row is None:
        raise NotFound(_TABLE)
    topic = Topic.of_row(row.entry_id, row.case_id)
    try:
        unit_id = topics.changed(tx, topic)
    except NotFound:
        raise NotFound(_TABLE) from None
    why = topics.take_out(tx, row, expected_version, reason)
    row.text_sealed = None
    tx.session.flush()
    tx.record(Action.COMMENT_REMOVED, _TABLE, row.id, unit_id, None, topic.columns | {"reason": why})
    return _shown(tx, row, located=True)


def _shown(tx: Tx, row: CommentRecord, *, located: bool) -> Comment:
    sealed = Row(tx, _TABLE, row.uid)
    reads = located or row.author_id == tx.principal.user_id
    return Comment(
        id=CommentId(row.id),
        at=row.at,
        author_id=UserId(row.author_id),
        author=sealed.opened("author", row.author_sealed),
        text=sealed.opened("text", row.text_sealed) if reads else "",
        removed_at=row.removed_at,
        remover=sealed.opened("remover", row.remover_sealed),
        removal=sealed.opened("removal", row.removal_sealed) if reads else "",
        version=row.version,
    )
