"""Word 97-2003 and Word 6/95 documents: all parts of the text, what stands beside it, what is embedded."""

from __future__ import annotations

import io
import itertools
import re
import struct
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.compound import Compound, objects, properties
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.macros import macros
from scanners.extractors.office_art import descriptions, pictures
from scanners.extractors.package import MALFORMED
from scanners.extractors.passages import Passages
from scanners.extractors.text_runs import wide_runs
from scanners.extractors.word_binary import (
    Characters,
    Fib,
    Piece,
    apart,
    deletions,
    joined,
    pieces,
    positions,
    row_ends,
)
from scanners.extractors.word_fields import Aside, from_code
from scanners.model import Gap, Reason, TextSegment

_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\xad]")
_STRUCTURE = re.compile("[\x07\x13-\x15\x19]")  # cells, rows and fields
_KEPT = b"\r\x07\x0c\x13\x14\x15"  # marks that stay where the text around them was deleted
_ROW = "\x19"  # put in place of the mark that ends a row
_BREAKS = {"\x0b": "\n", "\x0e": "\n", "\x0a": "\n", "\x1e": "-", "\xa0": " "}
_STORIES = ("even header", "header", "even footer", "footer", "first header", "first footer")
# Where a part's own places stand: number of the list in the format, size of its items.
_PLACES = {
    "footnote": (3, 0),
    "endnote": (47, 0),
    "comment": (5, 0),
    "header": (11, 0),
    "text box": (56, 22),
    "header text box": (58, 22),
}
_FRAME, _LARGEST_FIELD = 68, 64 << 10
_FIELD_DATA = re.compile(rb"\x44\x00\x00{62}")  # behind its size
_COMMENT_OWNERS, _CHANGE_AUTHORS, _VARIABLES = 36, 51, 60
_SAVED_BY, _ASSOCIATED, _BOOKMARKS = 71, 32, 21
_SAID = (
    1,
    6,
    7,
    8,
    9,
)  # of what is associated: template, author, last author, sources of a serial letter

_Marks = tuple[list[int], list[tuple[int, int]]]


@dataclass(slots=True)
class _Field:
    code: list[str] = field(default_factory=list)
    in_code: bool = True


def _plain(match: re.Match[str]) -> str:
    """Return what a control character means where there are no cells and no fields."""
    return "\r" if match[0] in "\r\x0c" else _BREAKS.get(match[0], "")


class _Story:
    """Turns a run of characters into lines, rows and what stands beside them."""

    def __init__(self, place: str, aside: Aside) -> None:
        self._passages = Passages(place)
        self._aside = aside
        self._line: list[str] = []
        self._cells: list[str] = []
        self._fields: list[_Field] = []

    def read(self, text: str) -> Iterator[Extracted]:
        """Yield the segments of a text with its control characters."""
        if not _STRUCTURE.search(text):
            text = _CONTROL.sub(_plain, joined(text)).replace("\ufffc", "")
            *lines, last = text.split("\r")
            for line in (*filter(None, lines), last):
                yield from self._passages.line(line)
            yield from self._passages.end()
            return
        position = 0
        for match in _CONTROL.finditer(text):
            if match.start() > position:
                self._write(text[position : match.start()])
            position = match.end()
            mark = match[0]
            if mark == "\r" and not self._cells and not self._fields:
                if self._line:
                    yield from self._passages.line(self._taken())
            else:
                yield from self._control(mark)
        self._write(text[position:])
        for each in self._fields:  # never closed: what they hold is text
            self._line.extend(each.code)
        yield from self._paragraph()
        yield from self._passages.end()

    def _write(self, text: str) -> None:
        for each in reversed(self._fields):
            if each.in_code:
                each.code.append(text)
                return
        self._line.append(text)

    def _control(self, mark: str) -> Iterator[Extracted]:
        if mark == "\x13":
            self._fields.append(_Field())
        elif mark == "\x14" and self._fields:
            self._separate(self._fields[-1])
        elif mark == "\x15" and self._fields:
            ended = self._fields[-1]
            if ended.in_code:
                self._separate(ended)
            self._fields.pop()
        elif mark in _BREAKS:
            self._write(_BREAKS[mark])
        elif mark in "\r\x0c" and any(each.in_code for each in self._fields):
            self._write(" ")
        elif mark in "\r\x0c":
            if self._cells:
                self._line.append("\n")  # a paragraph inside a cell that is not its last
            else:
                yield from self._paragraph()
        elif mark == "\x07":
            self._cells.append(self._taken())
        elif mark == _ROW:
            yield from self._row()

    def _separate(self, each: _Field) -> None:
        each.in_code = False
        shown = from_code(joined("".join(each.code)), self._aside)
        each.code = []
        if shown:
            self._write(shown)

    def _taken(self) -> str:
        text = joined("".join(self._line)).replace("\ufffc", "")
        self._line = []
        return text

    def _row(self) -> Iterator[Extracted]:
        if self._line:
            self._cells.append(self._taken())
        cells, self._cells = tuple(cell.strip() for cell in self._cells), []
        if cells:
            yield from self._passages.row(cells)

    def _paragraph(self) -> Iterator[Extracted]:
        if self._cells:
            yield from self._row()
        elif self._line:
            yield from self._passages.line(self._taken())


