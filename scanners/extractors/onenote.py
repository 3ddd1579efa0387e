"""OneNote sections (.one, [MS-ONESTORE]): their texts and embedded files, without the layout between them."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget, Extracted, Member, size_of
from scanners.extractors.text_runs import narrow_runs, wide_spans
from scanners.model import Gap, Reason, TextSegment

SECTION = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3")
TABLE_OF_CONTENTS = bytes.fromhex("a12ff143d9ef764c9ee210ea5722765f")
_FILE = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
_LARGEST = 256 << 20
_SEARCHED = 64 << 20  # bytes beside the embedded files in which text is looked for
_FONTS = re.compile(
    r"^(Calibri|Cambria|Times|Segoe|Arial|Microsoft YaHei|Consolas|Verdana|Yu Gothic|Meiryo)\b.{0,12}$"
)
_OWN = re.compile(r"^(PageTitle|PageDateTime|cite|p|h[1-6]|code|blockquote)$|^<(resolutionId|ifndf)\b")


class OneNote:
    """What stands in a section, pages and earlier versions alike; the order is the file's."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the texts once each, embedded files, and always what this reading leaves out."""
        if size_of(stream) > _LARGEST:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {_LARGEST} bytes"))
        data = stream.read()
        budget.spend(len(data))
        files, rest = _split(data)
        texts: dict[str, None] = {}
        whole, rest = len(rest), rest[:_SEARCHED]
        for start, run in wide_spans(rest, shortest=2):
            size = int.from_bytes(rest[start - 4 : start], "little") if start >= 4 else 0
            exact = size in (2 * len(run), 2 * len(run) + 2)  # the format counts the bytes of its texts
            if (exact or len(run) >= 6 or (len(run) >= 4 and run.isascii())) and not _OWN.search(run):
                texts[run.strip()] = None
        for run in narrow_runs(rest, 8):
            texts[run.strip()] = None
        text = "\n".join(each for each in texts if each and not _FONTS.match(each))
        if text:
            yield TextSegment(text, "pages")
        for number, content in enumerate(files, start=1):
            budget.member()
            yield Member(f"file {number}", io.BytesIO(content), len(content))
        told = "OneNote: texts without their pages; handwriting is not read"
        if len(rest) == whole:
            yield Gap(Reason.UNSUPPORTED, told)
        else:
            told, seen = f"{told}; {len(rest)} of {whole} bytes", whole - len(rest)
            yield Gap(Reason.UNSUPPORTED, told, seen=seen, total=whole, unit="bytes")


def _split(data: bytes) -> tuple[list[bytes], bytes]:
    """Return the embedded files, and the section without them."""
    files: list[bytes] = []
    rest: list[bytes] = []
    position = 0
    while (found := data.find(_FILE, position)) >= 0 and found + 36 <= len(data):
        (size,) = struct.unpack_from("<Q", data, found + 16)
        start = found + 36
        if size > len(data) - start:
            rest.append(data[position:start])
            position = start
            continue
        rest.append(data[position:found])
        if size:
            files.append(data[start : start + size])
        position = start + size
    rest.append(data[position:])
    return files, b"\x00\x00".join(rest)
