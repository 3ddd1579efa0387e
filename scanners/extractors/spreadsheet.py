"""Excel workbooks: cells by calamine, comments and text boxes by lxml.

A sheet whose only cells stand at A1 and XFD1048576 makes a dense reader allocate 17 thousand million
cells and abort, so the cell references are counted before the sheet is read.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import BinaryIO

import python_calamine

from scanners.errors import ExtractionError
from scanners.extractors.headings import has_header
from scanners.extractors.interface import Budget, Extracted, size_of
from scanners.extractors.markup import local_name, xml_events
from scanners.extractors.package import MALFORMED, open_package, opened
from scanners.model import Gap, Reason, TableSegment, TextSegment

BLOCK_ROWS = 2_000
_HEADER_SEARCH = 12
_DENSE_CELLS = 20_000_000  # a dense reader needs about 32 bytes for each
_CELL = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_CHUNK = 1 << 20
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_WHOLE_PACKAGE = 512 << 20
_BESIDE = re.compile(
    r"xl/(comments\d*|comments/comment\d*|threadedComments/\w+|drawings/drawing\d*|persons/\w+)\.xml$"
)
_PROPERTIES = re.compile(r"docProps/(core|app|custom)\.xml$")


def cell_text(value: object) -> str:
    """Return a cell as the user sees it in its plainest form: whole numbers without a fraction."""
    match value:
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case dt.datetime():
            return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
        case None:
            return ""
        case _:
            return str(value)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _extent(stream: BinaryIO, budget: Budget) -> tuple[int, int]:
    """Return how many cells a sheet names and how large the rectangle around them is."""
    rows: list[int] = [1 << 30, 0]
    columns: list[int] = [1 << 30, 0]
    count = 0
    tail = b""
    while chunk := stream.read(_CHUNK):
        budget.spend(len(chunk))
        data = tail + chunk
        cut = data.rfind(b"<") if len(chunk) == _CHUNK else len(data)
        cut = len(data) if cut <= 0 else cut
        for letters, digits in _CELL.findall(data[:cut]):
            row, column = int(digits), _column(letters)
            rows = [min(rows[0], row), max(rows[1], row)]
            columns = [min(columns[0], column), max(columns[1], column)]
            count += 1
        tail = data[cut:]
    return count, max(0, rows[1] - rows[0] + 1) * max(0, columns[1] - columns[0] + 1)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Where a sheet's cells start in the user's program."""

    name: str
    row: int  # 1-based number of the first row read
    column: int  # 0-based


def sheet_segments(sheet: _Sheet, rows: Iterator[tuple[str, ...]]) -> Iterator[Extracted]:
    """Yield a sheet as one table below its header row, or as lines when it is a form."""
    head = list(islice(rows, 200))
    top = _header_row(head)
    if top is None and not _is_grid(head):
        yield from _as_text(sheet, head, rows)
        return
    start = 0 if top is None else top
    yield from _lines(sheet.name, head[:start])
    header = None if top is None else head[top]
    number = sheet.row + start + (header is not None)
    pending: list[tuple[str, ...]] = head[start + (header is not None) :]
    while True:
        pending += islice(rows, max(0, BLOCK_ROWS - len(pending)))
        yield TableSegment(sheet.name, header, number, tuple(pending), sheet.column)
        if len(pending) < BLOCK_ROWS:
            return
        number += len(pending)
        pending = []


def _header_row(head: Sequence[tuple[str, ...]]) -> int | None:
    widest = max((sum(map(bool, row)) for row in head), default=0)
    for index in range(min(_HEADER_SEARCH, len(head) - 1)):
        filled = sum(map(bool, head[index]))
        below = sum(map(bool, head[index + 1]))
        if filled >= 2 and filled >= 0.6 * widest and below >= 0.5 * filled and has_header(head[index:]):
            return index
    return None


def _is_grid(head: Sequence[tuple[str, ...]]) -> bool:
    """Tell rows of records from a form: many rows of three columns, nearly all filled."""
    cells = [bool(cell) for row in head for cell in row]
    return len(head) >= 5 and len(head[0]) >= 3 and sum(cells) >= 0.7 * len(cells)


def _lines(name: str, rows: Sequence[tuple[str, ...]]) -> Iterator[TextSegment]:
    text = "\n".join("\t".join(cell for cell in row if cell) for row in rows if any(row))
    if text.strip():
        yield TextSegment(text, name)


def _as_text(
    sheet: _Sheet, head: list[tuple[str, ...]], rows: Iterator[tuple[str, ...]]
) -> Iterator[TextSegment]:
    yield from _lines(sheet.name, head)
    while block := list(islice(rows, BLOCK_ROWS)):
        yield from _lines(sheet.name, block)


def _texts(stream: BinaryIO, budget: Budget) -> str:
    """Return the texts of a comment or drawing part, without the reading aids of `rPh`."""
    out: list[str] = []
    aids = 0
    for event, element in xml_events(stream, budget):
        name = local_name(element)
        if name == "rPh":
            aids += 1 if event == "start" else -1
        elif event == "end" and not aids:
            if name in ("comment", "p", "threadedComment", "sp", "pic"):
                out.append("\n")
            out.append(element.get("displayName", "") if name == "person" else "")
            out.append(element.get("descr", "") if name == "cNvPr" else "")
            out.append((element.text or "") if element.text and element.text.strip() else "")
    return re.sub(r"\n+", "\n", "".join(out)).strip()


