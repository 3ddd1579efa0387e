"""dBase tables (.dbf), in which many Japanese programs keep and exchange their lists: CP932, fixed widths."""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from scanners.encodings import Decoded, decode
from scanners.errors import ExtractionError
from scanners.extractors.cell_values import shown
from scanners.extractors.interface import Budget, Extracted, size_of
from scanners.model import Gap, Reason, TableSegment

BLOCK_ROWS = 2_000
_HEADER, _FIELD, _END = 32, 32, 0x0D
_LARGEST_HEADER = 64 << 10
_MEMO = frozenset("MGPB")  # their text lies in another file (.dbt, .fpt)
_VERSIONS = frozenset({0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43, 0x63, 0x83, 0x8B, 0xCB, 0xF5, 0xFB})
_TYPES = frozenset(b"CDFLNMGPBITYV@O+0Q")
_JAPANESE = frozenset({0x00, 0x13, 0x7B})  # language drivers: nothing said, CP932
_WITH_MEMO = frozenset({0x83, 0x8B, 0xCB, 0xF5, 0xFB})
_JULIAN = 1_721_425  # the day before the first of year one


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    kind: str
    start: int
    width: int
    japanese: bool


def is_dbf(head: bytes) -> bool:
    """Tell a dBase header: version, a date, lengths that fit, columns of known types up to their end."""
    if len(head) < _HEADER + _FIELD + 1 or head[0] not in _VERSIONS or not (head[2] <= 12 and head[3] <= 31):
        return False
    _, length, width = struct.unpack_from("<IHH", head, 4)
    columns = (length - _HEADER - 1) // _FIELD
    if columns < 1 or width < 2 or head[12:14] != b"\0\0":
        return False
    shown_columns = head[_HEADER : _HEADER + _FIELD * columns]
    return all(
        shown_columns[place] and shown_columns[place + 11] in _TYPES
        for place in range(0, len(shown_columns) - _FIELD + 1, _FIELD)
        if shown_columns[place] != _END
    )


class Dbf:
    """One table; deleted rows are still in the file, and read."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:  # noqa: ARG002  the protocol's
        """Yield blocks of rows; raises `ExtractionError` when the header is damaged."""
        head = stream.read(_HEADER)
        if len(head) < _HEADER:
            raise ExtractionError(Gap(Reason.DAMAGED, "no header"))
        count, length, width = struct.unpack_from("<IHH", head, 4)
        head += stream.read(max(0, min(length, _LARGEST_HEADER) - _HEADER))
        columns = _columns(head, width)
        if not columns or length < _HEADER or not width:
            raise ExtractionError(Gap(Reason.DAMAGED, "no columns"))
        present = max(0, size_of(stream) - length) // width
        stream.seek(length)
        damaged = done = 0
        table = tuple(column.name for column in columns)
        while done < min(count, present) or not done:
            data = stream.read(width * min(BLOCK_ROWS, min(count, present) - done))
            rows = []
            for place in range(0, len(data) - width + 1, width):
                cells = []
                for column in columns:
                    text, bad = _cell(
                        data[place + column.start : place + column.start + column.width], column
                    )
                    cells.append(text)
                    damaged += bad
                rows.append(tuple(cells))
            yield TableSegment("", table, done + 1, tuple(rows))
            done += len(rows)
            if not rows:
                break
        if present < count:
            told = f"read: {present} of {count} rows"
            yield Gap(Reason.DAMAGED, told, seen=present, total=count, unit="rows")
        memos = sum(column.kind in _MEMO for column in columns)
        if memos and (head[0] in _WITH_MEMO or head[28] & 2):
            yield Gap(Reason.UNSUPPORTED, f"{memos} memo columns, whose text lies in a file beside")
        if damaged:
            yield Gap(Reason.UNDECODABLE, f"{damaged} characters")


def _columns(head: bytes, width: int) -> list[_Column]:
    found, start, place = [], 1, _HEADER
    while place + _FIELD <= len(head) and head[place] not in (_END, 0):
        raw = head[place : place + 11].partition(b"\0")[0]
        size = head[place + 16]
        kind = chr(head[place + 11])
        if kind == "C":
            size += head[place + 17] << 8  # Clipper: long texts
        if start + size > width:
            size = width - start
        japanese = head[29] in _JAPANESE
        found.append(_Column(_text(raw, japanese)[0], kind, start, size, japanese))
        start += size
        place += _FIELD
    return found


def _text(raw: bytes, japanese: bool) -> tuple[str, int]:
    """Return a text and how many characters are damaged: CP932 unless it says otherwise by its bytes."""
    if raw.isascii():
        return raw.decode("ascii").strip(" \0"), 0
    raw = raw.rstrip(b" \0")
    if japanese:
        with suppress(UnicodeDecodeError):
            return raw.decode("cp932"), 0
    decoded = decode(raw)
    if isinstance(decoded, Decoded):
        return decoded.text, decoded.damaged
    text = raw.decode("cp932", "replace")  # a width that cuts a character in two
    return text, text.count("\ufffd")


def _cell(raw: bytes, column: _Column) -> tuple[str, int]:
    if column.kind in _MEMO or column.kind == "0":
        return "", 0
    if column.kind in "I+" and len(raw) == 4:
        return str(struct.unpack("<i", raw)[0]), 0
    if column.kind in "BO" and len(raw) == 8:
        return shown(struct.unpack("<d", raw)[0]) or "", 0
    if column.kind == "Y" and len(raw) == 8:
        return str(struct.unpack("<q", raw)[0] / 10_000), 0
    if column.kind in "T@" and len(raw) == 8:
        day = struct.unpack_from("<i", raw)[0] - _JULIAN
        return (dt.date.fromordinal(day).isoformat() if 0 < day < dt.date.max.toordinal() else ""), 0
    return _text(raw, column.japanese)
