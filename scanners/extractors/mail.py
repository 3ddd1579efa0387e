"""Mail (RFC 5322, MIME): headers and bodies as text, attachments and enclosed mails as members.

The charset step is our own: the standard library leaves half of a body that names iso-2022-jp but
holds ①㈱ or half-width kana undecoded.
"""

from __future__ import annotations

import base64
import binascii
import email.header
import email.parser
import email.policy
import io
import re
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.message import Message
from typing import BinaryIO

from scanners.encodings import Decoded, decode
from scanners.errors import ExtractionError
from scanners.extractors.inline_files import inline_files
from scanners.extractors.interface import Budget, Extracted, Member, size_of
from scanners.extractors.markup import visible_text
from scanners.extractors.package import MALFORMED
from scanners.model import Gap, Reason, TextSegment

_HEADERS = (
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Bcc",
    "Subject",
    "Comments",
    "Keywords",
    "Organization",
    "Resent-From",
    "Resent-To",
    "Resent-Cc",
    "Delivered-To",
    "Return-Path",
    "X-Original-To",
    "Disposition-Notification-To",
    "Thread-Topic",
)
_CARDS = {
    "text/calendar": "calendar.ics",
    "text/vcard": "card.vcf",
    "text/x-vcard": "card.vcf",
    "text/directory": "card.vcf",
}
_LOCKED = "-----BEGIN PGP MESSAGE-----"
_NAMING = frozenset({"content-disposition", "content-type"})
# Headers that no person writes: the way of a mail, its seals, its form.
_MACHINES = re.compile(
    r"(?i)(x-|arc-|dkim-|domainkey|received|authentication|mime-|content-|message-id|references|in-reply-to|list-|"
    r"return-path|delivered-to|precedence|auto-submitted|thread-|status|feedback|autocrypt|user-agent)"
)
_LARGEST_MAIL = 256 << 20
_WIDER = {"shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932", "sjis": "cp932", "us-ascii": "utf-8"}
# What programs write without looking: every byte has a meaning in it.
_UNASKED = frozenset({"iso-8859-1", "latin-1", "latin1", "windows-1252", "us-ascii"})
_SPACES = re.compile(r"\s+")
_FOLDED = re.compile(r"\r?\n(?=[ \t])")


def charset_text(data: bytes, charset: str | None) -> Decoded | Gap:
    """Decode bytes as the mail says, and as they really are where it says wrong."""
    name = (charset or "").strip().strip("\"'").lower()
    if name and name not in _UNASKED and b"\x1b$" not in data and b"\x1b(I" not in data:
        try:
            return Decoded(data.decode(_WIDER.get(name, name)), name)
        except (UnicodeDecodeError, LookupError, ValueError):
            return decode(data)
    return decode(data, name)


def header_text(raw: str) -> str:
    """Return a header as a person reads it: encoded words (RFC 2047) and raw 8-bit text decoded."""
    if raw.isascii() and "\x1b" not in raw and "=?" not in raw:
        return _FOLDED.sub("", raw)
    data = raw.encode("ascii", "surrogateescape") if raw.isascii() or _has_raw(raw) else None
    if data is not None and (not data.isascii() or b"\x1b" in data):
        decoded = decode(data)
        raw = decoded.text if isinstance(decoded, Decoded) else data.decode("ascii", "replace")
    raw = _FOLDED.sub("", raw)
    try:
        words = email.header.decode_header(raw)
    except (HeaderParseError, ValueError):
        return raw
    out = []
    for word, charset in words:
        if isinstance(word, str):
            out.append(word)
            continue
        if charset is None:
            out.append(word.decode("raw-unicode-escape", "replace"))
            continue
        text = charset_text(word, charset)
        out.append(text.text if isinstance(text, Decoded) else word.decode("ascii", "replace"))
    return "".join(out)


def _has_raw(text: str) -> bool:
    return all(ord(character) < 0x80 or 0xDC80 <= ord(character) <= 0xDCFF for character in text)


def _payload(part: Message) -> bytes:
    """Return a part's bytes with its transfer encoding undone; damaged base64 gives what it can."""
    try:
        data = part.get_payload(decode=True)
    except (binascii.Error, *MALFORMED):
        raw = str(part.get_payload()).encode("ascii", "ignore")
        data = base64.b64decode(re.sub(rb"[^A-Za-z0-9+/]", b"", raw) + b"==", validate=False)
    return data if isinstance(data, bytes) else b""


def _readable(part: Message) -> Message:
    """Return a part's headers of its file name with raw 8-bit text decoded: the library would replace it."""
    raw = {name.lower(): str(value) for name, value in part.raw_items() if name.lower() in _NAMING}
    if all(value.isascii() for value in raw.values()):
        return part
    readable = Message()
    for name, value in raw.items():
        data = value.encode("ascii", "surrogateescape") if _has_raw(value) else value.encode()
        decoded = decode(data)
        readable[name] = decoded.text if isinstance(decoded, Decoded) else value
    return readable


