"""What lies over a PDF's page: comments, links, form fields, files pinned to it, stamps."""

from __future__ import annotations

import ctypes
import html
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import pypdfium2
import pypdfium2.raw as pdfium

from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.pdf_raw import ATTACHMENT_BYTES
from scanners.extractors.pdf_strings import narrow, wide
from scanners.model import Gap, Reason, TextSegment

MOST_NOTES = 20_000  # on one page
_CHOICES = frozenset({pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX})
_BUTTONS = frozenset(
    {pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON, pdfium.FPDF_FORMFIELD_PUSHBUTTON}
)
_MOST_OPTIONS = 1000
_ESCAPED = re.compile(r"#[89A-F][0-9A-F]")
_LINK_WORDS = re.compile(r"^(?:mailto|tel|sms):", re.IGNORECASE)


@dataclass(slots=True)
class Notes:
    """What one page's annotations say; `drawn` when some of their text is seen only where it is drawn."""

    comments: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    files: list[Member] = field(default_factory=list)
    drawn: bool = False

    def segments(self, location: str, budget: Budget) -> Iterator[Extracted]:
        """Yield them as passages beside the page."""
        for name, texts in (("comment", self.comments), ("form", self.fields), ("link", self.links)):
            text = "\n".join(dict.fromkeys(texts))
            if text.strip():
                budget.spend(len(text))
                yield TextSegment(text, f"{location} {name}")
        for member in self.files:
            budget.member()
            budget.spend(member.size)
            yield member


