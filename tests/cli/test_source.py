"""`daicho source` with terms, its test, and what may not be scanned."""

from __future__ import annotations

from pathlib import Path

import pytest

from daicho.credentials import credentials_of
from daicho.errors import UsageError
from scanners.credentials import Credentials
from tests.cli.conftest import Command


def test_a_source_is_registered_shown_changed_and_tried(
    daicho: Command, made_workspace: Path, share: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Terms go in, are shown in words, change one by one; the test tells its steps."""
    assert daicho("source", "add", share, "--name", "s", "--schedule", "weekly SAT 22:00", "--jobs", "1") == 0
    assert daicho("source", "edit", "s", "--exclude", "*.zip", "--window", "22:00-06:00") == 0
    capsys.readouterr()
    assert daicho("source", "show", "s") == 0
    printed = capsys.readouterr().out
    for part in ("Every Saturday at 22:00", "*.zip", "22:00-06:00", "Ordinary place"):
        assert part in printed
    assert daicho("source", "test", "s") == 0
    assert capsys.readouterr().out == "OK: Right to list\nOK: Right to read\n"
    assert daicho("source", "edit", "s", "--window", "nights") == 2
    assert "Write the hours as 22:00-06:00." in capsys.readouterr().err


def test_a_place_that_is_gone_fails_its_test_with_advice(
    daicho: Command, made_workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The step that fails is named with its code; a database has no test yet that tells steps."""
    assert daicho("source", "add", tmp_path / "gone", "--name", "gone") == 0
    capsys.readouterr()
    assert daicho("source", "test", "gone") == 4
    assert "Failed: Right to list (errno 2) It cannot be listed." in capsys.readouterr().out


def test_patterns_count_and_a_device_is_not_scanned(
    daicho: Command, made_workspace: Path, share: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An excluded archive stays unread; a device is refused by name, by path and by test, until released."""
    assert (
        daicho("source", "add", share, "--name", "ct", "--kind", "medical_device", "--exclude", "*.zip") == 0
    )
    capsys.readouterr()
    for place in ("ct", share, share / "parts.txt"):
        assert daicho("scan", place) == 4
        assert "Medical devices are not scanned." in capsys.readouterr().err
    assert daicho("source", "test", "ct") == 4
    assert daicho("source", "edit", "ct", "--release", "保守中の複製") == 0
    capsys.readouterr()
    assert daicho("scan", "ct", "--format", "jsonl") in (0, 3)
    printed = capsys.readouterr().out
    assert "form_utf8.txt" in printed
    assert "inner/form.txt" not in printed
    assert daicho("source", "edit", "ct", "--exclude-device") == 0
    assert daicho("scan", "ct") == 4


def test_a_mailbox_needs_a_rule_even_ad_hoc(
    daicho: Command, made_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody is connected to before the rule is registered."""
    assert daicho("scan", "imaps://mail.invalid/sato") == 4
    assert "a rule on monitoring workers is registered" in capsys.readouterr().err
    added = ("monitoring", "add", "規程 第 3 条", "--responsible", "総務部長", "--purpose", "漏えいの防止")
    assert daicho(*added, "--noticed", "2026-04-01") == 0
    assert daicho("monitoring", "list") == 0
    assert "1\tTOWA\t規程 第 3 条\t2026-04-01\t総務部長\t漏えいの防止\t" in capsys.readouterr().out
    assert daicho("monitoring", "end", "1") == 0
    assert daicho("scan", "imaps://mail.invalid/sato") == 4


def test_references_lead_to_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Environment, file and systemd; files that others may read, or of the workspace, are refused."""
    monkeypatch.setenv("SHARE_PASSWORD", "secret-1")
    assert credentials_of("env:SHARE_PASSWORD") == Credentials(secret="secret-1")
    kept = tmp_path / "kept"
    kept.write_text("reader\nsecret-2\n", encoding="utf-8")
    kept.chmod(0o600)
    assert credentials_of(f"file:{kept}") == Credentials("reader", "secret-2")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert credentials_of("systemd:kept") == Credentials("reader", "secret-2")
    assert credentials_of("") == Credentials()
    with pytest.raises(UsageError, match="of the workspace"):
        credentials_of(f"file:{kept}", own=tmp_path)
    kept.chmod(0o640)
    for reference in (f"file:{kept}", "env:NOT_SET_ANYWHERE", "systemd:absent", "secret-3"):
        with pytest.raises(UsageError) as caught:
            credentials_of(reference)
        assert "secret-" not in str(caught.value)
