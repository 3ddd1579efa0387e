"""TNEF (winmail.dat, [MS-OXTNEF]): the mail that Outlook packed for itself, with its attachments."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors import mapi
from scanners.extractors.interface import Budget, Extracted, Member, size_of
from scanners.extractors.mapi import Item
from scanners.extractors.package import MALFORMED
from scanners.model import Gap, Reason, TextSegment

_LARGEST = 256 << 20
_FROM, _SUBJECT, _BODY, _PAGE, _CLASS = 0x8000, 0x8004, 0x800C, 0x9007, 0x8008
_TITLE, _DATA, _RENDER, _PROPERTIES, _ATTACHED = 0x8010, 0x800F, 0x9002, 0x9003, 0x9005
_RECIPIENTS = 0x9004
_FIXED = {
    0x0002: 4,
    0x0003: 4,
    0x0004: 4,
    0x000A: 4,
    0x000B: 4,
    0x0005: 8,
    0x0006: 8,
    0x0007: 8,
    0x0014: 8,
    0x0040: 8,
}
_FIXED |= {0x0048: 16, 0x0001: 0}
_VARIABLE = frozenset({0x000D, 0x001E, 0x001F, 0x0102})
_LONG_NAME, _CONTENT = 0x3707, 0x3701


@dataclass(slots=True)
class _Attachment:
    title: str = ""
    data: bytes | None = None
    item: Item = field(default_factory=Item)


class Tnef:
    """Fields, bodies, recipients and attachments."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield what the attributes hold, message first."""
        if size_of(stream) > _LARGEST:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {_LARGEST} bytes"))
        data = stream.read()
        budget.spend(len(data))
        message, attachments, page, position = Item(), [], 0, 6
        recipients: list[Item] = []
        damaged = 0
        while position + 9 <= len(data):
            _, number, _, size = struct.unpack_from("<BHHI", data, position)
            body = data[position + 9 : position + 9 + size]
            damaged += len(body) < size
            position += 11 + size
            try:
                if number == _PAGE:
                    page = int.from_bytes(body[:4], "little")
                elif number == _RENDER:
                    budget.member()
                    attachments.append(_Attachment())
                elif number in (_TITLE, _DATA, _ATTACHED):
                    self._attachment(number, body, attachments, page)
                elif number == _PROPERTIES:
                    _properties(body, 0, message, page)
                elif number == _RECIPIENTS:
                    recipients = _rows(body, page)
                else:
                    self._message(number, body, message, page)
            except MALFORMED:
                damaged += 1
        yield from mapi.segments(message, budget)
        written = [mapi.recipient(each) for each in recipients]
        lines = "\n".join(f"{part}: {text}" for part, text in written if text)
        if lines:
            yield TextSegment(lines, "recipients")
        for index, each in enumerate(attachments, start=1):
            yield from _member(index, each)
        if damaged:
            yield Gap(Reason.DAMAGED, f"{damaged} attributes")

    def _message(self, number: int, body: bytes, message: Item, page: int) -> None:
        tag = {_SUBJECT: mapi.SUBJECT, _BODY: mapi.BODY}.get(number)
        if tag is not None:
            message.texts.setdefault(tag, mapi.text_of(body, mapi.STRING8, page))
        elif number == _FROM and len(body) > 8:
            _, _, name, address = struct.unpack_from("<HHHH", body)
            message.texts.setdefault(0x0C1A, mapi.text_of(body[8 : 8 + name], mapi.STRING8, page))
            message.texts.setdefault(
                0x0C1F,
                mapi.text_of(body[8 + name : 8 + name + address], mapi.STRING8, page).removeprefix("SMTP:"),
            )

    def _attachment(self, number: int, body: bytes, attachments: list[_Attachment], page: int) -> None:
        if not attachments:
            attachments.append(_Attachment())
        last = attachments[-1]
        if number == _TITLE:
            last.title = mapi.text_of(body, mapi.STRING8, page)
        elif number == _DATA:
            last.data = body
        else:
            _properties(body, 0, last.item, page)


def _member(index: int, each: _Attachment) -> Iterator[Extracted]:
    name = (each.item.texts.get(_LONG_NAME) or each.title or f"attachment {index}").strip()
    data = each.data
    if _CONTENT in each.item.binary:
        data = each.item.binary[_CONTENT]
    if data is None or (not data and _CONTENT in each.item.binary):
        yield Member(name, None, 0, gap=Gap(Reason.DAMAGED, "attachment without content"))
    elif data:
        yield Member(name, io.BytesIO(data), len(data))


def _rows(body: bytes, page: int) -> list[Item]:
    (count,) = struct.unpack_from("<I", body)
    position, rows = 4, []
    for _ in range(min(count, 100_000)):
        item = Item()
        position = _properties(body, position, item, page)
        rows.append(item)
    return rows


def _properties(data: bytes, position: int, item: Item, page: int) -> int:
    """Take a list of properties into an item; return where it ends."""
    (count,) = struct.unpack_from("<I", data, position)
    position += 4
    for _ in range(min(count, 100_000)):
        kind, tag = struct.unpack_from("<HH", data, position)
        position += 4
        named: int | str | None = None
        if tag >= 0x8000:
            named, position = _name(data, position + 16)
        many, kind = bool(kind & 0x1000), kind & 0x0FFF
        values = 1
        if many or kind in _VARIABLE:
            (values,) = struct.unpack_from("<I", data, position)
            position += 4
        for _ in range(min(values, 100_000)):
            if kind in _VARIABLE:
                (size,) = struct.unpack_from("<I", data, position)
                value = data[position + 4 : position + 4 + size]
                position += 4 + size + -size % 4
            elif kind in _FIXED:
                value = data[position : position + _FIXED[kind]]
                position += max(4, _FIXED[kind]) if kind != 0x0001 else 0
            else:
                raise ValueError("unknown type of property")
            _take(item, kind, tag, named, value, page)
    return position


def _take(item: Item, kind: int, tag: int, named: int | str | None, value: bytes, page: int) -> None:
    if kind in (mapi.STRING8, mapi.UNICODE):
        item.put(tag, named, mapi.text_of(value, kind, page))
    elif kind == mapi.BINARY:
        item.binary[tag] = value
    elif kind == mapi.OBJECT:
        item.binary[tag] = value[16:]  # behind the id of its interface: a packed message, or an object
    elif kind == mapi.TIME and (day := tag if named is None else named) in mapi.DAYS:
        item.put_day(int(day), value)
    elif kind == mapi.LONG:
        item.numbers[tag] = int.from_bytes(value, "little")


def _name(data: bytes, position: int) -> tuple[int | str, int]:
    (sort,) = struct.unpack_from("<I", data, position)
    if sort == 0:
        (number,) = struct.unpack_from("<I", data, position + 4)
        return number, position + 8
    (size,) = struct.unpack_from("<I", data, position + 4)
    text = data[position + 8 : position + 8 + size].decode("utf-16-le", "replace").rstrip("\x00")
    return text, position + 8 + size + -size % 4
