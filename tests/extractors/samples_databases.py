"""Synthetic database files."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import duckdb

Columns = Sequence[tuple[str, str, int]]


def dbf_file(columns: Columns, rows: Sequence[Sequence[str]], *, version: int = 3, driver: int = 0) -> bytes:
    """Return a dBase table in CP932; a row whose first cell starts with "*" is marked deleted."""
    width = 1 + sum(size for _, _, size in columns)
    head = struct.pack("<4BIHH", version, 126, 4, 1, len(rows), 32 + 32 * len(columns) + 1, width)
    out = bytearray(head + bytes(17) + bytes([driver]) + bytes(2))
    for name, kind, size in columns:
        out += name.encode("cp932").ljust(11, b"\0") + kind.encode() + bytes(4) + bytes([size]) + bytes(15)
    out += b"\r"
    for row in rows:
        out += b"*" if row[0].startswith("*") else b" "
        for (_, kind, size), value in zip(columns, row, strict=True):
            raw = value.removeprefix("*").encode("cp932")[:size]
            out += raw.rjust(size) if kind == "N" else raw.ljust(size)
    return bytes(out) + b"\x1a"


DBF = dbf_file(
    [("氏名", "C", 20), ("TEL", "C", 14), ("KINGAKU", "N", 8)],
    [("架空太郎", "090-0000-1234", "1200"), ("*架空花子", "090-0000-5678", "300")],
)


def duckdb_file(folder: Path) -> Path:
    """Return a database with two schemas, nested and binary columns and a view that reaches outside."""
    path = folder / "register.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{path}' AS made (BLOCK_SIZE 16384); USE made")  # else a megabyte
        connection.execute(
            "CREATE TABLE 名簿 AS SELECT '架空太郎' AS 氏名, {'電話': '090-0000-1234'} AS 連絡先, "
            "['糖尿病'] AS 病名, 'x'::BLOB AS raw, DATE '1980-01-02' AS 生年月日 FROM range(3000)"
        )
        connection.execute("CREATE SCHEMA 人事; CREATE TABLE 人事.社員 AS SELECT '架空花子' AS 氏名")
        connection.execute("CREATE VIEW outside AS SELECT * FROM read_text('/etc/hostname')")
    return path
