"""Address books: vCard 2.1 to 4.0 (.vcf) and LDIF, a record for every person."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import BinaryIO

from scanners.encodings import Decoded, decode
from scanners.extractors.content_lines import (
    Line,
    components,
    content_lines,
    from_base64,
    physical_lines,
    unescaped,
)
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.model import Category, Gap, Reason, RecordField, RecordSegment

# Property: its Japanese name, what it holds (None: free text), and whether it tells of the card's person.
_CARD: MappingProxyType[str, tuple[str, Category | None, bool]] = MappingProxyType(
    {
        "TEL": ("電話番号", Category.PHONE, True),
        "EMAIL": ("メール", Category.EMAIL, True),
        "BDAY": ("生年月日", Category.DOB, True),
        "LABEL": ("住所", Category.ADDRESS, True),
        "SORT-STRING": ("フリガナ", Category.PERSON, True),
        "X-SPOUSE": ("配偶者", Category.PERSON, False),
        "X-ABRELATEDNAMES": ("関係者", Category.PERSON, False),
        "X-ASSISTANT": ("秘書", Category.PERSON, False),
        "X-MANAGER": ("上司", Category.PERSON, False),
        "ORG": ("会社", None, False),
        "TITLE": ("役職", None, False),
        "ROLE": ("職務", None, False),
        "NOTE": ("メモ", None, False),
        "NICKNAME": ("呼び名", None, False),
    }
)
_KNOWN = frozenset(
    (
        *("URL", "IMPP", "RELATED", "MEMBER", "CALURI", "CALADRURI", "FBURL", "ANNIVERSARY"),
        *("LANG", "KEY", "LOGO", "PHOTO", "AGENT"),
    )
)
_SILENT = frozenset(
    [
        "BEGIN",
        "END",
        "VERSION",
        "PRODID",
        "UID",
        "REV",
        "KIND",
        "GENDER",
        "TZ",
        "GEO",
        "MAILER",
        "CLASS",
        "SOURCE",
        "PROFILE",
        "X-ABSHOWAS",
        "CATEGORIES",
    ]
)
_DOCUMENTS = frozenset({"PHOTO", "LOGO", "SOUND", "KEY"})
_POSTCODE, _COUNTRY = 5, 6  # parts of ADR: post box, extension, street, town, region, code, country


@dataclass(slots=True)
class _Card:
    """One card while its lines pass by."""

    number: int
    lines: list[Line] = field(default_factory=list)

    @property
    def awaits_agent(self) -> bool:
        """True where a card within this one may begin (AGENT of vCard 2.1)."""
        return bool(self.lines) and self.lines[-1].name == "AGENT" and not self.lines[-1].value.strip()

    def first(self, name: str) -> str:
        """Return the first value of a property, empty where there is none."""
        return next((unescaped(line.text()[0]).strip() for line in self.lines if line.name == name), "")


class VCard:
    """A file of cards, each a person's or an office's."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield a record for each card and its pictures as members; lines that are none are a gap."""
        damaged = broken = number = outside = 0
        cards: list[_Card] = []  # the open one last, before it those whose AGENT it is
        unended: list[int] = []
        for line in content_lines(stream):
            if line is None:
                broken += 1
            elif line.name == "BEGIN":
                if cards and not cards[-1].awaits_agent:
                    unended.append(cards[-1].number)
                    damaged += yield from _card(cards.pop(), budget)
                number += 1
                cards.append(_Card(number))
            elif line.name == "END":
                if cards:
                    damaged += yield from _card(cards.pop(), budget)
            elif cards:
                cards[-1].lines.append(line)
            elif line.value.strip():
                outside += 1
        for card in cards:
            unended.append(card.number)
            damaged += yield from _card(card, budget)
        yield from _told(unended, outside, broken, damaged)


