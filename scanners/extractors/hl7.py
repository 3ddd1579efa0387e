"""HL7 v2 messages and SS-MIX2 files: every message one record, every field with its meaning.

Segments end with CR, LF or both. Kanji in ISO-2022-JP hold the bytes of delimiters: a segment is decoded
before it is split (HL7 v2.5 ch. 2.5, SS-MIX2 1.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO

from scanners.encodings import Decoded, decode
from scanners.extractors.clinical import TELLING, Damage, Gathered, Meaning, attachment
from scanners.extractors.hl7_fields import ENVELOPES, PLAIN, SEGMENTS, WRITINGS, Element
from scanners.extractors.interface import Budget, Extracted
from scanners.jis import DAMAGED, Cp50221
from scanners.model import Category, Gap, Reason, RecordField

MESSAGE = re.compile(rb"(?:\xef\xbb\xbf)?[\x0b\s]*(?:MSH|FHS|BHS)([^\w\s])[^\w\s]{3,5}\1")
"""How a file of messages begins, in any encoding that it may be in."""

SEGMENT_BYTES = 64 << 20  # a longer segment is left out, with a gap
_CHUNK = 1 << 20
_SEGMENT_END = re.compile(rb"[\r\n]+")
_TRIGGER = re.compile(r"[A-Z]{3}(?:\^[A-Z]\d\d)?")
_NAME = re.compile(r"[A-Z][A-Z0-9]{2}")
_ESCAPED = re.compile(r"\\([^\\]{1,200})\\")
_LANGUAGE = re.compile(  # no order numbers, no times
    r"[^\x00-\x7f]|\d[- )]\d{3,4}[- ]\d|(?<!\d)0[5-9]0\d{8}(?!\d)|@|[A-Za-z]{2}[ ,][A-Za-z]"
)
_EIGHT_BIT = frozenset({"cp932", "euc_jp", "cp1252"})
_TEXTS = frozenset({"TX", "FT", "RP", "ST"})
_CONTACTS = {  # of whom is not said
    "XTN": Element("XTN", Meaning("電話 telephone", Category.PHONE, subject=False)),
    "XAD": Element("XAD", Meaning("住所 address", Category.ADDRESS, subject=False)),
}
_NUMBER = 3  # characters of an insured person's symbol or number; a branch has two
_SYMBOL_AND_NUMBER = 10  # IN1-10 in SS-MIX2: symbol~number~branch
_NARRATIVE = 60  # characters of a result that is a text to be read, not a value


class Hl7:
    """A file of one message or many; attachments in OBX-5 are members."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the messages; a batch without its trailer, or a message that is a header only, is a gap."""
        messages = _Messages(budget)
        for raw in _raw_segments(stream):
            yield from messages.segment(raw)
        yield from messages.end()


def _raw_segments(stream: BinaryIO) -> Iterator[bytes | Gap]:
    """Yield the bytes of segments; memory is bounded by one segment."""
    stream.seek(0)
    pieces: list[bytes] = []
    held = 0
    while block := stream.read(_CHUNK):
        *ended, rest = _SEGMENT_END.split(block)
        if ended:
            yield b"".join([*pieces, ended[0]]) if held <= SEGMENT_BYTES else _too_long()
            yield from ended[1:]
            pieces, held = [], 0
        held += len(rest)
        if held <= SEGMENT_BYTES:
            pieces.append(rest)
        else:
            pieces = []
    if held:
        yield b"".join(pieces) if held <= SEGMENT_BYTES else _too_long()


def _too_long() -> Gap:
    return Gap(Reason.OVERSIZED, f"1 segment of more than {SEGMENT_BYTES} bytes")


