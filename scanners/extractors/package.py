"""Zip packages read in memory: member names decoded, sizes counted as they stream, faults translated."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from lxml import etree

from scanners.encodings import Decoded, decode
from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget
from scanners.extractors.zip_directory import find
from scanners.model import Gap, Reason

MEMBER_BYTES = 256 << 20  # a member is held in memory, never on disk
_CHUNK = 1 << 20
_TAIL = 16 << 10  # holds the directory of nearly every document
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
_UNICODE_PATH = 0x7075  # Info-ZIP Unicode Path Extra Field

MALFORMED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    etree.LxmlError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    AssertionError,
    RecursionError,
    NotImplementedError,
    RuntimeError,
)
"""What parsers of the standard library and lxml raise on malformed input."""


@contextmanager
def translated(detail: str = "") -> Iterator[None]:
    """Turn a parser's error into `ExtractionError` DAMAGED that names the error's type and no content."""
    try:
        yield
    except MALFORMED as error:
        where = f"{detail}: " if detail else ""
        raise ExtractionError(Gap(Reason.DAMAGED, f"{where}{type(error).__name__}")) from None


def open_package(stream: BinaryIO, budget: Budget) -> zipfile.ZipFile:
    """Open a zip; raises `ExtractionError` when its directory is damaged or lists too many members."""
    with translated("directory"):
        _refuse_many(stream, budget)
        archive = zipfile.ZipFile(stream)
    for _ in archive.infolist():
        budget.member()
    return archive


Listed = tuple[str, int, int, int, int, int, int]
_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s2x2xHH4xLLLHHH2x2x4xL")


_last: tuple[int, bytes, list[Listed] | None] = (-1, b"", None)


def directory(stream: BinaryIO, whole: bytes = b"") -> list[Listed] | None:
    """Return a plain zip's members: name, flags, method, checksum, packed size, size and place.

    None where the directory is of a rarer form, or none: the standard library then says what it is.
    `whole` are all bytes of the stream, where they are at hand.
    """
    global _last  # noqa: PLW0603  the kind of a file is told by its directory, and then the file is read by it
    if whole:
        size, tail = len(whole), whole[-_TAIL:]
    else:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - _TAIL))
        tail = stream.read(_TAIL)
    if _last[0] == size and _last[1] == tail:
        return _last[2]
    table, found = _listed(stream, size, tail)
    _last = (size, tail, found) if table else (-1, b"", None)
    return found


def _listed(stream: BinaryIO, size: int, tail: bytes) -> tuple[bool, list[Listed] | None]:
    """Return whether the tail of a zip says it all, and its members."""
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        return False, None
    _, disk, first_disk, here, count, length, offset, comment = _END.unpack_from(tail, at)
    end = size - len(tail) + at
    plain = disk == first_disk == 0 and here == count < 0xFFFF and offset + length == end
    if not plain or at + _END.size + comment != len(tail):
        return False, None
    if inside := length <= at:
        table = tail[at - length : at]
    else:
        stream.seek(offset)
        table = stream.read(length)
    found: list[Listed] = []
    position = 0
    while position + _CENTRAL.size <= length:
        mark, flags, method, crc, packed, unpacked, name, extra, note, place = _CENTRAL.unpack_from(
            table, position
        )
        start = position + _CENTRAL.size
        raw = table[start : start + name]
        # a name in an encoding of its own, a member beyond 4 GB
        if mark != b"PK\x01\x02" or not raw.isascii() or 0xFFFFFFFF in (packed, unpacked, place):
            return False, None
        found.append((raw.decode("ascii"), flags, method, crc, packed, unpacked, place))
        position = start + name + extra + note
    return inside, found if len(found) == count and position == length else None


def _refuse_many(stream: BinaryIO, budget: Budget) -> None:
    """Refuse a directory that says it has too many members before all of it is held."""
    try:
        said = find(stream).members
    except ExtractionError:
        return  # the library may still read it
    finally:
        stream.seek(0)
    if said > budget.limits.members:
        raise ExtractionError(Gap(Reason.TOO_MANY_MEMBERS, f"{said}, more than {budget.limits.members}"))


def member_name(info: zipfile.ZipInfo) -> str:
    """Return a member's name: as Unicode where it says so, else as the encoding its bytes are in."""
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    extra, position = info.extra or b"", 0
    while position + 4 <= len(extra):
        field, length = struct.unpack_from("<HH", extra, position)
        if field == _UNICODE_PATH and length > 5:
            return extra[position + 9 : position + 4 + length].decode("utf-8", errors="replace")
        position += 4 + length
    try:
        raw = info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    decoded = decode(raw)
    return decoded.text if isinstance(decoded, Decoded) else info.filename


def is_encrypted(info: zipfile.ZipInfo) -> bool:
    """Tell whether a member needs a password."""
    return bool(info.flag_bits & _ENCRYPTED)


@contextmanager
def opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[BinaryIO]:
    """Open one member as a stream of its content."""
    if is_encrypted(info):
        raise ExtractionError(Gap(Reason.ENCRYPTED))
    with translated(), archive.open(info) as stream:
        yield stream  # type: ignore[misc]  # typeshed: IO[bytes], of the same methods


def content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, budget: Budget) -> BinaryIO:
    """Return a member's content as seekable bytes; raises `ExtractionError` when it cannot be read."""
    held = io.BytesIO()
    with opened(archive, info) as stream:
        while chunk := stream.read(_CHUNK):
            budget.spend(len(chunk))
            if held.tell() + len(chunk) > MEMBER_BYTES:
                raise ExtractionError(Gap(Reason.OVERSIZED, f"more than {MEMBER_BYTES} bytes"))
            held.write(chunk)
    held.seek(0)
    return held
