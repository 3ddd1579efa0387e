"""OLE compound files: streams in memory and counted, storages as files of their own, objects as members."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from scanners.encodings import Decoded, decode
from scanners.errors import ExtractionError
from scanners.extractors.compound_writer import Node, compound_file
from scanners.extractors.interface import Budget, Extracted, Member, size_of
from scanners.extractors.office_properties import property_lines
from scanners.extractors.ole_directory import STORAGE, STREAM, Entry, OleDirectory
from scanners.extractors.package import MALFORMED, translated
from scanners.model import Gap, Reason, TextSegment

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LARGEST = 512 << 20
_PROPERTY_STREAMS = ("\x05SummaryInformation", "\x05DocumentSummaryInformation")
_DEEPEST = 16

Path = tuple[str, ...]


@dataclass(slots=True)
class Compound:
    """An open compound file; `short` gathers what its streams hold less than their directory says."""

    stream: BinaryIO
    budget: Budget
    short: list[Gap] = field(default_factory=list)
    _paths: list[Path] = field(default_factory=list)
    _folded: dict[Path, Path] = field(default_factory=dict)
    _inside: dict[Path, list[Path]] = field(default_factory=dict)
    _tops: dict[str, list[Path]] = field(default_factory=dict)
    _entries: dict[Path, Entry] = field(default_factory=dict)
    _class_ids: dict[Path, bytes] = field(default_factory=dict)
    _directory: OleDirectory = field(init=False)

    def __post_init__(self) -> None:
        if size_of(self.stream) > _LARGEST:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {_LARGEST} bytes"))
        with translated("directory"):
            self._directory = directory = OleDirectory(self.stream)
        self._class_ids[()] = directory.root.class_id
        deeper = 0
        stack: list[tuple[Path, Entry]] = [((), directory.root)]
        while stack:
            above, storage = stack.pop()
            if len(above) > _DEEPEST:
                deeper += 1
                continue
            inside = self._inside.setdefault(above, [])
            for entry in directory.children(storage):
                path = (*above, entry.name)
                if entry.sort == STREAM:
                    self.budget.member()
                    if path not in self._entries:
                        self._entries[path] = entry
                        self._paths.append(path)
                        inside.append(path)
                        self._tops.setdefault(path[0], []).append(path)
                elif entry.sort == STORAGE:
                    self._class_ids.setdefault(path, entry.class_id)
                    stack.append((path, entry))
        if deeper:
            self.short.append(Gap(Reason.TOO_DEEP, f"{deeper} storages below {_DEEPEST} others"))
        if directory.beyond:
            told = f"directory: {directory.beyond} entries are missing"
            self.short.append(Gap(Reason.DAMAGED, told))

    @property
    def paths(self) -> Sequence[Path]:
        """Return the paths of all streams in the directory's order."""
        return self._paths

    def find(self, *path: str) -> Path | None:
        """Return the stream of this path as the file spells it; capital and small letters are one."""
        if path in self._entries:
            return path
        if not self._folded:
            for each in reversed(self._paths):  # of two that differ by that only, the first counts
                self._folded[tuple(map(str.lower, each))] = each
        return self._folded.get(tuple(map(str.lower, path)))

    def inside(self, *storage: str) -> Sequence[Path]:
        """Return the streams directly inside a storage."""
        return self._inside.get(storage, ())

    def below(self, *storage: str) -> list[Path]:
        """Return the streams inside a storage."""
        among = self._tops.get(storage[0], []) if storage else self._paths
        return [path for path in among if path[: len(storage)] == storage and len(path) > len(storage)]

    def children(self, *storage: str) -> list[str]:
        """Return the names of the storages directly inside a storage."""
        depth = len(storage)
        found = dict.fromkeys(path[depth] for path in self.below(*storage) if len(path) > depth + 1)
        return list(found)

    def read(self, *path: str) -> bytes:
        """Return a stream's bytes, as many as there are; empty when there is no such stream."""
        found = self.find(*path)
        if found is None:
            return b""
        entry = self._entries[found]
        try:
            data = self._directory.read(entry)
        except MALFORMED as error:
            told = f"{label(found)}: {type(error).__name__}"
            raise ExtractionError(Gap(Reason.DAMAGED, told)) from None
        self.budget.spend(len(data))
        if len(data) < entry.size:
            self.short.append(Gap(Reason.DAMAGED, f"{label(found)}: {len(data)} of {entry.size} bytes"))
        return data

    def storage(self, *path: str) -> bytes:
        """Return a storage and all below it as a compound file of its own."""
        root = Node("Root Entry", class_id=self._class_id(path))
        for stream in self.below(*path):
            node = root
            for depth, name in enumerate(stream[len(path) : -1][:_DEEPEST]):
                node = node.storage(name, self._class_id(stream[: len(path) + depth + 1]))
            node.streams[stream[-1]] = self.read(*stream)
        return compound_file(root)

    def _class_id(self, path: Path) -> bytes:
        return self._class_ids.get(path, bytes(16))


