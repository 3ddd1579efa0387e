"""Rich text as Outlook packs it ([MS-OXRTFCP]): literals, and references into the last 4,096 bytes."""

from __future__ import annotations

import struct
import zlib

_COMPRESSED, _STORED = b"LZFu", b"MELA"
_HEADER = struct.Struct("<II4sI")
_KNOWN = (  # what both sides begin with
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    b"MS Sans SerifSymbolArialTimes New RomanCourier"
    rb"{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4096


def rich_text(data: bytes) -> tuple[bytes, bool]:
    """Return the rich text and whether it is whole; raises `ValueError` when it is packed in no known way."""
    if len(data) < _HEADER.size:
        raise ValueError("no header")
    packed, size, form, checksum = _HEADER.unpack_from(data)
    content = data[_HEADER.size : max(_HEADER.size, packed + 4)]
    if form == _STORED:
        return content[:size], len(content) >= size
    if form != _COMPRESSED:
        raise ValueError("form")
    # the checksum is CRC-32 that begins at 0 and is not inverted at its end
    return _unpacked(content), zlib.crc32(content, 0xFFFFFFFF) ^ 0xFFFFFFFF == checksum


def _unpacked(content: bytes) -> bytes:
    out = bytearray(b" " * (_WINDOW - len(_KNOWN)) + _KNOWN)
    shift = len(_KNOWN) - _WINDOW  # from a place in `out` to its place in the window
    position, end = 0, len(content)
    while position < end:
        control = content[position]
        position += 1
        if not control:
            out += content[position : position + 8]
            position += 8
            continue
        for bit in (1, 2, 4, 8, 16, 32, 64, 128):
            if not control & bit:
                out += content[position : position + 1]
                position += 1
                continue
            if position + 2 > end:
                return bytes(out[_WINDOW:])
            high, low = content[position], content[position + 1]
            position += 2
            here = len(out)
            back = (here + shift - (high << 4 | low >> 4)) & 0xFFF
            if not back:  # a reference to where writing stands ends it
                return bytes(out[_WINDOW:])
            count = (low & 15) + 2
            start = here - back
            if back >= count:
                out += out[start : start + count]
            else:
                out += (out[start:] * (count // back + 1))[:count]
    return bytes(out[_WINDOW:])
