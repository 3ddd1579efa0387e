"""Texts that are nearly another thing: bare quotes, single NUL bytes, two encodings, words on PDF, XML."""

from __future__ import annotations

import io
import json

import pytest

from scanners.encodings import Decoded, decode
from scanners.extractors.delimited import dialect_of, records, records_of_blocks
from scanners.extractors.text_runs import wide_runs
from scanners.kinds import sniff
from scanners.model import Gap, Reason, TableSegment, TextSegment
from tests.extractors.samples_pdf import document, line
from tests.extractors.test_contract import read
from tests.extractors.test_pages import texts

LINE = "氏名 架空太郎 住所 東京都千代田区架空町\n"


def test_a_quote_inside_a_cell_opens_none() -> None:
    """Inches, feet and typing errors: each row stays a row; a quote at a cell's begin still opens one."""
    text = '氏名,品,電話\n架空太郎,5" x,090-0000-1234\n架空花子,x,03-1\n架空次郎,"6"" y\nz",03-2\n'
    text += '架空一郎,7",03-3\n'
    data = text.encode()
    assert sniff(io.BytesIO(data)) == "csv"
    (found,) = [part for part in read("csv", data) if isinstance(part, TableSegment)]
    assert found.header == ("氏名", "品", "電話")
    assert [row[1] for row in found.rows] == ['5" x', "x", '6" y\nz', '7"']
    assert list(records_of_blocks(text.splitlines(keepends=True), delimiter=",")) == list(
        records(text, delimiter=",")
    )
    assert dialect_of('架空"太郎\n架空花子\n') is None
    assert dialect_of('"a,b\n' + "c,d\n" * 60_000) == ","


def test_bare_quotes_far_apart_join_no_rows() -> None:
    """Below the first rows too."""
    rows = [f"架空{each},{each},x" for each in range(80)]
    rows[66] = '架空66,5" disk,x'
    rows[76] = '架空76,6" disk,x'
    data = "\n".join(("氏名,電話,備考", *rows)).encode()
    found = [row for part in read("csv", data) if isinstance(part, TableSegment) for row in part.rows]
    assert len(found) == 80


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "euc_jp"])
def test_a_few_nul_bytes_leave_a_text_a_text(encoding: str) -> None:
    """As a crash leaves them in a log: damaged characters, told."""
    data = (LINE * 5).encode(encoding) + b"\x00" + (LINE * 5).encode(encoding)
    assert sniff(io.BytesIO(data)) == "txt"
    text, gap = read("txt", data)
    assert gap == Gap(Reason.UNDECODABLE, "1 characters")
    assert getattr(text, "text", "") == LINE * 5 + "\ufffd" + LINE * 5
    table = b"name,tel\nTaro,090-0000-2222\nHanako\x00,090-0000-4444\nJiro,1\n"
    assert sniff(io.BytesIO(table)) == "csv"
    assert sniff(io.BytesIO(bytes(range(1, 40)) + b"\x00text" * 3)) == "unknown"


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
def test_lines_in_two_encodings_are_each_read(encoding: str) -> None:
    """Two programs append to one log."""
    data = (LINE * 5).encode() + (LINE * 5).encode(encoding) + b"plain\n" + LINE.encode()
    assert sniff(io.BytesIO(data)) == "txt"
    assert decode(data) == Decoded(LINE * 10 + "plain\n" + LINE, "utf-8")
    noise = (LINE * 5).encode() + bytes(range(0x80, 0x100)) + b"\n" + LINE.encode()
    assert isinstance(decode(noise), Gap)


