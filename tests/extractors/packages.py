"""Packages of Microsoft's structure, built by hand: one marker of its own in every place that holds text."""

from __future__ import annotations

import io
import zipfile

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = "application/vnd.openxmlformats-officedocument."
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
NAMES = (
    f'xmlns:w="{W}" xmlns:a="{A}" xmlns:p="{P}" xmlns:r="{OFFICE}" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
    'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154"
    "78da63fcffff3f0300080402ff5e8b1d2f0000000049454e44ae426082"
)
Parts = dict[str, str | bytes]


def package(parts: Parts, types: dict[str, str], relations: dict[str, list[tuple[str, str, bool]]]) -> bytes:
    """Return a package of these parts; `relations` lists type, target and whether it lies outside, by "
    "owner."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        rows = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in types.items())
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{rows}</Types>',
        )
        for owner, found in relations.items():
            folder, _, base = owner.rpartition("/")
            name = f"{folder}/_rels/{base}.rels" if folder else f"_rels/{base}.rels"
            lines = "".join(
                f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"'
                f"{' TargetMode=' + chr(34) + 'External' + chr(34) if outside else ''}/>"
                for number, (kind, target, outside) in enumerate(found, start=1)
            )
            archive.writestr(
                name,
                '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
                f"{lines}</Relationships>",
            )
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def strict(data: bytes) -> bytes:
    """Return the same package in the namespaces of ISO/IEC 29500 Strict."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            part = old.read(info)
            for family in (
                b"officeDocument",
                b"drawingml",
                b"wordprocessingml",
                b"spreadsheetml",
                b"presentationml",
            ):
                before = b"http://schemas.openxmlformats.org/" + family + b"/2006/"
                part = part.replace(before, b"http://purl.oclc.org/ooxml/" + family + b"/")
            new.writestr(info.filename, part)
    return out.getvalue()


def run(text: str) -> str:
    """Return a run of text of Word."""
    properties = '<w:rPr><w:lang w:eastAsia="ja-JP"/></w:rPr>'
    return f'<w:r w:rsidR="00AA1122">{properties}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(inside: str) -> str:
    """Return a paragraph of Word."""
    return f'<w:p w:rsidR="00AA1122"><w:pPr><w:jc w:val="left"/></w:pPr>{inside}</w:p>'


def workbook_of(rows: str) -> bytes:
    """Return a workbook of one sheet, 一覧, with these rows."""
    return package(
        {
            "xl/workbook.xml": f'<workbook xmlns="{S}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="一覧" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{S}"><sheetData>{rows}</sheetData></worksheet>',
        },
        {"xl/workbook.xml": f"{TYPES}spreadsheetml.sheet.main+xml"},
        {"xl/workbook.xml": [("worksheet", "worksheets/sheet1.xml", False)]},
    )


def open_document(kind: str, body: str) -> bytes:
    """Return an OpenDocument package of a kind, with that in its body."""
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
        for name, space in (("office", "office"), ("text", "text"), ("draw", "drawing"), ("table", "table"))
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f"<office:document-content{names}><office:body>{body}</office:body></office:document-content>",
        )
    return out.getvalue()


def book(pages: dict[str, str]) -> bytes:
    """Return an EPUB of these pages."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", '<?xml version="1.0"?><container/>')
        for name, text in pages.items():
            archive.writestr(name, text)
    return out.getvalue()


def binary_workbook() -> bytes:
    """Return an xlsb of one sheet 一覧 with a cell, a comment beside it and a header."""

    def record(kind: int, *pieces: bytes) -> bytes:
        body = b"".join(pieces)
        head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
        length, size = len(body), bytearray()
        while True:
            size.append(length & 0x7F | (0x80 if length > 0x7F else 0))
            length >>= 7
            if not length:
                return head + bytes(size) + body

    def text(shown: str) -> bytes:
        return len(shown).to_bytes(4, "little") + shown.encode("utf-16-le")

    def number(value: int) -> bytes:
        return value.to_bytes(4, "little")

    bundle = record(143) + record(156, number(0), number(1), text("rId1"), text("一覧")) + record(144)
    row = record(0, number(0), number(0), bytes(9), number(0))
    cell = record(6, number(0), number(0), text("架空太郎"))
    extent = record(148, number(0), number(0), number(0), number(0))
    margin = record(479, b"\x00\x00", text("頭書二進"))
    sheet = record(129) + extent + record(145) + row + cell + record(146) + margin + record(130)
    comments = (
        record(628)
        + record(632, text("注釈者二進"))
        + record(635, bytes(36))
        + record(637, b"\x00", text("注釈二進"))
    )
    return package(
        {
            "xl/workbook.bin": record(131) + bundle + record(132),
            "xl/worksheets/sheet1.bin": sheet,
            "xl/comments1.bin": comments,
        },
        {
            "xl/workbook.bin": "application/vnd.ms-excel.sheet.binary.macroEnabled.main",
            "xl/worksheets/sheet1.bin": "application/vnd.ms-excel.worksheet",
            "xl/comments1.bin": "application/vnd.ms-excel.comments",
        },
        {
            "": [("officeDocument", "xl/workbook.bin", False)],
            "xl/workbook.bin": [("worksheet", "worksheets/sheet1.bin", False)],
            "xl/worksheets/sheet1.bin": [("comments", "../comments1.bin", False)],
        },
    )
