"""Which registered places are to be scanned now, in which order, and the right to scan one of them.

Due is what somebody asked for, what lost its machine or rested, and what its schedule has begun for since the
last scan and since the schedule was written. Nothing is due of a source that is paused or outside its hours:
a scan at work rests then, and goes on afterwards.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from sqlalchemy import func, or_, select

from registry import scan_jobs
from registry.access import scope
from registry.errors import NotFound, RegistryError
from registry.findings import FindingsStore, analytics
from registry.inventory import current_inventory
from registry.journal import newest_of
from registry.model import Permission, Principal, SourceId
from registry.scan_jobs import Busy, Held, JobState
from registry.schedules import OFF, schedule, window
from registry.snapshot import show_inventory
from registry.store import Registry, Tx
from registry.store.scan_tables import ScanJobRecord
from registry.store.tables import SourceRecord
from scanners.model import LEGAL_CLASS, LegalClass

_JAPAN = timezone(timedelta(hours=9), "JST")
_SPECIAL = sorted(each.value for each, legal in LEGAL_CLASS.items() if legal is LegalClass.SPECIAL_CARE)
_HEAVIEST = """
SELECT source_id, coalesce(max(score), 0) AS score,
       coalesce(bool_or(list_has_any(list_transform(categories, lambda tally: tally.category), ?)), false)
