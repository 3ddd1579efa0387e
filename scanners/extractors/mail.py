"""Mail (RFC 5322, MIME): headers and bodies as text, attachments and enclosed mails as members.

Of the standard library only the parser is taken: letters are decoded in `mail_words`, transfer encodings
undone in `mail_transfer`.
"""

from __future__ import annotations

import email.parser
import email.policy
import io
import re
from collections.abc import Iterator
from email.errors import MissingHeaderBodySeparatorDefect
from email.message import Message
from typing import BinaryIO

from scanners.encodings import Decoded, decode
from scanners.errors import ExtractionError
from scanners.extractors.inline_files import inline_files
from scanners.extractors.interface import Budget, Extracted, Member, size_of
from scanners.extractors.mail_head import as_mail, before, mended
from scanners.extractors.mail_transfer import enclosed_bytes, payload, transfer_encoding
from scanners.extractors.mail_words import charset_text, header_text, raw_bytes, unflowed
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
# Of these, what names a person is told: whom the mail was really sent to.
_PERSONS = re.compile(r"(?i)(?:x-|received$)")
_MAILS = frozenset({"message/rfc822", "message/global", "message/news", "message/rfc2822"})
_LARGEST_MAIL = 256 << 20
_DEEPEST = 100  # parts in parts: every line is held against the boundaries of all of them
_LONGEST = 8 << 10  # characters of a header that holds parameters: the library takes them apart in squares
_HEAD_BYTES = 64 << 10
# What mailers write into a text without saying so.
_FILES = (
    b"{\\rtf",
    b"%PDF-",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
    b"\x1f\x8b",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
)
_SPACES = re.compile(r"\s+")
_BOUNDARY = re.compile(rb"^--([^\r\n]{1,200}?)[ \t]*\r?$", re.MULTILINE)
_MAIN = frozenset({"text", "image", "application", "message", "multipart", "audio", "video", "font", "model"})


class _Part(Message):
    """A part that knows how deep it lies, and takes no header that the library would need hours for."""

    depth = 0
    cut = False

    def attach(self, payload: Message) -> None:  # type: ignore[override]
        """Take a part; the parser does so as soon as it begins."""
        if isinstance(payload, _Part):
            payload.depth = self.depth + 1
            if payload.depth > _DEEPEST:
                raise ExtractionError(Gap(Reason.TOO_DEEP, f"more than {_DEEPEST} parts in each other"))
        super().attach(payload)

    def set_raw(self, name: str, value: str) -> None:
        """Keep a header as it stands, one with parameters up to a length."""
        if len(value) > _LONGEST and name.lower() in _NAMING:
            self.cut = True
            value = value[:_LONGEST]
        super().set_raw(name, value)


def _parsed(stream: BinaryIO) -> Message:
    try:
        return email.parser.BytesParser(_Part, policy=email.policy.compat32).parse(stream)
    except MALFORMED as error:
        raise ExtractionError(Gap(Reason.DAMAGED, type(error).__name__)) from None


def _readable(part: Message) -> Message:
    """Return a part's headers of its file name with raw 8-bit text decoded: the library would replace it."""
    raw = {name.lower(): str(value) for name, value in part.raw_items() if name.lower() in _NAMING}
    if all(value.isascii() and "\x1b" not in value for value in raw.values()):
        return part
    readable = Message()
    for name, value in raw.items():
        decoded = decode(raw_bytes(value))
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
        message, behind = _message(stream)
        yield from behind
        for name, value in message.raw_items():
            text = str(value)
            if name.title() in _HEADERS or not _MACHINES.match(name) or _names_person(name, text):
                text = header_text(text).strip()
                if text:
                    yield TextSegment(text, name.title())
        if message.get_content_type() == "multipart/encrypted":
            yield Gap(Reason.ENCRYPTED, "multipart/encrypted")
        yield from self._tree(message, set(), budget)
        if any(type(defect).__name__ in _CUT for part in message.walk() for defect in part.defects):
            yield Gap(Reason.DAMAGED, "multipart without its end")
        if any(isinstance(part, _Part) and part.cut for part in message.walk()):
            yield Gap(Reason.DAMAGED, f"a header of more than {_LONGEST} characters")

    def _tree(self, message: Message, bodies: set[str], budget: Budget) -> Iterator[Extracted]:
        for part, whole in _leaves(message):
            if not whole:
                yield from _around(part, budget)
                continue
            budget.member()
            try:
                yield from self._part(part, bodies, budget)
            except MALFORMED as error:
                main = part.get_content_maintype()
                where = f"{main} part" if main in _MAIN else "a part"
                yield Gap(Reason.DAMAGED, f"{where}: {type(error).__name__}")

    def _part(self, part: Message, bodies: set[str], budget: Budget) -> Iterator[Extracted]:
        kind = part.get_content_type()
        if (described := part.get("content-description")) is not None:
            yield TextSegment(header_text(str(described)), "Content-Description")
        if kind in _MAILS:
            enclosed = part.get_payload()
            first = enclosed[0] if isinstance(enclosed, list) and enclosed else None
            if isinstance(first, Message):
                inner = first.as_bytes(policy=_AS_IT_IS)
                encoding = transfer_encoding(part)
                if encoding == "quoted-printable" or (encoding == "base64" and not first.keys()):
                    inner = enclosed_bytes(inner, encoding)
            else:
                inner = payload(part)[0]
            inner = as_mail(inner)
            budget.spend(len(inner))
            yield Member(_file_name(part) or "message.eml", io.BytesIO(inner), len(inner))
            return
        if kind.startswith("message/") and isinstance(part.get_payload(), list):
            yield from _report(part, budget)
            return
        data, behind = payload(part)
        budget.spend(len(data))
        if kind.startswith("multipart/") and (found := _refound(data)) is not None:
            yield from self._tree(found, bodies, budget)
            return
        name = _file_name(part) or _CARDS.get(kind, "")
        if (
            name
            or part.get_content_disposition() == "attachment"
            or not kind.startswith("text/")
            or data.startswith(_FILES)
        ):
            if data:
                yield Member(name or kind.replace("/", "."), io.BytesIO(data), len(data))
        else:
            yield from self._body(data, part, bodies)
        if behind.strip():
            yield from _told(charset_text(behind, str(part.get_param("charset", "") or "")), "below the part")

    def _body(self, data: bytes, part: Message, bodies: set[str]) -> Iterator[Extracted]:
        data, files = inline_files(data)
        yield from files
        decoded = charset_text(data, str(part.get_param("charset", "") or ""))
        if isinstance(decoded, Gap):
            yield decoded
            return
        html = part.get_content_type() == "text/html"
        text = visible_text(decoded.text) if html else decoded.text
        if not html and "flowed" in str(part.get("content-type", "")).lower():
            text = unflowed(text, closed=str(part.get_param("delsp", "")).lower() == "yes")
        condensed = _SPACES.sub("", text)
        if condensed and condensed not in bodies:
            bodies.add(condensed)
            yield TextSegment(text, "body (html)" if html else "body")
        if _LOCKED in text:
            yield Gap(Reason.ENCRYPTED, "PGP message in the body")
        if decoded.damaged:
            yield Gap(Reason.UNDECODABLE, f"{decoded.damaged} characters")


