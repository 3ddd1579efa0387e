"""Avro object container files (Apache Avro 1.11, "Object Container Files"): rows block by block."""

from __future__ import annotations

import bz2
import json
import lzma
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.cell_values import Binaries, shown
from scanners.extractors.interface import Budget, Extracted
from scanners.extractors.package import MALFORMED
from scanners.model import Gap, Reason, TableSegment

BLOCK_ROWS = 2_000
_LARGEST_BLOCK = 64 << 20
_SYNC = 16
_DEPTH = 32
_ITEMS = 100_000  # of one array or map
_CODECS = frozenset({"null", "deflate", "bzip2", "xz"})
Schema = Any  # JSON: a name, a list of alternatives, or an object


@dataclass(slots=True)
class _Bytes:
    """Bytes that are decoded from front to back."""

    data: bytes
    place: int = 0

    def take(self, count: int) -> bytes:
        """Return the next bytes; a `ValueError` where there are not as many."""
        if not 0 <= count <= len(self.data) - self.place:
            raise ValueError("length")
        self.place += count
        return self.data[self.place - count : self.place]

    def number(self) -> int:
        """Return a number of variable length, zigzag coded."""
        shift = value = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)
            shift += 7
            if shift > 63:
                raise ValueError("number")


@dataclass(slots=True)
class _Decoder:
    """Decodes values by their schema."""

    names: dict[str, Schema] = field(default_factory=dict)

    def value(self, schema: Schema, source: _Bytes, depth: int = 0) -> object:
        """Return the next value."""
        if depth > _DEPTH:
            raise ValueError("depth")
        if isinstance(schema, list):
            return self.value(schema[source.number()], source, depth + 1)
        if isinstance(schema, str):
            if schema in self.names:
                return self.value(self.names[schema], source, depth + 1)
            return _plain(schema, source)
        kind = schema["type"]
        match kind:
            case "record" | "error":
                return {
                    str(each["name"]): self.value(each["type"], source, depth + 1)
                    for each in schema["fields"]
                }
            case "enum":
                return str(schema["symbols"][source.number()])
            case "fixed":
                return source.take(int(schema["size"]))
            case "array":
                return [self.value(schema["items"], source, depth + 1) for _ in _items(source)]
            case "map":
                return {
                    source.take(source.number()).decode("utf-8", "replace"): self.value(
                        schema["values"], source, depth + 1
                    )
                    for _ in _items(source)
                }
            case _:
                return self.value(kind, source, depth + 1)

    def learn(self, schema: Schema, space: str = "", depth: int = 0) -> None:
        """Note the named types of a schema, by their names with and without namespace."""
        if depth > _DEPTH:
            raise ValueError("depth")
        if isinstance(schema, list):
            for each in schema:
                self.learn(each, space, depth + 1)
        elif isinstance(schema, dict):
            space = str(schema.get("namespace", space))
            if "name" in schema and schema.get("type") in ("record", "error", "enum", "fixed"):
                name = str(schema["name"])
                self.names.setdefault(name, schema)
                self.names.setdefault(f"{space}.{name}", schema)
            for each in schema.get("fields", ()):
                self.learn(each["type"], space, depth + 1)
            for key in ("type", "items", "values"):
                if isinstance(schema.get(key), dict | list):
                    self.learn(schema[key], space, depth + 1)


def _items(source: _Bytes) -> Iterator[None]:
    """Count through an array's or a map's blocks."""
    seen = 0
    while count := source.number():
        if count < 0:
            source.number()  # the block's size in bytes
            count = -count
        seen += count
        if seen > _ITEMS:
            raise ValueError("items")
        for _ in range(count):
            yield


def _plain(kind: str, source: _Bytes) -> object:
    match kind:
        case "null":
            return None
        case "boolean":
            return source.take(1) != b"\0"
        case "int" | "long":
            return source.number()
        case "float":
            return struct.unpack("<f", source.take(4))[0]
        case "double":
            return struct.unpack("<d", source.take(8))[0]
        case "bytes":
            return source.take(source.number())
        case "string":
            return source.take(source.number()).decode("utf-8", "replace")
        case _:
            raise ValueError("type")


