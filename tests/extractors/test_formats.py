"""What single readers find in their documents."""

from __future__ import annotations

import email
import io
import zipfile
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from pathlib import Path

import pytest
import xlsxwriter

from scanners.extractors.delimited import cells, dialect_of, records
from scanners.extractors.headings import has_header
from scanners.extractors.interface import Member
from scanners.kinds import sniff
from scanners.model import Gap, Reason, TableSegment, TextSegment
from tests.extractors import samples
from tests.extractors.test_contract import read, words

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word(body: str, **parts: str) -> bytes:
    """Return a docx with the given body and further parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
        )
        for name, text in parts.items():
            archive.writestr(
                f"word/{name}.xml", f'<w:x xmlns:w="{W}"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:x>'
            )
    return out.getvalue()


def test_furigana_stands_apart_from_its_base() -> None:
    """山田 with a reading over it is 山田, and the reading follows elsewhere."""
    ruby = (
        "<w:p><w:r><w:t>氏名 </w:t></w:r><w:r><w:ruby><w:rt><w:r><w:t>かくう</w:t></w:r></w:rt>"
        "<w:rubyBase><w:r><w:t>架空</w:t></w:r></w:rubyBase></w:ruby></w:r><w:r><w:t>太郎</w:t></w:r></w:p>"
    )
    texts = [part.text for part in read("docx", word(ruby)) if isinstance(part, TextSegment)]
    assert texts[0] == "氏名 架空太郎"
    assert "かくう" in texts[1]


def test_headers_notes_insertions_and_text_boxes_are_read() -> None:
    """Every part of a document that shows text is read."""
    body = (
        "<w:p><w:ins><w:r><w:t>挿入された行</w:t></w:r></w:ins><w:del><w:r><w:delText>消した行</w:delText></w:r></w:del>"
        "<w:r><w:txbxContent><w:p><w:r><w:t>囲みの中</w:t></w:r></w:p></w:txbxContent></w:r></w:p>"
    )
    found = words(
        read("docx", word(body, header1="頭書き", footer2="足書き", footnotes="脚注", comments="注釈"))
    )
    for expected in ("挿入された行", "消した行", "囲みの中", "頭書き", "足書き", "脚注", "注釈"):
        assert expected in found


def test_a_word_table_with_a_header_is_a_table() -> None:
    """Rows below column names are typed like any list."""
    tables = [part for part in read("docx", samples.docx_file()) if isinstance(part, TableSegment)]
    assert tables[0].header == ("氏名", "電話番号", "番号")
    assert tables[0].rows[0][0] == "架空太郎"


def test_a_workbook_gives_tables_with_their_place() -> None:
    """Titles are text, the table starts below its header, numbers stay whole, hidden sheets count."""
    parts = read("xlsx", samples.xlsx_file())
    table = next(part for part in parts if isinstance(part, TableSegment))
    assert (table.table, table.header, table.first_row, table.first_column) == (
        "名簿",
        ("", "氏名", "電話番号", "番号"),
        4,
        0,
    )
    assert table.rows[2][3] == "1234567890"
    assert "社員名簿" in words(parts)
    assert samples.LINE in words(parts)
    assert "本人の同意あり" in words(parts)


def test_a_sparse_sheet_is_read_cell_by_cell_and_so_is_the_next() -> None:
    """Cells at both ends of a sheet would abort a dense reader; they are counted first."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sparse = book.add_worksheet("sparse")
        sparse.write(0, 0, "a")
        sparse.write(1_048_575, 16_383, "z")
        book.add_worksheet("next").write(0, 0, samples.LINE)
    parts = read("xlsx", out.getvalue())
    assert not [part for part in parts if isinstance(part, Gap)]
    assert [part.text for part in parts if isinstance(part, TextSegment)][:3] == ["a", "z", samples.LINE]


def test_pdf_pages_carry_their_number() -> None:
    """Text has its page as location."""
    pages = [part for part in read("pdf", samples.pdf_file(2)) if isinstance(part, TextSegment)]
    assert [page.location for page in pages[:2]] == ["p. 1", "p. 2"]
    assert "090-0000-1234" in pages[1].text


def test_mail_gives_headers_body_and_attachments() -> None:
    """Encoded words are decoded, and an attachment is a member with its own name."""
    parts = read("eml", samples.mail_file())
    texts = {part.location: part.text for part in parts if isinstance(part, TextSegment)}
    assert texts["From"] == "架空太郎 <taro@kakuu.example>"
    assert texts["Subject"] == "名簿の送付について"
    assert samples.LINE in texts["body"]
    assert [part.name for part in parts if isinstance(part, Member)] == ["名簿.csv"]


def test_mail_in_iso_2022_jp_with_vendor_characters_is_whole() -> None:
    """A body that names iso-2022-jp but holds ㈱ loses nothing."""
    body = "株式会社は".encode("iso2022_jp")[:-3] + b"-j" + "山田です".encode("iso2022_jp")[3:]
    mail = b"From: a@kakuu.example\nMessage-ID: <2@x>\nSubject: =?iso-2022-jp?B?GyRCTD5KbRsoQg==?=\n"
    mail += b"Content-Type: text/plain; charset=iso-2022-jp\n\n" + body + b"\n"
    texts = {part.location: part.text for part in read("eml", mail) if isinstance(part, TextSegment)}
    assert texts["body"] == "株式会社は㈱山田です\n"
    assert texts["Subject"] == "名簿"


def test_an_enclosed_mail_is_a_member() -> None:
    """A forwarded mail is an object of its own."""
    outer = MIMEMultipart()
    outer["From"], outer["Message-ID"] = "a@kakuu.example", "<3@x>"
    inner = MIMEMessage(email.message_from_bytes(samples.mail_file()))
    outer.attach(inner)
    members = [part for part in read("eml", outer.as_bytes()) if isinstance(part, Member)]
    assert [member.name for member in members] == ["message.eml"]
    assert members[0].stream is not None
    assert sniff(members[0].stream) == "eml"  # type: ignore[arg-type]  # bytes, not rows


