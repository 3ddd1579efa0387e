"""The records of binary Excel files ([MS-XLS]): where cells stand, and the texts that stand beside them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from scanners.encodings import Decoded, decode
from scanners.extractors.cell_names import column_letters
from scanners.extractors.office_art import descriptions
from scanners.extractors.text_runs import wide_runs
from scanners.model import TextSegment

BOF, EOF, BOUND_SHEET, FILE_PASS, CONTINUE, WRITE_ACCESS = 0x809, 0x0A, 0x85, 0x2F, 0x3C, 0x5C
_OLD_BOFS = (0x009, 0x209, 0x409)
_NOTE, _OBJECT, _TEXT_BOX, _HEADER, _FOOTER, _LINK = 0x1C, 0x5D, 0x1B6, 0x14, 0x15, 0x1B8
_DRAWING, DRAWING_GROUP, _SERIES_TEXT, _EXTERNAL, _QUERY = 0xEC, 0xEB, 0x100D, 0x1AE, 0xDC
_VALIDATION, _CACHED_TEXT, _EXTENT = 0x1BE, 0xCD, 0x200
_LARGEST_EXTENT = 1_000_000  # cells: beyond it the claim is left out, the cells themselves stay
_CELLS = frozenset({0x06, 0x203, 0x204, 0xFD, 0x27E, 0xBD, 0x205, 0xD6, 0x406, 0x206, 0x201, 0xBE})
_MANY = frozenset({0xBD, 0xBE})  # several cells of one row: the last column stands at the end
_BESIDE = frozenset(
    {
        _NOTE,
        _OBJECT,
        _TEXT_BOX,
        _HEADER,
        _FOOTER,
        _LINK,
        _DRAWING,
        _SERIES_TEXT,
        _EXTERNAL,
        _QUERY,
        _VALIDATION,
    }
    | {_EXTENT, BOF, *_OLD_BOFS, EOF, BOUND_SHEET, FILE_PASS, CONTINUE, WRITE_ACCESS, DRAWING_GROUP}
)
_GLOBAL = frozenset({FILE_PASS, BOUND_SHEET, WRITE_ACCESS, _EXTERNAL})


@dataclass(slots=True)
class Sheet:
    """One substream: its cells' extent and the texts beside them."""

    start: int
    name: str = ""
    hidden: bool = False
    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    cells: list[int] = field(default_factory=list)  # where the records of cells begin
    beside: list[tuple[str, str]] = field(default_factory=list)  # place, text

    @property
    def area(self) -> int:
        """Return how many cells the rectangle around the filled ones has."""
        if not self.rows:
            return 0
        return (max(self.rows) - min(self.rows) + 1) * (max(self.columns) - min(self.columns) + 1)


@dataclass(slots=True)
class Book:
    """What the records of a workbook say beside its cells."""

    sheets: list[Sheet] = field(default_factory=list)
    encrypted: bool = False
    user: str = ""
    external: list[str] = field(default_factory=list)
    drawings: list[bytes] = field(default_factory=list)
    extents: list[int] = field(default_factory=list)  # records of extents that no sheet can have
    cut: int = 0  # bytes at the end that are no whole record


def string(data: bytes, wide: bool) -> str:
    """Return characters of two bytes, or of one as the file compresses them."""
    if wide:
        return data[: len(data) & ~1].decode("utf-16-le", "replace")
    return data.decode("latin-1")


def unicode_string(data: bytes, length_bytes: int = 2) -> str:
    """Return a string with its length and its flags before it."""
    length = int.from_bytes(data[:length_bytes], "little")
    if len(data) <= length_bytes:
        return ""
    flags, start = data[length_bytes], length_bytes + 1
    start += 2 * bool(flags & 8) + 4 * bool(flags & 4)
    return string(data[start : start + length * (2 if flags & 1 else 1)], bool(flags & 1))


def eight_bit(data: bytes) -> str:
    """Return text of Excel 5 and 95, which used the code page of its machine."""
    decoded = decode(data)
    return decoded.text if isinstance(decoded, Decoded) else data.decode("latin-1")


def read_book(data: bytes, *, old: bool) -> Book:
    """Walk all records once; `old` files keep 8-bit texts."""
    walk = _Walk(old=old)
    position, end = 0, len(data)
    unpack = struct.Struct("<HH").unpack_from
    while position + 4 <= end:
        kind, size = unpack(data, position)
        inner = position + 4
        if kind in _CELLS and size >= 6:
            row, column = unpack(data, inner)
            sheet = walk.sheet
            sheet.rows.add(row)
            sheet.columns.add(column)
            if kind in _MANY:
                sheet.columns.add(int.from_bytes(data[inner + size - 2 : inner + size], "little"))
            sheet.cells.append(position)
        elif kind in _BESIDE:
            walk.take(position, kind, data[inner : inner + size])
        position = inner + size
    return walk.end(max(0, position - end))


