"""`daicho tick` runs the scans that are due: each once, however many ticks run."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from daicho.pages.scan_failure_words import failure_words
from daicho.settings import Settings
from daicho.text import translator
from daicho.workspace import Workspace
from registry import due_scans, runs, scan_jobs, sources
from registry.due_scans import Due
from registry.model import SourceId
from registry.scan_failures import Failure
from registry.store.scan_tables import ScanJobRecord
from registry.store.tables import ScanRun
from tests.cli.conftest import Command


@contextmanager
def opened() -> Iterator[Workspace]:
    """Open the workspace of the environment."""
    workspace = Workspace.open(Settings.load())
    try:
        yield workspace
    finally:
        workspace.close()


def request(*names: str) -> list[SourceId]:
    """Ask for a scan of some sources, as a page does."""
    numbers = []
    with opened() as workspace, workspace.registry.write(workspace.owner()) as tx:
        for name in names:
            source = sources.source_by_name(tx, name)
            assert source is not None
            scan_jobs.request(tx, source.id)
            numbers.append(source.id)
    return numbers


@pytest.mark.slow
def test_two_ticks_at_once_run_each_scan_once(
    workspace: Path,
    tmp_path: Path,
    share: Path,
    daicho: Command,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two processes over one PostgreSQL registry: four scans between them, one job and one run of each."""
    monkeypatch.setenv("DAICHO_REGISTRY_URL", postgres_url)
    assert daicho("init") == 0
    (workspace / "daicho.toml").write_text("[scan]\nat_once = 2\njobs = 1\n", encoding="utf-8")
    names = ("one", "two", "three", "four")
    for name in names:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "form.txt").write_bytes((share / "form_utf8.txt").read_bytes())
        assert daicho("source", "add", folder, "--name", name) == 0
    numbers = request(*names)
    command = [sys.executable, "-m", "daicho", "tick", "--scans-only"]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        for _ in range(2)
    ]
    told = "".join(each.communicate()[0] for each in both)
    assert [each.returncode for each in both] == [0, 0]
    assert sorted(line.split("\t")[1] for line in told.splitlines()) == sorted(names)
    with opened() as at, at.registry.read(at.owner()) as tx:
        done = tx.session.scalars(select(ScanJobRecord)).all()
        assert sorted(job.source_id for job in done) == sorted(numbers)
        assert {job.outcome for job in done} == {"complete"}
        assert sorted(tx.session.scalars(select(ScanRun.source_id))) == sorted(numbers)  # type: ignore[type-var]  # all have one


def test_a_tick_with_nothing_due_touches_nothing(
    made_workspace: Path, share: Path, daicho: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """A source whose hour has not come is not opened; the second tick of a day leaves the registry alone."""
    assert daicho("source", "add", share, "--name", "share", "--schedule", "monthly 1 03:00") == 0
    assert daicho("tick") == 3  # no place for anchors
    before = hashlib.sha256((made_workspace / "registry.db").read_bytes()).hexdigest()
    capsys.readouterr()
    assert daicho("tick") == 3
    assert "scan\t" not in capsys.readouterr().out
    assert hashlib.sha256((made_workspace / "registry.db").read_bytes()).hexdigest() == before


def test_a_scan_that_cannot_be_done_stops_no_other_and_is_told(
    made_workspace: Path, share: Path, daicho: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """A place that is gone fails, a live chart is refused, the third is scanned; none is tried again."""
    assert daicho("source", "add", share.parent / "gone", "--name", "gone", "--priority", 1) == 0
    assert daicho("source", "add", "/srv/chart", "--name", "chart") == 0
    assert daicho("source", "add", share, "--name", "share") == 0
    gone, chart, _ = request("gone", "chart", "share")
    assert daicho("source", "edit", "chart", "--kind", "live_chart_or_pacs") == 0
    capsys.readouterr()
    assert daicho("tick", "--no-scans") == 3
    assert "scan\t" not in capsys.readouterr().out
    assert daicho("tick", "--scans-only") == 4
    told = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [line[:3] for line in told] == [
        ["scan", "gone", "Failed"],
        ["scan", "chart", "May not be scanned"],
        ["scan", "share", "Complete"],
    ]
    assert told[0][3].startswith(f"{share.parent / 'gone'}: Right to list (ENOENT) ")
    with opened() as at, at.registry.read(at.owner()) as tx:
        jobs = scan_jobs.of_sources(tx)
        place = str(share.parent / "gone")
        assert jobs[gone].outcome == "failed"
        whys = [jobs[gone].why, jobs[chart].why]
        assert [failure_words(why, translator("en")) for why in whys if why] == [told[0][3], told[1][3]]
        said = [why.said for why in whys if why]
        assert "No such file" in said[0]
        assert jobs[gone].why == Failure(said[0], "source.list", place, "ENOENT")
        assert jobs[chart].outcome == "refused"
        assert jobs[chart].why == Failure(said[1], "bar.live_system", "chart")
    assert daicho("tick", "--scans-only") == 0
    assert capsys.readouterr().out == ""
    assert daicho("tick", "--scans-only", "--no-scans") == 2


def test_of_one_priority_the_riskiest_comes_first(
    made_workspace: Path, tmp_path: Path, daicho: Command
) -> None:
    """Special-care personal information before a higher number of persons, and both before nothing."""
    texts = {
        "nothing": "議事録",
        "phones": "".join(f"山田太郎 090-2345-{number}\n" for number in range(1000, 1100)),
        "ill": "患者氏名: 佐藤花子\n病名: 統合失調症\n電話 090-1234-5678\n",
    }
    for name, text in texts.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "text.txt").write_text(text, encoding="utf-8")
        assert daicho("source", "add", folder, "--name", name) == 0
        daicho("scan", name, "--jobs", 1)
    nothing, phones, ill = request("nothing", "phones", "ill")
    with opened() as at, at.registry.read(at.owner()) as tx:
        assert len(runs.latest_runs(tx)) == 3
        waiting: list[Due] = due_scans.due(tx)
        found = due_scans.in_order(tx, at.findings, waiting)
    assert [each.source_id for each in waiting] == [nothing, phones, ill]
    assert [each.source_id for each in found] == [ill, phones, nothing]
