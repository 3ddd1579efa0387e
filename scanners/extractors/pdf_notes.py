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
_COMPARED = 1 << 20  # letters that are looked through for each line that is drawn
_TICKED = _BUTTONS - {pdfium.FPDF_FORMFIELD_PUSHBUTTON}
_MOST_OPTIONS = 1000
_ESCAPED = re.compile(r"#[89A-F][0-9A-F]")
_SHOWS = re.compile(r"T[jJ*]|Do\b|[)>]\s?['\"]")
_LINK_WORDS = re.compile(r"^(?:mailto|tel|sms):", re.IGNORECASE)


@dataclass(slots=True)
class Notes:
    """What one page's annotations say; `drawn` are those whose text is seen only where it is drawn."""

    budget: Budget
    comments: dict[str, None] = field(default_factory=dict)
    links: dict[str, None] = field(default_factory=dict)
    fields: dict[str, None] = field(default_factory=dict)
    files: list[Member] = field(default_factory=list)
    drawn: set[int] = field(default_factory=set)
    total: int = 0

    def add(self, texts: dict[str, None], *more: str) -> None:
        """Keep what was not said before."""
        for text in more:
            if text and text not in texts:
                self.budget.spend(len(text))
                texts[text] = None

    def segments(self, location: str) -> Iterator[Extracted]:
        """Yield them as passages beside the page."""
        for name, texts in (("comment", self.comments), ("form", self.fields), ("link", self.links)):
            text = "\n".join(texts)
            if text.strip():
                yield TextSegment(text, f"{location} {name}")
        for member in self.files:
            self.budget.member()
            self.budget.spend(member.size)
            yield member
        if self.total > MOST_NOTES:
            told = f"{location}: read {MOST_NOTES} of {self.total} annotations"
            yield Gap(Reason.SAMPLED, told, seen=MOST_NOTES, total=self.total, unit="annotations")

    def known(self) -> str:
        """Return the letters of what was said, for what is drawn is often the same."""
        told = "\n".join(_letters(text) for texts in (self.comments, self.fields) for text in texts)
        return told[:_COMPARED]


def notes_of(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, budget: Budget) -> Notes | None:
    """Read a page's annotations; None where there are none."""
    count = pdfium.FPDFPage_GetAnnotCount(page)
    if count <= 0:
        return None
    notes = Notes(budget, total=count)
    for index in range(min(count, MOST_NOTES)):
        budget.check_time()
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if annotation:
            try:
                if _read(document, annotation, notes):
                    notes.drawn.add(index)
            finally:
                pdfium.FPDFPage_CloseAnnot(annotation)
    return notes


def _value(annotation: object, key: bytes) -> str:
    return wide(partial(pdfium.FPDFAnnot_GetStringValue, annotation, key)).strip()


def _read(document: pypdfium2.PdfDocument, annotation: object, notes: Notes) -> bool:
    """Add what an annotation says; return whether it draws text that may be said nowhere else."""
    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    if kind == pdfium.FPDF_ANNOT_WIDGET:
        return _form_field(document, annotation, notes)
    contents = _value(annotation, b"Contents")
    if kind == pdfium.FPDF_ANNOT_LINK:
        action = pdfium.FPDFLink_GetAction(pdfium.FPDFAnnot_GetLink(annotation))
        notes.add(notes.links, *(_targets(document, action) if action else ()), contents)
        return False
    if kind == pdfium.FPDF_ANNOT_FILEATTACHMENT:
        attached = pdfium.FPDFAnnot_GetFileAttachment(annotation)
        if attached:
            notes.files.append(attached_file(attached))
            notes.add(notes.comments, wide(partial(pdfium.FPDFAttachment_GetDescription, attached)).strip())
    rich = plain(_value(annotation, b"RC"))
    if rich and _letters(rich) == _letters(contents):
        rich = ""
    if kind != pdfium.FPDF_ANNOT_POPUP:
        notes.add(notes.comments, _value(annotation, b"T"), _value(annotation, b"Subj"))
    notes.add(notes.comments, contents, rich)
    if kind == pdfium.FPDF_ANNOT_REDACT:
        notes.add(notes.comments, _value(annotation, b"OverlayText"))
    return kind != pdfium.FPDF_ANNOT_POPUP and _draws_text(annotation)


