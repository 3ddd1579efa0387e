"""MAPI properties ([MS-OXPROPS]) of Outlook's messages, contacts and appointments, from whatever store."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from scanners.encodings import Decoded, decode
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.mail_words import header_text
from scanners.extractors.markup import visible_text
from scanners.extractors.office_properties import code_page_text
from scanners.extractors.rtf import Rtf
from scanners.extractors.rtf_compressed import rich_text
from scanners.model import Category, Gap, Reason, RecordField, RecordSegment, TableSegment, TextSegment

STRING8, UNICODE, BINARY, OBJECT, LONG, TIME = 0x001E, 0x001F, 0x0102, 0x000D, 0x0003, 0x0040
SINGLE: Mapping[int, int] = MappingProxyType(  # what one value of a text property is
    {STRING8: STRING8, UNICODE: UNICODE, 0x101E: STRING8, 0x101F: UNICODE}
)

SUBJECT, BODY, HTML, RTF_BODY, HEADERS, CLASS = 0x0037, 0x1000, 0x1013, 0x1009, 0x007D, 0x001A
NAME, ADDRESS_TYPE, ADDRESS, SMTP, RECIPIENT_TYPE = 0x3001, 0x3002, 0x3003, 0x39FE, 0x0C15
CODE_PAGE, INTERNET_CODE_PAGE, LOCALE = 0x3FFD, 0x3FDE, 0x3FF1
_LANGUAGES = {0x0411: 932, 0x0804: 936, 0x0404: 950, 0x0412: 949, 0x0419: 1251}

_LABELS: Mapping[int, str] = MappingProxyType(
    {
        0x0037: "Subject",
        0x0C1A: "From",
        0x0C1F: "From",
        0x5D01: "From",
        0x0042: "Sent on behalf of",
        0x0065: "Sent on behalf of",
        0x5D02: "Sent on behalf of",
        0x0040: "Received by",
        0x0076: "Received by",
        0x0044: "Received on behalf of",
        0x0078: "Received on behalf of",
        0x0E04: "To",
        0x0E03: "Cc",
        0x0E02: "Bcc",
        0x0050: "Reply to",
        0x3FF8: "Created by",
        0x3FFA: "Last changed by",
        0x0070: "Topic",
        0x001D: "Normalised subject",
        0x0E1D: "Normalised subject",
        0x3A57: "Company phone",
    }
)
_TOPICS = frozenset({0x0070, 0x001D, 0x0E1D})
# id: (what a card calls it, what it holds); the subject of a card is one person
_CARD: Mapping[int, tuple[str, Category | None]] = MappingProxyType(
    {
        0x3001: ("display name", Category.PERSON),
        0x3A11: ("surname", None),
        0x3A06: ("given name", None),
        0x3A44: ("middle name", None),
        0x3A4F: ("nickname", None),
        0x3A16: ("company", None),
        0x3A17: ("title", None),
        0x3A18: ("department", None),
        0x3A08: ("business phone", Category.PHONE),
        0x3A1B: ("business phone 2", Category.PHONE),
        0x3A09: ("home phone", Category.PHONE),
        0x3A2F: ("home phone 2", Category.PHONE),
        0x3A1C: ("mobile phone", Category.PHONE),
        0x3A1A: ("primary phone", Category.PHONE),
        0x3A1D: ("radio phone", Category.PHONE),
        0x3A1E: ("car phone", Category.PHONE),
        0x3A1F: ("other phone", Category.PHONE),
        0x3A21: ("pager", Category.PHONE),
        0x3A24: ("business fax", Category.PHONE),
        0x3A25: ("home fax", Category.PHONE),
        0x3A2E: ("assistant's phone", None),
        0x3A30: ("assistant", None),
        0x3A4E: ("manager", None),
        0x3A48: ("spouse", None),
        0x3A15: ("postal address", Category.ADDRESS),
        0x3A29: ("street", None),
        0x3A27: ("city", None),
        0x3A28: ("state", None),
        0x3A2A: ("postal code", Category.POSTAL_CODE),
        0x3A5D: ("home street", None),
        0x3A59: ("home city", None),
        0x3A5C: ("home state", None),
        0x3A5B: ("home postal code", Category.POSTAL_CODE),
        0x39FE: ("mail address", Category.EMAIL),
    }
)
# Days, kept as a moment: (what a card calls it, what it holds, the named property of the same day)
_DAYS: Mapping[int, tuple[str, Category | None, int]] = MappingProxyType(
    {0x3A42: ("birthday", Category.DOB, 0x80DE), 0x3A41: ("wedding anniversary", None, 0x80DF)}
)
_FOLD = re.compile(r"\r?\n[ \t]+")
DAYS = frozenset(_DAYS) | {named for _, _, named in _DAYS.values()}
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
# Numbers of named properties (PSETID_Address, PSETID_Appointment) whose names are none.
_NAMED: Mapping[int, tuple[str, Category | None]] = MappingProxyType(
    {
        0x8005: ("filed under", None),
        0x801A: ("home address", Category.ADDRESS),
        0x801B: ("work address", Category.ADDRESS),
        0x801C: ("other address", Category.ADDRESS),
        0x802C: ("reading of given name", None),
        0x802D: ("reading of surname", None),
        0x802E: ("reading of company", None),
        0x8062: ("instant messaging address", None),
        0x8080: ("mail 1 shown as", None),
        0x8083: ("mail 1", None),
        0x8084: ("mail 1 written as", None),
        0x8090: ("mail 2 shown as", None),
        0x8093: ("mail 2", None),
        0x80A0: ("mail 3 shown as", None),
        0x80A3: ("mail 3", None),
        0x8208: ("location", None),
        0x8238: ("attendees", None),
        0x823B: ("attendees", None),
        0x823C: ("optional attendees", None),
    }
)
# Bodies, ids, search keys and class names: taken elsewhere, or nothing that a person wrote.
_ELSEWHERE = frozenset(
    {
        BODY,
        HTML,
        RTF_BODY,
        HEADERS,
        CLASS,
        0x0064,
        0x0075,
        0x0077,
        0x0C1E,
        0x003D,
        0x0E07,
        0x1035,
        0x1039,
        0x1042,
    }
    | {
        0x3002,
        0x6619,
        0x65E2,
        0x0FFF,
        0x300B,
        0x3FFB,
        0x0041,
        0x003B,
        0x0051,
        0x0052,
        0x0C1D,
        0x0079,
        0x3613,
        0x10F3,
    }
    | {0x371D, 0x3703, 0x370E, 0x3D01}
)


@dataclass(slots=True)
class Item:
    """The properties of one message, contact, appointment, recipient or attachment."""

    texts: dict[int, str] = field(default_factory=dict)
    named: dict[int | str, str] = field(default_factory=dict)  # by number or name, within their set
    binary: dict[int, bytes] = field(default_factory=dict)
    numbers: dict[int, int] = field(default_factory=dict)
    days: dict[int, str] = field(default_factory=dict)  # by tag, or number of a named property
    damaged: list[str] = field(default_factory=list)  # what could not be read

    def put(self, tag: int, named: int | str | None, text: str) -> None:
        """Take a text; one of several values of the same property stands beside the others."""
        if named is not None:
            self.named[named] = f"{self.named[named]}, {text}" if named in self.named else text
        else:
            self.texts[tag] = f"{self.texts[tag]}, {text}" if tag in self.texts else text

    def put_day(self, tag: int, value: bytes) -> None:
        """Take a day that is kept as 100 ns since 1601 ([MS-DTYP] FILETIME) at midnight of its writer."""
        moment = int.from_bytes(value[:8], "little")
        with contextlib.suppress(OverflowError):
            day = _EPOCH + dt.timedelta(microseconds=moment // 10, hours=12)
            if moment and day.year < 4000:  # 4501 is Outlook's word for none
                self.days[tag] = day.date().isoformat()


def names(entries: bytes, strings: bytes) -> Mapping[int, int | str]:
    """Return what the numbers from 0x8000 on stand for ([MS-OXMSG] 2.2.3): numbers in their set, or names."""
    found: dict[int, int | str] = {}
    for position in range(0, len(entries) - 7, 8):
        value, flags, index = struct.unpack_from("<IHH", entries, position)
        if not flags & 1:
            found[0x8000 + index] = value
        elif value + 4 <= len(strings):
            (size,) = struct.unpack_from("<I", strings, value)
            found[0x8000 + index] = strings[value + 4 : value + 4 + size].decode("utf-16-le", "replace")
    return found


def code_page_of(numbers: Mapping[int, int]) -> int:
    """Return the code page of an item's 8-bit texts; 0 when it does not say."""
    for tag in (CODE_PAGE, INTERNET_CODE_PAGE):
        page = numbers.get(tag, 0)
        if page and page not in (1200, 20127, 0xFFFFFFFF):
            return {50220: 932, 50221: 932, 50222: 932, 51932: 20932, 28591: 1252}.get(page, page)
    return _LANGUAGES.get(numbers.get(LOCALE, 0), 0)