def label(path: Path) -> str:
    """Return a path for a gap's detail: the format's own names, control characters left out."""
    return "/".join("".join(character for character in part if character.isprintable()) for part in path)


def properties(compound: Compound, *storage: str) -> Iterator[Extracted]:
    """Yield title, author, company and what users added, of a file or of a storage in it."""
    for name in _PROPERTY_STREAMS:
        path = compound.find(*storage, name)
        if path is None:
            continue
        try:
            text = "\n".join(property_lines(compound.read(*path)))
        except (ExtractionError, *MALFORMED) as error:
            if isinstance(error, ExtractionError) and error.gap.reason is Reason.EXPANDS_TOO_FAR:
                raise
            yield Gap(Reason.DAMAGED, f"{label(path)}: properties")
            continue
        if text:
            yield TextSegment(text, "properties")


def objects(compound: Compound, *pool: str) -> Iterator[Extracted]:
    """Yield every object of a pool: the file that was packed, or the storage as a file of its own."""
    for name in compound.children(*pool):
        yield from embedded(compound, *pool, name)


def embedded(compound: Compound, *storage: str) -> Iterator[Extracted]:
    """Yield one embedded object as a member."""
    name = label((storage[-1],)) or "object"
    try:
        compound.budget.member()
        names = {path[len(storage)].lower(): path for path in compound.below(*storage)}
        if "\x01ole10native" in names:
            yield native(compound.read(*names["\x01ole10native"]), name)
            return
        for whole in ("package", "contents"):
            if whole in names and "worddocument" not in names:
                yield _member(name, compound.read(*names[whole]))
                return
        if not names or set(names) <= {"\x01ole", "\x03objinfo", "\x01compobj", "\x03ocxname", "\x03epres"}:
            return  # the frame of a link or a control: nothing in it but its class
        yield _member(name, compound.storage(*storage))
    except ExtractionError as error:
        if error.gap.reason in (Reason.EXPANDS_TOO_FAR, Reason.TOO_MANY_MEMBERS):
            raise
        yield Member(name, None, 0, gap=error.gap)


def _member(name: str, data: bytes) -> Member:
    return Member(name, io.BytesIO(data), len(data))


def native(data: bytes, name: str) -> Member:
    """Return the file that an OLE Package holds ([MS-OLEDS] 2.3.6), with the name it had."""
    position = 4
    if data[4:6] == b"\x02\x00":
        label_end = data.index(b"\x00", 6) if b"\x00" in data[6:] else len(data)
        shown, position = data[6:label_end], label_end + 1
        path_end = data.find(b"\x00", position)
        if path_end > 0 and len(data) > path_end + 9:
            position = path_end + 5  # the path, then 00 00 03 00
            (length,) = struct.unpack_from("<I", data, position)
            position += 4 + length  # the path of a temporary copy
            if position + 4 <= len(data):
                (size,) = struct.unpack_from("<I", data, position)
                content = data[position + 4 : position + 4 + size]
                decoded = decode(shown)
                title = decoded.text if isinstance(decoded, Decoded) else ""
                member = _member(title.replace("\\", "/").rpartition("/")[2] or name, content)
                if len(content) < size:
                    return member.without(Gap(Reason.DAMAGED, f"{len(content)} of {size} bytes"))
                return member
    return _member(name, data[4:])
