"""A workspace and a folder of synthetic documents for the commands."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from daicho.cli import run
from tests.cli.documents import ENGLISH_NOTE, FAMILY_NAMES, FORM, GIVEN_NAMES, PART_LIST

Command = Callable[..., int]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the commands to a workspace that does not exist yet, in English."""
    path = tmp_path / "workspace"
    monkeypatch.setenv("DAICHO_WORKSPACE", str(path))
    monkeypatch.delenv("DAICHO_MASTER_KEY", raising=False)
    monkeypatch.delenv("DAICHO_ADMIN_PASSWORD", raising=False)
    return path


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a workspace with `daicho init --code TOWA` to copy, which is ten times faster than making one."""
    path = tmp_path_factory.mktemp("made") / "workspace"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAICHO_WORKSPACE", str(path))
        patch.delenv("DAICHO_MASTER_KEY", raising=False)
        patch.delenv("DAICHO_ADMIN_PASSWORD", raising=False)
        assert run(["init", "--code", "TOWA"]) == 0
    return path


@pytest.fixture
def made_workspace(made_once: Path, workspace: Path) -> Path:
    """Return a copy of the workspace whose top unit is TOWA, which is this test's own."""
    shutil.copytree(made_once, workspace)
    return workspace


@pytest.fixture
def share(tmp_path: Path) -> Path:
    """Make a folder with a form in three encodings, a list, an archive and a clean document."""
    folder = tmp_path / "share"
    folder.mkdir()
    (folder / "form_utf8.txt").write_bytes(b"\xef\xbb\xbf" + FORM.encode())
    (folder / "form_cp932.txt").write_bytes(FORM.encode("cp932"))
    (folder / "form_utf16.txt").write_bytes(FORM.encode("utf-16"))
    (folder / "parts.txt").write_text(PART_LIST, encoding="utf-8")
    (folder / "note.txt").write_text(ENGLISH_NOTE, encoding="utf-8")
    people = ((family, given) for family in FAMILY_NAMES for given in GIVEN_NAMES)
    rows = "".join(
        f"{number},{family} {given},090-2345-{1000 + number}\r\n"
        for number, (family, given) in enumerate(people, start=1)
    )
    (folder / "list.csv").write_bytes(("番号,氏名,電話番号\r\n" + rows).encode("cp932"))
    with zipfile.ZipFile(folder / "archive.zip", "w") as archive:
        archive.writestr("inner/form.txt", FORM)
    return folder


@pytest.fixture
def daicho() -> Command:
    """Return the command line as a function of its arguments that gives the exit code."""
    return lambda *arguments: run([str(argument) for argument in arguments])