def test_zip_names_are_decoded_and_harmless() -> None:
    """CP932 names are read as Japanese; names that climb folders lead nowhere."""
    members = [part for part in read("zip", samples.zip_file()) if isinstance(part, Member)]
    assert [member.name for member in members] == ["名簿/一覧.txt"]
    climbing = [
        part for part in read("zip", samples.zip_file({"../../etc/x.txt": b"x"})) if isinstance(part, Member)
    ]
    assert climbing[0].stream is not None


def test_an_encrypted_member_is_listed_with_its_reason() -> None:
    """What needs a password is counted and said, not skipped in silence."""
    parts = read("zip", samples.encrypted_zip())
    assert [part.gap.reason for part in parts if isinstance(part, Member) and part.gap] == [Reason.ENCRYPTED]
    assert [part.reason for part in parts if isinstance(part, Gap)] == [Reason.ENCRYPTED]


def test_csv_cells_know_their_place_in_the_file() -> None:
    """Every cell's span is where its value stands, quoted fields over several lines included."""
    data = samples.csv_file()
    text = data.decode("cp932")
    (table,) = [part for part in read("csv", data) if isinstance(part, TableSegment)]
    assert table.header == samples.ROWS[0]
    assert table.span is not None
    for row, values in enumerate(table.rows):
        for column, value in enumerate(values):
            start, end = table.span(row, column)
            assert text[start:end] == value
    assert table.rows[2] == ("架空,三郎", "090-0000-1111\n(自宅)", "3")


def test_a_stray_quote_does_not_swallow_the_file() -> None:
    """A quote that never closes costs its own line at most a few hundred others, none of them lost."""
    text = 'a,b,c\n1,"2,3\n' + "4,5,6\n" * 2000
    assert sum(record.text.count("4,5,6") for record in records(text)) == 2000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("氏名,電話\n架空,03\n", ","),
        ("name\tphone\nx\t1\n", "\t"),
        ("品名;数量;単価\nねじ;3;20\n", ";"),
        ("一行だけ,です\n", None),
        ("拝啓、春の候。\nますます、ご清栄。\n", None),
        ("Dear Sir, hello\nI write, today\nto you, again\n", None),
        ("月次報告\n出荷 3個、金額 1,234円。\n出荷 4個、金額 2,345円。\n", None),
    ],
)
def test_tables_are_told_from_prose(text: str, expected: str | None) -> None:
    """A table has rows of one width; sentences with commas are text."""
    assert dialect_of(text) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("氏名", "電話番号"), ("架空太郎", "090-0000-0000")], True),
        ([("customer_name", "phone"), ("x", "1")], True),
        ([("架空太郎", "090-0000-0000"), ("架空花子", "090-0000-1111")], False),
        ([("東京", "りんご"), ("大阪", "みかん")], False),
        ([("あ", "い"), ("1", "2"), ("3", "4")], True),
        ([("望月", "一郎", "主任"), ("架空", "花子", "係長")], False),
    ],
)
def test_headers_are_told_from_data(rows: list[tuple[str, ...]], expected: bool) -> None:
    """Column names read like headings, or stand over columns of digits."""
    assert has_header(rows) is expected


def test_cells_of_a_malformed_row_are_still_cells() -> None:
    """A row that no csv reader takes is split plainly."""
    assert cells("a\rb,c", ",") == ("a\rb", "c")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", "png"),
        (b"{\\rtf1 x}", "rtf"),
        (b"BM\x00\x00\x00\x00", "bmp"),
        ("BM研究会のお知らせ".encode(), "txt"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "ole-encrypted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "doc"),
        (b"\x00\x01\x02\x03\xff" * 20, "unknown"),
        (b"", "txt"),
        ("From: 架空\nTo: 誰か\n本文のあるメモ\n".encode(), "txt"),
    ],
)
def test_kinds_without_reader_have_names(data: bytes, kind: str) -> None:
    """What we cannot read is still called by its name, and a text never by two letters."""
    assert sniff(io.BytesIO(data)) == kind


def test_a_charset_that_is_nonsense_ends_no_mail() -> None:
    """The library would raise on a zero in it before anything was read."""
    head = b"From: a@example.jp\r\nTo: b@example.jp\r\nMessage-ID: <1@example.jp>\r\nMIME-Version: 1.0\r\n"
    body = "電話番号: 090-0000-1234\r\n".encode()
    mail = (
        head
        + b'Content-Type: text/plain; charset="utf-8\x00"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n'
        + body
    )
    assert "090-0000-1234" in words(read("eml", mail))


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("docx", "word/document.xml"),
        ("xlsx", "xl/workbook.xml"),
        ("pptx", "ppt/presentation.xml"),
        ("odt", "content.xml"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_whose_name_comes_twice_is_told(kind: str, part: str, tmp_path: Path) -> None:
    """Only the last one is read; the same part twice is no loss."""
    whole = samples.everything(tmp_path)[kind]

    def told(content: bytes) -> list[Gap]:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as made, zipfile.ZipFile(io.BytesIO(whole)) as given:
            made.writestr(part, content or given.read(part))
            for info in given.infolist():
                made.writestr(info, given.read(info))
            count = sum(not each.is_dir() for each in made.infolist())
        lost = Gap(Reason.DAMAGED, f"1 of {count} parts have the name of another part")
        return [each for each in read(kind, out.getvalue()) if each == lost]

    assert len(told(b"<other/>")) == 1
    assert told(b"") == []
