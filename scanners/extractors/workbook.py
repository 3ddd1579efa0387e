"""Excel workbooks: xlsx, xlsm, xltx, their Strict form, and the binary xlsb.

Every sheet, hidden ones too, and what stands beside the cells: comments and their threads, shapes, charts,
links, headers and footers, validation lists, formulas' texts, names, pivot caches, external links. Hidden
sheets, rows and columns are named in the location.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import python_calamine

from scanners.errors import ExtractionError
from scanners.extractors import binary_workbook
from scanners.extractors.cells import Book, Row, formats, rows, shared_strings, written
from scanners.extractors.flow import quoted
from scanners.extractors.interface import Budget, Extracted, size_of
from scanners.extractors.office import Rest, content_types, textless
from scanners.extractors.package import translated
from scanners.extractors.part_names import told
from scanners.extractors.parts import Parts, relations, unescaped
from scanners.extractors.pivot_cache import pivot_caches
from scanners.extractors.sheet_beside import (
    anchored,
    comments,
    header_and_footer,
    hidden,
    literals,
    outline,
    persons,
    skeleton,
)
from scanners.extractors.sheet_rows import laid_out
from scanners.extractors.spreadsheet import (
    DENSE_CELLS,
    SheetPlace,
    area_of,
    calamine_errors,
    dense_rows,
    sheet_segments,
)
from scanners.model import Gap, Reason, TextSegment

_WHOLE_PACKAGE = 512 << 20
_EMPTY = re.compile(rb"(?:<c r=\"[A-Z]++[0-9]++\"(?: s=\"[0-9]++\")?+/>)++")
_SMALL_SHEET = 96 << 10  # bytes of XML up to which opening another reader costs more than reading
_MANY_EMPTY = 100  # cells in so many bytes
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s([^<>]*)>")
_ATTRIBUTE = re.compile(rb"(?<![\w:])([\w:]++)\s*=\s*\"([^\"]*)\"")
_NAME = re.compile(rb"<(?:\w+:)?definedName\s([^<>]*)>([^<]*)<")
_USER = re.compile(rb"\buserName=\"([^\"]+)\"")
_UNDECLARED = {"xl/sharedstrings.xml": "sharedstrings+xml", "xl/styles.xml": "styles+xml"}
_OLDER = "fwlink/?linkid=870924"  # of the sentence with which a thread is told to older programs
_SAYING = (b"dataValidation", b"hyperlink", b"ilters", b"cenario")
_GIVEN_NAME = re.compile(r"(?:Sheet|Chart|Dialog|Macro|グラフ|シート)?\s?\d*")
_BUNDLE = 156  # the record of an xlsb that names a sheet


@dataclass(frozen=True, slots=True)
class _Listed:
    """A sheet as its workbook lists it."""

    name: str
    state: str
    part: str

    @property
    def shown(self) -> str:
        """Return the name as a person finds it: hidden sheets have to be unhidden first."""
        return f"{self.name} (hidden sheet)" if self.state in ("hidden", "veryHidden") else self.name


class Workbook:
    """Everything a workbook says; embedded objects and pictures are members."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield sheets as tables or lines, each with what stands beside its cells, then the rest."""
        parts = Parts(stream, budget)
        if any(part.flags & 1 for part in parts.all.values()):
            raise ExtractionError(Gap(Reason.ENCRYPTED))
        yield from _Reader(parts, stream).segments()


