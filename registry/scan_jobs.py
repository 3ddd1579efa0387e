"""Scans of registered sources: asked for, at work on one machine only, stopped, over.

A scan holds its source for a lease that it renews while it works. Who dies while holding it leaves a lease
that runs out; the next scan of the source then takes over and goes on where the other one was.
"""

from __future__ import annotations

import enum
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType

from sqlalchemy import Select, func, select

from registry import scan_permission, sources
from registry.access import require, scope
from registry.errors import InvalidValue, NotFound
from registry.journal import Action
from registry.model import Permission, Principal, SourceId, UnitId
from registry.scan_failures import Failure
from registry.schedules import JAPAN, window
from registry.store import Registry, Tx
from registry.store.base import new_uid
from registry.store.scan_tables import ScanJobRecord
from registry.store.tables import SourceRecord

JobId = NewType("JobId", int)
LEASE = timedelta(minutes=2)
PATIENCE = timedelta(minutes=5)
"""How long a scan may wait while nobody takes any before people are told that nothing runs them."""


class JobState(enum.StrEnum):
    """Where a scan stands; the ids are public API."""

    QUEUED = "queued"  # 待機中: asked for, nobody at it yet
    RUNNING = "running"  # 走査中
    STOPPING = "stopping"  # 停止中: asked to stop, not over yet
    ENDED = "ended"  # 完了, or stopped: see `Job.outcome`
    FAILED = "failed"  # 失敗


_LIVE = (JobState.QUEUED, JobState.RUNNING, JobState.STOPPING)
_AT_WORK = (JobState.RUNNING, JobState.STOPPING)
STOPPED = "stopped"
"""The outcome of a scan that was asked to stop; the next one goes on from there."""
LOST = "lost"
"""The outcome of a scan whose machine died."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scan is: entries listed, objects done and failed, bytes of them, findings."""

    listed: int = 0
    done: int = 0
    failed: int = 0
    bytes: int = 0
    findings: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """The newest scan of a source as a page shows it; without a heartbeat in time it is told as failed."""

    id: JobId
    source_id: SourceId
    unit_id: UnitId
    state: JobState
    who: str
    host: str
    asked_at: datetime
    started_at: datetime | None
    seen_at: datetime | None
    ended_at: datetime | None
    outcome: str
    progress: Progress
    why: Failure | None = None  # of a failure

    @property
    def listed(self) -> int:
        """Return how many entries were listed so far."""
        return self.progress.listed

    @property
    def done(self) -> int:
        """Return how many objects are done."""
        return self.progress.done

    @property
    def failed(self) -> int:
        """Return how many objects failed."""
        return self.progress.failed

    @property
    def bytes(self) -> int:
        """Return how many bytes the objects that are done have."""
        return self.progress.bytes

    @property
    def rate(self) -> float:
        """Return how many objects a second were done; 0 before the first second."""
        last = self.ended_at or self.seen_at
        if self.started_at is None or last is None:
            return 0.0
        seconds = (last - self.started_at).total_seconds()
        return self.progress.done / seconds if seconds >= 1 else 0.0

    @property
    def byte_rate(self) -> float:
        """Return how many bytes a second were done; 0 before the first second."""
        return self.rate * self.progress.bytes / self.progress.done if self.progress.done else 0.0


@dataclass(frozen=True, slots=True)
class Held:
    """The right to scan one source, to be renewed by `beat` within the lease."""

    id: JobId
    source_id: SourceId
    holder: str


@dataclass(frozen=True, slots=True)
class Busy:
    """Why a source is not scanned now: somebody is at it."""

    who: str
    host: str
    since: datetime
    until: datetime  # when its lease runs out, unless it is renewed


def request(tx: Tx, source_id: SourceId) -> JobId:
    """Ask for a scan of a source; one that is asked for or at work already is that scan.

    Raises NotFound, AccessDenied without RUN_SCANS in the source's unit, ScanRefusedError for what may not be
    scanned, InvalidValue (`url`, `collected`) for what only a collector at its site scans.
    """
    unit_id = _unit_of(tx, source_id)
    source = sources.source(tx, source_id)
    scan_permission.require_scannable(tx, unit_id, source.url, source=source)
    if sources.is_collected(source.url):
        raise InvalidValue("url", "collected")
    newest = _newest(tx, source_id)
    if newest is not None and _is_live(newest, tx.now):
        return JobId(newest.id)
    row = _made(tx, source_id, unit_id)
    tx.session.flush()
    tx.record(Action.SCAN_REQUESTED, "scan_job", row.id, unit_id, None, {"source_id": source_id})
    return JobId(row.id)


