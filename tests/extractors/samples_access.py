"""Writes small Access databases page by page, of the layout that Access 2000 and Access 97 write."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

INT, TEXT, OLE, MEMO, BOOL, MONEY, DATE = 4, 10, 11, 12, 1, 5, 8
_FIXED = {INT: "<i", MONEY: "<q", DATE: "<d", 3: "<h"}
Columns = Sequence[tuple[str, int]]
Row = Sequence[object]


@dataclass(slots=True)
class Writer:
    """Collects pages; `old` writes Jet 3."""

    old: bool = False
    pages: list[bytes] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Return how long a page is."""
        return 2048 if self.old else 4096

    def definition(self, columns: Columns, number: int) -> bytes:
        """Return a table's definition; its list of pages is a row of page 1."""
        start, entry = (43, 18) if self.old else (63, 25)
        head = bytearray(start)
        head[:4] = b"\x02\x01VC"
        struct.pack_into("<H", head, 25 if self.old else 45, len(columns))
        varying = sum(kind not in _FIXED and kind != BOOL for _, kind in columns)
        struct.pack_into("<H", head, 23 if self.old else 43, varying)
        for place in (35, 39) if self.old else (55, 59):
            struct.pack_into("<I", head, place, (1 << 8) | number)
        out, names = bytes(head), b""
        variable, offset = 0, 0
        for number, (name, kind) in enumerate(columns):
            fixed = kind in _FIXED or kind == BOOL
            one = bytearray(entry)
            one[0] = kind
            struct.pack_into("<H", one, 1 if self.old else 5, number)
            struct.pack_into("<H", one, 3 if self.old else 7, variable)
            one[13 if self.old else 15] = 3 if fixed else 2
            struct.pack_into("<H", one, 14 if self.old else 21, offset)
            width = struct.calcsize(_FIXED[kind]) if kind in _FIXED else 0
            struct.pack_into("<H", one, 16 if self.old else 23, width or 1 if fixed else 255)
            variable += not fixed
            offset += width
            out += bytes(one)
            raw = name.encode("cp932" if self.old else "utf-16-le")
            names += struct.pack("<B" if self.old else "<H", len(raw)) + raw
        return (out + names).ljust(self.size, b"\0")

    def row(self, columns: Columns, values: Row) -> bytes:
        """Return one row; None is a null."""
        count = "<B" if self.old else "<H"
        body = struct.pack(count, len(columns))
        for (_, kind), value in zip(columns, values, strict=True):
            if kind in _FIXED:
                body += struct.pack(_FIXED[kind], value or 0)
        offsets = []
        for (_, kind), value in zip(columns, values, strict=True):
            if kind not in _FIXED and kind != BOOL:
                offsets.append(len(body))
                body += b"" if value is None else self.variable(kind, value)
        offsets.append(len(body))
        one = "<B" if self.old else "<H"
        if len(offsets) > 1:
            body += b"".join(struct.pack(one, each) for each in reversed(offsets))
            body += struct.pack(one, len(offsets) - 1)
        mask = 0
        for number, ((_, kind), value) in enumerate(zip(columns, values, strict=True)):
            mask |= (bool(value) if kind == BOOL else value is not None) << number
        return body + mask.to_bytes((len(columns) + 7) // 8, "little")

    def variable(self, kind: int, value: object) -> bytes:
        """Return a value of variable length; bytes stand for themselves."""
        if isinstance(value, bytes):
            return value
        text = str(value)
        if self.old:
            raw = text.encode("cp932")
        else:
            raw = b"\xff\xfe" + text.encode("ascii") if text.isascii() else text.encode("utf-16-le")
        return struct.pack("<III", len(raw) | 0x80000000, 0, 0) + raw if kind == MEMO else raw

    def data(self, owner: int, rows: Sequence[bytes], flags: Sequence[int] = ()) -> bytes:
        """Return a page of rows, the first at its end."""
        place = 8 if self.old else 12
        head = bytearray(place)
        head[:4] = b"\x01\x01\0\0"
        struct.pack_into("<I", head, 4, owner)
        end, table, body = self.size, b"", b""
        for number, row in enumerate(rows):
            end -= len(row)
            table += struct.pack("<H", end | (flags[number] if number < len(flags) else 0))
            body = row + body
        head += struct.pack("<H", len(rows)) + table
        return bytes(head) + bytes(self.size - len(head) - len(body)) + body

    def file(self) -> bytes:
        """Return the whole file, its header first."""
        head = b"\0\1\0\0Standard Jet DB\0" + struct.pack("<I", 0 if self.old else 1)
        return b"".join([head.ljust(self.size, b"\0"), *self.pages])


CATALOGUE: Columns = (("Id", INT), ("Type", 3), ("Name", TEXT), ("Flags", INT), ("LvProp", OLE))
PEOPLE: Columns = (
    ("番号", INT),
    ("氏名", TEXT),
    ("会員", BOOL),
    ("会費", MONEY),
    ("生年月日", DATE),
    ("備考", MEMO),
    ("写真", OLE),
)


def access_file(*, old: bool = False, picture: bytes = b"") -> bytes:
    """Return a database with one table of people, a deleted and a moved row, long values and a link."""
    out = Writer(old)
    names = [(4, 1, "名簿", 0, None), (2, 1, "MSysObjects", -2147483648, None), (0, 6, "他の名簿", 0, None)]
    far = struct.pack("<III", 8 | 0x40000000, (7 << 8) | 0, 0)  # page 7, row 0
    chained = struct.pack("<III", 8, (7 << 8) | 1, 0)
    rows = [
        out.row(PEOPLE, (1, "架空太郎", True, 12_345_000, 29222.0, "電話 090-0000-1234", None)),
        out.row(PEOPLE, (2, "Kakuu Hanako", False, None, None, far, None)),
        out.row(PEOPLE, (9, "消した人", False, None, None, None, None)),
        struct.pack("<I", (6 << 8) | 0),
        out.row(PEOPLE, (4, "架空四郎", False, None, None, chained,
                         struct.pack("<III", len(picture), (7 << 8) | 3, 0) if picture else None)),
    ]  # fmt: skip
    moved = out.row(PEOPLE, (3, "架空三郎", False, None, None, None, None))
    encoding = "cp932" if old else "utf-16-le"
    text = "長い備考".encode(encoding)
    values = [text, struct.pack("<I", (7 << 8) | 2) + text[:4], struct.pack("<I", 0) + text[4:]]
    out.pages = [
        out.data(
            0, [bytes(5) + bytes([sum(1 << page for page in pages)]) + bytes(63) for pages in ((3,), (5, 6))]
        ),
        out.definition(CATALOGUE, 0),
        out.data(2, [out.row(CATALOGUE, each) for each in names]),
        out.definition(PEOPLE, 1),
        out.data(4, rows, (0, 0, 0xC000, 0x4000, 0)),
        out.data(4, [moved], (0x8000,)),
        out.data(0x4C41564C, [*values, struct.pack("<I", 0) + picture]),
    ]
    return out.file()
