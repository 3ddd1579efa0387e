"""Binary Excel workbooks: cells by calamine within bounds, and what stands beside them by their records."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

import python_calamine

from scanners.errors import ExtractionError
from scanners.extractors import excel_5
from scanners.extractors.biff import (
    Book,
    Sheet,
    beside_segments,
    cached_texts,
    compacted,
    read_book,
    without_extents,
)
from scanners.extractors.cells import cell_text
from scanners.extractors.compound import Compound, embedded, label, properties
from scanners.extractors.compound_writer import Node, compound_file
from scanners.extractors.counted_texts import counted_texts
from scanners.extractors.interface import Budget, Extracted
from scanners.extractors.macros import macros
from scanners.extractors.office_art import pictures
from scanners.extractors.package import translated
from scanners.extractors.spreadsheet import SheetPlace, calamine_errors, dense_rows, sheet_segments
from scanners.model import Gap, Reason, TextSegment

_DENSE_CELLS = 3_000_000  # of all sheets together: calamine holds them twice, about 80 bytes a cell
_LINES = 500
_WITH_CELLS = (
    python_calamine.SheetTypeEnum.WorkSheet,
    python_calamine.SheetTypeEnum.MacroSheet,
    python_calamine.SheetTypeEnum.DialogSheet,
)


class BinaryWorkbook:
    """Every sheet of an xls, hidden ones too, with comments, boxes, headers, links, objects and pictures."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the cells sheet by sheet, then the rest."""
        compound = Compound(stream, budget)
        name = "Workbook" if compound.find("Workbook") else "Book"
        data = compound.read(name)
        if not data:
            raise ExtractionError(Gap(Reason.DAMAGED, "no workbook"))
        with translated("records"):
            book = read_book(data, old=name == "Book")
        if book.encrypted:
            raise ExtractionError(Gap(Reason.ENCRYPTED))
        if compound.find("\x09DRMContent"):
            yield Gap(Reason.ENCRYPTED, "rights management")
        if name == "Book":
            yield from _old_cells(data, book)
        elif sum(sheet.area for sheet in book.sheets) <= _DENSE_CELLS:
            yield from _cells(without_extents(data, book.extents))
        else:
            yield from _scattered(without_extents(data, book.extents), book)
        if book.cut:
            yield Gap(Reason.DAMAGED, f"{book.cut} bytes are missing at the end")
        yield from beside_segments(book)
        yield from _hidden_streams(compound)
        yield from properties(compound)
        yield from pictures(b"".join(book.drawings), budget)
        for storage in compound.children():
            if storage.startswith("MBD"):
                yield from embedded(compound, storage)
        yield from macros(compound)
        yield from compound.short


def _hidden_streams(compound: Compound) -> Iterator[Extracted]:
    """Yield what pivot tables keep of their source, and the changes and users of a shared workbook."""
    for path in compound.below("_SX_DB_CUR"):
        text = "\n".join(cached_texts(compound.read(*path)))
        if text:
            yield TextSegment(text, f"pivot cache {label(path[-1:])}")
    for name in ("User Names", "Revision Log"):
        text = "\n".join(dict.fromkeys(_recorded(compound.read(name))))
        if text:
            yield TextSegment(text, name.lower())


def _recorded(data: bytes) -> Iterator[str]:
    """Yield the strings of a stream of records."""
    position = 0
    while position + 4 <= len(data):
        size = int.from_bytes(data[position + 2 : position + 4], "little")
        yield from counted_texts(data[position + 4 : position + 4 + size])
        position += 4 + size


def _old_cells(data: bytes, book: Book) -> Iterator[Extracted]:
    """Yield the sheets of Excel 5 and 95."""
    for found in excel_5.sheets(data, book):
        if isinstance(found, Gap):
            yield found
            continue
        sheet, rows = found
        filled = [cells for cells in rows.values() if cells]
        if filled:
            left, right = min(map(min, filled)), max(map(max, filled))
            top = min(rows)
            if (right - left + 1) * (max(rows) - top + 1) > _DENSE_CELLS:
                yield from _apart(sheet.name or "sheet", rows)
                continue
            lines = (
                tuple(rows.get(row, {}).get(column, "") for column in range(left, right + 1))
                for row in range(top, max(rows) + 1)
            )
            yield from sheet_segments(SheetPlace(sheet.name or "sheet", top + 1, left), lines)


