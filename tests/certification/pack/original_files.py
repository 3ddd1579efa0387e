"""Small Word and Excel forms as bodies give them out, and what may be wrong with one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from functools import cache

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName

_CONTROL = """<w:p {ns}><w:sdt><w:sdtPr><w:alias w:val="{title}"/><w:tag w:val="{tag}"/><w:showingPlcHdr/>
{more}</w:sdtPr><w:sdtContent><w:r><w:rPr><w:rStyle w:val="PlaceholderText"/></w:rPr>
<w:t>ここに入力</w:t></w:r></w:sdtContent></w:sdt></w:p>"""


def control(tag: str, title: str = "", more: str = "") -> str:
    """Return a content control in a paragraph of its own."""
    return _CONTROL.format(ns=nsdecls("w"), tag=tag, title=title, more=more)


@cache
def word_form(*extra: str) -> bytes:
    """Return a form with placeholders, one of them cut into runs, a header, a table and content controls."""
    document = docx.Document()
    document.core_properties.author = "様式の担当者"
    document.sections[0].header.paragraphs[0].text = "{{application.applicant}} 御中"
    document.add_heading("プライバシーマーク付与適格性審査申請書")
    cut = document.add_paragraph("本店: ")
    for piece in ("{{hea", "d_off", "ice}} （登記）"):
        cut.add_run(piece).bold = piece == "d_off"
    table = document.add_table(rows=2, cols=2)
    table.cell(0, 0).text, table.cell(0, 1).text = "受講者数", "{{training.done}} 名"
    table.cell(1, 0).text, table.cell(1, 1).text = "フリガナ", "{{ 事業者のカナ }}"
    body = document.element.body
    for xml in (control("contact_name"), control("tel", "電話番号"), *extra):
        body.insert(len(body) - 1, parse_xml(xml))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@cache
def excel_form(**cells: object) -> bytes:
    """Return a form of two sheets with a merged cell, a formula and a defined name."""
    book = Workbook()
    first = book.active
    first.title = "申請書"
    for place, value in {
        "A1": "申請書",
        "A5": "事業者名",
        "A6": "受講者",
        "A7": "合計",
        "C9": "様式終",
    }.items():
        first[place] = value
    first.merge_cells("B5:C5")
    first["B7"] = "=B6*2"
    for place, value in cells.items():
        first[place] = value
    second = book.create_sheet("別紙 1")
    second["B2"] = "記入例: 東京都"
    book.defined_names["head_office"] = DefinedName("head_office", attr_text="'別紙 1'!$B$2")
    book.defined_names["broken"] = DefinedName("broken", attr_text="#REF!")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_parts(data: bytes, changed: Mapping[str, bytes]) -> bytes:
    """Return a file with parts replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = [each.filename for each in old.infolist()]
        for name in dict.fromkeys([*names, *changed]):
            new.writestr(name, changed[name] if name in changed else old.read(name))
    return out.getvalue()


def part(data: bytes, name: str) -> bytes:
    """Return one part of a file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)
