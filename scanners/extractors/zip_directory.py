"""The directory of a zip (APPNOTE.TXT 6.3): read entry by entry, so that a million members cost no memory.

Where a member really lies is told by its local header; two members never share bytes here, which is what
keeps a bomb of overlapping members as small as its file.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.interface import size_of
from scanners.model import Gap, Reason

_END = b"PK\x05\x06"
_END_SIZE = 22
_TAIL = 65_535 + _END_SIZE
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_CHUNK = 1 << 20
_ALL_32, _ALL_16 = 0xFFFFFFFF, 0xFFFF
NO_LOCAL_HEADER = "local header"
UTF8_NAME = 0x800
ENCRYPTED = 0x1
DESCRIPTOR = 0x8
_LOCAL_MARK = b"PK\x03\x04"
_NEWEST, _LONGEST_NAME = 63, 4_096  # of what a local header may say: version 6.3
_METHODS = frozenset((*range(13), 14, 16, 18, 19, 20, *range(93, 100)))


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """One member as the directory describes it."""

    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int  # of its local header, from the start of the file
    extra: bytes
    date: int
    time: int
    mode: int  # Unix file mode, 0 when written elsewhere

    @property
    def is_folder(self) -> bool:
        """True for a folder: it has a name and no content."""
        return self.raw_name.endswith((b"/", b"\\")) and not self.size

    @property
    def is_encrypted(self) -> bool:
        """True when it needs a password."""
        return bool(self.flags & ENCRYPTED)

    def field(self, wanted: int) -> bytes:
        """Return one extra field; empty when there is none."""
        position = 0
        while position + 4 <= len(self.extra):
            number, length = struct.unpack_from("<HH", self.extra, position)
            if number == wanted:
                return self.extra[position + 4 : position + 4 + length]
            position += 4 + length
        return b""


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the directory lies, how many members it says there are, what stands before the zip."""

    start: int
    size: int
    members: int
    prefix: int


def find(stream: BinaryIO) -> Directory:
    """Find the directory; raises `ExtractionError` without one, and for one part of several."""
    length = size_of(stream)
    base = max(0, length - _TAIL)
    stream.seek(base)
    tail = stream.read(_TAIL)
    position = len(tail)
    while (position := tail.rfind(_END, 0, position)) >= 0:
        if position + _END_SIZE <= len(tail):
            found = _at(stream, base + position, tail[position : position + _END_SIZE])
            if found is not None:
                return found
    raise ExtractionError(Gap(Reason.DAMAGED, "directory: not found"))


