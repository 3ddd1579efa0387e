"""What kind of text an object is: mail, markup, data, delimited or running text."""

from __future__ import annotations

import re

from scanners.encodings import Decoded, decode
from scanners.extractors.delimited import dialect_of

_HEADER_LINE = re.compile(rb"[!-9;-~]+:[ \t]?|[ \t]+\S|From \S+|>From ")
_MAIL_NAMES = frozenset(
    b"from to cc subject date message-id mime-version received return-path content-type reply-to".split()
)
_MAIL_PROOF = frozenset(b"message-id mime-version received return-path date content-type".split())
# Address books and calendars; a directory's export may open with remarks.
_OPENING = re.compile(
    r"(?P<vcard>begin:vcard)|(?P<ics>begin:vcalendar)|"
    r"(?P<ldif>(?:#[^\n]*\n\s*)*(?:version: ?1\s+)?(?:#[^\n]*\n\s*)*(?:dn: *[\w.-]+ *=|dn:: ))"
)
_REMARKS = 20_000  # characters: a licence may stand above a page
_PAGE = re.compile(
    r"(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body|script|style|title|meta|div|table|center|h1|p)"
    r"\b[^<>]*>",
    re.DOTALL | re.IGNORECASE,
)
_JSON = re.compile(r"\s*(\{\s*[\"}]|\[\s*[\[{\"\]\d-])")


def _opening(start: str) -> str | None:
    """Return the kind that the first words of a text give away, in small letters; None for any other."""
    if (found := _OPENING.match(start)) is not None:
        return str(found.lastgroup)
    return "html" if _PAGE.match(start) else None


def _is_mail(head: bytes) -> bool:
    """Tell whether the head is a mail's: header lines up to the first empty line, proof of transport."""
    block = re.split(rb"\r?\n\r?\n", head.lstrip(b"\r\n"), maxsplit=1)[0]
    lines = block.splitlines()
    if len(lines) < 2 or not all(_HEADER_LINE.match(line) for line in lines[:-1]):
        return False
    names = {
        line.split(b":", 1)[0].strip().lower() for line in lines if b":" in line and line[:1] not in b" \t"
    }
    return len(names & _MAIL_NAMES) >= 2 and bool(names & _MAIL_PROOF)


def kind_of_text(head: bytes, *, whole: bool) -> str:
    """Return the kind of an object by its first bytes, which no magic number names; "unknown": no text."""
    if _is_mail(head):
        return "eml"
    # a block may end inside a character: judge up to the last line end when there is more to come
    judged = decode(head if whole else head[: (head.rfind(b"\n") + 1 or len(head)) & ~1])
    if not isinstance(judged, Decoded):  # a card may hold a different encoding in every line
        return _opening(head[:2000].decode("latin-1").lower()) or "unknown"
    return text_kind(judged.text, whole=whole)


def text_kind(text: str, *, whole: bool = True) -> str:
    """Return the kind of a decoded text: html, xml, json, csv or txt."""
    start = text[:2000].lstrip("\ufeff \t\r\n").lower()
    if (opening := _opening(start)) is not None:
        return opening
    if start.startswith("<!--") and _PAGE.match(text[:_REMARKS]):
        return "html"
    if start.startswith(("<!doctype html", "<html")) or (start.startswith("<?xml") and "<html" in start):
        return "html"
    if start.startswith("<?xml"):
        return "xml"
    if _JSON.match(text) and (not whole or text.rstrip().endswith(("}", "]"))):
        return "json"
    return "csv" if dialect_of(text) else "txt"
