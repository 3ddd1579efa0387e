"""PowerPoint 97-2003 presentations ([MS-PPT]): slides, notes, comments, masters, links, objects, pictures."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.compound import Compound, properties
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.office_art import OPTIONS, option_texts, pictures
from scanners.extractors.package import MALFORMED
from scanners.model import Gap, Reason, TextSegment

_DOCUMENT, _SLIDE, _NOTES, _MASTER, _HANDOUT, _OBJECT = 1000, 1006, 1008, 1016, 4041, 4113
_SLIDE_ATOM, _NOTES_ATOM, _SLIDE_PERSIST, _SHOW_INFO = 1007, 1009, 1011, 1017
_LIST, _TEXT, _BYTES, _STRING = 4080, 4000, 4008, 4026
_COMMENT, _LINK, _HEADERS, _EDIT, _DIRECTORY = 12000, 4055, 4057, 4085, 6002
_TAG_BLOB, _TAGS, _BINARY_TAG, _STRING_TAG = 5003, 5000, 5002, 5001
# Fonts, sounds, colours, styles of masters, the store of pictures: nothing that is read
_NO_TEXT = frozenset({1010, 2005, 2020, 1035, 2032, 3999, 4003, 4001, 4002, 5001})
_ENCRYPTED_TOKEN = 0xF3D1C4DF
_DEEPEST = 40
_HIDDEN = 0x4


@dataclass(slots=True)
class _Page:
    """The texts of one slide, its notes, a master or the document."""

    texts: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    hidden: bool = False
    slide: int = 0  # of notes: the id of their slide


@dataclass(slots=True)
class _Outline:
    """The slides in their order, as the document lists them."""

    numbers: dict[int, int] = field(default_factory=dict)  # by persist id
    by_slide_id: dict[int, int] = field(default_factory=dict)
    texts: dict[int, list[str]] = field(default_factory=dict)  # of the outline, by number


class PowerPoint:
    """Everything a presentation says."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield slides in their order with notes and comments, then the rest."""
        compound = Compound(stream, budget)
        user = compound.read("Current User")
        token = int.from_bytes(user[12:16], "little")
        if token == _ENCRYPTED_TOKEN or compound.find("EncryptedSummary"):
            raise ExtractionError(Gap(Reason.ENCRYPTED))
        if compound.find("\x09DRMContent"):
            yield Gap(Reason.ENCRYPTED, "rights management")
        data = compound.read("PowerPoint Document")
        if not data:
            raise ExtractionError(Gap(Reason.UNSUPPORTED, "written by PowerPoint 95 or before"))
        reader = _Reader(data, budget)
        yield from reader.read(_persisted(data, user))
        yield from properties(compound)
        yield from pictures(compound.read("Pictures"), budget)
        yield from compound.short


def _persisted(data: bytes, user: bytes) -> dict[int, int]:
    """Return where the present version of each part lies; empty when the chain of edits is damaged."""
    found: dict[int, int] = {}
    try:
        (offset,) = struct.unpack_from("<I", user, 16)
        seen: set[int] = set()
        while offset and offset not in seen and len(seen) < 10_000:
            seen.add(offset)
            _, kind, _ = struct.unpack_from("<HHI", data, offset)
            if kind != _EDIT:
                return found
            before, directory = struct.unpack_from("<II", data, offset + 16)
            _, _, size = struct.unpack_from("<HHI", data, directory)
            position, end = directory + 8, directory + 8 + size
            while position + 4 <= end:
                (head,) = struct.unpack_from("<I", data, position)
                first, count = head & 0xFFFFF, head >> 20
                places = struct.unpack_from(f"<{count}I", data, position + 4)
                for index, place in enumerate(places):
                    found.setdefault(first + index, place)
                position += 4 + 4 * count
            offset = before
    except struct.error:
        pass
    return found


