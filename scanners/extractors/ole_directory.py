"""The directory of an OLE compound file ([MS-CFB]): what it lists, and each stream's bytes by its chain."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator
from operator import attrgetter
from typing import BinaryIO, NamedTuple

_HEADER = struct.Struct("<30xH12xII8xIIII")
_ENTRY = struct.Struct("<64sHBxIII16s20xIII")
_NAME = struct.Struct("<64sHBxII")
_ENTRY_BYTES = 128
_IN_HEADER = 109  # sectors of the allocation table that the header lists
_LAST = 0xFFFFFFFA  # sectors have lower numbers; those above are marks
_NONE = 0xFFFFFFFF
_MINI_SHIFT, _CUTOFF = 6, 4096
_VERSION_4 = 12  # its shift: only there are sizes of eight bytes
_SCATTERED = 8  # sectors: from here on it pays to look whether they lie one behind the other

STORAGE, STREAM = 1, 2  # sorts of entries


class Entry(NamedTuple):
    """A stream or a storage as the directory lists it."""

    name: str
    sort: int
    child: int
    class_id: bytes
    start: int
    size: int


class OleDirectory:
    """Reads the tables of an open file; raises `ValueError` where they cannot be followed."""

    __slots__ = (
        "_entries",
        "_mini",
        "_mini_table",
        "_mini_tables",
        "_seen",
        "_shift",
        "_stream",
        "_table",
        "beyond",
        "root",
    )

    def __init__(self, stream: BinaryIO) -> None:
        width = stream.seek(0, 2)
        stream.seek(0)
        self._stream = stream
        head = stream.read(512)
        shift, tables, first, mini, mini_count, more, more_count = _HEADER.unpack(
            head.ljust(76, b"\x00")[:76]
        )
        if shift not in (9, _VERSION_4) or len(head) < 512:
            raise ValueError("header")
        self._shift = shift
        sectors = max(0, (width - 1) >> shift)
        numbers = _numbers(head[76:512]).tolist()
        if more_count:
            numbers += self._more(more, min(tables, (sectors >> shift - 2) + 1) - _IN_HEADER)
        self._table = self._allocation(numbers, sectors)
        self._mini_tables = (mini, mini_count << shift)
        self._mini_table: array[int] | None = None
        self._mini = b""
        self.beyond = 0  # entries that a tree names and the directory has not
        self._entries = self._chained(first, len(self._table) << shift)
        if len(self._entries) < _ENTRY_BYTES:
            raise ValueError("no directory")
        self._seen = {0}
        self.root = self._entry(0)[0]

    def children(self, storage: Entry) -> list[Entry]:
        """Return what a storage holds, by name; an entry that several trees name counts once."""
        found: list[Entry] = []
        stack, seen, count = [storage.child], self._seen, len(self._entries) // _ENTRY_BYTES
        while stack:
            index = stack.pop()
            if index >= count:
                self.beyond += index != _NONE
            elif index not in seen:
                seen.add(index)
                entry, left, right = self._entry(index)
                found.append(entry)
                stack += (right, left)
        found.sort(key=attrgetter("name"))
        return found

    def names(self) -> Iterator[str]:
        """Yield the names of what lies directly below the root."""
        data, stack, seen = self._entries, [self.root.child], set()
        count = len(data) // _ENTRY_BYTES
        while stack:
            index = stack.pop()
            if index < count and index not in seen:
                seen.add(index)
                raw, length, sort, left, right = _NAME.unpack_from(data, index * _ENTRY_BYTES)
                stack += (left, right)
                if sort in (STORAGE, STREAM) and 2 < length <= 66:
                    yield raw[: length - 2].decode("utf-16-le", "replace")

    def read(self, entry: Entry) -> bytes:
        """Return a stream's bytes, as many as its chain has."""
        if entry.size >= _CUTOFF:
            return self._chained(entry.start, entry.size)
        if not entry.size:
            return b""
        if self._mini_table is None:
            self._load_mini()
        table, mini, size = self._mini_table, self._mini, entry.size
        assert table is not None
        if size <= 1 << _MINI_SHIFT and entry.start < len(table):  # one sector: nothing to follow
            return mini[entry.start << _MINI_SHIFT : (entry.start << _MINI_SHIFT) + size]
        found = [
            mini[first << _MINI_SHIFT : (first + count) << _MINI_SHIFT]
            for first, count in _runs(table, entry.start, (size + 63) >> _MINI_SHIFT)
        ]
        return found[0][:size] if len(found) == 1 else b"".join(found)[:size]

    def _load_mini(self) -> None:
        table = _numbers(self._chained(*self._mini_tables))
        self._mini = self._chained(self.root.start, self.root.size)
        self._mini_table = table[: (self.root.size + 63) >> _MINI_SHIFT]

    def _allocation(self, numbers: list[int], sectors: int) -> array[int]:
        """Return the allocation table; where a part of it is missing, every chain ends."""
        width = 1 << self._shift
        found: list[bytes] = []
        for number in numbers[: (sectors >> self._shift - 2) + 1]:
            if number >= _LAST:
                break
            found.append(self._sectors(number, 1).ljust(width, b"\xff"))
        return _numbers(b"".join(found))[:sectors]

    def _entry(self, index: int) -> tuple[Entry, int, int]:
        raw, length, sort, left, right, child, class_id, start, low, high = _ENTRY.unpack_from(
            self._entries, index * _ENTRY_BYTES
        )
        name = raw[: length - 2 if 2 <= length <= 66 else 0].decode("utf-16-le", "replace")
        size = low | high << 32 if self._shift == _VERSION_4 else low
        return Entry(name, sort, child, class_id, start, size), left, right

    def _more(self, sector: int, wanted: int) -> list[int]:
        """Return the sectors of the allocation table that the header has no room for."""
        found: list[int] = []
        seen: set[int] = set()
        width = 1 << self._shift
        while len(found) < wanted and sector < _LAST and sector not in seen:
            seen.add(sector)
            raw = self._sectors(sector, 1)
            if len(raw) < width:
                raise ValueError("list of allocation tables")
            *part, sector = struct.unpack(f"<{width // 4}I", raw)
            found += part
        return found[: max(0, wanted)]

    def _sectors(self, first: int, count: int) -> bytes:
        self._stream.seek((first + 1) << self._shift)
        return self._stream.read(count << self._shift)

    def _chained(self, start: int, size: int) -> bytes:
        """Return at most `size` bytes of a chain of sectors, read in as few pieces as it lies in."""
        shift = self._shift
        count = (size + (1 << shift) - 1) >> shift
        found = [self._sectors(first, run) for first, run in _runs(self._table, start, count)]
        if len(found) == 1:
            return found[0] if len(found[0]) <= size else found[0][:size]
        return b"".join(found)[:size]


def _numbers(data: bytes) -> array[int]:
    found = array("I", data[: len(data) & ~3])
    if sys.byteorder == "big":
        found.byteswap()
    return found


def _runs(table: array[int], start: int, count: int) -> list[tuple[int, int]]:
    """Return a chain of at most `count` sectors as runs of neighbours: first sector, how many."""
    end = len(table)
    count = min(count, end)  # a chain that is longer goes round in circles
    if not count or start >= end:
        return []
    if count > _SCATTERED and table[start : start + count - 1] == array("I", range(start + 1, start + count)):
        return [(start, count)]
    runs: list[tuple[int, int]] = []
    first = sector = start
    for _ in range(count - 1):
        following = table[sector]
        if following != sector + 1:
            runs.append((first, sector - first + 1))
            first = following
            if following >= end:
                return runs
        elif following >= end:
            break
        sector = following
    runs.append((first, sector - first + 1))
    return runs
