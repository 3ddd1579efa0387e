"""Text out of XML parts by style sheets: what is read, and where it belongs, is written down as templates.

A style sheet runs in C and gives one string in which characters that no text holds say where tables, notes
and asides begin and end. An aside stands beside its line and not in it: a text box, a deletion, a reading.
Parts of many megabytes are read block by block, so that memory stays small.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple, cast

from lxml import etree

from scanners.extractors.headings import has_header
from scanners.extractors.interface import Extracted
from scanners.extractors.markup import release
from scanners.extractors.part_names import told
from scanners.model import Gap, Reason, TableSegment, TextSegment

OPEN, CLOSE = "\ufdd0", "\ufdd1"  # an aside: OPEN, a letter of ASIDES, text, CLOSE
TABLE, TABLE_END, ROW, CELL = "\ufdd2", "\ufdd3", "\ufdd4", "\ufdd5"
INSERTED, BREAK, LAID_OUT = "\ufdd6", "\ufdd7", "\ufdd8"  # LAID_OUT: where the program last broke a page
NOTE, STOP = "\ufdd9", "\ufdda"  # NOTE author STOP text
CONTINUED = "\ufddb"  # before a block: its first table is the last one of the block before
MARKS = {
    "OPEN": OPEN,
    "CLOSE": CLOSE,
    "TABLE": TABLE,
    "TABLE_END": TABLE_END,
    "ROW": ROW,
    "CELL": CELL,
    "INSERTED": INSERTED,
    "BREAK": BREAK,
    "LAID_OUT": LAID_OUT,
    "NOTE": NOTE,
    "STOP": STOP,
}
ASIDES = {
    "x": "text box",
    "d": "deleted",
    "r": "reading",
    "a": "alternative text",
    "f": "field",
    "l": "list of choices",
    "c": "comment",
    "n": "note",
    "h": "link",
    "p": "property",
}
WHOLE_BYTES = 6 << 20  # a larger part is read in blocks
_BLOCK_BYTES = 1 << 20
_HEAVY_BYTES = 256 << 10
_TABLE_ROWS = 2_000
_FLUSH_CHARACTERS = 200_000
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(officeDocument/|drawingml/|\w+/)(?=\w)")
_OWN_MARKS = re.compile(rb"\xef\xb7[\x90-\xaf]")  # U+FDD0 to U+FDEF in UTF-8
_OWN_REFERENCES = re.compile(rb"&#(?:x0*+[fF][dD][dDeE][0-9a-fA-F]|0*+(?:6497[6-9]|649[89]\d|6500[0-7]));")
_UNKNOWN = "\ufffd".encode()
_GONE = (TABLE, TABLE_END, INSERTED, BREAK, LAID_OUT, NOTE)
_TABLES = re.compile(f"[{TABLE}{TABLE_END}]")
_LINE_MARKS = re.compile(f"[{INSERTED}{BREAK}{LAID_OUT}]")
_NAMESPACES = {
    b"officeDocument/": b"http://schemas.openxmlformats.org/officeDocument/2006/",
    b"drawingml/": b"http://schemas.openxmlformats.org/drawingml/2006/",
}


@cache
def sheet(templates: str) -> etree.XSLT:
    """Return the compiled style sheet of `templates`, where {OPEN} and the like stand for the marks."""
    for name, mark in MARKS.items():
        templates = templates.replace(f"{{{name}}}", mark)
    return etree.XSLT(etree.fromstring(templates.encode()))


def _parser(*, recover: bool = False) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
        recover=recover,
    )


_STRICT_PARSER = _parser()


def unmarked(data: bytes) -> bytes:
    """Return XML in which no text holds a mark of ours: these characters belong to no script."""
    if b"\xef\xb7" in data:
        data = _OWN_MARKS.sub(_UNKNOWN, data)
    return _OWN_REFERENCES.sub(b"&#xFFFD;", data) if b"&#" in data else data


def transitional(data: bytes) -> bytes:
    """Return a part with the namespaces of ISO 29500 Strict as those of Transitional, without our marks."""
    data = unmarked(data)
    if b"http://purl.oclc.org/ooxml/" not in data[:4096]:
        return data

    def other(found: re.Match[bytes]) -> bytes:
        family = found[1]
        return _NAMESPACES.get(family, b"http://schemas.openxmlformats.org/" + family[:-1] + b"/2006/")

    return _STRICT.sub(other, data)


def tree(data: bytes) -> tuple[etree._Element | None, bool]:
    """Return a part's root and whether it is whole; of a damaged part what stands before the damage."""
    try:
        return etree.fromstring(transitional(data), _STRICT_PARSER), True
    except etree.XMLSyntaxError:
        pass
    try:
        return etree.fromstring(transitional(data), _parser(recover=True)), False
    except etree.XMLSyntaxError:
        return None, False


def quoted(data: bytes) -> bytes:
    """Return XML whose attributes stand in double quotes, as the expressions that search it expect."""
    head = data[:4096]
    if head[:1] != b"<" or b"='" in head[head.find(b"?>") + 1 :]:
        root, _ = tree(data)
        return data if root is None else etree.tostring(root, encoding="UTF-8")
    return data


