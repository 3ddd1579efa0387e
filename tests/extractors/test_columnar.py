"""Columnar files: rows with their columns' names, whatever is nested, binary or locked."""

from __future__ import annotations

import io
import random

import pyarrow as pa
import pytest

from scanners.detection import analyzer
from scanners.examined import Examined, Facts, Tools
from scanners.extractors.interface import Limits, Member
from scanners.fingerprint import Fingerprinter
from scanners.kinds import sniff
from scanners.model import Gap, Reason, TableSegment, TextSegment
from scanners.places import Places
from tests.extractors import samples, samples_columnar
from tests.extractors.test_contract import read, words

FILES = {
    "parquet": samples_columnar.parquet_file,
    "arrow": samples_columnar.arrow_file,
    "orc": samples_columnar.orc_file,
}


@pytest.mark.parametrize("kind", sorted(FILES))
def test_rows_come_with_the_names_of_their_columns(kind: str) -> None:
    """Nested columns are columns of their own, lists one text, dictionary columns their words."""
    parts = read(kind, FILES[kind]())
    (table,) = [part for part in parts if isinstance(part, TableSegment)]
    assert table.header is not None
    row = dict(zip(table.header, table.rows[0], strict=True))
    expected = {
        "氏名": "架空太郎",
        "連絡先.電話": "090-0000-0000",
        "連絡先.mail": "",
        "区分": "正",
        "番号": "0",
        "病名": "糖尿病; 高血圧",
        "raw": "住所",
    }
    if kind == "orc":
        del expected["区分"]
    assert row == expected
    assert not [part for part in parts if isinstance(part, Gap)]
    texts = {part.text for part in parts if isinstance(part, TextSegment)}
    assert texts == ({"owner: 架空次郎"} if kind != "orc" else texts)


def test_a_stream_is_read() -> None:
    """It is told by the mark before its first message."""
    data = samples_columnar.arrow_stream()
    assert sniff(io.BytesIO(data)) == "arrow"
    assert "架空花子" in words(read("arrow", data))
    assert sniff(io.BytesIO(b"\xff" * 400)) != "arrow"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"FEA1", "feather-v1"),
        (b"$FL2@(#)", "spss"),
        (b"<stata_dta>", "stata"),
        (bytes(12) + b"\xc2\xea\x81\x60", "sas"),
    ],
)
def test_kinds_without_reader_are_called_by_their_name(head: bytes, kind: str) -> None:
    """What is not read is told as what it is."""
    assert sniff(io.BytesIO(head + bytes(40))) == kind


def test_row_groups_follow_each_other_in_blocks() -> None:
    """Rows are numbered through the file and no block is larger than two thousand."""
    parts = read("parquet", samples_columnar.parquet_file(samples_columnar.people(7_000), row_group=3_000))
    tables = [part for part in parts if isinstance(part, TableSegment)]
    assert sum(len(table.rows) for table in tables) == 7_000
    assert max(len(table.rows) for table in tables) <= 2_000
    place = 1
    for table in tables:
        assert table.first_row == place
        place += len(table.rows)


def test_what_is_locked_is_said_and_the_rest_is_read() -> None:
    """An encrypted footer hides all; an open one only the columns without key."""
    locked = read("parquet", samples_columnar.encrypted_parquet(open_footer=False))
    assert [part.reason for part in locked if isinstance(part, Gap)] == [Reason.ENCRYPTED]
    parts = read("parquet", samples_columnar.encrypted_parquet(open_footer=True))
    assert [part for part in parts if isinstance(part, Gap)] == [Gap(Reason.ENCRYPTED, "1 of 2 columns")]
    assert [part.header for part in parts if isinstance(part, TableSegment)] == [("番号",)]


def test_documents_in_binary_columns_are_members_and_other_bytes_are_told() -> None:
    """A PDF in a cell is read in turn; keys and hashes of no known kind are counted."""
    noise = random.Random(3).randbytes(200)
    table = pa.table({"file": [samples.pdf_file(), noise, b"\x00\x01", None]})
    parts = read("parquet", samples_columnar.parquet_file(table))
    (member,) = [part for part in parts if isinstance(part, Member)]
    assert member.name == "file[1]"
    assert sniff(member.stream) == "pdf"  # type: ignore[arg-type]  # bytes, not rows
    told = [part for part in parts if isinstance(part, Gap)]
    assert told == [Gap(Reason.UNDECODABLE, "1 of 2 binary values of no known kind")]


def test_a_damaged_row_group_is_a_gap_and_the_next_is_read() -> None:
    """The gap says which of how many."""
    data = bytearray(
        samples_columnar.parquet_file(samples_columnar.people(2_000).select(["氏名", "番号"]), 1_000)
    )
    data[4:60] = bytes(56)
    parts = read("parquet", bytes(data))
    (gap,) = [part for part in parts if isinstance(part, Gap)]
    assert (gap.reason, gap.detail[:18]) == (Reason.DAMAGED, "row group 1 of 2: ")
    assert sum(len(part.rows) for part in parts if isinstance(part, TableSegment)) == 1_000


def test_expanding_columns_are_stopped() -> None:
    """Few bytes that stand for many count as what they become."""
    table = pa.table({"a": pa.array(["架空" * 1_000] * 3_000)})
    data = samples_columnar.parquet_file(table)
    reasons = [
        part.reason
        for part in read("parquet", data, Limits(expanded_bytes=1 << 20, expanded_times=0))
        if isinstance(part, Gap)
    ]
    assert reasons == [Reason.EXPANDS_TOO_FAR]


def test_a_finding_names_its_column_and_row() -> None:
    """Nobody opens such a file by letters of columns."""
    built = analyzer()
    tools = Tools(built, Fingerprinter(bytes(32)), Places(built))
    examined = Examined(tools, Facts("file:///a", "file:///a", 1, 1), kind="parquet")
    for part in read("parquet", FILES["parquet"]()):
        if isinstance(part, TableSegment):
            examined.table(part)
    findings = examined.result().findings
    assert findings is not None
    assert "氏名[2]" in findings.column("location").to_pylist()
