"""The rules of a workspace, from the command line and through a whole scan."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from daicho.cli import run
from daicho.settings import Settings
from daicho.workspace import Workspace
from registry import feedback, inventory, runs
from registry.access import today_in_japan
from registry.feedback import NotPersonal
from registry.inventory import ObjectFilter
from registry.model import Grant, Principal, Role, RunId, Sample, UnitId, UserId
from registry.store.tables import ScanRun
from scanners.detection import RULES_VERSION
from scanners.model import Category

Command = Callable[..., int]
RULES = """\
cases:
  phone:
    found: [{text: "電話 090-1234-5678", values: ["090-1234-5678"]}]
    rejected: ["品番 090-1234-5678"]
allow:
  - id: old
    path: "*/memo.txt"
    owner: 総務部
    expires: 2020-01-01
"""
PHONE = "080-4412-9071"
MEMO = f"連絡先\n電話番号：{PHONE}\n電話番号：03-6550-2817\n"


@pytest.fixture
def daicho() -> Command:
    """Return the command line as a function of its arguments that gives the exit code."""
    return lambda *arguments: run([str(argument) for argument in arguments])


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, daicho: Command) -> Path:
    """Make a workspace and a share with one memo."""
    path = tmp_path / "workspace"
    monkeypatch.setenv("DAICHO_WORKSPACE", str(path))
    for name in ("DAICHO_MASTER_KEY", "DAICHO_ADMIN_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    assert daicho("init") == 0
    (path / "rules").mkdir()
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "memo.txt").write_text(MEMO, encoding="utf-8")
    return path


def person(number: int, unit_id: UnitId) -> Principal:
    """Return an officer."""
    return Principal(UserId(number), f"officer {number}", (Grant(Role.OFFICER, unit_id),))


def phones(workspace: Workspace) -> list[Sample]:
    """Return the samples of telephone numbers in the only object."""
    with workspace.registry.read(workspace.owner()) as tx:
        page = inventory.objects(tx, workspace.findings, ObjectFilter(everything=True))
        (row,) = page.rows
        samples = inventory.samples(tx, workspace.findings, row.id)
    return [each for each in samples if each.category is Category.PHONE]


def last_run(workspace: Workspace) -> ScanRun:
    """Return the newest run as it is stored."""
    with workspace.registry.read(workspace.owner()) as tx:
        (found,) = runs.latest_runs(tx)
        row = tx.session.get(ScanRun, RunId(found.id))
        assert row is not None
        assert found.totals.allowed == row.allowed
        return row


def test_a_judged_value_is_left_out_of_the_next_scan(
    workspace: Path, daicho: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """Proposed: still found. Approved by another person: no finding any more, and counted as allowed."""
    share = workspace.parent / "share"
    assert daicho("scan", share, "--jobs", "1") == 0
    opened = Workspace.open(Settings.load(workspace))
    unit = opened.first_unit()
    before = phones(opened)
    assert len(before) == 2
    wanted = next(each for each in before if each.masked.startswith("080"))
    with opened.registry.write(person(501, unit.id), reason="test") as tx:
        until = today_in_japan(tx.now) + timedelta(days=30)
        made = feedback.propose(tx, unit.id, wanted, reason=NotPersonal.ORGANISATION, expires_on=until)
    assert daicho("scan", share, "--jobs", "1") == 0
    assert len(phones(opened)) == 2
    assert (last_run(opened).allowed, last_run(opened).rules_version) == (0, RULES_VERSION)
    with opened.registry.write(person(502, unit.id), reason="test") as tx:
        feedback.decide(tx, made.id, approve=True)
    assert len(phones(opened)) == 2  # what is stored stays as it is
    capsys.readouterr()
    assert daicho("scan", share, "--jobs", "1") == 0
    assert "Left out by allow lists: 1" in capsys.readouterr().out
    (left,) = phones(opened)
    assert left.fingerprint != wanted.fingerprint
    assert last_run(opened).allowed == 1
    assert last_run(opened).rules_version.startswith(f"{RULES_VERSION}+")
    assert daicho("rules", "list") == 0
    printed = capsys.readouterr().out
    assert f"not_personal\t{unit.code}\tPHONE\t{wanted.masked}" in printed
    assert PHONE not in printed
    opened.close()


def test_allowed_findings_leave_the_lines_as_documented(
    workspace: Path, daicho: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of rules takes effect, and the JSON lines keep their keys."""
    rules = RULES.replace("2020-01-01", "2027-01-01").replace("path:", "category: PHONE\n    path:")
    (workspace / "rules" / "own.yaml").write_text(rules, encoding="utf-8")
    capsys.readouterr()
    assert daicho("scan", workspace.parent / "share", "--jobs", "1", "--format", "jsonl", "--findings") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all("allowed" not in line for line in lines)
    assert Category.PHONE.value not in lines[0]["categories"]


def test_check_tells_what_is_met_and_what_has_expired(
    workspace: Path, daicho: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """Met cases end with 0; expired allowances are named."""
    (workspace / "rules" / "own.yaml").write_text(RULES, encoding="utf-8")
    assert daicho("rules", "check") == 0
    printed = capsys.readouterr().err
    assert "own.yaml:6: the allowance old has expired (2020-01-01, 総務部)." in printed
    assert "1 files: of 2 examples 0 are not met." in printed


def test_check_ends_with_one_when_a_case_is_not_met(
    workspace: Path, daicho: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    """The failing case is named with its line and what was found instead."""
    own = workspace / "draft.yaml"
    own.write_text(RULES.replace('values: ["090-1234-5678"]', 'values: ["1234-5678"]'), encoding="utf-8")
    assert daicho("rules", "check", own) == 1
    assert "draft.yaml:3: phone: expected ['1234-5678'], found ['090-1234-5678']" in capsys.readouterr().err


@pytest.mark.parametrize("command", [("rules", "check"), ("rules", "list"), ("scan", ".")])
def test_a_wrong_file_stops_everything_with_its_line(
    workspace: Path, daicho: Command, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """No scan runs under half-read rules: exit code 2, with file and line."""
    (workspace / "rules" / "own.yaml").write_text("thresholds:\n  PERSON: high\n", encoding="utf-8")
    assert daicho(*command) == 2
    assert "own.yaml:2: thresholds.PERSON: must be a number from 0 to 1" in capsys.readouterr().err


def test_check_without_any_file_is_a_mistake(workspace: Path, daicho: Command) -> None:
    """Nothing checked is not the same as all is well."""
    assert daicho("rules", "check") == 2
