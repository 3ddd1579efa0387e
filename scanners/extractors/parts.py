"""The parts of a document that is a zip package: listed once, each read at most once, counted as they unpack.

Word, Excel, PowerPoint and OpenDocument files hold a dozen small parts each: their directory is read here
without an object per member, and zip's rarer forms are left to the standard library.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from html import unescape
from typing import BinaryIO, NamedTuple

from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget, Member
from scanners.extractors.package import (
    MEMBER_BYTES,
    directory,
    is_encrypted,
    member_name,
    open_package,
    translated,
)
from scanners.extractors.part_names import told
from scanners.model import Gap, Reason

_CHUNK = 1 << 20
_SALVAGED_BYTES = 256 << 20
_HEADER = struct.Struct("<4s2xHH4xLLLHH")
_LOCAL = struct.Struct("<4s22xHH")
HEAD_ROOM = 1 << 10  # a part's own header before its bytes
_HELD_BYTES = 2 << 20  # a file up to this size is read at one stroke
_STORED, _DEFLATED = 0, 8
FATAL = (Reason.EXPANDS_TOO_FAR, Reason.TOO_MANY_MEMBERS)
"""Reasons that end a whole document, not one of its parts."""


class Part(NamedTuple):
    """One part as the package's directory lists it."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int

    @property
    def base(self) -> str:
        """Return the name without its folders."""
        return self.name.rpartition("/")[2]


def unpacked(part: Part, raw: bytes, at: int) -> bytes | None:
    """Return the content of a deflated part whose header stands at that place, or None where it is odd."""
    _, flags, _, crc, packed, size, _ = part
    if flags & 1 or len(raw) < at + _LOCAL.size:
        return None
    mark, name, extra = _LOCAL.unpack_from(raw, at)
    start = at + _LOCAL.size + name + extra
    if mark != b"PK\x03\x04" or len(raw) < start + packed:
        return None
    inflate = zlib.decompressobj(-15)
    try:
        data = inflate.decompress(raw[start : start + packed], size + 1)
    except zlib.error:
        return None
    return data if inflate.eof and len(data) == size and zlib.crc32(data) == crc else None


_part = partial(tuple.__new__, Part)  # as `Part._make`, without a call for each


