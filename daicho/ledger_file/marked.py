"""A copy of a ledger file with its wrong cells marked 誤りの印: coloured, with the reason as a comment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from daicho.ledger_file.lines import Issue
from daicho.ledger_file.reasons import sentence
from daicho.ledger_file.table import Table, letter, shown
from daicho.text import Translator

_WRONG = PatternFill("solid", start_color="FFFF99", end_color="FFFF99")
_NOTED = PatternFill("solid", start_color="DDEBF7", end_color="DDEBF7")
_REWRITTEN = frozenset({".xlsx", ".xlsm"})
_COMMENT_LIMIT = 2_000  # letters


def write_marked(table: Table, issues: Sequence[Issue], path: Path, text: Translator) -> None:
    """Write the copy as xlsx: of a workbook with all its sheets and formats, of other files with their cells.

    Macros are left out. Issues without a cell stand at the heading of the first column.
    """
    if table.path.suffix.lower() in _REWRITTEN:
        book = load_workbook(table.path)
        sheet = book[table.sheet]
    else:
        book, sheet = _copied(table)
    told: dict[str, list[Issue]] = {}
    for issue in issues:
        told.setdefault(_anchor(sheet, issue), []).append(issue)
    for place, each in told.items():
        cell = sheet[place]
        cell.fill = _NOTED if all(issue.is_note for issue in each) else _WRONG
        reasons = "\n".join(sentence(issue, text) for issue in each)
        cell.comment = Comment(_legal(reasons)[:_COMMENT_LIMIT], "Daicho", height=120, width=320)
    book.save(path)


def _anchor(sheet: Worksheet, issue: Issue) -> str:
    """Return the cell that can carry a mark: of merged cells the first."""
    if isinstance(sheet[issue.place], MergedCell):
        for span in sheet.merged_cells.ranges:
            if issue.place in span:
                return str(span.start_cell.coordinate)
    return issue.place


def _copied(table: Table) -> tuple[Workbook, Worksheet]:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for index, heading in enumerate(table.titles):
        _write(sheet, f"{letter(index)}{table.header_row}", heading)
    for row in table.rows:
        for index, value in enumerate(row.cells):
            _write(sheet, f"{letter(index)}{row.number}", shown(value))
    return book, sheet


def _write(sheet: Worksheet, place: str, text: str) -> None:
    if text:
        cell = sheet[place]
        assert isinstance(cell, Cell)
        cell.value = _legal(text)
        cell.data_type = "s"  # never a formula, whatever it begins with
        cell.quotePrefix = True


def _legal(text: str) -> str:
    return str(ILLEGAL_CHARACTERS_RE.sub("", text))
