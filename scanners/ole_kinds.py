"""Which program wrote a compound file: told by the streams that its directory lists."""

from __future__ import annotations

import struct
from typing import BinaryIO

from scanners.extractors.interface import size_of

# In this order: a drawing inside a letter lists its own streams below the letter's.
_STREAMS = (
    ("encryptedpackage", "ole-encrypted"),
    ("worddocument", "doc"),
    ("workbook", "xls"),
    ("powerpoint document", "ppt"),
    ("__properties_version1.0", "msg"),
    ("visiodocument", "vsd"),
    ("documenttext", "jtd"),
    ("jscompdocument", "jtd"),
    ("book", "xls"),
    ("pp40", "powerpoint 4"),
    ("hwpsummaryinformation", "hwp"),
)
_SEARCHED = 64 << 20
_ENTRY = 128
_IN_HEADER = 109  # sectors of the allocation table
_ROOT_KINDS = (1, 2)
_MOST_ENTRIES = 20_000
_DAMAGED_NAMES = tuple((name, kind) for name, kind in _STREAMS if name != "book")


def ole_kind(stream: BinaryIO) -> str:
    """Return the kind of a compound file, "ole" when no known program wrote it."""
    try:
        names = _top_names(stream)
    except (struct.error, IndexError, ValueError, OSError, OverflowError):
        names = set()
    if not names:
        return _searched(stream)
    for name, kind in _STREAMS:
        if name in names:
            return kind
    return "ole"


def _top_names(stream: BinaryIO) -> set[str]:
    """Return the names directly below the root; follows the directory's chain and its tree of siblings."""
    size = size_of(stream)
    head = stream.read(512)
    shift, fat_count, first = struct.unpack_from("<H12xII", head, 30)
    if shift not in (9, 12):
        raise ValueError("sector size")
    width: int = 1 << shift
    table = list(struct.unpack_from("<109I", head, 76))[: min(fat_count, _IN_HEADER)]
    table += _more_tables(stream, head, width, fat_count - len(table))
    held: dict[int, tuple[int, ...]] = {}

    def following(sector: int) -> int:
        index, place = divmod(sector, width // 4)
        if index >= len(table):
            return 0xFFFFFFFE
        if index not in held:
            stream.seek((table[index] + 1) << shift)
            raw = stream.read(width)
            held[index] = struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) & ~3])
        return held[index][place]

    sector, directory = first, bytearray()
    seen: set[int] = set()
    while sector < 0xFFFFFFFA and sector not in seen and len(directory) < _MOST_ENTRIES * _ENTRY:
        if (sector + 1) << shift >= size:
            break
        seen.add(sector)
        stream.seek((sector + 1) << shift)
        directory += stream.read(width)
        sector = following(sector)
    return _children(bytes(directory))


def _more_tables(stream: BinaryIO, head: bytes, width: int, wanted: int) -> list[int]:
    """Return the sectors of the allocation table that the header has no room for."""
    (sector,) = struct.unpack_from("<I", head, 68)
    found: list[int] = []
    seen: set[int] = set()
    while len(found) < wanted and sector < 0xFFFFFFFA and sector not in seen:
        seen.add(sector)
        stream.seek((sector + 1) * width)
        raw = stream.read(width)
        if len(raw) < width:
            break
        *part, sector = struct.unpack(f"<{width // 4}I", raw)
        found += part
    return found[: max(0, wanted)]


def _children(directory: bytes) -> set[str]:
    names: set[str] = set()
    count = len(directory) // _ENTRY
    (child,) = struct.unpack_from("<I", directory, 76)
    stack, seen = [child], set()
    while stack:
        index = stack.pop()
        if index >= count or index in seen:
            continue
        seen.add(index)
        entry = directory[index * _ENTRY : (index + 1) * _ENTRY]
        length, kind, _, left, right = struct.unpack_from("<HBBII", entry, 64)
        if kind in _ROOT_KINDS and 2 <= length <= 64:
            names.add(entry[: length - 2].decode("utf-16-le", "replace").lower().lstrip("\x01\x05"))
        stack += (left, right)
    return names


def _searched(stream: BinaryIO) -> str:
    """Judge a file whose directory is damaged by the names that can be seen in it."""
    content = stream.read(min(size_of(stream), _SEARCHED)).lower()
    for name, kind in _DAMAGED_NAMES:
        if name.encode("utf-16-le") in content:
            return kind
    return "ole"
