"""Binary Office, RTF and their neighbours in detail: encodings, objects, bounds and locked files."""

from __future__ import annotations

import io
import re
import struct

import pytest

from scanners.extractors import xls_extras
from scanners.extractors.biff import read_book
from scanners.extractors.compound import Compound
from scanners.extractors.interface import Budget, Extracted, Limits, Member
from scanners.extractors.office_properties import property_lines
from scanners.extractors.text_runs import wide_runs
from scanners.kinds import sniff
from scanners.model import Gap, TextSegment
from tests.extractors import samples_legacy as samples
from tests.extractors.test_contract import read, words


def members_of(parts: list[Extracted]) -> dict[str, bytes]:
    """Return the members' bytes by name."""
    return {
        part.name: part.stream.getvalue() if isinstance(part.stream, io.BytesIO) else b""
        for part in parts
        if isinstance(part, Member)
    }


def gaps_of(parts: list[Extracted]) -> list[str]:
    """Return the reasons of all gaps."""
    return [part.reason for part in parts if isinstance(part, Gap)]


def texts_at(parts: list[Extracted]) -> dict[str, str]:
    """Return the texts by their place."""
    return {part.location: part.text for part in parts if isinstance(part, TextSegment)}


# compound files


def test_a_storage_becomes_a_file_that_reads_the_same() -> None:
    """What is written can be read: small and large streams, storages in storages."""
    streams = {"a": b"x" * 100, "b": bytes(range(256)) * 40_000, "s/c": b"", "s/t/d": b"y" * 4096}
    compound = Compound(io.BytesIO(samples.ole(streams)), Budget(Limits(), 1))
    assert {"/".join(path): compound.read(*path) for path in compound.paths} == streams
    inner = Compound(io.BytesIO(compound.storage("s")), Budget(Limits(), 1))
    assert sorted(inner.paths) == [("c",), ("t", "d")]


@pytest.mark.parametrize(
    ("stream", "kind"),
    [
        ("WordDocument", "doc"),
        ("WORDDOCUMENT", "doc"),
        ("Book", "xls"),
        ("Workbook", "xls"),
        ("PowerPoint Document", "ppt"),
        ("__properties_version1.0", "msg"),
        ("EncryptedPackage", "ole-encrypted"),
        ("VisioDocument", "vsd"),
        ("DocumentText", "jtd"),
        ("Anything", "ole"),
        ("ObjectPool/_1/WordDocument", "ole"),
    ],
)
def test_the_directory_tells_the_program(stream: str, kind: str) -> None:
    """A stream's name counts where the program keeps it: an embedded letter makes no letter of its frame."""
    assert sniff(io.BytesIO(samples.ole({stream: b"x"}))) == kind


def test_a_compound_file_whose_first_stream_is_a_pdf_is_no_pdf() -> None:
    """The frame tells what it is; the pdf in it is a member."""
    data = samples.ole({"CONTENTS": b"%PDF-1.7" + bytes(5000)})
    assert sniff(io.BytesIO(data)) == "ole"
    assert members_of(read("ole", data))["CONTENTS"].startswith(b"%PDF")


def test_a_compound_file_without_its_directory_is_told_by_what_is_left() -> None:
    """A damaged head does not make a letter nameless."""
    data = bytearray(samples.planted("doc"))
    data[48:52] = b"\xf0\xff\xff\x00"
    assert sniff(io.BytesIO(bytes(data))) == "doc"


def test_a_large_compound_file_is_told_by_its_directory_at_the_end() -> None:
    """Beyond seven megabytes the header has no room for all tables."""
    data = samples.ole({"Anything": bytes(8 << 20), "WordDocument": b"x", "Workbook2": b"y"})
    assert sniff(io.BytesIO(data)) == "doc"
    assert Compound(io.BytesIO(data), Budget(Limits(), 1 << 20)).read("Anything") == bytes(8 << 20)


def test_a_directory_that_is_cut_off_says_how_much_is_missing() -> None:
    """What is listed is read; that more was listed is told."""
    streams = {f"stream {number}": b"x" * 5000 for number in range(9)}
    data = samples.ole(streams)
    (first,) = struct.unpack_from("<I", data, 48)
    second = (struct.unpack_from("<I", data, 76)[0] + 1) * 512 + 4 * (first + 1)  # of the directory's sectors
    cut = data[:second] + b"\xfe\xff\xff\xff" + data[second + 4 :]
    compound = Compound(io.BytesIO(cut), Budget(Limits(), 1 << 20))
    assert 0 < len(compound.paths) < len(streams)
    assert [compound.read(*path) for path in compound.paths] == [b"x" * 5000] * len(compound.paths)
    (gap,) = compound.short
    assert re.fullmatch("directory: [1-9] entries are missing", gap.detail)


