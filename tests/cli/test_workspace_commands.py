"""`daicho init`, `unit`, `source`, `account` and `journal`."""

from __future__ import annotations

import re
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daicho.own_entry import own_entry
from daicho.settings import Settings
from daicho.workspace import Workspace
from registry import ledger, links, second_factor, sessions, sign_in, totp
from registry.sign_in import SignInRefused
from registry.store import Registry
from tests.cli.conftest import Command

PASSWORD = "quite a long passphrase"


def linked(printed: str) -> str:
    """Return the token of the one-time link that a command printed."""
    (token,) = re.findall(
        r"http://127\.0\.0\.1:8501/sign-in/link/([A-Za-z0-9_-]{43})$", printed, re.MULTILINE
    )
    return str(token)


def registry_of(path: Path) -> Registry:
    """Open the registry of a workspace."""
    return Workspace.open(Settings(workspace=path)).registry


def test_init_makes_a_private_workspace_and_shows_a_link_once(
    daicho: Command, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The key is its owner's alone, nothing stores the link in the clear, and it opens the first account."""
    assert daicho("init", "--admin", "root@example.jp") == 0
    token = linked(capsys.readouterr().out)
    assert stat.S_IMODE((workspace / "keys" / "master.key").stat().st_mode) == 0o600
    for path in workspace.rglob("*"):
        if path.is_file():
            assert token.encode() not in path.read_bytes()
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 or path.name == "daicho.toml"

    registry = registry_of(workspace)
    assert isinstance(sign_in.with_password(registry, "root@example.jp", ""), SignInRefused)
    links.redeem(registry, token, password=PASSWORD, name="管理者")
    assert isinstance(sign_in.with_password(registry, "root@example.jp", PASSWORD), str)
    registry.close()


def test_the_ledger_begins_with_the_platforms_own_data(daicho: Command, workspace: Path) -> None:
    """Who uses Daicho and what they did are personal data too: the ledger names them from the first day."""
    assert daicho("init", "--code", "TOWA") == 0
    opened = Workspace.open(Settings(workspace=workspace))
    with opened.registry.read(opened.owner()) as tx:
        (entry,) = ledger.entries(tx)
        assert (entry.number, entry.name) == ("L-0001", own_entry(entry.unit_id).name)
        assert own_entry(entry.unit_id, "en").items == entry.items
    opened.close()


def test_unattended_set_up_takes_the_password_from_the_environment(
    daicho: Command,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No link is printed then; a weak password is refused before anything is made."""
    monkeypatch.setenv("DAICHO_ADMIN_PASSWORD", "password1234")
    assert daicho("init") == 2
    assert not workspace.exists()
    monkeypatch.setenv("DAICHO_ADMIN_PASSWORD", PASSWORD)
    assert daicho("init") == 0
    printed = capsys.readouterr()
    assert "sign-in/link" not in printed.out + printed.err
    assert PASSWORD not in printed.out + printed.err
    registry = registry_of(workspace)
    assert isinstance(sign_in.with_password(registry, "admin", PASSWORD), str)
    registry.close()


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
    assert capsys.readouterr().out.strip() == f"shared\tTOWA-A\t総務部\t{share.as_uri()}\tordinary\toff"
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


def test_an_account_gets_a_link_and_a_role_in_one_unit(
    daicho: Command, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Accounts are made from the command line by the owner of the workspace."""
    daicho("init")
    assert daicho("account", "add", "sato@example.jp", "--name", "佐藤 恵", "--role", "officer") == 0
    capsys.readouterr()
    assert daicho("account", "add", "sato@example.jp", "--name", "佐藤 恵", "--role", "officer") == 2
    assert daicho("account", "add", "x@example.jp", "--name", "X", "--unit", "NOWHERE") == 2


def test_links_sessions_and_second_factors_are_managed_at_the_machine(
    daicho: Command, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new link ends the one before; sessions end; a factor is taken away; nobody unknown is acted on."""
    daicho("init")
    first = linked(capsys.readouterr().out)
    assert daicho("account", "link", "ADMIN") == 0
    second = linked(capsys.readouterr().out)
    registry = registry_of(workspace)
    assert links.owner(registry, first) is None
    links.redeem(registry, second, password=PASSWORD, name="管理者")
    token = sign_in.with_password(registry, "admin", PASSWORD)
    assert isinstance(token, str)
    assert daicho("account", "reset-second-factor", "admin") == 2
    person = sessions.principal_for(registry, token)
    assert person is not None
    secret = second_factor.begin(registry, person).secret
    assert second_factor.confirm(registry, person, totp.code(secret, totp.step_at(datetime.now(UTC))))
    capsys.readouterr()
    assert daicho("account", "list") == 0
    assert capsys.readouterr().out == "admin\t管理者\tpassword second-factor\n"
    assert daicho("account", "reset-second-factor", "admin") == 0
    assert daicho("account", "sign-out", "admin") == 0
    assert sessions.principal_for(registry, token) is None
    registry.close()
    for command in ("link", "sign-out", "reset-second-factor"):
        assert daicho("account", command, "stranger@example.jp") == 2


def test_the_link_names_the_public_address(
    daicho: Command, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Behind a proxy it opens where the people are."""
    daicho("init")
    (workspace / "daicho.toml").write_text(
        '[web]\npublic_url = "https://daicho.example.jp"\n', encoding="utf-8"
    )
    capsys.readouterr()
    assert daicho("account", "link", "admin") == 0
    assert "https://daicho.example.jp/sign-in/link/" in capsys.readouterr().out


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
