"""Ichitaro documents (一太郎 .jtd, .jtt, .jttc): text as public work knows it (OpenJTD, RFC 0003).

A text is big-endian units. Controls stand between 0x001C and 0x001F; a visible piece of a line (the base of
furigana, a filled-in field) between 0x001D and 0x001E, its reading in a second piece of another sort.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.compound import Compound, label, objects, properties
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.text_runs import wide_runs
from scanners.model import Gap, Reason, TextSegment

_MAGIC, _BLOCK = b"SsmgV.01", b"TextV.01"
_PLACES = {
    "DocumentText": "body",
    "LayoutBoxText": "layout boxes",
    "Footnote": "footnotes",
    "FootnoteText": "footnotes",
    "Header": "header",
    "Footer": "footer",
    "HeaderFooterText": "headers and footers",
}
_COMPRESSED = "JSCompDocument"
_CONTROL = re.compile(
    "\x1c\x01\x07\x00(?P<second>[\x00\x01])(?P<sort>.)\x1d(?P<piece>[^\x1d\x1e]{0,256})\x1e\x05?(?:\x00\x01\x1f)?"
    "|\x1c(?P<head>.)(?P<size>.)(?P<rest>[^\x1f]{0,400})\x1f"
    "|(?P<other>[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f])",
    re.DOTALL,
)
_BREAKS = {"\x0c": "\n", "\x0e": "\n", "\x1c": "\t"}


def _units(data: bytes) -> str:
    return data[: len(data) & ~1].decode("utf-16-be", "replace")


def _text(units: str, furigana: list[str]) -> str:
    """Return the lines of a block; readings go to `furigana`."""

    def taken(match: re.Match[str]) -> str:
        piece = match["piece"]
        if piece is not None:
            if match["second"] == "\x00":
                return _CONTROL.sub("", piece)
            furigana.append(_CONTROL.sub("", piece))
            return ""
        if match["other"] is not None:
            return _BREAKS.get(match["other"], "")
        return ""

    return _CONTROL.sub(taken, units).replace("\r", "\n")


def blocks(data: bytes) -> list[str]:
    """Return the texts of a stream by its own blocks, or all behind its head where it names none."""
    found = []
    position = data.find(_BLOCK)
    while position >= 0:
        size = int.from_bytes(data[position + 8 : position + 12], "big")
        start = position + 12
        found.append(_units(data[start : start + 2 * size]))
        position = data.find(_BLOCK, min(start + 2 * size, len(data)))
    if not found and data.startswith(_MAGIC):
        whole = _units(data[8:])
        begins = whole.find("\x1f")
        found.append(whole[begins + 1 :] if begins >= 0 else whole)
    return found


class Ichitaro:
    """Body, boxes and notes where they are known; all else by runs of text."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the texts, properties and embedded objects."""
        compound = Compound(stream, budget)
        packed = compound.find(_COMPRESSED)
        if packed:
            yield from self._packed(compound.read(*packed))
        read = 0
        for path in compound.paths:
            place = _PLACES.get(path[-1])
            if place is None:
                continue
            furigana: list[str] = []
            lines = "\n".join(_text(block, furigana) for block in blocks(compound.read(*path)))
            read += bool(lines.strip())
            if lines.strip():
                yield TextSegment(lines, place)
            if furigana:
                yield TextSegment("\n".join(furigana), f"{place}, furigana")
        yield from properties(compound)
        for pool in ("ObjectPool", "EmbedItems", "Embedded"):
            yield from objects(compound, pool)
        if not read and not packed:
            yield from self._runs(compound)
        yield from compound.short

    def _packed(self, data: bytes) -> Iterator[Extracted]:
        """Yield the document inside a compressed template: an LHA member behind its mark."""
        begins = data.find(b"-lh")
        if begins < 2:
            raise ExtractionError(Gap(Reason.UNSUPPORTED, "Ichitaro: compressed in an unknown way"))
        content = data[begins - 2 :]
        yield Member("document.lzh", io.BytesIO(content), len(content))

    def _runs(self, compound: Compound) -> Iterator[Extracted]:
        """Yield what can be seen in the document of a version that names its streams in another way."""
        seen = []
        for path in compound.paths:
            if "\x05" not in path[-1]:
                runs = [run for run in wide_runs(compound.read(*path), "be") if len(run) > 3]
                if runs:
                    seen.append(label(path))
                    yield TextSegment("\n".join(runs), label(path))
        yield Gap(Reason.UNSUPPORTED, f"Ichitaro: no document text; runs of text in {len(seen)} streams")
