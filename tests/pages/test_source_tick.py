"""A scan that is asked for on a page and taken by `daicho tick`, followed and stopped on that page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from registry import scan_jobs, sources
from registry.access import bootstrap_principal
from registry.scan_jobs import Job, JobState
from registry.source_terms import SourceTerms
from tests.pages.group import Group
from tests.pages.test_pages import opened, shown

OWNER = bootstrap_principal()
PATIENCE = 90.0
SLOW = SourceTerms(bandwidth_mb=0.01, jobs=1)  # a file of 8 kB takes a second


@contextmanager
def tick(group: Group) -> Iterator[subprocess.Popen[bytes]]:
    """Run the due scans of the group in a process of its own, which does not outlive the test."""
    command = [sys.executable, "-m", "daicho", "tick", "--scans-only"]
    environment = {**os.environ, "DAICHO_WORKSPACE": str(group.workspace.path)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def until(test: AppTest, wanted: str) -> str:
    """Look at the page again until it says something, as it does by itself every few seconds."""
    end = time.monotonic() + PATIENCE
    while wanted not in (text := shown(test.run())):
        assert time.monotonic() < end, text
        time.sleep(0.3)
    return text


@pytest.mark.slow
def test_a_scan_of_a_tick_is_followed_and_stopped_on_the_page(changeable: Group, tmp_path: Path) -> None:
    """It waits, is at work, tells how far it is, and stops at once; nothing of it is lost."""
    folder = tmp_path / "slow"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}.txt").write_text(
            f"電話番号: 090-2345-{6000 + number}\n" + "." * 8_000, encoding="utf-8"
        )
    with changeable.workspace.registry.write(OWNER) as tx:
        source = sources.add_source(
            tx, unit_id=changeable.units["HOSP-1"], name="遅い", owner="", url=folder.as_uri(), terms=SLOW
        )
    test = opened(changeable, "hospital@towa.example", "sources", source=str(source.id))
    test.button(key="source-scan").click().run()
    assert "待機中" in shown(test)

    def job() -> Job:
        with changeable.workspace.registry.read(OWNER) as tx:
            return scan_jobs.of_sources(tx)[source.id]

    with tick(changeable) as process:
        assert re.search(r"一覧 \d+ 件、処理 [1-9]\d* 件", until(test, "読んだ量"))
        assert job().state is JobState.RUNNING
        assert "走査中" in shown(test)
        test.button(key="source-stop").click().run()
        _, complaints = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, complaints
    assert "途中で停止" in shown(test.run())
    assert 0 < job().done < 60
    assert test.button(key="source-scan")