@dataclass(frozen=True, slots=True)
class _Document:
    fib: Fib
    document: bytes
    table: bytes
    characters: Characters


class BinaryWord:
    """Everything a doc says: all parts of the text, properties, authors, pictures and objects."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the parts in the file's order."""
        compound = Compound(stream, budget)
        if compound.find("\x09DRMContent"):  # what follows is the notice that stands in its place
            yield Gap(Reason.ENCRYPTED, "rights management")
        document = compound.read("WordDocument")
        fib = Fib(document[:4096])
        if not fib.known:
            raise ExtractionError(Gap(Reason.DAMAGED, "no Word file information block"))
        if fib.encrypted:
            raise ExtractionError(Gap(Reason.ENCRYPTED))
        table = compound.read(fib.table_name)
        if not table and not fib.is_old:
            other = "0Table" if fib.table_name == "1Table" else "1Table"
            table = compound.read(other)
        yield from self._text(fib, document, table, budget)
        yield from properties(compound)
        yield from self._beside(compound, fib, document, table, budget)
        yield from objects(compound, "ObjectPool")
        yield from macros(compound)
        yield from compound.short

    def _text(self, fib: Fib, document: bytes, table: bytes, budget: Budget) -> Iterator[Extracted]:
        damaged = ""
        try:
            found = _pieces(fib, document, table)
            characters = Characters(document, found, fib.piece_page, budget)
        except MALFORMED as error:
            damaged = f"piece table: {type(error).__name__}"
            begin = fib.long(0x18) if 0x60 < fib.long(0x18) < len(document) else min(len(document), 0x600)
            end = fib.long(0x1C) if begin < fib.long(0x1C) <= len(document) else len(document)
            sample = document[begin : min(end, begin + 4000)]
            wide = sum(map(len, wide_runs(sample))) * 4 >= len(sample)
            size = (end - begin) // (2 if wide else 1)
            characters = Characters(document, [Piece(0, size, begin, wide)], fib.piece_page, budget)
        whole = _Document(fib, document, table, characters)
        if damaged:
            yield from self._part("text", 0, len(characters), whole, ([], []))
            yield Gap(Reason.DAMAGED, f"{damaged}; the parts of the text are not told apart")
            return
        marks = _marks(whole)
        position = 0
        lengths = list(fib.lengths())
        total = sum(length for _, length in lengths)
        for name, length in lengths:
            if length > len(characters) - position + 2:
                there = max(0, len(characters) - position)
                told = f"{name}, read: {there} of {length} characters"
                seen = total - (length - there)
                yield Gap(Reason.DAMAGED, told, seen=seen, total=total, unit="characters of the text")
                length = there  # noqa: PLW2901
            for place, first, last in _places(name, length, fib, table):
                yield from self._part(place, position + first, position + last, whole, marks)
            position += length
        if position < len(characters) - 2:
            yield from self._part("text", position, len(characters), whole, marks)
        if characters.missing:
            count = len(characters)
            told = f"{characters.missing} of {count} characters"
            seen = count - characters.missing
            yield Gap(Reason.DAMAGED, told, seen=seen, total=count, unit="characters")

    def _part(
        self,
        place: str,
        first: int,
        last: int,
        whole: _Document,
        marks: _Marks,
    ) -> Iterator[Extracted]:
        raw = whole.characters.raw(first, last)
        aside = Aside()
        ends, deleted = marks
        for begin, end in deleted[
            bisect_left(deleted, first, key=_end) : bisect_left(deleted, last, key=_begin)
        ]:
            low, high = 2 * (max(begin, first) - first), 2 * (min(end, last) - first)
            if low < high:
                aside.deleted.append([_CONTROL.sub(" ", apart(raw[low:high]))])
                for index in range(low, high, 2):
                    if raw[index] not in _KEPT or raw[index + 1]:
                        raw[index : index + 2] = b"\x00\x00"
        for mark in ends[bisect_left(ends, first) : bisect_left(ends, last)]:
            index = 2 * (mark - first)
            if index < len(raw) and raw[index] == 0x07 and not raw[index + 1]:
                raw[index] = ord(_ROW)
        text = apart(raw)
        if not ends and "\x07" in text:
            text = text.replace("\x07\x07", "\x07" + _ROW)
        yield from _Story(place, aside).read(text)
        for sort, beside in aside.taken():
            yield TextSegment(beside, f"{place}, {sort}")

    def _beside(
        self, compound: Compound, fib: Fib, document: bytes, table: bytes, budget: Budget
    ) -> Iterator[Extracted]:
        if not fib.is_old:
            names = [
                *_owners(table, fib.place(_COMMENT_OWNERS)),
                *_strings(table, fib.place(_CHANGE_AUTHORS)),
            ]
            people = "\n".join(f"Author: {name}" for name in dict.fromkeys(names) if name != "Unknown")
            if people:
                yield TextSegment(people, "authors of comments and changes")
            yield from _kept_names(fib, table)
            variables = "\n".join(_strings(table, fib.place(_VARIABLES), values=True))
            if variables:
                yield TextSegment(variables, "document variables")
            offset, length = fib.place(50)
            described = "\n".join(descriptions(table[offset : offset + length]))
            if described:
                yield TextSegment(described, "descriptions of pictures")
        yield from pictures(document, budget)
        for path in compound.paths:
            if path[-1] == "Data" and len(path) == 1:
                data = compound.read(*path)
                kept = "\n".join(_field_data(data))
                if kept:
                    yield TextSegment(kept, "choices and help of form fields")
                described = "\n".join(descriptions(data, search=True))
                if described:
                    yield TextSegment(described, "descriptions of pictures")
                yield from pictures(data, budget)
            elif path[0] == "MsoDataStore" and path[-1] == "Item":
                data = compound.read(*path)
                yield Member("custom XML", io.BytesIO(data), len(data))


