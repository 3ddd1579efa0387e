"""A copy of a ledger file with its wrong cells marked 誤りの印: coloured, with the reason as a comment."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.styles import PatternFill
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from daicho.ledger_file.lines import Issue
from daicho.ledger_file.reasons import sentence
from daicho.ledger_file.table import Table, letter, shown
from daicho.text import Translator
from scanners.extractors.package import MALFORMED

_WRONG = PatternFill("solid", start_color="FFFF99", end_color="FFFF99")
_NOTED = PatternFill("solid", start_color="DDEBF7", end_color="DDEBF7")
_REWRITTEN = 24 << 20  # bytes that a workbook unpacks to and that may be held fifty times over
_COMMENT_LIMIT = 2_000  # letters


class _Writer(ExcelWriter):  # type: ignore[misc]  # openpyxl has no types
    """Writes a workbook without the temporary files that the library puts sheets into."""

    def write_worksheet(self, ws: Worksheet) -> None:
        """Write one sheet in memory."""
        held = io.BytesIO()
        ws._drawing = SpreadsheetDrawing()  # noqa: SLF001 -- as the method does that this one stands for
        ws._drawing.charts, ws._drawing.images = ws._charts, ws._images  # noqa: SLF001
        writer = WorksheetWriter(ws, out=held)
        writer.write()
        ws._rels = writer._rels  # noqa: SLF001
        self._archive.writestr(ws.path[1:], held.getvalue())
        self.manifest.append(ws)


def marked_copy(table: Table, issues: Sequence[Issue], text: Translator) -> bytes:
    """Return the copy as xlsx: of a workbook with all its sheets and formats, of other files their cells.

    Macros are left out, and what a workbook holds beside the ledger when it is very large. Issues without a
    cell stand at the heading of the first column.
    """
    book, sheet = _whole(table) or _copied(table)
    told: dict[str, list[Issue]] = {}
    for issue in issues:
        told.setdefault(_anchor(sheet, issue), []).append(issue)
    for place, each in told.items():
        cell = sheet[place]
        cell.fill = _NOTED if all(issue.is_note for issue in each) else _WRONG
        reasons = "\n".join(sentence(issue, text) for issue in each)
        cell.comment = Comment(_legal(reasons)[:_COMMENT_LIMIT], "Daicho", height=120, width=320)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _Writer(book, archive).save()
    return out.getvalue()


def _whole(table: Table) -> tuple[Workbook, Worksheet] | None:
    """Return the workbook of a table; None for other files, large ones and what the library cannot hold."""
    if not table.data.startswith(b"PK"):
        return None
    with zipfile.ZipFile(io.BytesIO(table.data)) as package:
        if sum(part.file_size for part in package.infolist()) > _REWRITTEN:
            return None
    try:
        book = load_workbook(io.BytesIO(table.data))
        return book, book[table.sheet]
    except MALFORMED:
        return None


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
