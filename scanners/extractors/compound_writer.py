"""Writes a compound file in memory ([MS-CFB], version 3): an embedded storage read as a file of its own."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

_SECTOR = 512
_MINI = 64
_CUTOFF = 4096
_FREE, _END, _FAT, _DIFAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFC
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_IN_HEADER = 109


@dataclass(slots=True)
class Node:
    """A storage: its streams and the storages in it, by name."""

    name: str
    class_id: bytes = bytes(16)
    streams: dict[str, bytes] = field(default_factory=dict)
    storages: dict[str, Node] = field(default_factory=dict)

    def storage(self, name: str, class_id: bytes = bytes(16)) -> Node:
        """Return the storage of this name, made when there is none."""
        return self.storages.setdefault(name, Node(name, class_id))


@dataclass(slots=True)
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    class_id: bytes = bytes(16)
    child: int = _FREE
    left: int = _FREE
    right: int = _FREE
    start: int = _END
    size: int = 0

    def packed(self) -> bytes:
        raw = self.name.encode("utf-16-le", "replace")[:62]
        head = struct.pack("<64sHBBIII", raw, len(raw) + 2, self.kind, 1, self.left, self.right, self.child)
        return head + self.class_id + bytes(20) + struct.pack("<IQ", self.start, self.size)


def _chain(table: list[int], count: int) -> int:
    """Append a chain of `count` to an allocation table and return its start."""
    start = len(table)
    table.extend(range(start + 1, start + count))
    table.append(_END)
    return start


def _padded(data: bytes, unit: int) -> bytes:
    return data + bytes(-len(data) % unit)


def _tree(entries: list[_Entry], numbers: list[int]) -> int:
    """Link siblings as a balanced tree in the order the format asks for; return its root."""
    if not numbers:
        return _FREE
    middle = len(numbers) // 2
    entries[numbers[middle]].left = _tree(entries, numbers[:middle])
    entries[numbers[middle]].right = _tree(entries, numbers[middle + 1 :])
    return numbers[middle]


def _listed(node: Node, entries: list[_Entry]) -> int:
    """Add a storage's children to the directory; return the root of their tree."""
    numbers = []
    for name, data in node.streams.items():
        numbers.append(len(entries))
        entries.append(_Entry(name, _STREAM, data, size=len(data)))
    for inner in node.storages.values():
        number = len(entries)
        numbers.append(number)
        entries.append(_Entry(inner.name, _STORAGE, class_id=inner.class_id))
        entries[number].child = _listed(inner, entries)
    numbers.sort(key=lambda number: (len(entries[number].name), entries[number].name.upper()))
    return _tree(entries, numbers)


def compound_file(root: Node) -> bytes:
    """Return the bytes of a compound file that holds `root`."""
    entries = [_Entry("Root Entry", _ROOT, class_id=root.class_id)]
    entries[0].child = _listed(root, entries)
    body: list[bytes] = []
    fat: list[int] = []
    mini_fat: list[int] = []
    mini: list[bytes] = []

    def placed(data: bytes) -> int:
        body.append(_padded(data, _SECTOR))
        return _chain(fat, len(body[-1]) // _SECTOR)

    for entry in entries[1:]:
        if entry.kind != _STREAM or not entry.data:
            continue
        if entry.size >= _CUTOFF:
            entry.start = placed(entry.data)
        else:
            mini.append(_padded(entry.data, _MINI))
            entry.start = _chain(mini_fat, len(mini[-1]) // _MINI)
        entry.data = b""
    small = b"".join(mini)
    if small:
        entries[0].start, entries[0].size = placed(small), len(small)
    mini_start, mini_count = _END, 0
    if mini_fat:
        packed = _padded(struct.pack(f"<{len(mini_fat)}I", *mini_fat), _SECTOR)
        packed = packed[: len(mini_fat) * 4] + b"\xff" * (len(packed) - len(mini_fat) * 4)
        mini_start, mini_count = placed(packed), len(packed) // _SECTOR
    directory_start = placed(b"".join(entry.packed() for entry in entries))
    return _header_and_tables(b"".join(body), fat, (directory_start, mini_start, mini_count))


def _header_and_tables(body: bytes, fat: list[int], starts: tuple[int, int, int]) -> bytes:
    """Append the allocation tables, which also describe themselves, and put the header before all."""
    used = len(fat)
    each = _SECTOR // 4
    tables = difats = 0
    while True:
        needed = -(-(used + tables + difats) // each)
        extra = -(-max(0, needed - _IN_HEADER) // (each - 1))
        if (needed, extra) == (tables, difats):
            break
        tables, difats = needed, extra
    numbers = list(range(used, used + tables))
    fat = [*fat, *([_FAT] * tables), *([_DIFAT] * difats)]
    fat += [_FREE] * (tables * each - len(fat))
    out = [body, struct.pack(f"<{len(fat)}I", *fat)]
    first_difat = used + tables
    beyond = numbers[_IN_HEADER:]
    for index in range(difats):
        part = beyond[index * (each - 1) : (index + 1) * (each - 1)]
        part += [_FREE] * (each - 1 - len(part))
        following = first_difat + index + 1 if index + 1 < difats else _END
        out.append(struct.pack(f"<{each}I", *part, following))
    in_header = numbers[:_IN_HEADER] + [_FREE] * (_IN_HEADER - len(numbers[:_IN_HEADER]))
    directory, mini_start, mini_count = starts
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, tables, directory, 0, _CUTOFF,
                          mini_start, mini_count, first_difat if difats else _END, difats)  # fmt: skip
    header += struct.pack(f"<{_IN_HEADER}I", *in_header)
    return header + b"".join(out)
