"""The worked example of docs/adding-a-detector.md is carried out as it is written."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/adding-a-detector.md"
BLOCK = re.compile(r"^```(\w+) file=(\S+)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
NEEDED = ("scanners", "data", "tests/detectors", "tests/plugins", "tests/__init__.py", "tests/conftest.py")


def steps() -> list[tuple[str, str, str]]:
    """Return language, file and content of every block that names a file."""
    return [match.groups() for match in BLOCK.finditer(DOCUMENT.read_text(encoding="utf-8"))]  # type: ignore[misc]  # three groups


def inserted(text: str, change: str) -> str:
    """Put the added lines of a change behind the line that stands before them."""
    lines, at = text.splitlines(keepends=True), -1
    for line in change.splitlines(keepends=True):
        if line.startswith("+"):
            at += 1
            lines.insert(at, line[1:])
        else:
            at = lines.index(line[1:], at + 1)
    return "".join(lines)


def checked(*command: str, cwd: Path) -> str:
    """Run a program in the copy and return what it said."""
    result = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(cwd), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what detectors need."""
    for name in (*NEEDED, "tests/servers.py", "tests/allowed_skips.toml", "pyproject.toml"):
        source, target = ROOT / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    return tmp_path


def test_the_three_steps_make_a_detector(checkout: Path) -> None:
    """Module, cases and one line are enough: the new cases run and the linters are content."""
    touched = []
    for language, name, content in steps():
        path = checkout / name
        path.write_text(
            inserted(path.read_text(encoding="utf-8"), content) if language == "diff" else content,
            encoding="utf-8",
        )
        touched.append(name)
    assert len(touched) == 3
    checked("ruff", "check", "--quiet", *(name for name in touched if name.endswith(".py")), cwd=checkout)
    checked("ruff", "format", "--check", "--quiet", *(n for n in touched if n.endswith(".py")), cwd=checkout)
    said = checked("pytest", "-p", "no:randomly", "-q", "-rA", "-k", "iban", "tests/detectors", cwd=checkout)
    assert "test_detector_finds_exactly_its_cases[iban]" in said
    assert "test_detector_is_documented_and_versioned[iban]" in said