def _pieces(fib: Fib, document: bytes, table: bytes) -> list[Piece]:
    if not fib.is_old:
        return pieces(fib, table)
    if fib.word(0x0A) & 0x0004:  # saved fast: the piece table stands in the document itself
        return pieces(fib, document)
    begin, end = fib.long(0x18), min(fib.long(0x1C), len(document))
    if not 0x60 <= begin <= end:
        raise ValueError("no text")
    wide = bool(fib.word(0x0A) & 0x1000)
    return [Piece(0, (end - begin) // (2 if wide else 1), begin, wide)]


def _marks(whole: _Document) -> _Marks:
    """Return the characters that end rows, and the ranges of characters that were deleted, none twice."""
    if whole.fib.is_old:
        return [], []
    try:
        ends = row_ends(whole.fib, whole.document, whole.table)
        rows = {last - 1 for end in ends for _, last in whole.characters.ranges(end - 1, end) if last > 0}
        deleted = [
            found
            for begins, ends_at in deletions(whole.fib, whole.document, whole.table)
            for found in whole.characters.ranges(begins, ends_at)
        ]
    except MALFORMED:
        return [], []
    apart_from: list[tuple[int, int]] = []
    reached = 0
    for begin, end in sorted(deleted):
        if end > reached:
            apart_from.append((max(begin, reached), end))
            reached = end
    return sorted(rows), apart_from


def _begin(span: tuple[int, int]) -> int:
    return span[0]


def _end(span: tuple[int, int]) -> int:
    return span[1] - 1


def _places(name: str, length: int, fib: Fib, table: bytes) -> Iterator[tuple[str, int, int]]:
    """Split a part into its notes, comments, headers or boxes where their list is whole."""
    if not length:
        return
    listed = _PLACES.get(name)
    found: tuple[int, ...] = ()
    if listed and not fib.is_old:
        try:
            found = positions(table, fib.place(listed[0]), listed[1])
        except struct.error:
            found = ()
    rising = all(first <= last for first, last in itertools.pairwise(found))
    if len(found) < 2 or not rising or found[0] != 0:
        yield name, 0, length
        return
    for index, (first, last) in enumerate(itertools.pairwise(found)):
        if first >= length or first == last:
            continue
        yield _place(name, index), first, min(last, length)
    if found[-1] < length:
        yield name, found[-1], length


def _place(name: str, index: int) -> str:
    if name != "header":
        return f"{name} {index + 1}"
    if index < 6:
        return "separator of notes"
    section, story = divmod(index - 6, 6)
    return f"{_STORIES[story]} of section {section + 1}"


def _field_data(data: bytes) -> Iterator[str]:
    """Yield what form fields and links keep beside the text: choices, defaults, help, targets."""
    for match in _FIELD_DATA.finditer(data):
        begin = match.start() - 4
        size = int.from_bytes(data[max(0, begin) : begin + 4], "little")
        if begin >= 0 and _FRAME < size <= _LARGEST_FIELD:
            yield from dict.fromkeys(wide_runs(data[match.end() : begin + size], shortest=2))


def _kept_names(fib: Fib, table: bytes) -> Iterator[TextSegment]:
    """Yield who saved the file and where, what belongs to it, and the bookmarks that a person named."""
    saved = "\n".join(dict.fromkeys(_strings(table, fib.place(_SAVED_BY))))
    if saved:
        yield TextSegment(saved, "who saved the document, and where")
    listed = _strings(table, fib.place(_ASSOCIATED), empty=True)
    associated = "\n".join(
        dict.fromkeys(listed[index] for index in _SAID if index < len(listed) and listed[index])
    )
    if associated:
        yield TextSegment(associated, "template, authors and sources")
    bookmarks = "\n".join(name for name in _strings(table, fib.place(_BOOKMARKS)) if not name.startswith("_"))
    if bookmarks:
        yield TextSegment(bookmarks, "bookmarks")


def _owners(table: bytes, place: tuple[int, int]) -> list[str]:
    offset, length = place
    data = table[offset : offset + length]
    out, position = [], 0
    while position + 2 <= len(data):
        count = int.from_bytes(data[position : position + 2], "little")
        out.append(data[position + 2 : position + 2 + 2 * count].decode("utf-16-le", "replace"))
        position += 2 + 2 * count
    return [name for name in out if name]


def _strings(table: bytes, place: tuple[int, int], *, values: bool = False, empty: bool = False) -> list[str]:
    """Return the strings of a string table; with `values`, those that follow it too."""
    offset, length = place
    data = table[offset : offset + length]
    if len(data) < 6 or data[:2] != b"\xff\xff":
        return []
    count, extra = struct.unpack_from("<HH", data, 2)
    out, position = [], 6
    for index in range(count * 2 if values else count):
        if position + 2 > len(data):
            break
        size = int.from_bytes(data[position : position + 2], "little")
        out.append(data[position + 2 : position + 2 + 2 * size].decode("utf-16-le", "replace").strip("\x00"))
        position += 2 + 2 * size + (extra if index < count else 2)
    if values:
        return [
            f"{name}: {value}" for name, value in zip(out[:count], out[count:], strict=False) if value.strip()
        ]
    return out if empty else [text for text in out if text]