def flows(data: bytes, templates: str, blocks: frozenset[str], name: str) -> Iterator[str | Gap]:
    """Yield a part as the style sheet gives it, in one piece or, where it is large, in several.

    `blocks` are the local names that may be read one by one when the part is large.
    """
    if len(data) > WHOLE_BYTES:
        yield from _large(data, templates, blocks, name)
        return
    root, whole = tree(data)
    if root is not None:
        yield _applied(templates, root)
    if not whole:
        yield Gap(Reason.DAMAGED, f"{told(name)}: not all of it")


def _applied(templates: str, root: etree._Element) -> str:
    try:
        return str(sheet(templates)(root))
    except etree.XSLTApplyError:  # nested deeper than any person writes
        return "\n".join(cast("list[str]", root.xpath("//text()")))


def _large(data: bytes, templates: str, blocks: frozenset[str], name: str) -> Iterator[str | Gap]:
    """Read block by block: finished blocks move into a small tree of their own, which is transformed."""
    source = io.BytesIO(transitional(data))
    events = etree.iterparse(
        source,
        events=("start", "end"),
        tag=[f"{{*}}{each}" for each in blocks],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
    )
    batch, depth, read, going_on, before = _Batch(), 0, 0, "", 0
    try:
        for event, element in events:
            depth += 1 if event == "start" else -1
            if depth:
                continue
            heavy = source.tell() - before > _HEAVY_BYTES
            before = source.tell()
            if heavy:  # to move a block of many nodes costs the square of them
                if batch.root is not None:
                    yield going_on + _applied(templates, batch.root)
                    batch.root, going_on = None, ""
                whole = _applied(templates, element)
                yield f"{TABLE}{whole}{TABLE_END}" if whole.startswith(ROW) else whole
                release(element)
                continue
            going_on = batch.take(element) or going_on
            if source.tell() - read > _BLOCK_BYTES and batch.root is not None:
                read = source.tell()
                yield going_on + _applied(templates, batch.root)
                batch.root, going_on = None, ""
    except etree.XMLSyntaxError:
        yield Gap(Reason.DAMAGED, f"{told(name)}: not all of it")
    if batch.root is not None:
        yield going_on + _applied(templates, batch.root)
    if events.root is not None:
        yield _applied(templates, events.root)  # what stands in no block


def _like(element: etree._Element) -> etree._Element:
    """Return an empty element of the same name, attributes and namespaces."""
    copied = etree.Element(element.tag, nsmap=cast("dict[str, str]", element.nsmap))
    for key, value in element.attrib.items():
        copied.set(key, value)
    return copied


class _Batch:
    """Finished blocks of a large part; rows stay in a table of their own."""

    def __init__(self) -> None:
        self.root: etree._Element | None = None
        self._table: etree._Element | None = None  # the table of the last row, in the part itself

    def take(self, element: etree._Element) -> str:
        """Move a block here; CONTINUED when it is a row that goes on with the table of the last batch."""
        above = next(element.iterancestors("{*}tbl", "{*}table"), None)
        first = self.root is None
        if self.root is None:
            self.root = _like(element.getroottree().getroot())
        if above is None:
            self._table = None
            self.root.append(element)
            return ""
        same = above is self._table
        if first or not same:
            self.root.append(_like(above))
        self._table = above
        self.root[-1].append(element)
        return CONTINUED if first and same else ""


class Aside(NamedTuple):
    """Text that stands beside the flow."""

    letter: str
    text: str


_ASIDE_MARKS = re.compile(f"([{OPEN}{CLOSE}])")


def asides(flow: str) -> tuple[str, list[Aside]]:
    """Return a flow without its asides, and these; one inside another stands by itself too."""
    if OPEN not in flow:
        return flow, []
    first, *rest = _ASIDE_MARKS.split(flow)
    base = [first]
    stack: list[tuple[str, list[str]]] = []
    found: list[tuple[str, list[str]]] = []
    closed = ""
    for mark, piece in zip(rest[::2], rest[1::2], strict=True):
        text, before, closed = piece, closed, ""
        if mark == OPEN:
            letter, text = piece[:1], piece[1:]
            # what touches is one: a deleted name may lie in three runs
            stack.append(found.pop() if letter == before and letter in "df" else (letter, []))
        elif stack:
            found.append(stack.pop())
            closed = "" if piece else found[-1][0]
        (stack[-1][1] if stack else base).append(text)
    found += reversed(stack)
    texts = [Aside(letter, plain("".join(pieces))) for letter, pieces in found]
    return "".join(base), [each for each in texts if each.text.strip()]


def grouped(found: list[Aside], where: str) -> Iterator[TextSegment]:
    """Yield asides, those of one kind together."""
    texts: dict[str, list[str]] = {}
    for letter, text in found:
        texts.setdefault(letter, []).append(text.strip("\n"))
    for letter, lines in texts.items():
        place = f"{where}, {ASIDES.get(letter, 'aside')}".removeprefix(", ")
        once = lines if letter in "xdcn" else dict.fromkeys(lines)
        yield TextSegment("\n".join(once), place)