class _Messages:
    """The state between segments: which message they belong to, its delimiters and its encoding."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._damage = Damage()
        self._gathered = Gathered("HL7 message")
        self._message = self._number = 0
        self._open_batches = 0
        self._field, self._marks = "|", "^~\\&"
        self._encoding = ""

    def segment(self, raw: bytes | Gap) -> Iterator[Extracted]:
        """Take one segment, yielding the message before it where a new one begins, and attachments."""
        if isinstance(raw, Gap):
            yield raw
            return
        raw = raw.removeprefix(b"\xef\xbb\xbf").strip(b"\x0b\x1c\x1a\x00 ")
        if not raw:
            return
        if raw.startswith((b"MSH", b"FHS", b"BHS")) and len(raw) > 8:
            if raw.startswith(b"MSH"):
                yield from self._close()
                self._message += 1
            self._number = 0
            head = raw[:9].decode("latin-1")
            self._field = head[3]
            self._marks = (head[4:].split(self._field)[0] + "^~\\&"[len(head[4:].split(self._field)[0]) :])[
                :4
            ]
        self._number += 1
        fields = self._text(raw).split(self._field)
        name = fields[0]
        if name in ENVELOPES:
            self._open_batches += {"FHS": 1, "BHS": 1, "FTS": -1, "BTS": -1}.get(name, 0)
        elif name == "MSH":
            title = _title(fields)
            self._gathered = Gathered(title, clinical="MFN" not in title)  # master files tell of staff
        else:
            yield from self._read(name, fields)
            if self._gathered.is_full:
                yield from self._gathered.take()

    def end(self) -> Iterator[Extracted]:
        """Yield what is left."""
        yield from self._close()
        if self._open_batches > 0:
            yield Gap(
                Reason.DAMAGED, f"the batch has no trailer: it ends early, after message {self._message}"
            )
        yield from self._damage.gaps()

    def _close(self) -> Iterator[Extracted]:
        if self._message and self._number == 1:
            yield Gap(Reason.DAMAGED, f"message {self._message} ends after its header")
        yield from self._gathered.take()

    def _text(self, raw: bytes) -> str:
        if b"\x1b" not in raw and raw.isascii():
            return raw.decode("ascii")
        try:
            if b"\x1b" in raw:
                text = Cp50221().decode(raw)
                if DAMAGED not in text:
                    return text
            else:
                return raw.decode("utf-8")
        except UnicodeDecodeError:
            pass
        # what MSH-18 declares is often left at its default: the bytes tell, once for all messages
        if self._encoding and b"\x1b" not in raw:
            try:
                return raw.decode(self._encoding)
            except UnicodeDecodeError:
                pass
        found = decode(raw)
        if isinstance(found, Decoded) and not (b"\x1b" in raw and found.encoding != "cp50221"):
            self._encoding = self._encoding or (found.encoding if found.encoding in _EIGHT_BIT else "")
            text = found.text
        else:
            text = raw.decode("iso2022_jp" if b"\x1b" in raw else "cp932", errors="replace")
        self._damage.characters += text.count(DAMAGED)
        return text

    def _place(self, name: str, index: int, meaning: str, note: str = "") -> str:
        message = f"message {self._message}, " if self._message > 1 else ""
        return f"{message}segment {self._number}: {name}-{index} {meaning}{note}".rstrip()

    def _read(self, name: str, fields: list[str]) -> Iterator[Extracted]:
        if not _NAME.fullmatch(name):
            self._free("?", 0, Meaning(""), self._field.join(fields))
            return
        elements = SEGMENTS.get(name, {})
        plain = PLAIN.get(name, frozenset())
        telling = _LANGUAGE if elements or plain else TELLING
        for index, value in enumerate(fields):
            if not index or not value or value == '""':
                continue
            element = elements.get(index)
            if element is not None:
                self._element(name, index, element, value)
            elif index not in plain and len(value) > 2 and telling.search(value):
                self._free(name, index, Meaning("", subject=False), self._joined(value))
        if name == "OBX":
            yield from self._observation(fields)
        elif name == "DB1" and len(fields) > 4 and fields[4].strip() == "Y":
            place = self._place(name, 4, "障害 disability")
            self._add(place, "障害あり", Category.DISABILITY, Meaning(""))

    def _element(self, name: str, index: int, element: Element, value: str) -> None:
        repetitions = value.split(self._marks[1])
        for number, repetition in enumerate(repetitions, start=1):
            components = repetition.split(self._marks[0])
            writing = _writing(element, components)
            note = ""
            if len(repetitions) > 1:
                note = f" (repetition {number}{' ' + writing if writing else ''})"
            self._repetition(name, index, element, components, note)

    def _repetition(self, name: str, index: int, element: Element, components: list[str], note: str) -> None:
        meaning = element.meaning
        parts = [self._plain(part) for part in components]
        place = self._place(name, index, meaning.name, note)
        match element.type:
            case "XPN":
                self._add(place, _joined(parts, 0, 1, 2), meaning.category, meaning)
            case "XCN":
                self._add(
                    self._place(name, index, "職員番号 staff number", note),
                    _at(parts, 0),
                    Category.STAFF_ID,
                    meaning,
                )
                self._add(place, _joined(parts, 1, 2, 3), meaning.category, meaning)
            case "XAD":
                self._add(
                    self._place(name, index, "郵便番号 postcode", note),
                    _at(parts, 4),
                    Category.POSTAL_CODE,
                    meaning,
                )
                self._add(place, "".join(_at(parts, at) for at in (3, 2, 0, 1, 7)), meaning.category, meaning)
            case "XTN":
                self._add(
                    self._place(name, index, "メール e-mail", note), _at(parts, 3), Category.EMAIL, meaning
                )
                number = (
                    _at(parts, 0) or _at(parts, 11) or "-".join(filter(None, (_at(parts, 5), _at(parts, 6))))
                )
                self._add(place, number, meaning.category, meaning)
            case "CX":
                if meaning.category is not Category.HEALTH_INSURANCE or len(_at(parts, 0)) >= _NUMBER:
                    if name == "IN1" and index == _SYMBOL_AND_NUMBER and "(repetition 1" in note:
                        meaning = replace(meaning, subject=False)  # the symbol is its group's
                    issuer = _at(parts, 3) if meaning.category is Category.PATIENT_ID else ""
                    self._add(place, _at(parts, 0), meaning.category, meaning, issuer)
            case "CE":
                self._add(place, _at(parts, 1) or _at(parts, 4) or _at(parts, 0), meaning.category, meaning)
            case "ST":
                self._add(place, _at(parts, 0), meaning.category, meaning)
            case "FT":
                self._free(name, index, meaning, self._joined(self._marks[0].join(components)))

    def _observation(self, fields: list[str]) -> Iterator[Extracted]:
        """Read OBX-5 by the type that OBX-2 declares, under the name of what was observed."""
        kind = _at(fields, 2)
        item = [self._plain(part) for part in _at(fields, 3).split(self._marks[0])]
        label = _at(item, 1)
        for number, value in enumerate(_at(fields, 5).split(self._marks[1]), start=1):
            components = value.split(self._marks[0])
            place = self._place("OBX", 5, "結果値 result")
            written = _at(components, 3).upper()
            if kind == "ED" and len(components) > 4 and written == "A":
                text = self._joined(self._marks[0].join(components[4:]))
                self._free("OBX", 5, Meaning("結果値 result", subject=False, label=label), text)
            elif kind == "ED" and len(components) > 4:
                name = f"OBX-5 segment {self._number}" + (f" repetition {number}" if number > 1 else "")
                name = f"message {self._message} {name}" if self._message > 1 else name
                name += _suffix(components[1:3])
                yield attachment(name, components[4], self._budget, hexadecimal=written == "HEX")
            elif kind in ("PN", "XPN", "XCN"):
                shift = kind == "XCN"
                parts = [self._plain(part) for part in components]
                whose = Meaning("", subject=False, staff=shift)  # only of staff numbers stand before names
                self._add(place, _joined(parts, shift, 1 + shift), Category.PERSON, whose)
            elif kind in _CONTACTS:
                self._repetition("OBX", 5, _CONTACTS[kind], components, "")
            else:
                text = self._joined(value)
                if kind in _TEXTS and (kind != "ST" or len(text) > _NARRATIVE):
                    self._free("OBX", 5, Meaning("結果値 result", subject=False, label=label), text)
                else:
                    self._add(place, text, Category.MEDICAL, Meaning(""))

    def _add(
        self, place: str, value: str, category: Category | None, meaning: Meaning, issuer: str = ""
    ) -> None:
        if value := value.strip():
            told = (category, meaning.label, meaning.subject, issuer, meaning.staff)
            self._gathered.fields.append(RecordField(place, value, *told))

    def _free(self, name: str, index: int, meaning: Meaning, text: str) -> None:
        # nobody knows of whom a text tells: its names are those of others until a field says otherwise
        if text.strip():
            place = self._place(name, index, meaning.name)
            self._gathered.fields.append(RecordField(place, text, None, meaning.label, subject=False))

    def _joined(self, value: str) -> str:
        """Return a field as one text: components apart by spaces, repetitions by line ends."""
        component, repetition, sub = self._marks[0], self._marks[1], self._marks[3]
        return self._plain(value.replace(repetition, "\n").replace(component, " "), sub)

    def _plain(self, part: str, sub: str = "") -> str:
        """Return a component without its escape sequences; of subcomponents the first, unless `sub` joins."""
        if self._marks[3] in part:
            part = part.replace(self._marks[3], " ") if sub else part.split(self._marks[3], 1)[0]
        if "\\" not in part or self._marks[2] != "\\":
            return part
        return _ESCAPED.sub(self._unescaped, part)

    def _unescaped(self, match: re.Match[str]) -> str:
        code = match.group(1)
        delimiters = {
            "F": self._field,
            "S": self._marks[0],
            "R": self._marks[1],
            "E": "\\",
            "T": self._marks[3],
        }
        if code in delimiters:
            return delimiters[code]
        if code[0] == "X":
            try:
                data = bytes.fromhex(code[1:])
            except ValueError:
                return match.group()
            found = decode(data)
            return found.text if isinstance(found, Decoded) else ""
        if code in ("H", "N"):
            return ""
        return "\n" if code[0] == "." else match.group()


def _title(header: list[str]) -> str:
    trigger = _TRIGGER.match(_at(header, 8))
    return f"HL7 {trigger.group()} message" if trigger else "HL7 message"


def _writing(element: Element, components: Sequence[str]) -> str:
    if element.type not in ("XPN", "XCN"):
        return ""
    return WRITINGS.get(_at(components, 7 if element.type == "XPN" else 14), "")


def _at(parts: Sequence[str], index: int) -> str:
    return parts[index].strip() if index < len(parts) else ""


def _joined(parts: Sequence[str], *places: int) -> str:
    return " ".join(part for at in places if (part := _at(parts, at)))


def _suffix(kinds: Sequence[str]) -> str:
    """Return a suffix for an attachment of a declared type: what a person opens it with."""
    subtype = re.sub(r"[^A-Za-z0-9]", "", _at(kinds, 1)).lower()
    return f".{subtype}" if 0 < len(subtype) <= 5 else ""