class _Reader:
    def __init__(self, data: bytes, budget: Budget) -> None:
        self._data = data
        self._budget = budget
        self._outline = _Outline()
        self._seen: set[str] = set()
        self._objects = 0
        self._damaged = 0

    def read(self, persisted: dict[int, int]) -> Iterator[Extracted]:
        tops = list(self._records(0, len(self._data)))
        persist_ids = {place: number for number, place in persisted.items()}
        for start, _, kind, inner, end in tops:
            if kind == _DOCUMENT and (start in persist_ids or not persisted):
                yield from self._document(inner, end)
        pages: list[tuple[int, int, str, _Page]] = []
        masters = 0
        for start, _, kind, inner, end in tops:
            if kind not in (_SLIDE, _NOTES, _MASTER, _HANDOUT):
                continue
            page = _Page()
            self._walk(inner, end, page, 0)
            masters += kind == _MASTER
            pages.append((*self._named(kind, persist_ids.get(start), page, masters), page))
        listed = {number for rank, number, _, _ in pages if rank == 0}
        unlisted = set(self._outline.numbers.values()) - listed
        pages.extend((0, number, f"slide {number}", _Page()) for number in unlisted)
        for rank, number, place, page in sorted(pages, key=lambda each: each[:3]):
            outline = self._outline.texts.pop(number, []) if rank == 0 else []
            yield from self._segments(place, page, outline)
        for _, instance, kind, inner, end in tops:
            if kind == _OBJECT:
                yield from self._object(inner, end, compressed=bool(instance & 1))
        if self._damaged:
            yield Gap(Reason.DAMAGED, f"{self._damaged} records cut short")

    def _named(self, kind: int, persist: int | None, page: _Page, masters: int) -> tuple[int, int, str]:
        if kind == _SLIDE:
            number = self._outline.numbers.get(persist or 0, 0)
            if not number:
                return 3, 0, "slide of an earlier version"
            return 0, number, f"slide {number} (hidden)" if page.hidden else f"slide {number}"
        if kind == _NOTES:
            number = self._outline.by_slide_id.get(page.slide, 0)
            return (1, number, f"slide {number} notes") if number else (2, 0, "notes master")
        return (2, 1, f"master {masters}") if kind == _MASTER else (2, 2, "handout master")

    def _segments(self, place: str, page: _Page, outline: list[str]) -> Iterator[Extracted]:
        for texts, where in (
            ([*outline, *page.texts], place),
            (page.comments, f"{place} comments"),
            (page.links, f"{place} links"),
        ):
            text = "\n".join(dict.fromkeys(texts)) if "master" in place else "\n".join(texts)
            if text.strip() and not ("earlier" in place and text in self._seen):
                self._seen.add(text)
                yield TextSegment(text, where)

    def _records(self, position: int, end: int) -> Iterator[tuple[int, int, int, int, int]]:
        """Yield start, instance, kind, and where the content of each record begins and ends."""
        data = self._data
        while position + 8 <= end:
            version, kind, size = struct.unpack_from("<HHI", data, position)
            inner = position + 8
            if inner + size > end:
                self._damaged += 1
                size = end - inner
            yield position, version, kind, inner, inner + size
            position = inner + size

    def _walk(self, position: int, end: int, page: _Page, depth: int) -> None:
        for start, version, kind, inner, last in self._records(position, end):
            if kind in (_TEXT, _BYTES):
                page.texts.append(self._text(kind, inner, last))
            elif kind == _STRING:
                page.texts.append(self._text(_TEXT, inner, last))
            elif kind == _COMMENT:
                strings = [
                    self._text(_TEXT, begins, ends)
                    for _, _, each, begins, ends in self._records(inner, last)
                    if each == _STRING
                ]
                page.comments += [
                    f"Author: {text}" if not index else text for index, text in enumerate(strings)
                ]
            elif kind == _SHOW_INFO and last - inner >= 12:
                page.hidden = bool(self._data[inner + 10] & _HIDDEN)
            elif kind == _NOTES_ATOM and last - inner >= 4:
                (page.slide,) = struct.unpack_from("<I", self._data, inner)
            elif kind in OPTIONS:
                page.texts.extend(option_texts(self._data, start))
            elif kind == _BINARY_TAG and depth < _DEEPEST:
                for _, _, each, begins, ends in self._records(inner, last):
                    if each == _TAG_BLOB:
                        self._walk(begins, ends, page, depth + 1)
            elif version & 0xF == 0xF and kind not in _NO_TEXT and depth < _DEEPEST:
                self._walk(inner, last, page, depth + 1)

    def _text(self, kind: int, start: int, end: int) -> str:
        raw = self._data[start:end]
        self._budget.spend(len(raw))
        text = raw.decode("latin-1") if kind == _BYTES else raw.decode("utf-16-le", "replace")
        return text.replace("\r", "\n").replace("\x0b", "\n").replace("\x00", "")

    def _document(self, position: int, end: int) -> Iterator[Extracted]:
        rest = _Page()
        for _, version, kind, inner, last in self._records(position, end):
            if kind == _LIST and version >> 4 == 0:
                self._list(inner, last)
            elif kind == 1033:  # the list of external objects
                for _, _, each, begins, ends in self._records(inner, last):
                    if each == _LINK:
                        self._walk(begins, ends, rest, 0)
            elif kind == _HEADERS:
                page = _Page()
                self._walk(inner, last, page, 0)
                if page.texts:
                    where = (
                        "headers and footers of notes"
                        if version >> 4 == 4
                        else "headers and footers of slides"
                    )
                    yield TextSegment("\n".join(page.texts), where)
            elif kind not in (_LIST, *_NO_TEXT) and version & 0xF == 0xF and kind != _TAGS:
                page = _Page()
                self._walk(inner, last, page, 0)
                if any(text.strip() for text in page.texts):
                    yield TextSegment("\n".join(page.texts), "document")
        links = "\n".join(text.removeprefix("mailto:") for text in dict.fromkeys(rest.texts))
        if links:
            yield TextSegment(links, "links")

    def _list(self, position: int, end: int) -> None:
        """Take the order of the slides and the texts of their outline."""
        number = 0
        for _, _, kind, inner, last in self._records(position, end):
            if kind == _SLIDE_PERSIST and last - inner >= 16:
                number += 1
                persist, _, _, slide_id = struct.unpack_from("<IIiI", self._data, inner)
                self._outline.numbers[persist] = number
                self._outline.by_slide_id[slide_id] = number
            elif kind in (_TEXT, _BYTES) and number:
                self._outline.texts.setdefault(number, []).append(self._text(kind, inner, last))

    def _object(self, start: int, end: int, *, compressed: bool) -> Iterator[Extracted]:
        self._objects += 1
        name = f"object {self._objects}"
        self._budget.member()
        raw = self._data[start:end]
        try:
            if raw[4:5] == b"\x78" or compressed:
                (size,) = struct.unpack_from("<I", raw)
                unpacker = zlib.decompressobj()
                out = []
                piece = unpacker.decompress(raw[4:], 1 << 20)
                while piece:
                    self._budget.spend(len(piece))
                    out.append(piece)
                    piece = unpacker.decompress(unpacker.unconsumed_tail, 1 << 20)
                raw = b"".join(out)
                if len(raw) < size:
                    gap = Gap(Reason.DAMAGED, f"{len(raw)} of {size} bytes")
                    yield Member(name, None, len(raw), gap=gap)
                    return
            yield Member(name, io.BytesIO(raw), len(raw))
        except MALFORMED as error:
            yield Member(name, None, len(raw), gap=Gap(Reason.DAMAGED, type(error).__name__))
