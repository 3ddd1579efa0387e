"""Tar archives (ustar, pax, GNU, old): members in order, links and devices listed and never followed."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO, cast

from scanners.errors import ExtractionError
from scanners.extractors.holding import filled
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.member_names import decoded_name, label
from scanners.extractors.package import MALFORMED
from scanners.model import Gap, Reason

_CHUNK = 256 << 10
_EMPTY = bytes(_CHUNK)
_LARGEST_READ = 16 << 20  # headers are read at once: none is as large
_LARGEST_PAX = 256 << 10
_LONGEST_NUMBER = re.compile(rb"[0-9]{65}")  # the library takes the square of a number's length to read it
_PAX_LENGTH = re.compile(rb"([0-9]{1,20}) ")


def is_tar(head: bytes) -> bool:
    """Tell a tar by its first header: its sum of bytes is right."""
    if len(head) < 512 or not head[0]:
        return False
    written = head[148:156].strip(b" \0")
    if not written or written.strip(b"01234567"):
        return False
    header = head[:148] + b" " * 8 + head[156:512]
    return int(written, 8) in (sum(header), sum(header) - 256 * sum(1 for each in header if each > 127))


class _Bounded:
    """A stream that is read no longer than there is time: empty blocks may go on for long."""

    def __init__(self, stream: BinaryIO, budget: Budget) -> None:
        self._stream, self._budget = stream, budget

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        self._budget.check_time()
        return self._stream.read(size)


class _Info(tarfile.TarInfo):
    """A header that says when it is malformed: the library takes that for the archive's end."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> _Info:
        """Read the next header; what is none ends the archive, empty blocks do not: tars are joined so."""
        archive = cast("Any", tarfile_)
        try:
            return super().fromtarfile(tarfile_)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]  # not in typeshed
            archive.ended = True
            while (held := archive.fileobj.read(_CHUNK)) == _EMPTY:
                archive.offset += _CHUNK
            _put_back(archive.fileobj, held)
            raise
        except tarfile.EmptyHeaderError:  # type: ignore[attr-defined]
            raise
        except tarfile.HeaderError:
            archive.damaged = "what follows its end" if getattr(archive, "ended", False) else "header"
            raise tarfile.EmptyHeaderError("end") from None  # type: ignore[attr-defined]

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> _Info:
        """Read a header; what is left of an empty block is no header."""
        if len(buf) < tarfile.BLOCKSIZE and not bytes(buf).strip(b"\0"):
            raise tarfile.EmptyHeaderError("end")  # type: ignore[attr-defined]
        return super().frombuf(buf, encoding, errors)

    def _proc_pax(self, tarfile_: tarfile.TarFile) -> tarfile.TarInfo:
        self._bounded(_LARGEST_PAX)
        held = cast("Any", tarfile_.fileobj).read(self._block(self.size))  # type: ignore[attr-defined]
        if not _is_cheap(held):
            raise ExtractionError(Gap(Reason.DAMAGED, "pax header"))
        _put_back(tarfile_.fileobj, held)
        return super()._proc_pax(tarfile_)  # type: ignore[misc, no-any-return]  # the library's own seam

    def _proc_gnulong(self, tarfile_: tarfile.TarFile) -> tarfile.TarInfo:
        self._bounded()
        return super()._proc_gnulong(tarfile_)  # type: ignore[misc, no-any-return]

    def _bounded(self, most: int = _LARGEST_READ) -> None:
        if self.size > most:
            raise ExtractionError(Gap(Reason.EXPANDS_TOO_FAR, f"a header of {self.size} bytes"))


def _put_back(flow: Any, held: bytes) -> None:
    """Let the library's stream give bytes once more."""
    flow.buf, flow.pos = held + flow.buf, flow.pos - len(held)


def _is_cheap(pax: bytes) -> bool:
    """Tell a pax header that the library reads once, not again for each of its bytes."""
    if _LONGEST_NUMBER.search(pax):
        return False
    at = 0
    while (match := _PAX_LENGTH.match(pax, at)) is not None:
        length = int(match[1])
        if not 0 <= pax.find(b"=", match.end(), at + length) < at + length:
            return False
        at += length
    return True


def members_of(stream: BinaryIO, budget: Budget, *, spend: bool = True) -> Iterator[Extracted]:
    """Yield the members of a tar that flows; `spend` False where the flow is counted already."""
    listed = 0
    try:
        archive = tarfile.open(  # noqa: SIM115  a generator closes it below
            fileobj=_Bounded(stream, budget),  # type: ignore[call-overload]
            mode="r|",
            tarinfo=_Info,
            encoding="utf-8",
            errors="surrogateescape",
            bufsize=_CHUNK,
            ignore_zeros=True,
        )
        with archive:
            while (info := archive.next()) is not None:
                archive.members = []  # the library would keep every header
                try:
                    budget.member()
                except ExtractionError as error:
                    yield replace(error.gap, detail=f"read: {listed} members, more follow")
                    return
                member = _member(archive, info, budget, spend=spend)
                listed += 1
                if member is not None:
                    yield member
        if damage := getattr(archive, "damaged", ""):
            yield Gap(Reason.DAMAGED, f"{damage}; read: {listed} members")
    except ExtractionError as error:
        yield replace(error.gap, detail=f"{error.gap.detail}; read: {listed} members")
    except (tarfile.TarError, *MALFORMED) as error:
        yield Gap(Reason.DAMAGED, f"{type(error).__name__}; read: {listed} members")


def _member(archive: tarfile.TarFile, info: tarfile.TarInfo, budget: Budget, *, spend: bool) -> Member | None:
    if info.isdir():
        return None
    name, note = label(decoded_name(info.name.encode("utf-8", "surrogateescape")))
    member = Member(name, None, info.size, max(0, int(info.mtime)) * 1_000_000_000, note=note)
    if info.issym() or info.islnk():
        return replace(member, size=0).without(Gap(Reason.LINK))
    if not info.isfile():
        return replace(member, size=0).without(Gap(Reason.NOT_REGULAR))
    chunks = _sparse(archive, info) if info.issparse() else _plain(archive, info)
    return filled(member, _whole(chunks, info.size), budget, spend=spend or info.issparse())


def _plain(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    """Yield what is there of a member: the library's own file throws away what comes before a cut."""
    flow, left = cast("BinaryIO", archive.fileobj), info.size
    flow.seek(info.offset_data)
    while left > 0 and (chunk := flow.read(min(_CHUNK, left))):
        left -= len(chunk)
        yield chunk


def _sparse(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    opened = cast("BinaryIO", archive.extractfile(info))
    try:
        while chunk := opened.read(_CHUNK):
            yield chunk
    except tarfile.ReadError:
        return


def _whole(chunks: Iterator[bytes], size: int) -> Iterator[bytes]:
    read = 0
    for chunk in chunks:
        read += len(chunk)
        yield chunk
    if read < size:
        told = f"cut after {read} of {size} bytes"
        raise ExtractionError(Gap(Reason.DAMAGED, told, seen=read, total=size, unit="bytes"))


class Tar:
    """A tar as it lies."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield every file member in order."""
        stream.seek(0)
        yield from members_of(stream, budget)
