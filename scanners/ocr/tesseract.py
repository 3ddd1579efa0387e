"""Tesseract as an engine: one process a picture, by standard input and output; no file is written."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from scanners.ocr.lines import Word
from scanners.sandbox import die_with_worker

if TYPE_CHECKING:
    from scanners.ocr.prepare import Grey

PAGE_SECONDS = 60.0
_GRACE = 5  # seconds of the processor beyond them
_WORD = "5"  # the level of words in its table
_COLUMNS = 12
_PLACES = ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")


class EngineFailed(Exception):  # noqa: N818  reads as what happened
    """The engine gave no answer; the message says why and quotes nothing."""


@cache
def _found(path: str) -> str:
    found = shutil.which("tesseract", path=path)
    if found is None:
        raise FileNotFoundError("tesseract")
    return found


def program() -> str | None:
    """Return where tesseract is; None without it, which is not remembered: it may be installed later."""
    try:
        return _found(os.pathsep.join((os.environ.get("PATH", ""), *_PLACES)))
    except FileNotFoundError:
        return None


def _run(arguments: list[str], data: bytes = b"", seconds: float = PAGE_SECONDS) -> bytes:
    """Run tesseract once: the only place where reading a file starts a process."""
    executable = program()
    if executable is None:
        raise EngineFailed("tesseract is not installed")
    environment = {name: os.environ[name] for name in ("PATH", "TESSDATA_PREFIX") if name in os.environ}
    try:
        with subprocess.Popen(
            [executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment, "OMP_THREAD_LIMIT": "1", "LC_ALL": "C"},
            preexec_fn=_bounds(seconds),  # noqa: PLW1509  nothing in it that another thread could hold
        ) as process:
            try:
                answer, _ = process.communicate(data, timeout=seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                raise EngineFailed(f"no answer in {seconds:.0f} s") from None
    except OSError as error:
        raise EngineFailed(f"tesseract did not start ({type(error).__name__})") from None
    if process.returncode != 0:
        raise EngineFailed(f"tesseract ended with code {process.returncode}")
    return answer


def _bounds(seconds: float) -> Callable[[], None] | None:
    """Return what the engine does before it starts: it ends with this worker, and when its time is over."""
    try:
        import resource
    except ImportError:  # not a POSIX system
        return None
    most = int(seconds) + _GRACE

    def bound() -> None:
        die_with_worker()
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CPU, (most, most))

    return bound


@cache
def _listed() -> frozenset[str]:
    listed = _run(["--list-langs"], seconds=20).decode("utf-8", errors="replace")
    return frozenset(line for line in listed.split("\n") if line and " " not in line)  # below a heading


def languages() -> frozenset[str]:
    """Return the languages that tesseract has data of; none without tesseract.

    A failure is not remembered: the machine may have been busy.
    """
    if program() is None:
        return frozenset()
    try:
        return _listed()
    except EngineFailed:
        return frozenset()


def version() -> str:
    """Return the version of the program as it tells it: "5.3.0"; empty when it does not."""
    try:
        told = _run(["--version"], seconds=20).decode("utf-8", errors="replace").split()
    except EngineFailed:
        return ""
    return told[1] if len(told) > 1 else ""


def is_ready() -> bool:
    """Tell whether tesseract can read Japanese here."""
    return "jpn" in languages()


def _handed_over(picture: Grey) -> bytes:
    """Return the picture as a portable grey map, which costs nothing to pack."""
    height, width = picture.shape
    return b"P5 %d %d 255\n" % (width, height) + picture.tobytes()


def words(picture: Grey, *, vertical: bool = False, seconds: float = PAGE_SECONDS) -> list[Word]:
    """Return the words of a prepared picture; raises `EngineFailed`."""
    known = languages()
    wanted = (
        ["jpn_vert"] if vertical and "jpn_vert" in known else ["jpn", *(["eng"] if "eng" in known else [])]
    )
    data = _handed_over(picture)
    arguments = [
        "stdin",
        "stdout",
        "--dpi",
        "200",
        "--psm",
        "5" if vertical else "6",
        "-l",
        "+".join(wanted),
        "tsv",
    ]
    table = _run(arguments, data, seconds).decode("utf-8", errors="replace")
    found = []
    for row in table.splitlines()[1:]:
        columns = row.split("\t")
        if len(columns) == _COLUMNS and columns[0] == _WORD and columns[11].strip():
            block, paragraph, line = (int(columns[index]) for index in (2, 3, 4))
            left, top, width, height = (int(columns[index]) for index in (6, 7, 8, 9))
            found.append(
                Word(
                    columns[11].strip(),
                    float(columns[10]),
                    (block, paragraph, line),
                    left,
                    top,
                    width,
                    height,
                )
            )
    return found


def quarter_turns(picture: Grey) -> int:
    """Return by how many clockwise quarters a picture must be turned to stand upright; 0 when unsure."""
    if "osd" not in languages():
        return 0
    data = _handed_over(picture)
    try:
        told = _run(["stdin", "stdout", "--dpi", "200", "--psm", "0", "-l", "osd"], data, 20)
    except EngineFailed:
        return 0
    facts = dict(
        line.split(": ", 1) for line in told.decode("utf-8", errors="replace").splitlines() if ": " in line
    )
    try:
        sure = float(facts.get("Orientation confidence", "0")) >= 1
        return int(facts.get("Rotate", "0")) // 90 % 4 if sure else 0
    except ValueError:
        return 0
