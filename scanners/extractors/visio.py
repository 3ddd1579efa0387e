"""Visio drawings: .vsdx by their pages, .vsd by the texts in their streams."""

from __future__ import annotations

import contextlib
import re
import struct
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from lxml import etree

from scanners.errors import ExtractionError
from scanners.extractors.compound import Compound, embedded, properties
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.markup import local_name, release, xml_events
from scanners.extractors.package import content, member_name, open_package, opened, translated
from scanners.extractors.part_names import told as named_part
from scanners.extractors.text_runs import narrow_runs, wide_runs
from scanners.model import Gap, Reason, TextSegment

_PAGES = re.compile(r"visio/(pages/page|masters/master)(\d+)\.xml$")
_LOOSE = re.compile(r"(visio/(comments|solutions/\w+)|docProps/(core|app|custom))\.xml$")
_LINKS = re.compile(r"visio/.*_rels/[^/]+\.rels$")
_FILES = re.compile(r"visio/(embeddings|media)/.+", re.IGNORECASE)
_TOLD = frozenset({"Value", "Prompt", "Label", "Address", "SubAddress", "Description", "ExtraInfo"})
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SECTIONS = frozenset({"Property", "Hyperlink", "User", "Comments"})
_NUMBER = re.compile(r"[-+0-9.eE]*|[A-Z0-9_]{1,3}|VT\d\(.*\)")
_SHORT = re.compile(r"[-+0-9.eE]{0,3}|VT\d\(.*\)")
_PAGE_ID = re.compile(r"page(\d+)\.xml$", re.IGNORECASE)


class VisioDrawing:
    """Shapes' texts, their data, links, comments and embedded files."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the parts in the package's order."""
        archive = open_package(stream, budget)
        names = self._names(archive, budget)
        for info in archive.infolist():
            try:
                with translated():
                    yield from self._part(archive, info, names, budget)
            except ExtractionError as error:
                if error.gap.reason in (Reason.EXPANDS_TOO_FAR, Reason.ENCRYPTED):
                    raise
                yield replace(
                    error.gap, detail=f"{named_part(info.filename)}: {error.gap.detail}".rstrip(": ")
                )

    def _names(self, archive: zipfile.ZipFile, budget: Budget) -> dict[int, str]:
        """Return the names of pages by the numbers of their parts, in the order of the drawing."""
        named: dict[str, str] = {}
        with (
            contextlib.suppress(KeyError, ExtractionError, etree.LxmlError),
            opened(archive, archive.getinfo("visio/pages/pages.xml")) as part,
        ):
            shown, linked = "", False
            for event, element in xml_events(part, budget):
                if event == "start" and local_name(element) == "Page":
                    shown, linked = element.get("Name") or element.get("NameU") or "", False
                elif event == "end" and local_name(element) == "Rel":
                    named[element.get(_ID, "")] = shown
                    linked = True
                elif event == "end" and local_name(element) == "Page" and not linked:
                    named[f"\0{len(named)}"] = shown
        parts: dict[str, int] = {}
        with (
            contextlib.suppress(KeyError, ExtractionError, etree.LxmlError),
            opened(archive, archive.getinfo("visio/pages/_rels/pages.xml.rels")) as part,
        ):
            for event, element in xml_events(part, budget):
                number = _PAGE_ID.search(element.get("Target", "")) if event == "end" else None
                if number is not None:
                    parts[element.get("Id", "")] = int(number[1])
        return {parts.get(each, -index): shown for index, (each, shown) in enumerate(named.items())}

    def _part(
        self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, names: dict[int, str], budget: Budget
    ) -> Iterator[Extracted]:
        name = info.filename
        if _FILES.match(name):
            held = content(archive, info, budget)
            yield Member(member_name(info).rpartition("/")[2], held, info.file_size)
            return
        page = _PAGES.match(name)
        with opened(archive, info) as part:
            if page:
                number = int(page[2])
                sort = "page" if page[1].startswith("pages") else "master"
                shown = names.get(number, "") if sort == "page" else ""
                yield from self._page(part, f"{sort} {number}{f' {shown}' if shown else ''}", budget)
            elif name == "visio/pages/pages.xml":
                if names:
                    yield TextSegment("\n".join(filter(None, names.values())), "names of pages")
            elif _LOOSE.match(name) or _LINKS.match(name):
                out = [
                    text
                    for event, element in xml_events(part, budget)
                    if event == "end"
                    for text in _loose(element)
                ]
                if out:
                    yield TextSegment("\n".join(out), name)

    def _page(self, part: BinaryIO, place: str, budget: Budget) -> Iterator[Extracted]:
        texts: list[str] = []
        data = _Data()
        for event, element in xml_events(part, budget):
            tag = local_name(element)
            data.take(event, tag, element)
            if event == "end" and tag == "Text":
                texts.append("".join(map(str, element.itertext())).strip())
            elif event == "end" and tag == "Shape":
                release(element)
        for lines, where in ((texts, place), (list(data.told), f"{place}, data and links of shapes")):
            text = "\n".join(line for line in lines if line)
            if text:
                yield TextSegment(text, where)


