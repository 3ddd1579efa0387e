"""Writes a ledger file: a workbook in the layout that assessors know, or CSV that Excel opens as it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from itertools import groupby

import xlsxwriter

from daicho.ledger_file.layout import Sheet
from daicho.ledger_file.shown import Shown
from daicho.ledger_file.vocabulary import vocabulary
from scanners.reports.cells import harmless

_FIRST_DAY = date(1900, 3, 1)  # earlier days are other ones to a spreadsheet
_WIDTHS = {"items": 24, "name": 22, "purpose": 30, "places": 30, "number": 9, "unit_id": 10}
_WIDE, _NARROW = 18, 12
_NARROW_FORMS = frozenset({"yes", "date", "count", "special_care", "months", "until", "answer"})
_FROZEN = 2  # number and name stay in sight
_TITLE, _HEAD = "#1F3864", "#D9E2F3"


def written(sheet: Sheet, form: str) -> bytes:
    """Return the file as "xlsx" or "csv"; nothing of it is written anywhere on the way."""
    return _csv(sheet) if form == "csv" else _workbook(sheet)


def _csv(sheet: Sheet) -> bytes:
    """Return UTF-8 with BOM, as Excel expects it; texts that it would calculate get an apostrophe."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow([heading.title for heading in sheet.headings])
    if sheet.reads_back:
        rows.writerow([heading.id for heading in sheet.headings])
    rows.writerows([[_plain(cell) for cell in row] for row in sheet.rows])
    return out.getvalue().encode("utf-8-sig", "replace")


def _workbook(sheet: Sheet) -> bytes:
    """Return one sheet: title, company and day, headings in two rows, hidden ids, an entry a row."""
    out = io.BytesIO()
    # In memory: xlsxwriter's own way leads over temporary files.
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    font = {"font_name": "Yu Gothic" if sheet.language == "ja" else "Calibri", "font_size": 9}
    cell = {**font, "border": 1, "text_wrap": True, "valign": "top"}
    formats = {
        "title": book.add_format({**font, "bold": True, "font_size": 14, "font_color": _TITLE}),
        "about": book.add_format(font),
        "head": book.add_format(
            {**cell, "bold": True, "bg_color": _HEAD, "align": "center", "valign": "vcenter"}
        ),
        "text": book.add_format(cell),
        "quoted": book.add_format({**cell, "quote_prefix": True}),
        "date": book.add_format({**cell, "num_format": "yyyy/mm/dd"}),
        "number": book.add_format({**cell, "num_format": "#,##0"}),
    }
    page = book.add_worksheet(sheet.title[:31])
    last = len(sheet.headings) - 1 - sheet.hidden
    as_of = {"ja": "{day} 現在", "en": "As of {day}"}[sheet.language].format(day=sheet.as_of.isoformat())
    page.write_string(0, 0, sheet.title, formats["title"])
    page.write_string(
        1,
        0,
        sheet.company,
        formats["about" if _is_harmless(sheet.company) else "quoted"],
    )
    page.write_string(1, last, as_of, formats["about"])
    for start, end, group in _groups(sheet):
        if start == end:
            page.write_string(2, start, group, formats["head"])
        else:
            page.merge_range(2, start, 2, end, group, formats["head"])
    for index, heading in enumerate(sheet.headings):
        page.write_string(3, index, heading.title, formats["head"])
        if sheet.reads_back:
            page.write_string(4, index, heading.id, formats["about"])
        name = heading.id.partition(":")[2]
        page.set_column(index, index, _width(name), None, {"hidden": True} if index > last else {})
    above = 5 if sheet.reads_back else 4
    if sheet.reads_back:
        page.set_row(4, None, None, {"hidden": True})
    for number, row in enumerate(sheet.rows, above):
        for index, value in enumerate(row):
            _write_cell(page, number, index, value, formats)
    page.freeze_panes(above, _FROZEN)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(2, 3)
    page.print_area(0, 0, above - 1 + len(sheet.rows), last)
    page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    page.set_footer("&L&A&R&P / &N")
    book.close()
    return out.getvalue()


def _groups(sheet: Sheet) -> Iterator[tuple[int, int, str]]:
    at = 0
    for group, members in groupby(sheet.headings, key=lambda heading: heading.group):
        count = len(list(members))
        if group:
            yield at, at + count - 1, group
        at += count


def _width(name: str) -> int:
    column = vocabulary().columns.get(name)
    narrow = column is not None and column.form in _NARROW_FORMS
    return _WIDTHS.get(name, _NARROW if narrow else _WIDE)


def _write_cell(
    page: xlsxwriter.worksheet.Worksheet,
    row: int,
    index: int,
    value: Shown,
    formats: dict[str, xlsxwriter.format.Format],
) -> None:
    match value:
        case date() if value >= _FIRST_DAY:
            page.write_datetime(row, index, value, formats["date"])
        case date():
            page.write_string(row, index, value.isoformat(), formats["text"])
        case int():
            page.write_number(row, index, value, formats["number"])
        case str() if value:
            page.write_string(row, index, value, formats["text" if _is_harmless(value) else "quoted"])
        case _:
            page.write_blank(row, index, None, formats["text"])


def _plain(cell: Shown) -> str:
    match cell:
        case date():
            return cell.isoformat()
        case str():
            return harmless(cell)
        case _:
            return str(cell)


def _is_harmless(text: str) -> bool:
    return harmless(text) == text
