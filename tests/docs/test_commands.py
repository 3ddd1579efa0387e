"""Commands in documents exist, and every command is documented."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "docs/cli.md"
WRITTEN_BY_HAND = [ROOT / "README.md", *(path for path in (ROOT / "docs").rglob("*.md") if path != REFERENCE)]


def documented_commands() -> set[str]:
    """Return the commands that the reference describes."""
    return set(re.findall(r"^## daicho (.+)$", REFERENCE.read_text(encoding="utf-8"), flags=re.MULTILINE))


def test_the_reference_is_what_the_commands_say() -> None:
    """docs/cli.md is generated; a changed option without `make docs` is noticed."""
    result = subprocess.run(
        [sys.executable, "-m", "docs.build", "--check"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("document", WRITTEN_BY_HAND, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_and_options_in_examples_exist(document: Path) -> None:
    """An example that a reader copies is one that the command understands."""
    known = documented_commands()
    reference = REFERENCE.read_text(encoding="utf-8")
    blocks = re.findall(
        r"^```sh\n(.*?)^```", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    for line in "".join(blocks).splitlines():
        words = line.split("#")[0].split()
        if not words or words[0] != "daicho":
            continue
        command = " ".join(words[1:3]) if " ".join(words[1:3]) in known else words[1]
        assert command in known, line
        own = reference.split(f"## daicho {command}\n", 1)[1].split("\n## ", 1)[0]
        for option in (word for word in words if word.startswith("--")):
            assert option.split("=")[0] in own, f"{option} in: {line}"


def test_every_make_target_in_documents_exists() -> None:
    """`make …` in a document is a target of the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))
    for document in [*WRITTEN_BY_HAND, REFERENCE]:
        named = re.findall(r"`make ([a-z-]+)", document.read_text(encoding="utf-8"))
        assert set(named) - targets == set(), document.name


def test_the_readme_is_short_and_names_both_commands() -> None:
    """A newcomer reads one page and runs one of two commands."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 150
    assert "\nmake demo " in text
    assert "\nmake test " in text
    assert "docs/images/overview.png" in text
