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


def _steps(control: int) -> tuple[int, ...]:
    """Return what a control byte announces: how many literals stand together, 0 for a reference."""
    steps: list[int] = []
    for bit in range(8):
        if control >> bit & 1:
            steps.append(0)
        elif steps and steps[-1]:
            steps[-1] += 1
        else:
            steps.append(1)
    return tuple(steps)


_STEPS = tuple(map(_steps, range(256)))


def _unpacked(content: bytes) -> bytes:
    out = bytearray(b" " * (_WINDOW - len(_KNOWN)) + _KNOWN)
    shift = len(_KNOWN) - _WINDOW  # from a place in `out` to its place in the window
    position, end, here = 0, len(content), _WINDOW
    while position < end:
        steps = _STEPS[content[position]]
        position += 1
        for step in steps:
            if step:
                out += content[position : position + step]
                position += step
                here += step
                continue
            if position + 2 > end:
                return bytes(out[_WINDOW:])
            token = content[position] << 8 | content[position + 1]
            position += 2
            back = (here + shift - (token >> 4)) & 0xFFF
            if not back:  # a reference to where writing stands ends it
                return bytes(out[_WINDOW:])
            count = (token & 15) + 2
            start = here - back
            if back >= count:
                out += out[start : start + count]
            else:
                out += (out[start:] * (count // back + 1))[:count]
            here += count
    return bytes(out[_WINDOW:])
