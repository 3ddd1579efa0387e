"""What later scans tell of remediations: the object is gone from its place, or lies there again.

Gone is said only by a scan that began after the removal, that examined what is around the object, and in
which nothing stands at its place: no folder above it was left out or could not be listed. A scan that listed
nothing at all tells nothing: a share that is not mounted looks the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from registry.estate import Estate
from registry.findings import FindingsStore, analytics
from registry.journal import Action
from registry.model import UnitId
from registry.places import ENDS
from registry.remediation_rows import TABLE, described, facts_of
from registry.remediation_states import RemediationKind, RemediationState, Seen
from registry.store import Tx
from registry.store.remediation_tables import RemediationRecord
from registry.store.tables import ScanRun
from scanners.model import Outcome, Reason

_AT_PLACE = """
SELECT uri, outcome, reason, object_id = ? AS same FROM objects
WHERE object_id = ? OR uri IN (SELECT unnest(?))
"""
_LISTED = "SELECT count(*) FROM objects WHERE outcome IN ('complete', 'partial')"
_ABSENT = frozenset({Reason.NOT_LISTED.value, Reason.VANISHED.value, Reason.UNREACHABLE.value})
"""With these nobody knows whether the object lies there."""


def follow(tx: Tx, store: FindingsStore, estate: Estate) -> int:
    """Bring what was removed or asked for up to the latest runs; the caller may run it. Return how many."""
    waiting = select(RemediationRecord).where(
        RemediationRecord.kind.in_([RemediationKind.QUARANTINE.value, RemediationKind.REQUEST.value]),
        RemediationRecord.state.in_([RemediationState.DONE.value, RemediationState.DESTROYED.value]),
        RemediationRecord.source_id.is_not(None),
    )
    runs = {run.source_id: run for run in estate.runs if run.source_id is not None}
    rows: Sequence[RemediationRecord] = tx.session.scalars(waiting.order_by(RemediationRecord.id)).all()
    told = 0
    for row in rows:
        run = None if row.source_id is None else runs.get(row.source_id)
        if run is None or not _is_new(row, run):
            continue
        seen = _seen(tx, store, row, estate.files[run.id].objects)
        if seen is Seen.NOTHING or seen == row.seen:
            continue
        before = described(row)
        row.seen, row.seen_at = seen.value, tx.now
        tx.session.flush()
        after = {**described(row), "run": run.id}
        tx.record(Action.REMEDIATION_SEEN, TABLE, row.id, UnitId(row.unit_id), before, after)
        told += 1
    return told


def _is_new(row: RemediationRecord, run: ScanRun) -> bool:
    after: datetime | None = row.done_at
    return after is not None and run.started_at > after


def _seen(tx: Tx, store: FindingsStore, row: RemediationRecord, objects: str) -> Seen:
    uri = facts_of(tx, row).uri
    above = [uri[: end + cut] for end, letter in enumerate(uri) if letter in ENDS for cut in (0, 1)]
    with analytics() as connection:
        connection.register("objects", store.dataset([objects], "objects"))
        known = [row.object_id, row.object_id, [uri, *above]]
        found = connection.execute(_AT_PLACE, known).fetchall()
        (listed,) = _first(connection, _LISTED)
    return _told(found, uri, listed=listed)


def _told(found: Sequence[tuple[Any, ...]], uri: str, *, listed: int) -> Seen:
    """Return what the rows at an object's place, and those of the folders above it, tell."""
    at_place = [(outcome, reason) for at, outcome, reason, same in found if same or at == uri]
    if any(_lies_there(outcome, reason) for outcome, reason in at_place):
        return Seen.REAPPEARED
    # Whatever else stands there, or above it, was left out or not listed: nobody looked.
    return Seen.NOTHING if found or not listed else Seen.CONFIRMED


def _lies_there(outcome: str, reason: str | None) -> bool:
    by_policy = reason is not None and Reason(reason).by_policy
    return not by_policy and (outcome == Outcome.COMPLETE or reason not in _ABSENT)


def _first(connection: Any, query: str) -> tuple[Any, ...]:
    found: tuple[Any, ...] = connection.execute(query).fetchone()
    return found