@dataclass(slots=True)
class _Reader:
    """A workbook while it is read."""

    parts: Parts
    stream: BinaryIO
    types: dict[str, str] = field(default_factory=dict)
    book: Book = field(default_factory=Book)
    places: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    _calamine: python_calamine.CalamineWorkbook | None = None

    def segments(self) -> Iterator[Extracted]:
        self.types = content_types(self.parts)
        main = next(
            (
                name
                for name in self.parts.all
                if self.types.get(name.lower(), "").endswith(("main+xml", ".main"))
            ),
            "xl/workbook.bin" if self.parts.named("xl/workbook.bin") else "xl/workbook.xml",
        )
        binary = main.lower().endswith(".bin")
        data = self.parts.take(main)
        if data is None:
            yield from self.parts.noted()
            yield Gap(Reason.DAMAGED, "no workbook part")
        if data is not None and not binary:
            data = quoted(data)
        sheets = self._sheets(main, data or b"", binary=binary)
        if not binary:
            yield from self._shared(data or b"")
        yield from self._each(sheets, binary=binary)
        if data is not None and not binary:
            yield from _names(data)
        elif data is not None and (text := binary_workbook.texts(data)):
            yield TextSegment(text, "names of the workbook")
        if self.book.readings:
            yield TextSegment("\n".join(dict.fromkeys(self.book.readings)), "readings of cells")
        if self._calamine is not None:
            self._calamine.close()
            self._calamine = None
        yield from pivot_caches(self.parts, self.types)
        yield from self._binary_rest(binary=binary)
        yield from Rest(self.parts, self.types).segments(lambda name: self.places.get(name.lower(), ""))

    def _each(self, sheets: list[_Listed], *, binary: bool) -> Iterator[Extracted]:
        """Yield sheet after sheet; a damaged one is a gap and the next one follows."""
        silent = []  # sheets whose name stands in no location
        for sheet in sheets:
            said = False
            try:
                with translated(told(sheet.part)):
                    for segment in self._sheet(sheet, binary=binary):
                        said = said or not isinstance(segment, Gap)
                        yield segment
            except ExtractionError as error:
                if error.gap.reason is not Reason.DAMAGED:
                    raise
                yield error.gap
            if not said and not _GIVEN_NAME.fullmatch(sheet.name):
                silent.append(sheet.shown)
            yield from self.parts.noted()
        if silent:
            yield TextSegment("\n".join(silent), "names of sheets without cells")

    def _sheets(self, main: str, data: bytes, *, binary: bool) -> list[_Listed]:
        targets = {each.id: each for each in relations(self.parts, main)}
        found = []
        if binary:
            with calamine_errors():
                shown = {
                    each.name: str(each.visible).rpartition(".")[2] for each in self._opened().sheets_metadata
                }
            for kind, start, length in binary_workbook.records(data):
                named = binary_workbook.strings(data[start : start + length]) if kind == _BUNDLE else []
                if len(named) >= 2 and named[-2] in targets:
                    state = {"Hidden": "hidden", "VeryHidden": "veryHidden"}.get(shown.get(named[-1], ""), "")
                    found.append(_Listed(named[-1], state, targets[named[-2]].target))
        for inside in _SHEET.findall(data) if not binary else ():
            values = {key.rpartition(b":")[2]: unescaped(value) for key, value in _ATTRIBUTE.findall(inside)}
            if (target := targets.get(values.get(b"id", ""))) is not None:
                found.append(_Listed(values.get(b"name", ""), values.get(b"state", ""), target.target))
        for each in targets.values():
            if each.type == "person":
                self.people.update(persons(self.parts.take(each.target) or b""))
        return found

    def _shared(self, workbook: bytes) -> Iterator[Gap]:
        """Take shared strings and formats; those of a large workbook are counted as they unpack."""
        self.book.since_1904 = bool(re.search(rb"date1904=\"(?:1|true)\"", workbook))
        for name, declared in self.types.items():
            content = declared if declared not in ("", "xml") else _UNDECLARED.get(name, "")
            part = self.parts.named(name) if content in ("sharedstrings+xml", "styles+xml") else None
            data = self.parts.take(name) if part is not None else None
            if data is None:
                continue
            if content == "styles+xml":
                formats(quoted(data), self.book)
                continue
            yield from shared_strings(data, self.book)
            if b"_x" in data:
                self.book.strings = [written(each) for each in self.book.strings]

    def _sheet(self, sheet: _Listed, *, binary: bool) -> Iterator[Extracted]:
        data = self.parts.take(sheet.part)
        self.places[sheet.part.lower()] = sheet.shown
        if data is None:
            return
        shown = sheet.shown
        if binary:
            extent = binary_workbook.worksheet(data)
            if extent.area > DENSE_CELLS and extent.area > 20 * extent.cells:
                yield Gap(Reason.EXPANDS_TOO_FAR, "a sheet")
            else:
                yield from self._by_calamine(sheet, shown)
            beside = "\n".join(dict.fromkeys(extent.texts))
            if beside.strip():
                yield TextSegment(beside, f"{shown} beside the cells")
        elif b"sheetData" in (data := quoted(data)):
            if len(data) > _SMALL_SHEET and data.count(b'"/><c', 0, _SMALL_SHEET) > _MANY_EMPTY:
                data = _EMPTY.sub(b"", data)  # cells that only have a border
            if marks := hidden(data):
                shown = f"{shown} ({marks})"
            if any(mark in data for mark in (b"<v>", b"<is>", b":v>", b":is>", b"<v ", b"<is ")):
                yield from self._cells(sheet, shown, data)
            yield from literals(data, sheet.shown)
            yield from _around(skeleton(data), sheet.shown)
        else:  # of a sheet that is one chart, or a dialogue
            yield from _around(data, sheet.shown)
        yield from self._beside(sheet)

    def _cells(self, sheet: _Listed, shown: str, data: bytes) -> Iterator[Extracted]:
        own = len(data) <= _SMALL_SHEET or bool(self.book.masks)
        if not own:
            cells, area = area_of(data)
            own = area > DENSE_CELLS and (area > 20 * cells or cells > DENSE_CELLS)
        if not own:
            try:
                yield from self._by_calamine(sheet, shown)
            except ExtractionError as error:
                if error.gap.reason is not Reason.DAMAGED:
                    raise
            else:
                return
        gaps: list[Gap] = []
        yield from laid_out(shown, _without(gaps, rows(data, self.book, sheet.part)))
        yield from gaps

    def _opened(self) -> python_calamine.CalamineWorkbook:
        if self._calamine is None:
            if size_of(self.stream) > _WHOLE_PACKAGE:
                raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {_WHOLE_PACKAGE} bytes"))
            # calamine holds the package in any case; bytes of our own keep the caller's file position
            self._calamine = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(self.stream.read()))
        return self._calamine

    def _by_calamine(self, sheet: _Listed, shown: str) -> Iterator[Extracted]:
        with calamine_errors():
            read = self._opened().get_sheet_by_name(sheet.name)
            start = read.start
        if start is not None:
            place = SheetPlace(shown, start[0] + 1, start[1])
            yield from sheet_segments(place, dense_rows(read, start))

    def _beside(self, sheet: _Listed) -> Iterator[Extracted]:
        """Yield the parts that a sheet's relations lead to."""
        threads: set[str] = set()
        found = [each for each in relations(self.parts, sheet.part) if not each.outside]
        for each in sorted(found, key=lambda each: each.type != "threadedComment"):
            self.places.setdefault(each.target.lower(), sheet.shown)
            if each.type in ("comments", "threadedComment") and not each.target.lower().endswith(".bin"):
                data = self.parts.take(each.target)
                for segment in comments(data, sheet.shown, self.people) if data else ():
                    where = segment.location if isinstance(segment, TextSegment) else ""
                    if each.type == "threadedComment":
                        threads.add(where)
                    elif where in threads and isinstance(segment, TextSegment) and _OLDER in segment.text:
                        continue  # the first of a thread again, for older programs
                    yield segment
            elif each.type == "drawing" and each.target.lower().endswith(".xml"):
                yield from anchored(self.parts, each.target, sheet.shown)
                for further in relations(self.parts, each.target):
                    if not further.outside:
                        self.places.setdefault(further.target.lower(), sheet.shown)

    def _binary_rest(self, *, binary: bool) -> Iterator[Extracted]:
        """Yield the texts of an xlsb's other record parts: comments, links, tables, caches."""
        if not binary:
            return
        for name in list(self.parts.left):
            folded = name.lower()
            if not folded.endswith(".bin") or "embeddings/" in folded or "vbaproject" in folded:
                continue
            content = self.types.get(folded, "")
            data = self.parts.take(name)
            if content in ("styles", "sharedstrings", "printersettings", "binindexws") or not data:
                continue
            if text := binary_workbook.texts(data):
                yield TextSegment(text, f"{self.places.get(folded, '')} {folded.rpartition('/')[2]}".strip())


def _around(frame: bytes, shown: str) -> Iterator[Extracted]:
    """Yield what a sheet says around its cells."""
    if not textless(frame) or any(word in frame for word in _SAYING):
        yield from header_and_footer(frame, shown)
        yield from outline(frame, shown)


def _without(gaps: list[Gap], found: Iterator[Row | Gap]) -> Iterator[Row]:
    """Yield the rows, and keep the gaps for later."""
    for each in found:
        if isinstance(each, Gap):
            gaps.append(each)
        else:
            yield each


def _names(workbook: bytes) -> Iterator[TextSegment]:
    lines = []
    for inside, text in _NAME.findall(workbook):
        values = {key: unescaped(value) for key, value in _ATTRIBUTE.findall(inside)}
        lines.append(
            "\t".join((values.get(b"name", ""), unescaped(text), values.get(b"comment", ""))).strip()
        )
    lines += [f"作成者: {unescaped(each)}" for each in _USER.findall(workbook)]
    if lines:
        yield TextSegment("\n".join(dict.fromkeys(lines)), "defined names")
