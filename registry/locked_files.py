"""Locked files パスワード付きファイル: what no listed password opened, and what was decided about each.

Nobody knows what a locked file holds, so each stays in the queue until a scan finds it open or gone, or
somebody excepts it with a reason. An archive stands for everything locked within it. What was promised, a
password or a deletion, is open again when a later scan still finds the file locked.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NewType

from sqlalchemy import select

from registry import inventory
from registry.access import require
from registry.errors import Conflict, InvalidValue
from registry.findings import FindingsStore
from registry.inventory import ObjectFilter
from registry.journal import Action
from registry.model import ObjectId, ObjectRow, Permission, UnitId
from registry.store import Tx
from registry.store.base import new_uid
from registry.store.locked_tables import LockedDecisionRecord
from registry.store.tables import ScanRun
from scanners.model import Outcome, Reason

LockedDecisionId = NewType("LockedDecisionId", int)
LONGEST_REASON = 500
_AT_ONCE = 5_000  # rows of one query


class LockedChoice(enum.StrEnum):
    """What is to become of a locked file."""

    PASSWORD = "password"  # noqa: S105  its password was added to the list: scan again
    EXCEPTED = "excepted"  # stays as it is, with a reason
    DELETED = "deleted"  # deleted at its source


@dataclass(frozen=True, slots=True)
class LockedDecision:
    """The newest decision about one locked file."""

    id: LockedDecisionId
    choice: LockedChoice
    reason: str
    decider: str
    decided_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class LockedFile:
    """One locked file of a latest run."""

    row: ObjectRow
    found_at: datetime | None  # when the run that found it locked ended
    scanned_from: datetime | None  # and when it began: it may have come by at any moment between
    decision: LockedDecision | None

    @property
    def is_still_locked(self) -> bool:
        """True when it was said to be opened or deleted, and a later scan found it locked all the same."""
        decision = self.decision
        return (
            decision is not None
            and decision.choice is not LockedChoice.EXCEPTED
            and self.scanned_from is not None
            and self.scanned_from > decision.decided_at
        )

    @property
    def is_open(self) -> bool:
        """True when somebody has to decide about it."""
        return self.decision is None or self.is_still_locked


@dataclass(frozen=True, slots=True)
class LockedFiles:
    """The whole queue: what is open first, then by place."""

    files: tuple[LockedFile, ...]

    @property
    def total(self) -> int:
        """Return how many there are."""
        return len(self.files)

    @property
    def open(self) -> int:
        """Return how many of them somebody has to decide about."""
        return sum(each.is_open for each in self.files)


def locked(tx: Tx, store: FindingsStore, *, unit_id: UnitId | None = None) -> LockedFiles:
    """Return the visible locked files of the latest runs, of a unit and all below it or of all.

    Who may not see locations gets rows without names, places and owners.
    """
    wanted = ObjectFilter(unit_id=unit_id, everything=True, locked=True)
    rows: list[ObjectRow] = []
    while (page := inventory.objects(tx, store, wanted, offset=len(rows), limit=_AT_ONCE)).rows:
        rows.extend(page.rows)
        if len(rows) >= page.total:
            break
    runs = select(ScanRun.id, ScanRun.started_at, ScanRun.finished_at).where(
        ScanRun.id.in_({row.run_id for row in rows})
    )
    found = {run.id: (run.finished_at, run.started_at) for run in tx.session.execute(runs)}
    units = {row.unit_id for row in rows}
    records = tx.session.scalars(
        select(LockedDecisionRecord).where(LockedDecisionRecord.unit_id.in_(units))
    ).all()
    decided = {(record.unit_id, record.object_id): record for record in records}
    files = []
    for row in rows:
        record = decided.get((row.unit_id, row.id))
        decision = None if record is None else _decision(tx, record)
        if decision is not None and not row.shown:  # its words may name a place
            decision = replace(decision, reason="")
        files.append(LockedFile(row, *found.get(row.run_id, (None, None)), decision))
    files.sort(key=lambda each: (not each.is_open, each.row.unit_id, each.row.shown, each.row.id))
    return LockedFiles(tuple(files))


def decide(
    tx: Tx,
    store: FindingsStore,
    object_id: ObjectId,
    choice: LockedChoice,
    *,
    reason: str = "",
    expected_version: int = 0,
) -> LockedDecision:
    """Say what becomes of a locked file; `expected_version` is that of the decision seen, 0 without one.

    Raises NotFound for an object out of sight, AccessDenied without HANDLE_CASES in its unit, Conflict,
    InvalidValue: `object_id` `not_locked`, `reason` `required` (for an exception) or `too_long`.
    """
    row = inventory.object_row(tx, store, object_id)
    require(tx, Permission.HANDLE_CASES, row.unit_id)
    if row.reason is not Reason.ENCRYPTED or row.outcome is Outcome.COMPLETE:
        raise InvalidValue("object_id", "not_locked")
    reason = reason.strip()
    if choice is LockedChoice.EXCEPTED and not reason:
        raise InvalidValue("reason", "required")
    if len(reason) > LONGEST_REASON:
        raise InvalidValue("reason", "too_long")
    mine = select(LockedDecisionRecord).where(
        LockedDecisionRecord.unit_id == row.unit_id, LockedDecisionRecord.object_id == object_id
    )
    record = tx.session.scalar(mine.with_for_update())
    if (record.version if record else 0) != expected_version:
        who = _opened(tx, record, "decider_sealed") if record else ""
        when = record.decided_at if record else tx.now
        raise Conflict(who, when, ("choice",), version=record.version if record else 0)
    before = None if record is None else _journalled(record, _decision(tx, record))
    if record is None:
        record = LockedDecisionRecord(uid=new_uid(), unit_id=row.unit_id, object_id=object_id)
        tx.session.add(record)
    with tx.session.no_autoflush:
        record.choice = LockedChoice(choice).value
        record.reason_sealed = _seal(tx, record.uid, "reason_sealed", reason)
        record.decider_id = tx.principal.user_id
        record.decider_sealed = _seal(tx, record.uid, "decider_sealed", tx.principal.name)
        record.decided_at = tx.now
    tx.session.flush()
    made = _decision(tx, record)
    tx.record(
        Action.LOCKED_DECIDED, "locked_decision", record.id, row.unit_id, before, _journalled(record, made)
    )
    return made


def _decision(tx: Tx, record: LockedDecisionRecord) -> LockedDecision:
    return LockedDecision(
        LockedDecisionId(record.id),
        LockedChoice(record.choice),
        _opened(tx, record, "reason_sealed"),
        _opened(tx, record, "decider_sealed"),
        record.decided_at,
        record.version,
    )


def _journalled(record: LockedDecisionRecord, decision: LockedDecision) -> dict[str, object]:
    return {"object_id": record.object_id, "choice": decision.choice.value, "reason": decision.reason}


def _seal(tx: Tx, uid: str, column: str, plain: str) -> bytes:
    return tx.vault.seal(plain, table="locked_decision", row=uid, column=column)


def _opened(tx: Tx, record: LockedDecisionRecord, column: str) -> str:
    sealed = getattr(record, column)
    return tx.vault.open(sealed, table="locked_decision", row=record.uid, column=column)
