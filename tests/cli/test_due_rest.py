"""Scans of `daicho tick` rest and go on: paused, out of their hours, killed; what was read is kept."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select

from daicho.errors import ScanStoppedError
from daicho.scan_work import Work
from registry import due_scans, runs, scan_jobs
from registry.journal import Action
from registry.model import Run, SourceId
from registry.scan_jobs import Held, Job, JobState
from registry.store.tables import JournalRecord
from tests.cli.conftest import Command
from tests.cli.test_due_work import opened, request

FILES = 40
SLOW = "0.01"  # megabytes a second: a file of 8 kB takes a second
PATIENCE = 90.0


@pytest.fixture
def slow(made_workspace: Path, tmp_path: Path, daicho: Command) -> SourceId:
    """Register a folder whose scan would take more than half a minute, and ask for one."""
    folder = tmp_path / "slow"
    folder.mkdir()
    for number in range(FILES):
        text = f"電話番号: 090-2345-{6000 + number}\n"
        (folder / f"{number}.txt").write_text(text + "." * 8_000, encoding="utf-8")
    given = ("--bandwidth", SLOW, "--jobs", 1)
    assert daicho("source", "add", folder, "--name", "slow", *given) == 0
    (number,) = request("slow")
    return number


@contextmanager
def tick() -> Iterator[subprocess.Popen[str]]:
    """Run the due scans in a process of its own, which does not outlive the test."""
    command = [sys.executable, "-m", "daicho", "tick", "--scans-only"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", start_new_session=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def newest(source_id: SourceId) -> Job:
    """Return the newest scan of the source as a page reads it."""
    with opened() as workspace, workspace.registry.read(workspace.owner()) as tx:
        return scan_jobs.of_sources(tx)[source_id]


def until(source_id: SourceId, wanted: Callable[[Job], bool]) -> Job:
    """Wait for what a scan tells of itself."""
    end = time.monotonic() + PATIENCE
    while not wanted(job := newest(source_id)):
        assert time.monotonic() < end, job
        time.sleep(0.2)
    return job


def run_of(source_id: SourceId) -> Run:
    """Return the one run of the source that was kept."""
    with opened() as workspace, workspace.registry.read(workspace.owner()) as tx:
        (run,) = [each for each in runs.latest_runs(tx) if each.source_id == source_id]
        return run


def went_on() -> bool:
    """Tell whether the newest scan went on from where the one before it was."""
    with opened() as workspace, workspace.registry.read(workspace.owner()) as tx:
        begun = [Action.SCAN_STARTED.value, Action.SCAN_RESUMED.value]
        wanted = select(JournalRecord.action).where(JournalRecord.action.in_(begun))
        actions = tx.session.scalars(wanted.order_by(JournalRecord.seq)).all()
        return list(actions) == begun


@pytest.mark.slow
def test_a_scan_at_work_tells_how_far_it_is_and_rests_when_its_source_is_paused(
    slow: SourceId, daicho: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends at once and waits for as long as people want, then goes on with what was not read yet."""
    with tick() as process:
        job = until(slow, lambda job: job.done > 0)
        assert job.state is JobState.RUNNING
        assert job.listed >= job.done
        assert job.progress.findings >= job.done
        assert job.bytes > 0
        assert daicho("source", "pause", "slow") == 0
        told, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert told.split("\t")[:3] == ["scan", "slow", "Resting while paused"]
    job = newest(slow)
    assert (job.state, job.outcome, job.why) == (JobState.ENDED, due_scans.PAUSED, None)
    assert 0 < job.done < FILES
    request("slow")
    capsys.readouterr()
    assert daicho("tick", "--scans-only") == 0
    assert capsys.readouterr().out == ""  # not even when somebody asks
    assert daicho("source", "resume", "slow") == 0
    assert daicho("source", "edit", "slow", "--bandwidth", 0) == 0
    assert daicho("tick", "--scans-only") == 0
    assert "scan\tslow\tComplete" in capsys.readouterr().out
    run = run_of(slow)
    assert (run.totals.listed, run.totals.complete) == (FILES, FILES)
    assert went_on()


@pytest.mark.slow
def test_a_killed_tick_is_taken_over_by_the_next(
    slow: SourceId, daicho: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """After `kill -9` the next one goes on, and the record of the first says that it was lost."""
    with tick() as process:
        first = until(slow, lambda job: job.done > 0)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert daicho("source", "edit", "slow", "--bandwidth", 0) == 0
    capsys.readouterr()
    assert daicho("tick", "--scans-only") == 0
    assert "scan\tslow\tComplete" in capsys.readouterr().out
    assert newest(slow).id != first.id
    assert run_of(slow).totals.complete == FILES
    assert went_on()


def working(work: Work, hours: str, daicho: Command) -> None:
    """Work for as long as one may, after the hours of the source were changed."""
    with work:
        work.look()
        assert daicho("source", "edit", "slow", "--window", hours) == 0
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            work.look()
            time.sleep(0.1)


def test_a_scan_rests_at_the_end_of_its_hours(slow: SourceId, daicho: Command) -> None:
    """It goes on when they begin again, by itself, and not before."""
    later = datetime.now(timezone(timedelta(hours=9))) + timedelta(hours=6)
    hours = f"{later:%H:%M}-{later + timedelta(hours=6):%H:%M}"
    with opened() as workspace:
        registry, principal = workspace.registry, workspace.owner()
        held = scan_jobs.claim(registry, principal, slow)
        assert isinstance(held, Held)
        with pytest.raises(ScanStoppedError):
            working(Work(registry, principal, held, rests=True), hours, daicho)
        with registry.read(principal) as tx:
            assert scan_jobs.of_sources(tx)[slow].outcome == due_scans.OUT_OF_HOURS
            assert due_scans.due(tx) == []
        assert daicho("source", "edit", "slow", "--window", "") == 0
        with registry.read(principal) as tx:
            assert [each.source_id for each in due_scans.due(tx)] == [slow]
