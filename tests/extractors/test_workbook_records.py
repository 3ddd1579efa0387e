"""What binary workbooks say in records that are no cells, and cells that lie where none can be."""

from __future__ import annotations

import datetime as dt
import struct

import pytest

from scanners.extractors.biff import _printed
from scanners.extractors.counted_texts import counted_texts
from scanners.extractors.ppt import _persisted
from scanners.model import Gap, Reason, TextSegment
from tests.extractors import samples_legacy as samples
from tests.extractors.test_contract import read
from tests.extractors.test_legacy import texts_at


def record(kind: int, body: bytes) -> bytes:
    """Return one record."""
    return struct.pack("<HH", kind, len(body)) + body


def text(value: str, length: int = 2) -> bytes:
    """Return a string with its length and its flags before it."""
    wide = any(ord(letter) > 255 for letter in value)
    data = value.encode("utf-16-le" if wide else "latin-1")
    return len(value).to_bytes(length, "little") + bytes([wide]) + data


def workbook(name: bytes = b"", sheet: bytes = b"", **streams: bytes) -> bytes:
    """Return an Excel 97 workbook of one sheet with these records beside its one cell."""

    def begin(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, kind, 0x1FAA, 1997, 0x40, 6))

    def head(place: int) -> bytes:
        named = record(0x85, struct.pack("<IBB", place, 0, 0) + text("表", 1))
        return begin(5) + record(0x42, b"\xb0\x04") + named + name + record(0x0A, b"")

    data = head(len(head(0))) + begin(0x10) + record(0x203, struct.pack("<HHHd", 0, 0, 0, 42.0))
    return samples.ole({"Workbook": data + sheet + record(0x0A, b""), **streams})


def old(cells: bytes, before: bytes = b"") -> bytes:
    """Return an Excel 5 workbook of one sheet."""

    def begin(kind: int) -> bytes:
        return record(0x809, struct.pack("<HHHH", 0x500, kind, 0, 0))

    def head(place: int) -> bytes:
        return begin(5) + before + record(0x85, struct.pack("<IH", place, 0) + b"\x02S1") + record(0x0A, b"")

    return samples.ole({"Book": head(len(head(0))) + begin(0x10) + cells + record(0x0A, b"")})


def number(row: int, column: int, value: float) -> bytes:
    """Return a cell."""
    return record(0x203, struct.pack("<HHHd", row, column, 0, value))


_PROMPT = struct.pack("<I", 0) + b"".join(map(text, ("山田", "林", "Call taro", "佐藤")))
_LIST = struct.pack("<I", 0) + text("\0") * 4 + b"\x0d\x00\x00\x00\x17" + text("架空一\0架空二", 1)


@pytest.mark.parametrize(
    ("records", "place", "found"),
    [
        ({"sheet": record(0x1BE, _PROMPT)}, "表 input message", "山田\n林\nCall taro\n佐藤"),
        ({"sheet": record(0x1BE, _LIST)}, "表 input message", "架空一\n架空二"),
        (
            {"sheet": record(0x89C, bytes(36) + text("&L&K00FF00架空太郎") + text("&C様"))},
            "表 header or footer of first or even pages",
            "架空太郎\n様",
        ),
        (
            {"name": record(0x5A, struct.pack("<BBH", 0, 0, 0) + b"\x02" + text("架空花子"))},
            "workbook cells of another workbook",
            "架空花子",
        ),
        (
            {"name": record(0x18, b"\0\0\0\x05" + bytes(10) + b"\0Staff" + b"\x17" + text("架空花子", 1))},
            "workbook name",
            "Staff\n架空花子",
        ),
        (
            {"name": record(0x1A9, bytes(50) + text("架空花子 - 個人用"))},
            "workbook view",
            "架空花子 - 個人用",
        ),
        ({"sheet": record(0xCD, text("SELECT 氏名"))}, "表 data connection", "SELECT 氏名"),
        (
            {
                "sheet": record(
                    0x9E,
                    bytes(4)
                    + b"\x06\x02"
                    + bytes(4)
                    + b"\x02"
                    + bytes(13)
                    + b"\1"
                    + "架空".encode("utf-16-le"),
                )
            },
            "表 filter",
            "架空",
        ),
        ({"User Names": record(0x191, bytes(16) + text("山田")) * 2}, "user names", "山田"),
        (
            {"sheet": record(0x1C, struct.pack("<HHHH", 1, 1, 0, 9) + text("架空"))},
            "表!B2 comment",
            "Author: 架空",
        ),
    ],
)
def test_a_record_beside_the_cells_is_read(records: dict[str, bytes], place: str, found: str) -> None:
    """Names of one letter, 8-bit texts, prompts, filters, names and other workbooks' cells."""
    assert texts_at(read("xls", workbook(**records)))[place] == found


def test_numbers_are_no_strings() -> None:
    """Records hold numbers that look like lengths; a lone Latin letter is nothing."""
    assert list(counted_texts(struct.pack("<12H", *range(12)))) == []
    assert list(counted_texts(b"\x01\x00\x01A\x00" + b"\x02\x00\x00\x01\x02")) == []
    assert list(counted_texts(b"\x05\x00\x01" + "山田太郎".encode("utf-16-le"))) == []


def test_cells_that_lie_far_apart_are_lines() -> None:
    """Two cells at opposite corners are no table of sixteen million; a column that cannot be is told."""
    parts = read("xls", old(number(0, 0, 1.0) + number(65535, 255, 2.0) + number(5, 65535, 3.0)))
    assert next(part.text for part in parts if isinstance(part, TextSegment)) == "1\n2"
    assert Gap(Reason.DAMAGED, "1 of 3 cells of a sheet") in parts


def test_a_day_beyond_the_calendar_is_a_number() -> None:
    """Days counted from 1904 end four years later; the rest of the sheet follows."""
    before = record(0x22, b"\x01\x00") + record(0xE0, struct.pack("<HH", 0, 14))
    parts = read("xls", old(number(0, 0, 2_958_465.0) + number(1, 0, 1.0), before))
    assert texts_at(parts)["S1"].split() == ["2958465", (dt.date(1904, 1, 2)).isoformat()]


def test_colours_of_headers_are_no_text() -> None:
    """Excel 2007 and later write them as six digits."""
    assert _printed("&K00FF00架空&Kff0000太郎") == "架空太郎"


def test_a_directory_of_a_presentation_is_read_once() -> None:
    """Ten thousand edits may name the same one."""
    directory = struct.pack("<HHI", 0, 6002, 8) + struct.pack("<II", 1 | 1 << 20, 77)
    data, before = bytearray(directory), 0
    for _ in range(3):
        here = len(data)
        data += struct.pack("<HHI", 0, 4085, 28) + struct.pack("<7I", 0, 0, before, 0, 0, 0, 0)
        before = here
    assert _persisted(bytes(data), bytes(16) + struct.pack("<I", before)) == {1: 77}


def test_what_lies_too_deep_in_a_presentation_is_told() -> None:
    """Groups in groups beyond any that people draw."""
    inner = struct.pack("<HHI", 0, 4000, 4) + "架空".encode("utf-16-le")
    for _ in range(50):
        inner = struct.pack("<HHI", 0xF, 0xF003, len(inner)) + inner
    slide = struct.pack("<HHI", 0xF, 1006, len(inner)) + inner
    parts = read("ppt", samples.ole({"PowerPoint Document": slide, "Current User": bytes(24)}))
    assert [part for part in parts if isinstance(part, Gap)] == [
        Gap(Reason.TOO_DEEP, "1 records below 40 others")
    ]
