"""Outlook messages (.msg, [MS-OXMSG]): fields, bodies, recipients and attachments."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors import mapi
from scanners.extractors.compound import Compound, native
from scanners.extractors.compound_writer import Node, compound_file
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.mapi import Item
from scanners.extractors.package import MALFORMED, translated
from scanners.model import Gap, Reason, TextSegment

_PROPERTIES = "__properties_version1.0"
_STREAM = "__substg1.0_"
_NAMES = "__nameid_version1.0"
_ATTACHMENT, _RECIPIENT = "__attach_version1.0_#", "__recip_version1.0_#"
_DATA, _METHOD, _LONG_NAME, _SHORT_NAME = 0x3701, 0x3705, 0x3707, 0x3704
_SINGLE = {mapi.STRING8: mapi.STRING8, mapi.UNICODE: mapi.UNICODE, 0x101E: mapi.STRING8, 0x101F: mapi.UNICODE}
_KEPT_BINARY = frozenset({mapi.HTML, mapi.RTF_BODY, _DATA})


def _names(compound: Compound) -> Mapping[int, int | str]:
    """Return what the numbers from 0x8000 on stand for."""
    return mapi.names(
        compound.read(_NAMES, f"{_STREAM}00030102"), compound.read(_NAMES, f"{_STREAM}00040102")
    )


class OutlookMessage:
    """One message, contact, appointment or note; attached messages are members of the same kind."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield fields, recipients, bodies, then attachments."""
        compound = Compound(stream, budget)
        with translated("named properties"):
            names = _names(compound)
        with translated("properties"):
            item = self._item(compound, (), 32, names)
        if item.texts.get(mapi.CLASS, "").lower().startswith("ipm.note.rpmsg"):
            yield Gap(Reason.ENCRYPTED, "rights management")
        yield from mapi.segments(item, budget)
        page = mapi.code_page_of(item.numbers)
        yield from self._recipients(compound, names, page)
        for name in compound.children():
            if name.startswith(_ATTACHMENT):
                yield from self._attachment(compound, name, names, page)
        yield from compound.short

    def _item(
        self,
        compound: Compound,
        storage: tuple[str, ...],
        head: int,
        names: Mapping[int, int | str],
        page: int = 0,
    ) -> Item:
        item = Item()
        table = compound.read(*storage, _PROPERTIES)
        for position in range(head, len(table) - 15, 16):
            kind, tag, _, value = struct.unpack_from("<HHII", table, position)
            if kind in (mapi.LONG, 0x0002, 0x000B):
                item.numbers[tag] = value
        page = mapi.code_page_of(item.numbers) or page
        for path in compound.inside(*storage):
            name = path[-1]
            if not name.startswith(_STREAM):
                continue
            try:
                number = int(name[len(_STREAM) : len(_STREAM) + 8], 16)
            except ValueError:
                continue
            tag, kind = number >> 16, number & 0xFFFF
            many = kind & 0x1000
            if kind in _SINGLE and (not many or "-" in name):
                try:
                    text = mapi.text_of(compound.read(*path), _SINGLE[kind], page)
                except ExtractionError as error:
                    if error.gap.reason is not Reason.DAMAGED:
                        raise
                    item.damaged.append(f"field {number:08X}")
                    continue
                named = names.get(tag)
                if tag >= 0x8000 and named is not None:
                    item.named[named] = f"{item.named[named]}, {text}" if named in item.named else text
                else:
                    item.texts[tag] = text
            elif kind == mapi.BINARY and tag in _KEPT_BINARY:
                item.binary[tag] = compound.read(*path)
        return item

    def _recipients(
        self, compound: Compound, names: Mapping[int, int | str], page: int
    ) -> Iterator[Extracted]:
        lists: dict[str, list[str]] = {}
        for name in compound.children():
            if not name.startswith(_RECIPIENT):
                continue
            compound.budget.member()
            try:
                part, written = mapi.recipient(self._item(compound, (name,), 8, names, page))
            except (ExtractionError, *MALFORMED) as error:
                if isinstance(error, ExtractionError) and error.gap.reason is not Reason.DAMAGED:
                    raise
                yield Gap(Reason.DAMAGED, "a recipient")
                continue
            if written:
                lists.setdefault(part, []).append(written)
        for part, each in lists.items():
            yield TextSegment("\n".join(each), f"{part} (recipients)")

    def _attachment(
        self, compound: Compound, storage: str, names: Mapping[int, int | str], page: int
    ) -> Iterator[Extracted]:
        compound.budget.member()
        shown = f"attachment {storage[len(_ATTACHMENT) :].lstrip('0') or '0'}"
        try:
            item = self._item(compound, (storage,), 8, names, page)
            name = next(
                (
                    text
                    for tag in (_LONG_NAME, _SHORT_NAME, mapi.NAME)
                    if (text := item.texts.get(tag, "").strip())
                ),
                shown,
            )
            inner = f"{_STREAM}3701000D"
            if compound.below(storage, inner):
                if compound.find(storage, inner, _PROPERTIES):
                    data = self._enclosed(compound, storage, inner)
                    yield Member(name, io.BytesIO(data), len(data))
                elif path := compound.find(storage, inner, "\x01Ole10Native"):
                    yield native(compound.read(*path), name)
                else:
                    data = compound.storage(storage, inner)
                    yield Member(name, io.BytesIO(data), len(data))
            elif _DATA in item.binary:
                data = item.binary[_DATA]
                yield Member(name, io.BytesIO(data), len(data))
            elif item.numbers.get(_METHOD) in (2, 3, 4, 7):
                yield Member(
                    name, None, 0, gap=Gap(Reason.UNSUPPORTED, "attached by reference: lies elsewhere")
                )
            elif item.numbers.get(_METHOD):
                yield Member(name, None, 0, gap=Gap(Reason.DAMAGED, "attachment without content"))
        except (ExtractionError, *MALFORMED) as error:
            if isinstance(error, ExtractionError) and error.gap.reason is not Reason.DAMAGED:
                raise
            yield Member(shown, None, 0, gap=Gap(Reason.DAMAGED, "attachment"))

    def _enclosed(self, compound: Compound, *storage: str) -> bytes:
        """Return a message inside a message as a file of its own: a longer head and the same names."""
        root = Node("Root Entry")
        for path in compound.below(*storage):
            node = root
            for name in path[len(storage) : -1]:
                node = node.storage(name)
            data = compound.read(*path)
            if path[len(storage) :] == (_PROPERTIES,):
                data = data[:24] + bytes(8) + data[24:]
            node.streams[path[-1]] = data
        names = root.storage(_NAMES)
        for path in compound.below(_NAMES):
            names.streams[path[-1]] = compound.read(*path)
        return compound_file(root)
