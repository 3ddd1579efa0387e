"""`daicho scan`: contract of its output, exit codes and what it leaves behind."""

from __future__ import annotations

import codecs
import csv
import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from scanners.model import Category, Outcome, Reason
from tests.cli.conftest import Command
from tests.cli.documents import VALUES

OBJECT_KEYS = ["uri", "kind", "outcome", "reason", "detail", "bytes", "categories", "persons", "columns"]
OBJECT_KEYS += ["share", "suffix"]
FINDING_KEYS = [
    "uri",
    "location",
    "start",
    "end",
    "category",
    "score",
    "masked",
    "fingerprint",
    "rule",
    "why",
]


def lines(text: str) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """Split JSONL output into objects by file name and findings."""
    rows = [json.loads(line) for line in text.splitlines()]
    objects = {row["uri"].rsplit("/", 1)[-1]: row for row in rows if "outcome" in row}
    return objects, [row for row in rows if "outcome" not in row]


def test_the_jsonl_output_follows_the_contract_and_holds_no_raw_value(
    daicho: Command, workspace: Path, share: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line per object and per finding, in the documented keys, with offsets that fit the decoded file."""
    before = {
        path: (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns)
        for path in share.iterdir()
    }
    assert daicho("init") == 0
    capsys.readouterr()

    assert daicho("scan", share, "--format", "jsonl", "--findings", "--jobs", "2") == 0

    printed = capsys.readouterr()
    objects, findings = lines(printed.out)
    assert set(objects) == {
        "form_utf8.txt",
        "form_cp932.txt",
        "form_utf16.txt",
        "parts.txt",
        "note.txt",
        "list.csv",
        "archive.zip",
        "form.txt",
    }
    for row in objects.values():
        assert list(row) == OBJECT_KEYS
        assert row["outcome"] == "complete"
        assert row["reason"] in (None, "")
        assert row["uri"].startswith(share.as_uri())
    for row in findings:
        assert list(row) == FINDING_KEYS
        assert 0 < row["score"] <= 1
    for value in VALUES.values():
        assert value not in printed.out + printed.err
        assert value.replace("-", "") not in printed.out + printed.err
    assert objects["note.txt"]["categories"] == {}
    assert objects["parts.txt"]["categories"] == {}
    for path, state in before.items():
        assert (hashlib.sha256(path.read_bytes()).digest(), path.stat().st_mtime_ns) == state


def test_offsets_of_plain_text_point_into_the_decoded_file(
    daicho: Command, share: Path, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A finding's start and end are code points of the decoded file, whatever its encoding and BOM."""
    daicho("scan", share, "--format", "jsonl", "--findings")
    _, findings = lines(capsys.readouterr().out)
    for name, encoding in (
        ("form_utf8.txt", "utf-8-sig"),
        ("form_cp932.txt", "cp932"),
        ("form_utf16.txt", "utf-16"),
    ):
        raw = (share / name).read_bytes()
        text = codecs.decode(raw, encoding)
        found = {
            row["category"]: text[row["start"] : row["end"]]
            for row in findings
            if row["uri"].endswith("/" + name)
        }
        for category, value in VALUES.items():
            assert found[category] == value, (name, category)


def test_the_same_value_has_one_fingerprint_in_every_file_of_a_workspace(
    daicho: Command, workspace: Path, share: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fingerprints link the same value over files and runs of one workspace, and over nothing else."""
    daicho("init")
    prints = []
    for _ in range(2):
        capsys.readouterr()
        daicho("scan", share / "form_utf8.txt", share / "form_cp932.txt", "--format", "jsonl", "--findings")
        _, findings = lines(capsys.readouterr().out)
        prints += [row["fingerprint"] for row in findings if row["category"] == "MY_NUMBER"]
    assert len(prints) == 4
    assert len(set(prints)) == 1
    workspace.rename(workspace.with_name("elsewhere"))
    daicho("scan", share / "form_utf8.txt", "--format", "jsonl", "--findings")
    _, findings = lines(capsys.readouterr().out)
    assert prints[0] not in {row["fingerprint"] for row in findings}


def test_columns_of_a_table_are_typed_with_their_share(
    daicho: Command, share: Path, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A list says which column holds what, and about how many persons it tells of."""
    daicho("scan", share / "list.csv", "--format", "jsonl")
    objects, _ = lines(capsys.readouterr().out)
    row = objects["list.csv"]
    columns = {column["index"]: column for column in row["columns"]}
    assert columns[1]["category"] == "PERSON"
    assert columns[2]["category"] == "PHONE"
    assert columns[2]["name"] == "電話番号"
    assert columns[2]["share"] == pytest.approx(1.0)
    assert "table" in columns[2]
    assert row["categories"]["PHONE"] == {"count": 40, "distinct": 40}
    assert row["persons"]["low"] <= 40 <= row["persons"]["high"]
    assert row["persons"]["low"] >= 36


@pytest.mark.parametrize(
    ("policies", "expected"),
    [(["MY_NUMBER"], 1), (["MY_NUMBER:5"], 0), (["PASSPORT"], 0), (["my_number:2", "CREDIT_CARD"], 1)],
)
def test_a_breached_policy_exits_with_one(
    daicho: Command, share: Path, workspace: Path, policies: list[str], expected: int
) -> None:
    """`--fail-on CATEGORY[:N]` is met by N findings or more."""
    options = [part for policy in policies for part in ("--fail-on", policy)]
    assert daicho("scan", share, *options) == expected


def test_what_cannot_be_read_is_a_reasoned_outcome_and_exits_with_three(
    daicho: Command, workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broken file costs itself only; incomplete outweighs a breached policy."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "good.txt").write_text("個人番号：123456789018\n", encoding="utf-8")
    (folder / "broken.docx").write_bytes(b"PK\x03\x04" + b"\x00" * 40)
    (folder / "film.mp4").write_bytes(b"\x00\x00\x00\x18ftypisom" + b"\x00" * 40)
    (folder / "link.txt").symlink_to(folder / "good.txt")
    code = daicho("scan", folder, "--format", "jsonl", "--fail-on", "MY_NUMBER")
    objects, _ = lines(capsys.readouterr().out)
    assert code == 3
    assert objects["good.txt"]["outcome"] == Outcome.COMPLETE
    assert objects["broken.docx"]["outcome"] == Outcome.FAILED
    assert objects["broken.docx"]["reason"] == Reason.DAMAGED
    assert (objects["film.mp4"]["outcome"], objects["film.mp4"]["reason"]) == (
        Outcome.SKIPPED,
        Reason.UNSUPPORTED,
    )
    assert (objects["link.txt"]["outcome"], objects["link.txt"]["reason"]) == (Outcome.SKIPPED, Reason.LINK)


def test_a_location_that_holds_personal_data_is_shown_masked(
    daicho: Command, workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """File names are scanned too; a name or number in them never leaves in the clear."""
    folder = tmp_path / "names"
    folder.mkdir()
    (folder / "小笠原千尋様_電話080-4412-9071.txt").write_text("議事録\n", encoding="utf-8")
    assert daicho("scan", folder, "--format", "jsonl", "--findings") == 0
    printed = capsys.readouterr()
    shown = unquote(printed.out + printed.err)
    assert "080-4412-9071" not in shown
    assert "小笠原千尋" not in shown
    objects, findings = lines(printed.out)
    (row,) = objects.values()
    assert row["categories"]["PHONE"]["count"] == 1
    assert "●" in unquote(urlsplit(row["uri"]).path)
    assert {finding["category"] for finding in findings} >= {"PHONE"}


def test_an_output_file_appears_whole(daicho: Command, share: Path, workspace: Path, tmp_path: Path) -> None:
    """`-o` writes beside the goal and renames, so that nobody reads half a result."""
    goal = tmp_path / "result.csv"
    assert daicho("scan", share, "--format", "csv", "-o", goal) == 0
    with goal.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 8
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".result")] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("scan",),
        ("scan", "x", "--fail-on", "NOPE"),
        ("scan", "x", "--fail-on", "PHONE:0"),
        ("scan", "x", "--unit", "A"),
        ("scan", "x", "--format", "pdf"),
        ("frobnicate",),
    ],
)
def test_a_wrong_command_line_exits_with_two(
    daicho: Command, workspace: Path, arguments: tuple[str, ...]
) -> None:
    """Mistakes of usage are told apart from failures."""
    assert daicho(*arguments) == 2


