"""Text and rows to the bytes of one file; the same input gives the same bytes on every machine."""

import csv
import html
import importlib
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from daicho.demo.archives import zip_bytes

CREATED = datetime(2026, 4, 1, 9, 0, tzinfo=UTC)
TEXT_ENCODINGS = {"txt": "utf-8", "sjis": "cp932", "euc": "euc_jp", "jis": "iso2022_jp", "utf16": "utf-16"}
SUFFIX = {"sjis": "txt", "euc": "txt", "jis": "txt", "utf16": "txt", "csv932": "csv"}

_PAGE = """
#set page(paper: "a4", margin: 22mm, flipped: sys.inputs.wide == "yes")
#set text(font: "Noto Sans CJK JP", size: 9.5pt, lang: "ja", cjk-latin-spacing: none)
#let document = json(bytes(sys.inputs.document))
= #document.title
#for line in document.lines [#line #linebreak()]
#if document.rows.len() > 0 {
  table(columns: document.rows.at(0).len(), ..document.rows.flatten().map(cell => [#cell]))
}
"""

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

Rows = Sequence[Sequence[str]]


def text_bytes(text: str, kind: str) -> bytes:
    """Return a text file with Windows line ends in the encoding of its kind (UTF-16 with a mark)."""
    lines = text.replace("\n", "\r\n")
    return b"\xff\xfe" + lines.encode("utf-16-le") if kind == "utf16" else lines.encode(TEXT_ENCODINGS[kind])


def csv_bytes(rows: Rows, *, cp932: bool) -> bytes:
    """Return a csv as office programs save it: UTF-8 with a mark, or CP932."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("cp932" if cp932 else "utf-8-sig")


def xlsx_bytes(title: str, rows: Rows) -> bytes:
    """Return a workbook with one sheet; numbers stay text, as exported lists keep their zeros."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": title, "created": CREATED.replace(tzinfo=None)})
        sheet = book.add_worksheet(title[:31].replace("/", "_"))
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(0, len(rows[0]) - 1), 16)
    return out.getvalue()


def _paragraph(line: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{html.escape(line, quote=False)}</w:t></w:r></w:p>'


def _word_table(rows: Rows) -> str:
    cells = ("".join(f"<w:tc>{_paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return "<w:tbl><w:tblPr/>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


def docx_bytes(title: str, text: str, rows: Rows = ()) -> bytes:
    """Return a Word document with a heading, paragraphs and perhaps a table."""
    body = "".join(_paragraph(line) for line in (title, "", *text.splitlines()))
    body += _word_table(rows) + _paragraph("") if rows else ""
    types = "".join(
        f'<Override PartName="{part}" ContentType="application/vnd.openxmlformats-{kind}+xml"/>'
        for part, kind in (
            ("/word/document.xml", "officedocument.wordprocessingml.document.main"),
            ("/docProps/core.xml", "package.core-properties"),
        )
    )
    core = (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{html.escape(title)}</dc:title>"
        f'<dcterms:created xsi:type="dcterms:W3CDTF">{CREATED:%Y-%m-%dT%H:%M:%SZ}</dcterms:created>'
        "</cp:coreProperties>"
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
        f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" '
        'Target="docProps/core.xml"/>'
        "</Relationships>",
        "docProps/core.xml": core,
        "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>',
    }
    members = [(name, (_XML + part).encode("utf-8")) for name, part in parts.items()]
    return zip_bytes(members, encoding="utf-8")


@cache
def _compiler() -> Any:  # the compiler's overloads cannot be inferred without an input of its own
    typst: Any = importlib.import_module("typst")
    fonts = importlib.import_module("noto_cjk_sans_jp_regular").FONT_PATH.parent
    return typst.Compiler(font_paths=[str(fonts)], ignore_system_fonts=True)


def pdf_bytes(title: str, text: str, rows: Rows = ()) -> bytes:
    """Return an A4 pdf with real text; pages with a table lie on their side."""
    document = {"title": title, "lines": text.splitlines(), "rows": [list(row) for row in rows]}
    inputs = {"document": json.dumps(document, ensure_ascii=False), "wide": "yes" if rows else "no"}
    made: bytes = _compiler().compile(
        input=_PAGE.encode("utf-8"), format="pdf", sys_inputs=inputs, timestamp=CREATED
    )
    return made


def html_bytes(title: str, text: str, rows: Rows = ()) -> bytes:
    """Return a web page as intranet tools export it."""
    shown = html.escape(title)
    head = f'<!DOCTYPE html>\n<html lang="ja"><head><meta charset="utf-8"><title>{shown}</title></head>\n'
    lines = "".join(f"<p>{html.escape(line)}</p>\n" for line in text.splitlines() if line)
    cells = ""
    for row in rows:
        cells += "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>\n"
    table = f"<table>\n{cells}</table>\n" if rows else ""
    return f"{head}<body>\n<h1>{shown}</h1>\n{lines}{table}</body></html>\n".encode()


def plain(rows: Rows) -> str:
    """Return rows as lines of cells parted by tabs."""
    return "\n".join("\t".join(row) for row in rows)


def file_bytes(kind: str, title: str, text: str, rows: Rows = ()) -> bytes:
    """Return the bytes of one document; `rows` is empty for letters, `text` for tables."""
    match kind:
        case "csv" | "csv932":
            return csv_bytes(rows, cp932=kind == "csv932")
        case "xlsx":
            return xlsx_bytes(title, rows)
        case "docx":
            return docx_bytes(title, text, rows)
        case "pdf":
            return pdf_bytes(title, text, rows)
        case "html":
            return html_bytes(title, text, rows)
        case "py" | "cfg":
            return text.encode("utf-8")
        case _:
            return text_bytes(text or f"{title}\n\n{plain(rows)}\n", kind)
