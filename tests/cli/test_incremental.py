"""`daicho scan` in a workspace: nothing read twice, never two at once, stopped when somebody asks."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from daicho.errors import ScanStoppedError
from daicho.scan_work import Work
from daicho.settings import Settings
from daicho.workspace import Workspace
from registry import runs, scan_jobs, sources
from registry.scan_jobs import Held, JobState
from tests.cli.conftest import Command


def test_a_scan_reads_nothing_twice_and_refuses_a_second_one(
    made_workspace: Path, share: Path, daicho: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second scan carries what it knows; while one is at work another is told so, with exit code 5."""
    assert daicho("source", "add", share, "--name", "share") == 0
    first = daicho("scan", "share")
    assert daicho("scan", "share") == first
    workspace = Workspace.open(Settings.load(made_workspace))
    owner = workspace.owner()
    with workspace.registry.read(owner) as tx:
        (run,) = runs.latest_runs(tx)
        source = sources.source_by_name(tx, "share")
        assert source is not None
        job = scan_jobs.of_sources(tx)[source.id]
    assert run.totals.unchanged == len(list(share.iterdir()))
    assert (job.state, job.outcome, job.done) == (JobState.ENDED, "complete", run.totals.listed)
    held = scan_jobs.claim(workspace.registry, owner, source.id)
    assert isinstance(held, Held)
    capsys.readouterr()
    assert daicho("scan", "share") == 5
    assert job.host in capsys.readouterr().err
    with pytest.raises(ScanStoppedError):
        _worked(workspace, held)
    with workspace.registry.read(owner) as tx:
        job = scan_jobs.of_sources(tx)[source.id]
    assert (job.state, job.outcome) == (JobState.ENDED, scan_jobs.STOPPED)
    workspace.close()


def test_a_scan_that_lost_its_source_is_not_recorded(
    made_workspace: Path, share: Path, daicho: Command
) -> None:
    """A machine that slept through its lease learns at its end that the source is no longer its own."""
    assert daicho("source", "add", share, "--name", "share") == 0
    workspace = Workspace.open(Settings.load(made_workspace))
    owner = workspace.owner()
    with workspace.registry.read(owner) as tx:
        source = sources.source_by_name(tx, "share")
        assert source is not None
    held = scan_jobs.claim(workspace.registry, owner, source.id, lease=timedelta(seconds=-1))
    assert isinstance(held, Held)
    work = Work(workspace.registry, owner, held)
    work.require_held()
    with workspace.registry.write(owner) as tx:
        scan_jobs.ask_to_stop(tx, held.id)
    with pytest.raises(ScanStoppedError):
        work.require_held()
    workspace.close()


def _worked(workspace: Workspace, held: Held) -> None:
    """Be at work until somebody asks to stop, which is at once."""
    owner = workspace.owner()
    with Work(workspace.registry, owner, held) as work:
        work.look()
        with workspace.registry.write(owner) as tx:
            scan_jobs.ask_to_stop(tx, held.id)
        while True:
            work.look()
            threading.Event().wait(0.05)
