"""Databases in files: every table, the documents in their cells, and what is told of the rest."""

from __future__ import annotations

import io
import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

import duckdb
import pytest

from scanners.errors import ExtractionError
from scanners.extractors import duckdb_file as duckdb_reader
from scanners.extractors.interface import Budget, Extracted, Limits, Member, Tables
from scanners.extractors.table import EXTRACTORS
from scanners.kinds import sniff
from scanners.model import Gap, Reason, TableSegment, TextSegment
from tests.extractors import samples
from tests.extractors.samples_contacts import PNG
from tests.extractors.samples_databases import DBF, dbf_file, duckdb_file
from tests.extractors.test_contract import read


def opened(kind: str, stream: BinaryIO, size: int) -> list[Extracted]:
    """Return what a reader yields of an open file, the blocks of its tables behind each."""
    found: list[Extracted] = []
    try:
        for part in EXTRACTORS[kind].segments(stream, Budget(Limits(), size)):
            found.append(part)
            if isinstance(part, Member) and isinstance(part.stream, Iterator):
                found += cast("Tables", part.stream)
    except ExtractionError as error:
        found.append(error.gap)
    return found


def from_disk(kind: str, path: Path) -> list[Extracted]:
    """Return what is read of a file where it lies."""
    with path.open("rb") as stream:
        return opened(kind, stream, path.stat().st_size)


def gaps(parts: list[Extracted]) -> list[Gap]:
    """Return the gaps."""
    return [part for part in parts if isinstance(part, Gap)]


def rows(parts: list[Extracted]) -> dict[str, list[tuple[str, ...]]]:
    """Return the rows of every table."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for part in parts:
        if isinstance(part, TableSegment):
            found.setdefault(part.table, []).extend(part.rows)
    return found


Made = Callable[[str], Path]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Return a maker of database files by their SQL."""

    def make(script: str) -> Path:
        path = tmp_path / "a.db"
        path.unlink(missing_ok=True)
        connection = sqlite3.connect(path)
        connection.executescript(script)
        connection.commit()
        connection.close()
        return path

    return make


def both(path: Path) -> list[list[Extracted]]:
    """Return what is read of the file in place, and of its bytes in memory."""
    data = path.read_bytes()
    return [from_disk("sqlite", path), opened("sqlite", io.BytesIO(data), len(data))]


def test_tables_are_read_in_place_and_in_memory_alike(made: Made) -> None:
    """Views hold nothing of their own, but what their words say is read; CP932 in a text column too."""
    path = made(
        "CREATE TABLE member (name TEXT, tel TEXT, n REAL);"
        "INSERT INTO member VALUES ('架空太郎', '090-0000-1234', 2.0);"
        f"INSERT INTO member VALUES (CAST(x'{'架空花子'.encode('cp932').hex()}' AS TEXT), NULL, 1.5);"
        "CREATE VIEW v AS SELECT '架空次郎' AS x FROM member;"
        "CREATE TABLE plain (a); -- nothing\n"
    )
    for parts in both(path):
        assert not gaps(parts)
        assert rows(parts) == {
            "member": [("架空太郎", "090-0000-1234", "2"), ("架空花子", "", "1.5")],
            "plain": [],
        }
        assert [part.location for part in parts if isinstance(part, TextSegment)] == ["schema: v"]


def test_a_database_with_a_log_is_read_and_the_log_has_its_name(tmp_path: Path) -> None:
    """The rows of the main file are read; what lies in the log beside it is told as a kind of its own."""
    path = tmp_path / "wal.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        "PRAGMA journal_mode=WAL; CREATE TABLE a (x); INSERT INTO a VALUES ('架空太郎');"
    )
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.execute("INSERT INTO a VALUES ('後の行')")
    connection.commit()
    log = tmp_path / "wal.db-wal"
    assert sniff(io.BytesIO(log.read_bytes())) == "sqlite-wal"
    before = sorted(each.name for each in tmp_path.iterdir())
    for parts in both(path):
        assert rows(parts) == {"a": [("架空太郎",)]}
    assert sorted(each.name for each in tmp_path.iterdir()) == before
    connection.close()


