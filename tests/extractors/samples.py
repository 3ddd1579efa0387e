"""Builds one small valid file of every kind, with the same synthetic person in it."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from email.message import EmailMessage
from pathlib import Path

import docx
import xlsxwriter

from tests.extractors import (
    packages,
    samples_archives,
    samples_data,
    samples_hospital,
    samples_images,
    samples_legacy,
    samples_office,
)

LINE = "氏名: 架空太郎 電話番号: 090-0000-1234"
ROWS = [("氏名", "電話番号", "番号"), ("架空太郎", "090-0000-1234", "1"), ("架空花子", "090-0000-5678", "2")]


def docx_file() -> bytes:
    """Return a Word document with a header, a paragraph and a table."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "社外秘 ヘッダー"
    document.add_paragraph(LINE)
    table = document.add_table(rows=3, cols=3)
    for row, values in zip(table.rows, ROWS, strict=True):
        for cell, value in zip(row.cells, values, strict=True):
            cell.text = value
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def xlsx_file() -> bytes:
    """Return a workbook with a title row, a header row, a hidden sheet and a comment."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名簿")
        sheet.write(0, 0, "社員名簿")
        for index, values in enumerate(ROWS):
            sheet.write_row(index + 2, 1, values)
        sheet.write(5, 1, "架空次郎")
        sheet.write(5, 2, "090-0000-9999")
        sheet.write_number(5, 3, 1234567890.0)
        sheet.write_comment("B4", "本人の同意あり")
        hidden = book.add_worksheet("控え")
        hidden.write(0, 0, LINE)
        hidden.hide()
    return out.getvalue()


def pdf_file(pages: int = 1) -> bytes:
    """Return a PDF whose pages say "Contact: Kakuu Taro 090-0000-1234"."""
    content = b"BT /F1 12 Tf 50 700 Td (Contact: Kakuu Taro 090-0000-1234) Tj ET"
    kids = b" ".join(b"%d 0 R" % (4 + 2 * number) for number in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % pages,
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number in range(pages):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]"
            b"/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>" % (5 + 2 * number)
        )
        objects.append(b"<</Length %d>>stream\n" % len(content) + content + b"\nendstream")
    return pdf_of(objects)


def pdf_of(objects: list[bytes]) -> bytes:
    """Return a PDF of these objects, of which the first is its catalogue."""
    out = bytearray(b"%PDF-1.5\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    return bytes(out)


def mail_file() -> bytes:
    """Return a mail in Japanese with a csv attached."""
    message = EmailMessage()
    message["From"] = "架空太郎 <taro@kakuu.example>"
    message["To"] = "hanako@kakuu.example"
    message["Subject"] = "名簿の送付について"
    message["Message-ID"] = "<1@kakuu.example>"
    message.set_content(LINE + "\n")
    message.add_attachment(csv_file(), maintype="application", subtype="octet-stream", filename="名簿.csv")
    return message.as_bytes()


def csv_file() -> bytes:
    """Return a CP932 list with a quoted field over two lines."""
    lines = [",".join(values) for values in ROWS]
    lines.append('"架空,三郎","090-0000-1111\n(自宅)",3')
    return "\r\n".join(lines).encode("cp932")


def zip_file(inner: dict[str, bytes] | None = None) -> bytes:
    """Return an archive whose member names are CP932, as Windows writes them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (inner or {"名簿/一覧.txt": LINE.encode("utf-8")}).items():
            # CP932 bytes read as CP437 are written back as themselves
            info = zipfile.ZipInfo(name.encode("cp932").decode("cp437"))
            info.flag_bits = 0
            archive.writestr(_Cp437Name(info), data)
    return out.getvalue()


class _Cp437Name(zipfile.ZipInfo):
    """A member whose name is written as CP437 bytes, without the UTF-8 flag."""

    __slots__ = ()

    def __init__(self, info: zipfile.ZipInfo) -> None:
        super().__init__(info.filename)
        self.compress_type = zipfile.ZIP_DEFLATED

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802  zipfile's own name
        return self.filename.encode("cp437"), self.flag_bits & ~0x800


def encrypted_zip() -> bytes:
    """Return an archive that says its member is encrypted."""
    data = bytearray(zip_file({"secret.txt": b"x" * 50}))
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def sqlite_file(folder: Path) -> bytes:
    """Return a database file with one table."""
    path = folder / "register.db"
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE member (name TEXT, phone TEXT, number REAL)")
        connection.executemany("INSERT INTO member VALUES (?, ?, ?)", ROWS[1:])
    connection.close()
    return path.read_bytes()


HTML = (
    "<!DOCTYPE html><html><head><style>p{}</style></head><body><p>氏名<b>架空太郎</b></p>"
    "<a href='mailto:t@kakuu.example'>連絡</a></body></html>"
)


def everything(folder: Path) -> dict[str, bytes]:
    """Return one sample for every kind that has a reader."""
    return {
        "txt": (LINE + "\n").encode("cp932"),
        "json": b'{"name": "kakuu", "rows": [1, 2]}',
        "xml": "<?xml version='1.0' encoding='utf-8'?><a>架空</a>".encode(),
        "csv": csv_file(),
        "html": HTML.encode("utf-8"),
        "docx": docx_file(),
        "xlsx": xlsx_file(),
        "pdf": pdf_file(2),
        "eml": mail_file(),
        "zip": zip_file(),
        "sqlite": sqlite_file(folder),
        **samples_legacy.legacy(),
        **samples_archives.everything(),
        **samples_hospital.everything(),
        **samples_images.everything(),
        **samples_data.everything(folder),
        **samples_office.office(packages.book({"OEBPS/1.xhtml": HTML})),
    }
