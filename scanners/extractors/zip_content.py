"""What a zip member's bytes come to: every method that has a reader, decrypted with a listed password."""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol

from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget
from scanners.extractors.library import libarchive
from scanners.extractors.package import MALFORMED, MEMBER_BYTES
from scanners.extractors.passwords import Key, tried
from scanners.extractors.zip_directory import DESCRIPTOR, ZipEntry, data_place
from scanners.model import Gap, Reason

_CHUNK = 256 << 10
_STORED, _DEFLATE, _DEFLATE64, _BZIP2, _LZMA, _ZSTD, _XZ, _PPMD, _AES = 0, 8, 9, 12, 14, 93, 95, 98, 99
_SMALL = 16 << 10  # fed at a time where a reader cannot be told how much to give
_AES_FIELD = 0x9901


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


def plain(stream: BinaryIO, entry: ZipEntry, place: int) -> Iterator[bytes]:
    """Yield a member's content; raises `ExtractionError` for a method without reader and a wrong checksum."""
    crc = 0
    for chunk in _expanded(_packed(stream, place, entry.packed), entry):
        crc = zlib.crc32(chunk, crc)
        yield chunk
    if crc != entry.crc:
        raise ExtractionError(Gap(Reason.DAMAGED, "checksum"))


def unlocked(stream: BinaryIO, entry: ZipEntry, budget: Budget) -> Key[BinaryIO]:
    """Return the content of an encrypted member; raises `ExtractionError` ENCRYPTED when no password fits."""
    if not budget.passwords:
        raise ExtractionError(Gap(Reason.ENCRYPTED))
    if entry.packed > MEMBER_BYTES:
        raise ExtractionError(Gap(Reason.OVERSIZED, f"encrypted, more than {MEMBER_BYTES} bytes"))
    alone = _alone(stream, entry)

    def attempt(password: str) -> BinaryIO | None:
        for spelt in dict.fromkeys((password.encode("utf-8"), password.encode("cp932", errors="replace"))):
            if (found := _decrypted(alone, entry, spelt, budget)) is not None:
                return found
        return None

    return tried(budget, attempt)


def _packed(stream: BinaryIO, place: int, size: int) -> Iterator[bytes]:
    while size > 0:
        stream.seek(place)
        chunk = stream.read(min(_CHUNK, size))
        if not chunk:
            raise EOFError
        place, size = place + len(chunk), size - len(chunk)
        yield chunk


def _expanded(packed: Iterator[bytes], entry: ZipEntry) -> Iterator[bytes]:
    match entry.method:
        case 0:
            return packed
        case 8:
            return _inflated(packed)
        case 9:
            return _inflated64(packed)
        case 12:
            return _decoded(packed, bz2.BZ2Decompressor())
        case 14:
            return _lzma(packed)
        case 93:
            from scanners.extractors.compressed import zstd_decoder

            return _decoded(packed, zstd_decoder())
        case 95:
            return _decoded(packed, lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=512 << 20))
        case 98:
            return _by_library(packed, entry)
    raise ExtractionError(Gap(Reason.UNSUPPORTED, f"compression method {entry.method}"))


def _inflated(packed: Iterator[bytes]) -> Iterator[bytes]:
    decoder = zlib.decompressobj(-15)
    for chunk in packed:
        data = chunk
        while data and not decoder.eof:
            if out := decoder.decompress(data, _CHUNK):
                yield out
            data = decoder.unconsumed_tail
    if out := decoder.flush():
        yield out
    if not decoder.eof:
        raise EOFError


def _inflated64(packed: Iterator[bytes]) -> Iterator[bytes]:
    import inflate64

    decoder = inflate64.Inflater()
    for chunk in packed:
        for start in range(0, len(chunk), _SMALL):
            if out := decoder.inflate(chunk[start : start + _SMALL]):
                yield out


def _decoded(packed: Iterator[bytes], decoder: _Decoder) -> Iterator[bytes]:
    for chunk in packed:
        data = chunk
        while not decoder.eof:
            out = decoder.decompress(data, _CHUNK)
            data = b""
            if out:
                yield out
            if decoder.needs_input:
                break
    if not decoder.eof:
        raise EOFError