def test_documents_in_cells_are_members_and_deleted_rows_are_told(made: Made) -> None:
    """A PDF in a blob is read; unknown bytes are counted; free pages are listed as left out by design."""
    noise = random.Random(1).randbytes(500).hex()
    path = made(
        "CREATE TABLE f (name TEXT, doc BLOB);"
        f"INSERT INTO f VALUES ('a', x'{samples.pdf_file().hex()}'), ('b', x'{noise}'), ('c', x'0001');"
        "CREATE TABLE gone (x); INSERT INTO gone SELECT hex(randomblob(2000)) FROM f, f g;"
        "DELETE FROM gone;"
    )
    for parts in both(path):
        members = {part.name: part for part in parts if isinstance(part, Member)}
        assert set(members) == {"f", "gone", "f.doc[1]", "free pages"}
        assert sniff(cast("BinaryIO", members["f.doc[1]"].stream)) == "pdf"
        free = members["free pages"].gap
        assert free is not None
        assert free.reason.by_policy
        assert gaps(parts) == [Gap(Reason.UNDECODABLE, "1 of 2 binary values of no known kind")]


def test_blocks_of_long_rows_are_short(made: Made) -> None:
    """2,000 rows of a megabyte each would not fit into a worker's memory."""
    path = made(
        "CREATE TABLE 記録 (番号, 本文); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
        "WHERE i < 24) INSERT INTO 記録 SELECT i, printf('%.*c', 1000000, 'a') FROM n;"
    )
    blocks = [part for part in from_disk("sqlite", path) if isinstance(part, TableSegment)]
    assert [row[0] for block in blocks for row in block.rows] == [str(number + 1) for number in range(24)]
    assert [block.first_row for block in blocks] == [1, 10, 19]


def test_full_text_tables_are_read(made: Made) -> None:
    """A virtual table gives its rows; where its module is missing that is told, and its content read."""
    path = made("CREATE VIRTUAL TABLE note USING fts5(body); INSERT INTO note VALUES ('架空太郎の件');")
    for parts in both(path):
        assert rows(parts)["note"] == [("架空太郎の件",)]
        assert ("1", "架空太郎の件") in rows(parts)["note_content"]
    data = path.read_bytes().replace(b"USING fts5(body)", b"USING none(body)")
    parts = opened("sqlite", io.BytesIO(data), len(data))
    assert Gap(Reason.UNSUPPORTED, "virtual table") in gaps(parts)
    assert ("1", "架空太郎の件") in rows(parts)["note_content"]


def test_a_corrupt_page_costs_only_its_own_rows(made: Made) -> None:
    """Rows before and behind it are read, how many is told, and the next table is read."""
    path = made(
        "PRAGMA page_size=1024; CREATE TABLE a (x);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
        "INSERT INTO a SELECT '架空' || i FROM n; CREATE TABLE b (x); INSERT INTO b VALUES ('架空太郎');"
    )
    data = bytearray(path.read_bytes())
    data[60 * 1024 : 61 * 1024] = b"\xff" * 1024
    path.write_bytes(data)
    for parts in both(path):
        (gap,) = gaps(parts)
        assert gap.reason is Reason.DAMAGED
        assert gap.detail.startswith("DatabaseError after ")
        assert rows(parts)["b"] == [("架空太郎",)]
        read_of_a = [row[0] for row in rows(parts)["a"]]
        assert 4900 < len(read_of_a) < 5000
        assert len(set(read_of_a)) == len(read_of_a)
        assert {"架空1", "架空5000"} <= set(read_of_a)
        assert gap.detail.endswith("more read behind it")


def test_encrypted_databases_look_like_noise() -> None:
    """A database under SQLCipher has no mark: it is unknown, and never taken for a text."""
    assert sniff(io.BytesIO(random.Random(4).randbytes(8192))) == "unknown"