class AvroFile:
    """One table of records."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield blocks of rows; raises `ExtractionError` when the header is damaged or its codec unknown."""
        try:
            stream.seek(4)
            header = _Bytes(stream.read(1 << 20))
            meta = {}
            for _ in _items(header):
                key = header.take(header.number()).decode("utf-8", "replace")
                meta[key] = header.take(header.number())
            sync = header.take(_SYNC)
            schema = json.loads(meta["avro.schema"])
            codec = meta.get("avro.codec", b"null").decode("ascii", "replace")
            decoder = _Decoder()
            decoder.learn(schema)
        except MALFORMED as error:
            raise ExtractionError(Gap(Reason.DAMAGED, f"header: {type(error).__name__}")) from None
        if codec not in _CODECS:
            raise ExtractionError(Gap(Reason.UNSUPPORTED, "a compression that no reader here knows"))
        stream.seek(4 + header.place)
        rows = _Rows(budget)
        try:
            for count, block in _blocks(stream, sync, codec, budget):
                source = _Bytes(block)
                for _ in range(count):
                    yield from rows.take(decoder.value(schema, source))
        except MALFORMED as error:
            yield from rows.rest()
            yield Gap(Reason.DAMAGED, f"{type(error).__name__} after {rows.count} rows")
        else:
            yield from rows.rest()
        yield from rows.binaries.gap()


def _blocks(stream: BinaryIO, sync: bytes, codec: str, budget: Budget) -> Iterator[tuple[int, bytes]]:
    """Yield how many rows a block has, and its bytes."""
    while head := stream.read(20):
        numbers = _Bytes(head)
        count, size = numbers.number(), numbers.number()
        if not 0 <= size <= _LARGEST_BLOCK or count < 0:
            raise ValueError("block")
        stream.seek(numbers.place - len(head), 1)
        data, mark = stream.read(size), stream.read(_SYNC)
        if len(data) < size or mark != sync:
            raise EOFError("block")
        block = _expanded(data, codec)
        budget.spend(len(block))
        if count > len(block) and count > _ITEMS:
            raise ValueError("rows without bytes")
        yield count, block


def _expanded(data: bytes, codec: str) -> bytes:
    match codec:
        case "deflate":
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, _LARGEST_BLOCK)
        case "bzip2":
            return bz2.BZ2Decompressor().decompress(data, _LARGEST_BLOCK)
        case "xz":
            return lzma.LZMADecompressor().decompress(data, _LARGEST_BLOCK)
        case _:
            return data


@dataclass(slots=True)
class _Rows:
    """Gathers records to blocks of rows."""

    budget: Budget
    count: int = 0
    header: tuple[str, ...] = ()
    held: list[tuple[str, ...]] = field(default_factory=list)
    binaries: Binaries = field(default_factory=Binaries)

    def take(self, value: object) -> Iterator[Extracted]:
        """Take one record; yield a block when it is full."""
        record = value if isinstance(value, dict) else {"value": value}
        header = tuple(record)
        if header != self.header:
            yield from self.rest()
            self.header = header
        cells = []
        self.count += 1
        for name, each in record.items():
            text = shown(each)
            if text is None and isinstance(each, bytes):
                self.binaries.take(f"{name}[{self.count}]", each, self.budget)
            cells.append(text or "")
        self.held.append(tuple(cells))
        if len(self.held) == BLOCK_ROWS:
            yield from self.rest()

    def rest(self) -> Iterator[Extracted]:
        """Yield the rows that are held."""
        if self.held:
            first = self.count - len(self.held) + 1
            yield TableSegment("", self.header, first, tuple(self.held))
        self.held = []
        yield from self.binaries.members()
