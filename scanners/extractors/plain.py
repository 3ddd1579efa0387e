"""Plain text and delimited tables: everything whose bytes are text and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from scanners.encodings import Decoded, decode, decode_blocks
from scanners.errors import ExtractionError
from scanners.extractors.delimited import (
    dialect_of,
    quote_of,
    records_of_blocks,
    segments_of,
    table_segments,
)
from scanners.extractors.interface import Budget, Extracted, size_of
from scanners.model import Gap, Reason, TableSegment, TextSegment

WHOLE_BYTES = 64 << 20  # larger files are decoded in blocks
SEGMENT_CHARACTERS = 1 << 20
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([A-Za-z0-9_.:-]{3,40})""", re.IGNORECASE)
_DECLARED_WITHIN = 64 << 10  # some pages begin with long scripts
_CHANGE = re.compile(r"[ -~](?=[^ -~])|[^ -~](?=[ -~])")
_LOOKED_BACK = 1_000
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
    for piece in parted(text, SEGMENT_CHARACTERS, _SEPARATORS):
        yield TextSegment(piece, location, offset + position)
        position += len(piece)


def parted(text: str, size: int, marks: Iterable[str]) -> Iterator[str]:
    """Yield a text in parts that end behind the first of these marks found, or where scripts change."""
    position = 0
    while position < len(text):
        end = position + size
        if end < len(text):
            ends = ((text.rfind(mark, position, end), len(mark)) for mark in marks)
            end = next((found + length for found, length in ends if found >= 0), 0) or _change(text, end)
        yield text[position:end]
        position = end


def _change(text: str, end: int) -> int:
    """Return the last place before `end` where Japanese begins or ends: a name is seldom cut there."""
    first = end - _LOOKED_BACK
    changes = [first + found.end() for found in _CHANGE.finditer(text[first:end])]
    return changes[-1] if changes else end


def lines_in(text: str) -> int:
    """Return how many lines end in a text, whichever character ends them."""
    return text.count("\n") or text.count("\r")


class PlainText:
    """Text and JSON as they stand; offsets are code points of the decoded file."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the text; large files in blocks, damaged characters as a gap."""
        if size_of(stream) <= WHOLE_BYTES:
            decoded = _whole(stream)
            for piece in pieces(decoded.text):
                budget.reached((piece.offset or 0) + len(piece.text), len(decoded.text), "characters")
                yield piece
            yield from _damage(decoded)
            return
        offset = damaged = 0
        size = size_of(stream)
        for block in decode_blocks(stream):
            if isinstance(block, Gap):
                if offset == 0:
                    raise ExtractionError(block)
                yield block
                return
            budget.reached(stream.tell(), size, "bytes")
            yield from pieces(block.text, offset)
            offset += len(block.text)
            damaged += block.damaged
        if damaged:
            yield Gap(Reason.UNDECODABLE, f"{damaged} characters")


def _large(stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
    """Yield a large table block by block; where the first block is no table, the text."""
    blocks = decode_blocks(stream)
    first = next(blocks, None)
    delimiter = dialect_of(first.text) if isinstance(first, Decoded) else None
    if first is None or isinstance(first, Gap) or delimiter is None:
        stream.seek(0)
        yield from PlainText().segments(stream, budget)
        return
    quote, noted = quote_of(first.text, delimiter), _Noted()
    texts = noted.texts(chain((first,), blocks))
    yield from segments_of(records_of_blocks(texts, quote, delimiter), delimiter, quote)
    yield from noted.gaps()


@dataclass(slots=True)
class _Noted:
    """What was wrong with blocks that have passed by."""

    damaged: int = 0
    ended: Gap | None = None

    def texts(self, blocks: Iterable[Decoded | Gap]) -> Iterator[str]:
        """Yield the texts of the blocks up to one that cannot be decoded."""
        for block in blocks:
            if isinstance(block, Gap):
                self.ended = block
                return
            self.damaged += block.damaged
            yield block.text

    def gaps(self) -> Iterator[Gap]:
        """Yield what was noted."""
        if self.ended is not None:
            yield self.ended
        if self.damaged:
            yield Gap(Reason.UNDECODABLE, f"{self.damaged} characters")


class DelimitedText:
    """A csv file as one table; falls back to text where its rows turn out to be none."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield blocks of rows with the place of each cell."""
        if size_of(stream) > WHOLE_BYTES:
            yield from _large(stream, budget)
            return
        decoded = _whole(stream)
        delimiter = dialect_of(decoded.text)
        if delimiter is None:
            yield from pieces(decoded.text)
        else:
            for part in table_segments(decoded.text, delimiter):
                if isinstance(part, TableSegment) and part.span is not None and part.rows:
                    end = part.span(len(part.rows) - 1, 0)[1]
                    budget.reached(end, len(decoded.text), "characters")
                yield part
        yield from _damage(decoded)
