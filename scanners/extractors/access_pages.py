"""Pages of Access databases (Jet 3, Jet 4, ACE): tables, rows and long values, read page by page.

The layout is that of mdbtools' HACKING notes and of Jackcess; nothing is held but the list of pages.
"""

from __future__ import annotations

import datetime as dt
import struct
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from scanners.encodings import Decoded, decode
from scanners.extractors.cell_values import shown

_OFFSET, _DELETED, _OVERFLOW = 0x1FFF, 0x8000, 0x4000
_INLINE, _ONE_ROW, _LENGTH = 0x80000000, 0x40000000, 0x3FFFFFFF
_LONGEST_VALUE = 64 << 20
_CHAIN = 10_000  # rows of one long value, pages of one definition
_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001  Access keeps no zone
_BOOL, _BINARY, _TEXT, _OLE, _MEMO, _GUID, _NUMERIC = 1, 9, 10, 11, 12, 15, 16
_FIXED = {2: "<B", 3: "<h", 4: "<i", 5: "<q", 6: "<f", 7: "<d", 8: "<d", 18: "<i", 19: "<q"}
_MONEY, _DATE = 5, 8

Value = str | bytes


@dataclass(frozen=True, slots=True)
class _Format:
    """Where things stand in one version of the format."""

    page: int
    rows: int  # of a data page: number of rows
    columns: int  # of a definition: number of columns
    indexes: int  # real indexes
    start: int  # first index entry
    index_size: int
    entry: int
    number: int
    variable: int
    flags: int
    fixed: int
    count: int  # bytes of a row's own column count


_JET3 = _Format(2048, 8, 25, 31, 43, 8, 18, 1, 3, 13, 14, 1)
_JET4 = _Format(4096, 12, 45, 51, 63, 12, 25, 5, 7, 15, 21, 2)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    kind: int
    number: int
    variable: int
    is_fixed: bool
    offset: int
    scale: int


