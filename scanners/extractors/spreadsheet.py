"""Cells of Excel workbooks by calamine.

A sheet whose only cells stand at A1 and XFD1048576 makes a dense reader allocate 17 thousand million
cells and abort, so the cell references are counted before the sheet is read.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

import python_calamine

from scanners.errors import ExtractionError
from scanners.extractors.cells import cell_text
from scanners.extractors.headings import has_header
from scanners.extractors.interface import Budget, Extracted
from scanners.extractors.markup import local_name, xml_events
from scanners.extractors.package import MALFORMED, open_package, opened
from scanners.extractors.sheet_lines import lines
from scanners.model import Gap, Reason, TableSegment, TextSegment

BLOCK_ROWS = 2_000
_HEADER_SEARCH = 12
DENSE_CELLS = 20_000_000  # a dense reader needs about 32 bytes for each
# Cells and rows with their attributes. Attributes hold no "<", so that a tag never reaches into the next one;
# a tag that begins and is no match is malformed, and its part is not read.
_BEGINS = re.compile(rb"<(?:[^\s<>:/!?]+:)?(?:c|row)(?=[\s/>])")
_TAG = re.compile(
    rb"<(?:[^\s<>:/!?]+:)?(c|row)((?:[\s/][^<>\"']*(?:\"[^\"<]*\"[^<>\"']*|'[^'<]*'[^<>\"']*)*)?)>"
)
_REFERENCE = re.compile(rb"(?<![\w:])r\s*=\s*[\"']\s*([A-Za-z]{0,4})(\d{1,10})")
_CHUNK = 1 << 20
_TAG_BYTES = 64 << 10  # more than any honest tag
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


@dataclass(slots=True)
class _Extent:
    """What the cells of one part come to; places that they do not name follow the cell before."""

    cells: int = 0
    row: int = 0
    column: int = 0
    first: tuple[int, int] = (1 << 30, 1 << 30)
    last: tuple[int, int] = (0, 0)

    def take(self, tag: bytes, attributes: bytes) -> None:
        """Follow one row or cell as a reader does."""
        named = _REFERENCE.findall(attributes)
        if tag == b"row":
            self.row, self.column = self.row + 1, 0
            for _, digits in named:
                self.row = int(digits)
            return
        self.cells += 1
        self.column += 1
        for letters, digits in named:
            self.row, self.column = int(digits), _column(letters.upper())
            self._reach()
        if not named:
            self._reach()

    def _reach(self) -> None:
        self.first = (min(self.first[0], self.row), min(self.first[1], self.column))
        self.last = (max(self.last[0], self.row), max(self.last[1], self.column))

    @property
    def area(self) -> int:
        """Return how many cells the rectangle around them has."""
        if not self.cells:
            return 0
        return (self.last[0] - self.first[0] + 1) * (self.last[1] - self.first[1] + 1)


def _extent(stream: BinaryIO, budget: Budget) -> tuple[int, int]:
    """Return how many cells a sheet has and how large the rectangle around them is."""
    found = _Extent()
    data = b""
    while chunk := stream.read(_CHUNK):
        budget.spend(len(chunk))
        data += chunk
        cut = data.rfind(b"<")
        if cut > 0:
            _follow(found, data[:cut])
            data = data[cut:]
        if len(data) > _TAG_BYTES:  # a text; or a tag that is none
            _follow(found, data)
            data = b""
    _follow(found, data)
    return found.cells, found.area


def _follow(found: _Extent, part: bytes) -> None:
    tags = _TAG.findall(part)
    if len(tags) != sum(1 for _ in _BEGINS.finditer(part)):
        raise ExtractionError(Gap(Reason.DAMAGED, "cells"))
    for tag, attributes in tags:
        found.take(tag, attributes)


@dataclass(frozen=True, slots=True)
class SheetPlace:
    """Where a sheet's cells start in the user's program."""

    name: str
    row: int  # 1-based number of the first row read
    column: int  # 0-based

    @property
    def columns(self) -> range:
        """Return the columns from the first one on."""
        return range(self.column, 1 << 30)


def sheet_segments(sheet: SheetPlace, rows: Iterator[tuple[str, ...]]) -> Iterator[Extracted]:
    """Yield a sheet as one table below its header row, or as lines when it is a form."""
    head = list(islice(rows, 200))
    top = _header_row(head)
    if top is None and not _is_grid(head):
        yield from _as_text(sheet, head, rows)
        return
    start = 0 if top is None else top
    yield from lines(sheet.name, head[:start], sheet.row, sheet.columns)
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


def _as_text(
    sheet: SheetPlace, head: list[tuple[str, ...]], rows: Iterator[tuple[str, ...]]
) -> Iterator[TextSegment]:
    number, block = sheet.row, head
    while block:
        yield from lines(sheet.name, block, number, sheet.columns)
        number += len(block)
        block = list(islice(rows, BLOCK_ROWS))


def dense_rows(sheet: python_calamine.CalamineSheet, start: tuple[int, int]) -> Iterator[tuple[str, ...]]:
    """Yield the rows from the first filled cell on; calamine puts empty rows above it, but no columns."""
    for row in islice(sheet.iter_rows(), start[0], None):
        yield tuple([value if value.__class__ is str else cell_text(value) for value in row])


def _plain_area(data: bytes) -> tuple[int, int]:
    """Count cells that all name their places in the usual form, a few megabytes at a time."""
    letters: set[bytes] = set()
    digits: set[bytes] = set()
    cells = start = 0
    while start < len(data):
        end = data.rfind(b"<", start + 1, start + 4 * _CHUNK) if start + 4 * _CHUNK < len(data) else len(data)
        places = _PLACE.findall(data, start, end if end > start else len(data))
        cells += len(places)
        letters.update([column for column, _ in places])
        digits.update([row for _, row in places])
        start = end if end > start else len(data)
    rows, columns = [int(each) for each in digits], [_column(each) for each in letters]
    if not cells:
        return 0, 0
    return cells, (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1)


_PLACE = re.compile(rb"<c r=\"([A-Z]+)([0-9]+)\"")
_WIDE = re.compile(rb"r=\"[A-Z]{2}")
_DEEP = re.compile(rb"r=\"[A-Z]+[0-9]{5}")
_OTHER_CELL = re.compile(rb"<c[\s/>](?!r=\"[A-Z])|:c[\s/>]|:row[\s/>]")


def area_of(data: bytes) -> tuple[int, int]:
    """Return how many cells a worksheet's XML has and the rectangle around them; roughly where small."""
    if not _OTHER_CELL.search(data):
        wide, deep = _WIDE.search(data), _DEEP.search(data)
        if not (wide and deep) and not re.search(rb"r=\"(?:[A-Z]{3}|[A-Z]+[0-9]{6})", data):
            return 1, 702 * 9_999  # no more than this
        return _plain_area(data)
    found = _Extent()
    _follow(found, data)
    return found.cells, found.area


