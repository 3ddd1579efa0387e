"""PDF (ISO 32000) by pdfium: page text, annotations, form values, link targets, properties, attachments."""

from __future__ import annotations

import ctypes
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

from scanners.extractors.interface import Budget, Extracted, Member, Opened, size_of
from scanners.extractors.locked_pdf import unlocked
from scanners.extractors.package import MALFORMED
from scanners.model import Gap, Reason, TextSegment

_IN_MEMORY = 64 << 20
_ATTACHMENT_BYTES = 256 << 20
_STRING_KEYS = (b"Contents", b"V", b"TU", b"T")
_LONGEST_STRING = 1 << 20
_DRAWN_OBJECTS = 30  # fewer lines than this on a page without text are a frame or a logo


def _string(fill: Callable[[object, int], int], encoding: str) -> str:
    """Read one string by pdfium's two-step convention: ask for its length, then for its bytes."""
    length = fill(None, 0)
    if not 0 < length <= _LONGEST_STRING:
        return ""
    buffer = ctypes.create_string_buffer(length)
    fill(buffer, length)
    return buffer.raw.decode(encoding, errors="replace").rstrip("\x00")


def _annotation_texts(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Iterator[str]:
    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            for key in _STRING_KEYS:

                def value(buffer: object, length: int, key: bytes = key) -> int:
                    target = ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)) if buffer else None  # type: ignore[arg-type]  # a buffer of ours
                    return int(pdfium.FPDFAnnot_GetStringValue(annotation, key, target, length))  # noqa: B023  used at once

                yield _string(value, "utf-16-le")
            action = pdfium.FPDFLink_GetAction(pdfium.FPDFAnnot_GetLink(annotation))
            if action:

                def address(buffer: object, length: int) -> int:
                    return int(pdfium.FPDFAction_GetURIPath(document, action, buffer, length))  # noqa: B023  used at once

                yield _string(address, "utf-8").removeprefix("mailto:").removeprefix("tel:")
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _is_picture(page: pypdfium2.PdfPage) -> bool:
    """Tell whether a page without text shows something all the same: a scan or a drawing."""
    for count, found in enumerate(page.get_objects(max_depth=3), start=1):
        if found.type == pdfium.FPDF_PAGEOBJ_IMAGE or count > _DRAWN_OBJECTS:
            return True
    return False


class Pdf:
    """Text page by page; a page that only shows a picture is a gap."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield pages with location "p. 3", then properties and attachments."""
        source = stream if size_of(stream) > _IN_MEMORY else io.BytesIO(stream.read())
        document, note = unlocked(source, budget)
        if note:
            yield Opened(note)
        try:
            for number in range(len(document)):
                yield from self._page(document, number, budget)
            yield from self._beside(document, budget)
        finally:
            document.close()

    def _page(self, document: pypdfium2.PdfDocument, number: int, budget: Budget) -> Iterator[Extracted]:
        location = f"p. {number + 1}"
        try:
            page = document[number]
            try:
                text_page = page.get_textpage()
                try:
                    text = text_page.get_text_range()
                finally:
                    text_page.close()
                notes = "\n".join(note for note in _annotation_texts(document, page) if note.strip())
                picture = not text.strip() and _is_picture(page)
            finally:
                page.close()
        except MALFORMED as error:
            yield Gap(Reason.DAMAGED, f"{location}: {type(error).__name__}")
            return
        budget.spend(len(text) + len(notes))
        if text.strip():
            yield TextSegment(text.replace("\r\n", "\n").replace("\ufffe", "-"), location)
        elif picture:
            yield Gap(Reason.UNSUPPORTED, f"{location}: picture without text")
        if notes:
            yield TextSegment(notes, location)

    def _beside(self, document: pypdfium2.PdfDocument, budget: Budget) -> Iterator[Extracted]:
        try:
            properties = "\n".join(value for value in document.get_metadata_dict(skip_empty=True).values())
            attachments = document.count_attachments()
        except MALFORMED as error:
            yield Gap(Reason.DAMAGED, f"properties: {type(error).__name__}")
            return
        if properties:
            yield TextSegment(properties, "properties")
        for index in range(attachments):
            budget.member()
            try:
                attachment = document.get_attachment(index)
                name, data = attachment.get_name(), bytes(attachment.get_data())
            except MALFORMED as error:
                yield Gap(Reason.DAMAGED, f"attachment {index + 1}: {type(error).__name__}")
                continue
            budget.spend(len(data))
            if len(data) > _ATTACHMENT_BYTES:
                yield Member(name, None, len(data), gap=Gap(Reason.OVERSIZED))
            else:
                yield Member(name, io.BytesIO(data), len(data))
