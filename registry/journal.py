"""The journal 操作記録: what was done, by whom and why, in a chain that shows every later change.

How records are signed: `registry.store.chain`. Records are written by `Tx.record` inside the transaction
whose change they tell of.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from registry.access import SYSTEM_NAME, SYSTEM_USER, scope
from registry.errors import VaultError
from registry.journal_actions import Action
from registry.journal_check import Break, Verdict, verify
from registry.journal_rights import opened_to
from registry.model import Permission, UnitId, UserId
from registry.store import Tx
from registry.store.month_keys import is_month_sealed, month_keys, month_of, open_sealed, record_key
from registry.store.tables import JournalRecord, OrgClosure
from registry.vault import Vault

__all__ = [
    "Action",
    "Break",
    "JournalFilter",
    "JournalLine",
    "Verdict",
    "actors",
    "lines",
    "pseudonym",
    "told",
    "verify",
]


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
    shredded: bool = False  # its key is gone: `actor` is a pseudonym, and what changed is unreadable
    closed: bool = False  # who may not read the object gets neither `before` nor `after`


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """Which records are wanted: what is None does not narrow."""

    since: datetime | None = None
    before: datetime | None = None  # this moment not included
    actor_id: UserId | None = None
    action: Action | None = None
    unit_id: UnitId | None = None  # with all units below it


def lines(
    tx: Tx, *, limit: int = 100, below: int | None = None, wanted: JournalFilter | None = None
) -> list[JournalLine]:
    """Return the newest records of the visible units, newest first; `below` continues after a seq.

    What changed is told of objects that the person asking may read (`registry.journal_rights`).
    """
    query = (
        select(JournalRecord)
        .where(JournalRecord.unit_id.in_(scope(tx, Permission.VIEW_JOURNAL)), *_conditions(wanted))
        .order_by(JournalRecord.seq.desc())
        .limit(limit)
    )
    if below is not None:
        query = query.where(JournalRecord.seq < below)
    keys = month_keys(tx.session, tx.vault)
    records = tx.session.scalars(query).all()
    open_ = opened_to(tx, records)
    return [_line(tx.vault, record, keys, closed=record.seq not in open_) for record in records]


def actors(tx: Tx) -> dict[UserId, str]:
    """Return who did what the visible units' records tell of, by the name in their newest record."""
    newest = (
        select(func.max(JournalRecord.seq))
        .where(JournalRecord.unit_id.in_(scope(tx, Permission.VIEW_JOURNAL)))
        .group_by(JournalRecord.actor_id)
    )
    keys = month_keys(tx.session, tx.vault)
    found = tx.session.scalars(select(JournalRecord).where(JournalRecord.seq.in_(newest)))
    return {UserId(record.actor_id): _line(tx.vault, record, keys).actor for record in found}


def _conditions(wanted: JournalFilter | None) -> list[ColumnElement[bool]]:
    if wanted is None:
        return []
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(JournalRecord.at >= wanted.since)
    if wanted.before is not None:
        found.append(JournalRecord.at < wanted.before)
    if wanted.actor_id is not None:
        found.append(JournalRecord.actor_id == wanted.actor_id)
    if wanted.action is not None:
        found.append(JournalRecord.action == wanted.action.value)
    if wanted.unit_id is not None:
        inside = select(OrgClosure.descendant).where(OrgClosure.ancestor == wanted.unit_id)
        found.append(JournalRecord.unit_id.in_(inside))
    return found


def newest_of(tx: Tx, table: str, row_id: object) -> JournalLine:
    """Return the newest record of a row; the caller has checked that it may be seen.

    Of a row that has none of its own, one by nobody: `actor` "", `at` now.
    """
    record = tx.session.scalars(
        select(JournalRecord)
        .where(JournalRecord.table_name == table, JournalRecord.row_id == str(row_id))
        .order_by(JournalRecord.seq.desc())
        .limit(1)
    ).one_or_none()
    if record is None:
        nobody = UserId(SYSTEM_USER)
        return JournalLine(0, tx.now, nobody, "", "", table, str(row_id), None, None, None, "")
    return _line(tx.vault, record, month_keys(tx.session, tx.vault))


def told(tx: Tx, records: Sequence[JournalRecord]) -> list[JournalLine]:
    """Return picked records in the clear; the caller has checked that what they tell may be heard.

    For rooms to which a few records belong, whoever may read the journal: which officer's role was revoked.
    """
    keys = month_keys(tx.session, tx.vault)
    return [_line(tx.vault, record, keys) for record in records]


def pseudonym(vault: Vault, user_id: int) -> str:
    """Return what stands for a person after retention: the same for all their records, and no name.

    Keyed, so that who holds a list of accounts but not the vault cannot tell whose it is.
    """
    if user_id == SYSTEM_USER:
        return SYSTEM_NAME
    digest = hmac.digest(vault.subkey("pseudonym"), str(user_id).encode("ascii"), "sha256")
    return f"P-{digest.hex()[:10]}"


def _line(
    vault: Vault, record: JournalRecord, keys: Mapping[str, bytes | None], *, closed: bool = False
) -> JournalLine:
    month_key = keys.get(month_of(record.at))
    own_key = None if month_key is None else record_key(month_key, record.id)
    if own_key is not None and not _fits(own_key, record):
        own_key = None  # the schema went back and forth meanwhile, and the month's key of then was lost

    def opened(sealed: bytes | None, column: str) -> str | None:
        if sealed is None or (closed and column in ("before_sealed", "after_sealed")):
            return None
        if not is_month_sealed(sealed):
            return vault.open(sealed, table="journal_record", row=record.id, column=column)
        return None if own_key is None else open_sealed(own_key, record.id, column, sealed)

    name = opened(record.actor_name_sealed, "actor_name_sealed")
    before = opened(record.before_sealed, "before_sealed")
    after = opened(record.after_sealed, "after_sealed")
    return JournalLine(
        seq=record.seq,
        at=record.at,
        actor_id=UserId(record.actor_id),
        actor=pseudonym(vault, record.actor_id) if name is None else name,
        action=record.action,
        table=record.table_name,
        row_id=record.row_id,
        unit_id=None if record.unit_id is None else UnitId(record.unit_id),
        before=None if before is None else json.loads(before),
        after=None if after is None else json.loads(after),
        reason=opened(record.reason_sealed, "reason_sealed") or "",
        shredded=name is None,
        closed=closed,
    )


def _fits(own_key: bytes, record: JournalRecord) -> bool:
    if not is_month_sealed(record.actor_name_sealed):
        return True
    try:
        open_sealed(own_key, record.id, "actor_name_sealed", record.actor_name_sealed)
    except VaultError:
        return False
    return True