def ask_to_stop(tx: Tx, job_id: JobId) -> None:
    """Have a scan stopped at once; one that nobody is at yet is over with it.

    Raises NotFound, AccessDenied without RUN_SCANS in the source's unit.
    """
    row = tx.session.scalar(
        select(ScanJobRecord).where(
            ScanJobRecord.id == job_id, ScanJobRecord.unit_id.in_(scope(tx, Permission.VIEW_LOCATIONS))
        )
    )
    if row is None:
        raise NotFound("scan_job")
    require(tx, Permission.RUN_SCANS, UnitId(row.unit_id))
    before = row.state
    if row.state == JobState.QUEUED or (row.state in _AT_WORK and not _is_live(row, tx.now)):
        row.state, row.outcome, row.ended_at = JobState.ENDED.value, STOPPED, tx.now
    elif row.state == JobState.RUNNING:
        row.state = JobState.STOPPING.value
    if row.state != before:
        change = {"source_id": row.source_id, "state": row.state}
        tx.record(Action.SCAN_STOP_ASKED, "scan_job", row.id, UnitId(row.unit_id), {"state": before}, change)


def of_sources(tx: Tx) -> Mapping[SourceId, Job]:
    """Return the newest scan of each visible source that was ever asked for one."""
    newest = select(func.max(ScanJobRecord.id)).group_by(ScanJobRecord.source_id)
    rows = tx.session.scalars(
        select(ScanJobRecord).where(
            ScanJobRecord.id.in_(newest),
            ScanJobRecord.unit_id.in_(scope(tx, Permission.VIEW_LOCATIONS)),
        )
    )
    return {SourceId(row.source_id): _job(tx, row) for row in rows}


def waiting(tx: Tx) -> list[Job]:
    """Return the scans of visible sources that nobody is at yet, the one asked for first at the start."""
    rows = tx.session.scalars(
        select(ScanJobRecord)
        .where(
            ScanJobRecord.state == JobState.QUEUED.value,
            ScanJobRecord.unit_id.in_(scope(tx, Permission.VIEW_LOCATIONS)),
        )
        .order_by(ScanJobRecord.id)
    )
    return [_job(tx, row) for row in rows]


def is_left_waiting(tx: Tx, job_id: JobId) -> bool:
    """Tell whether a scan waits although it may begin, because no machine took any scan for a while.

    Who asks need not see the scans that keep the machines busy. Raises NotFound.
    """
    row = tx.session.scalar(
        select(ScanJobRecord).where(
            ScanJobRecord.id == job_id, ScanJobRecord.unit_id.in_(scope(tx, Permission.VIEW_LOCATIONS))
        )
    )
    if row is None:
        raise NotFound("scan_job")
    since = tx.now - PATIENCE
    if row.state != JobState.QUEUED or row.asked_at > since:
        return False
    source = tx.session.get_one(SourceRecord, row.source_id)
    if source.paused or source.removed_at is not None:
        return False
    hours = window(source.window)
    if hours and not all(hours.holds(each.astimezone(JAPAN).time()) for each in (since, tx.now)):
        return False
    at_work = ScanJobRecord.state.in_(_AT_WORK) & (ScanJobRecord.lease_until > tx.now)
    taken = select(ScanJobRecord.id).where((ScanJobRecord.started_at > since) | at_work).limit(1)
    return tx.session.scalar(taken) is None


def claim(
    registry: Registry,
    principal: Principal,
    source_id: SourceId,
    *,
    lease: timedelta = LEASE,
    only_if: Callable[[Tx, ScanJobRecord | None], None] = lambda _tx, _newest: None,
) -> Held | Busy:
    """Take a source for one scan, safe when many ask at once: writers queue on both databases.

    Raises NotFound, AccessDenied without RUN_SCANS in the source's unit, and what `only_if` raises, which is
    asked within the same transaction and given the newest scan of the source.
    """
    with registry.write(principal, reason="scan") as tx:
        unit_id = _unit_of(tx, source_id)
        row = _newest(tx, source_id)
        only_if(tx, row)
        if row is not None and row.state in _AT_WORK:
            if is_at_work(row, tx.now):
                since, until = row.started_at or row.asked_at, row.lease_until or tx.now
                return Busy(_who(tx, row), row.host, since, until)
            row.state, row.outcome, row.ended_at = JobState.FAILED.value, LOST, tx.now
        if row is None or row.state != JobState.QUEUED:
            row = _made(tx, source_id, unit_id)
        row.state, row.host = JobState.RUNNING.value, socket.gethostname()
        row.holder = f"{os.getpid()}-{secrets.token_hex(16)}"
        row.started_at = row.seen_at = tx.now
        row.lease_until = tx.now + lease
        tx.session.flush()
        return Held(JobId(row.id), source_id, row.holder)


def beat(
    registry: Registry, principal: Principal, held: Held, progress: Progress, *, lease: timedelta = LEASE
) -> bool:
    """Renew the lease and tell how far the scan is; False when it has to stop, or lost its source."""
    with registry.write(principal) as tx:
        row = _held(tx, held)
        if row is None:
            return False
        _tell(row, progress)
        row.seen_at, row.lease_until = tx.now, tx.now + lease
        return row.state == JobState.RUNNING


