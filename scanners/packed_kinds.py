"""Signs of archives that no fixed first bytes give away: old tars, lzma, programs that unpack themselves."""

from __future__ import annotations

import re
from itertools import islice
from typing import BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.package import MALFORMED
from scanners.extractors.tar import is_tar
from scanners.extractors.zip_directory import entries, find

_ENOUGH = 2_000  # names of a zip: what kind of document it is stands among the first
_PROGRAM = 1 << 20  # of a program that unpacks itself, before its archive
_INSIDE = ((b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07", "rar"), (b"MSCF\0\0\0\0", "cab"))


def zip_names(stream: BinaryIO, head: bytes) -> list[str]:
    """Return the first names in a zip; by its first members when the directory at the end is lost."""
    try:
        listed = list(islice(entries(stream, find(stream)), _ENOUGH))
    except (ExtractionError, *MALFORMED):
        raw = re.findall(rb"PK\x03\x04.{26}([!-~]{1,80})", head, re.DOTALL)
        return [name.decode("latin-1") for name in raw]
    return [entry.raw_name.decode("utf-8", errors="replace") for entry in listed]


def packed_kind(head: bytes) -> str | None:
    """Return the kind of an archive that has no fixed first bytes, None when it is none."""
    if is_tar(head):
        return "tar"
    # lzma alone: common properties, a window that is a power of two (or one and a half), a size or none
    if head.startswith(b"\x5d\x00\x00") and len(head) > 18:
        window, size = int.from_bytes(head[1:5], "little"), head[5:13]
        round_window = window & (window - 1) == 0 or (window * 2 // 3) & (window * 2 // 3 - 1) == 0
        if round_window and (size == b"\xff" * 8 or not any(size[5:])) and not head[13]:
            return "lzma"
    return None


def packed_in_program(stream: BinaryIO) -> str | None:
    """Return the kind of the archive at the end of a program, None when it has none."""
    try:
        directory = find(stream)
        if directory.members:
            return "zip"
    except (ExtractionError, *MALFORMED):
        pass
    stream.seek(0)
    program = stream.read(_PROGRAM)
    places = [(program.find(magic), kind) for magic, kind in _INSIDE]
    return next((kind for place, kind in places if place > 0), None)
