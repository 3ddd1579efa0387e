"""What others build on is documented word for word: categories, reasons, outcomes, exit codes, settings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from daicho.cli.console import ExitCode
from scanners.model import Category, Outcome, Reason

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = (ROOT / "docs/scan-output.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """Return the cells of the table below a heading of the output document, without its head."""
    section = re.split(r"^#+ ", OUTPUT.split(f"# {heading}\n", 1)[1], flags=re.MULTILINE)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


@pytest.mark.parametrize(("heading", "members"), [("Categories", Category), ("Outcomes", Outcome)])
def test_every_word_is_documented_once(heading: str, members: type[Category | Outcome]) -> None:
    """The table has each id, no other, and says something about it."""
    rows = table(heading)
    assert sorted(row[0] for row in rows) == sorted(f"`{member.value}`" for member in members)
    assert all(cell for row in rows for cell in row)


def test_every_reason_is_documented_and_marked_when_decided_beforehand() -> None:
    """A gap that a reader meets is explained, with what to do about it."""
    rows = table("Reasons")
    expected = {f"`{reason.value}`{' *' if reason.by_policy else ''}" for reason in Reason}
    assert {row[0] for row in rows} == expected
    assert len(rows) == len(expected)
    assert all(len(row) == 3 and all(row) for row in rows)


def test_every_exit_code_is_documented() -> None:
    """A script that runs `daicho` can rely on the numbers."""
    assert [(row[0], row[1]) for row in table("Exit codes")] == [
        (str(code.value), code.name) for code in ExitCode
    ]


def test_every_variable_of_the_environment_is_documented() -> None:
    """No setting that only its author knows."""
    settings = (ROOT / "daicho/settings.py").read_text(encoding="utf-8")
    documented = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    names = set(re.findall(r"DAICHO_[A-Z_]+", settings))
    assert names
    assert {name for name in names if f"`{name}`" not in documented} == set()


def test_every_key_of_the_configuration_is_documented() -> None:
    """The document shows each key that `daicho.toml` knows."""
    from daicho.settings import CONFIG_TEMPLATE

    documented = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    keys = re.findall(r"^# (\w+) = ", CONFIG_TEMPLATE, flags=re.MULTILINE)
    assert len(keys) >= 5
    assert {key for key in keys if f"`{key}`" not in documented} == set()
