"""The process of an OCR engine: it ends with its worker, has limits, and may fail once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")

_CONFINED = "from scanners.sandbox import confine; confine(None)\n"


def engine(folder: Path, script: str) -> dict[str, str]:
    """Install a script as tesseract and return the environment in which it is found."""
    program = folder / "tesseract"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o700)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


def run(code: str, environment: dict[str, str]) -> str:
    """Return what a Python of its own prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_engine_ends_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    """Nothing of a scan goes on behind its back."""
    told = tmp_path / "told"
    environment = engine(
        tmp_path, f'echo $$ > "{tmp_path}/new"; mv "{tmp_path}/new" "{told}"; exec sleep 600'
    )
    code = "from scanners.ocr import tesseract\ntesseract._run([])"
    with subprocess.Popen([sys.executable, "-c", code], env=environment) as worker:
        until = time.monotonic() + 30
        while not told.exists() and time.monotonic() < until:
            time.sleep(0.02)
        number = int(told.read_text(encoding="ascii"))
        worker.kill()
    while _runs(number) and time.monotonic() < until:
        time.sleep(0.02)
    left = _runs(number)
    if left:
        os.kill(number, 9)
    assert not left


def _runs(number: int) -> bool:
    """Tell whether a process is there and no mere remains of one."""
    try:
        state = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def test_its_time_of_the_processor_is_bounded_in_a_confined_worker(tmp_path: Path) -> None:
    """It bounds itself: the filter of system calls lets a worker rule no other process."""
    code = f"{_CONFINED}from scanners.ocr import tesseract\nprint(tesseract._run([], seconds=20).decode())"
    assert run(code, engine(tmp_path, "ulimit -t")) == "25"


def test_a_failure_to_list_languages_is_not_remembered(tmp_path: Path) -> None:
    """The engine answers the second time."""
    script = f'[ -e "{tmp_path}/once" ] || {{ : > "{tmp_path}/once"; exit 1; }}\necho jpn'
    code = "from scanners.ocr import tesseract\nprint(tesseract.is_ready(), tesseract.is_ready())"
    assert run(code, engine(tmp_path, script)) == "False True"