def test_a_text_that_speaks_of_pdf_is_a_text() -> None:
    """What stands before a PDF may be anything; a PDF has objects."""
    notes = f"Notes on PDF\nA file starts with %PDF-1.4 .\n{LINE}"
    assert sniff(io.BytesIO(notes.encode())) == "txt"
    assert sniff(io.BytesIO(f"%PDF-\n{LINE}"[1:].encode())) == "txt"
    assert sniff(io.BytesIO(f"\n%PDF-1.4 is how it starts\n{LINE}".encode())) == "txt"
    whole = document(line("a"))
    for before in (b"", b"\xef\xbb\xbf", b"\r\n", b"@PJL ENTER LANGUAGE=PDF\r\n", bytes(128)):
        assert sniff(io.BytesIO(before + whole)) == "pdf"


def test_xml_needs_no_declaration() -> None:
    """Its first element is closed at its end; references of any length are what they mean."""
    bare = b"<root><name>&#26550;&#x7A7A;</name><mail>taro&#64;example.com</mail><t>&#48;90</t></root>\n"
    assert sniff(io.BytesIO(bare)) == "xml"
    (text,) = texts(read("xml", bare)).values()
    assert "<name>架空</name><mail>taro@example.com</mail><t>090</t>" in text
    assert sniff(io.BytesIO("<架空太郎> こんにちは\n<架空花子> はい\n".encode())) == "txt"


def test_lines_of_xml_may_end_with_returns_alone() -> None:
    """As old Macs wrote them."""
    data = b'<?xml version="1.0"?>\r<a>\r<b>&#26550;&#31354;</b>\r</a>'
    assert set(texts(read("xml", data))) == {"lines 1-4"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("GET /p?name=%E6%9E%B6%E7%A9%BA%E5%A4%AA&x=1", "GET /p?name=架空太&x=1"),
        ("GET /p?name=%89%CB%8B%F3%91%BE", "GET /p?name=架空太"),
        ("?name=%8ER%93c&mail=taro%40kakuu.example", "?name=山田&mail=taro@kakuu.example"),
        (r"msg=\xe6\x9e\xb6\xe7\xa9\xba", "msg=架空"),
        (r'"\346\236\266\347\251\272.txt"', '"架空.txt"'),
        ("=?UTF-8?B?5p6256m6?= x", "架空 x"),
        ("a=&#26550;&#x7A7A;", "a=架空"),
        (r"\U000067b6\U00007a7a \u{67b6}\u{7a7a}", "架空 架空"),
        (r"C:\x86\bin 100%25 \u{d83d} %E6%9E &#169;", None),
    ],
)
def test_other_ways_to_write_characters_are_read_as_meant(written: str, meant: str | None) -> None:
    """Logs, addresses of pages, dumps of programs."""
    data = f"2026 INFO x\n{written}\n".encode()
    assert sniff(io.BytesIO(data)) == "txt"
    (found,) = texts(read("txt", data)).items()
    place, text = found
    assert text == f"2026 INFO x\n{meant or written}\n"
    assert place == ("lines 1-2" if meant else "")


def test_no_piece_ends_inside_an_escape() -> None:
    """One long string without a space is cut behind its stops, or between its characters."""
    for sentence in ("架空太郎と架空花子。", "架空太郎と𠮷田花子"):
        escaped = json.dumps(sentence)[1:-1]
        data = ('{"memo":"' + escaped * 1_000 + '"}').encode()
        whole = "".join(part.text for part in read("json", data) if isinstance(part, TextSegment))
        assert whole == '{"memo":"' + sentence * 1_000 + '"}'


def test_an_endless_line_is_cut_where_scripts_change() -> None:
    """A name at a million characters stays whole."""
    data = ("x" * ((1 << 20) - 2) + "架空太郎" + "y" * 100).encode()
    assert [part.text[:4] for part in read("txt", data) if isinstance(part, TextSegment)] == [
        "xxxx",
        "架空太郎",
    ]


def test_short_names_between_numbers_are_read_at_their_bytes() -> None:
    """The reading one byte off has a character more, but of kanji that hardly any name has."""
    numbers = b"\0\0\1\2"
    for name in ("山田", "佐藤", "凜さん", "№12 山田"):
        assert wide_runs(numbers + name.encode("utf-16-le") + numbers, shortest=2) == [name]