def _told(unended: list[int], outside: int, broken: int, damaged: int) -> Iterator[Gap]:
    """Yield what was wrong with a file of cards."""
    if unended:
        more = f" nor {len(unended) - 1} more" if len(unended) > 1 else ""
        yield Gap(Reason.DAMAGED, f"card {unended[0]} does not end{more}")
    if outside:
        yield Gap(Reason.DAMAGED, f"{outside} lines outside the cards")
    if broken:
        yield Gap(Reason.DAMAGED, f"{broken} lines that are no properties")
    if damaged:
        yield Gap(Reason.UNDECODABLE, f"{damaged} characters")


def _card(card: _Card, budget: Budget) -> Generator[Extracted, None, int]:
    """Yield a card's record and members; returns how many characters were damaged."""
    fields: list[RecordField] = []
    members: list[Member] = []
    damaged = 0
    given = [part for part in components(card.first("N")) if part]
    office = not given and (
        card.first("KIND").lower() in ("org", "group", "location")
        or card.first("X-ABSHOWAS").upper() == "COMPANY"
        or card.first("FN") in [part for part in components(card.first("ORG")) if part]
    )
    reading = {"LAST": "", "MIDDLE": "", "FIRST": ""}
    for line in card.lines:
        if line.name in _SILENT:
            continue
        if line.binary and (line.name in _DOCUMENTS or line.name.startswith("X-")):
            budget.member()
            budget.spend(len(line.value))
            members.append(Member(f"card {card.number} {line.name}", io.BytesIO(line.value), len(line.value)))
            continue
        text, bad = line.text()
        damaged += bad
        if line.name.startswith("X-PHONETIC-") and (part := line.name.split("-")[2]) in reading:
            reading[part] = unescaped(text).strip()
        else:
            fields += _fields(f"card {card.number}: {line.name}", line, text, office=office)
    if spoken := " ".join(part for part in reading.values() if part):
        place = f"card {card.number}: X-PHONETIC-NAME フリガナ"
        fields.append(RecordField(place, spoken, Category.PERSON, "フリガナ"))
    if fields:
        yield RecordSegment("連絡先 contact", tuple(fields))
    yield from members
    return damaged


def _fields(place: str, line: Line, text: str, *, office: bool) -> Iterator[RecordField]:
    match line.name:
        case "FN" if office:
            yield RecordField(f"{place} 名称", unescaped(text), label="名称", subject=False)
        case "FN":
            yield RecordField(f"{place} 氏名", unescaped(text).strip(), Category.PERSON, "氏名")
        case "N" | "SOUND":
            # family, given and middle name; what precedes and follows (様, Dr.) is no part of the name
            name = " ".join(part for part in components(text)[:3] if part)
            label = "氏名" if line.name == "N" else "フリガナ"
            yield RecordField(f"{place} {label}", name, Category.PERSON, label)
        case "ADR":
            parts = components(text)
            if len(parts) > _POSTCODE and parts[_POSTCODE]:
                yield RecordField(f"{place} 郵便番号", parts[_POSTCODE], Category.POSTAL_CODE, "郵便番号")
            shown = [*reversed(parts[2:_POSTCODE]), parts[1] if len(parts) > 1 else "", parts[0]]
            address = " ".join(part for part in shown if part)
            yield RecordField(f"{place} 住所", address, Category.ADDRESS, "住所")
        case name:
            label, category, subject = _CARD.get(name, ("", None, False))
            value = unescaped(text).strip()
            if name in ("TEL", "EMAIL"):
                value = value.removeprefix("tel:").removeprefix("mailto:").partition(";")[0]
            elif name == "ORG":
                value = " ".join(part for part in components(text) if part)
            shown_place = f"{place} {label}" if label else place
            if not label and name not in _KNOWN:  # the writer's own name for it may name a person
                shown_place = f"{place.partition(': ')[0]}: {'X-…' if name.startswith('X-') else 'property'}"
            yield RecordField(shown_place, value, category, label, subject=subject)


