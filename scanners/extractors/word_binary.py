"""The structures of a binary Word file ([MS-DOC]): its information block, piece table and property pages."""

from __future__ import annotations

import itertools
import struct
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from scanners.encodings import Decoded, decode
from scanners.extractors.interface import Budget
from scanners.extractors.office_properties import code_page_text

WORD_8 = 0xA5EC
_WORD_6 = (0xA5DC, 0xA5DB, 0xA59B, 0xA59C)
_FIRST_WORD_8 = 0xC1 - 0x28  # Word 97 writes 193, its betas a little less; Word 95 at most 104
_PAGE = 512
_ROW_ENDS = (0x2417, 0x244C)  # of a table, and of a table inside a cell
_DELETED = 0x0800
_MOST_PIECES = 1_000_000
_MOST_COMPARED = 3_000_000  # pieces with marks of rows and deletions
# The pages that Windows took for a language of the document; all others write Western European.
_PAGES = {0x11: 932, 0x12: 949, 0x19: 1251, 0x08: 1253, 0x1F: 1254, 0x0D: 1255, 0x01: 1256, 0x1E: 874}
_CENTRAL = frozenset({0x05, 0x0E, 0x15, 0x18, 0x1A, 0x1B, 0x1C, 0x24})
_PARTS = ("body", "footnote", "header", "macro", "comment", "endnote", "text box", "header text box")


