"""Signed messages (CMS, RFC 5652: smime.p7m): the mail inside the signature; envelopes are told apart."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget, Extracted, Member, size_of
from scanners.model import Gap, Reason

_IDENTIFIER = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"  # 1.2.840.113549.1.7.x
_SIGNED = 2
_KINDS = {2: "cms", 3: "cms-encrypted", 4: "cms-encrypted", 6: "cms-encrypted"}
_LARGEST = 256 << 20
_DEEPEST = 12


def cms_kind(head: bytes) -> str | None:
    """Return "cms" for signed content, "cms-encrypted" for enveloped; None for anything else."""
    if head[:1] != b"\x30":
        return None
    place = head.find(_IDENTIFIER, 2, 16)
    return _KINDS.get(head[place + len(_IDENTIFIER)]) if place > 0 and len(head) > place + 11 else None


def _element(data: bytes, position: int, end: int) -> tuple[int, int, int, int]:
    """Return tag, where the content begins and ends, and where the next element begins (BER)."""
    tag, length = data[position], data[position + 1]
    start = position + 2
    if length == 0x80:  # until two zero bytes
        stop = start
        while data[stop : stop + 2] != b"\x00\x00":
            if stop >= end:
                raise ValueError("no end of contents")
            stop = _element(data, stop, end)[3]
        return tag, start, stop, stop + 2
    if length & 0x80:
        count = length & 0x7F
        length = int.from_bytes(data[start : start + count], "big")
        start += count
    if start + length > end:
        raise ValueError("longer than its frame")
    return tag, start, start + length, start + length


def _parts(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    while start < end:
        tag, begin, stop, start = _element(data, start, end)
        yield tag, begin, stop


def _octets(data: bytes, part: tuple[int, int, int], budget: Budget, depth: int = 0) -> Iterator[bytes]:
    """Yield the pieces of a string of octets; a large mail has thousands of them."""
    tag, start, end = part
    if not tag & 0x20 or depth > _DEEPEST:
        yield data[start:end]
        return
    for number, each in enumerate(_parts(data, start, end)):
        if number % 4096 == 0:
            budget.check_time()
        yield from _octets(data, each, budget, depth + 1)


class SignedMessage:
    """The content of a signature, as a member; a signature without content holds nothing to read."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the signed mail or file."""
        size = size_of(stream)
        if size > _LARGEST:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {_LARGEST} bytes"))
        data = stream.read()
        try:
            _, start, end, _ = _element(data, 0, len(data))
            _, wrapped = islice(_parts(data, start, end), 2)
            _, start, end = next(_parts(data, wrapped[1], wrapped[2]))
            inner = next(part for part in _parts(data, start, end) if part[0] == 0x30)
            held = (part for part in _parts(data, inner[1], inner[2]) if part[0] == 0xA0)
            content = io.BytesIO()  # not joined: a list of the pieces of one byte each would fill the memory
            for each in held:
                for part in _parts(data, each[1], each[2]):
                    content.writelines(_octets(data, part, budget))
        except (IndexError, ValueError, RecursionError, StopIteration) as error:
            raise ExtractionError(Gap(Reason.DAMAGED, f"signature: {type(error).__name__}")) from None
        if size := content.tell():
            budget.member()
            budget.spend(size)
            content.seek(0)
            yield Member("signed content", content, size)
