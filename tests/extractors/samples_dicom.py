"""Synthetic DICOM files, written element by element so that they may be wrong in any way."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable

LONG = frozenset({b"OB", b"OW", b"SQ", b"UN", b"UT", b"UC", b"UR"})
EXPLICIT, IMPLICIT, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99"
KANJI = "ISO 2022 IR 87"
Element = tuple[int, str, bytes]


def element(tag: int, vr: str, value: bytes, *, implicit: bool = False) -> bytes:
    """Return one element in little endian, its value padded to even length."""
    if len(value) % 2:
        value += b"\0" if vr in ("UI", "OB", "UN") else b" "
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF)
    if implicit:
        return head + struct.pack("<I", len(value)) + value
    kind = vr.encode()
    if kind in LONG:
        return head + kind + b"\0\0" + struct.pack("<I", len(value)) + value
    return head + kind + struct.pack("<H", len(value)) + value


def elements(given: Iterable[Element], *, implicit: bool = False) -> bytes:
    """Return several elements in the order of their tags."""
    return b"".join(element(*each, implicit=implicit) for each in sorted(given))


def sequence(*items: bytes) -> bytes:
    """Return the value of a sequence of items of known length."""
    return b"".join(b"\xfe\xff\x00\xe0" + struct.pack("<I", len(item)) + item for item in items)


def dicom_file(given: Iterable[Element], *, syntax: str = EXPLICIT, preamble: bool = True) -> bytes:
    """Return a file of these elements."""
    body = elements(given, implicit=syntax == IMPLICIT)
    if not preamble:
        return body
    if syntax == DEFLATED:
        engine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        body = engine.compress(body) + engine.flush()
    meta = elements([(0x00020001, "OB", b"\0\1"), (0x00020010, "UI", syntax.encode())])
    return bytes(128) + b"DICM" + element(0x00020000, "UL", struct.pack("<I", len(meta))) + meta + body


PATIENT: tuple[Element, ...] = (
    (0x00080005, "CS", b"\\" + KANJI.encode()),
    (0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.2"),
    (0x00080050, "SH", b"20260401001"),
    (0x00080060, "CS", b"CT"),
    (0x00080090, "PN", b"Takagi^Osamu"),
    (0x00081030, "LO", b"CHEST"),
    (0x00100010, "PN", b"Kakuu^Tarou=" + "架空".encode("iso2022_jp") + b"^" + "太郎".encode("iso2022_jp")
     + b"=" + "かくう".encode("iso2022_jp") + b"^" + "たろう".encode("iso2022_jp")),
    (0x00100020, "LO", b"00123456"),
    (0x00100030, "DA", b"19800102"),
    (0x00100040, "CS", b"M"),
    (0x00101040, "LO", "東京都架空区1-2-3".encode("iso2022_jp")),
    (0x00102154, "SH", b"03-0000-1234"),
    (0x00104000, "LT", "架空次郎の紹介".encode("iso2022_jp")),
)  # fmt: skip


def dicom_image() -> bytes:
    """Return a small image of one patient."""
    shape = (
        (0x00280002, "US", struct.pack("<H", 1)),
        (0x00280010, "US", struct.pack("<H", 2)),
        (0x00280011, "US", struct.pack("<H", 2)),
        (0x00280100, "US", struct.pack("<H", 8)),
        (0x00280301, "CS", b"NO"),
        (0x7FE00010, "OB", b"\0\1\2\3"),
    )
    return dicom_file((*PATIENT, *shape))
