"""`daicho key`: rotations and the ceremony of shares, and that no key is ever shown."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from registry.rotation import Purpose
from tests.cli.conftest import Command

NEW_MASTER = "5a" * 32


def master(workspace: Path) -> str:
    """Return the master key of a workspace as its file holds it."""
    return (workspace / "keys" / "master.key").read_text(encoding="ascii").strip()


OFTEN = {Purpose.FIELD, Purpose.JOURNAL}


@pytest.mark.parametrize(
    "purpose",
    [
        *(pytest.param(each.value, marks=() if each in OFTEN else pytest.mark.slow) for each in Purpose),
        "master",
    ],
)
def test_every_key_can_be_replaced(
    daicho: Command, workspace: Path, share: Path, capsys: pytest.CaptureFixture[str], purpose: str
) -> None:
    """Twice in a row, and the workspace reads, scans and verifies as before."""
    daicho("init")
    daicho("source", "add", share / "form_utf8.txt", "--name", "form")
    assert daicho("scan") == 0
    before = master(workspace)
    for _ in range(2):
        assert daicho("key", "rotate", purpose) == 0
    assert (master(workspace) == before) is (purpose != "master")
    assert daicho("scan") == 0
    assert daicho("journal", "verify") == 0
    assert daicho("source", "list") == 0
    printed = capsys.readouterr()
    for key in (before, master(workspace)):
        assert key not in printed.out + printed.err


def test_shares_bring_a_lost_key_back(
    daicho: Command, workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two of three officers suffice, one does not; the files are their owners' alone and show no key."""
    daicho("init")
    key, path = master(workspace), workspace / "keys" / "master.key"
    files = [tmp_path / name for name in ("a", "b", "c")]
    options = [word for file in files for word in ("--to", file)]
    assert daicho("key", "export", *options) == 0
    assert daicho("key", "export", *options) == 2  # nothing is overwritten
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert key not in file.read_text(encoding="ascii")
    assert daicho("key", "import", files[0], files[1]) == 4  # the key is there
    path.rename(tmp_path / "gone")
    assert daicho("unit", "list") == 4
    assert daicho("key", "import", files[2]) == 2
    assert not path.exists()
    assert daicho("key", "import", files[2], files[0]) == 0
    assert master(workspace) == key
    assert daicho("journal", "verify") == 0
    printed = capsys.readouterr()
    assert key not in printed.out + printed.err
    assert "too few" in printed.err


def test_a_key_of_the_environment_is_replaced_through_the_environment(
    daicho: Command, workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The new key comes in as the old one did, and neither stands in a file or on the screen."""
    monkeypatch.setenv("DAICHO_MASTER_KEY", "0f" * 32)
    daicho("init")
    assert daicho("key", "rotate", "master") == 2
    monkeypatch.setenv("DAICHO_NEXT_MASTER_KEY", NEW_MASTER)
    assert daicho("key", "rotate", "master") == 0
    monkeypatch.setenv("DAICHO_MASTER_KEY", NEW_MASTER)
    assert daicho("journal", "verify") == 0
    assert daicho("key", "rotate", "field") == 0
    monkeypatch.setenv("DAICHO_MASTER_KEY", "0f" * 32)
    assert daicho("journal", "verify") == 4
    printed = capsys.readouterr()
    assert "does not belong to this master key" in printed.err
    for key in ("0f" * 32, NEW_MASTER):
        assert key not in printed.out + printed.err
        for file in workspace.rglob("*"):
            if file.is_file():
                assert key.encode() not in file.read_bytes()
                assert bytes.fromhex(key) not in file.read_bytes()


CANARY = """
import logging, sys, traceback
logging.basicConfig(level=logging.DEBUG)
from daicho.cli import run
from daicho.settings import Settings
from daicho.workspace import Workspace, restrict_process

restrict_process()
codes = [run(arguments.split()) for arguments in sys.argv[1:]]
opened = Workspace.open(Settings.load())
print(opened, opened.vault, opened.keys(), opened.settings, opened.vault.ring)
try:
    opened.vault.open(b"x" * 40, table="t", row="r", column="c")
except Exception as error:
    full = traceback.TracebackException.from_exception(error, capture_locals=True)
    print("".join(full.format()))
import resource
print("core", resource.getrlimit(resource.RLIMIT_CORE), codes)
print("dumpable", open("/proc/self/stat").read() and __import__("ctypes").CDLL(None).prctl(3, 0, 0, 0, 0))
"""


def test_no_output_argument_or_traceback_shows_a_key(
    daicho: Command, workspace: Path, tmp_path: Path
) -> None:
    """With everything logged and every local variable of a traceback printed, no key or subkey is there."""
    daicho("init")
    text = master(workspace)
    wanted = {text, str(bytes.fromhex(text)), text.upper()}
    from registry.vault import Vault

    vault = Vault.load(workspace / "keys" / "master.key")
    for purpose in ("field", "journal", "findings", "fingerprint", "sqlcipher", "backup"):
        for version in (1, 2):
            key = vault.subkey(purpose, version)
            wanted |= {key.hex(), key.hex().upper(), str(key)}
    steps = ["key rotate field", "key rotate sqlcipher", "key rotate journal", "journal verify"]
    ended = subprocess.run(
        [sys.executable, "-c", CANARY, *steps],
        env={**os.environ, "DAICHO_WORKSPACE": str(workspace)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "core (0, 0) [0, 0, 0, 0]" in ended.stdout
    assert "Vault(<hidden>)" in ended.stdout
    if sys.platform == "linux":
        assert "dumpable 0" in ended.stdout
    for key in wanted:
        assert key not in ended.stdout + ended.stderr
