"""The versions of the programs that Daicho stands on."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.markers import Marker

from daicho.cli.confined import confined
from daicho.cli.console import _
from daicho.doctor.model import Finding, State
from scanners.ocr import engines, rapid, tesseract
from scanners.ocr.model import OcrMode
from scanners.sandbox import probe
from scanners.scratch import on_memory

OLDEST_PYTHON = (3, 11)
LOCK = Path(__file__).resolve().parents[2] / "requirements" / "core.lock"
_PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?: *; *(?P<marker>[^\\\n]+))?", re.MULTILINE
)


def versions(lock: Path = LOCK) -> Iterator[Finding]:
    """Compare what is installed with what Daicho was tested with; `lock` lists that."""
    subject = _("プログラムの版")
    running = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        yield Finding(
            subject,
            State.FAULT,
            _("Python {version} は古すぎます。", version=running),
            _("Python 3.11 以上で入れ直してください。"),
        )
        return
    if not lock.is_file():
        yield Finding(subject, State.GOOD, _("Python {version}", version=running))
        return
    wrong = differences(lock.read_text(encoding="utf-8"))
    if wrong:
        packages = ", ".join(
            f"{name} {found or '-'} (== {wanted})" for name, (wanted, found) in wrong.items()
        )
        yield Finding(
            subject,
            State.WARNING,
            _("試験済みの版と異なります: {packages}", packages=packages),
            _("make で入れ直すか、requirements/core.lock の版に合わせてください。"),
        )
        return
    yield Finding(subject, State.GOOD, _("Python {version}、部品の版は試験済みのものです。", version=running))


def _output(command: list[str]) -> str:
    """Return what a module of ours prints in a process of its own."""
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout


def isolation() -> Iterator[Finding]:
    """Say what holds the processes that read files here; tried in another process: it cannot be undone."""
    subject = _("読み取りの隔離")
    held = probe(_output)
    place = _("作業用のフォルダはメモリー上") if on_memory() else _("作業用のフォルダはディスク上")
    what = _("、").join((confined(held), place))
    if held.network and held.writes and on_memory():
        yield Finding(subject, State.GOOD, what)
        return
    advice = _("Landlock、seccomp、tmpfs のある Linux で動かすと、読み取りのプロセスを閉じ込められます。")
    yield Finding(subject, State.WARNING, what, advice)


def ocr(mode: OcrMode) -> Iterator[Finding]:
    """Say which engine reads scanned pages and pictures here, and what to install where none does."""
    subject = _("画像の文字の読み取り（OCR）")
    if mode is OcrMode.OFF:
        yield Finding(subject, State.GOOD, _("しません（daicho.toml の ocr が off）。"))
        return
    engine = engines.engine()
    languages = _("、").join(sorted(tesseract.languages()))
    known = _("tesseract {version}（言語: {languages}）", version=tesseract.version(), languages=languages)
    if engine == "tesseract":
        yield Finding(subject, State.GOOD, known)
    elif engine:
        yield Finding(subject, State.GOOD, _("RapidOCR {version}", version=rapid.version()))
    elif languages:
        what = _("{known} に日本語がなく、画像とスキャンした PDF を読めません。", known=known)
        advice = _("日本語（tesseract-ocr-jpn）を入れるか、make ocr を実行してください。")
        yield Finding(subject, State.WARNING, what, advice)
    else:
        what = _("読み取るプログラムがなく、画像とスキャンした PDF を読めません。")
        yield Finding(subject, State.WARNING, what, _("make ocr で tesseract か RapidOCR を入れてください。"))


def differences(lock: str) -> Mapping[str, tuple[str, str | None]]:
    """Return by package the pinned version and the installed one, where they differ."""
    found: dict[str, tuple[str, str | None]] = {}
    for match in _PINNED.finditer(lock):
        if match["marker"] and not Marker(match["marker"].strip()).evaluate():
            continue  # for other systems
        try:
            installed: str | None = version(match["name"])
        except PackageNotFoundError:
            installed = None
        if installed != match["version"]:
            found[match["name"]] = (match["version"], installed)
    return dict(sorted(found.items()))
