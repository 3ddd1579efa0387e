"""What old Word files and macro sheets keep, and old files made to hold a reader up."""

from __future__ import annotations

import struct

import pytest

from scanners.extractors import word_binary
from scanners.extractors.interface import Budget, Limits
from scanners.extractors.word_binary import Characters, Piece
from tests.extractors import samples_legacy as samples
from tests.extractors.test_contract import read
from tests.extractors.test_legacy import texts_at


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


def test_macro_sheets_are_read() -> None:
    """Of Excel 4, in workbooks of today: hidden from eyes, and from readers of worksheets."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def begin(sort: int) -> bytes:
        return record(0x809, struct.pack("<HHHHII", 0x600, sort, 0x1FAA, 1997, 0x40, 6))

    text = "印関数太郎"
    sheet = begin(0x40) + record(
        0x204, struct.pack("<HHHHB", 0, 0, 0, len(text), 1) + text.encode("utf-16-le")
    )
    head = begin(5) + record(0x42, b"\xb0\x04")
    listed = record(0x85, struct.pack("<IBBBB", 0, 0, 1, 2, 0) + b"M1")
    place = struct.pack("<I", len(head) + len(listed) + 4)
    book = head + listed[:4] + place + listed[8:] + record(0x0A, b"") + sheet + record(0x0A, b"")
    assert texts_at(read("xls", samples.ole({"Workbook": book})))["M1"] == text
