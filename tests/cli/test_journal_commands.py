"""`daicho journal` and `daicho tick` as people and timers call them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from daicho.settings import Settings
from daicho.workspace import Workspace
from registry import journal
from registry.store.tables import ScanRun
from tests.cli.conftest import Command

Said = Callable[[], str]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    """Return what was printed since the last call, both streams."""

    def read() -> str:
        printed = capsys.readouterr()
        return printed.out + printed.err

    return read


@pytest.fixture
def elsewhere(daicho: Command, workspace: Path, tmp_path: Path, said: Said) -> Path:
    """Make a workspace with something in its journal, and a place for anchors that the settings name."""
    place = tmp_path / "elsewhere"
    place.mkdir()
    assert daicho("init") == 0
    (workspace / "daicho.toml").write_text(f'[journal]\nanchors = "{place}"\n', encoding="utf-8")
    assert daicho("unit", "add", "--code", "A", "--name", "会社A") == 0
    said()
    return place


def actions(workspace: Path) -> list[str]:
    """Return what the journal of a workspace tells, the oldest first."""
    opened = Workspace.open(Settings.load(workspace))
    with opened.registry.read(opened.owner()) as tx:
        found = [line.action for line in journal.lines(tx, limit=1000)]
    opened.close()
    return found[::-1]


def test_anchor_verify_and_key(daicho: Command, workspace: Path, elsewhere: Path, said: Said) -> None:
    """An anchor is written to the other place, and verification with the exported key agrees with it."""
    assert daicho("journal", "anchor") == 0
    assert str(elsewhere) in said()
    assert daicho("journal", "key") == 0
    pem = said()
    assert pem.startswith("-----BEGIN PUBLIC KEY-----")
    (workspace.parent / "journal.pem").write_text(pem, encoding="ascii")
    assert daicho("journal", "verify", "--public-key", workspace.parent / "journal.pem") == 0
    assert "agrees with 1 anchors" in said()
    next(elsewhere.glob("*.json")).unlink()
    assert daicho("journal", "verify") == 4
    assert "is not in the folder" in said()
    (workspace.parent / "journal.pem").write_text("no key", encoding="ascii")
    assert daicho("journal", "verify", "--public-key", workspace.parent / "journal.pem") == 2
    assert "PEM" in said()


def test_verify_without_anchors_says_what_it_cannot_see(daicho: Command, workspace: Path, said: Said) -> None:
    """The chain alone does not show a rewrite, and the command does not pretend that it does."""
    daicho("init")
    said()
    assert daicho("journal", "verify") == 0
    assert "rewrite of the whole journal cannot be seen" in said()
    assert daicho("journal", "anchor") == 2
    assert "no place for anchors" in said()
    assert daicho("journal", "anchor", "--anchors", workspace / "evidence") == 2
    assert "lies in the workspace" in said()


def test_a_broken_journal_is_told_by_number_and_not_signed(
    daicho: Command, workspace: Path, elsewhere: Path, said: Said
) -> None:
    """Exit code 4, the record and the kind of damage; an anchor is refused with the same words."""
    daicho("journal", "anchor")
    opened = Workspace.open(Settings.load(workspace))
    with opened.registry.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE journal_record SET action = 'x' WHERE seq = 2")
    opened.close()
    said()
    assert daicho("journal", "verify") == 4
    assert "Record 2 was changed. The 1 records before it are genuine." in said()
    assert daicho("journal", "anchor") == 4
    assert "nothing was signed" in said()
    assert daicho("tick") == 4
    assert "journal_anchor" in said()


def test_a_proof_is_checked_by_the_program_that_comes_with_it(
    daicho: Command, workspace: Path, elsewhere: Path, tmp_path: Path, said: Said
) -> None:
    """Proof, verifier, key and anchor are four files that need nothing of Daicho."""
    proof, program, pem = (tmp_path / name for name in ("proof.json", "check_proof.py", "journal.pem"))
    assert daicho("journal", "proof", "1", "--output", proof) == 2
    assert "no anchor yet" in said()
    daicho("journal", "anchor")
    daicho("unit", "add", "--code", "B", "--name", "会社B")
    daicho("journal", "anchor")
    older, newer = sorted(elsewhere.glob("*.json"))
    said()
    daicho("journal", "key")
    pem.write_text(said(), encoding="ascii")
    wanted = ("journal", "proof", "2", "--anchor", older, "--output", proof)
    assert daicho(*wanted, "--verifier", program, "--readable") == 0
    assert daicho(*wanted) == 2
    assert "exists" in said()
    link = tmp_path / "link.json"
    assert daicho("journal", "consistency", older, newer, "--output", link) == 0
    command = [sys.executable, "-I", program, "--public-key", pem, "--anchor", older, "--proof", proof]
    done = subprocess.run(
        [*command, "--newer", newer, "--consistency", link],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stdout.count("OK:")) == (0, 3), done.stdout + done.stderr
    assert daicho("journal", "consistency", proof, newer, "--output", tmp_path / "x") == 4
    assert "cannot be read as an anchor" in said()


def test_lines_are_listed_and_the_look_is_recorded(
    daicho: Command, workspace: Path, elsewhere: Path, said: Said
) -> None:
    """Newest first, with what was there before and after; twice a day leaves one record."""
    assert daicho("journal", "list", "--limit", "3") == 0
    first = said().splitlines()
    assert "list_viewed" in first[0]
    assert "会社A" in first[1]
    assert daicho("journal", "list", "--below", "3") == 0
    assert [line.split("\t")[0] for line in said().splitlines()] == ["2", "1"]
    assert actions(workspace).count("list_viewed") == 1
    assert "key_created" in actions(workspace)


def test_shredding_is_refused_within_retention(
    daicho: Command, workspace: Path, elsewhere: Path, said: Said
) -> None:
    """A young journal keeps its names; an old date finds nothing to destroy and says so."""
    assert daicho("journal", "shred", "--before", "2999-01-01", "--reason", "満了") == 2
    assert "within_retention" in said()
    assert daicho("journal", "shred", "--before", "2010-01-01", "--reason", "満了") == 0
    assert "keys of 0 months" in said()
    assert actions(workspace)[-1] == "journal_shredded"


def test_tick_does_each_job_once_a_day(daicho: Command, workspace: Path, elsewhere: Path, said: Said) -> None:
    """The second tick of a day finds everything done, and one anchor lies in the other place."""
    assert daicho("tick") == 0
    told = [line.split("\t") for line in said().splitlines()]
    assert [(job, outcome) for job, _, outcome, *_ in told] == [
        ("expiries", "complete"),
        ("sessions", "complete"),
        ("findings", "complete"),
        ("cases", "complete"),
        ("risk_reviews", "complete"),
        ("confirmations", "complete"),
        ("yearly_plans", "complete"),
        ("readiness", "complete"),
        ("complaints", "complete"),
        ("internal_rules", "complete"),
        ("change_reports", "complete"),
        ("decisions", "complete"),
        ("journal_anchor", "complete"),
    ]
    assert daicho("tick") == 0
    assert said().count("done today or running") == len(told)
    assert len(list(elsewhere.glob("*.json"))) == 1
    assert daicho("journal", "verify") == 0


def test_tick_removes_findings_by_the_policy_of_the_settings(
    daicho: Command, workspace: Path, share: Path, elsewhere: Path, said: Said
) -> None:
    """Of two old scans of a place the newest is left; `keep_days = 0` removes nothing."""
    for _ in range(2):
        assert daicho("scan", share / "parts.txt", "--jobs", 1) == 0
    config = (workspace / "daicho.toml").read_text(encoding="utf-8")
    at = Workspace.open(Settings(workspace=workspace))
    with at.registry.write(at.owner()) as tx:
        for run in tx.session.scalars(select(ScanRun)):
            run.finished_at -= timedelta(days=2)
    at.close()
    for days, left in ((0, 2), (1, 1)):
        policy = f"[findings]\nkeep_days = {days}\n"
        (workspace / "daicho.toml").write_text(config + policy, encoding="utf-8")
        assert daicho("tick") == 0
        assert len(list((workspace / "findings").glob("*/objects.parquet"))) == left
    assert actions(workspace).count("findings_expired") == 1


@pytest.mark.parametrize("setting", ["keep_days = -1", "keep_days = true", "keep_runs = 0", "keep = 1"])
def test_bad_settings_of_findings_are_named(
    daicho: Command, workspace: Path, said: Said, setting: str
) -> None:
    """A policy that cannot be meant is a mistake of usage and names its key."""
    daicho("init")
    said()
    (workspace / "daicho.toml").write_text(f"[findings]\n{setting}\n", encoding="utf-8")
    assert daicho("tick") == 2
    assert f"findings.{setting.partition(' ')[0]}" in said()


def test_two_ticks_at_once_share_the_work(daicho: Command, workspace: Path, elsewhere: Path) -> None:
    """Two processes that start together run each job once between them."""
    command = [sys.executable, "-m", "daicho", "tick"]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
        for _ in range(2)
    ]
    told = "".join(each.communicate()[0] for each in both)
    assert [each.returncode for each in both] == [0, 0]
    assert (told.count("\tcomplete\t"), told.count("done today or running")) == (13, 13)
    assert len(list(elsewhere.glob("*.json"))) == 1


def test_tick_says_what_is_not_set_up(daicho: Command, workspace: Path, said: Said) -> None:
    """Without a place for anchors the other jobs run, and the exit code tells of the gap."""
    daicho("init")
    said()
    assert daicho("tick") == 3
    assert "[journal] anchors" in said()
    assert "job_ended" in actions(workspace)


def test_a_place_that_is_gone_fails_and_is_tried_again(
    daicho: Command, workspace: Path, elsewhere: Path, said: Said
) -> None:
    """The other machine's share is not there: exit code 4; when it is back the same day is anchored."""
    elsewhere.rmdir()
    assert daicho("tick") == 4
    assert "connect the place" in said()
    elsewhere.mkdir()
    assert daicho("tick") == 0
    assert len(list(elsewhere.glob("*.json"))) == 1


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ('tsa_url = "https://tsa.example/"', "tsa_certificates"),
        ("anchors = 3", "journal.anchors"),
        ("retention_years = 2", "retention_years"),
        ("retention_years = true", "retention_years"),
    ],
)
def test_bad_journal_settings_are_named(
    daicho: Command, workspace: Path, said: Said, setting: str, named: str
) -> None:
    """A mistake is a mistake of usage and names its key."""
    daicho("init")
    said()
    (workspace / "daicho.toml").write_text(f"[journal]\n{setting}\n", encoding="utf-8")
    assert daicho("journal", "verify") == 2
    assert named in said()


def test_scans_and_their_exports_are_recorded(
    daicho: Command, workspace: Path, share: Path, elsewhere: Path, said: Said
) -> None:
    """A scan is recorded when it begins and when it ends, its results as lines of text as an export."""
    daicho("scan", share / "parts.txt", "--format", "jsonl")
    told = actions(workspace)
    assert told[-4:-1] == ["results_exported", "scan_started", "run_recorded"]
    daicho("scan", share / "parts.txt")
    assert actions(workspace).count("results_exported") == 1
