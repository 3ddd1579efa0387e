"""Fonts that a PDF names and does not hold: their characters stand in the file, only their outlines do not.

pdfium would look for them among the machine's and read one for each document, 20 MB for a Japanese one; where
a machine has none it loses lines that run downwards, whose letters have no size then. Text needs the sizes
alone, so that every such font is one of a few hundred bytes here: each of its letters is as large as its
square and all but empty. What is read does not depend on which fonts a machine has.
"""

from __future__ import annotations

import ctypes
import struct
from functools import cache

import pypdfium2.raw as pdfium

_JAPANESE, _KOREAN, _CHINESE = 128, 129, (134, 136)  # character sets as Windows counts them
_WITHOUT_OUTLINES = frozenset({_JAPANESE, _KOREAN, *_CHINESE})
_EM, _ABOVE, _BELOW = 1000, 880, -120
_DOT = 2  # units: too small to be seen


def _outline() -> bytes:
    """Return a letter of two dots in opposite corners of its square, so that its box is the square."""
    corners = ((0, _BELOW), (_EM - _DOT, _ABOVE - _DOT))
    points = [(x + dx, y + dy) for x, y in corners for dx, dy in ((0, 0), (0, _DOT), (_DOT, _DOT))]
    steps = [
        (x - before[0], y - before[1]) for (x, y), before in zip(points, [(0, 0), *points], strict=False)
    ]
    head = struct.pack(">5h", 2, 0, _BELOW, _EM, _ABOVE) + struct.pack(">3H", 2, 5, 0)
    across, up = (struct.pack(f">{len(steps)}h", *axis) for axis in zip(*steps, strict=True))
    return head + b"\x01" * len(points) + across + up


@cache
def _font() -> bytes:
    """Return a TrueType font that draws every character alike."""
    outline = _outline()
    outline += bytes(-len(outline) % 4)
    every = struct.pack(">HHLLLLLL", 13, 0, 28, 0, 1, 0x20, 0x10FFFF, 1)
    tables = {
        b"cmap": struct.pack(">HHHHL", 0, 1, 3, 10, 12) + every,
        b"glyf": outline * 2,
        b"head": struct.pack(
            ">LLLLHHqqhhhhHHhhh",
            *(0x10000, 0x10000, 0, 0x5F0F3CF5, 0, _EM, 0, 0),
            *(0, _BELOW, _EM, _ABOVE, 0, 8, 2, 1, 0),
        ),
        b"hhea": struct.pack(
            ">LhhhHhhhhhhhhhhhH", 0x10000, _ABOVE, _BELOW, 0, _EM, 0, 0, _EM, 1, *[0] * 7, 1
        ),
        b"hmtx": struct.pack(">Hhh", _EM, 0, 0),
        b"loca": struct.pack(">3L", 0, len(outline), 2 * len(outline)),
        b"maxp": struct.pack(">LH13H", 0x10000, 2, 6, 2, 0, 0, 2, *[0] * 8),
    }
    place = 12 + 16 * len(tables)
    directory, content = struct.pack(">LHHHH", 0x10000, len(tables), 64, 2, 48), b""
    for name, table in tables.items():
        directory += name + struct.pack(">LLL", 0, place + len(content), len(table))
        content += table + bytes(-len(table) % 4)
    return directory + content


def _mapped(_info: object, _weight: int, _italic: int, character_set: int, *_rest: object) -> int | None:
    """Return our font for one with a Japanese, Chinese or Korean set; for others pdfium has its own."""
    return 1 if character_set in _WITHOUT_OUTLINES else None


def _data(_info: object, _font_asked: object, table: int, buffer: object, size: int) -> int:
    """Fill a buffer with our font, or tell how large it is; it is no collection and has no single tables."""
    font = _font()
    if table:
        return 0
    if buffer and size >= len(font):
        ctypes.memmove(buffer, font, len(font))  # type: ignore[arg-type]  # a pointer of pdfium's
    return len(font)


@cache
def none_of_the_machine() -> pdfium.FPDF_SYSFONTINFO:
    """Let pdfium take our fonts and its own for those that a file lacks; for the whole process, once."""
    kinds = dict(pdfium.FPDF_SYSFONTINFO._fields_)
    fonts = pdfium.FPDF_SYSFONTINFO(
        version=1, MapFont=kinds["MapFont"](_mapped), GetFontData=kinds["GetFontData"](_data)
    )
    pdfium.FPDF_SetSystemFontInfo(fonts)
    return fonts  # pdfium keeps its address, the cache keeps it