def test_a_lost_allocation_table_loses_only_what_it_held() -> None:
    """Each stream gives what lies before its chain is lost, and says how much that is."""
    data = samples.ole({"a": b"x" * 400 + b"y" * 5000})
    place = (struct.unpack_from("<I", data, 76)[0] + 1) * 512
    compound = Compound(io.BytesIO(data[:place]), Budget(Limits(), 1 << 20))
    assert compound.read("a") == b"x" * 400 + b"y" * 112
    assert [gap.detail for gap in compound.short] == ["a: 512 of 5400 bytes"]


def test_a_chain_that_goes_round_ends() -> None:
    """A stream that claims gigabytes in a circle gives no more than the file has."""
    data = bytearray(samples.ole({"a": bytes(9000)}))
    table = (struct.unpack_from("<I", data, 76)[0] + 1) * 512
    data[table : table + 12] = struct.pack("<3I", 1, 2, 0)
    (first,) = struct.unpack_from("<I", data, 48)
    entry = (first + 1) * 512 + 128
    data[entry + 120 : entry + 124] = struct.pack("<I", 0xF0000000)
    compound = Compound(io.BytesIO(bytes(data)), Budget(Limits(), 1 << 20))
    assert len(compound.read("a")) <= len(data)
    assert compound.short


def test_properties_of_users_are_read() -> None:
    """What a user adds to a document's properties has its name."""
    code_page = struct.pack("<IHxx", 2, 1200)
    name = "担当者".encode("utf-16-le") + b"\0\0"
    dictionary = struct.pack("<III", 1, 2, 4) + name
    text = "印担当花子".encode("utf-16-le") + b"\0\0"
    value = struct.pack("<II", 0x1F, 6) + text
    places = (32, 32 + len(code_page), 32 + len(code_page) + len(dictionary))
    section = struct.pack("<IIIIIIII", 0, 3, 1, places[0], 0, places[1], 2, places[2])
    section += code_page + dictionary + value
    head = b"\xfe\xff\x00\x00" + bytes(20) + struct.pack("<I", 1) + b"\x05" * 16 + struct.pack("<I", 48)
    assert property_lines(head + section) == ["担当者: 印担当花子"]


def test_a_packed_file_is_a_member_with_its_name() -> None:
    """An OLE Package keeps a file: it is read as one."""
    data = samples.ole({"\x01Ole10Native": samples.packed("名簿.txt", b"hello")})
    assert members_of(read("ole", data)) == {"名簿.txt": b"hello"}


def test_streams_of_an_unknown_program_are_told() -> None:
    """What only looks like text is taken, and the outcome says that the rest was not read."""
    parts = read("ole", samples.ole({"Data": b"\x01\x02" + "印本文一郎".encode("utf-16-le") + b"\x03"}))
    assert "印本文一郎" in words(parts)
    assert gaps_of(parts) == ["unsupported"]


def test_a_publication_gives_its_text_and_says_what_it_is() -> None:
    """Programs without a reader of their own are named where they are known."""
    text = "印本文一郎の案内".encode("utf-16-le")
    streams = {"Quill/QuillSub/CONTENTS": b"CHNKINK " + bytes(24) + text, "Contents": b"\x01\x02\x03"}
    parts = read("ole", samples.ole(streams))
    assert "印本文一郎の案内" in texts_at(parts)["text of the publication"]
    assert [part.detail for part in parts if isinstance(part, Gap)] == [
        "1 streams of Publisher: runs of ASCII and UTF-16 only, in 3 of 3 bytes"
    ]


def test_runs_are_read_at_any_offset() -> None:
    """Text one byte off is text; the same bytes are not read twice."""
    data = "A山田太郎 hello".encode("utf-16-le") + b"\x00\x00\x01" + "やまだ 花子".encode("utf-16-le")
    assert wide_runs(data) == ["A山田太郎 hello", "やまだ 花子"]


def test_macros_are_text() -> None:
    """People write names into their sources; lines that the program writes for itself are left out."""
    lines = b'Attribute VB_Name = "M"\r\n' + "' 印作成花子\r\n".encode("cp932")
    pieces = [lines[place : place + 8] for place in range(0, len(lines), 8)]
    chunk = b"".join(b"\x00" + piece for piece in pieces)
    packed = b"\x01" + struct.pack("<H", 0xB000 | (len(chunk) - 1)) + chunk
    parts = read("ole", samples.ole({"VBA/M": b"cache" + packed, "VBA/dir": b"x", "PROJECT": b"ID"}))
    assert texts_at(parts) == {"macro M": "' 印作成花子\n"}
    assert not gaps_of(parts)


