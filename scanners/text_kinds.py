"""What kind of text an object is: mail, markup, data, delimited or running text."""

from __future__ import annotations

import re

from scanners.encodings import Decoded, decode
from scanners.extractors.cda import CHECKUP, CHECKUP_OTHER, DOCUMENT
from scanners.extractors.checkup import is_checkup_table
from scanners.extractors.delimited import dialect_of
from scanners.extractors.dpc import is_dpc
from scanners.extractors.fhir import XML_RESOURCE, is_fhir
from scanners.extractors.hl7 import MESSAGE
from scanners.extractors.mail_head import is_mail
from scanners.extractors.mailbox_file import MAILBOX
from scanners.extractors.receipts import is_receipt

_MARKUP_HEAD = 4_000
# Address books and calendars; a directory's export may open with remarks.
_OPENING = re.compile(
    r"(?P<vcard>begin:vcard)|(?P<ics>begin:vcalendar)|"
    r"(?P<ldif>(?:#[^\n]*\n\s*)*(?:version: ?1\s+)?(?:#[^\n]*\n\s*)*(?:dn: *[\w.-]+ *=|dn:: ))"
)
_REMARKS = 20_000  # characters: a licence may stand above a page
_PAGE = re.compile(
    r"<(?:!doctype html|html|head|body|script|style|title|meta|div|table|center|h1|p)\b[^<>]*>",
    re.IGNORECASE,
)
_ELEMENT = re.compile(r"[\ufeff\s]*<([A-Za-z_\u0080-\uffff][\w:.-]*)(?:\s[^<>]*)?>")
_BLANK = re.compile(r"\s*")
_JSON = re.compile(r"\s*(\{\s*[\"}]|\[\s*[\[{\"\]\d-])")


def _opening(start: str) -> str | None:
    """Return the kind that the first words of a text give away, in small letters; None for any other."""
    if (found := _OPENING.match(start)) is not None:
        return str(found.lastgroup)
    return "html" if _is_page(start) else None


def _is_page(start: str) -> bool:
    """Tell a page by its first element, remarks before it left out."""
    place = 0
    while start.startswith("<!--", place):
        end = start.find("-->", place + 4)
        blank = _BLANK.match(start, end + 3)
        if end < 0 or blank is None:
            return False
        place = blank.end()
    return _PAGE.match(start, place) is not None


def kind_of_text(head: bytes, *, whole: bool) -> str:
    """Return the kind of an object by its first bytes, which no magic number names; "unknown": no text."""
    if MAILBOX.match(head):
        return "mbox"
    if is_mail(head):
        return "eml"
    if MESSAGE.match(head):
        return "hl7"
    # a block may end inside a character: judge up to the last line end when there is more to come
    judged = decode(head if whole else head[: (head.rfind(b"\n") + 1 or len(head)) & ~1])
    if not isinstance(judged, Decoded):  # a card may hold a different encoding in every line
        return _opening(head[:2000].decode("latin-1").lower()) or "unknown"
    return text_kind(judged.text, whole=whole)


def text_kind(text: str, *, whole: bool = True) -> str:
    """Return the kind of a decoded text: html, xml, json, csv, txt, or a clinical record's."""
    start = text[:2000].lstrip("\ufeff \t\r\n").lower()
    if (opening := _opening(start)) is not None:
        return opening
    if start.startswith("<!--") and _is_page(text[:_REMARKS]):
        return "html"
    if start.startswith(("<!doctype html", "<html")) or (start.startswith("<?xml") and "<html" in start):
        return "html"
    if start.startswith("<"):
        found = _clinical_markup(text)
        if found is None and start.startswith("<?xml"):
            found = "fodt" if "<office:document" in start else "xml"
        elif found is None and _is_element(text, whole=whole):
            found = "xml"
        if found:
            return found
    if _JSON.match(text) and (not whole or text.rstrip().endswith(("}", "]"))):
        return "fhir" if is_fhir(text) else "json"
    if is_receipt(text):
        return "uke"
    if is_dpc(text):
        return "dpc"
    if is_checkup_table(text):
        return "medis"
    return "csv" if dialect_of(text) else "txt"


def _is_element(text: str, *, whole: bool) -> bool:
    """Tell XML without its declaration: it opens with an element that is closed at the end of the whole."""
    first = _ELEMENT.match(text)
    if first is None:
        return False
    return text.rstrip().endswith(f"</{first[1]}>") if whole else "</" in text


def _clinical_markup(text: str) -> str | None:
    """Return the kind of a clinical document in XML, which may lack the declaration of XML."""
    head = text[:_MARKUP_HEAD]
    if DOCUMENT.search(head):
        return "medis" if CHECKUP.search(text) else "cda"
    if CHECKUP_OTHER.search(head):
        return "medis"
    return "fhir" if XML_RESOURCE.search(head) else None