def may_go_on(registry: Registry, principal: Principal, held: Held) -> bool:
    """Tell whether a scan still holds its source and nobody asked it to stop; writes nothing."""
    with registry.read(principal) as tx:
        row = _held(tx, held)
        return row is not None and row.state == JobState.RUNNING


def finish(
    registry: Registry,
    principal: Principal,
    held: Held,
    progress: Progress,
    *,
    outcome: str,
    failed: bool = False,
    run_id: str = "",
    why: Failure | None = None,
) -> bool:
    """End a scan with what came of it, a code, and why; False when somebody else took its source over."""
    with registry.write(principal, reason="scan") as tx:
        row = _held(tx, held)
        if row is None:
            return False
        _tell(row, progress)
        row.state = (JobState.FAILED if failed else JobState.ENDED).value
        row.outcome, row.run_id = outcome, run_id
        if why is not None:
            row.why_sealed = tx.vault.seal(why.packed(), table="scan_job", row=row.uid, column="why_sealed")
        row.ended_at = row.seen_at = row.lease_until = tx.now
        if not run_id:  # the record of a run tells of the others
            ended = {"source_id": row.source_id, "outcome": outcome, "done": row.done}
            tx.record(Action.SCAN_BROKEN_OFF, "scan_job", row.id, UnitId(row.unit_id), None, ended)
        return True


def _tell(row: ScanJobRecord, progress: Progress) -> None:
    row.listed, row.done, row.failed = progress.listed, progress.done, progress.failed
    row.bytes, row.findings = progress.bytes, progress.findings


def _held(tx: Tx, held: Held) -> ScanJobRecord | None:
    return tx.session.scalar(
        select(ScanJobRecord).where(
            ScanJobRecord.id == held.id,
            ScanJobRecord.holder == held.holder,
            ScanJobRecord.state.in_([state.value for state in _AT_WORK]),
        )
    )


def _unit_of(tx: Tx, source_id: SourceId) -> UnitId:
    row = tx.session.scalar(
        select(SourceRecord).where(
            SourceRecord.id == source_id,
            SourceRecord.removed_at.is_(None),
            SourceRecord.unit_id.in_(scope(tx, Permission.VIEW_LOCATIONS)),
        )
    )
    if row is None:
        raise NotFound("source")
    require(tx, Permission.RUN_SCANS, UnitId(row.unit_id))
    return UnitId(row.unit_id)


def _newest(tx: Tx, source_id: SourceId) -> ScanJobRecord | None:
    newest: Select[ScanJobRecord] = (
        select(ScanJobRecord)
        .where(ScanJobRecord.source_id == source_id)
        .order_by(ScanJobRecord.id.desc())
        .limit(1)
    )
    return tx.session.scalar(newest)


def _is_live(row: ScanJobRecord, now: datetime) -> bool:
    if row.state == JobState.QUEUED:
        return True
    return row.state in _LIVE and row.lease_until is not None and now < row.lease_until


def is_at_work(row: ScanJobRecord, now: datetime) -> bool:
    """Tell whether somebody is at a scan: its lease holds, and its process was not killed on this machine."""
    return row.state in _AT_WORK and _is_live(row, now) and not _died_here(row)


def _died_here(row: ScanJobRecord) -> bool:
    """Tell whether a scan of this machine was killed: nobody has to wait for its lease."""
    process = row.holder.partition("-")[0]
    if row.host != socket.gethostname() or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _made(tx: Tx, source_id: SourceId, unit_id: UnitId) -> ScanJobRecord:
    uid = new_uid()
    sealed = tx.vault.seal(tx.principal.name, table="scan_job", row=uid, column="who_sealed")
    row = ScanJobRecord(
        uid=uid,
        unit_id=unit_id,
        source_id=source_id,
        state=JobState.QUEUED.value,
        who_sealed=sealed,
        asked_at=tx.now,
    )
    tx.session.add(row)
    return row


def _who(tx: Tx, row: ScanJobRecord) -> str:
    return tx.vault.open(row.who_sealed, table="scan_job", row=row.uid, column="who_sealed")


def _why(tx: Tx, row: ScanJobRecord) -> Failure | None:
    if row.why_sealed is None:
        return None
    kept = tx.vault.open(row.why_sealed, table="scan_job", row=row.uid, column="why_sealed")
    return Failure.unpacked(kept)


def _job(tx: Tx, row: ScanJobRecord) -> Job:
    state = JobState(row.state)
    if state in _AT_WORK and not _is_live(row, tx.now):
        state = JobState.FAILED  # its machine is gone: the next scan takes over
    return Job(
        id=JobId(row.id),
        source_id=SourceId(row.source_id),
        unit_id=UnitId(row.unit_id),
        state=state,
        who=_who(tx, row),
        host=row.host,
        asked_at=row.asked_at,
        started_at=row.started_at,
        seen_at=row.seen_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
        progress=Progress(row.listed, row.done, row.failed, row.bytes, row.findings),
        why=_why(tx, row),
    )
