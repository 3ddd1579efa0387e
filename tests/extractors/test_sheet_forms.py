"""Sheets that are forms: what is found in their lines names its cell."""

from __future__ import annotations

import io

import pytest
import xlsxwriter

from scanners.detection import analyzer
from scanners.examined import Examined, Facts, Tools
from scanners.extractors.cells import Row
from scanners.extractors.interface import Budget, Limits
from scanners.extractors.sheet_rows import laid_out
from scanners.extractors.spreadsheet import first_sheet
from scanners.extractors.table import EXTRACTORS
from scanners.fingerprint import Fingerprinter
from scanners.model import TableSegment, TextSegment
from scanners.places import Places


@pytest.fixture(scope="module")
def tools() -> Tools:
    """All detectors."""
    built = analyzer()
    return Tools(built, Fingerprinter(bytes(32)), Places(built))


def form(filler: int) -> bytes:
    """Return a form with an address, two telephone numbers in one row, and one far below."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("申込書")
        sheet.write("B2", "参加申込書")
        sheet.write("B4", "電話番号")
        sheet.write("D4", "090-0000-1234")
        sheet.write("F4", "携帯 090-0000-5678")
        for row in range(5, 5 + filler):
            sheet.write(row, 1, "備考")
        sheet.write("C3001", "電話番号 03-0000-9012")
    return out.getvalue()


@pytest.mark.parametrize("filler", [3, 2_990])  # read row by row; and, being large, by calamine
def test_a_finding_in_a_form_names_its_cell(tools: Tools, filler: int) -> None:
    """Empty cells and rows between count too."""
    data = form(filler)
    found = Examined(tools, Facts("file:///a.xlsx", "a.xlsx", len(data), 1), kind="xlsx")
    for part in EXTRACTORS["xlsx"].segments(io.BytesIO(data), Budget(Limits(), len(data))):
        if isinstance(part, TextSegment):
            found.text(part)
    rows = found.result().findings.to_pylist()
    places = {row["location"] for row in rows if row["category"] == "PHONE"}
    assert places == {"申込書!D4", "申込書!F4", "申込書!C3001"}


def test_lines_beside_a_table_name_their_cells() -> None:
    """Titles above a header, and cells too far right for the table."""
    rows = [Row(3, {1: "社員名簿"}), Row(5, {1: "氏名", 2: "部署", 3: "内線"})]
    rows += [Row(6 + number, {1: f"社員{number}", 2: "総務部", 3: str(number)}) for number in range(8)]
    rows[4] = Row(8, {**rows[4].cells, 2_000: "右", 2_003: "の端"})
    title, table, beyond = laid_out("名簿", iter(rows))
    assert isinstance(title, TextSegment)
    assert isinstance(table, TableSegment)
    assert isinstance(beyond, TextSegment)
    assert title.cell is not None
    assert beyond.cell is not None
    assert (title.text, title.cell(2)) == ("社員名簿", "B3")
    assert beyond.text == "右\tの端"
    assert [beyond.cell(at) for at in range(4)] == ["BXY8", "BXY8", "BYB8", "BYB8"]


@pytest.mark.parametrize("rows", [12, 2_000])
def test_a_table_away_from_the_corner_loses_no_column(rows: int) -> None:
    """Whichever reader takes the sheet, its first columns are read and stand where they stand."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名簿")
        for column, heading in enumerate(("氏名", "部署", "電話番号"), start=2):
            sheet.write(3, column, heading)
        for row in range(rows):
            sheet.write_row(4 + row, 2, (f"社員{row}", "総務部", f"090-0000-{row:04}"))
    data = out.getvalue()
    parts = [*EXTRACTORS["xlsx"].segments(io.BytesIO(data), Budget(Limits(), len(data)))]
    tables = [part for part in parts if isinstance(part, TableSegment)]
    assert tables[0].header == ("氏名", "部署", "電話番号")
    assert (tables[0].first_row, tables[0].first_column) == (5, 2)
    assert tables[0].rows[1] == ("社員1", "総務部", "090-0000-0001")
    assert sum(len(each.rows) for each in tables) == rows


def test_rows_of_the_first_sheet_begin_at_column_a() -> None:
    """Readers of tables of settings go by letters."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("一覧").write("C2", "氏名")
    found = [*first_sheet(io.BytesIO(out.getvalue()), Budget(Limits(), 1), dense=1_000)]
    assert [row for _, row in found if any(row)] == [("", "", "氏名")]