def _at(stream: BinaryIO, place: int, end: bytes) -> Directory | None:
    disk, first, here, members, size, offset = struct.unpack_from("<4H2L", end, 4)
    before = place
    stream.seek(max(0, place - _LOCATOR.size))
    mark, _, place64, _ = _LOCATOR.unpack(stream.read(_LOCATOR.size).rjust(_LOCATOR.size, b"\0"))
    if mark == b"PK\x06\x07":
        # a prefix moves the record: it stands right before its locator unless it says something else
        for at in (place64, place - _LOCATOR.size - _END64.size):
            if not 0 <= at < place:
                continue
            stream.seek(at)
            raw = stream.read(_END64.size)
            if len(raw) == _END64.size and raw.startswith(b"PK\x06\x06"):
                _, _, _, _, disk, first, here, members, size, offset = _END64.unpack(raw)
                before = at
                break
    if (disk, first) != (0, 0) and disk != _ALL_16:
        raise ExtractionError(
            Gap(Reason.UNSUPPORTED, f"part {disk + 1} of a split archive: all parts are needed")
        )
    start = before - size
    if start < 0 or offset > start or (members and size < members * _ENTRY.size // 2):
        return None
    stream.seek(start)
    if members and stream.read(4) != b"PK\x01\x02":
        return None
    return Directory(start, size, max(members, here), start - offset)


def entries(stream: BinaryIO, directory: Directory) -> Iterator[ZipEntry]:
    """Yield the entries in the directory's order; raises `ExtractionError` where it is malformed."""
    held, position, at, left = b"", 0, directory.start, directory.size
    while True:
        while len(held) - position < _ENTRY.size + 3 * 65_535 and left > 0:
            stream.seek(at)
            chunk = stream.read(min(_CHUNK, left))
            if not chunk:
                left = 0
                break
            at, left = at + len(chunk), left - len(chunk)
            held, position = held[position:] + chunk, 0
        if len(held) - position < _ENTRY.size:
            return
        values = _ENTRY.unpack_from(held, position)
        if values[0] != b"PK\x01\x02":
            if values[0] == b"PK\x05\x05":  # a signature of the directory
                return
            raise ExtractionError(Gap(Reason.DAMAGED, "directory"))
        name_end = position + _ENTRY.size + values[10]
        extra_end = name_end + values[11]
        name, extra = held[position + _ENTRY.size : name_end], held[name_end:extra_end]
        position = extra_end + values[12]
        yield _entry(values, name, extra, directory.prefix)


def _entry(values: tuple[int, ...], name: bytes, extra: bytes, prefix: int) -> ZipEntry:
    _, made_by, _, flags, method, time, date, crc, packed, size, *_, attributes, offset = values
    entry = ZipEntry(
        name,
        flags,
        method,
        crc,
        packed,
        size,
        prefix + offset,
        extra,
        date,
        time,
        attributes >> 16 if made_by >> 8 in (3, 19) else 0,
    )
    if _ALL_32 not in (packed, size, offset):
        return entry
    wide = entry.field(0x0001)
    numbers = list(struct.unpack(f"<{len(wide) // 8}Q", wide[: len(wide) // 8 * 8]))
    whole = [numbers.pop(0) if each == _ALL_32 and numbers else each for each in (size, packed, offset)]
    return ZipEntry(
        name, flags, method, crc, whole[1], whole[0], prefix + whole[2], extra, date, time, entry.mode
    )


def data_place(stream: BinaryIO, entry: ZipEntry) -> int:
    """Return where a member's bytes begin; raises `ExtractionError` when its local header is not there."""
    stream.seek(entry.offset)
    raw = stream.read(_LOCAL.size)
    if len(raw) < _LOCAL.size or not raw.startswith(b"PK\x03\x04"):
        raise ExtractionError(Gap(Reason.DAMAGED, NO_LOCAL_HEADER))
    name, extra = struct.unpack_from("<HH", raw, 26)
    return int(entry.offset + _LOCAL.size + name + extra)


class Ground:
    """Which bytes of the file members have taken: what one has read no other may use again."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def take(self, start: int, end: int) -> bool:
        """Take these bytes; False when another member has some of them."""
        at = bisect_right(self._starts, start)
        if (at and self._ends[at - 1] > start) or (at < len(self._starts) and self._starts[at] < end):
            return False
        if at and self._ends[at - 1] == start:  # neighbours become one: a list in order stays short
            self._ends[at - 1] = end
        else:
            self._starts.insert(at, start)
            self._ends.insert(at, end)
        return True

    def free(self, end: int) -> Iterator[tuple[int, int]]:
        """Yield where the bytes lie before `end` that no member has taken."""
        at = 0
        for start, ends in zip(self._starts, self._ends, strict=True):
            if at < min(start, end):
                yield at, min(start, end)
            at = max(at, ends)
        if at < end:
            yield at, end


def unlisted(stream: BinaryIO, directory: Directory, ground: Ground, listed: Collection[int]) -> int:
    """Return how many members lie in the file that its directory does not list: `listed` are their places."""
    found = 0
    for start, end in ground.free(directory.start):
        if end - start < _LOCAL.size:
            continue
        at, held = start, b""
        while at < end:
            stream.seek(at)
            chunk = stream.read(min(_CHUNK, end - at))
            if not chunk:
                break
            base, held = at - len(held), held + chunk
            at += len(chunk)
            place = held.find(_LOCAL_MARK)
            while 0 <= place <= len(held) - _LOCAL.size:
                found += base + place not in listed and _is_local(held[place : place + _LOCAL.size])
                place = held.find(_LOCAL_MARK, place + 4)
            held = held[1 - _LOCAL.size :]  # a header may go on in the next chunk
    return found


def _is_local(header: bytes) -> bool:
    """Tell a member's own header from four bytes of a program that are the same."""
    _, version, _, method, *_, name, _ = _LOCAL.unpack(header)
    return version & 0xFF <= _NEWEST and method in _METHODS and 0 < name <= _LONGEST_NAME
