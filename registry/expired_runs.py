"""The end of findings 検出結果の保存期間: what earlier runs found is removed; that they ran stays.

Findings are about persons although they are masked, so they are kept no longer than somebody needs them
(APPI Art. 22). What is removed are the files of a run: objects, findings, lookup. The newest run of every
place stays whatever its age, and so do runs that a request of a person points at, and all runs of units and
sources of which an entry is under legal hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, delete, event, func, or_, select

from registry.access import scope
from registry.errors import InvalidValue
from registry.findings import FindingsStore
from registry.holds import held_sources, held_units
from registry.journal import Action
from registry.model import Permission, UnitId
from registry.store import Tx
from registry.store.rights_tables import RequestPlace
from registry.store.tables import RunFileRecord, ScanRun, SourceRecord

DEFAULT_DAYS = 1_095
"""Three years: the term of a mark, two years, and the year of its renewal."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Expired:
    """What was removed."""

    runs: int
    files: int
    findings: int
    bytes: int


def expire(tx: Tx, store: FindingsStore, *, keep_days: int, keep_runs: int = 1) -> Expired:
    """Remove the files of runs older than `keep_days` but for the newest `keep_runs` of every place.

    Within the units where one may run scans; each unit's removal is one record of the journal. The files go
    once the transaction has ended well. Raises InvalidValue `keep_days` or `keep_runs` `too_few` below 1.
    """
    for column, value in (("keep_days", keep_days), ("keep_runs", keep_runs)):
        if value < 1:
            raise InvalidValue(column, "too_few")
    place = func.row_number().over(
        partition_by=(
            ScanRun.unit_id,
            ScanRun.source_id,
            case((ScanRun.source_id.is_(None), ScanRun.target), else_=""),
        ),
        order_by=(ScanRun.finished_at.desc(), ScanRun.id.desc()),
    )
    ranked = select(ScanRun.id, place.label("place")).subquery()
    old = (
        select(ScanRun)
        .join(ranked, ranked.c.id == ScanRun.id)
        .outerjoin(SourceRecord, SourceRecord.id == ScanRun.source_id)
        .where(
            ScanRun.expired_at.is_(None),
            ScanRun.finished_at < tx.now - timedelta(days=keep_days),
            or_(ranked.c.place > keep_runs, SourceRecord.removed_at.is_not(None)),
            ScanRun.unit_id.in_(scope(tx, Permission.RUN_SCANS)),
            ScanRun.unit_id.not_in(held_units()),
            or_(ScanRun.source_id.is_(None), ScanRun.source_id.not_in(held_sources())),
            ScanRun.id.not_in(select(RequestPlace.run_id)),
        )
        .order_by(ScanRun.unit_id, ScanRun.id)
    )
    by_unit: dict[UnitId, list[ScanRun]] = {}
    for run in tx.session.scalars(old).all():
        by_unit.setdefault(UnitId(run.unit_id), []).append(run)
    done = [_remove(tx, store, unit_id, runs) for unit_id, runs in by_unit.items()]
    return Expired(
        sum(each.runs for each in done),
        sum(each.files for each in done),
        sum(each.findings for each in done),
        sum(each.bytes for each in done),
    )


def _remove(tx: Tx, store: FindingsStore, unit_id: UnitId, runs: list[ScanRun]) -> Expired:
    names: list[str] = []
    findings = size = 0
    for start in range(0, len(runs), _AT_ONCE):
        ids = [run.id for run in runs[start : start + _AT_ONCE]]
        for file in tx.session.scalars(select(RunFileRecord).where(RunFileRecord.run_id.in_(ids))):
            names.append(file.name)
            findings += file.rows if file.kind == "findings" else 0
            size += file.bytes
        tx.session.execute(delete(RunFileRecord).where(RunFileRecord.run_id.in_(ids)))
    for run in runs:
        run.expired_at = tx.now
    removed = Expired(len(runs), len(names), findings, size)
    after = {
        "runs": removed.runs,
        "files": removed.files,
        "findings": removed.findings,
        "bytes": removed.bytes,
        "ids": [run.id for run in runs],
    }
    tx.record(Action.FINDINGS_EXPIRED, "scan_run", "", unit_id, None, after)
    event.listen(tx.session, "after_commit", lambda _: store.remove(names), once=True)
    return removed