class _Walk:
    """Keeps the book while its records pass."""

    def __init__(self, *, old: bool) -> None:
        self.sheet = Sheet(0)
        self._old = old
        self._book = Book()
        self._names: dict[int, tuple[str, bool]] = {}
        self._beside = _Beside(old=old)
        self._depth = 0

    def take(self, position: int, kind: int, body: bytes) -> None:
        """Take a record that is no cell."""
        book, beside = self._book, self._beside
        if kind == BOF or kind in _OLD_BOFS:
            self._depth += 1
            if self._depth == 1:
                self.sheet = Sheet(position)
                book.sheets.append(self.sheet)
                beside.begin(self.sheet)
        elif kind == EOF:
            self._depth = max(0, self._depth - 1)
            if self._depth == 0:
                beside.end()
        elif kind == DRAWING_GROUP or (kind == CONTINUE and beside.last == DRAWING_GROUP):
            book.drawings.append(body)
        elif kind == _EXTENT:
            self._extent(position, body)
        elif kind in _GLOBAL:
            self._global(kind, body)
        else:
            beside.take(kind, body)
        if kind != CONTINUE:
            beside.last = kind

    def _extent(self, position: int, body: bytes) -> None:
        if self._old or len(body) < 12:
            self._book.extents.append(position)
            return
        top, bottom, left, right = struct.unpack_from("<IIHH", body)
        if (bottom - top) * (right - left) > _LARGEST_EXTENT or bottom < top or right < left:
            self._book.extents.append(position)

    def _global(self, kind: int, body: bytes) -> None:
        book = self._book
        if kind == FILE_PASS:
            book.encrypted = True
        elif kind == BOUND_SHEET and len(body) > 7:
            (place,) = struct.unpack_from("<I", body)
            name = eight_bit(body[7 : 7 + body[6]]) if self._old else unicode_string(body[6:], 1)
            self._names[place] = (name, bool(body[4] & 3))
        elif kind == WRITE_ACCESS and body:
            user = eight_bit(body[1 : 1 + body[0]]) if self._old else unicode_string(body)
            book.user = user.strip()
        elif kind == _EXTERNAL and len(body) > 4:
            book.external += wide_runs(body) or [unicode_string(body[2:])]

    def end(self, cut: int) -> Book:
        """Return the book, its sheets named."""
        self._beside.end()
        self._book.cut = cut if self._depth else 0  # behind the last sheet some programs leave rubbish
        for each in self._book.sheets:
            each.name, each.hidden = self._names.get(each.start, ("", False))
        return self._book


class _Beside:
    """Takes comments, boxes, headers, links and chart titles of one sheet."""

    def __init__(self, *, old: bool) -> None:
        self.last = 0
        self._old = old
        self._sheet = Sheet(0)
        self._boxes: dict[int, list[str]] = {}
        self._notes: dict[int, tuple[str, str]] = {}  # object: cell, author
        self._object = -1
        self._expected = 0
        self._box: list[str] = []

    def begin(self, sheet: Sheet) -> None:
        self._sheet, self._boxes, self._notes, self._object = sheet, {}, {}, -1

    def end(self) -> None:
        for number, texts in self._boxes.items():
            cell, author = self._notes.pop(number, ("", ""))
            text = "".join(texts).replace("\r", "\n")
            if text.strip():
                self._add(f"{cell} comment" if cell else "text box", text)
            if author:
                self._add("comment authors", f"Author: {author}")
        self._boxes = {}

    def _add(self, place: str, text: str) -> None:
        if text.strip():
            self._sheet.beside.append((place, text))

    def take(self, kind: int, body: bytes) -> None:
        """Take a record of this sheet."""
        if kind == CONTINUE:
            self._continued(body)
        elif kind == _OBJECT and len(body) >= 8:
            (self._object,) = struct.unpack_from("<H", body, 6)
        elif kind == _TEXT_BOX and len(body) >= 12:
            (self._expected,) = struct.unpack_from("<H", body, 10)
            self._box = self._boxes.setdefault(self._object, [])
        elif kind == _NOTE and len(body) >= 8:
            self._note(body)
        elif kind == _DRAWING:
            self._described(body)
        else:
            self._written(kind, body)

    def _continued(self, body: bytes) -> None:
        if self.last == _TEXT_BOX and self._expected > 0 and body:
            text = string(body[1:], bool(body[0] & 1))[: self._expected]
            self._expected -= len(text)
            self._box.append(text)
        elif self.last == _DRAWING:
            self._described(body)

    def _written(self, kind: int, body: bytes) -> None:
        if kind in (_HEADER, _FOOTER) and body:
            text = eight_bit(body[1:]) if self._old else unicode_string(body)
            self._add("header" if kind == _HEADER else "footer", _printed(text))
        elif kind == _SERIES_TEXT and len(body) > 3:
            self._add("chart", eight_bit(body[3:]) if self._old else unicode_string(body[2:], 1))
        elif kind == _LINK and len(body) > 32:
            row, column = struct.unpack_from("<H2xH", body)
            for text in dict.fromkeys([*wide_runs(body[32:]), *_paths(body[32:])]):
                self._add(f"{column_letters(column)}{row + 1} link", text.removeprefix("mailto:"))
        elif kind in (_QUERY, _VALIDATION):
            for text in wide_runs(body):
                self._add("data connection" if kind == _QUERY else "input message", text)

    def _note(self, body: bytes) -> None:
        row, column = struct.unpack_from("<HH", body)
        cell = f"{column_letters(column)}{row + 1}"
        if self._old:
            self._add(f"{cell} comment", eight_bit(body[6:]))
            return
        (number,) = struct.unpack_from("<H", body, 6)
        self._notes[number] = (cell, unicode_string(body[8:]).strip())

    def _described(self, body: bytes) -> None:
        for text in descriptions(body, search=True):
            self._add("drawing", text)