def _properties(stream: BinaryIO, budget: Budget) -> str:
    texts = (element.text or "" for event, element in xml_events(stream, budget) if event == "end")
    return "\n".join(text for text in texts if text.strip())


def _rows(sheet: python_calamine.CalamineSheet, start: tuple[int, int]) -> Iterator[tuple[str, ...]]:
    """Yield the rows from the first filled cell on; calamine pads them up to A1."""
    for row in islice(sheet.iter_rows(), start[0], None):
        yield tuple(map(cell_text, row[start[1] :]))


@contextmanager
def _translated() -> Iterator[None]:
    """Turn calamine's errors into `ExtractionError`, its panics too: they are no `Exception`."""
    try:
        yield
    except python_calamine.PasswordError:
        raise ExtractionError(Gap(Reason.ENCRYPTED)) from None
    except (python_calamine.CalamineError, *MALFORMED) as error:
        raise ExtractionError(Gap(Reason.DAMAGED, type(error).__name__)) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise ExtractionError(Gap(Reason.DAMAGED, "panic")) from None


class Workbook:
    """Every sheet of an xlsx, hidden ones too."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield sheets as tables or lines, then comments, text boxes and properties."""
        archive = open_package(stream, budget)
        if any(info.flag_bits & 1 for info in archive.infolist()):
            raise ExtractionError(Gap(Reason.ENCRYPTED))
        sparse = self.sparse_sheets(archive, budget)
        yield from self._sheets(stream, sparse)
        for info in archive.infolist():
            if not (_BESIDE.match(info.filename) or _PROPERTIES.match(info.filename)):
                continue
            try:
                with opened(archive, info) as part:
                    text = (_texts if _BESIDE.match(info.filename) else _properties)(part, budget)
            except ExtractionError as error:
                yield error.gap
                continue
            if text:
                yield TextSegment(text, info.filename)

    def sparse_sheets(self, archive: zipfile.ZipFile, budget: Budget) -> frozenset[str]:
        """Return the parts that a dense reader could not hold, after counting everything that unpacks."""
        found = set()
        for info in archive.infolist():
            if info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml"):
                with opened(archive, info) as part:
                    count, area = _extent(part, budget)
                if area > _DENSE_CELLS and area > 20 * count:
                    found.add(info.filename)
            elif info.filename in ("xl/sharedStrings.xml", "xl/styles.xml"):
                with opened(archive, info) as part:
                    while chunk := part.read(_CHUNK):
                        budget.spend(len(chunk))
        if found:
            return self._named(archive, found, budget)
        return frozenset()

    def _named(self, archive: zipfile.ZipFile, parts: set[str], budget: Budget) -> frozenset[str]:
        """Return the sheet names of worksheet parts, through the workbook's relations."""
        targets: dict[str, str] = {}
        names: set[str] = set()
        with opened(archive, archive.getinfo("xl/_rels/workbook.xml.rels")) as part:
            for event, element in xml_events(part, budget):
                if event == "end" and element.get("Id"):
                    target = element.get("Target", "")
                    targets[element.get("Id", "")] = (
                        target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                    )
        with opened(archive, archive.getinfo("xl/workbook.xml")) as part:
            for event, element in xml_events(part, budget):
                if event == "end" and local_name(element) == "sheet":
                    relation = element.get(_RELATION_ID, "")
                    if targets.get(relation, "") in parts:
                        names.add(element.get("name", ""))
        return frozenset(names)

    def _sheets(self, stream: BinaryIO, sparse: frozenset[str]) -> Iterator[Extracted]:
        if size_of(stream) > _WHOLE_PACKAGE:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {_WHOLE_PACKAGE} bytes"))
        with _translated():
            # calamine holds the package in any case; bytes of our own keep the caller's file position
            workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
        for index, metadata in enumerate(workbook.sheets_metadata):
            if metadata.typ is not python_calamine.SheetTypeEnum.WorkSheet:
                continue
            if metadata.name in sparse:
                yield Gap(Reason.EXPANDS_TOO_FAR, f"sheet {index + 1}")
                continue
            try:
                with _translated():
                    sheet = workbook.get_sheet_by_index(index)
            except ExtractionError as error:
                yield replace(error.gap, detail=f"sheet {index + 1}: {error.gap.detail}")
                continue
            start = sheet.start
            if start is None:
                continue
            yield from sheet_segments(_Sheet(metadata.name, start[0] + 1, start[1]), _rows(sheet, start))
        workbook.close()


def first_sheet(stream: BinaryIO, budget: Budget) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the rows of a workbook's first worksheet from column A on, each with its number in the program.

    Raises `ExtractionError` for a workbook that is damaged, has a password, or unpacks too far.
    """
    workbook = Workbook()
    archive = open_package(stream, budget)
    if any(info.flag_bits & 1 for info in archive.infolist()):
        raise ExtractionError(Gap(Reason.ENCRYPTED))
    sparse = workbook.sparse_sheets(archive, budget)
    stream.seek(0)
    with _translated():
        opened_workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
    for index, metadata in enumerate(opened_workbook.sheets_metadata):
        if metadata.typ is not python_calamine.SheetTypeEnum.WorkSheet:
            continue
        if metadata.name in sparse:
            raise ExtractionError(Gap(Reason.EXPANDS_TOO_FAR, f"sheet {index + 1}"))
        with _translated():
            sheet = opened_workbook.get_sheet_by_index(index)
            rows = [] if sheet.start is None else list(_rows(sheet, (0, 0)))
        yield from enumerate(rows, 1)
        break
    opened_workbook.close()
