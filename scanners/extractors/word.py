"""Word documents (ECMA-376 WordprocessingML), read part by part without holding the tree.

Body, tables, headers, footers, notes, comments, text boxes, tracked insertions and deletions, alternative
texts, link targets and properties; furigana apart from its base, because a name written
やまだ山田たろう太郎 is found by no one.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from lxml import etree

from scanners.errors import ExtractionError
from scanners.extractors.headings import has_header
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.markup import local_name, release, xml_events
from scanners.extractors.package import content, member_name, open_package, opened, translated
from scanners.model import Gap, Reason, TableSegment, TextSegment

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TEXT_PARTS = re.compile(
    r"word/(document|header\d*|footer\d*|footnotes|endnotes|comments|glossary/document)\d*\.xml$"
)
_LOOSE_PARTS = re.compile(r"(word/(charts/chart|diagrams/data)\d*|docProps/(core|app|custom))\.xml$")
_LINK_PARTS = re.compile(r"word/_rels/[^/]+\.rels$")
_EMBEDDED = re.compile(r"word/embeddings/.+\.(?:docx|xlsx|pptx|pdf|txt|csv|zip|eml)$", re.IGNORECASE)
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_FLUSH_CHARACTERS = 200_000
_TABLE_ROWS = 2_000


@dataclass(slots=True)
class _Aside:
    """Text that stands beside the line it belongs to: furigana, text boxes, deletions, descriptions."""

    pieces: list[str] = field(default_factory=list)

    def taken(self) -> str:
        """Return what has gathered and start anew."""
        text = "\n".join(piece for piece in self.pieces if piece.strip())
        self.pieces = []
        return text


def _line(element: etree._Element, aside: _Aside) -> str:
    """Return the visible text of a paragraph or run."""
    out: list[str] = []
    deleted: list[str] = []
    for child in element:
        name = local_name(child)
        if name == "t":
            out.append(child.text or "")
        elif name in _BREAKS:
            out.append(_BREAKS[name])
        elif name == "delText":
            deleted.append(child.text or "")
        elif name == "instrText":
            aside.pieces.append(child.text or "")
        elif name == "ruby":
            _ruby(child, out, aside)
        elif name == "txbxContent":
            aside.pieces.extend(_line(paragraph, aside) for paragraph in child.iter(f"{_W}p"))
        elif name == "Fallback":
            continue  # the same content again for older programs
        else:
            if name == "docPr" and child.get("descr"):
                aside.pieces.append(child.get("descr", ""))
            out.append(_line(child, aside))
    if deleted:
        aside.pieces.append("".join(deleted))
    return "".join(out)


def _ruby(element: etree._Element, out: list[str], aside: _Aside) -> None:
    for child in element:
        name = local_name(child)
        if name == "rubyBase":
            out.append(_line(child, aside))
        elif name == "rt":
            aside.pieces.append(_line(child, aside))


class _Part:
    """Reads one part: paragraphs gather to passages, tables with a header become tables."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lines: list[str] = []
        self._length = 0
        self._rows: list[tuple[str, ...]] = []
        self._header: tuple[str, ...] | None = None
        self._first_row = 1
        self._tables = 0
        self._aside = _Aside()

    def read(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the part's segments; raises lxml's errors where it is malformed."""
        paragraphs = tables = 0
        for event, element in xml_events(stream, budget):
            name = local_name(element)
            step = 1 if event == "start" else -1
            if name == "p":
                paragraphs += step
                if event == "end" and not paragraphs and not tables:
                    yield from self._paragraph(_line(element, self._aside))
                    release(element)
            elif name == "tbl" and not paragraphs:
                tables += step
                if event == "end" and not tables:
                    yield from self._table_end()
                    release(element)
            elif name == "tr" and event == "end" and tables == 1 and not paragraphs:
                yield from self._row(element)
                release(element)
        yield from self._flush()

    def _paragraph(self, text: str) -> Iterator[Extracted]:
        self._lines.append(text)
        self._length += len(text) + 1
        if self._length > _FLUSH_CHARACTERS:
            yield from self._flush()

    def _flush(self) -> Iterator[Extracted]:
        text = "\n".join(self._lines)
        self._lines, self._length = [], 0
        if text.strip():
            yield TextSegment(text, self._name)
        aside = self._aside.taken()
        if aside:
            yield TextSegment(aside, self._name)

    def _row(self, element: etree._Element) -> Iterator[Extracted]:
        cells = (
            child for child in element.iter(f"{_W}tc") if next(child.iterancestors(f"{_W}tr")) is element
        )
        self._rows.append(
            tuple(
                "\n".join(_line(paragraph, self._aside) for paragraph in cell.iter(f"{_W}p"))
                for cell in cells
            )
        )
        if len(self._rows) >= _TABLE_ROWS:
            yield from self._table_rows()

    def _table_rows(self) -> Iterator[Extracted]:
        rows, self._rows = self._rows, []
        if self._first_row == 1:
            wide = len(rows) >= 3 and len(rows[0]) >= 2 and all(len(row) == len(rows[0]) for row in rows)
            if wide and has_header(rows):
                self._header, rows = rows[0], rows[1:]
                self._first_row = 2
                yield from self._flush()
        if self._header is None:
            # a form: labels and values side by side read best as lines
            for row in rows:
                yield from self._paragraph("\t".join(row))
        elif rows:
            name = f"{self._name} table {self._tables + 1}"
            yield TableSegment(name, self._header, self._first_row, tuple(rows))
        self._first_row += len(rows)

    def _table_end(self) -> Iterator[Extracted]:
        yield from self._table_rows()
        self._header, self._first_row = None, 1
        self._tables += 1


def _loose_text(stream: BinaryIO, budget: Budget) -> str:
    """Return every text of a part whose layout does not matter."""
    out = []
    for event, element in xml_events(stream, budget):
        if event == "end" and element.text and element.text.strip():
            out.append(element.text)
    return "\n".join(out)


def _link_targets(stream: BinaryIO, budget: Budget) -> str:
    out = []
    for event, element in xml_events(stream, budget):
        if event == "end" and element.get("TargetMode") == "External":
            out.append(element.get("Target", "").removeprefix("mailto:").removeprefix("tel:"))
    return "\n".join(out)


class WordDocument:
    """Everything a docx says, and embedded documents as members."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the parts in the package's order; a damaged part is a gap and the next one follows."""
        archive = open_package(stream, budget)
        for info in archive.infolist():
            try:
                with translated(info.filename):
                    yield from self._part(archive, info, budget)
            except ExtractionError as error:
                if error.gap.reason in (Reason.EXPANDS_TOO_FAR, Reason.ENCRYPTED):
                    raise
                yield error.gap
        if "word/document.xml" not in archive.namelist():
            yield Gap(Reason.DAMAGED, "no document part")

    def _part(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> Iterator[Extracted]:
        name = info.filename
        if _EMBEDDED.match(name):
            held = content(archive, info, budget)
            yield Member(member_name(info).rpartition("/")[2], held, info.file_size)
            return
        with opened(archive, info) as stream:
            if _TEXT_PARTS.match(name):
                yield from _Part(name).read(stream, budget)
            elif _LOOSE_PARTS.match(name) or _LINK_PARTS.match(name):
                read = _link_targets if name.endswith(".rels") else _loose_text
                text = read(stream, budget)
                if text:
                    yield TextSegment(text, name)
