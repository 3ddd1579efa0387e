"""`daicho doctor` finds the faults of a deployment and says what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from daicho.doctor import data, files, outside, programs
from daicho.doctor.model import Finding, State
from daicho.settings import Settings
from daicho.workspace import Workspace
from registry.store import utc_now
from scanners.ocr import rapid, tesseract
from scanners.ocr.model import OcrMode
from tests.cli.conftest import Command


@pytest.fixture
def made(daicho: Command, workspace: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return a fresh workspace."""
    assert daicho("init") == 0
    capsys.readouterr()
    return workspace


def _lines(capsys: pytest.CaptureFixture[str]) -> dict[str, tuple[str, str]]:
    """Return mark and text by subject."""
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines() if not line.startswith("\t")]
    return {subject: (mark, what) for mark, subject, what in rows}


def test_a_fresh_workspace_has_no_fault(
    daicho: Command, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every check answers; the key beside the data is worth a warning."""
    assert daicho("doctor") == 0
    lines = _lines(capsys)
    assert set(lines) == {
        "Versions",
        "File modes",
        "Place of the master key",
        "Free disk space",
        "Registry database",
        "Journal",
        "Clock",
        "Signed heads of the journal",
        "isolation of readers",
        "Text in pictures (OCR)",
    }
    assert lines["Place of the master key"][0] == "warning"
    assert {lines[name][0] for name in ("File modes", "Registry database", "Journal")} == {"good"}


def test_files_open_to_others_are_named(
    daicho: Command, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The settings may be read by others, nothing else; the advice mends it."""
    (made / "daicho.toml").chmod(0o644)
    assert daicho("doctor") == 0
    (made / "registry.db").chmod(0o640)
    capsys.readouterr()
    assert daicho("doctor") == 4
    printed = capsys.readouterr().out
    assert str(made / "registry.db") in printed
    assert f"chmod -R go-rwx {made}" in printed
    (made / "registry.db").chmod(0o600)
    (made / "daicho.toml").chmod(0o666)
    assert daicho("doctor") == 4


def test_a_key_that_others_read_keeps_the_data_closed(
    daicho: Command, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The database is not opened with it, and the check says why."""
    (made / "keys" / "master.key").chmod(0o644)
    assert daicho("doctor") == 4
    mark, what = _lines(capsys)["Registry database"]
    assert (mark, "chmod 600" in what) == ("fault", True)


def test_a_wrong_key_and_a_lost_one_are_told(
    daicho: Command, made: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is changed by looking."""
    before = (made / "registry.db").read_bytes()
    monkeypatch.setenv("DAICHO_MASTER_KEY", "ab" * 32)
    assert daicho("doctor") == 4
    assert "does not open with this master key" in _lines(capsys)["Registry database"][1]
    monkeypatch.delenv("DAICHO_MASTER_KEY")
    (made / "keys" / "master.key").unlink()
    assert daicho("doctor") == 4
    assert _lines(capsys)["Place of the master key"][0] == "fault"
    assert (made / "registry.db").read_bytes() == before


def test_a_damaged_database_is_told(daicho: Command, made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One changed byte in a page that opening does not read."""
    daicho("unit", "add", "--code", "A", "--name", "A")
    for log in made.glob("registry.db-*"):
        log.unlink()
    content = bytearray((made / "registry.db").read_bytes())
    content[-100] ^= 1
    (made / "registry.db").write_bytes(content)
    capsys.readouterr()
    assert daicho("doctor") == 4
    assert _lines(capsys)["Registry database"][0] == "fault"


def test_a_clock_behind_the_journal_is_told(made: Path) -> None:
    """Records of the future mean that the clock is wrong now or was wrong then."""
    workspace = Workspace.open(Settings.load(made))
    try:
        (late,) = data.clock(workspace, utc_now() - timedelta(days=1))
        (right,) = data.clock(workspace, utc_now())
    finally:
        workspace.close()
    assert late.state is State.FAULT
    assert right.state is not State.FAULT


def test_a_full_disk_and_other_versions_are_told(made: Path, tmp_path: Path) -> None:
    """The limits are parameters; a lock may pin what is not installed or for another system."""
    (full,) = files.room(Settings.load(made), least=1 << 60)
    assert full.state is State.WARNING
    lock = tmp_path / "lock"
    lock.write_text(
        "typer==0.0.1 \\\n    --hash=sha256:00\nno-such-package==1.0 ; python_version < '3'\nabsent-one==2\n",
        encoding="utf-8",
    )
    assert set(programs.differences(lock.read_text(encoding="utf-8"))) == {"typer", "absent-one"}
    found: list[Finding] = list(programs.versions(lock))
    assert [(finding.state, "absent-one - (== 2)" in finding.what) for finding in found] == [
        (State.WARNING, True)
    ]


def test_signed_heads_are_asked_for(
    daicho: Command, made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No place for them, a place that is gone, none yet, and one of today."""
    assert daicho("doctor") == 0
    assert _lines(capsys)["Signed heads of the journal"][0] == "warning"
    elsewhere = tmp_path / "elsewhere"
    (made / "daicho.toml").write_text(f'[journal]\nanchors = "{elsewhere}"\n', encoding="utf-8")
    assert daicho("doctor") == 4
    assert _lines(capsys)["Signed heads of the journal"][0] == "fault"
    elsewhere.mkdir()
    assert daicho("doctor") == 0
    assert _lines(capsys)["Signed heads of the journal"][0] == "warning"
    assert daicho("journal", "anchor") == 0
    capsys.readouterr()
    assert daicho("doctor") == 0
    assert _lines(capsys)["Signed heads of the journal"][0] == "good"


def test_what_cannot_be_reached_is_told(
    daicho: Command, made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A proxy that does not answer is a fault, a time-stamping authority that does not is a warning."""
    (made / "daicho.toml").write_text('[web]\npublic_url = "https://127.0.0.1:9"\n', encoding="utf-8")
    assert daicho("doctor") == 4
    assert _lines(capsys)["TLS certificate"][0] == "fault"
    (found,) = outside.authority(replace(Settings.load(made), tsa_url="http://127.0.0.1:9/"))
    assert found.state is State.WARNING
    assert not list(outside.authority(Settings.load(made)))


def test_without_a_workspace_there_is_nothing_to_check(daicho: Command, workspace: Path) -> None:
    """The way out is told."""
    assert daicho("doctor") == 4


def _pictures(mode: OcrMode = OcrMode.AUTO) -> Finding:
    (finding,) = programs.ocr(mode)
    return finding


def test_the_engine_that_reads_pictures_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tesseract with its version and languages, RapidOCR, or none, with what to install; nothing when off."""
    program = tmp_path / "tesseract"
    told = "tesseract 5.9.1"
    program.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo {told} || cat {tmp_path}/list\n')
    program.chmod(0o755)
    monkeypatch.setattr(tesseract, "_PLACES", ())
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def with_languages(*names: str) -> Finding:
        (tmp_path / "list").write_text("\n".join((f'List of languages in "{tmp_path}" (9):', *names)))
        tesseract._found.cache_clear()
        tesseract._listed.cache_clear()
        return _pictures()

    try:
        monkeypatch.setattr(rapid, "is_ready", lambda: False)
        found = with_languages("jpn", "eng")
        assert (found.state, found.what) == (State.GOOD, "tesseract 5.9.1 (languages: eng, jpn)")
        found = with_languages("eng")
        assert (found.state, "has no Japanese" in found.what) == (State.WARNING, True)
        assert "tesseract-ocr-jpn" in found.advice
        program.unlink()
        tesseract._found.cache_clear()
        monkeypatch.setenv("PATH", str(tmp_path))
        assert (_pictures().state, "make ocr" in _pictures().advice) == (State.WARNING, True)
        assert _pictures(OcrMode.OFF).state is State.GOOD
        monkeypatch.setattr(rapid, "is_ready", lambda: True)
        monkeypatch.setattr(rapid, "version", lambda: "3.1.0")
        assert _pictures().what == "RapidOCR 3.1.0"
    finally:
        tesseract._found.cache_clear()
        tesseract._listed.cache_clear()