def text_of(data: bytes, kind: int, page: int) -> str:
    """Return a text property's value."""
    if kind == UNICODE:
        return data.decode("utf-16-le", "replace").rstrip("\x00")
    data = data.rstrip(b"\x00")
    if page and page != 20932:
        return code_page_text(data, page)
    decoded = decode(data)
    return decoded.text if isinstance(decoded, Decoded) else data.decode("latin-1")


def html_text(data: bytes, numbers: Mapping[int, int]) -> str:
    """Return the visible text of an html body that is kept as bytes."""
    page = numbers.get(INTERNET_CODE_PAGE, 0)
    decoded = decode(data)
    if isinstance(decoded, Decoded) and not decoded.damaged:
        return visible_text(decoded.text)
    name = {50220: 932, 28591: 1252}.get(page, page) or 1252
    return visible_text(code_page_text(data.replace(b"\x00", b" "), name))


def segments(item: Item, budget: Budget, where: str = "") -> Iterator[Extracted]:
    """Yield an item's fields and bodies; `where` goes before each place."""
    lead = f"{where}, " if where else ""
    card = item.texts.get(CLASS, "").lower().startswith(("ipm.contact", "ipm.abchperson"))
    if card:
        yield _card(item, lead)
    for label, texts in _written(item, card=card).items():
        yield TextSegment("\n".join(texts), f"{lead}{label}")
    if headers := item.texts.get(HEADERS, "").strip():
        yield TextSegment(_readable(headers), f"{lead}transport headers")
    yield from _bodies(item, budget, lead)
    for each in item.damaged:
        yield Gap(Reason.DAMAGED, each)