def notes(flow: str, where: str, names: Mapping[str, str] | None = None) -> Iterator[TextSegment]:
    """Yield the notes or comments of a flow, each under its number; `names` are those of authors' ids."""
    before, *each = flow.split(NOTE)
    for number, note in enumerate(each, start=1):
        author, _, text = note.partition(STOP)
        main, found = asides(text)
        author = author.strip() if names is None else names.get(author, "")
        shown = (f"作成者: {author}\n" if author else "") + plain(main).strip("\n")
        if shown.strip():
            yield TextSegment(shown, f"{where} {number}")
        yield from grouped(found, f"{where} {number}")
    rest, found = asides(before)
    if plain(rest).strip():
        yield TextSegment(plain(rest), where)
    yield from grouped(found, where)


class Reading:
    """Makes segments of the flow of one part: lines to passages, tables with a header to tables."""

    def __init__(self, where: str, *, paged: bool = False) -> None:
        self._where = where
        self._page = 1
        self._page_mark = "?" if paged else ""
        self._lines: list[str] = []
        self._length = 0
        self._inserted = False
        self._tables = 0
        self._header: tuple[str, ...] | None = None
        self._next_row = 1

    def segments(self, flow: str) -> Iterator[Extracted]:
        """Yield the segments of a flow, or of one block of it."""
        flow, found = asides(flow)
        if self._page_mark == "?":
            self._page_mark = LAID_OUT if LAID_OUT in flow else BREAK if BREAK in flow else "?"
        going_on = flow.startswith(CONTINUED)
        for index, piece in enumerate(_TABLES.split(flow.removeprefix(CONTINUED))):
            if not index % 2:
                yield from self._text(piece)
            elif ROW in piece:
                yield from self._table(piece, going_on=going_on and index == 1)
        yield from self._flush()
        yield from grouped(found, self._where)

    def _place(self) -> str:
        """Return where the text stands; a page only in a document that has shown where its pages end."""
        where = f"p. {self._page}" if self._page_mark in (LAID_OUT, BREAK) else self._where
        return f"{where}, inserted" if self._inserted else where

    def _text(self, text: str) -> Iterator[Extracted]:
        if not _LINE_MARKS.search(text):
            if self._inserted and text.strip():
                yield from self._flush()
                self._inserted = False
            self._lines.append(text)
            self._length += len(text)
        else:
            for line in text.splitlines(keepends=True):
                yield from self._line(line)
        if self._length > _FLUSH_CHARACTERS:
            yield from self._flush()

    def _line(self, line: str) -> Iterator[Extracted]:
        """Take a line with marks: it stands on the page where it begins."""
        shown = plain(line)
        breaks = line.count(self._page_mark) if self._page_mark else 0
        first = breaks and line.lstrip(INSERTED).startswith((LAID_OUT, BREAK))
        inserted = INSERTED in line
        if first or (inserted != self._inserted and shown.strip()):
            yield from self._flush()
            self._inserted = inserted
        if first:
            self._page += 1
        self._lines.append(shown)
        self._length += len(shown)
        if breaks > bool(first):
            yield from self._flush()
            self._page += breaks - bool(first)

    def _flush(self) -> Iterator[Extracted]:
        text = "".join(self._lines)
        self._lines, self._length = [], 0
        if text.strip():
            yield TextSegment(text.strip("\n"), self._place())

    def _table(self, piece: str, *, going_on: bool) -> Iterator[Extracted]:
        before, *lines = piece.split(ROW)
        if before.strip():
            yield from self._text(before)
        rows = [tuple(cell.strip("\n") for cell in line.split(CELL)[:-1]) for line in lines]
        rows = [row for row in rows if row]
        if not going_on:
            self._tables += 1
            wide = len(rows) >= 3 and len(rows[0]) >= 2 and all(len(row) == len(rows[0]) for row in rows)
            headed = wide and has_header([tuple(map(plain, row)) for row in rows[:52]])
            self._header = tuple(map(plain, rows[0])) if headed else None
            self._next_row = 1
            if headed:
                rows, self._next_row = rows[1:], 2
                yield from self._flush()
        if self._header is None:  # a form: labels and values side by side read best as lines
            for row in rows:
                yield from self._text("\t".join(row) + "\n")
            return
        if self._page_mark:
            self._page += piece.count(self._page_mark)
        marked = _LINE_MARKS.search(piece)
        for start in range(0, len(rows), _TABLE_ROWS):
            block = tuple(rows[start : start + _TABLE_ROWS])
            if marked:
                block = tuple(tuple(map(plain, row)) for row in block)
            yield TableSegment(f"{self._where} table {self._tables}", self._header, self._next_row, block)
            self._next_row += len(block)


def plain(text: str) -> str:
    """Return a text without marks: rows as lines, cells with tabs between them."""
    for mark in _GONE:  # a search for one character is faster than any table of them
        if mark in text:
            text = text.replace(mark, "")
    return text.replace(ROW, "\n").replace(CELL, "\t").replace(STOP, "\n")
