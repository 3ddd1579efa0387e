"""Outlook data files (.pst, .ost) by libpff: every item of every folder, its recipients and attachments."""

from __future__ import annotations

import contextlib
import io
import struct
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors import mapi
from scanners.extractors.interface import Budget, Extracted, Member, size_of
from scanners.extractors.mapi import Item
from scanners.extractors.package import MALFORMED, translated
from scanners.model import Gap, Reason, TextSegment

_LARGEST_ATTACHMENT = 256 << 20
_DEEPEST = 64
_METHOD, _LONG_NAME, _SHORT_NAME = 0x3705, 0x3707, 0x3704
_KEPT_BINARY = frozenset({mapi.HTML, mapi.RTF_BODY})


class OutlookStore:
    """Mails, contacts, appointments and notes of a store, with the path of their folder."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield items folder by folder, then those that no folder holds any more."""
        import pypff

        size = size_of(stream)
        store = pypff.file()
        with translated("store"):
            store.open_file_object(stream)
        try:
            yield from _Store(store, budget, size).read()
        finally:
            # a store may be so damaged that it cannot even be closed: all was read that could be
            with contextlib.suppress(OSError):
                store.close()


class _Store:
    def __init__(self, store: Any, budget: Budget, size: int) -> None:
        self._store = store
        self._size = size
        self._read = 0
        self._budget = budget
        self._lost = 0
        self._page = 0
        self._names: Mapping[int, int | str] = {}

    def _spend(self, count: int) -> None:
        """Count what comes out beyond the store's own size: blocks that are read again and again."""
        self._read += count
        if self._read > self._size:
            self._budget.spend(count)

    def read(self) -> Iterator[Extracted]:
        try:
            self._names = _names(self._store)
            root = self._store.get_root_folder()
        except (OSError, MemoryError) as error:  # libpff says "no memory" of offsets that lead nowhere
            raise ExtractionError(Gap(Reason.DAMAGED, f"root folder: {type(error).__name__}")) from None
        yield from self._folders(root)
        try:
            orphans = self._store.get_number_of_orphan_items()
        except OSError:
            orphans = 0
        for index in range(orphans):
            yield from self._guarded(
                self._store.get_orphan_item, index, f"items of no folder/item {index + 1}"
            )
        if self._lost:
            yield Gap(Reason.DAMAGED, f"{self._lost} items or folders")

    def _folders(self, root: Any) -> Iterator[Extracted]:
        stack: list[tuple[Any, str, int]] = [(root, "", 0)]
        while stack:
            folder, path, depth = stack.pop()
            self._budget.member()
            try:
                count, inner = folder.get_number_of_sub_messages(), folder.get_number_of_sub_folders()
            except OSError:
                self._lost += 1
                continue
            for index in range(count):
                yield from self._guarded(
                    folder.get_sub_message, index, f"{path}/message {index + 1}".lstrip("/")
                )
            if depth >= _DEEPEST and inner:
                yield Gap(Reason.TOO_DEEP, f"{inner} folders below {_DEEPEST} others")
                continue
            for index in reversed(range(inner)):
                try:
                    child = folder.get_sub_folder(index)
                    name = child.get_name() or f"folder {index + 1}"
                except OSError:
                    self._lost += 1
                    continue
                stack.append((child, f"{path}/{name.replace('/', ' ')}".lstrip("/"), depth + 1))

    def _guarded(self, get: Any, index: int, place: str) -> Iterator[Extracted]:
        self._budget.member()
        try:
            message = get(index)
        except (OSError, MemoryError):
            self._lost += 1
            return
        try:
            yield from self._message(message, place, 0)
        except MALFORMED:
            self._lost += 1

    def _item(self, source: Any) -> Item:
        item = Item()
        entries: list[tuple[int, int, bytes]] = []
        for index in range(min(1, source.get_number_of_record_sets())):
            records = source.get_record_set(index)
            for number in range(records.get_number_of_entries()):
                try:
                    entry = records.get_entry(number)
                    tag, kind = entry.get_entry_type(), entry.get_value_type()
                    if kind in (mapi.LONG, 0x0002, 0x000B):
                        item.numbers[tag] = int.from_bytes((entry.get_data() or b"")[:4], "little")
                    elif kind == mapi.TIME:
                        day = self._names.get(tag, 0) if tag >= 0x8000 else tag
                        if day in mapi.DAYS and isinstance(day, int):
                            item.put_day(day, entry.get_data() or b"")
                    elif kind in mapi.SINGLE or (kind == mapi.BINARY and tag in _KEPT_BINARY):
                        data = entry.get_data() or b""
                        self._spend(len(data))
                        entries.append((tag, kind, data))
                except OSError:
                    item.damaged.append("a field")
        page = mapi.code_page_of(item.numbers) or self._page
        for tag, kind, data in entries:
            if kind == mapi.BINARY:
                item.binary[tag] = data
                continue
            named = self._names.get(tag) if tag >= 0x8000 else None
            for value in values(data) if kind & 0x1000 else (data,):
                item.put(tag, named, mapi.text_of(value, mapi.SINGLE[kind], page))
        if item.texts.get(mapi.SUBJECT, "").startswith("\x01"):
            item.texts[mapi.SUBJECT] = item.texts[mapi.SUBJECT][2:]  # \x01 and the length of "Re: "
        return item

    def _message(self, message: Any, place: str, depth: int) -> Iterator[Extracted]:
        item = self._item(message)
        fields: list[str] = []
        for part in mapi.segments(item, self._budget, place):
            # one text for all short fields: a store holds a hundred thousand of them
            if isinstance(part, TextSegment) and ", body" not in part.location:
                fields.append(f"{part.location.rpartition(', ')[2]}: {part.text}")
            else:
                yield part
        fields += self._recipients(message)
        if fields:
            yield TextSegment("\n".join(fields), place)
        yield from self._attachments(message, place, depth)

    def _recipients(self, message: Any) -> Iterator[str]:
        try:
            table = message.recipients
            count = table.get_number_of_record_sets() if table is not None else 0
        except (OSError, AttributeError):
            return
        for index in range(count):
            item = Item()
            try:
                records = table.get_record_set(index)
                for number in range(records.get_number_of_entries()):
                    entry = records.get_entry(number)
                    tag, kind, data = entry.get_entry_type(), entry.get_value_type(), entry.get_data() or b""
                    if kind in (mapi.STRING8, mapi.UNICODE):
                        item.texts[tag] = mapi.text_of(data, kind, self._page)
                    elif kind == mapi.LONG:
                        item.numbers[tag] = int.from_bytes(data[:4], "little")
            except OSError:
                self._lost += 1
                continue
            part, written = mapi.recipient(item)
            if written:
                yield f"{part}: {written}"

    def _attachments(self, message: Any, place: str, depth: int) -> Iterator[Extracted]:
        try:
            count = message.get_number_of_attachments()
        except (OSError, AttributeError):
            return
        for index in range(count):
            self._budget.member()
            name = f"{place}/attachment {index + 1}"
            try:
                attachment = message.get_attachment(index)
                item = self._item(attachment)
                names = (item.texts.get(tag, "").strip() for tag in (_LONG_NAME, _SHORT_NAME, mapi.NAME))
                name = next((f"{place}/{each.replace('/', ' ')}" for each in names if each), name)
                if item.numbers.get(_METHOD) == 5 and attachment.get_number_of_sub_items():
                    if depth >= 16:
                        yield Gap(Reason.TOO_DEEP, "messages attached to messages")
                        continue
                    yield from self._message(
                        attachment.get_sub_item(0), f"{name} (attached message)", depth + 1
                    )
                    continue
                if item.numbers.get(_METHOD) in (2, 3, 4, 7):
                    gap = Gap(Reason.UNSUPPORTED, "attached by reference: lies elsewhere")
                    yield Member(name, None, 0, gap=gap)
                    continue
                yield self._file(attachment, name)
            except ExtractionError:
                raise
            except MALFORMED as error:
                yield Member(name, None, 0, gap=Gap(Reason.DAMAGED, type(error).__name__))

    def _file(self, attachment: Any, name: str) -> Member:
        size = attachment.get_size()
        if size > _LARGEST_ATTACHMENT:
            return Member(
                name, None, size, gap=Gap(Reason.OVERSIZED, f"more than {_LARGEST_ATTACHMENT} bytes")
            )
        data = attachment.read_buffer(size) if size else b""
        self._spend(len(data))
        if len(data) < size:
            return Member(name, None, size, gap=Gap(Reason.DAMAGED, f"{len(data)} of {size} bytes"))
        return Member(name, io.BytesIO(data), size)


def values(data: bytes) -> list[bytes]:
    """Return the values of a property of several ([MS-PST] 2.3.3.4.2); raises `struct.error` when cut."""
    (count,) = struct.unpack_from("<I", data)
    starts = struct.unpack_from(f"<{count}I", data, 4)
    return [data[start:end] for start, end in zip(starts, (*starts[1:], len(data)), strict=True)]


def _names(store: Any) -> Mapping[int, int | str]:
    """Return what the numbers from 0x8000 on stand for in this store."""
    found: dict[int, bytes] = {}
    try:
        records = store.get_name_to_id_map().get_record_set(0)
        for number in range(records.get_number_of_entries()):
            entry = records.get_entry(number)
            if entry.get_value_type() == mapi.BINARY and entry.get_entry_type() in (3, 4):
                found[entry.get_entry_type()] = entry.get_data() or b""
    except (OSError, AttributeError):
        return {}
    return mapi.names(found.get(3, b""), found.get(4, b""))
