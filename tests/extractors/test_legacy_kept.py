"""What old Office and Outlook files keep beside their text, and old files made to hold a reader up."""

from __future__ import annotations

import struct

import pytest

from scanners.extractors import word_binary
from scanners.extractors.biff import read_book
from scanners.extractors.interface import Budget, Limits
from scanners.extractors.ppt import _persisted
from scanners.extractors.word_binary import Characters, Piece
from scanners.model import Category, Gap, Reason, RecordSegment
from tests.extractors import samples_legacy as samples
from tests.extractors.test_contract import read
from tests.extractors.test_legacy import texts_at

# Word


def _letter(text: str, *tables: tuple[int, bytes], language: int = 0x411, narrow: bool = False) -> bytes:
    """Return a Word 97 file of one piece, with structures by their number in the format."""
    raw = text.encode("cp1252" if narrow else "utf-16-le")
    head = bytearray(0x600)
    struct.pack_into("<HHHHHH", head, 0, 0xA5EC, 0xC1, 0, language, 0, 0x0200)
    struct.pack_into("<I", head, 0x4C, len(text))
    place = len(head) * 2 | 0x40000000 if narrow else len(head)
    pieces = struct.pack("<IIHIH", 0, len(text), 0, place, 0)
    table = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    struct.pack_into("<II", head, 0x9A + 8 * 33, 0, len(table))
    for number, data in tables:
        struct.pack_into("<II", head, 0x9A + 8 * number, len(table), len(data))
        table += data
    return samples.ole({"WordDocument": bytes(head) + raw + bytes(64), "1Table": table})


def _strings(*texts: str) -> bytes:
    packed = (struct.pack("<H", len(text)) + text.encode("utf-16-le") for text in texts)
    return b"\xff\xff" + struct.pack("<HH", len(texts), 0) + b"".join(packed)


def test_who_saved_a_letter_and_where_is_read() -> None:
    """Word 97 keeps the last ten, the paths too; and what belongs to the letter, and its bookmarks."""
    places = texts_at(
        read(
            "doc",
            _letter(
                "本文\r",
                (71, _strings("印山田太郎", "C:\\Users\\yamada\\a.doc")),
                (32, _strings("", "", "件名", "", "", "", "印佐藤花子", "印鈴木一郎")),
                (21, _strings("_Toc1", "印しおり次郎")),
            ),
        )
    )
    assert places["who saved the document, and where"] == "印山田太郎\nC:\\Users\\yamada\\a.doc"
    assert places["template, authors and sources"] == "印佐藤花子\n印鈴木一郎"
    assert places["bookmarks"] == "印しおり次郎"


@pytest.mark.parametrize("language", [0x411, 0x419, 0x415, 0x804])
@pytest.mark.parametrize("text", ["José Müller", "João", "“a” 20°C"])
def test_text_of_one_byte_is_western_since_word_97(language: int, text: str) -> None:
    """Whatever the language of the letter: names in it are not garbled."""
    assert (
        texts_at(read("doc", _letter(f"{text}\r", language=language, narrow=True)))["body"].rstrip() == text
    )


def test_many_pieces_with_many_marks_take_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each mark looks only at the pieces where it stands; pieces over each other end the search."""
    count = 20_000
    budget = Budget(Limits(), 1 << 30)
    pieces = [Piece(2 * number, 2, 4 * number, wide=True) for number in range(count)]
    apart = Characters(bytes(4 * count), pieces, 1252, budget)
    found = [list(apart.ranges(4 * number, 4 * number + 2)) for number in range(count)]
    assert found == [[(2 * number, 2 * number + 1)] for number in range(count)]
    monkeypatch.setattr(word_binary, "_MOST_COMPARED", count)
    over = Characters(bytes(4), [Piece(2 * number, 2, 0, wide=True) for number in range(count)], 1252, budget)
    with pytest.raises(ValueError, match="over each other"):
        [list(over.ranges(0, 2)) for _ in range(2)]


# Excel


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _text(text: str) -> bytes:
    wide = not text.isascii()
    return struct.pack("<HB", len(text), wide) + text.encode("utf-16-le" if wide else "ascii")


def _beside(*records: bytes) -> list[tuple[str, str]]:
    begin = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    (sheet,) = read_book(begin + b"".join(records) + _record(0x0A, b""), old=False).sheets
    return sheet.beside


def test_prompts_and_choices_of_cells_are_read_however_short() -> None:
    """Names of two characters, and texts that the file compresses."""
    choices = b"\x17\x0d\x00Yamada\x00Tanaka"
    body = bytes(4) + b"".join(map(_text, ("山田", "林", "Contact taro@example.com", "\0")))
    found = _beside(_record(0x1BE, body + struct.pack("<HH", len(choices), 0) + choices + bytes(12)))
    assert found == [
        ("input message", text) for text in ("山田", "林", "Contact taro@example.com", "Yamada\nTanaka")
    ]


def test_headers_lose_their_colours_and_authors_without_a_box_stay() -> None:
    """A colour's digits are no part of a name."""
    found = _beside(
        _record(0x14, _text("&C&KFF0000鈴木&K01+000様")),
        _record(0x1C, struct.pack("<HHHH", 0, 0, 0, 9) + _text("Taro")),
    )
    assert found == [("header", "鈴木様"), ("comment authors", "Author: Taro")]