class Parts:
    """An opened package; `left` are the parts nobody has read yet, `gaps` what was wrong with those read."""

    def __init__(self, stream: BinaryIO, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget
        self._zip: zipfile.ZipFile | None = None
        self.gaps: list[Gap] = []
        self.outside: dict[str, list[Relation]] = {}  # relations to places outside, by the part they are of
        size = stream.seek(0, 2)
        stream.seek(0)
        self._whole = stream.read() if size <= _HELD_BYTES else b""
        listed = directory(stream, self._whole)
        if listed is None:
            found = self._rarer()
        else:
            found = list(map(_part, listed))
            budget.member(len(found))
        files = [each for each in found if not each.name.endswith(("/", "\\"))]
        self.all = {each.name: each for each in files}
        if len(self.all) < len(files):
            self._tell_repeated(files)
        self.left = dict(self.all)
        self._folded: dict[str, str] | None = None

    def _rarer(self) -> list[Part]:
        """Return the parts of a zip of a rarer form, or those found in one that has lost its directory."""
        try:
            self._zip = open_package(self._stream, self._budget)
        except ExtractionError as error:
            found = _salvaged(self._stream) if error.gap.reason is Reason.DAMAGED else []
            if not found:
                raise
            for _ in found:
                self._budget.member()
            self.gaps.append(Gap(Reason.DAMAGED, f"directory: {len(found)} parts found without it"))
            return found
        return [
            Part(
                member_name(each),
                each.flag_bits,
                each.compress_type,
                each.CRC,
                each.compress_size,
                each.file_size,
                each.header_offset,
            )
            for each in self._zip.infolist()
        ]

    def _tell_repeated(self, files: list[Part]) -> None:
        """Note the parts that are not read because another, of other content, has their name."""
        read = (self.all[each.name] for each in files)
        lost = sum((a.crc, a.size) != (b.crc, b.size) for a, b in zip(files, read, strict=True))
        if lost:
            told = f"{lost} of {len(files)} parts have the name of another part"
            seen, total = len(files) - lost, len(files)
            self.gaps.append(Gap(Reason.DAMAGED, told, seen=seen, total=total, unit="parts"))

    def named(self, name: str) -> Part | None:
        """Return the part of that name, in whatever case, or None."""
        if name in self.all:
            return self.all[name]
        if self._folded is None:
            self._folded = {each.lower().replace("\\", "/"): each for each in self.all}
        return self.all.get(self._folded.get(name.lower().lstrip("/"), ""))

    def take(self, name: str) -> bytes | None:
        """Return a part's bytes and strike it off what is left; None where there is none or it is unreadable.

        Why it is unreadable stands in `gaps`. Raises `ExtractionError` when the document expands too far.
        """
        part = self.all.get(name) or self.named(name)
        if part is None:
            return None
        self.left.pop(part.name, None)
        small = self._small(part)
        if small is not None:
            return small
        try:
            return self.read(part)
        except ExtractionError as error:
            if error.gap.reason in FATAL:
                raise
            self.gaps.append(Gap(error.gap.reason, f"{told(part.name)}: {error.gap.detail}".rstrip(": ")))
            return None

    def read(self, part: Part) -> bytes:
        """Return a part's bytes; raises `ExtractionError` when they cannot be read."""
        if part.size > MEMBER_BYTES:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {MEMBER_BYTES} bytes"))
        small = self._small(part)
        if small is not None:
            return small
        whole = b""
        pieces: list[bytes] = []
        length = 0
        for chunk in self.chunks(part):
            length += len(chunk)
            if length > MEMBER_BYTES:
                raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {MEMBER_BYTES} bytes"))
            if whole:
                pieces.append(chunk)
            else:
                whole = chunk
        return b"".join((whole, *pieces)) if pieces else whole

    def _small(self, part: Part) -> bytes | None:
        """Return a part of ordinary size at one stroke, or None where anything about it is odd."""
        if part.size >= _CHUNK or part.packed >= _CHUNK or part.method != _DEFLATED or part.offset < 0:
            return None
        if self._whole:
            data = unpacked(part, self._whole, part.offset)
        else:
            self._stream.seek(part.offset)
            data = unpacked(part, self._stream.read(part.packed + HEAD_ROOM), 0)
        if data is not None:
            self._budget.spend(len(data))
        return data

    def chunks(self, part: Part) -> Iterator[bytes]:
        """Yield a part's bytes as they unpack; raises `ExtractionError` when they cannot be read.

        A checksum that does not fit is noted in `gaps`: what came out is still worth reading.
        """
        if part.flags & 1:
            raise ExtractionError(Gap(Reason.ENCRYPTED))
        if part.offset < 0:  # bytes before it are lost: the directory counts from the end
            raise ExtractionError(Gap(Reason.DAMAGED, "no local header"))
        if part.method not in (_STORED, _DEFLATED):
            yield from self._foreign(part)
            return
        with translated():
            self._stream.seek(part.offset)
            mark, name, extra = _LOCAL.unpack(self._stream.read(30))
            if mark != b"PK\x03\x04":
                raise ExtractionError(Gap(Reason.DAMAGED, "no local header"))
            self._stream.seek(part.offset + 30 + name + extra)
            crc = 0
            for chunk in self._stored(part) if part.method == _STORED else self._inflated(part):
                self._budget.spend(len(chunk))
                crc = zlib.crc32(chunk, crc)
                yield chunk
        if crc != part.crc:
            self.gaps.append(Gap(Reason.DAMAGED, f"{told(part.name)}: checksum"))

    def _stored(self, part: Part) -> Iterator[bytes]:
        left = part.packed
        while left > 0 and (chunk := self._stream.read(min(left, _CHUNK))):
            left -= len(chunk)
            yield chunk

    def _inflated(self, part: Part) -> Iterator[bytes]:
        inflate = zlib.decompressobj(-15)
        left = part.packed
        while not inflate.eof:
            # what was read ahead of a part that unpacks too far is not unpacked
            packed = inflate.unconsumed_tail
            if not packed:
                packed = self._stream.read(min(left, _CHUNK))
                left -= len(packed)
            if not packed:
                raise ExtractionError(Gap(Reason.DAMAGED, "ends early"))
            if chunk := inflate.decompress(packed, _CHUNK):
                yield chunk

    def _foreign(self, part: Part) -> Iterator[bytes]:
        with translated():
            if self._zip is None:
                self._stream.seek(0)
                self._zip = zipfile.ZipFile(self._stream)
            info = next(each for each in self._zip.infolist() if each.header_offset == part.offset)
            if is_encrypted(info):
                raise ExtractionError(Gap(Reason.ENCRYPTED))
            with self._zip.open(info) as opened:
                while chunk := opened.read(_CHUNK):
                    self._budget.spend(len(chunk))
                    yield chunk

    def member(self, part: Part, name: str = "") -> Member:
        """Return a part as an object of its own, with the reason where it cannot be opened."""
        self.left.pop(part.name, None)
        shown = name or part.base
        try:
            data = self.read(part)
        except ExtractionError as error:
            if error.gap.reason in FATAL:
                raise
            return Member(shown, None, part.size, gap=error.gap)
        return Member(shown, io.BytesIO(data), len(data))

    def noted(self) -> Iterator[Gap]:
        """Yield the gaps that have gathered and start anew."""
        gaps, self.gaps = self.gaps, []
        yield from gaps


def _salvaged(stream: BinaryIO) -> list[Part]:
    """Return the parts whose own headers are whole, in a package that ends early."""
    stream.seek(0)
    data = stream.read(_SALVAGED_BYTES)
    places = [found.start() for found in re.finditer(rb"PK\x03\x04", data)]
    parts = []
    for place, following in zip(places, [*places, len(data)][1:], strict=True):
        if place + _HEADER.size > following:
            continue
        _, flags, method, crc, packed, size, name, extra = _HEADER.unpack_from(data, place)
        start = place + _HEADER.size + name + extra
        raw = data[place + _HEADER.size : place + _HEADER.size + name]
        room = following - start
        if room > 0 and raw.isascii() and method in (_STORED, _DEFLATED):
            known = not flags & 8 and packed
            parts.append(
                Part(raw.decode(), flags, method, crc, min(packed, room) if known else room, size, place)
            )
    return parts


class Relation(NamedTuple):
    """What one part says of another, or of a place outside."""

    id: str
    type: str  # the last word of its type: "comments", "hyperlink"
    target: str  # a part's name, or the address outside
    outside: bool


_RELATION = re.compile(rb"<(?:[\w.-]+:)?Relationship\s([^<>]*)>")
_ATTRIBUTE = re.compile(rb"(?<![\w:.-])([\w:.-]++)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


def unescaped(text: bytes) -> str:
    """Return an attribute's value or a text of XML in UTF-8 as it reads."""
    shown = text.decode("utf-8", "replace")
    return unescape(shown) if "&" in shown else shown


def relations(parts: Parts, name: str) -> list[Relation]:
    """Return the relations of a part, of the package itself where `name` is empty."""
    folder, _, base = name.rpartition("/")
    data = parts.take(f"{folder}/_rels/{base}.rels" if folder else f"_rels/{base}.rels")
    found = [] if data is None else relations_in(data, folder)
    if outside := [each for each in found if each.outside]:
        parts.outside[name] = outside
    return found


def relations_in(data: bytes, folder: str) -> list[Relation]:
    """Return the relations that a relation part lists for the part in `folder`."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = data.decode("utf-16", "replace").encode()
    found = []
    for inside in _RELATION.findall(data):
        values = {key: double or single for key, double, single in _ATTRIBUTE.findall(inside)}
        target = unescaped(values.get(b"Target", b""))
        outside = values.get(b"TargetMode") == b"External"
        if not outside:
            target = _joined(folder, target.replace("\\", "/"))
        kind = values.get(b"Type", b"").rpartition(b"/")[2].decode("utf-8", "replace")
        found.append(Relation(unescaped(values.get(b"Id", b"")), kind, target, outside))
    return found


def _joined(folder: str, target: str) -> str:
    """Return the part that a target means, seen from a folder."""
    if target.startswith("/"):
        return posixpath.normpath(target).lstrip("/")
    if not folder:
        return target if "./" not in target else posixpath.normpath(target)
    while target.startswith("../"):
        folder, target = folder.rpartition("/")[0], target[3:]
    joined = f"{folder}/{target}" if folder else target
    return joined if "./" not in joined else posixpath.normpath(joined).lstrip("/")