def _file_name(part: Message) -> str:
    """Return an attachment's name: RFC 2231, or RFC 2047 words in quotes as many programs write it."""
    if not any(name.lower() in _NAMING and "name" in str(value).lower() for name, value in part.raw_items()):
        return ""
    readable = _readable(part)
    parameter = readable.get_param("filename", None, "content-disposition") or readable.get_param(
        "name", None
    )
    if isinstance(parameter, tuple):
        charset, _, value = parameter
        decoded = charset_text(value.encode("latin-1", "replace"), charset)
        return decoded.text if isinstance(decoded, Decoded) else value
    return header_text(parameter) if parameter else ""


class Mail:
    """One mail; text and html versions of the same body are read once."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield headers, bodies and attachments in order of the mail."""
        if size_of(stream) > _LARGEST_MAIL:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {_LARGEST_MAIL} bytes"))
        try:
            message = email.parser.BytesParser(policy=email.policy.compat32).parse(stream)
        except MALFORMED as error:
            raise ExtractionError(Gap(Reason.DAMAGED, type(error).__name__)) from None
        for name, value in message.raw_items():
            if name.title() in _HEADERS or not _MACHINES.match(name):
                text = header_text(str(value)).strip()
                if text:
                    yield TextSegment(text, name.title())
        if message.get_content_type() == "multipart/encrypted":
            yield Gap(Reason.ENCRYPTED, "multipart/encrypted")
        bodies: set[str] = set()
        for part in _leaves(message):
            budget.member()
            try:
                yield from self._part(part, bodies, budget)
            except MALFORMED as error:
                yield Gap(Reason.DAMAGED, f"{part.get_content_type()}: {type(error).__name__}")
        if any(type(defect).__name__ in _CUT for part in message.walk() for defect in part.defects):
            yield Gap(Reason.DAMAGED, "multipart without its end")

    def _part(self, part: Message, bodies: set[str], budget: Budget) -> Iterator[Extracted]:
        kind = part.get_content_type()
        if kind == "message/rfc822":
            enclosed = part.get_payload()
            first = enclosed[0] if isinstance(enclosed, list) and enclosed else None
            inner = first.as_bytes() if isinstance(first, Message) else _payload(part)
            budget.spend(len(inner))
            yield Member(_file_name(part) or "message.eml", io.BytesIO(inner), len(inner))
            return
        if part.get_content_maintype() == "message" and isinstance(part.get_payload(), list):
            yield from _report(part, budget)
            return
        data = _payload(part)
        budget.spend(len(data))
        name = _file_name(part) or _CARDS.get(kind, "")
        if name or part.get_content_disposition() == "attachment" or not kind.startswith("text/"):
            if data:
                yield Member(name or kind.replace("/", "."), io.BytesIO(data), len(data))
            return
        yield from self._body(data, part, bodies)

    def _body(self, data: bytes, part: Message, bodies: set[str]) -> Iterator[Extracted]:
        data, files = inline_files(data)
        yield from files
        decoded = charset_text(data, str(part.get_param("charset", "") or ""))
        if isinstance(decoded, Gap):
            yield decoded
            return
        html = part.get_content_type() == "text/html"
        text = visible_text(decoded.text) if html else decoded.text
        condensed = _SPACES.sub("", text)
        if condensed and condensed not in bodies:
            bodies.add(condensed)
            yield TextSegment(text, "body (html)" if html else "body")
        if _LOCKED in text:
            yield Gap(Reason.ENCRYPTED, "PGP message in the body")
        if decoded.damaged:
            yield Gap(Reason.UNDECODABLE, f"{decoded.damaged} characters")


def _report(part: Message, budget: Budget) -> Iterator[Extracted]:
    """Yield what a part of type message/… other than a mail says: a report, a piece of a longer mail."""
    kind = part.get_content_type()
    enclosed = part.get_payload()
    inner = enclosed if isinstance(enclosed, list) else []
    data = b"\n".join(each.as_bytes() for each in inner if isinstance(each, Message))
    budget.spend(len(data))
    decoded = decode(data)
    if isinstance(decoded, Gap):
        yield decoded
    elif decoded.text.strip():
        yield TextSegment(decoded.text, kind)
    if kind == "message/partial":
        yield Gap(
            Reason.UNSUPPORTED,
            f"piece {part.get_param('number', '')} of {part.get_param('total', 'several')}",
        )


_CUT = frozenset(
    {"StartBoundaryNotFoundDefect", "CloseBoundaryNotFoundDefect", "NoBoundaryInMultipartDefect"}
)


def _leaves(message: Message) -> Iterator[Message]:
    """Yield the parts that hold content; an enclosed mail is one part and not entered."""
    stack = [message]
    while stack:
        part = stack.pop()
        # of a part that holds no others the library would decode the text, by a charset that may be nonsense
        children = part.get_payload() if part.is_multipart() else None
        if part.get_content_maintype() == "multipart" and isinstance(children, list):
            stack.extend(reversed([child for child in children if isinstance(child, Message)]))
        else:
            yield part
