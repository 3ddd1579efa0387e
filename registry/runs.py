"""Scan runs as the registry knows them: a run is visible once its row is, and its files only through it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, case, func, or_, select

from registry.access import require, require_somewhere, scope
from registry.errors import InvalidValue, NotFound
from registry.findings import FindingsStore, Kind, RunFile
from registry.journal import Action
from registry.model import Permission, Principal, Run, RunId, SourceId, UnitId
from registry.store import Registry, Tx
from registry.store.tables import OrgClosure, RunFileRecord, ScanRun, SourceRecord
from scanners.model import RunTotals

_ABANDONED_AFTER = timedelta(days=7)
whole = ScanRun.complete + ScanRun.by_policy == ScanRun.listed
"""That a run left nothing unexamined, as SQL: what `RunTotals.is_complete` says of one."""


def new_run_id(started_at: datetime) -> RunId:
    """Return a new id that sorts by time: "20261123T010203-5f3a9c1e"."""
    return RunId(f"{started_at:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}")


def record_run(
    tx: Tx,
    *,
    run_id: RunId,
    unit_id: UnitId,
    source_id: SourceId | None,
    started_at: datetime,
    finished_at: datetime,
    totals: RunTotals,
    rules_version: str,
    files: Sequence[RunFile],
    target: str = "",
    fingerprint_key: int = 1,
) -> Run:
    """Make a finished run and its files visible, with the journal record, in one transaction.

    `target` is what was scanned, kept as a keyed digest only: without a registered source, the next run
    of the same target in the same unit takes this one's place. `fingerprint_key` is the version of the key
    that its fingerprints were made with. Raises AccessDenied without RUN_SCANS, NotFound
    for a source of another unit, InvalidValue when the totals do not add up.
    """
    require(tx, Permission.RUN_SCANS, unit_id)
    if source_id is not None and not _has_source(tx, unit_id, source_id):
        raise NotFound("source")
    if totals.listed != totals.complete + totals.partial + totals.skipped + totals.failed:
        raise InvalidValue("totals", "do_not_add_up")
    counts = _counts(totals)
    tx.session.add(
        ScanRun(
            id=run_id,
            unit_id=unit_id,
            source_id=source_id,
            target=_digest(tx, target),
            started_at=started_at,
            finished_at=finished_at,
            rules_version=rules_version,
            fingerprint_key=fingerprint_key,
            **counts,
        )
    )
    tx.session.flush()
    tx.session.add_all(
        RunFileRecord(
            name=file.name,
            run_id=run_id,
            unit_id=unit_id,
            kind=file.kind,
            rows=file.rows,
            bytes=file.bytes,
            sha256=file.sha256,
            key_id=file.key_id,
        )
        for file in files
    )
    after = {"source_id": source_id, "files": {file.name: file.sha256 for file in files}, **counts}
    tx.record(Action.RUN_RECORDED, "scan_run", run_id, unit_id, None, after)
    return Run(run_id, unit_id, source_id, started_at, finished_at, totals, rules_version)


def record_start(
    tx: Tx, run_id: RunId, unit_id: UnitId, source_id: SourceId | None, *, resumed: bool = False
) -> None:
    """Record that a scan begins to read, or goes on: one that is interrupted has read something too.

    Raises AccessDenied without RUN_SCANS.
    """
    require(tx, Permission.RUN_SCANS, unit_id)
    action = Action.SCAN_RESUMED if resumed else Action.SCAN_STARTED
    tx.record(action, "scan_run", run_id, unit_id, None, {"source_id": source_id})


def was_recorded(registry: Registry, principal: Principal, run_id: str) -> bool:
    """Tell whether a run became visible before the scan that made it was killed."""
    with registry.read(principal) as tx:
        return tx.session.get(ScanRun, run_id) is not None


def latest_runs(tx: Tx) -> list[Run]:
    """Return the newest visible run of every source, and of every target scanned without one."""
    visible = latest().where(ScanRun.unit_id.in_(scope(tx, Permission.VIEW_SITUATION)))
    return [_run(row) for row in tx.session.scalars(visible)]


def latest() -> Select[ScanRun]:
    """Return the statement of the newest run per source or target, of all units: the caller limits it.

    Runs of a source that was removed from the list are no longer part of the estate.
    """
    place = func.row_number().over(
        # A source is one place whatever address it had; without one the target tells places apart.
        partition_by=(
            ScanRun.unit_id,
            ScanRun.source_id,
            case((ScanRun.source_id.is_(None), ScanRun.target), else_=""),
        ),
        order_by=(ScanRun.finished_at.desc(), ScanRun.id.desc()),
    )
    ranked = (
        select(ScanRun.id, place.label("place"))
        .outerjoin(SourceRecord, SourceRecord.id == ScanRun.source_id)
        .where(SourceRecord.removed_at.is_(None), ScanRun.expired_at.is_(None))
        .subquery()
    )
    newest = select(ranked.c.id).where(ranked.c.place == 1)
    return select(ScanRun).where(ScanRun.id.in_(newest)).order_by(ScanRun.unit_id, ScanRun.id)


def files_of(tx: Tx, run_ids: Sequence[str], kind: Kind) -> list[RunFile]:
    """Return the listed files of those of the runs that the person asking may see."""
    rows = tx.session.scalars(
        select(RunFileRecord).where(
            RunFileRecord.run_id.in_(run_ids),
            RunFileRecord.kind == kind,
            RunFileRecord.unit_id.in_(scope(tx, Permission.VIEW_SITUATION)),
        )
    )
    return [RunFile(row.name, kind, row.rows, row.bytes, row.sha256, row.key_id) for row in rows]


def remove_abandoned(tx: Tx, store: FindingsStore) -> int:
    """Delete files that a killed scan left a week ago or longer and that no row lists; return how many runs.

    The rows are those of all units: a file out of sight is no abandoned one. Raises AccessDenied for who
    may run scans nowhere.
    """
    require_somewhere(tx, Permission.RUN_SCANS)
    listed = tx.session.scalars(select(RunFileRecord.name)).all()
    return store.remove_abandoned(listed, before=tx.now - _ABANDONED_AFTER)


def _has_source(tx: Tx, unit_id: UnitId, source_id: SourceId) -> bool:
    """Tell whether a source is of the unit, or of one above or below it; the caller may scan the unit."""
    up = select(OrgClosure.ancestor).where(OrgClosure.descendant == unit_id)
    down = select(OrgClosure.descendant).where(OrgClosure.ancestor == unit_id)
    seen = SourceRecord.unit_id.in_(scope(tx, Permission.RUN_SCANS))
    line = or_(SourceRecord.unit_id.in_(up), SourceRecord.unit_id.in_(down))
    return (
        tx.session.scalar(select(SourceRecord.id).where(SourceRecord.id == source_id, seen, line)) is not None
    )


def totals_of(row: ScanRun) -> RunTotals:
    """Return the counts of one run."""
    return RunTotals(
        listed=row.listed,
        complete=row.complete,
        partial=row.partial,
        skipped=row.skipped,
        failed=row.failed,
        bytes=row.bytes,
        by_policy=row.by_policy,
        allowed=row.allowed,
        misleading=row.misleading,
        unchanged=row.unchanged,
        moved=row.moved,
        deleted=row.deleted,
    )


def sum_of(totals: Sequence[RunTotals]) -> RunTotals:
    """Return the totals of several runs together."""
    return RunTotals(
        listed=sum(each.listed for each in totals),
        complete=sum(each.complete for each in totals),
        partial=sum(each.partial for each in totals),
        skipped=sum(each.skipped for each in totals),
        failed=sum(each.failed for each in totals),
        bytes=sum(each.bytes for each in totals),
        by_policy=sum(each.by_policy for each in totals),
        allowed=sum(each.allowed for each in totals),
        misleading=sum(each.misleading for each in totals),
        unchanged=sum(each.unchanged for each in totals),
        moved=sum(each.moved for each in totals),
        deleted=sum(each.deleted for each in totals),
    )


def _counts(totals: RunTotals) -> dict[str, int]:
    return {
        "listed": totals.listed,
        "complete": totals.complete,
        "partial": totals.partial,
        "skipped": totals.skipped,
        "failed": totals.failed,
        "bytes": totals.bytes,
        "by_policy": totals.by_policy,
        "allowed": totals.allowed,
        "misleading": totals.misleading,
        "unchanged": totals.unchanged,
        "moved": totals.moved,
        "deleted": totals.deleted,
    }


def _run(row: ScanRun) -> Run:
    return Run(
        id=RunId(row.id),
        unit_id=UnitId(row.unit_id),
        source_id=None if row.source_id is None else SourceId(row.source_id),
        started_at=row.started_at,
        finished_at=row.finished_at,
        totals=totals_of(row),
        rules_version=row.rules_version,
    )


def _digest(tx: Tx, target: str) -> str:
    if not target:
        return ""
    return hmac.new(tx.vault.subkey("target"), target.encode(), hashlib.sha256).hexdigest()[:32]
