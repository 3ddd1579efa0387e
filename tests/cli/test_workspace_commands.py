"""`daicho init`, `unit`, `source`, `account` and `journal`."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Command


def test_init_makes_a_private_workspace_and_shows_the_password_once(
    daicho: Command, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The key is its owner's alone, and nothing stores the first password in the clear."""
    assert daicho("init", "--admin", "root@example.jp") == 0
    printed = capsys.readouterr().out
    password = printed.strip().rsplit(": ", 1)[-1]
    assert len(password) >= 16
    assert stat.S_IMODE((workspace / "keys" / "master.key").stat().st_mode) == 0o600
    for path in workspace.rglob("*"):
        if path.is_file():
            assert password.encode() not in path.read_bytes()
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 or path.name == "daicho.toml"


def test_a_second_init_changes_nothing(
    daicho: Command, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An existing workspace is refused with the way out."""
    assert daicho("init") == 0
    key = (workspace / "keys" / "master.key").read_bytes()
    assert daicho("init") == 4
    assert "already" in capsys.readouterr().err
    assert (workspace / "keys" / "master.key").read_bytes() == key


def test_units_and_sources_are_registered_listed_and_removed(
    daicho: Command, workspace: Path, share: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A scan without a target examines what is registered for its unit."""
    daicho("init", "--code", "TOWA")
    assert daicho("unit", "add", "--code", "TOWA-A", "--name", "東和A", "--parent", "TOWA") == 0
    assert daicho("source", "add", share, "--name", "shared", "--unit", "TOWA-A", "--owner", "総務部") == 0
    capsys.readouterr()
    assert daicho("unit", "list") == 0
    assert capsys.readouterr().out.splitlines() == ["TOWA\theadquarters\t本社", "  TOWA-A\tcompany\t東和A"]
    assert daicho("source", "list") == 0
    assert capsys.readouterr().out.strip() == f"shared\tTOWA-A\t総務部\t{share.as_uri()}"
    assert daicho("scan", "--format", "jsonl") == 0
    assert len(capsys.readouterr().out.splitlines()) == 8
    assert daicho("source", "remove", "shared") == 0
    assert daicho("source", "remove", "shared") == 2
    assert daicho("scan") == 2


def test_a_source_with_credentials_in_its_url_is_refused(
    daicho: Command, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The registry never holds a password, and the message does not repeat it."""
    daicho("init")
    assert daicho("source", "add", "postgresql://reader:hunter22@db.example.internal/hr", "--name", "hr") == 2
    printed = capsys.readouterr()
    assert "hunter22" not in printed.out + printed.err


def test_an_account_gets_a_password_once_and_a_role_in_one_unit(
    daicho: Command, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Accounts are made from the command line by the owner of the workspace."""
    daicho("init")
    assert daicho("account", "add", "sato@example.jp", "--name", "佐藤 恵", "--role", "officer") == 0
    assert daicho("account", "add", "sato@example.jp", "--name", "佐藤 恵", "--role", "officer") == 2
    assert daicho("account", "add", "x@example.jp", "--name", "X", "--unit", "NOWHERE") == 2


def test_the_journal_of_a_fresh_workspace_verifies(
    daicho: Command, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every change so far is in the chain, and the chain holds."""
    daicho("init")
    daicho("unit", "add", "--code", "A", "--name", "A")
    capsys.readouterr()
    assert daicho("journal", "verify") == 0
    assert "unbroken" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", ["init", "scan", "serve", "demo", "source add", "unit add", "account add"]
)
def test_help_shows_examples(daicho: Command, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` ends with lines that can be copied."""
    assert daicho(*command.split(), "--help") == 0
    printed = capsys.readouterr().out
    assert "Examples:" in printed
    assert f"  daicho {command}" in printed


def test_a_bad_setting_is_named(daicho: Command, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake in daicho.toml is a mistake of usage and names its key."""
    daicho("init")
    (workspace / "daicho.toml").write_text("[scan]\njobs = -1\n", encoding="utf-8")
    assert daicho("unit", "list") == 2
    assert "scan.jobs" in capsys.readouterr().err
