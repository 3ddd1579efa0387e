"""An Excel form: cells by sheet and reference or by defined name, filled in without another cell changing."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from daicho.originals.package import OriginalRefusedError, Package, Refusal, S, written
from privacy_mark.pack.original_model import Fault, Spot, Wrong

_BOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
_BEFORE_CALC = ("sheets", "functionGroups", "externalReferences", "definedNames")
_ROWS, _COLUMNS = 1_048_576, 16_384


@dataclass(slots=True)
class _Sheet:
    """What a sheet has: how far it is used, which cells hold formulas, and which are merged."""

    part: str
    bottom: int = 0
    right: int = 0
    formulas: set[tuple[int, int]] = field(default_factory=set)
    spans: list[tuple[int, int, int, int]] = field(default_factory=list)  # top, left, bottom, right


class ExcelForm:
    """A form as Excel has it."""

    kind = "xlsx"

    def __init__(self, package: Package) -> None:
        """Read which sheets, names and cells there are."""
        self._package = package
        book = package.xml(_BOOK)
        targets = {
            each.get("Id"): each.get("Target", "")
            for each in package.xml(_RELATIONS).iter("{*}Relationship")
            if each.get("Type", "").endswith("/worksheet")
        }
        self._sheets = {
            each.get("name", ""): self._read(_inside(targets[each.get(_ID)]))
            for each in book.iter(f"{S}sheet")
            if each.get(_ID) in targets
        }
        if not self._sheets:
            raise OriginalRefusedError(Refusal.DAMAGED, _BOOK)
        self._names = {
            each.get("name", ""): (each.text or "").strip()
            for each in book.iter(f"{S}definedName")
            if not each.get("name", "").startswith("_xlnm") and each.get("hidden") not in ("1", "true")
        }

    @property
    def found(self) -> tuple[str, ...]:
        """Return the defined names that lead to a cell."""
        return tuple(name for name in self._names if isinstance(self.spot(name), Spot))

    def spot(self, place: str) -> Spot | Wrong:
        """Return a cell, written `Sheet!B5` or with the name of one."""
        where = place.strip()
        if "!" not in where:
            if where not in self._names:
                return Wrong(Fault.NO_NAME, place)
            where = self._names[where].partition(":")[0]
        name, _, reference = where.rpartition("!")
        found = self._at(name, reference)
        if isinstance(found, Fault):
            return Wrong(found, place)
        sheet, row, column = found
        for top, left, bottom, right in self._sheets[sheet].spans:
            if top <= row <= bottom and left <= column <= right and (row, column) != (top, left):
                return Wrong(Fault.MERGED, place, f"{sheet}!{_letters(left)}{top}")
        if (row, column) in self._sheets[sheet].formulas:
            return Wrong(Fault.FORMULA, place)
        return Spot(f"{sheet}!{_letters(column)}{row}")

    def filled(self, values: Mapping[str, str | int]) -> bytes:
        """Return the form with each place filled in; places without a value become empty."""
        cells: dict[str, dict[tuple[int, int], str | int]] = {}
        for place, value in values.items():
            spot = self.spot(place)
            if isinstance(spot, Spot):
                name, _, reference = spot.name.rpartition("!")
                row, column = _cell(reference) or (1, 1)
                cells.setdefault(self._sheets[name].part, {})[row, column] = value
        changed = {}
        for part, told in cells.items():
            tree = self._package.xml(part)
            data = tree.find(f"{S}sheetData")
            if data is None:
                raise OriginalRefusedError(Refusal.DAMAGED, part)
            for (row, column), value in sorted(told.items()):
                _write(_cell_of(_row_of(data, row), row, column), value)
            changed[part] = written(tree)
        if any(each.formulas for each in self._sheets.values()):
            changed[_BOOK] = self._recalculated()
        return self._package.packed(changed)

    def _at(self, quoted: str, reference: str) -> tuple[str, int, int] | Fault:
        name = quoted[1:-1].replace("''", "'") if quoted[:1] == quoted[-1:] == "'" else quoted
        found = _cell(reference)
        if found is None:
            return Fault.NO_PLACE
        if name not in self._sheets:
            return Fault.NO_SHEET
        sheet = self._sheets[name]
        if found[0] > sheet.bottom or found[1] > sheet.right:
            return Fault.OUTSIDE
        return name, *found

    def _read(self, part: str) -> _Sheet:
        sheet = _Sheet(part)
        tree = self._package.xml(part)
        for row, column, cell in _cells(tree):
            sheet.bottom, sheet.right = max(sheet.bottom, row), max(sheet.right, column)
            if cell.find(f"{S}f") is not None:
                sheet.formulas.add((row, column))
        for each in tree.iter(f"{S}mergeCell"):
            first, _, last = each.get("ref", "").partition(":")
            start, end = _cell(first), _cell(last or first)
            if start and end:
                sheet.spans.append((*start, *end))
                sheet.bottom, sheet.right = max(sheet.bottom, end[0]), max(sheet.right, end[1])
        return sheet

    def _recalculated(self) -> bytes:
        """Return the workbook's part, told to calculate anew when it is opened."""
        book = self._package.xml(_BOOK)
        calculation = book.find(f"{S}calcPr")
        if calculation is None:
            calculation = etree.Element(f"{S}calcPr")
            before = [each for each in book if etree.QName(each).localname in _BEFORE_CALC]
            book.insert(book.index(before[-1]) + 1, calculation)
        calculation.set("fullCalcOnLoad", "1")
        return written(book)


def _inside(target: str) -> str:
    """Return the part that the workbook's relation leads to."""
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _cells(tree: etree._Element) -> Iterator[tuple[int, int, etree._Element]]:
    """Yield row, column and element of each cell; what says no place stands after the one before it."""
    row = 0
    for line in tree.iter(f"{S}row"):
        row = _number(line.get("r")) or row + 1
        column = 0
        for cell in line.iterfind(f"{S}c"):
            found = _cell(cell.get("r", ""))
            column = found[1] if found else column + 1
            yield row, column, cell


def _row_of(data: etree._Element, number: int) -> etree._Element:
    """Return a row of a sheet; what is missing is made in its place."""
    row, before = 0, 0
    for each in data.iterfind(f"{S}row"):
        row = _number(each.get("r")) or row + 1
        if row == number:
            return each
        before += row < number
    made = etree.Element(f"{S}row", r=str(number))
    data.insert(before, made)
    return made


def _cell_of(line: etree._Element, row: int, number: int) -> etree._Element:
    """Return a cell of a row; what is missing is made in its place."""
    column, before = 0, 0
    for each in line.iterfind(f"{S}c"):
        found = _cell(each.get("r", ""))
        column = found[1] if found else column + 1
        if column == number:
            return each
        before += column < number
    made = etree.Element(f"{S}c", r=f"{_letters(number)}{row}")
    line.insert(before, made)
    return made


def _write(cell: etree._Element, value: str | int) -> None:
    for each in list(cell):
        cell.remove(each)
    for name in ("t", "cm", "vm"):
        cell.attrib.pop(name, "")
    if isinstance(value, int):
        etree.SubElement(cell, f"{S}v").text = str(value)
    elif value:
        cell.set("t", "inlineStr")
        text = etree.SubElement(etree.SubElement(cell, f"{S}is"), f"{S}t")
        text.text = value
        text.set(_SPACE, "preserve")


def _cell(reference: str) -> tuple[int, int] | None:
    """Return row and column of a reference, from 1."""
    found = _CELL.fullmatch(reference.strip().upper())
    if not found:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    row = int(found[2])
    return (row, column) if row <= _ROWS and column <= _COLUMNS else None


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 8 else 0