def _draws_text(annotation: object) -> bool:
    """Tell whether an annotation is drawn by operators that show text or something else in turn."""
    normal = pdfium.FPDF_ANNOT_APPEARANCEMODE_NORMAL
    drawing = narrow(partial(_appearance, annotation, normal), "utf-16-le")
    return _SHOWS.search(drawing) is not None


def _appearance(annotation: object, mode: int, buffer: object, length: int) -> int:
    target = ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)) if buffer else None  # type: ignore[arg-type]  # a buffer of ours
    return int(pdfium.FPDFAnnot_GetAP(annotation, mode, target, length))


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


def _form_field(document: pypdfium2.PdfDocument, annotation: object, notes: Notes) -> bool:
    """Add "name: value"; what a viewer calls the field (TU) stands beside its inner name.

    Returns whether what it says is seen only where it is drawn: who signed, and text without a value.
    """
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
    values = [value]
    if kind in _CHOICES:
        chosen, others = _options(form, annotation)
        value = " ".join(dict.fromkeys(filter(None, [value, *chosen])))
        values = [value, f"other choices: {' / '.join(others)}" if others else ""]
    elif kind in _BUTTONS:
        values = [] if value == "Off" else [value]
    else:
        values += [plain(_value(annotation, b"RV")), _value(annotation, b"DV")]
    label = shown if not name or name == shown else f"{name} ({shown})" if shown else name
    told = [text for text in dict.fromkeys(values) if text]
    notes.add(notes.fields, *((f"{label}: {text}" if label else text for text in told) if told else [label]))
    if kind == pdfium.FPDF_FORMFIELD_SIGNATURE:
        return True
    return not told and kind not in _TICKED and _draws_text(annotation)


def _unescaped(name: str) -> str:
    """Return a field's name where its writer escaped it as if it were a PDF name: "#E6#B0#8F…"."""
    if not _ESCAPED.search(name):
        return name
    raw = re.sub(rb"#([0-9A-F]{2})", lambda two: bytes([int(two[1], 16)]), name.encode())
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return name


def _options(form: object, annotation: object) -> tuple[list[str], list[str]]:
    """Return the labels of a choice's options: the chosen ones and the others."""
    chosen: list[str] = []
    others: list[str] = []
    for index in range(min(pdfium.FPDFAnnot_GetOptionCount(form, annotation), _MOST_OPTIONS)):
        label = wide(partial(pdfium.FPDFAnnot_GetOptionLabel, form, annotation, index))
        (chosen if pdfium.FPDFAnnot_IsOptionSelected(form, annotation, index) else others).append(label)
    return chosen, others


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


def drawn_text(document: pypdfium2.PdfDocument, number: int, seen: str, notes: Notes) -> str:
    """Return the lines that a page has more once its stamps and signatures are drawn into it."""
    page = document[number]
    try:
        for index in reversed(range(min(pdfium.FPDFPage_GetAnnotCount(page), MOST_NOTES))):
            if index not in notes.drawn:  # its text is read already
                pdfium.FPDFPage_RemoveAnnot(page, index)
                continue
            annotation = pdfium.FPDFPage_GetAnnot(page, index)
            pdfium.FPDFAnnot_SetFlags(annotation, 0)  # hidden ones are not drawn
            pdfium.FPDFPage_CloseAnnot(annotation)
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
    known, said = set(seen.splitlines()), notes.known()
    return "\n".join(
        line for line in lines if line.strip() and line not in known and _letters(line) not in said
    )