# Word


def test_a_letter_that_needs_a_password_is_told() -> None:
    """The file says so in its first block."""
    data = bytearray(samples.planted("doc"))
    start = data.index(b"\xec\xa5")
    data[start + 0x0B] |= 1
    assert gaps_of(read("doc", bytes(data))) == ["encrypted"]


def test_word_6_text_is_read_by_its_language() -> None:
    """Before Word 97 there was no piece table and no Unicode."""
    text = "氏名 印本文一郎\r電話 03-1234-5678\r".encode("cp932")
    fib = bytearray(0x300)
    struct.pack_into("<HHHH", fib, 0, 0xA5DC, 0x65, 0, 0x0411)
    struct.pack_into("<II", fib, 0x18, 0x300, 0x300 + len(text))
    struct.pack_into("<I", fib, 0x34, len(text))
    parts = read("doc", samples.ole({"WordDocument": bytes(fib) + text}))
    assert texts_at(parts)["body"].startswith("氏名 印本文一郎\n電話")


def test_a_letter_without_its_piece_table_says_so() -> None:
    """The text is read as it lies, and the gap says what is not told apart."""
    streams = {
        "WordDocument": b"\xec\xa5\xc1\x00" + bytes(0x14) + struct.pack("<II", 0x600, 0x60A) + bytes(0x5E0)
        + "印本文一郎".encode("utf-16-le"),
        "0Table": b"",
    }  # fmt: skip
    parts = read("doc", samples.ole(streams))
    assert "印本文一郎" in words(parts)
    assert gaps_of(parts) == ["damaged"]


# Excel


def test_cells_far_apart_are_read_in_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dense reader would allocate the whole sheet: the cells are moved together and keep their places."""
    compound = Compound(io.BytesIO(samples.planted("xls")), Budget(Limits(), 1))
    data = bytearray(compound.read("Workbook"))
    sheet = next(each for each in read_book(bytes(data), old=False).sheets if each.name == "名簿")
    struct.pack_into("<HH", data, sheet.cells[-1] + 4, 65_535, 255)
    opened: list[int] = []
    whole = xls_extras.python_calamine.CalamineWorkbook.from_filelike
    monkeypatch.setattr(
        xls_extras.python_calamine,
        "CalamineWorkbook",
        type("Counted", (), {"from_filelike": staticmethod(lambda held: opened.append(1) or whole(held))}),
    )
    parts = read("xls", samples.ole({"Workbook": bytes(data)}))
    places = texts_at(parts)
    assert "印本文一郎" in places["名簿!A1"]
    assert places["名簿!A65536"]
    assert len(opened) == 1


def test_an_extent_that_no_sheet_can_have_is_left_out() -> None:
    """A reader that allocates what a damaged sheet claims would end the process."""
    compound = Compound(io.BytesIO(samples.planted("xls")), Budget(Limits(), 1))
    data = compound.read("Workbook")
    place = data.index(struct.pack("<HH", 0x200, 14))
    claimed = data[: place + 4] + struct.pack("<IIHH", 0, 0xFFFFFFF0, 0, 0xFFFF) + data[place + 16 :]
    parts = read("xls", samples.ole({"Workbook": claimed}))
    assert "印本文一郎" in words(parts)
    assert not gaps_of(parts)


def test_a_workbook_that_needs_a_password_is_told() -> None:
    """FILEPASS among the first records."""
    compound = Compound(io.BytesIO(samples.planted("xls")), Budget(Limits(), 1))
    data = compound.read("Workbook")
    head = 4 + int.from_bytes(data[2:4], "little")
    locked = data[:head] + struct.pack("<HHHHH", 0x2F, 6, 1, 1, 1) + data[head:]
    assert gaps_of(read("xls", samples.ole({"Workbook": locked}))) == ["encrypted"]


def test_excel_5_is_read_in_its_code_page() -> None:
    """Before Excel 97 texts had 8 bits; comments stood in their record."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def text(value: str) -> bytes:
        raw = value.encode("cp932")
        return struct.pack("<H", len(raw)) + raw

    begin = record(0x809, struct.pack("<HHHH", 0x500, 5, 0, 0)) + record(0x42, struct.pack("<H", 932))
    name = "名簿".encode("cp932")
    place = len(begin) + 4 + 7 + len(name) + 4
    cells = record(0x809, struct.pack("<HHHH", 0x500, 0x10, 0, 0))
    cells += record(0x204, struct.pack("<HHH", 0, 0, 0) + text("印本文一郎"))
    cells += record(0x203, struct.pack("<HHHd", 1, 0, 0, 30_000.0))
    cells += record(0x27E, struct.pack("<HHHI", 1, 1, 1, (1234 << 2) | 3))
    cells += record(0x06, struct.pack("<HHHBBBBBBH", 2, 0, 0, 0, 0, 0, 0, 0, 0, 0xFFFF) + bytes(6))
    cells += record(0x207, text("印算出二郎"))
    cells += record(0xBD, struct.pack("<HHHIHIH", 3, 0, 1, 4 | 2, 1, 8 | 2, 1))
    cells += record(0x1C, struct.pack("<HH", 0, 0) + text("印注釈九郎")) + record(0x0A, b"")
    styles = record(0xE0, struct.pack("<HH", 0, 14)) + record(0xE0, struct.pack("<HH", 0, 0))
    place += len(styles)
    sheet = styles + record(0x85, struct.pack("<IHB", place, 0, len(name)) + name) + record(0x0A, b"")
    places = texts_at(read("xls", samples.ole({"Book": begin + sheet + cells})))
    assert places["名簿"].split() == ["印本文一郎", "1982-02-18", "12.34", "印算出二郎", "1", "2"]
    assert places["名簿!A1 comment"] == "印注釈九郎"