# Attributes of directories (RFC 4519, RFC 2798): Japanese name and category.
_ATTRIBUTES: MappingProxyType[str, tuple[str, Category | None]] = MappingProxyType(
    {
        "cn": ("氏名", Category.PERSON),
        "displayname": ("氏名", Category.PERSON),
        "mail": ("メール", Category.EMAIL),
        "mozillasecondemail": ("メール", Category.EMAIL),
        "telephonenumber": ("電話番号", Category.PHONE),
        "mobile": ("携帯電話", Category.PHONE),
        "homephone": ("自宅電話", Category.PHONE),
        "facsimiletelephonenumber": ("FAX", Category.PHONE),
        "postaladdress": ("住所", Category.ADDRESS),
        "homepostaladdress": ("自宅住所", Category.ADDRESS),
        "street": ("住所", Category.ADDRESS),
        "postalcode": ("郵便番号", Category.POSTAL_CODE),
        "employeenumber": ("職員番号", Category.STAFF_ID),
        "employeeid": ("職員番号", Category.STAFF_ID),
        "description": ("備考", None),
        "manager": ("上司", None),
        "dn": ("識別名", None),
    }
)
_DOCUMENT_ATTRIBUTES = frozenset(
    {"jpegphoto", "photo", "thumbnailphoto", "usercertificate", "usersmimecertificate", "audio"}
)
_UNSEEN = frozenset({"objectclass", "userpassword", "version", "changetype", "modifytimestamp"})


class Ldif:
    """An export of a directory (RFC 2849), a record for every entry."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the entries as records and pictures as members."""
        entry: list[bytearray] = []
        number = damaged = 0
        for line in physical_lines(stream):
            if line.startswith(b" ") and entry:
                entry[-1] += line[1:]
            elif line.strip():
                if not line.startswith(b"#"):
                    entry.append(bytearray(line))
            elif entry:
                number += 1
                damaged += yield from _entry(entry, number, budget)
                entry = []
        if entry:
            damaged += yield from _entry(entry, number + 1, budget)
        if damaged:
            yield Gap(Reason.UNDECODABLE, f"{damaged} characters")


def _entry(lines: list[bytearray], number: int, budget: Budget) -> Generator[Extracted, None, int]:
    """Yield an entry's record and pictures; returns how many values are damaged."""
    pairs: list[tuple[str, bytes]] = []
    for line in lines:
        before, _, content = bytes(line).partition(b":")
        if content.startswith(b":"):
            content = from_base64(content[1:].strip())
        pairs.append((before.decode("ascii", "replace").strip().lower(), content.strip()))
    kinds = {value.lower() for name, value in pairs if name == "objectclass"}
    person = not kinds or any(b"person" in kind or kind in (b"user", b"contact") for kind in kinds)
    fields: list[RecordField] = []
    damaged = 0
    names = {"sn": "", "givenname": ""}
    for attribute, value in pairs:
        name = attribute.partition(";")[0]
        if name in _UNSEEN or not value:
            continue
        decoded = decode(value)
        if not isinstance(decoded, Decoded):
            budget.member()
            budget.spend(len(value))
            shown = name if name in _DOCUMENT_ATTRIBUTES else "attribute"
            yield Member(f"entry {number} {shown}", io.BytesIO(value), len(value))
            continue
        damaged += decoded.damaged
        if attribute in names:
            names[attribute] = decoded.text
            continue
        label, category = _ATTRIBUTES.get(name, ("", None))
        subject = category is not None and person
        shown = decoded.text.replace("$", " ") if category is Category.ADDRESS else decoded.text
        fields.append(
            RecordField(
                f"entry {number}: {attribute if label else 'attribute'} {label}".rstrip(),
                shown,
                category if person or category is not Category.PERSON else None,
                label,
                subject=subject,
            )
        )
    if whole := " ".join(part for part in names.values() if part):
        place = f"entry {number}: sn, givenName 氏名"
        fields.append(RecordField(place, whole, Category.PERSON if person else None, "氏名", subject=person))
    if fields:
        yield RecordSegment("登録簿 directory entry", tuple(fields))
    return damaged
