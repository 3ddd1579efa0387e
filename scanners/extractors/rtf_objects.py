"""Groups of RTF that hold bytes: pictures and embedded objects, in hexadecimal digits or as they are."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator

from scanners.extractors.compound import native
from scanners.extractors.interface import Member
from scanners.extractors.package import MALFORMED
from scanners.model import Gap, Reason

_FRAME = re.compile(rb"\\bin(?P<raw>\d{1,9})[ ]?|\\[^a-zA-Z]|[{}]", re.DOTALL)
_RAW = re.compile(rb"\\bin(?P<raw>\d{1,9})[ ]?")
_HIDING = re.compile(rb"\\(?:bin|[\\{}])")
_NESTED = 40  # groups in each other inside a picture
_INNER = re.compile(rb"\{[^{}]*\}")
_WORDS = re.compile(rb"\\[a-zA-Z]+-?\d*[ ]?|\\\*|\s+")
_PICTURES = {b"\xff\xd8\xff": "jpg", b"\x89PN": "png", b"II*": "tif", b"MM\x00": "tif", b"GIF": "gif"}


def group_end(data: bytes, position: int) -> int:
    """Return where the brace stands that ends the group around a position."""
    depth = 0
    while (end := data.find(b"}", position)) >= 0:
        if data.find(b"\\", position, end) >= 0 and _HIDING.search(data, position, end + 1):
            return _hidden_end(data, position, depth)
        depth += data.count(b"{", position, end)
        if not depth:
            return end
        depth -= 1
        position = end + 1
    return len(data)


def _hidden_end(data: bytes, position: int, depth: int) -> int:
    """Return the same where braces may stand that are none: behind a backslash, among bytes as they are."""
    while match := _FRAME.search(data, position):
        position = match.end()
        mark = match[0]
        if mark == b"{":
            depth += 1
        elif mark == b"}":
            if not depth:
                return match.start()
            depth -= 1
        elif match["raw"]:
            position += int(match["raw"])
    return len(data)


def digits(content: bytes) -> str:
    """Return the hexadecimal digits of a picture or object; what stands in groups inside it is left out."""
    raw = _RAW.search(content)
    if raw:
        return content[raw.end() : raw.end() + int(raw["raw"])].hex()
    if b"{" in content:
        for _ in range(_NESTED):
            content, found = _INNER.subn(b"", content)
            if not found:
                break
    words = content.rfind(b"\\")
    if words >= 0:
        last = _WORDS.match(content, words)
        words = last.end() if last else words
        content = _WORDS.sub(b"", content[:words]) + content[words:]
    return content.translate(None, b" \t\n\r\f\v").decode("latin-1")


def from_digits(text: str) -> bytes:
    """Return the bytes that hexadecimal digits stand for."""
    digits = re.sub(r"[^0-9a-fA-F]", "", text)
    return bytes.fromhex(digits[: len(digits) & ~1])


def picture_kind(data: bytes) -> str | None:
    """Return how a picture's name ends; None for drawings that are no picture of dots."""
    return _PICTURES.get(data[:3])


def picture(data: bytes, name: str) -> Iterator[Member]:
    """Yield a picture."""
    yield Member(name, io.BytesIO(data), len(data))


def embedded_object(data: bytes, name: str) -> Iterator[Member]:
    """Yield the packed file or compound file in an object's data ([MS-OLEDS] 2.2.5); a link holds none."""
    try:
        _, form = struct.unpack_from("<II", data)
        if form != 2:
            return  # a link: its target is another file
        position, names = 8, []
        for _ in range(3):
            (length,) = struct.unpack_from("<I", data, position)
            names.append(data[position + 4 : position + 4 + length].rstrip(b"\x00"))
            position += 4 + length
        (size,) = struct.unpack_from("<I", data, position)
        content = data[position + 4 : position + 4 + size]
        if names[0] == b"Package":
            yield native(struct.pack("<I", len(content)) + content, name)
        elif content:
            member = Member(name, io.BytesIO(content), len(content))
            short = Gap(Reason.DAMAGED, f"{len(content)} of {size} bytes")
            yield member if len(content) == size else member.without(short)
    except MALFORMED as error:
        yield Member(name, None, len(data), gap=Gap(Reason.DAMAGED, type(error).__name__))
