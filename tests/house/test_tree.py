"""What stands in the repository: nothing unfinished, nothing of the machine it was written on."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT_SUFFIXES = {
    ".py",
    ".md",
    ".toml",
    ".yaml",
    ".in",
    ".lock",
    ".po",
    ".js",
    ".css",
    ".svg",
    ".html",
    ".sh",
    "",
}
# Written apart, so that this file does not find itself.
UNFINISHED = re.compile(
    "|".join(("\\bTO" + "DO", "FIX" + "ME", "\\bX" + "XX", "raise NotImplemented" + "Error"))
)


def committed_texts() -> list[Path]:
    """Return every text file that belongs to the repository."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    paths = (ROOT / name for name in listed if name)
    return [path for path in paths if path.suffix in TEXT_SUFFIXES and path.is_file()]


def test_nothing_is_left_for_later() -> None:
    """What is here works; what does not is not here."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in committed_texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if UNFINISHED.search(line) and path.suffix in {".py", ".md", ".js", ""}
    ]
    assert found == []


def test_no_file_names_the_machine_it_was_written_on() -> None:
    """Neither the place of the checkout nor a home directory stands in a file."""
    home = str(Path.home())
    places = [str(ROOT), *([f"{home}/"] if home != "/" else [])]
    pattern = re.compile("|".join(rf"(?<![\w.-]){re.escape(place)}" for place in places))
    found = [str(path) for path in committed_texts() if pattern.search(path.read_text(encoding="utf-8"))]
    assert found == []


def test_every_area_of_the_tests_is_where_tests_are_looked_for() -> None:
    """A test file with another name than test_*.py would never run."""
    strays = [
        path
        for path in (ROOT / "tests").rglob("*.py")
        if re.search(r"^def test_", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        and not path.name.startswith("test_")
    ]
    assert strays == []
