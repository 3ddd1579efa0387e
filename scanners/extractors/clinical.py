"""What the readers of clinical records share: numbered lines in bounded memory, and fields with a meaning."""

from __future__ import annotations

import base64
import binascii
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from scanners.encodings import decode_blocks
from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget, Member
from scanners.model import Category, Gap, Reason, RecordField, RecordSegment

BLOCK_FIELDS = 2_000  # fields of one record that are held; a longer one arrives in blocks
LINE_CHARACTERS = 1 << 20  # a longer line arrives in pieces
_DECODED_BYTES = 1 << 20

NUMBER = r"\d(?:[-() ]{0,2}\d){6}"
"""Seven digits, in groups or not: what a telephone or an own number has at least."""
TELLING = re.compile(rf"[^\x00-\x7f]|{NUMBER}|@|[A-Za-z]{{2}}[ ,][A-Za-z]")
"""What is more than a code: words, and numbers that may be somebody's."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a format says of one of its fields."""

    name: str  # Japanese and English: "氏名 patient name"
    category: Category | None = None  # None: free text
    subject: bool = True
    label: str = ""
    staff: bool = False  # who treated, examined or typed


@dataclass(slots=True)
class Damage:
    """How many characters of a text had no meaning in its encoding."""

    characters: int = 0
    end: Gap | None = None  # why the text could not be decoded to its end

    def gaps(self) -> Iterator[Gap]:
        """Yield the gaps of what was damaged, if anything was."""
        if self.end is not None:
            yield self.end
        if self.characters:
            yield Gap(Reason.UNDECODABLE, f"{self.characters} characters")


def numbered_lines(stream: BinaryIO, damage: Damage) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text of any size with their numbers, without their ends.

    LF, CRLF and, where there is no LF at all, CR end a line. Raises `ExtractionError` where nothing can be
    decoded; where the decoding ends early, `damage` tells so.
    """
    number, carry, ending = 0, "", ""
    stream.seek(0)
    for block in decode_blocks(stream, _DECODED_BYTES):
        if isinstance(block, Gap):
            if not number and not carry:
                raise ExtractionError(block)
            damage.end = block
            break
        damage.characters += block.damaged
        text = carry + block.text
        if not ending:
            ending = "\n" if "\n" in text or "\r" not in text else "\r"
        *lines, carry = text.split(ending)
        for line in lines:
            number += 1
            yield number, line.removesuffix("\r")
        while len(carry) > LINE_CHARACTERS:
            yield number + 1, carry[:LINE_CHARACTERS]
            carry = carry[LINE_CHARACTERS:]
    if carry.strip("\r\n\x1a"):
        yield number + 1, carry.removesuffix("\r")


@dataclass(slots=True)
class Gathered:
    """A record while it is read: its fields come out in blocks of bounded size.

    Only the first block holds what the person is known by; the rest tells what happened to them.
    """

    title: str
    clinical: bool = True
    fields: list[RecordField] = field(default_factory=list)

    @property
    def is_full(self) -> bool:
        """True when a block should be taken."""
        return len(self.fields) >= BLOCK_FIELDS

    def take(self) -> Iterator[RecordSegment]:
        """Yield what was gathered, if anything, and begin anew."""
        if self.fields:
            yield RecordSegment(self.title, tuple(self.fields), self.clinical)
            self.fields = []


def attachment(name: str, encoded: str, budget: Budget, *, hexadecimal: bool = False) -> Member:
    """Return what stands in a record in base64 or hexadecimal digits as a member; else a gap of its own."""
    budget.member()
    written = "".join(encoded.split())
    try:
        data = bytes.fromhex(written) if hexadecimal else base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        told = "hexadecimal" if hexadecimal else "base64"
        return Member(name, None, len(encoded), gap=Gap(Reason.DAMAGED, told))
    budget.spend(len(data))
    return Member(name, io.BytesIO(data), len(data))