def _apart(sheet: str, rows: excel_5.Rows) -> Iterator[Extracted]:
    """Yield cells that lie so far apart that a table of them would be empty: the filled rows as lines."""
    filled = [(row, rows[row]) for row in sorted(rows) if rows[row]]
    for start in range(0, len(filled), _LINES):
        some = filled[start : start + _LINES]
        text = "\n".join("\t".join(cells[column] for column in sorted(cells)) for _, cells in some)
        yield TextSegment(text, f"{sheet}!A{some[0][0] + 1}")


def _opened(data: bytes) -> python_calamine.CalamineWorkbook:
    """Open a workbook stream in a compound file of our own: a damaged one makes calamine panic or abort."""
    file = compound_file(Node("Root Entry", streams={"Workbook": data}))
    return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file))


def _cells(data: bytes) -> Iterator[Extracted]:
    """Yield all sheets by calamine."""
    try:
        with calamine_errors():
            workbook = _opened(data)
    except ExtractionError as error:
        if error.gap.reason is not Reason.DAMAGED:
            raise
        yield replace(error.gap, detail=f"cells of all sheets: {error.gap.detail}")
        return
    for index, metadata in enumerate(workbook.sheets_metadata):
        if metadata.typ not in _WITH_CELLS:
            continue
        try:
            with calamine_errors():
                sheet = workbook.get_sheet_by_index(index)
        except ExtractionError as error:
            yield replace(error.gap, detail=f"sheet {index + 1}: {error.gap.detail}")
            continue
        start = sheet.start
        if start is None:
            continue
        try:
            with calamine_errors():  # it converts dates while the rows are read, and panics at some
                place = SheetPlace(metadata.name, start[0] + 1, start[1])
                yield from sheet_segments(place, dense_rows(sheet, start))
        except ExtractionError as error:
            yield replace(error.gap, detail=f"sheet {index + 1}: {error.gap.detail}")


def _scattered(data: bytes, book: Book) -> Iterator[Extracted]:
    """Yield workbooks with few cells far apart: their cells moved together, some rows at a time."""
    for kept in _passes(book.sheets):
        copy, rows_of = compacted(data, book.sheets, kept)
        try:
            with calamine_errors():
                workbook = _opened(copy)
                for start in kept:
                    sheet = next(each for each in book.sheets if each.start == start)
                    if not sheet.name:
                        continue
                    cells = workbook.get_sheet_by_name(sheet.name)
                    if cells.start is not None:
                        yield from _lines(sheet, cells, rows_of[start])
        except ExtractionError as error:
            yield replace(error.gap, detail=f"{len(kept)} sheets: {error.gap.detail}")


def _passes(sheets: list[Sheet]) -> Iterator[dict[int, range]]:
    """Yield which rows of which sheets are read together, so that no pass needs more than its bound."""
    kept: dict[int, range] = {}
    left = _DENSE_CELLS
    for sheet in sheets:
        width = max(1, min(256, max(sheet.columns, default=0) + 1))
        total, begin = len(sheet.rows), 0
        while begin < total:
            count = min(total - begin, max(1, left // width))
            kept[sheet.start] = range(begin, begin + count)
            left -= count * width
            begin += count
            if left < width:
                yield kept
                kept, left = {}, _DENSE_CELLS
    if kept:
        yield kept


def _lines(sheet: Sheet, cells: python_calamine.CalamineSheet, rows: list[int]) -> Iterator[Extracted]:
    """Yield rows as lines, each run of them at its true place."""
    lines: list[str] = []
    first = before = -1
    for rank, row in enumerate(cells.iter_rows()):
        true = rows[rank] if rank < len(rows) else before + 1
        if lines and (true != before + 1 or len(lines) >= _LINES):
            yield TextSegment("\n".join(lines), f"{sheet.name}!A{first + 1}")
            lines = []
        if not lines:
            first = true
        lines.append("\t".join(filter(None, map(cell_text, row))))
        before = true
    if lines:
        yield TextSegment("\n".join(lines), f"{sheet.name}!A{first + 1}")
