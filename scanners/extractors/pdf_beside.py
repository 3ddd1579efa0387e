"""What a PDF carries beside its pages: properties, bookmarks, XFA, scripts, files, alternative texts."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from functools import partial

import pypdfium2
import pypdfium2.raw as pdfium
from lxml import etree

from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.package import MALFORMED
from scanners.extractors.pdf_notes import attached_file
from scanners.extractors.pdf_raw import ATTACHMENT_BYTES, Look, information_keys
from scanners.extractors.pdf_strings import content, narrow, wide
from scanners.extractors.xmp import properties
from scanners.model import Gap, Reason, TextSegment

_STANDARD = (b"Title", b"Author", b"Subject", b"Keywords", b"Creator", b"Producer", b"Company", b"Manager")
_DATES = frozenset({b"CreationDate", b"ModDate", b"Trapped"})
_MOST_BOOKMARKS = 100_000
_MOST_ELEMENTS = 20_000  # of the structure of one page
_MOST_SCRIPTS = 1000
_TOLD_OF_ELEMENTS = (
    pdfium.FPDF_StructElement_GetTitle,
    pdfium.FPDF_StructElement_GetAltText,
    pdfium.FPDF_StructElement_GetActualText,
    pdfium.FPDF_StructElement_GetExpansion,
)
_XFA_DATA = ("datasets", "form", "template", "xfdf")
_XFA_NAMED = ("datasets", "xfdf")  # of which the element says what its text is


def beside(document: pypdfium2.PdfDocument, data: bytes, found: Look, budget: Budget) -> Iterator[Extracted]:
    """Yield everything that belongs to no page; a part that cannot be read is a gap."""
    parts = (
        ("properties", _properties(document, data, found)),
        ("bookmarks", _bookmarks(document)),
        ("script", _scripts(document)),
    )
    for location, lines in parts:
        try:
            text = "\n".join(lines)
        except MALFORMED as error:
            yield Gap(Reason.DAMAGED, f"{location}: {type(error).__name__}")
            continue
        if text.strip():
            budget.spend(len(text))
            yield TextSegment(text, location)
    yield from _xfa(document, budget)
    yield from _attachments(document, found, budget)


def _properties(document: pypdfium2.PdfDocument, data: bytes, found: Look) -> Iterator[str]:
    keys = information_keys(data, found) or _STANDARD
    seen = set[str]()
    for key in keys:
        if key in _DATES:
            continue
        value = wide(partial(pdfium.FPDF_GetMetaText, document, key)).strip()
        if value:
            seen.add(value)
            yield f"{key.decode('utf-8', errors='replace')}: {value}"
    for packet in found.xmp:
        for line in properties(packet):
            if line.partition(": ")[2] not in seen:
                yield line


def _bookmarks(document: pypdfium2.PdfDocument) -> Iterator[str]:
    """Yield the titles of the outline; a loop in it ends it."""
    seen = set[int]()
    waiting = [pdfium.FPDFBookmark_GetFirstChild(document, None)]
    while waiting and len(seen) < _MOST_BOOKMARKS:
        mark = waiting.pop()
        if not mark:
            continue
        address = ctypes.cast(mark, ctypes.c_void_p).value or 0
        if address in seen:
            continue
        seen.add(address)
        yield wide(partial(pdfium.FPDFBookmark_GetTitle, mark))
        action = pdfium.FPDFBookmark_GetAction(mark)
        if action:
            address_of = narrow(partial(pdfium.FPDFAction_GetURIPath, document, action))
            if address_of:
                yield address_of
        waiting.append(pdfium.FPDFBookmark_GetNextSibling(document, mark))
        waiting.append(pdfium.FPDFBookmark_GetFirstChild(document, mark))


def _scripts(document: pypdfium2.PdfDocument) -> Iterator[str]:
    for index in range(min(pdfium.FPDFDoc_GetJavaScriptActionCount(document), _MOST_SCRIPTS)):
        script = pdfium.FPDFDoc_GetJavaScriptAction(document, index)
        if script:
            try:
                yield wide(partial(pdfium.FPDFJavaScriptAction_GetScript, script))
            finally:
                pdfium.FPDFDoc_CloseJavaScriptAction(script)


def _xfa(document: pypdfium2.PdfDocument, budget: Budget) -> Iterator[Extracted]:
    """Yield what a form of Adobe's own (XFA) holds: its data, and its template without the drawing."""
    for index in range(min(pdfium.FPDF_GetXFAPacketCount(document), 100)):
        name = narrow(partial(pdfium.FPDF_GetXFAPacketName, document, index))
        if name and name not in _XFA_DATA:  # without a name it is all of the form in one
            continue

        def packet(buffer: object, length: int, index: int = index) -> int:
            needed = ctypes.c_ulong()
            given = pdfium.FPDF_GetXFAPacketContent(document, index, buffer, length, needed)
            return int(needed.value) if given else 0

        raw = content(packet)
        if not raw.strip():
            continue
        budget.spend(len(raw))
        parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=True)
        try:
            root = etree.fromstring(raw, parser)
        except (etree.LxmlError, ValueError):
            root = None
        if root is None:
            yield Gap(Reason.DAMAGED, f"XFA {name}".strip())
            continue
        for part in [root] if name else root:
            kind = name or (etree.QName(part).localname if isinstance(part.tag, str) else "")
            if kind in _XFA_DATA:
                lines = list(_xfa_lines(part, named=kind in _XFA_NAMED))
                if lines:
                    yield TextSegment("\n".join(lines), f"XFA {kind}")


