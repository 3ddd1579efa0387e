"""Reports: the contract of their lines, harmless cells, words in the reader's language."""

from __future__ import annotations

import csv
import io
import json

import pytest

from scanners.findings import SCHEMA, FindingRows
from scanners.model import (
    Category,
    ColumnType,
    Evidence,
    EvidenceKind,
    Exposure,
    Match,
    ObjectResult,
    Outcome,
    PersonBounds,
    Reason,
    RunTotals,
    Tally,
)
from scanners.reports import FORMATS, report


def result(shown: str = "file:///a/b.csv", reason: Reason | None = None) -> ObjectResult:
    """Return one object with one finding."""
    rows = FindingRows("0" * 32)
    evidence = (Evidence(EvidenceKind.LABEL, "電話番号"), Evidence(EvidenceKind.PATTERN))
    match = Match(2, 15, Category.PHONE, 0.9, "phone.mobile/1", evidence)
    rows.add(match, location="C2", span=(2, 15), masked="090-●●●●-●●12", fingerprint=b"\x01" * 16)
    return ObjectResult(
        id="0" * 32,
        uri="file:///a/secret.csv",
        shown=shown,
        kind="csv",
        outcome=Outcome.PARTIAL if reason else Outcome.COMPLETE,
        reason=reason,
        detail="",
        bytes=10,
        mtime_ns=0,
        owner="root",
        exposure=Exposure.OWNER,
        categories={Category.PHONE: Tally(1, 1)},
        persons=PersonBounds(0, 1),
        columns=(ColumnType("", 2, "電話番号", Category.PHONE, 1.0),),
        findings=rows.table(),
    )


def written(kind: str, *results: ObjectResult, findings: bool = False) -> str:
    """Return what a report writes."""
    out = io.StringIO()
    made = report(kind, out, findings=findings)
    totals = RunTotals()
    for each in results:
        made.object(each)
        totals = totals.plus(each)
    made.finish(totals)
    return out.getvalue()


def test_lines_follow_the_contract() -> None:
    """Keys stand in the documented order with the documented forms."""
    first, second = map(json.loads, written("jsonl", result(), findings=True).splitlines())
    assert list(first) == [
        "uri",
        "kind",
        "outcome",
        "reason",
        "detail",
        "bytes",
        "categories",
        "persons",
        "columns",
    ]
    assert first["categories"] == {"PHONE": {"count": 1, "distinct": 1}}
    assert first["columns"] == [
        {"index": 2, "name": "電話番号", "category": "PHONE", "share": 1.0, "table": ""}
    ]
    assert second == {
        "uri": "file:///a/b.csv",
        "location": "C2",
        "start": 2,
        "end": 15,
        "category": "PHONE",
        "score": 0.9,
        "masked": "090-●●●●-●●12",
        "fingerprint": "01" * 16,
        "rule": "phone.mobile/1",
        "why": "label=電話番号;pattern",
    }
    assert list(second)[:3] == ["uri", "location", "start"]


@pytest.mark.parametrize("kind", FORMATS)
def test_only_the_shown_location_is_reported(kind: str) -> None:
    """The true location stays where it may be encrypted."""
    assert "secret" not in written(kind, result(), findings=True)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str) -> None:
    """A location that a spreadsheet would calculate is text."""
    text = written("csv", result(shown=f"{start}cmd|calc"))
    row = list(csv.reader(io.StringIO(text, newline="")))[1]
    assert row[0] == f"'{start}cmd|calc"


def test_csv_has_one_line_for_each_object_or_finding() -> None:
    """Counts per category stand in columns; with findings each has its line."""
    objects = list(csv.DictReader(io.StringIO(written("csv", result(), result()))))
    assert [row["PHONE"] for row in objects] == ["1", "1"]
    findings = list(csv.DictReader(io.StringIO(written("csv", result(), findings=True))))
    assert findings[0]["masked"] == "090-●●●●-●●12"


def test_the_table_speaks_the_readers_language() -> None:
    """Every word goes through the translation; gaps are listed with their reason."""
    text = written("table", result(reason=Reason.ENCRYPTED))
    assert "電話番号" in text
    assert "パスワード付き" in text
    out = io.StringIO()
    made = report("table", out, findings=False, translate=lambda word: f"<{len(word)}>")
    made.object(result(reason=Reason.ENCRYPTED))
    made.finish(RunTotals().plus(result()))
    assert not any("ぁ" <= character <= "龥" for character in out.getvalue())


def test_an_unknown_format_is_refused() -> None:
    """A format that does not exist is named."""
    with pytest.raises(ValueError, match="xml"):
        report("xml", io.StringIO(), findings=False)


def test_many_findings_stay_one_table() -> None:
    """Rows beyond one block join to one table of the schema."""
    rows = FindingRows("0" * 32, flush_rows=10)
    match = Match(0, 1, Category.PERSON, 0.9, "person.full/1")
    for number in range(25):
        rows.add(match, location=str(number), span=None, masked="山●", fingerprint=bytes(16))
    table = rows.table()
    assert table is not None
    assert table.schema == SCHEMA
    assert table["location"].to_pylist() == [str(number) for number in range(25)]
    assert table["start"].null_count == 25