class _Data:
    """What shapes say beside their text: fields with their labels, links, comments."""

    def __init__(self) -> None:
        self.told: dict[str, None] = {}
        self._sections: list[str] = []
        self._label = self._value = ""

    def take(self, event: str, tag: str, element: etree._Element) -> None:
        """Take one event of a page."""
        if tag == "Section":
            if event == "start":
                self._sections.append(element.get("N", ""))
            elif self._sections:
                self._sections.pop()
        elif event == "end" and self._sections and self._sections[-1] in _SECTIONS:
            field = self._sections[-1] == "Property"
            if tag == "Cell":
                self._cell(element, field=field)
            elif tag == "Row" and field:
                self._say(": ".join(filter(None, (self._label, self._value))))
                self._label = self._value = ""

    def _cell(self, cell: etree._Element, *, field: bool) -> None:
        given, name = cell.get("V", ""), cell.get("N")
        if field and name == "Label":
            self._label = given
        elif field and name == "Value":
            if cell.get("U") == "STR" or not _SHORT.fullmatch(given):
                self._value = given
        elif name in _TOLD and not _NUMBER.fullmatch(given):
            self._say(given)

    def _say(self, text: str) -> None:
        if text:
            self.told[text.removeprefix("mailto:")] = None


def _loose(element: etree._Element) -> Iterator[str]:
    if element.get("TargetMode") == "External":
        yield element.get("Target", "").removeprefix("mailto:")
    if element.text and element.text.strip():
        yield element.text
    if local_name(element) == "AuthorEntry":
        yield f"Author: {element.get('Name', '')}"


class BinaryVisio:
    """Texts of a .vsd: its streams unpacked, runs of text taken; always marked as what it is."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the texts once each, properties and embedded objects."""
        compound = Compound(stream, budget)
        data = compound.read("VisioDocument")
        texts: dict[str, None] = {}
        for piece in _streams(data, budget):
            for run in (*wide_runs(piece), *(narrow_runs(piece) if data[0x1A:0x1B] < b"\x0b" else ())):
                texts[run.strip()] = None
        text = "\n".join(each for each in texts if len(each) > 1)
        if text:
            yield TextSegment(text, "texts of the drawing")
        yield from properties(compound)
        for storage in compound.children():
            yield from embedded(compound, storage)
        yield from compound.short
        yield Gap(Reason.UNSUPPORTED, "Visio before 2013: texts without their pages and shapes")


def _streams(data: bytes, budget: Budget) -> Iterator[bytes]:
    """Yield the streams that the trailer's pointers lead to; the raw document where there are none."""
    old = data[0x1A:0x1B] < b"\x06"
    seen: set[int] = set()
    stack: list[tuple[int, int, int]] = []
    with contextlib.suppress(struct.error):
        stack.append(_pointer(data, 0x24, old=old))
    read = 0
    while stack and len(seen) < 100_000:
        offset, length, form = stack.pop()
        if offset in seen or not 0 < length <= len(data) - offset:
            continue
        seen.add(offset)
        raw = data[offset : offset + length]
        piece = _unpacked(raw, budget) if form & 2 else raw
        read += 1
        yield piece
        if form >> 4 == 5 or len(seen) == 1:
            head = 4 if form & 2 else 0
            stack += _children(piece[head:], old=old)
    if read < 2:
        yield data


def _pointer(data: bytes, position: int, *, old: bool) -> tuple[int, int, int]:
    if old:
        _, form, _, offset, length = struct.unpack_from("<HHIII", data, position)
        return offset, length, form & 0xFF
    _, _, offset, length, form = struct.unpack_from("<IIIIH", data, position)
    return offset, length, form


def _children(piece: bytes, *, old: bool) -> list[tuple[int, int, int]]:
    size = 16 if old else 18
    try:
        (place,) = struct.unpack_from("<I", piece)
        (count,) = struct.unpack_from("<H" if old else "<I", piece, place)
        start = place + (2 if old else 8)
        return [_pointer(piece, start + size * index, old=old) for index in range(min(count, 100_000))]
    except struct.error:
        return []


def _unpacked(data: bytes, budget: Budget) -> bytes:
    """Undo Visio's compression: flags of eight, bytes as they are or copies from a window of 4,096."""
    out, window, place = bytearray(), bytearray(4096), 0
    position, end = 0, len(data)
    while position < end:
        flags = data[position]
        position += 1
        for bit in range(8):
            if position >= end:
                break
            if flags >> bit & 1:
                copied = bytes((data[position],))
                position += 1
            else:
                if position + 1 >= end:
                    position = end
                    break
                low, high = data[position], data[position + 1]
                position += 2
                begin = low | (high & 0xF0) << 4
                begin = begin - 4078 if begin > 4078 else begin + 18
                copied = bytes(window[(begin + step) & 4095] for step in range((high & 0x0F) + 3))
            for byte in copied:
                window[place & 4095] = byte
                place += 1
            out += copied
    budget.spend(len(out))
    return bytes(out)