def _written(item: Item, *, card: bool) -> dict[str, dict[str, None]]:
    """Return what an item says of itself by label, each text once; of a card what its record leaves out."""
    written: dict[str, dict[str, None]] = {}
    subject = item.texts.get(SUBJECT, "")
    for tag, text in item.texts.items():
        if tag in _ELSEWHERE or not text.strip() or (card and tag in _CARD):
            continue
        label = _LABELS.get(tag) or (_CARD[tag][0] if tag in _CARD else "other fields")
        if text.lower().startswith("/o="):
            label = "directory paths"
        if not (label == "other fields" and len(text) < 3 and text.isascii()) and not (
            tag in _TOPICS and text == subject
        ):
            written.setdefault(label, {})[text] = None
    for name, text in item.named.items():
        if text.strip() and not (card and name in _NAMED):
            known = _NAMED.get(name, ("", None))[0] if isinstance(name, int) else ""
            written.setdefault(known or "other fields", {})[text] = None
    if not card:
        for tag, (label, _, named) in _DAYS.items():
            if day := item.days.get(named) or item.days.get(tag):
                written.setdefault(label, {})[day] = None
    return written


def _readable(headers: str) -> str:
    """Return headers unfolded, their encoded words (RFC 2047) as words."""
    if "=?" not in headers:
        return headers
    lines = _FOLD.sub(" ", headers).splitlines()
    return "\n".join(header_text(line) if "=?" in line else line for line in lines)


def _card(item: Item, lead: str) -> RecordSegment:
    fields = [
        RecordField(f"{lead}contact: {label}", text, category, label)
        for tag, (label, category) in _CARD.items()
        if (text := item.texts.get(tag, "").strip())
    ]
    fields += [
        RecordField(f"{lead}contact: {label}", text, category, label)
        for number, (label, category) in _NAMED.items()
        if (text := item.named.get(number, "").strip())
    ]
    fields += [
        RecordField(f"{lead}contact: {label}", text, category, label)
        for tag, (label, category, named) in _DAYS.items()
        if (text := item.days.get(named) or item.days.get(tag, ""))
    ]
    return RecordSegment("contact", tuple(fields))


def _bodies(item: Item, budget: Budget, lead: str) -> Iterator[Extracted]:
    seen: set[str] = set()
    html = item.texts.get(HTML, "")
    if html:
        html = visible_text(html)
    elif HTML in item.binary:
        html = html_text(item.binary[HTML], item.numbers)
    for text, place in ((item.texts.get(BODY, ""), "body"), (html, "body (html)")):
        condensed = "".join(text.split())
        if condensed and condensed not in seen:
            seen.add(condensed)
            yield TextSegment(text, f"{lead}{place}")
    if RTF_BODY in item.binary and not html:
        yield from _rich_body(item.binary[RTF_BODY], budget, seen, lead)


def _rich_body(data: bytes, budget: Budget, seen: set[str], lead: str) -> Iterator[Extracted]:
    try:
        rich, whole = rich_text(data)
    except ValueError as error:
        yield Gap(Reason.DAMAGED, f"{lead}rich text body: {type(error).__name__}")
        return
    if not whole:
        yield Gap(Reason.DAMAGED, f"{lead}rich text body: its checksum does not fit")
    for part in Rtf().segments(io.BytesIO(rich), budget):
        match part:
            case TextSegment():
                condensed = "".join(part.text.split())
                if condensed not in seen:
                    seen.add(condensed)
                    yield TextSegment(part.text, f"{lead}body (rtf)")
            case TableSegment():
                if not any(all(cell in text for row in part.rows for cell in row) for text in seen):
                    yield part
            case Gap():
                yield Gap(part.reason, f"{lead}rich text body: {part.detail}")
            case Member() if part.stream is not None:
                yield part
            case _:
                pass


def recipient(item: Item) -> tuple[str, str]:
    """Return a recipient's part in the message and how it is written: name and address."""
    part = {2: "Cc", 3: "Bcc"}.get(item.numbers.get(RECIPIENT_TYPE, 1) & 0xF, "To")
    name = item.texts.get(NAME, "").strip()
    address = (item.texts.get(SMTP) or item.texts.get(ADDRESS) or "").strip()
    if address.startswith("/"):  # a path in a directory of Exchange: no address
        address = ""
    if not address or address == name:
        return part, name
    return part, f"{name} <{address}>" if name else address
