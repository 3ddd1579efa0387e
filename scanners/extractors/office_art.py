"""Drawings of binary Office files ([MS-ODRAW]): descriptions and lettering as text, pictures as members."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator

from scanners.extractors.interface import Budget, Member

OPTIONS = (0xF00B, 0xF121, 0xF122)
_TEXTS = {0x00C0: "lettering", 0x0381: "description", 0x0382: "link"}  # of a complex property's number
_BLIP = re.compile(
    rb"\xf0(?<=[\x1d\x1e\x29\x2a]\xf0)(?P<size>.{4})(?:.{16}){1,2}?.(?=\xff\xd8\xff|\x89PNG\r\n|II\*\x00|MM\x00\*)",
    re.DOTALL,
)
_KINDS = {0xFF: "jpg", 0x89: "png", 0x49: "tif", 0x4D: "tif"}
_OPTION_RECORD = re.compile(rb"\xf0(?<=[\x0b\x21\x22]\xf0)")
_DEEPEST = 16


def pictures(data: bytes, budget: Budget) -> Iterator[Member]:
    """Yield every JPEG, PNG and TIFF in a stream of drawings, each once."""
    seen: set[bytes] = set()
    for match in _BLIP.finditer(data):
        (size,) = struct.unpack("<I", match["size"])
        start, end = match.end(), match.start() + 5 + size
        identity = data[match.start() + 5 : match.start() + 21]
        if end <= start or end > len(data) + 4 or identity in seen:
            continue
        seen.add(identity)
        budget.member()
        budget.spend(end - start)
        content = data[start:end]
        yield Member(f"picture {len(seen)}.{_KINDS[content[0]]}", io.BytesIO(content), len(content))


def descriptions(data: bytes, *, search: bool = False) -> Iterator[str]:
    """Yield what drawings say beside their text: alternative text, lettering, targets of links."""
    if search:
        for match in _OPTION_RECORD.finditer(data):
            if match.start() >= 3 and data[match.start() - 3] & 0xF == 3:
                yield from option_texts(data, match.start() - 3)
        return
    yield from _walk(data, 0, len(data), 0)


def _walk(data: bytes, position: int, end: int, depth: int) -> Iterator[str]:
    while position + 8 <= end:
        version, kind, size = struct.unpack_from("<HHI", data, position)
        inner = position + 8
        if version & 0xF == 0xF and depth < _DEEPEST:
            yield from _walk(data, inner, min(inner + size, end), depth + 1)
        elif kind in OPTIONS:
            yield from option_texts(data, position)
        elif kind == 0 and not version:
            inner, size = position + 1 - 8 + 8, 0  # the byte between drawings
        position = inner + size


def option_texts(data: bytes, position: int) -> Iterator[str]:
    """Yield the texts of one table of options, whose record begins at `position`."""
    if position + 8 > len(data):
        return
    version, _, size = struct.unpack_from("<HHI", data, position)
    count = version >> 4
    start = position + 8
    if count * 6 > size or start + size > len(data):
        return
    place = start + count * 6
    for index in range(count):
        number, value = struct.unpack_from("<HI", data, start + 6 * index)
        if number & 0x8000:
            if number & 0x3FFF in _TEXTS and 2 < value < 1 << 16:
                text = data[place : place + value].decode("utf-16-le", "replace").strip("\x00")
                if text.strip() and "\ufffd" not in text:
                    yield text
            place += value