FROM inventory WHERE source_id IN (SELECT unnest(?)) GROUP BY source_id
"""


OUT_OF_HOURS, PAUSED = "window", "paused"
"""Outcomes of scans that rest; what they read is kept, and they go on by themselves."""
RESTING = frozenset({OUT_OF_HOURS, PAUSED})


@dataclass(frozen=True, slots=True)
class Due:
    """A source whose scan may begin, and the newest scan of it that was seen when this was found."""

    source_id: SourceId
    priority: int
    since: datetime
    newest: tuple[int, str] | None = None  # its id and state


class NoRoomError(RegistryError):
    """This machine does as many scans at once as it may."""


class NotDueError(RegistryError):
    """Somebody else has scanned the source, or is at it, since it was found to be due."""


def due(tx: Tx) -> list[Due]:
    """Return the sources to scan now within the scope of RUN_SCANS: by priority, then the longest waiting."""
    newest = _newest(tx)
    wanted = select(SourceRecord.id, SourceRecord.schedule, SourceRecord.window, SourceRecord.priority).where(
        SourceRecord.removed_at.is_(None),
        SourceRecord.paused.is_(False),
        SourceRecord.unit_id.in_(scope(tx, Permission.RUN_SCANS)),
        or_(SourceRecord.schedule != OFF, SourceRecord.id.in_(newest)),
    )
    found = []
    for number, timed, hours, priority in tx.session.execute(wanted):
        last = newest.get(number)
        since = _since(tx, number, timed, last) if in_hours(hours, tx.now) else None
        if since is not None:
            seen = None if last is None else (last.id, last.state)
            found.append(Due(SourceId(number), priority, since, seen))
    return sorted(found, key=lambda each: (each.priority, each.since, each.source_id))


def in_order(tx: Tx, store: FindingsStore, found: Sequence[Due]) -> list[Due]:
    """Return what is due by priority, then by risk, then the longest waiting.

    Risk: special-care personal information 要配慮個人情報 found there last first, then the highest score.
    """
    if len(found) < 2:
        return list(found)
    risks = _risks(tx, store, [each.source_id for each in found])

    def key(each: Due) -> tuple[int, bool, int, datetime, int]:
        score, special = risks.get(each.source_id, (0, False))
        return each.priority, not special, -score, each.since, each.source_id

    return sorted(found, key=key)


def claim(registry: Registry, principal: Principal, wanted: Due, *, at_once: int) -> Held:
    """Take a source that is due; of all who found it, on any machine, one gets it.

    Raises NotDueError, NoRoomError when this machine is at `at_once` scans, and as `scan_jobs.claim`.
    """

    def still_due(tx: Tx, last: ScanJobRecord | None) -> None:
        here = select(ScanJobRecord).where(
            ScanJobRecord.state.in_([JobState.RUNNING.value, JobState.STOPPING.value]),
            ScanJobRecord.host == socket.gethostname(),
        )
        if sum(scan_jobs.is_at_work(row, tx.now) for row in tx.session.scalars(here)) >= at_once:
            raise NoRoomError(f"this machine is at {at_once} scans already")
        if rest(tx, wanted.source_id):
            raise NotDueError("the source was paused, or its hours are over")
        if wanted.newest != (None if last is None else (last.id, last.state)):
            raise NotDueError("the source was scanned meanwhile")

    held = scan_jobs.claim(registry, principal, wanted.source_id, only_if=still_due)
    if isinstance(held, Busy):
        raise NotDueError("another scan is at the source")
    return held


def rest(tx: Tx, source_id: SourceId) -> str:
    """Return why a scan of a source rests now, an outcome; empty when it may work. Raises NotFound."""
    row = tx.session.execute(
        select(SourceRecord.paused, SourceRecord.window).where(
            SourceRecord.id == source_id,
            SourceRecord.removed_at.is_(None),
            SourceRecord.unit_id.in_(scope(tx, Permission.RUN_SCANS)),
        )
    ).one_or_none()
    if row is None:
        raise NotFound("source")
    if row.paused:
        return PAUSED
    return "" if in_hours(row.window, tx.now) else OUT_OF_HOURS


def in_hours(hours: str, now: datetime) -> bool:
    """Tell whether a moment lies in the hours of a source; no hours: all day."""
    allowed = window(hours)
    return allowed is None or allowed.holds(now.astimezone(_JAPAN).time())


def _newest(tx: Tx) -> Mapping[int, ScanJobRecord]:
    newest = select(func.max(ScanJobRecord.id)).group_by(ScanJobRecord.source_id)
    rows = tx.session.scalars(select(ScanJobRecord).where(ScanJobRecord.id.in_(newest)))
    return {row.source_id: row for row in rows}


def _since(tx: Tx, number: int, timed: str, last: ScanJobRecord | None) -> datetime | None:
    """Return since when a scan of a source is due; None when it is not."""
    if last is not None:
        if last.state == JobState.QUEUED:
            return last.asked_at
        if scan_jobs.is_at_work(last, tx.now):
            return None
        if last.ended_at is None and not _was_lost_before(tx, last):
            return last.seen_at or last.asked_at
        if last.outcome in RESTING:
            return last.ended_at or last.asked_at
    plan = schedule(timed)
    if plan.at is None:
        return None
    begins = None if last is None else plan.next_after(last.started_at or last.asked_at)
    if begins is not None and begins > tx.now:
        return None
    # a schedule that was written after its hour begins on the next day
    changed = plan.next_after(newest_of(tx, "source", number).at)
    moments = [each for each in (begins, changed) if each is not None]
    return max(moments) if max(moments) <= tx.now else None


def _was_lost_before(tx: Tx, last: ScanJobRecord) -> bool:
    """Tell whether the scan before this one ended like it: it may be what takes the machine along."""
    before = select(ScanJobRecord.outcome).where(
        ScanJobRecord.source_id == last.source_id, ScanJobRecord.id < last.id
    )
    return tx.session.scalar(before.order_by(ScanJobRecord.id.desc()).limit(1)) == scan_jobs.LOST


def _risks(tx: Tx, store: FindingsStore, numbers: Sequence[int]) -> Mapping[int, tuple[int, bool]]:
    inventory = current_inventory(tx, store)
    if inventory is None:
        return {}
    with analytics() as connection:
        show_inventory(connection, *inventory)
        rows = connection.execute(_HEAVIEST, [_SPECIAL, list(numbers)]).fetchall()
    return {number: (int(score), bool(special)) for number, score, special in rows}
