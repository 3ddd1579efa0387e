"""Tar archives (ustar, pax, GNU, old): members in order, links and devices listed and never followed."""

from __future__ import annotations

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
_LARGEST_READ = 16 << 20  # headers are read at once: none is as large


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
    """A stream that refuses to read a header as large as a file."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        return self._stream.read(size)


class _Info(tarfile.TarInfo):
    """A header that says when it is malformed: the library takes that for the archive's end."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> _Info:
        """Read the next header."""
        try:
            return super().fromtarfile(tarfile_)
        except (tarfile.EOFHeaderError, tarfile.EmptyHeaderError):  # type: ignore[attr-defined]  # not in typeshed
            raise
        except tarfile.HeaderError:
            cast("Any", tarfile_).damaged = True
            raise

    def _proc_pax(self, tarfile_: tarfile.TarFile) -> tarfile.TarInfo:
        self._bounded()
        return super()._proc_pax(tarfile_)  # type: ignore[misc, no-any-return]  # the library's own seam

    def _proc_gnulong(self, tarfile_: tarfile.TarFile) -> tarfile.TarInfo:
        self._bounded()
        return super()._proc_gnulong(tarfile_)  # type: ignore[misc, no-any-return]

    def _bounded(self) -> None:
        if self.size > _LARGEST_READ:
            raise ExtractionError(Gap(Reason.EXPANDS_TOO_FAR, f"a header of {self.size} bytes"))


def members_of(stream: BinaryIO, budget: Budget, *, spend: bool = True) -> Iterator[Extracted]:
    """Yield the members of a tar that flows; `spend` False where the flow is counted already."""
    listed = 0
    try:
        archive = tarfile.open(  # noqa: SIM115  a generator closes it below
            fileobj=_Bounded(stream),  # type: ignore[call-overload]
            mode="r|",
            tarinfo=_Info,
            encoding="utf-8",
            errors="surrogateescape",
            bufsize=_CHUNK,
        )
        with archive:
            while (info := archive.next()) is not None:
                archive.members = []  # the library would keep every header
                try:
                    budget.member()
                except ExtractionError as error:
                    yield replace(error.gap, detail=f"read: {listed} members, more follow")
                    return
                listed += 1
                member = _member(archive, info, budget, spend=spend)
                if member is not None:
                    yield member
        if getattr(archive, "damaged", False):
            yield Gap(Reason.DAMAGED, f"header; read: {listed} members")
    except ExtractionError as error:
        yield replace(error.gap, detail=f"{error.gap.detail}; read: {max(0, listed - 1)} members")
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
    opened = archive.extractfile(info)
    return filled(
        member, _chunks(cast("BinaryIO", opened), info.size), budget, spend=spend or info.issparse()
    )


def _chunks(opened: BinaryIO, size: int) -> Iterator[bytes]:
    read = 0
    while chunk := opened.read(_CHUNK):
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