def _xfa_lines(root: etree._Element, *, named: bool) -> Iterator[str]:
    """Yield the texts of a packet; text with elements in it, as rich text has, is one text."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        name = str(element.tag).rpartition("}")[2]
        if name == "script":
            continue
        if named:
            pairs = [(str(key), str(value)) for key, value in element.attrib.items()]
            yield from (f"{key}: {value}" for key, value in pairs if "}" not in key and value.strip())
        if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
            text = "".join(str(piece) for piece in element.itertext()).strip()
            yield f"{name}: {text}" if named else text
        else:
            waiting += reversed(list(element.iterchildren("*")))


def _attachments(document: pypdfium2.PdfDocument, found: Look, budget: Budget) -> Iterator[Extracted]:
    count = pdfium.FPDFDoc_GetAttachmentCount(document)
    if count > 0 and found.attachments_too_far:
        yield Gap(
            Reason.OVERSIZED, f"{count} of {count} attachments: one holds more than {ATTACHMENT_BYTES} bytes"
        )
        return
    for index in range(count):
        budget.member()
        attachment = pdfium.FPDFDoc_GetAttachment(document, index)
        if not attachment:
            yield Gap(Reason.DAMAGED, f"attachment {index + 1} of {count}")
            continue
        member: Member = attached_file(attachment)
        budget.spend(member.size if member.stream is not None else 0)
        yield member
        described = wide(partial(pdfium.FPDFAttachment_GetDescription, attachment)).strip()
        if described:
            yield TextSegment(described, f"attachment {index + 1} description")


def alternative_texts(page: pypdfium2.PdfPage) -> list[str]:
    """Return what a tagged page says its pictures show, its symbols read and its abbreviations mean."""
    tree = pdfium.FPDF_StructTree_GetForPage(page)
    if not tree:
        return []
    found: list[str] = []
    try:
        waiting = [
            pdfium.FPDF_StructTree_GetChildAtIndex(tree, index)
            for index in range(min(pdfium.FPDF_StructTree_CountChildren(tree), _MOST_ELEMENTS))
        ]
        visited = 0
        while waiting and visited < _MOST_ELEMENTS:
            element = waiting.pop()
            visited += 1
            if not element:
                continue
            texts = (wide(partial(told, element)).strip() for told in _TOLD_OF_ELEMENTS)
            found += [text for text in dict.fromkeys(texts) if text][::-1]
            waiting += [
                pdfium.FPDF_StructElement_GetChildAtIndex(element, index)
                for index in range(min(pdfium.FPDF_StructElement_CountChildren(element), _MOST_ELEMENTS))
            ]
    finally:
        pdfium.FPDF_StructTree_Close(tree)
    return list(dict.fromkeys(reversed(found)))
