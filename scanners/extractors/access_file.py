"""Access databases (.mdb, .accdb): every table as an object, and the files in its cells."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.access_pages import AccessPages, Column
from scanners.extractors.cell_values import Binaries, shown
from scanners.extractors.interface import Budget, Extracted, Member, Tables, size_of
from scanners.extractors.package import MALFORMED
from scanners.model import Gap, Reason, TableSegment

BLOCK_ROWS = 2_000
_CATALOGUE = 2  # the page of its definition
_TABLE, _LINKED = "1", ("4", "6")
_PAGE_OF_ID = 0xFFFFFF
_SYSTEM = "MSys"
_WRAPPING = 12  # bytes: two numbers and a header's length
_LARGEST_ATTACHMENT = 256 << 20


class AccessFile:
    """Tables of a database file; forms, queries and reports hold no rows."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield one member for each table; raises `ExtractionError` when the file is locked or damaged."""
        binaries = Binaries()
        try:
            pages = AccessPages.opened(stream, size_of(stream))
            locked = pages.is_locked
            catalogue = [] if locked else _catalogue(pages)
        except MALFORMED as error:
            raise ExtractionError(Gap(Reason.DAMAGED, f"catalogue: {type(error).__name__}")) from None
        if locked:
            raise ExtractionError(Gap(Reason.ENCRYPTED))
        for name, kind, page in catalogue:
            budget.member()
            if kind in _LINKED:
                gap = Gap(Reason.EXCLUDED, "a link: its rows lie in another database")
                yield Member(name, None, 0, gap=gap)
                continue
            found: list[int] = []
            yield Member(name, _blocks(pages, name, page, found, budget), 0)
            if found:
                yield from _documents(pages, name, page, binaries, budget)
        if pages.damaged:
            yield Gap(Reason.UNDECODABLE, f"{pages.damaged} characters")
        yield from binaries.gap()


def _catalogue(pages: AccessPages) -> list[tuple[str, str, int]]:
    """Return name, kind and page of the user's tables."""
    columns = pages.columns(_CATALOGUE)
    place = {column.name: index for index, column in enumerate(columns)}
    found = []
    for row in pages.rows(_CATALOGUE, columns):
        if row is None:
            continue
        name, kind = str(row[place["Name"]]), str(row[place["Type"]])
        if kind in (_TABLE, *_LINKED) and not name.startswith(_SYSTEM):
            found.append((name, kind, int(str(row[place["Id"]])) & _PAGE_OF_ID))
    return found


def _blocks(pages: AccessPages, name: str, page: int, binary: list[int], budget: Budget) -> Tables:
    """Yield a table; the first row with a binary value is noted in `binary`."""
    count = malformed = 0
    try:
        columns = pages.columns(page)
        header = tuple(column.name for column in columns)
        rows: list[tuple[str, ...]] = []
        for row in pages.rows(page, columns):
            if row is None:
                malformed += 1
                continue
            cells = []
            for column, value in zip(columns, row, strict=True):
                text = value if isinstance(value, str) else shown(_content(column, value))
                if text is None and not binary:
                    binary.append(count + 1)
                cells.append(text or "")
            rows.append(tuple(cells))
            count += 1
            if len(rows) == BLOCK_ROWS:
                budget.spend(sum(len(cell) for each in rows for cell in each))
                yield TableSegment(name, header, count - len(rows) + 1, tuple(rows))
                rows = []
        if rows or not count:
            yield TableSegment(name, header, count - len(rows) + 1, tuple(rows))
    except MALFORMED as error:
        yield Gap(Reason.DAMAGED, f"{type(error).__name__} after {count} rows")
    if malformed:
        total = count + malformed
        told = f"{malformed} of {total} rows"
        yield Gap(Reason.DAMAGED, told, seen=count, total=total, unit="rows")


def _documents(
    pages: AccessPages, name: str, page: int, binaries: Binaries, budget: Budget
) -> Iterator[Member]:
    """Yield the documents in a table's cells in a second pass, so that one row's are held at once."""
    damaged = pages.damaged
    count = 0
    with suppress(*MALFORMED):  # the first pass has told it
        columns = pages.columns(page)
        for row in pages.rows(page, columns):
            if row is None:
                continue
            count += 1
            for column, value in zip(columns, row, strict=True):
                if isinstance(value, str) or shown(content := _content(column, value)) is not None:
                    continue
                budget.spend(len(content))
                binaries.take(f"{name}.{column.name}[{count}]", content, budget)
            yield from binaries.members()
    pages.damaged = damaged


def _content(column: Column, value: bytes) -> bytes:
    return _attachment(value) if column.name == "FileData" else value


def _attachment(value: bytes) -> bytes:
    """Return an attached file without its wrapping: a header of stated length, perhaps compressed."""
    if len(value) < _WRAPPING:
        return value
    packed, _ = struct.unpack_from("<II", value)
    content = value[8:]
    if packed == 1:
        try:
            content = zlib.decompressobj().decompress(content, _LARGEST_ATTACHMENT)
        except zlib.error:
            return value
    length = int.from_bytes(content[:4], "little")
    return content[length:] if 0 < length < len(content) else content