def _excel_5(cells: bytes, more: bytes = b"") -> bytes:
    begin = _record(0x809, struct.pack("<HHHH", 0x500, 5, 0, 0)) + more
    sheet = _record(0x809, struct.pack("<HHHH", 0x500, 0x10, 0, 0)) + cells + _record(0x0A, b"")
    place = len(begin) + 4 + 9 + 4
    return samples.ole(
        {"Book": begin + _record(0x85, struct.pack("<IH", place, 0) + b"\x02S1") + _record(0x0A, b"") + sheet}
    )


def _number(row: int, column: int, value: float) -> bytes:
    return _record(0x203, struct.pack("<HHHd", row, column, 0, value))


def test_two_cells_far_apart_do_not_fill_a_sheet() -> None:
    """They arrive at their rows; the four thousand million cells between them are not made."""
    places = texts_at(read("xls", _excel_5(_number(0, 0, 1.0) + _number(65535, 65535, 2.0))))
    assert places == {"S1!A1": "1", "S1!A65536": "2"}


def test_a_day_beyond_the_calendar_is_one_lost_cell() -> None:
    """What follows it is read."""
    styles = _record(0x22, b"\x01\x00") + _record(0xE0, struct.pack("<HH", 0, 14) + bytes(12))
    parts = read("xls", _excel_5(_number(0, 0, 2_958_465.0) + _number(1, 0, 30.5), styles))
    assert [part.detail for part in parts if isinstance(part, Gap)] == ["1 of 2 cells of a sheet"]
    assert "1904-01-31 12:00:00" in "\n".join(texts_at(parts).values())


# PowerPoint


def test_edits_that_share_a_directory_read_it_once() -> None:
    """Nine thousand edits that all name one directory of thousands of parts end at once."""
    count = 4000
    directory = (
        struct.pack("<HHI", 0, 6002, 4 + 4 * count) + struct.pack("<I", 1 | count << 20) + bytes(4 * count)
    )
    data, before = bytearray(directory), 0
    for _ in range(9_000):
        here = len(data)
        data += struct.pack("<HHI", 0, 4085, 28) + struct.pack("<7I", 0, 0, before, 0, 0, 0, 0)
        before = here
    found = _persisted(bytes(data), bytes(16) + struct.pack("<I", before))
    assert len(found) == count


def test_shapes_below_too_many_others_are_told() -> None:
    """Groups in groups are read as deep as the limit; what is deeper is no silence."""
    content = struct.pack("<HHI", 0, 4000, 8) + "山田太郎".encode("utf-16-le")
    for _ in range(45):
        content = struct.pack("<HHI", 0xF, 0xF003, len(content)) + content
    streams = {"PowerPoint Document": struct.pack("<HHI", 0xF, 1006, len(content)) + content}
    parts = read("ppt", samples.ole({**streams, "Current User": bytes(24)}))
    assert [part.reason for part in parts if isinstance(part, Gap)] == [Reason.TOO_DEEP]


# Outlook


def test_a_contact_has_its_birthday() -> None:
    """Midnight in Japan is the day before by the clock that Outlook keeps."""
    streams = samples.message_streams(32, {0x001A: "IPM.Contact", 0x3001: "印山田太郎"})
    moment = 119_600_064_000_000_000 - 9 * 36_000_000_000  # of 1 January 1980, nine hours before
    streams["__properties_version1.0"] += struct.pack("<HHIQ", 0x40, 0x3A42, 6, moment)
    (record,) = [part for part in read("msg", samples.ole(streams)) if isinstance(part, RecordSegment)]
    assert (Category.DOB, "1980-01-01") in [(each.category, each.value) for each in record.fields]


def test_short_names_and_all_of_many_values_are_read() -> None:
    """Names of one and two characters; every child of a contact."""
    streams = samples.message_streams(32, {0x004D: "山田", 0x3A45: "林"})
    for index, name in enumerate(("花子", "次郎くん")):
        streams[f"__substg1.0_3A58101F-{index:08X}"] = name.encode("utf-16-le")
    text = "\n".join(texts_at(read("msg", samples.ole(streams))).values())
    assert {"山田", "林", "花子", "次郎くん"} <= set(text.split("\n"))
