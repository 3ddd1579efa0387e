"""The journal 操作記録: what was done, by whom and why, in a chain that shows every later change.

How records are signed: `registry.store.chain`. Records are written by `Tx.record` inside the transaction
whose change they tell of.
"""

from __future__ import annotations

import enum
import hmac
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.access import bootstrap_principal, scope
from registry.model import Permission, UnitId, UserId
from registry.store import Registry, Tx
from registry.store.chain import GENESIS, link
from registry.store.tables import JournalRecord


class Action(enum.StrEnum):
    """What a record tells of; the ids are public API."""

    UNIT_CREATED = "unit_created"
    ACCOUNT_CREATED = "account_created"
    ROLE_GRANTED = "role_granted"
    ROLE_REVOKED = "role_revoked"
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    SOURCE_ADDED = "source_added"
    SOURCE_REMOVED = "source_removed"
    ENTRY_CREATED = "entry_created"
    ENTRY_UPDATED = "entry_updated"
    RUN_RECORDED = "run_recorded"
    FEEDBACK_PROPOSED = "feedback_proposed"
    FEEDBACK_APPROVED = "feedback_approved"
    FEEDBACK_REJECTED = "feedback_rejected"
    REALITY_ASSESSED = "reality_assessed"
    UNIT_CHANGED = "unit_changed"
    AFFILIATED = "affiliated"
    AFFILIATION_ENDED = "affiliation_ended"
    DISCLOSURE_RECORDED = "disclosure_recorded"
    DISCLOSURE_APPROVED = "disclosure_approved"
    DISCLOSURE_ENDED = "disclosure_ended"


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One record in the clear, for who may view the journal."""

    seq: int
    at: datetime
    actor_id: UserId
    actor: str
    action: str
    table: str
    row_id: str
    unit_id: UnitId | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    reason: str


class Break(enum.StrEnum):
    """What is wrong at the first record that does not verify."""

    CHANGED = "changed"  # its content, its hash or its link is not what was written
    MISSING = "missing"  # no record of this number, though later ones exist
    SWAPPED = "swapped"  # a genuine record of another place in the chain


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the chain holds: `count` records were good up to `broken_seq`, or all of them.

    `head` is the hash of the last good record in hex: kept outside this machine, it also shows a journal
    that was cut off or rewritten as a whole, which the chain alone cannot.
    """

    count: int
    head: str
    broken_seq: int | None = None
    what: Break | None = None

    @property
    def ok(self) -> bool:
        """True when every record is the one that was written, in its place."""
        return self.what is None


def lines(tx: Tx, *, limit: int = 100, below: int | None = None) -> list[JournalLine]:
    """Return the newest records of the visible units, newest first; `below` continues after a seq."""
    query = (
        select(JournalRecord)
        .where(JournalRecord.unit_id.in_(scope(tx, Permission.VIEW_JOURNAL)))
        .order_by(JournalRecord.seq.desc())
        .limit(limit)
    )
    if below is not None:
        query = query.where(JournalRecord.seq < below)
    return [_line(tx, record) for record in tx.session.scalars(query)]


def _line(tx: Tx, record: JournalRecord) -> JournalLine:
    def opened(sealed: bytes, column: str) -> str:
        return tx.vault.open(sealed, table="journal_record", row=record.id, column=column)

    before, after = record.before_sealed, record.after_sealed
    return JournalLine(
        seq=record.seq,
        at=record.at,
        actor_id=UserId(record.actor_id),
        actor=opened(record.actor_name_sealed, "actor_name_sealed"),
        action=record.action,
        table=record.table_name,
        row_id=record.row_id,
        unit_id=None if record.unit_id is None else UnitId(record.unit_id),
        before=None if before is None else json.loads(opened(before, "before_sealed")),
        after=None if after is None else json.loads(opened(after, "after_sealed")),
        reason=opened(record.reason_sealed, "reason_sealed"),
    )


def verify(registry: Registry) -> Verdict:
    """Check the whole chain from its first record; memory stays constant.

    (1) records are numbered 1, 2, 3 … without a gap; (2) each names the hash of the one before;
    (3) each hash is the HMAC of that link and the record's canonical bytes.
    """
    key = registry.vault.subkey("journal")
    count, head = 0, GENESIS
    with registry.read(bootstrap_principal()) as tx:
        query = select(JournalRecord).order_by(JournalRecord.seq).execution_options(yield_per=1000)
        with closing(tx.session.scalars(query)) as records:
            for record in records:
                if record.seq != count + 1:
                    return Verdict(count, head.hex(), count + 1, Break.MISSING)
                if record.prev_hash != head or not hmac.compare_digest(link(key, head, record), record.hash):
                    return Verdict(count, head.hex(), record.seq, _diagnose(tx.session, key, record))
                count, head = record.seq, record.hash
    return Verdict(count, head.hex())


def _diagnose(session: Session, key: bytes, record: JournalRecord) -> Break:
    """Find out whether a record that does not fit is a genuine one of another place."""
    here = record.seq
    session.expunge(record)
    last = session.scalar(select(func.max(JournalRecord.seq))) or here
    for seq in range(1, last + 1):
        record.seq = seq
        if seq != here and link(key, record.prev_hash, record) == record.hash:
            return Break.SWAPPED
    return Break.CHANGED
