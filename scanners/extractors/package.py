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