def test_what_a_pivot_table_remembers_is_read() -> None:
    """Its source may be in no sheet any more."""
    compound = Compound(io.BytesIO(samples.planted("xls")), Budget(Limits(), 1))
    text = "印隠表太郎"
    cache = struct.pack("<HHHB", 0xCD, 3 + 2 * len(text), len(text), 1) + text.encode("utf-16-le")
    streams = {"Workbook": compound.read("Workbook"), "_SX_DB_CUR/0001": cache}
    assert texts_at(read("xls", samples.ole(streams)))["pivot cache 0001"] == text


# PowerPoint


def test_a_presentation_that_needs_a_password_is_told() -> None:
    """Its user stream says so."""
    streams = {"Current User": bytes(12) + struct.pack("<II", 0xF3D1C4DF, 0), "PowerPoint Document": b"x"}
    assert gaps_of(read("ppt", samples.ole(streams))) == ["encrypted"]


# RTF


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (rb"{\rtf1\ansi\ansicpg932 \'8e\'52\'93\'63}", "山田"),
        (rb"{\rtf1\ansi\ansicpg932 \'83\\\'83\'5c}", "ソソ"),
        (rb"{\rtf1\ansi{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset128 B;}}\f0\'e9\f1 \'8e\'52}", "é山"),
        (rb"{\rtf1\ansi{\fonttbl{\f1\fcharset134 A;}}\f1 \'c0\'ee}", "李"),
        (rb"{\rtf1\ansi{\fonttbl{\f1\fcharset136 A;}}\f1 \'a7\'f5}", "李"),
        (rb"{\rtf1\ansi{\fonttbl{\f1\fcharset129 A;}}\f1 \'b1\'e8}", "김"),
        (rb"{\rtf1\ansi\uc1 \u23665?\u30000\'81}", "山田"),
        (rb"{\rtf1\ansi\uc2 \u23665\'8e\'52\u30000 xx!}", "山田!"),
        (rb"{\rtf1\ansi\uc0 \u-10179\u-8976}", "\U00020bb7"[:0] + chr(0x1F000 + 0x4F0)),
        (rb"{\rtf1 {\upr{\*\bkmkstart x}{\*\ud{\*\bkmkstart y}}}{\*\unknown no}yes}", "yes"),
        (rb"{\rtf1 a\bin3 {{}b}", "ab"),
        (rb"{\rtf1 {\*\htmltag <p>}x\htmlrtf y\htmlrtf0 z}", "xz"),
        ("{\\rtf1\\ansi\\ansicpg932 山田太郎}".encode("cp932"), "山田太郎"),
    ],
)
def test_rtf_is_decoded_as_its_fonts_say(source: bytes, text: str) -> None:
    """Code pages of fonts, double bytes with any second byte, Unicode with its replacements."""
    assert texts_at(read("rtf", source))["body"] == text