def test_a_duckdb_file_is_read_where_it_lies(tmp_path: Path) -> None:
    """Tables of every schema, nothing outside is reached, nothing is written beside it."""
    path = duckdb_file(tmp_path)
    with path.open("rb") as stream:
        assert sniff(stream) == "duckdb"
    parts = from_disk("duckdb", path)
    assert not gaps(parts)
    found = rows(parts)
    assert set(found) == {"名簿", "人事.社員"}
    assert found["名簿"][2999] == ("架空太郎", "電話: 090-0000-1234", "糖尿病", "x", "1980-01-02")
    assert found["人事.社員"] == [("架空花子",)]
    assert [each.name for each in tmp_path.iterdir()] == ["register.duckdb"]


@pytest.mark.parametrize(("memory", "pictures"), [("512MB", 40), ("12MB", 0)])
def test_a_duckdb_table_with_pictures_costs_the_pictures_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, memory: str, pictures: int
) -> None:
    """Where the pictures need more memory than there is, that is told and the other columns are read."""
    path = tmp_path / "photos.duckdb"
    picture = PNG + random.Random(1).randbytes(400_000)
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE 顔写真 (氏名 VARCHAR, 写真 BLOB)")
        connection.executemany(
            "INSERT INTO 顔写真 VALUES (?, ?)", [[f"架空{number}", picture] for number in range(40)]
        )
    monkeypatch.setitem(duckdb_reader._SETTINGS, "memory_limit", memory)
    parts = from_disk("duckdb", path)
    told = [] if pictures else [Gap(Reason.MEMORY_LIMIT, "binary columns after 0 rows")]
    assert gaps(parts) == told
    assert [row[0] for row in rows(parts)["顔写真"]] == [f"架空{number}" for number in range(40)]
    found = [part for part in parts if isinstance(part, Member) and part.name != "顔写真"]
    assert len(found) == pictures
    assert {part.name for part in found} == {f"顔写真.写真[{number + 1}]" for number in range(pictures)}


def test_a_duckdb_file_in_an_archive_and_a_damaged_one_are_told(tmp_path: Path) -> None:
    """The library opens files only: bytes in memory are not read, and say so."""
    path = duckdb_file(tmp_path)
    data = path.read_bytes()
    in_memory = opened("duckdb", io.BytesIO(data), len(data))
    assert [gap.reason for gap in gaps(in_memory)] == [Reason.UNSUPPORTED]
    for cut in (5_000, len(data) // 2):
        path.write_bytes(data[:cut])
        assert {gap.reason for gap in gaps(from_disk("duckdb", path))} == {Reason.DAMAGED}


def test_a_dbase_table_is_read_with_its_deleted_rows() -> None:
    """Names of columns and values are CP932; rows marked deleted are still in the file."""
    assert sniff(io.BytesIO(DBF)) == "dbf"
    parts = read("dbf", DBF)
    (table,) = [part for part in parts if isinstance(part, TableSegment)]
    assert table.header == ("氏名", "TEL", "KINGAKU")
    assert table.rows == (("架空太郎", "090-0000-1234", "1200"), ("架空花子", "090-0000-5678", "300"))
    assert not gaps(parts)


def test_a_dbase_table_says_what_it_lacks() -> None:
    """Rows that are cut off, and memo columns whose text lies in another file."""
    columns = [("NAME", "C", 10), ("MEMO", "M", 10)]
    data = dbf_file(columns, [("架空", "1")] * 5, version=0x83)
    assert sniff(io.BytesIO(data)) == "dbf"
    assert gaps(read("dbf", data)) == [
        Gap(Reason.UNSUPPORTED, "1 memo columns, whose text lies in a file beside")
    ]
    assert Gap(Reason.DAMAGED, "read: 2 of 5 rows") in gaps(read("dbf", data[: 97 + 21 * 2 + 3]))
    western = dbf_file([("NAME", "C", 10)], [("x",)], driver=3).replace(
        b" x         ", " Müller    ".encode("cp1252")
    )
    assert rows(read("dbf", western)) == {"": [("Müller",)]}


def test_texts_are_no_dbase_tables() -> None:
    """Digits and letters that are also version bytes do not mislead."""
    for text in (b"0123456789" * 20, b"Cc" * 100, b"\x03" + bytes(200)):
        assert sniff(io.BytesIO(text)) != "dbf"