@dataclass(slots=True)
class AccessPages:
    """An open database; every method raises what `struct` and slices raise on malformed pages."""

    stream: BinaryIO
    size: int
    is_old: bool = False  # Jet 3: texts in the code page of the machine that wrote them
    damaged: int = 0  # characters
    _format: _Format = _JET4
    _owned: dict[int, list[int]] = field(default_factory=dict)

    @classmethod
    def opened(cls, stream: BinaryIO, size: int) -> AccessPages:
        """Read the header and list which pages belong to which table."""
        stream.seek(0x14)
        old = stream.read(1) == b"\0"
        self = cls(stream, size, old, _format=_JET3 if old else _JET4)
        for number in range(size // self._format.page):
            stream.seek(number * self._format.page)
            head = stream.read(8)
            if head[:2] == b"\x01\x01":
                self._owned.setdefault(struct.unpack_from("<I", head, 4)[0], []).append(number)
        return self

    @property
    def is_locked(self) -> bool:
        """True when the definition of the catalogue is no such page: all but the first are encrypted."""
        return self.size >= 3 * self._format.page and self.page(2)[:2] != b"\x02\x01"

    def page(self, number: int) -> bytes:
        """Return one page; a `ValueError` where the file ends before it."""
        self.stream.seek(number * self._format.page)
        data = self.stream.read(self._format.page)
        if len(data) < self._format.page:
            raise ValueError("no such page")
        return data

    def columns(self, table: int) -> list[Column]:
        """Return the columns of the table whose definition starts at a page."""
        layout, data, seen = self._format, self.page(table), 1
        if data[:2] != b"\x02\x01":
            raise ValueError("no table")
        following = struct.unpack_from("<I", data, 4)[0]
        while following and seen < _CHAIN:
            more = self.page(following)
            data += more[8:]
            following = struct.unpack_from("<I", more, 4)[0]
            seen += 1
        count = struct.unpack_from("<H", data, layout.columns)[0]
        place = layout.start + struct.unpack_from("<I", data, layout.indexes)[0] * layout.index_size
        name_place = place + count * layout.entry
        found = []
        for number in range(count):
            start = place + number * layout.entry
            if self.is_old:
                size = data[name_place]
                name = self._legacy(data[name_place + 1 : name_place + 1 + size])
                name_place += 1 + size
            else:
                size = struct.unpack_from("<H", data, name_place)[0]
                name = data[name_place + 2 : name_place + 2 + size].decode("utf-16-le", "replace")
                name_place += 2 + size
            found.append(
                Column(
                    name,
                    data[start],
                    struct.unpack_from("<H", data, start + layout.number)[0],
                    struct.unpack_from("<H", data, start + layout.variable)[0],
                    bool(data[start + layout.flags] & 1),
                    struct.unpack_from("<H", data, start + layout.fixed)[0],
                    data[start + 12] if data[start] == _NUMERIC and not self.is_old else 0,
                )
            )
        return sorted(found, key=lambda column: column.number)

    def rows(self, table: int, columns: list[Column]) -> Iterator[tuple[Value, ...] | None]:
        """Yield the rows of a table; None for one that is malformed."""
        for number in self._owned.get(table, ()):
            page = self.page(number)
            for row in range(struct.unpack_from("<H", page, self._format.rows)[0]):
                try:
                    record = self._record(page, row)
                    if record is not None:
                        yield tuple(self._values(record, columns))
                except (ValueError, IndexError, struct.error):
                    yield None

    def _bounds(self, page: bytes, row: int) -> tuple[int, int, int]:
        place = self._format.rows + 2 + 2 * row
        start = struct.unpack_from("<H", page, place)[0]
        end = len(page)
        if row:
            end = struct.unpack_from("<H", page, place - 2)[0] & _OFFSET
        return start & _OFFSET, end, start & ~_OFFSET

    def _record(self, page: bytes, row: int, *, moved: bool = False) -> bytes | None:
        """Return a row's bytes, followed to the page that it grew to; None for a deleted row."""
        start, end, flags = self._bounds(page, row)
        if flags & _DELETED and not moved:
            return None
        if flags & _OVERFLOW and not moved:
            target = struct.unpack_from("<I", page, start)[0]
            return self._record(self.page(target >> 8), target & 0xFF, moved=True)
        if not 0 < start < end <= len(page):
            raise ValueError("row")
        return page[start:end]

    def _values(self, record: bytes, columns: list[Column]) -> Iterator[Value]:
        count = record[0] if self.is_old else struct.unpack_from("<H", record)[0]
        mask = (count + 7) // 8
        present = record[len(record) - mask :]
        offsets = self._offsets(record, mask) if any(not column.is_fixed for column in columns) else []
        for column in columns:
            here = column.number < count and bool(present[column.number // 8] >> (column.number % 8) & 1)
            if column.kind == _BOOL:
                yield shown(here) or ""
            elif not here:
                yield ""
            elif column.is_fixed:
                yield self._value(column, record[column.offset + self._format.count :])
            elif column.variable + 1 < len(offsets):
                start, end = offsets[column.variable], offsets[column.variable + 1]
                if not 0 <= start <= end <= len(record):
                    raise ValueError("column")
                yield self._value(column, record[start:end])
            else:
                yield ""

    def _offsets(self, record: bytes, mask: int) -> list[int]:
        """Return where the values of variable length start, and where the last one ends."""
        last = len(record) - 1
        if not self.is_old:
            count = struct.unpack_from("<H", record, last - mask - 1)[0]
            return [
                struct.unpack_from("<H", record, last - mask - 3 - 2 * index)[0] for index in range(count + 1)
            ]
        count, jumps = record[last - mask], (len(record) - 1) // 256
        first = last - mask - jumps - 1
        if (first - count) // 256 < jumps:
            jumps -= 1
        found, used = [], 0
        for index in range(count + 1):
            while used < jumps and index == record[last - mask - used - 1]:
                used += 1
            found.append(record[first - index] + used * 256)
        return found

    def _value(self, column: Column, data: bytes) -> Value:
        if column.kind == _TEXT:
            return self._text(data)
        if column.kind in (_MEMO, _OLE):
            long = self._long(data)
            return self._text(long) if column.kind == _MEMO else long
        if column.kind == _BINARY:
            return data
        if column.kind == _GUID:
            return str(uuid.UUID(bytes_le=data[:16]))
        if column.kind == _NUMERIC:
            words = struct.unpack_from("<4I", data, 1)
            whole = words[0] << 96 | words[1] << 64 | words[2] << 32 | words[3]
            digits = str(whole).rjust(column.scale + 1, "0")
            point = len(digits) - column.scale
            text = digits[:point] + (f".{digits[point:]}" if column.scale else "")
            return f"-{text}" if data[0] else text
        if (layout := _FIXED.get(column.kind)) is None:
            return ""
        number = struct.unpack_from(layout, data)[0]
        if column.kind == _DATE:
            moment = _EPOCH + dt.timedelta(days=number)
            return moment.date().isoformat() if number.is_integer() else moment.isoformat(" ", "seconds")
        return shown(number / 10_000 if column.kind == _MONEY else number) or ""

    def _long(self, data: bytes) -> bytes:
        """Return a long value: kept in its row, in a row of another page, or in a chain of them."""
        head, target = struct.unpack_from("<II", data)
        length = min(head & _LENGTH, _LONGEST_VALUE)
        if head & _INLINE:
            return data[12 : 12 + length]
        if head & _ONE_ROW:
            return (self._record(self.page(target >> 8), target & 0xFF, moved=True) or b"")[:length]
        out, seen = bytearray(), 0
        while target and len(out) < length and seen < _CHAIN:
            row = self._record(self.page(target >> 8), target & 0xFF, moved=True) or b""
            target = struct.unpack_from("<I", row)[0]
            out += row[4:]
            seen += 1
        return bytes(out[:length])

    def _text(self, data: bytes) -> str:
        if self.is_old:
            return self._legacy(data)
        if not data.startswith(b"\xff\xfe"):
            text = data.decode("utf-16-le", "replace")
            self.damaged += text.count("\ufffd")
            return text
        # compressed: one byte a character, after a zero byte two bytes a character, after the next one again
        parts = data[2:].split(b"\0")
        kinds = ("latin-1", "utf-16-le")
        return "".join(part.decode(kinds[index % 2], "replace") for index, part in enumerate(parts))

    def _legacy(self, data: bytes) -> str:
        if data.isascii():
            return data.decode("ascii")
        try:
            return data.decode("cp932")
        except UnicodeDecodeError:
            found = decode(data)
        text = found.text if isinstance(found, Decoded) else data.decode("cp932", "replace")
        self.damaged += text.count("\ufffd")
        return text
