"""PDF (ISO 32000) by pdfium: page text, what lies over pages and beside them, and pictures by OCR."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget, Extracted, Member, Opened, size_of
from scanners.extractors.locked_pdf import unlocked
from scanners.extractors.package import MALFORMED
from scanners.extractors.pdf_beside import alternative_texts, beside
from scanners.extractors.pdf_earlier import Earlier
from scanners.extractors.pdf_fonts import none_of_the_machine
from scanners.extractors.pdf_notes import drawn_text, notes_of
from scanners.extractors.pdf_pictures import Pictures
from scanners.extractors.pdf_raw import Look, has_alternative_texts, look, rescued
from scanners.extractors.pdf_spacing import looks_spaced, respaced
from scanners.extractors.pdf_strings import wide
from scanners.model import Gap, Reason, TextSegment

_IN_MEMORY = 256 << 20
_ASKED_LETTERS = 64  # of a page: whether its fonts know what they mean
_MEANINGLESS = 0.2
_UNREADABLE_IN_A_ROW = 200  # a page tree that promises a million pages has none of them


def _with_forms(document: pypdfium2.PdfDocument) -> None:
    """Let pdfium resolve form fields; without, only what each field says of itself is read."""
    try:
        logging.getLogger("pypdfium2").setLevel(logging.ERROR)  # it warns of XFA, which we read ourselves
        document.init_forms()
    except MALFORMED:
        return


class Pdf:
    """Text page by page with what lies over each, then what belongs to no page."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield pages with location "p. 3", then properties, bookmarks, form data and attachments."""
        data = stream.read() if size_of(stream) <= _IN_MEMORY else b""
        found = look(data) if data else Look(pictures=True)
        if found.too_far:
            raise ExtractionError(
                Gap(Reason.EXPANDS_TOO_FAR, f"a stream of more than {found.too_far} bytes out of {len(data)}")
            )
        none_of_the_machine()
        document, again, note = _document(data or stream, data, found, budget)
        try:
            if note:
                yield Opened(note)
            if again:
                yield Gap(Reason.DAMAGED, f"page tree lost, {len(document)} pages found again")
            elif not found.whole:
                yield Gap(Reason.DAMAGED, f"the end of the file is missing, {len(document)} pages found")
            _with_forms(document)
            earlier = Earlier(data, found, len(document))
            files = 0
            for part in _Pages(document, data, found, budget).all():
                earlier.keep(part)
                files += isinstance(part, Member)
                yield part
            for part in beside(document, data, found, budget):
                files += isinstance(part, Member)
                yield part
            if earlier.needed or pdfium.FPDF_GetXFAPacketCount(document) > 0:
                found.attachments = 0  # files of earlier states; parts of a form are called files too
            yield from _not_reached(found, files)
            if not again:
                yield from earlier.segments(budget)
        finally:
            document.close()


def _not_reached(found: Look, files: int) -> Iterator[Gap]:
    """Yield what lies in the file and was not read: files that nothing we ask for names, spoilt streams."""
    if found.attachments > files and not found.attachments_too_far:
        left, total = found.attachments - files, found.attachments
        told = f"{left} of {total} embedded files are in no list of files"
        yield Gap(Reason.UNSUPPORTED, told, seen=files, total=total, unit="files")
    if found.broken:
        told = f"{found.broken} of {found.streams} streams cannot be unpacked"
        yield Gap(
            Reason.DAMAGED, told, seen=found.streams - found.broken, total=found.streams, unit="streams"
        )


def _document(
    source: BinaryIO | bytes, data: bytes, found: Look, budget: Budget
) -> tuple[pypdfium2.PdfDocument, bool, str]:
    """Open a document and tell how, made anew from its page objects where its page tree is lost."""
    try:
        document, note = unlocked(source, budget)
        if len(document):
            return document, False, note
        document.close()
        gap = Gap(Reason.DAMAGED, "no pages")
    except ExtractionError as error:
        if error.gap.reason is not Reason.DAMAGED:
            raise
        gap = error.gap
    anew = rescued(data, found)
    if anew is None:
        raise ExtractionError(gap)
    return unlocked(anew, budget)[0], True, ""


