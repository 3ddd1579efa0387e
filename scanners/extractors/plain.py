"""Plain text, delimited tables and markup: everything whose bytes are text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from scanners.encodings import Decoded, decode, decode_blocks
from scanners.errors import ExtractionError
from scanners.extractors.delimited import dialect_of, table_segments
from scanners.extractors.interface import Budget, Extracted, size_of
from scanners.extractors.markup import visible_text
from scanners.model import Gap, Reason, TextSegment

WHOLE_BYTES = 64 << 20  # larger files are decoded in blocks
SEGMENT_CHARACTERS = 1 << 20
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([A-Za-z0-9_.:-]{3,40})""", re.IGNORECASE)
_DECLARED_WITHIN = 64 << 10  # some pages begin with long scripts
_SEPARATORS = ("\n", "\r", "。", "}", ";", ",", " ")


def _declared(data: bytes) -> str:
    """Return the encoding that a page or an XML file says of itself."""
    found = _DECLARED.search(data, 0, _DECLARED_WITHIN) if data[:64].lstrip()[:1] == b"<" else None
    return found.group(1).decode("ascii") if found else ""


def _whole(stream: BinaryIO) -> Decoded:
    data = stream.read()
    decoded = decode(data, _declared(data))
    if isinstance(decoded, Gap):
        raise ExtractionError(decoded)
    return decoded


def _damage(decoded: Decoded) -> Iterator[Gap]:
    if decoded.damaged:
        yield Gap(Reason.UNDECODABLE, f"{decoded.damaged} characters")


def pieces(text: str, offset: int = 0, location: str = "") -> Iterator[TextSegment]:
    """Yield a text in pieces of about a million characters.

    They are cut after a line end; in an endless line after what is likeliest to stand between values.
    """
    position = 0
    while position < len(text):
        end = position + SEGMENT_CHARACTERS
        if end < len(text):
            ends = (text.rfind(mark, position, end) + 1 for mark in _SEPARATORS)
            end = next((each for each in ends if each > position), end)
        yield TextSegment(text[position:end], location, offset + position)
        position = end


class PlainText:
    """Text, XML and JSON as they stand; offsets are code points of the decoded file."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:  # noqa: ARG002  the protocol's
        """Yield the text; large files in blocks, damaged characters as a gap."""
        if size_of(stream) <= WHOLE_BYTES:
            decoded = _whole(stream)
            yield from pieces(decoded.text)
            yield from _damage(decoded)
            return
        offset = damaged = 0
        for block in decode_blocks(stream):
            if isinstance(block, Gap):
                if offset == 0:
                    raise ExtractionError(block)
                yield block
                return
            yield from pieces(block.text, offset)
            offset += len(block.text)
            damaged += block.damaged
        if damaged:
            yield Gap(Reason.UNDECODABLE, f"{damaged} characters")


class DelimitedText:
    """A csv file as one table; falls back to text where its rows turn out to be none."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield blocks of rows with the place of each cell."""
        if size_of(stream) > 4 * WHOLE_BYTES:
            yield from PlainText().segments(stream, budget)
            return
        decoded = _whole(stream)
        delimiter = dialect_of(decoded.text)
        if delimiter is None:
            yield from pieces(decoded.text)
        else:
            yield from table_segments(decoded.text, delimiter)
        yield from _damage(decoded)


class Html:
    """A web page: what a reader sees, with link targets, without scripts and styles."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the visible text as one passage."""
        if size_of(stream) > WHOLE_BYTES:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {WHOLE_BYTES} bytes"))
        decoded = _whole(stream)
        text = visible_text(decoded.text)
        budget.spend(len(text))
        if text:
            yield TextSegment(text, "html")
        yield from _damage(decoded)