@dataclass(frozen=True, slots=True)
class Fib:
    """What the file's first block says of itself."""

    data: bytes

    @property
    def known(self) -> bool:
        """Tell whether this is a Word file at all."""
        return len(self.data) >= 0x60 and self.word(0) in (WORD_8, *_WORD_6)

    @property
    def is_old(self) -> bool:
        """Tell whether it was written by Word 6 or 95, which kept 8-bit text and other offsets."""
        return self.word(2) < _FIRST_WORD_8

    def word(self, offset: int) -> int:
        """Return two bytes as a number, 0 beyond the end."""
        return int.from_bytes(self.data[offset : offset + 2], "little")

    def long(self, offset: int) -> int:
        """Return four bytes as a number, 0 beyond the end."""
        return int.from_bytes(self.data[offset : offset + 4], "little")

    @property
    def encrypted(self) -> bool:
        """Tell whether the text needs a password."""
        return bool(self.word(0x0A) & 0x0100)

    @property
    def table_name(self) -> str:
        """Return the name of the stream that holds the tables."""
        return "1Table" if self.word(0x0A) & 0x0200 else "0Table"

    @property
    def code_page(self) -> int:
        """Return the code page of the document's language."""
        language = self.word(0x06)
        if language in (0x0804, 0x1004):
            return 936
        if language in (0x0404, 0x0C04):
            return 950
        primary = language & 0x3FF
        return _PAGES.get(primary, 1250 if primary in _CENTRAL else 1252)

    @property
    def piece_page(self) -> int:
        """Return the code page of text of one byte: since Word 97 it is one for all languages."""
        return self.code_page if self.is_old else 1252

    def lengths(self) -> list[tuple[str, int]]:
        """Return the parts of the text in their order, each with its length in characters."""
        start = 0x34 if self.is_old else 0x4C
        return [(name, self.long(start + 4 * index)) for index, name in enumerate(_PARTS)]

    def place(self, index: int) -> tuple[int, int]:
        """Return offset and length of a structure in the table stream, by its number in the format."""
        return self.long(0x9A + 8 * index), self.long(0x9E + 8 * index)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters that lie together in the file."""

    first: int  # character position
    count: int
    offset: int  # in the WordDocument stream
    wide: bool


def pieces(fib: Fib, table: bytes) -> list[Piece]:
    """Return the piece table; raises `struct.error` or `ValueError` where it is damaged."""
    offset, length = fib.place(33) if not fib.is_old else (fib.long(0x160), fib.long(0x164))
    clx = table[offset : offset + length]
    position = 0
    while position < len(clx) and clx[position] == 1:  # formatting of pieces
        position += 3 + int.from_bytes(clx[position + 1 : position + 3], "little")
    if position >= len(clx) or clx[position] != 2:
        raise ValueError("no piece table")
    (size,) = struct.unpack_from("<I", clx, position + 1)
    plc = clx[position + 5 : position + 5 + size]
    count = min((len(plc) - 4) // 12, _MOST_PIECES)
    if count < 1:
        raise ValueError("empty piece table")
    bounds = struct.unpack_from(f"<{count + 1}I", plc)
    found = []
    for index in range(count):
        (place,) = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * index + 2)
        first, last = bounds[index], bounds[index + 1]
        if last < first:
            raise ValueError("pieces out of order")
        if fib.is_old:
            found.append(Piece(first, last - first, place, wide=False))
        elif place & 0x40000000:
            found.append(Piece(first, last - first, (place & 0x3FFFFFFF) // 2, wide=False))
        else:
            found.append(Piece(first, last - first, place, wide=True))
    return found


def _eight_bit(data: bytes, code_page: int) -> str:
    """Return 8-bit text, one character a byte: what needs two bytes is followed by a NUL."""
    if data.isascii():
        return data.decode("ascii")
    if code_page in (932, 936, 949, 950):
        judged = decode(data)
        if code_page != 932 or (isinstance(judged, Decoded) and judged.encoding == "cp932"):
            text = code_page_text(data.replace(b"\x00", b" "), code_page)
            return "".join(
                character if ord(character) < 0x80 or 0xFF61 <= ord(character) <= 0xFF9F else character + "\0"
                for character in text
            )[: len(data)].ljust(len(data), "\0")
        code_page = 1252
    text = data.decode(f"cp{code_page}", "replace")
    if "\ufffd" in text:  # the five bytes that Windows leaves free
        text = "".join(
            chr(byte) if character == "\ufffd" else character
            for character, byte in zip(text, data, strict=True)
        )
    return text


class Characters:
    """The text by character positions: UTF-16 units, as the file counts them."""

    def __init__(self, document: bytes, found: list[Piece], code_page: int, budget: Budget) -> None:
        self.pieces = [piece for piece in found if piece.count]
        out: list[bytes] = []
        self.missing = 0
        for piece in self.pieces:
            size = piece.count * (2 if piece.wide else 1)
            budget.spend(size)
            raw = document[piece.offset : piece.offset + size]
            if len(raw) < size:
                short = (size - len(raw)) // (2 if piece.wide else 1)
                self.missing += short
                if piece.count > len(document):
                    raise ValueError("a piece longer than the file")
                raw = raw.ljust(size, b"\x00")
            if not piece.wide:
                raw = _eight_bit(raw, code_page).encode("utf-16-le", "replace")
                raw = raw[: piece.count * 2].ljust(piece.count * 2, b"\x00")
            out.append(raw)
        self._units = b"".join(out)
        self._by_offset = sorted(self.pieces, key=_offset)
        self._offsets = [piece.offset for piece in self._by_offset]
        self._reached = list(itertools.accumulate(map(_behind, self._by_offset), max))
        self._compared = 0

    def __len__(self) -> int:
        return len(self._units) // 2

    def raw(self, first: int, last: int) -> bytearray:
        """Return the units from `first` up to `last`, two bytes each."""
        return bytearray(self._units[2 * max(0, first) : 2 * max(0, last)])

    def ranges(self, begins: int, ends: int) -> Iterator[tuple[int, int]]:
        """Yield the character ranges that lie between two offsets of the stream."""
        index = bisect_left(self._offsets, ends)
        while index and self._reached[index - 1] > begins:
            index -= 1
            piece = self._by_offset[index]
            self._compared += 1
            if self._compared > _MOST_COMPARED:
                raise ValueError("pieces over each other")
            width = 2 if piece.wide else 1
            low = max(begins, piece.offset)
            high = min(ends, piece.offset + piece.count * width)
            if low < high:
                yield (
                    piece.first + (low - piece.offset) // width,
                    piece.first + (high - piece.offset + width - 1) // width,
                )


def _offset(piece: Piece) -> int:
    return piece.offset


def _behind(piece: Piece) -> int:
    return piece.offset + piece.count * (2 if piece.wide else 1)


def apart(raw: bytes | bytearray) -> str:
    """Return units as characters, halves of pairs apart: one for every unit."""
    text = raw.decode("utf-16-le", "surrogatepass")
    if len(text) * 2 == len(raw):
        return text
    return "".join(map(chr, struct.unpack(f"<{len(raw) // 2}H", raw[: len(raw) & ~1])))


def joined(text: str) -> str:
    """Put halves of pairs together again; a half alone becomes U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def positions(table: bytes, place: tuple[int, int], size: int) -> tuple[int, ...]:
    """Return the character positions of a list whose items have `size` bytes each."""
    offset, length = place
    data = table[offset : offset + length]
    count = (len(data) - 4) // (4 + size) if len(data) >= 4 else -1
    return struct.unpack_from(f"<{count + 1}I", data) if 0 <= count < _MOST_PIECES else ()