class _Pages:
    """The pages of one document, in order."""

    def __init__(self, document: pypdfium2.PdfDocument, data: bytes, found: Look, budget: Budget) -> None:
        self._document = document
        self._budget = budget
        self._pictures = Pictures(budget, any_pictures=found.pictures)
        self._described = bool(pdfium.FPDFCatalog_IsTagged(document)) and has_alternative_texts(data, found)
        self._failed: list[int] = []

    def all(self) -> Iterator[Extracted]:
        """Yield every page; those that cannot be read are told of together at the end."""
        count = len(self._document)
        row = 0
        for number in range(count):
            try:
                page = self._document[number]
            except MALFORMED:
                self._failed.append(number + 1)
                row += 1
                if row >= _UNREADABLE_IN_A_ROW:
                    self._failed += range(number + 2, count + 1)
                    break
                continue
            row = 0
            self._budget.reached(number + 1, count, "pages")
            try:
                yield from self._page(page, number)
            except MALFORMED:
                self._failed.append(number + 1)
            finally:
                page.close()
        if self._failed:
            named = ", ".join(f"p. {number}" for number in self._failed[:5])
            more = " …" if len(self._failed) > 5 else ""
            left = len(self._failed)
            told = f"{left} of {count} pages: {named}{more}"
            yield Gap(Reason.DAMAGED, told, seen=count - left, total=count, unit="pages")
        yield from self._pictures.left_out(count)

    def _page(self, page: pypdfium2.PdfPage, number: int) -> Iterator[Extracted]:
        location = self._location(number)
        text, meaningless = page_text(page)
        stripped = text.strip()
        if stripped:
            self._budget.spend(len(text))
            yield TextSegment(text, location)
        yield from self._pictures.of_page(page, stripped, location, meaningless=meaningless)
        if self._described:
            described = "\n".join(alternative_texts(page))
            if described:
                self._budget.spend(len(described))
                yield TextSegment(described, f"{location} alternative text")
        notes = notes_of(self._document, page, self._budget)
        if notes is None:
            return
        yield from notes.segments(location)
        if notes.drawn:
            drawn = drawn_text(self._document, number, text, notes)
            if drawn:
                self._budget.spend(len(drawn))
                yield TextSegment(drawn, f"{location} stamp")

    def _location(self, number: int) -> str:
        """Return "p. 3", or "p. 3 (iv)" where the document counts its pages in another way."""
        label = wide(partial(pdfium.FPDF_GetPageLabel, self._document, number)).strip()
        plain = str(number + 1)
        return f"p. {plain} ({label[:40]})" if label and label != plain else f"p. {plain}"


def page_text(page: pypdfium2.PdfPage) -> tuple[str, bool]:
    """Return a page's text, hidden and white text too, in the order of its content, and whether it is none.

    Fonts that do not tell what their codes mean give numbers of glyphs as if they were letters.
    """
    text_page = page.get_textpage()
    try:
        text = str(text_page.get_text_range())
        meaningless = bool(text) and _is_meaningless(text_page, text)
        if looks_spaced(text):
            text = respaced(text_page, text)
    finally:
        text_page.close()
    return text.replace("\r\n", "\n").replace("\ufffe", "-"), meaningless


def _is_meaningless(text_page: pypdfium2.PdfTextPage, text: str) -> bool:
    """Tell whether a fifth or more of some letters, taken evenly from a page, stand for none."""
    step = max(1, len(text) // _ASKED_LETTERS)
    wrong = asked = 0
    for index in range(0, len(text), step):
        letter = text[index]
        if letter in " \r\n\t\ufffe":
            continue
        asked += 1
        wrong += (
            letter < " "
            or "\ue000" <= letter <= "\uf8ff"
            or pdfium.FPDFText_HasUnicodeMapError(text_page, index) == 1
        )
    return wrong > 0 and wrong >= _MEANINGLESS * asked
