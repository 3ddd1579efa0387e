"""How far the scans of registered sources are 走査の進み具合, in words, renewed while one is at work."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

import streamlit as st

from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.source_words import SCAN_OUTCOME
from daicho.text import mark
from registry import scan_jobs
from registry.model import SourceId
from registry.scan_jobs import Job, JobState
from registry.store import Tx

EVERY = 3.0  # seconds between two looks at a scan that is queued or at work
_SLOWEST = 0.1  # objects a second below which no rate is told
LIVE = frozenset({JobState.QUEUED, JobState.RUNNING, JobState.STOPPING})
STATE: Mapping[JobState, str] = {
    JobState.QUEUED: mark("待機中"),
    JobState.RUNNING: mark("走査中"),
    JobState.STOPPING: mark("停止中"),
    JobState.ENDED: mark("終了"),
    JobState.FAILED: mark("走査失敗"),
}
NOBODY = mark(
    "走査を実行するプログラムが動いていません。"
    "走査するコンピューターで daicho tick が定期に動いているか、確かめてください。"
)


def is_live(job: Job | None) -> bool:
    """Tell whether a scan is asked for or at work."""
    return job is not None and job.state in LIVE


def state(job: Job | None, context: PageContext) -> str:
    """Return where the newest scan of a source stands."""
    if job is None:
        return NONE
    if job.state is JobState.FAILED and job.ended_at is None:
        return context.text(SCAN_OUTCOME[scan_jobs.LOST])  # its machine fell silent
    if not is_live(job) and job.outcome in SCAN_OUTCOME:
        return context.text(SCAN_OUTCOME[job.outcome])
    return context.text(STATE[job.state])


def counts(job: Job, context: PageContext) -> str:
    """Return how many entries were listed and done, what failed, and of a scan at work how many a second."""
    text, number = context.text, context.formats.number
    if job.state is JobState.QUEUED:
        return text("{when} に依頼", when=context.formats.moment(job.asked_at))
    if not job.listed and not job.done:
        return text("一覧を取っています") if is_live(job) else ""
    told = text("一覧 {listed} 件、処理 {done} 件", listed=number(job.listed), done=number(job.done))
    if job.failed:
        told += text("（うち失敗 {failed} 件）", failed=number(job.failed))
    if is_live(job) and job.rate >= _SLOWEST:
        rate = f"{job.rate:,.0f}" if job.rate >= 10 else f"{job.rate:.1f}"
        told += text("、毎秒 {rate} 件", rate=rate)
    return told


def volume(job: Job) -> str:
    """Return how much was read and how much of it a second; nothing before the first bytes."""
    if not job.bytes:
        return ""
    seconds = _seconds(job, job.ended_at or job.seen_at)
    return _size(job.bytes) + (f" ({_size(job.bytes / seconds)}/s)" if seconds >= 1 else "")


def elapsed(job: Job, now: datetime) -> str:
    """Return how long a scan has been, or was, at work, as hours, minutes and seconds."""
    seconds = int(_seconds(job, job.ended_at or (now if is_live(job) else job.seen_at)))
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}" if job.started_at else ""


def _seconds(job: Job, until: datetime | None) -> float:
    return (until - job.started_at).total_seconds() if job.started_at and until else 0.0


def _size(amount: float) -> str:
    """Return an amount of bytes in the unit that keeps it short."""
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} TB"


def nobody_runs(tx: Tx, jobs: Collection[Job]) -> bool:
    """Tell whether scans wait although nothing keeps the machines from them."""
    return any(scan_jobs.is_left_waiting(tx, job.id) for job in jobs if job.state is JobState.QUEUED)


def followed(
    began: Mapping[SourceId, Job],
    show: Callable[[Mapping[SourceId, Job], bool], None],
    context: PageContext,
) -> None:
    """Show what hangs on the scans, with whether they wait in vain: again and again while one is live.

    When one ends, the whole page is shown anew, which then has its run.
    """
    first = {key for key, job in began.items() if is_live(job)}

    @st.fragment(run_every=EVERY if first else None)
    def part() -> None:
        with context.read() as tx:
            jobs = {key: job for key, job in scan_jobs.of_sources(tx).items() if key in began}
            left = nobody_runs(tx, jobs.values())
        if any(not is_live(jobs.get(key)) for key in first):
            st.rerun()
        show(jobs, left)

    part()
