"""Which program wrote a compound file: told by the streams that its directory lists."""

from __future__ import annotations

import struct
from typing import BinaryIO

from scanners.extractors.interface import size_of
from scanners.extractors.ole_directory import OleDirectory

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
    """Return the names directly below the root."""
    return {name.lower().lstrip("\x01\x05") for name in OleDirectory(stream).names()}


def _searched(stream: BinaryIO) -> str:
    """Judge a file whose directory is damaged by the names that can be seen in it."""
    content = stream.read(min(size_of(stream), _SEARCHED)).lower()
    for name, kind in _DAMAGED_NAMES:
        if name.encode("utf-16-le") in content:
            return kind
    return "ole"