def test_a_place_that_does_not_exist_fails_with_its_name(
    daicho: Command, workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A target that cannot be opened at all is exit code 4, and the message names it."""
    assert daicho("scan", tmp_path / "nowhere") == 4
    assert "nowhere" in capsys.readouterr().err


def test_every_category_can_be_named_in_a_policy() -> None:
    """The ids of the categories are public API."""
    from daicho.scanning import FailOn

    assert [FailOn.parse(category.value).category for category in Category] == list(Category)


def test_an_output_that_cannot_be_written_is_told_before_the_scan(
    daicho: Command, workspace: Path, share: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder in place of a file is a wrong command line, not a fault after hours of scanning."""
    assert daicho("scan", share, "-o", tmp_path) == 2
    printed = capsys.readouterr()
    assert str(tmp_path) in printed.err
    assert "Scan finished" not in printed.err


def test_a_place_that_cannot_be_opened_stops_none_of_the_others(
    daicho: Command, workspace: Path, share: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One share that is not mounted: the others are scanned, kept and reported, and the end is 4."""
    target = tmp_path / "result.jsonl"
    missing = tmp_path / "nowhere"
    code = daicho("scan", missing, share / "form_utf8.txt", "--format", "jsonl", "-o", target)
    assert code == 4
    assert str(missing) in capsys.readouterr().err
    objects, _ = lines(target.read_text(encoding="utf-8"))
    assert set(objects) == {"form_utf8.txt"}


def test_the_own_workspace_is_left_out(
    daicho: Command, workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who scans the folder in which the workspace stands gets neither its key nor an incomplete run."""
    (tmp_path / "note.txt").write_text("x", encoding="utf-8")
    assert daicho("init") == 0
    capsys.readouterr()
    assert daicho("scan", tmp_path, "--format", "jsonl") == 0
    objects, _ = lines(capsys.readouterr().out)
    assert {name: each["reason"] for name, each in objects.items()} == {
        "note.txt": None,
        workspace.name: "excluded",
    }


def test_a_relative_database_is_registered_where_it_lies(
    daicho: Command,
    workspace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A source is found again from whatever folder the next scan starts in."""
    monkeypatch.chdir(tmp_path)
    assert daicho("init") == 0
    assert daicho("source", "add", "--name", "hr", "sqlite:///hr.db") == 0
    capsys.readouterr()
    assert daicho("source", "list") == 0
    assert capsys.readouterr().out.split("\t")[3] == f"sqlite:///{tmp_path}/hr.db"
