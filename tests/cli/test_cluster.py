"""A cluster as people start it: certificates, a scheduler, a worker with a kit, and a scan that it reads."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from daicho.workspace import Workspace
from registry import runs
from tests.cli.conftest import Command
from tests.cli.test_collector import kit, opened

__all__ = ["kit"]

Run = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Run]:
    """Start `daicho` programs that wait for work; they end with the test."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*arguments: object) -> subprocess.Popen[bytes]:
        with (tmp_path / f"machine{len(running)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "daicho", *map(str, arguments)],
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "DAICHO_WORKSPACE": str(tmp_path / "no workspace")},
            )
        running.append(process)
        return process

    yield start
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def found(workspace: Workspace) -> dict[str, tuple[str, int]]:
    """Return outcome and number of kinds of each object of the newest run, by its name in every run."""
    with workspace.registry.read(workspace.owner()) as tx:
        (run,) = runs.latest_runs(tx)
        names = runs.files_of(tx, [run.id], "objects")
    table = workspace.findings.table(names[0].name)
    rows = table.to_pylist()
    return {row["object_id"]: (row["outcome"], len(row["categories"])) for row in rows}


@pytest.mark.slow
def test_a_scan_by_workers_is_kept_as_one_of_this_machine(
    daicho: Command,
    made_workspace: Path,
    kit: tuple[Path, Path],
    started: Run,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The workspace gets the same objects under the same names, whoever read them."""
    share = tmp_path / "share"
    share.mkdir()
    for number in range(12):
        (share / f"{number}.txt").write_text(f"連絡先 090-1234-{number:04d}\n", encoding="utf-8")
    assert daicho("scan", share) == 0
    here = opened(made_workspace)
    alone = found(here)

    certs = tmp_path / "certs"
    assert daicho("cluster", "certs", "-o", certs, "headquarters", "worker", "--host", "127.0.0.1") == 0
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    place = f"dask://127.0.0.1:{port}"
    both = ("--certs", certs, "--name")
    started("cluster", "scheduler", *both, "headquarters", "--host", "127.0.0.1", "--port", port)
    site, passphrase = kit
    started(
        *("cluster", "worker", place, *both, "worker", "--kit", site, "--passphrase-file", passphrase),
        *("--site", "HOSPITAL", "--jobs", "1"),
    )
    capsys.readouterr()
    assert daicho("scan", share, "--full", "--executor", place, "--certs", certs, "--site", "HOSPITAL") == 0
    assert found(here) == alone
    assert len(alone) == 12
    here.close()
    assert daicho("scan", share, "--executor", place) == 2  # without certificates
    assert daicho("scan", share, "--site", "HOSPITAL") == 2  # a site of this machine