def notes_of(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Notes | None:
    """Read a page's annotations; None where there are none."""
    count = min(pdfium.FPDFPage_GetAnnotCount(page), MOST_NOTES)
    if count <= 0:
        return None
    notes = Notes()
    for index in range(count):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if annotation:
            try:
                _read(document, annotation, notes)
            finally:
                pdfium.FPDFPage_CloseAnnot(annotation)
    return notes


def _value(annotation: object, key: bytes) -> str:
    return wide(partial(pdfium.FPDFAnnot_GetStringValue, annotation, key)).strip()


def _read(document: pypdfium2.PdfDocument, annotation: object, notes: Notes) -> None:
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    if kind == pdfium.FPDF_ANNOT_LINK:
        action = pdfium.FPDFLink_GetAction(pdfium.FPDFAnnot_GetLink(annotation))
        if action:
            notes.links += _targets(document, action)
    if kind == pdfium.FPDF_ANNOT_WIDGET:
        _form_field(document, annotation, notes)
        return
    if kind == pdfium.FPDF_ANNOT_FILEATTACHMENT:
        attached = pdfium.FPDFAnnot_GetFileAttachment(annotation)
        if attached:
            notes.files.append(attached_file(attached))
    contents = _value(annotation, b"Contents")
    if kind == pdfium.FPDF_ANNOT_LINK:
        notes.links += [contents] if contents else []
        return
    rich = plain(_value(annotation, b"RC"))
    if rich and _letters(rich) == _letters(contents):
        rich = ""
    told = [contents, rich]
    if kind != pdfium.FPDF_ANNOT_POPUP:
        told = [_value(annotation, b"T"), _value(annotation, b"Subj"), *told]
    notes.comments += [text for text in told if text]
    if kind == pdfium.FPDF_ANNOT_STAMP or (kind == pdfium.FPDF_ANNOT_FREETEXT and not contents):
        notes.drawn = True


def _letters(text: str) -> str:
    return re.sub(r"\s+", "", text)


def plain(rich: str) -> str:
    """Return the text of rich contents (XHTML)."""
    if not rich:
        return ""
    text = re.sub(r"</(?:p|div|li|br)\s*>|<br\s*/?>", "\n", rich)
    return html.unescape(re.sub(r"<[^<>]*>", "", text)).strip()


def _targets(document: pypdfium2.PdfDocument, action: object) -> list[str]:
    address = narrow(partial(pdfium.FPDFAction_GetURIPath, document, action))
    path = narrow(partial(pdfium.FPDFAction_GetFilePath, action))
    return [_LINK_WORDS.sub("", text) for text in (address, path) if text]


def _form_field(document: pypdfium2.PdfDocument, annotation: object, notes: Notes) -> None:
    """Add "name: value"; what a viewer calls the field (TU) stands beside its inner name."""
    form = document.formenv
    if form is None:
        name, value = _value(annotation, b"T"), _value(annotation, b"V")
        shown, kind = _value(annotation, b"TU"), -1
    else:
        name = wide(partial(pdfium.FPDFAnnot_GetFormFieldName, form, annotation))
        value = wide(partial(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation))
        shown = wide(partial(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, annotation))
        kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    name = _unescaped(name)
    if kind in _CHOICES:
        value = " ".join(dict.fromkeys(filter(None, [value, *_chosen(form, annotation)])))
    if kind in _BUTTONS and value == "Off":
        value = ""
    label = shown if not name or name == shown else f"{name} ({shown})" if shown else name
    if value:
        notes.fields.append(f"{label}: {value}" if label else value)
    elif label:
        notes.fields.append(label)
    if kind == pdfium.FPDF_FORMFIELD_SIGNATURE:
        notes.drawn = True  # who signed is told by its picture


def _unescaped(name: str) -> str:
    """Return a field's name where its writer escaped it as if it were a PDF name: "#E6#B0#8F…"."""
    if not _ESCAPED.search(name):
        return name
    raw = re.sub(rb"#([0-9A-F]{2})", lambda two: bytes([int(two[1], 16)]), name.encode())
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return name


def _chosen(form: object, annotation: object) -> Iterator[str]:
    count = pdfium.FPDFAnnot_GetOptionCount(form, annotation)
    for index in range(min(count, _MOST_OPTIONS)):
        if pdfium.FPDFAnnot_IsOptionSelected(form, annotation, index):
            yield wide(partial(pdfium.FPDFAnnot_GetOptionLabel, form, annotation, index))


def attached_file(attachment: object) -> Member:
    """Return a file that a document carries as a member to be read in turn."""
    name = wide(partial(pdfium.FPDFAttachment_GetName, attachment)) or "attachment"
    length = ctypes.c_ulong()
    if not pdfium.FPDFAttachment_GetFile(attachment, None, 0, length):
        return Member(name, None, 0, gap=Gap(Reason.DAMAGED, "no content"))
    if length.value > ATTACHMENT_BYTES:
        return Member(
            name, None, length.value, gap=Gap(Reason.OVERSIZED, f"more than {ATTACHMENT_BYTES} bytes")
        )
    buffer = ctypes.create_string_buffer(length.value) if length.value else None
    if buffer is not None and not pdfium.FPDFAttachment_GetFile(attachment, buffer, length.value, length):
        return Member(name, None, length.value, gap=Gap(Reason.DAMAGED, "no content"))
    return Member(name, io.BytesIO(buffer.raw if buffer is not None else b""), length.value)


def _is_drawn(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, index: int) -> bool:
    annotation = pdfium.FPDFPage_GetAnnot(page, index)
    if not annotation:
        return False
    try:
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        if kind == pdfium.FPDF_ANNOT_WIDGET and document.formenv is not None:
            field_type = pdfium.FPDFAnnot_GetFormFieldType(document.formenv, annotation)
            return bool(field_type == pdfium.FPDF_FORMFIELD_SIGNATURE)
        return kind in (pdfium.FPDF_ANNOT_STAMP, pdfium.FPDF_ANNOT_FREETEXT)
    finally:
        pdfium.FPDFPage_CloseAnnot(annotation)


def drawn_text(document: pypdfium2.PdfDocument, number: int, seen: str) -> str:
    """Return the lines that a page has more once its stamps and signatures are drawn into it."""
    page = document[number]
    try:
        for index in reversed(range(min(pdfium.FPDFPage_GetAnnotCount(page), MOST_NOTES))):
            if not _is_drawn(document, page, index):  # its text is read already
                pdfium.FPDFPage_RemoveAnnot(page, index)
        if pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) != pdfium.FLATTEN_SUCCESS:
            return ""
    finally:
        page.close()
    page = document[number]
    try:
        text_page = page.get_textpage()
        try:
            lines = text_page.get_text_range().splitlines()
        finally:
            text_page.close()
    finally:
        page.close()
    known = set(seen.splitlines())
    return "\n".join(line for line in lines if line.strip() and line not in known)
