"""Parts of a binary workbook (MS-XLSB): a walk over its records for what calamine does not read.

Comments, links, headers and footers, names and validation lists are found by the form of their strings; of
worksheets the places of cells are counted and cells themselves passed over.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

_LONGEST = 32_767
_ROW = 0
_CELLS = frozenset((*range(1, 20), 62))
_FORMULA_PIECES = frozenset({426, 427, 428})  # shared and array formulas: no strings of length and text


@dataclass(slots=True)
class Sheet:
    """What one worksheet part comes to."""

    cells: int = 0
    first: tuple[int, int] = (1 << 30, 1 << 30)
    last: tuple[int, int] = (0, 0)
    texts: list[str] = field(default_factory=list)

    @property
    def area(self) -> int:
        """Return how many cells the rectangle around the filled ones has."""
        if not self.cells:
            return 0
        return (self.last[0] - self.first[0] + 1) * (self.last[1] - self.first[1] + 1)


def records(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield each record's type, start and length; ends where they do not fit."""
    position, end = 0, len(data)
    while position < end:
        kind = data[position]
        position += 1
        if kind & 0x80 and position < end:
            kind = (kind & 0x7F) | (data[position] & 0x7F) << 7
            position += 1
        length = shift = 0
        while position < end and shift < 28:
            byte = data[position]
            position += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        if position + length > end:
            return
        yield kind, position, length
        position += length


def worksheet(data: bytes) -> Sheet:
    """Return the extent of a worksheet's cells, and the texts of all that is no cell."""
    sheet = Sheet()
    row = 0
    for kind, start, length in records(data):
        if kind == _ROW and length >= 4:
            (row,) = struct.unpack_from("<L", data, start)
        elif kind in _CELLS and length >= 4:
            (column,) = struct.unpack_from("<L", data, start)
            sheet.cells += 1
            sheet.first = (min(sheet.first[0], row), min(sheet.first[1], column))
            sheet.last = (max(sheet.last[0], row), max(sheet.last[1], column))
        elif length > 7 and kind not in _FORMULA_PIECES:
            sheet.texts += strings(data[start : start + length])
    return sheet


def texts(data: bytes) -> str:
    """Return the texts of a part that is no worksheet."""
    found: list[str] = []
    for _, start, length in records(data):
        if length > 5:
            found += strings(data[start : start + length])
    return "\n".join(dict.fromkeys(found))


def _is_written(character: str) -> bool:
    """Tell what a text may hold: spaces of every width and marks without one too."""
    return character.isprintable() or character in "\r\n\t" or unicodedata.category(character) in ("Zs", "Cf")


def strings(record: bytes) -> list[str]:
    """Return what in a record has the form of a string: a length and so many characters of UTF-16."""
    found = []
    position = 0
    while position + 6 <= len(record):
        (count,) = struct.unpack_from("<L", record, position)
        end = position + 4 + 2 * count
        if 1 < count <= _LONGEST and end <= len(record):
            try:
                text = record[position + 4 : end].decode("utf-16-le")
            except UnicodeDecodeError:
                text = ""
            if text and all(map(_is_written, text)):
                found.append(text)
                position = end
                continue
        position += 1
    return found
