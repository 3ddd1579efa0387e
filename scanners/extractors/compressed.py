"""Single compressed files: gzip, bzip2, xz, lzma, zstd; several streams in one, a tar inside."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, cast

from scanners.errors import ExtractionError
from scanners.extractors.holding import filled
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.library import blocks, needed
from scanners.extractors.member_names import decoded_name, label
from scanners.extractors.tar import is_tar, members_of
from scanners.extractors.unpacked import reading
from scanners.model import Gap, Reason

_CHUNK = 256 << 10
_WINDOW = 512 << 20  # memory that a decoder may take for its dictionary
_MAGIC = {
    "gzip": b"\x1f\x8b",
    "bzip2": b"BZh",
    "xz": b"\xfd7zXZ\x00",
    "lzma": b"\x5d\x00\x00",
    "zstd": b"\x28\xb5\x2f\xfd",
}
_SKIPPABLE = b"\x2a\x4d\x18"  # of zstd, after 0x50 to 0x5f


def zstd_decoder() -> Any:
    """Return a decoder of zstd; raises `ExtractionError` UNSUPPORTED where no library is installed."""
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]  # from Python 3.14 on
    except ImportError:
        try:
            from backports import zstd  # type: ignore[no-redef, unused-ignore]
        except ImportError:
            raise ExtractionError(Gap(Reason.UNSUPPORTED, "zstd: no library is installed")) from None
    return _Zstd(zstd.ZstdDecompressor(), zstd.ZstdError)


class _Zstd:
    """zstd's decoder, whose error is derived from nothing else, with that of zlib."""

    def __init__(self, decoder: Any, fault: type[Exception]) -> None:
        self._decoder, self._fault = decoder, fault

    def decompress(self, data: bytes, length: int) -> bytes:
        """Return what comes next, at most `length` bytes."""
        try:
            return cast("bytes", self._decoder.decompress(data, length))
        except self._fault as error:
            raise zlib.error from error

    @property
    def eof(self) -> bool:
        """True at the end of one stream."""
        return bool(self._decoder.eof)

    @property
    def needs_input(self) -> bool:
        """True when more bytes must come first."""
        return bool(self._decoder.needs_input)

    @property
    def unused_data(self) -> bytes:
        """Return what stands behind the stream."""
        return bytes(self._decoder.unused_data)


class _Gzip:
    """zlib's decoder with the manners of the others."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(31)

    def decompress(self, data: bytes, length: int) -> bytes:
        """Return what comes next, at most `length` bytes."""
        return self._decoder.decompress(self._decoder.unconsumed_tail + data, length)

    @property
    def eof(self) -> bool:
        """True at the end of one stream."""
        return self._decoder.eof

    @property
    def needs_input(self) -> bool:
        """True when more bytes must come first."""
        return not self._decoder.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """Return what stands behind the stream."""
        return self._decoder.unused_data


_DECODERS: dict[str, Callable[[], Any]] = {
    "gzip": _Gzip,
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_WINDOW),
    "lzma": lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_WINDOW),
    "zstd": zstd_decoder,
}


def expanded(kind: str, stream: BinaryIO) -> Iterator[bytes]:
    """Yield what comes out of all streams; raises `ExtractionError` for a cut one and for what follows."""
    stream.seek(0)
    data, decoder, out_so_far = b"", _DECODERS[kind](), 0
    while True:
        if not data and decoder.needs_input:
            data = stream.read(_CHUNK)
            if not data:
                raise ExtractionError(Gap(Reason.DAMAGED, f"cut after {out_so_far} bytes"))
        try:
            out = decoder.decompress(data, _CHUNK)
        except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError):
            raise ExtractionError(Gap(Reason.DAMAGED, f"content after {out_so_far} bytes")) from None
        data = b""
        if out:
            out_so_far += len(out)
            yield out
        if decoder.eof:
            data = _next(decoder.unused_data, stream)
            if not data:
                return
            if not _begins(kind, data):
                raise ExtractionError(Gap(Reason.DAMAGED, f"other bytes after the end, at {out_so_far}"))
            decoder = _DECODERS[kind]()


def _next(rest: bytes, stream: BinaryIO) -> bytes:
    """Return what stands behind the padding of a stream's end, empty at the end of the file."""
    while not (rest := rest.lstrip(b"\0")):
        rest = stream.read(_CHUNK)
        if not rest:
            return b""
    return rest + stream.read(16) if len(rest) < 16 else rest


def _begins(kind: str, data: bytes) -> bool:
    skippable = kind == "zstd" and data[1:4] == _SKIPPABLE and data[0] & 0xF0 == 0x50
    return data.startswith(_MAGIC[kind]) or skippable


def _kept_name(stream: BinaryIO) -> tuple[str, int]:
    """Return the name and the time in seconds that gzip keeps, empty and 0 when it keeps none."""
    stream.seek(0)
    head = stream.read(4_096)
    if len(head) < 10 or not head[3] & 8:
        return "", int.from_bytes(head[4:8], "little")
    at = 10 + (2 + int.from_bytes(head[10:12], "little") if head[3] & 4 else 0)
    return decoded_name(head[at:].split(b"\0", 1)[0]), int.from_bytes(head[4:8], "little")


class _Flow(io.RawIOBase):
    """Chunks as a stream that only goes on, counted while they flow; keeps a fault for the end."""

    def __init__(self, first: bytes, rest: Iterator[bytes], budget: Budget) -> None:
        self._held, self._rest, self._budget = first, rest, budget
        self.gap: Gap | None = None

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes."""
        while len(self._held) < size and self.gap is None:
            try:
                chunk = next(self._rest, b"")
            except ExtractionError as error:
                self.gap = error.gap
                break
            if not chunk:
                break
            self._budget.spend(len(chunk))
            self._held += chunk
        out, self._held = self._held[:size], self._held[size:]
        return out


class Compressed:
    """One file within; a tar within is read as it flows, so that no whole tar is held."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the member, or those of the tar within; what could be had of a damaged one comes first."""
        budget.member()
        name, seconds = _kept_name(stream) if self._kind == "gzip" else ("", 0)
        chunks = expanded(self._kind, stream)
        first, fault = b"", None
        try:
            while len(first) < 1_024 and (chunk := next(chunks, b"")):
                first += chunk
        except ExtractionError as error:
            fault = error
        if fault is None and is_tar(first):
            budget.spend(len(first))
            flow = _Flow(first, chunks, budget)
            yield from members_of(cast("BinaryIO", flow), budget, spend=False)
            while flow.gap is None and flow.read(_CHUNK):
                pass  # what follows the tar's end: checked, and counted
            if flow.gap is not None:
                yield flow.gap
            return
        name, note = label(name.replace("\\", "/").rpartition("/")[2])
        member = Member(name, None, 0, seconds * 1_000_000_000, note=note)
        yield filled(member, _again(first, chunks, fault), budget)


def _again(first: bytes, rest: Iterator[bytes], fault: ExtractionError | None) -> Iterator[bytes]:
    yield first
    if fault is not None:
        raise fault
    yield from rest


class Filtered:
    """Compressed files that only libarchive reads: compress (.Z), lz4, lzip, lzop."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the one member."""
        binding = needed(self._kind)
        budget.member()

        def chunks() -> Iterator[bytes]:
            try:
                with reading(binding, ("raw",), stream, backwards=False, packed="all") as archive:
                    for _ in archive:
                        yield from blocks(archive, binding)
            except binding.ArchiveError:
                raise ExtractionError(Gap(Reason.DAMAGED, "content")) from None

        yield filled(Member("", None, 0), chunks(), budget)