def row_ends(fib: Fib, document: bytes, table: bytes) -> frozenset[int]:
    """Return the offsets just behind the marks that end a row of a table."""
    found = set()
    for page in _pages(document, table, fib.place(13)):
        count = page[_PAGE - 1]
        if 4 * (count + 1) + 13 * count > _PAGE or not (b"\x17\x24" in page or b"\x4c\x24" in page):
            continue
        bounds = struct.unpack_from(f"<{count + 1}I", page)
        for index in range(count):
            place = 2 * page[4 * (count + 1) + 13 * index]
            if not place:
                continue
            size = 2 * page[place] - 1 if page[place] else 2 * page[place + 1]
            start = place + (1 if page[place] else 2) + 2
            said = page[start : start + size - 2]
            marked = b"\x17\x24" in said or b"\x4c\x24" in said
            if marked and any(code in _ROW_ENDS and value for code, value in _sprms(said)):
                found.add(bounds[index + 1])
    return frozenset(found)


def deletions(fib: Fib, document: bytes, table: bytes) -> list[tuple[int, int]]:
    """Return the ranges of the stream whose text was deleted while changes were tracked."""
    found = []
    for page in _pages(document, table, fib.place(12)):
        count = page[_PAGE - 1]
        if 5 * count + 4 > _PAGE or b"\x00\x08" not in page:
            continue
        bounds = struct.unpack_from(f"<{count + 1}I", page)
        for index in range(count):
            place = 2 * page[4 * (count + 1) + index]
            said = page[place + 1 : place + 1 + page[place]] if place else b""
            if b"\x00\x08" in said and any(code == _DELETED and value for code, value in _sprms(said)):
                found.append((bounds[index], bounds[index + 1]))
    return found


def _pages(document: bytes, table: bytes, place: tuple[int, int]) -> Iterator[bytes]:
    offset, length = place
    data = table[offset : offset + length]
    count = (len(data) - 4) // 8
    for index in range(max(0, count)):
        (number,) = struct.unpack_from("<I", data, 4 * (count + 1) + 4 * index)
        start = (number & 0x3FFFFF) * _PAGE
        page = document[start : start + _PAGE]
        if len(page) == _PAGE:
            yield page


_SIZES = (1, 1, 2, 4, 2, 2, 0, 3)


def _sprms(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the single properties of a list, each with the first byte of its value."""
    position = 0
    while position + 3 <= len(data):
        code = data[position] | data[position + 1] << 8
        yield code, data[position + 2]
        size = _SIZES[code >> 13]
        if not size:
            size = 1 + data[position + 2]
            if code in (0xD606, 0xD608) and position + 4 <= len(data):  # table definitions are longer
                size = 1 + (data[position + 2] | data[position + 3] << 8)
        position += 2 + size