def _message(stream: BinaryIO) -> tuple[Message, list[Extracted]]:
    """Return the mail in a stream, and what Apple Mail wrote behind it."""
    head = stream.read(_HEAD_BYTES)
    start, told = before(head) if head[:1] in b"\xef\r\n0123456789" else (0, 0)
    behind: list[Extracted] = []
    if 0 < told < size_of(stream) - start:
        data = stream.read()
        rest = data[start + told :]
        stream, start = io.BytesIO(data[start : start + told]), 0
        if rest.strip():
            behind.append(Member("properties.plist", io.BytesIO(rest), len(rest)))
    stream.seek(start)
    message = _parsed(stream)
    if any(isinstance(defect, MissingHeaderBodySeparatorDefect) for defect in message.defects):
        stream.seek(start)
        better = mended(stream.read(_HEAD_BYTES))
        if better is not None:
            message = _parsed(io.BytesIO(better + stream.read()))
    return message, behind


def _names_person(name: str, value: str) -> bool:
    """Tell whether a header that programs write may name a person: by an address, or in other letters."""
    return _PERSONS.match(name) is not None and (
        "@" in value or "=?" in value or not value.isascii() or "\x1b" in value
    )


def _refound(data: bytes) -> Message | None:
    """Return a multipart whose boundary is not the one it names, by the first line that looks like one."""
    found = _BOUNDARY.search(data)
    if found is None:
        return None
    boundary = found[1].replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    message = _parsed(io.BytesIO(b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\n\n' + data))
    return message if isinstance(message.get_payload(), list) else None


def _around(part: Message, budget: Budget) -> Iterator[Extracted]:
    """Yield what a multipart holds before its first and behind its last part: old mails, footers of lists."""
    for text, where in ((part.preamble, "before the parts"), (part.epilogue, "behind the parts")):
        if text and not text.isspace() and not (_STOCK.search(text) and not _TELLING.search(text)):
            data = raw_bytes(text)
            budget.spend(len(data))
            yield from _told(decode(data), where)


def _told(decoded: Decoded | Gap, where: str) -> Iterator[Extracted]:
    if isinstance(decoded, Gap):
        yield decoded
        return
    if decoded.text.strip():
        yield TextSegment(decoded.text, where)
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
        number, total = (str(part.get_param(name, "")) for name in ("number", "total"))
        number = number if number.isdecimal() and len(number) < 7 else "?"
        total = total if total.isdecimal() and len(total) < 7 else "several"
        yield Gap(Reason.UNSUPPORTED, f"piece {number} of {total}")


_AS_IT_IS = email.policy.compat32.clone(mangle_from_=False)
# What every mailer writes for readers that know no MIME.
_STOCK = re.compile(r"(?i)mime|multi-?part")
_TELLING = re.compile(r"[@\d]|[^\x00-\x7f]|\x1b|.{300}", re.DOTALL)
_CUT = frozenset(
    {"StartBoundaryNotFoundDefect", "CloseBoundaryNotFoundDefect", "NoBoundaryInMultipartDefect"}
)


def _leaves(message: Message) -> Iterator[tuple[Message, bool]]:
    """Yield the parts that hold content, True; multiparts that hold text around them, False.

    An enclosed mail is one part and not entered.
    """
    stack = [message]
    while stack:
        part = stack.pop()
        # of a part that holds no others the library would decode the text, by a charset that may be nonsense
        children = part.get_payload() if part.is_multipart() else None
        if part.get_content_maintype() == "multipart" and isinstance(children, list):
            stack.extend(reversed([child for child in children if isinstance(child, Message)]))
            if part.preamble or part.epilogue:
                yield part, False
        else:
            yield part, True
