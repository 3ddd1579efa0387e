"""Worker processes start wherever the temporary folder lies."""

from __future__ import annotations

import subprocess
import sys
from multiprocessing import process
from pathlib import Path

import pytest

from scanners import forkserver
from scanners.errors import ScannerError


@pytest.mark.slow
def test_a_scan_with_a_long_temporary_folder_is_complete(tmp_path: Path) -> None:
    """The fork server's socket stands elsewhere, in a folder of its own."""
    long = tmp_path / ("x" * 90) / ("y" * 90)
    long.mkdir(parents=True)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("連絡先 090-1234-5678", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "daicho", "scan", str(tmp_path / "in"), "--format", "table"],
        capture_output=True,
        cwd=Path(__file__).resolve().parents[2],
        env={"DAICHO_WORKSPACE": str(tmp_path / "none"), "PATH": "/usr/bin:/bin", "TMPDIR": str(long)},
        timeout=120,
        check=False,
    )
    assert (done.returncode, b"memory" in done.stderr) == (0, False), done.stderr.decode()


def test_without_a_short_folder_the_true_reason_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the temporary folder and how long its path may be."""
    config = process.current_process()._config  # type: ignore[attr-defined]
    monkeypatch.setitem(config, "tempdir", f"/{'z' * 120}/pymp-12345678")
    monkeypatch.setattr(forkserver, "_SHORT", (str(tmp_path / "absent"),))
    with pytest.raises(ScannerError, match=r"set TMPDIR to one of at most \d+ bytes"):
        forkserver.give_room()
    assert config["tempdir"].startswith("/zzz")
