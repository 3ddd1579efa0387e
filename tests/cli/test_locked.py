"""Passwords for a scan, and the list of what stayed locked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.extractors.samples_archives import locked_zip


def test_a_scan_takes_a_list_of_passwords_and_lists_what_stays_locked(
    daicho: Command, made_workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By option and by setting; a list that others may read is refused before anything is scanned."""
    folder = tmp_path / "locked"
    folder.mkdir()
    (folder / "known.zip").write_bytes(locked_zip("hana-2026", aes=True))
    (folder / "unknown.zip").write_bytes(locked_zip("other", aes=False))
    listed = tmp_path / "passwords"
    listed.write_text("nothing\nhana-2026\n", encoding="utf-8")
    listed.chmod(0o644)
    capsys.readouterr()
    assert daicho("scan", folder, "--jobs", "1", "--passwords", listed) == 2
    assert "chmod 600" in capsys.readouterr().err
    listed.chmod(0o600)
    assert daicho("scan", folder, "--jobs", "1", "--format", "jsonl", "--passwords", listed) == 3
    printed = capsys.readouterr()
    told = {row["uri"].rpartition("/")[2]: row for row in map(json.loads, printed.out.splitlines())}
    assert told["known.zip!list.txt"]["detail"] == "opened with listed password no. 2"
    assert told["unknown.zip!list.txt"]["reason"] == "encrypted"
    assert daicho("locked") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split("\t")[0].endswith("unknown.zip")
    assert daicho("journal", "list", "--limit", "3") == 0
    assert any("\tlist_viewed\tlocations/" in line for line in capsys.readouterr().out.splitlines())
    assert daicho("locked", "--unit", "NO-SUCH") == 2

    listed.write_text("other\nhana-2026\n", encoding="utf-8")
    config = made_workspace / "daicho.toml"
    told_of = config.read_text(encoding="utf-8").replace("[scan]", f'[scan]\npassword_file = "{listed}"')
    config.write_text(told_of, encoding="utf-8")
    capsys.readouterr()
    assert daicho("scan", folder, "--jobs", "1", "--format", "jsonl") == 0
    assert "hana-2026" not in "".join(capsys.readouterr())
    assert daicho("locked") == 0
    assert capsys.readouterr().out == ""
