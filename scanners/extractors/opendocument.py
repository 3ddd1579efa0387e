"""OpenDocument files (ISO/IEC 26300): text, presentations, drawings and spreadsheets, zipped or flat.

Body, headers and footers, notes, comments, tracked insertions and deletions, frames, alternative texts,
furigana apart from its base, links, hidden sheets and slides, properties, objects inside.
"""

from __future__ import annotations

import binascii
import io
import re
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import unquote

from scanners.errors import ExtractionError
from scanners.extractors.flow import Reading, flows, tree
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.markup import local_name
from scanners.extractors.office import harvest, textless
from scanners.extractors.opendocument_sheet import OPEN_DOCUMENT, STYLES, spreadsheet
from scanners.extractors.part_names import told
from scanners.extractors.parts import Part, Parts, unescaped
from scanners.model import Gap, Reason, TextSegment

_BLOCKS = frozenset({"p", "h", "table-row", "page"})
_LINK = re.compile(rb"\bxlink:href=\"((?:https?|mailto|tel|ftp|file|smb):[^\"]+)\"", re.IGNORECASE)
_OLDER = re.compile(rb"http://openoffice\.org/2000/(\w+)")
_BINARY = re.compile(rb"<(?:\w+:)?binary-data[^<>]*>([^<]*+)<")
_OBJECT = re.compile(r"(.*?)/?(content|styles|meta|settings)\.xml$")
_DULL = re.compile(
    r"mimetype$|META-INF/|manifest\.rdf$|layout-cache$|Configurations2/|Thumbnails/|settings\.xml$|"
    r"(.*/)?(settings\.xml|styles\.xml)$|ObjectReplacements/|Pictures/TablePreview|Basic/.*/dialog|Fonts/"
)
_META_DULL = frozenset({"generator", "editing-cycles", "editing-duration", "creation-date", "print-date"})
_ROLES = {"initial-creator": "作成者", "creator": "作成者", "printed-by": "印刷者"}


class OpenDocument:
    """Everything an OpenDocument package says; embedded objects and pictures are members."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the content first, then styles, properties, objects inside and all that is left."""
        parts = Parts(stream, budget)
        manifest = parts.take("META-INF/manifest.xml")
        if manifest is not None and b"encryption-data" in manifest:
            raise ExtractionError(Gap(Reason.ENCRYPTED))
        if "content.xml" not in parts.all:
            yield Gap(Reason.DAMAGED, "no content part")
        for name in ("content.xml", "styles.xml", "meta.xml"):
            yield from _named(parts, name, "")
        yield from _rest(parts)


class FlatOpenDocument:
    """An OpenDocument file that is one XML document."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield all of it: content, headers and footers, properties, macros, then pictures and objects."""
        stream.seek(0)
        data = stream.read()
        budget.spend(len(data))
        binary = [found.span(1) for found in _BINARY.finditer(data)]
        slim = b"".join(
            data[end:start]
            for (_, end), (start, _) in zip([(0, 0), *binary], [*binary, (len(data), 0)], strict=True)
        )
        yield from _content(slim, "content", "")
        yield from _styles(slim, "styles", "")
        yield from _properties(slim, "properties")
        yield from _macros(slim)
        for number, (start, end) in enumerate(binary, start=1):
            yield _held(data[start:end], number, budget)


def _held(encoded: bytes, number: int, budget: Budget) -> Member:
    """Return a picture or object that a flat file holds between its tags."""
    budget.member()
    name = f"object {number}"
    try:
        held = binascii.a2b_base64(encoded)
    except binascii.Error:
        return Member(name, None, len(encoded), gap=Gap(Reason.DAMAGED, "base64"))
    budget.spend(len(held))
    return Member(name, io.BytesIO(held), len(held))


def _macros(data: bytes) -> Iterator[TextSegment]:
    """Yield the programs of a flat file."""
    start = data.find(b"<office:scripts>")
    end = data.find(b"</office:scripts>", start)
    if start < 0 or end < 0 or textless(data[start:end]):
        return
    root, _ = tree(data)
    scripts = next(root.iter("{*}scripts"), None) if root is not None else None
    text = "\n".join(map(str, scripts.itertext())).strip() if scripts is not None else ""
    if text:
        yield TextSegment(text, "macros")