def _lzma(packed: Iterator[bytes]) -> Iterator[bytes]:
    head = b""
    while len(head) < 4:
        head += next(packed, b"") or _ended()
    length = struct.unpack_from("<H", head, 2)[0]
    while len(head) < 4 + length:
        head += next(packed, b"") or _ended()
    properties = head[4 : 4 + length]
    if len(properties) != 5 or properties[0] >= 225:
        raise ValueError("properties")
    rest, lclppb = divmod(properties[0], 9)
    position, literal = divmod(rest, 5)
    window = struct.unpack_from("<L", properties, 1)[0]
    if window > 512 << 20:
        raise ExtractionError(Gap(Reason.OVERSIZED, "compression window"))
    chain = [
        {"id": lzma.FILTER_LZMA1, "dict_size": max(4096, window), "lc": lclppb, "lp": literal, "pb": position}
    ]
    decoder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=chain)

    def fed() -> Iterator[bytes]:
        yield head[4 + length :]
        yield from packed

    for chunk in fed():
        data = chunk
        while not decoder.eof:
            out = decoder.decompress(data, _CHUNK)
            data = b""
            if out:
                yield out
            if decoder.needs_input or not out:
                break


def _ended() -> bytes:
    raise EOFError


def _by_library(packed: Iterator[bytes], entry: ZipEntry) -> Iterator[bytes]:
    from scanners.extractors.library import blocks_of_first

    held = bytearray()
    for chunk in packed:
        held += chunk
        if len(held) > MEMBER_BYTES:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {MEMBER_BYTES} bytes"))
    return blocks_of_first(written(entry, bytes(held)), "zip")


def written(entry: ZipEntry, data: bytes) -> bytes:
    """Return an archive that holds one member's packed bytes and nothing else."""
    flags = entry.flags & ~DESCRIPTOR & 0xF7FF
    # with a descriptor ZipCrypto is checked by the time of day, else by the checksum
    crc = entry.crc
    extra = entry.field(_AES_FIELD)
    extra = struct.pack("<HH", _AES_FIELD, len(extra)) + extra if extra else b""
    size = min(entry.size, 0xFFFFFFFE)
    common = struct.pack(
        "<5H3L2H", 51, entry.flags & DESCRIPTOR | flags, entry.method, entry.time, entry.date, crc,
        len(data), size, 1, len(extra),
    )  # fmt: skip
    local = b"PK\x03\x04" + common + b"m" + extra + data
    if entry.flags & DESCRIPTOR:
        local += b"PK\x07\x08" + struct.pack("<3L", crc, len(data), size)
    central = (
        b"PK\x01\x02" + struct.pack("<H", 51) + common + struct.pack("<3H2L", 0, 0, 0, 0, 0) + b"m" + extra
    )
    end = b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


def _alone(stream: BinaryIO, entry: ZipEntry) -> bytes:
    place = data_place(stream, entry)
    stream.seek(place)
    data = stream.read(entry.packed)
    if len(data) < entry.packed:
        raise ExtractionError(Gap(Reason.DAMAGED, "truncated"))
    return written(entry, data)


def _decrypted(alone: bytes, entry: ZipEntry, password: bytes, budget: Budget) -> BinaryIO | None:
    """Return what one password opens: the checksum decides, because a short check fits by chance."""
    if not _fits(alone, password):
        return None
    from scanners.extractors.library import blocks_of_first

    library = libarchive() is not None and entry.method != _AES
    chunks = blocks_of_first(alone, "zip", password) if library else _by_python(alone, password)
    try:
        return _held(chunks, budget)
    except ExtractionError as error:
        if error.gap.reason in (Reason.DAMAGED, Reason.ENCRYPTED):
            return None
        raise
    except MALFORMED:
        return None


def _held(chunks: Iterator[bytes], budget: Budget) -> BinaryIO:
    held = io.BytesIO()
    for chunk in chunks:
        budget.spend(len(chunk))
        if held.tell() + len(chunk) > MEMBER_BYTES:
            raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {MEMBER_BYTES} bytes"))
        held.write(chunk)
    held.seek(0)
    return held


def _fits(alone: bytes, password: bytes) -> bool:
    """Tell quickly whether a password may fit: both ways of encryption carry a short check."""
    import pyzipper

    try:
        with pyzipper.AESZipFile(io.BytesIO(alone)) as archive, archive.open("m", pwd=password):
            return True
    except (zipfile.BadZipFile, pyzipper.BadZipFile, RuntimeError):
        return False
    except NotImplementedError:  # a method it cannot read; the password was right
        return True
    except MALFORMED:
        return False


def _by_python(alone: bytes, password: bytes) -> Iterator[bytes]:
    import pyzipper

    with pyzipper.AESZipFile(io.BytesIO(alone)) as archive, archive.open("m", pwd=password) as opened:
        while chunk := opened.read(_CHUNK):
            yield chunk