@contextmanager
def calamine_errors() -> Iterator[None]:
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


def _large_sheets(archive: zipfile.ZipFile, budget: Budget, cells: int) -> frozenset[str]:
    """Return the sheets of more cells than that; one that no sheet names, wherever it lies, fails."""
    related = {_last(target) for target in _targets(archive, budget).values()}
    found = set()
    for info in archive.infolist():
        if not info.filename.lower().endswith(".xml") and _last(info.filename) not in related:
            budget.spend(info.file_size)  # a picture, read by nobody
            continue
        with opened(archive, info) as part:
            _, area = _extent(part, budget)
        if area > cells:
            found.add(info.filename)
    named = _named(archive, found, budget)
    if len(named) < len(found):
        raise ExtractionError(Gap(Reason.EXPANDS_TOO_FAR, "a part that is no sheet"))
    return frozenset(named)


def _named(archive: zipfile.ZipFile, parts: set[str], budget: Budget) -> dict[str, str]:
    """Return the sheet names of worksheet parts, through the workbook's relations."""
    if not parts:
        return {}
    targets = _targets(archive, budget)
    names: dict[str, str] = {}
    with opened(archive, archive.getinfo("xl/workbook.xml")) as part:
        for event, element in xml_events(part, budget):
            if event == "end" and local_name(element) == "sheet":
                target = targets.get(element.get(_RELATION_ID, ""), "")
                if target in parts:
                    names[element.get("name", "")] = target
    return names


def _targets(archive: zipfile.ZipFile, budget: Budget) -> dict[str, str]:
    """Return the parts that the workbook's relations name, by id."""
    targets: dict[str, str] = {}
    with opened(archive, archive.getinfo("xl/_rels/workbook.xml.rels")) as part:
        for event, element in xml_events(part, budget):
            if event == "end" and element.get("Id"):
                target = element.get("Target", "")
                targets[element.get("Id", "")] = (
                    target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                )
    return targets


def _last(name: str) -> str:
    return re.split(r"[/\\]", name)[-1].lower()


@dataclass(frozen=True, slots=True)
class OpenedWorkbook:
    """A workbook whose sheets may be read in this process; `large` are the names of those that may not."""

    book: python_calamine.CalamineWorkbook
    large: frozenset[str]

    @property
    def worksheets(self) -> list[str]:
        """Return the names of the sheets with cells, hidden ones too."""
        kind = python_calamine.SheetTypeEnum.WorkSheet
        return [each.name for each in self.book.sheets_metadata if each.typ is kind]

    def sheet(self, name: str) -> python_calamine.CalamineSheet:
        """Return a sheet; raises `ExtractionError` for one that is damaged or too large."""
        if name in self.large:
            raise ExtractionError(Gap(Reason.EXPANDS_TOO_FAR, name))
        with calamine_errors():
            return self.book.get_sheet_by_name(name)


def open_workbook(stream: BinaryIO, budget: Budget, *, dense: int) -> OpenedWorkbook:
    """Open an xlsx whose sheets are `dense` cells at most, empty ones between them counted.

    Raises `ExtractionError` for what cannot be read.
    """
    archive = open_package(stream, budget)
    if any(info.flag_bits & 1 for info in archive.infolist()):
        raise ExtractionError(Gap(Reason.ENCRYPTED))
    with calamine_errors():
        large = _large_sheets(archive, budget, dense)
        stream.seek(0)
        return OpenedWorkbook(
            python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(stream.read())), large
        )


def first_sheet(stream: BinaryIO, budget: Budget, *, dense: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the rows of the first sheet with their number, cells as texts from column A on.

    Raises `ExtractionError` for what cannot be read, and for a sheet of more than `dense` cells.
    """
    workbook = open_workbook(stream, budget, dense=dense)
    if not workbook.worksheets:
        return
    sheet = workbook.sheet(workbook.worksheets[0])
    before = ("",) * (sheet.start or (0, 0))[1]
    for number, row in enumerate(sheet.iter_rows(), start=1):
        yield number, (*before, *map(cell_text, row))
    workbook.book.close()
