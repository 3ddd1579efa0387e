"""Cells of Excel 5 and 95: 8-bit texts in the code page of their machine, which calamine garbles."""

from __future__ import annotations

import datetime as dt
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from scanners.extractors.biff import BOUND_SHEET, Book, Sheet, eight_bit
from scanners.extractors.office_properties import code_page_text
from scanners.model import Gap, Reason

_CODE_PAGE, _DATES_1904, _FORMAT, _STYLE, _STRING = 0x42, 0x22, 0x41E, 0xE0, 0x207
_LABEL, _RICH, _NUMBER, _RK, _MANY_RK, _FORMULA, _TRUTH = 0x204, 0xD6, 0x203, 0x27E, 0xBD, 0x06, 0x205
_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))  # formats that all know
_DATE = re.compile(r"[yYmMdDgGeE]")
_QUOTED = re.compile(r"\"[^\"]*\"|\[[^\]]*\]|\\.")
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
Rows = dict[int, dict[int, str]]


@dataclass(slots=True)
class _Styles:
    page: int = 0
    first_day: dt.datetime = dt.datetime(1899, 12, 30)  # noqa: DTZ001  days without a zone
    formats: dict[int, bool] = field(default_factory=dict)
    styles: list[int] = field(default_factory=list)

    def text(self, data: bytes) -> str:
        return code_page_text(data, self.page) if self.page not in (0, 1252) else eight_bit(data)

    def number(self, value: float, style: int) -> str:
        form = self.styles[style] if style < len(self.styles) else 0
        if self.formats.get(form, form in _DATES) and 0 < value < 2_958_466:
            moment = self.first_day + dt.timedelta(days=value)
            return moment.date().isoformat() if value.is_integer() else moment.isoformat(" ", "seconds")
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def sheets(data: bytes, book: Book) -> Iterator[tuple[Sheet, Rows] | Gap]:
    """Yield each sheet with its filled cells as texts."""
    styles = _styles(data)
    for sheet in book.sheets:
        if not sheet.cells:
            continue
        rows: Rows = {}
        lost = 0
        for position in sheet.cells:
            try:
                _cell(data, position, rows, styles)
            except struct.error:
                lost += 1
        yield sheet, rows
        if lost:
            yield Gap(Reason.DAMAGED, f"{lost} of {len(sheet.cells)} cells of a sheet")


def _styles(data: bytes) -> _Styles:
    found = _Styles()
    position = 0
    while position + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, position)
        body = data[position + 4 : position + 4 + size]
        if kind == _CODE_PAGE and size >= 2:
            found.page = {0x8001: 1252, 0x8000: 10000}.get(page := int.from_bytes(body[:2], "little"), page)
        elif kind == _DATES_1904 and body[:1] == b"\x01":
            found.first_day = dt.datetime(1904, 1, 1)  # noqa: DTZ001  days without a zone
        elif kind == _FORMAT and size > 3:
            form = _QUOTED.sub("", found.text(body[3 : 3 + body[2]]))
            found.formats[int.from_bytes(body[:2], "little")] = (
                bool(_DATE.search(form)) and "General" not in form
            )
        elif kind == _STYLE and size >= 4:
            found.styles.append(int.from_bytes(body[2:4], "little"))
        elif kind == BOUND_SHEET:
            break  # what follows is of the sheets
        position += 4 + size
    return found


def _cell(data: bytes, position: int, rows: Rows, styles: _Styles) -> None:
    kind, size, row, column, style = struct.unpack_from("<HHHHH", data, position)
    body = data[position + 10 : position + 4 + size]
    cells = rows.setdefault(row, {})
    if kind in (_LABEL, _RICH):
        (length,) = struct.unpack_from("<H", body)
        cells[column] = styles.text(body[2 : 2 + length])
    elif kind == _NUMBER:
        cells[column] = styles.number(_double(body), style)
    elif kind == _RK:
        cells[column] = styles.number(_rk(int.from_bytes(body[:4], "little")), style)
    elif kind == _MANY_RK:
        many = data[position + 8 : position + 2 + size]
        for index, (each, packed) in enumerate(struct.iter_unpack("<HI", many[: len(many) // 6 * 6])):
            cells[column + index] = styles.number(_rk(packed), each)
    elif kind == _FORMULA:
        _formula(data, position + 4 + size, body, cells, column, styles, style)
    elif kind == _TRUTH:
        value, error = struct.unpack_from("<BB", body)
        cells[column] = _ERRORS.get(value, "#") if error else ("TRUE" if value else "FALSE")


def _formula(
    data: bytes, following: int, body: bytes, cells: dict[int, str], column: int, styles: _Styles, style: int
) -> None:
    if body[6:8] != b"\xff\xff":
        cells[column] = styles.number(_double(body), style)
    elif body[0] == 0:  # a text, in the next record but one at most
        for _ in range(3):
            kind, size = struct.unpack_from("<HH", data, following)
            if kind == _STRING:
                (length,) = struct.unpack_from("<H", data, following + 4)
                cells[column] = styles.text(data[following + 6 : following + 6 + length])
                return
            following += 4 + size


def _double(body: bytes) -> float:
    value: float
    (value,) = struct.unpack_from("<d", body)
    return value


def _rk(packed: int) -> float:
    """Return the number that Excel packs into four bytes."""
    if packed & 2:
        value = float((packed >> 2) - (1 << 30 if packed & 0x80000000 else 0))
    else:
        (value,) = struct.unpack("<d", bytes(4) + struct.pack("<I", packed & 0xFFFFFFFC))
    return value / 100 if packed & 1 else value