def _named(parts: Parts, name: str, inside: str) -> Iterator[Extracted]:
    data = parts.take(name)
    yield from parts.noted()
    if data is None:
        return
    if b"openoffice.org/2000/" in data[:4096]:  # the form before the standard, sxw and its like
        data = _OLDER.sub(rb"urn:oasis:names:tc:opendocument:xmlns:\1:1.0", data)
    if name.endswith("content.xml"):
        yield from _content(data, name, inside)
    elif name.endswith("styles.xml"):
        if not textless(data[max(0, data.find(b"<office:master-styles")) :]):
            yield from _styles(data, name, inside)
    else:
        yield from _properties(data, f"{inside} properties".strip())


def _content(data: bytes, name: str, inside: str) -> Iterator[Extracted]:
    if b"<office:spreadsheet" in data:
        yield from spreadsheet(data, name, inside)
    else:
        reading = _Pages(
            inside or "body", slides=b"<office:presentation" in data or b"<office:drawing" in data
        )
        for flow in flows(data, OPEN_DOCUMENT, _BLOCKS, name):
            yield from [flow] if isinstance(flow, Gap) else reading.segments(flow)
    if targets := links(data):
        yield TextSegment("\n".join(targets), f"{inside} links".strip())


def links(data: bytes) -> list[str]:
    """Return the addresses outside that a document leads to, as people write them."""
    found = (unquote(unescaped(each)) for each in _LINK.findall(data))
    return list(dict.fromkeys(re.sub(r"^(?:mailto|tel):", "", each, flags=re.IGNORECASE) for each in found))


def _styles(data: bytes, name: str, inside: str) -> Iterator[Extracted]:
    """Yield headers and footers, and what master pages say."""
    reading = _Pages(f"{inside} header and footer".strip(), slides=False)
    for flow in flows(data, STYLES, frozenset({"master-page"}), name):
        yield from [flow] if isinstance(flow, Gap) else reading.segments(flow)


def _properties(data: bytes, where: str) -> Iterator[Extracted]:
    root, whole = tree(data)
    lines: list[str] = []
    meta = next(root.iter("{*}meta"), None) if root is not None else None
    for element in meta.iter("{*}*") if meta is not None else ():
        name = local_name(element)
        text = (element.text or "").strip()
        given = {str(key).rpartition("}")[2]: str(value) for key, value in element.attrib.items()}
        label, href = given.get("name", ""), given.get("href", "")
        if text and name not in _META_DULL and name != "date":
            lines.append(f"{_ROLES.get(name, label or name)}: {text}")
        lines += [href] if href else []
    if lines:
        yield TextSegment("\n".join(dict.fromkeys(lines)), where)
    if not whole:
        yield Gap(Reason.DAMAGED, f"{where}: not all of them")


class _Pages(Reading):
    """Gives what stands beside the pages of a show its own numbers."""

    def __init__(self, where: str, *, slides: bool) -> None:
        super().__init__(where)
        self._slides = slides
        self._number = 0

    def segments(self, flow: str) -> Iterator[Extracted]:
        """Yield a text as it flows, a show slide by slide with its notes."""
        if not self._slides:
            yield from super().segments(flow)
            return
        before, *slides = flow.split(_PAGE)
        yield from Reading(self._where).segments(before) if before.strip() else ()
        for slide in slides:
            self._number += 1
            shown, _, text = slide.partition(_PAGE_STOP)
            text, _, notes = text.partition(_NOTES)
            where = f"slide {self._number}" + (" (hidden)" if shown.strip() == "hidden" else "")
            yield from Reading(where).segments(text)
            yield from Reading(f"{where} notes").segments(notes)


_PAGE, _PAGE_STOP, _NOTES = "\ufddc", "\ufddd", "\ufdde"


def _rest(parts: Parts) -> Iterator[Extracted]:
    """Yield objects inside as text of their own place, unknown XML, then pictures and the like as members."""
    members: list[Part] = []
    objects = sorted(
        {
            found[1]
            for name in parts.left
            if (found := _OBJECT.match(name)) and found[1] and found[2] == "content"
        }
    )
    for number, folder in enumerate(objects, start=1):
        for name in ("content.xml", "styles.xml", "meta.xml"):
            yield from _named(parts, f"{folder}/{name}", f"object {number}")
    for part in sorted(parts.left.values(), key=lambda part: part.offset):
        if _DULL.match(part.name) or not part.size:
            parts.left.pop(part.name, None)
        elif part.name.endswith((".xml", ".rdf", ".xlb", ".xlc")):
            text, whole = harvest(parts.take(part.name) or b"<x/>")
            if text:
                yield TextSegment(text, part.name)
            if not whole:
                yield Gap(Reason.DAMAGED, f"{told(part.name)}: not all of it")
        else:
            members.append(part)
    yield from parts.noted()
    for part in members:
        yield parts.member(part)
    yield from parts.noted()
