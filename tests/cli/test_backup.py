"""`daicho backup` and `daicho restore` as a user gives them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Command


@pytest.fixture
def filled(daicho: Command, workspace: Path, share: Path) -> Path:
    """Make a workspace with a source and its first run, whose settings name another registry in a comment."""
    assert daicho("init") == 0
    assert daicho("source", "add", share / "form_utf8.txt", "--name", "form") == 0
    assert daicho("scan") == 0
    return workspace


def test_a_workspace_moves_to_another_place(
    daicho: Command, filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The newest backup of a folder is restored, works at once, and says that the key was never inside."""
    folder, new, key = tmp_path / "backups", tmp_path / "new", filled / "keys" / "master.key"
    assert daicho("backup", "--to", folder) == 0
    assert "not inside" in capsys.readouterr().err
    assert daicho("unit", "add", "--code", "LATER", "--name", "後") == 0
    assert daicho("backup", "--to", folder) == 0
    assert daicho("restore", folder, "--key-file", key, "-w", new) == 0
    capsys.readouterr()
    assert daicho("unit", "list", "-w", new) == 0
    assert "LATER" in capsys.readouterr().out
    assert daicho("journal", "verify", "-w", new) == 0
    assert daicho("scan", "-w", new) == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in new.rglob("*"))


def test_the_move_to_postgresql_and_back_is_the_same_command(
    daicho: Command,
    filled: Path,
    tmp_path: Path,
    postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Restored settings name the new registry, never the one that the backup came from."""
    key, there, back = filled / "keys" / "master.key", tmp_path / "there", tmp_path / "back"
    assert daicho("backup", "--to", tmp_path / "a.daicho") == 0
    assert daicho("restore", tmp_path / "a.daicho", "--key-file", key, "-w", there,
                  "--registry-url", postgres_url) == 2  # fmt: skip
    monkeypatch.setenv("DAICHO_REGISTRY_URL", postgres_url)
    assert daicho("restore", tmp_path / "a.daicho", "--key-file", key, "-w", there) == 0
    assert not (there / "registry.db").exists()
    assert daicho("journal", "verify", "-w", there) == 0
    (there / "daicho.toml").write_text(f'[registry]\nurl = "{postgres_url}"\n', encoding="utf-8")
    monkeypatch.delenv("DAICHO_REGISTRY_URL")
    assert daicho("backup", "--to", tmp_path / "b.daicho", "-w", there) == 0
    assert daicho("restore", tmp_path / "b.daicho", "--key-file", key, "-w", back) == 0
    assert (back / "registry.db").exists()
    assert daicho("source", "list", "-w", back) == 0
    assert "form" in capsys.readouterr().out
    assert daicho("journal", "verify", "-w", back) == 0


def test_what_is_wrong_is_said_and_changes_nothing(
    filled: Path, tmp_path: Path, daicho: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every fault has a sentence with the next step in both languages."""
    from daicho.cli.backup import _FAULTS
    from daicho.text import english
    from registry.backup.errors import Fault

    sentences = english("commands.po")
    assert set(_FAULTS) == set(Fault)
    assert set(_FAULTS.values()) <= set(sentences.values()) | set(sentences)
    key, new = filled / "keys" / "master.key", tmp_path / "new"
    backup = tmp_path / "a.daicho"
    assert daicho("backup", "--to", backup) == 0
    assert daicho("restore", backup, "-w", new) == 2  # no key was given
    assert daicho("restore", backup, "-w", filled, "--key-file", key) == 2
    other = tmp_path / "other.key"
    other.write_text("ab" * 32, encoding="ascii")
    other.chmod(0o600)
    assert daicho("restore", backup, "-w", new, "--key-file", other) == 4
    backup.write_bytes(backup.read_bytes()[:-1])
    assert daicho("restore", backup, "-w", new, "--key-file", key) == 4
    assert daicho("restore", tmp_path, "-w", new, "--key-file", key) == 2  # a folder without a backup
    assert not new.exists()
    said = capsys.readouterr().err
    assert "another master key" in said
    assert "not written to its end" in said


def test_settings_point_to_where_the_registry_is_now() -> None:
    """An address of before is put aside, whatever else the file says."""
    from daicho.cli.backup import _pointed_to

    old = '[registry]\nurl = "postgresql+psycopg://prod/daicho"\n[scan]\njobs = 2\n'
    assert "\nurl" not in _pointed_to(old, "")
    moved = _pointed_to(old, "postgresql+psycopg://new/daicho")
    assert '[registry]\nurl = "postgresql+psycopg://new/daicho"\n' in moved
    assert _pointed_to("[scan]\njobs = 2\n", "postgresql+psycopg://new/daicho").endswith(
        '[registry]\nurl = "postgresql+psycopg://new/daicho"\n'
    )