def _paths(data: bytes) -> Iterator[str]:
    """Yield 8-bit paths of files that a link names."""
    for run in data.split(b"\x00"):
        if len(run) > 5 and (b"\\" in run or b"." in run) and all(byte >= 0x20 for byte in run):
            yield eight_bit(run)


def _printed(text: str) -> str:
    """Return a header as it prints: sections apart, its codes for fonts and page numbers left out."""
    out, position = [], 0
    while position < len(text):
        character = text[position]
        if character != "&" or position + 1 >= len(text):
            out.append(character)
            position += 1
            continue
        code = text[position + 1]
        position += 2
        if code == "&":
            out.append("&")
        elif code in "LCR":
            out.append("\n")
        elif code == '"':
            position = text.find('"', position) + 1 or len(text)
        elif code.isdigit():
            while position < len(text) and text[position].isdigit():
                position += 1
    return "".join(out).strip()


def cached_texts(data: bytes) -> list[str]:
    """Return the texts that a pivot table keeps of its source, which may be in no sheet any more."""
    found: dict[str, None] = {}
    position = 0
    while position + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, position)
        if kind == _CACHED_TEXT:
            found[unicode_string(data[position + 4 : position + 4 + size])] = None
        position += 4 + size
    return [text for text in found if text.strip()]


def beside_segments(book: Book) -> Iterator[TextSegment]:
    """Yield what stands beside the cells, place by place."""
    hidden = "\n".join(sheet.name for sheet in book.sheets if sheet.hidden and sheet.name)
    if hidden:
        yield TextSegment(hidden, "hidden sheets")
    for index, sheet in enumerate(book.sheets):
        name = sheet.name or ("workbook" if index == 0 else f"sheet {index}")
        gathered: dict[str, list[str]] = {}
        for place, text in sheet.beside:
            gathered.setdefault(place, []).append(text)
        for place, texts in gathered.items():
            where = f"{name}!{place}" if place[:1].isupper() else f"{name} {place}"
            yield TextSegment("\n".join(texts), where)
    if book.user and not book.user.isspace():
        yield TextSegment(f"Author: {book.user}", "last user")
    external = [text for text in dict.fromkeys(book.external) if len(text) > 3]
    if external:
        yield TextSegment("\n".join(external), "external links")


def without_extents(data: bytes, places: Sequence[int]) -> bytes:
    """Return a copy whose sheets claim no extent: a reader would allocate what a damaged one claims."""
    if not places:
        return data
    copy = bytearray(data)
    for position in places:
        (size,) = struct.unpack_from("<H", data, position + 2)
        end = min(position + 4 + size, len(copy))
        copy[position + 4 : end] = bytes(end - position - 4)
    return bytes(copy)


def compacted(
    data: bytes, sheets: Sequence[Sheet], kept: dict[int, range]
) -> tuple[bytes, dict[int, list[int]]]:
    """Return a copy whose cells stand close together, and for each sheet's start its rows' true numbers.

    Of each sheet only the rows whose rank is in its range in `kept` stay; all other cells are left out.
    """
    copy = bytearray(data)
    rows_of: dict[int, list[int]] = {}
    pack = struct.Struct("<HH").pack_into
    for sheet in sheets:
        wanted = kept.get(sheet.start, range(0))
        ordered = sorted(sheet.rows)[wanted.start : wanted.stop]
        ranks = {row: rank for rank, row in enumerate(ordered)}
        columns = {column: rank for rank, column in enumerate(_filled(sheet, data))}
        rows_of[sheet.start] = ordered
        for position in sheet.cells:
            kind, size, row, column = struct.unpack_from("<HHHH", data, position)
            if row not in ranks:
                copy[position : position + 2] = b"\xef\xbe"  # a number that no record has
                continue
            pack(copy, position + 4, ranks[row], columns[column])
            if kind in _MANY:
                last = int.from_bytes(data[position + 2 + size : position + 4 + size], "little")
                copy[position + 2 + size : position + 4 + size] = columns[last].to_bytes(2, "little")
    return bytes(copy), rows_of


def _filled(sheet: Sheet, data: bytes) -> list[int]:
    """Return the columns that hold cells, those inside records of several cells too."""
    columns = set(sheet.columns)
    for position in sheet.cells:
        kind, size = struct.unpack_from("<HH", data, position)
        if kind in _MANY:
            (first,) = struct.unpack_from("<H", data, position + 6)
            last = int.from_bytes(data[position + 2 + size : position + 4 + size], "little")
            columns.update(range(first, min(last, first + 256) + 1))
    return sorted(columns)