def test_rtf_without_its_end_is_partial() -> None:
    """What is there is read, and the gap says that the end is missing."""
    parts = read("rtf", rb"{\rtf1 {\b 03-1234")
    assert "03-1234" in words(parts)
    assert gaps_of(parts) == ["damaged"]


def test_objects_and_pictures_of_rtf_are_members() -> None:
    """An embedded file and a picture, in hexadecimal or as they are."""
    inner = b"\x02\x00" + b"a.txt\x00" * 2 + b"\x00\x00\x03\x00" + struct.pack("<I", 1) + b"\x00"
    inner += struct.pack("<I", 5) + b"hello"
    name = b"Package\x00"
    ole1 = struct.pack("<III", 0x501, 2, len(name)) + name + bytes(8) + struct.pack("<I", len(inner)) + inner
    png = b"\x89PNG\r\n\x1a\n" + bytes(8)
    source = b"{\\rtf1{\\object{\\*\\objdata " + ole1.hex().encode() + b"}}{\\pict{\\*\\picprop x}\\pngblip\n"
    source += png.hex().encode() + b"}{\\pict\\pngblip\\bin%d " % len(png) + png + b"}}"
    assert members_of(read("rtf", source)) == {"a.txt": b"hello", "picture 1.png": png, "picture 2.png": png}


# signatures, drawings, Ichitaro, notes


@pytest.mark.parametrize(("kind", "sniffed"), [(2, "cms"), (3, "cms-encrypted")])
def test_signed_and_encrypted_messages_are_told_apart(kind: int, sniffed: str) -> None:
    """A signature can be looked into, an envelope cannot."""
    assert sniff(io.BytesIO(samples.signed(b"hello", kind))) == sniffed


def test_a_signed_message_gives_its_content() -> None:
    """The mail inside is a member."""
    assert members_of(read("cms", samples.signed(b"hello"))) == {"signed content": b"hello"}


def test_a_drawing_gives_texts_data_and_links() -> None:
    """Pages by their name; a text in pieces is one text."""
    places = texts_at(read("vsdx", samples.visio()))
    assert places["page 1 組織図"] == "印本文一郎"
    assert places["page 1 組織図, data and links of shapes"] == "印属性五郎\nlink-marker@kakuu.example"


def test_streams_of_an_older_drawing_are_unpacked() -> None:
    """The trailer's pointers lead to them; a copy from the window is undone."""

    def literal(data: bytes) -> bytes:
        return b"".join(b"\xff" + data[place : place + 8] for place in range(0, len(data), 8))

    text = "印本文一郎".encode("utf-16-le")
    # five letters as they are, then a copy of the first six bytes: the window counts from 18 back
    packed = literal(bytes(4) + text + b"\x00\x00") + b"\x00" + struct.pack("<BB", (4 - 18) & 0xFF, 0xF0 | 3)
    pointers = bytes(4) + struct.pack("<III", 4, 1, 0) + struct.pack("<IIIIH", 0, 0, 200, len(packed), 0xD2)
    trailer = literal(pointers)
    head = bytearray(b"Visio (TM) Drawing\r\n".ljust(200, b"\x00"))
    head[0x1A] = 11
    struct.pack_into("<IIIIH", head, 0x24, 20, 0, 200 + len(packed), len(trailer), 0x52)
    places = texts_at(read("vsd", samples.ole({"VisioDocument": bytes(head) + packed + trailer})))
    assert places["texts of the drawing"].split("\n") == ["印本文一郎", "印本文"]


def test_ichitaro_furigana_stands_apart() -> None:
    """The base stays in its line; header and body are told apart."""
    places = texts_at(read("jtd", samples.ichitaro()))
    assert places == {
        "body": "印本文一郎\n氏名 印山田太郎\n",
        "body, furigana": "やまだ",
        "header": "印頭書次郎",
    }


def test_a_compressed_template_of_ichitaro_is_a_member() -> None:
    """The archive inside is read by its own reader."""
    stream = b"\x26\x00JustCompressedDocument\x16\x00-lh5-rest"
    assert members_of(read("jtd", samples.ole({"JSCompDocument": stream}))) == {
        "document.lzh": b"\x16\x00-lh5-rest"
    }


def test_notes_give_texts_and_files_and_say_what_is_missing() -> None:
    """OneNote is read in part, and says so."""
    parts = read("one", samples.onenote())
    assert texts_at(parts) == {"pages": "印本文一郎"}
    assert members_of(parts) == {"file 1": b"hello"}
    assert gaps_of(parts) == ["unsupported"]
