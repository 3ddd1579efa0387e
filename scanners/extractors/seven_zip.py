"""7z archives: by libarchive as they stream, by py7zr where a password or a method asks for it."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from scanners.errors import ExtractionError
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.library import libarchive
from scanners.extractors.member_names import label
from scanners.extractors.package import MALFORMED, MEMBER_BYTES
from scanners.extractors.passwords import Key, tried
from scanners.extractors.unpacked import Unpacked
from scanners.model import Gap, Reason

_SIGNATURE = b"7z\xbc\xaf\x27\x1c"
_HEADER_BYTES = 32 << 20  # py7zr holds the whole list of members
_PREFIX = 1 << 20  # of a program that unpacks itself


class SevenZip:
    """Every member; a solid archive is read in one go and holds no more than the bound of one member."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield the members; what is locked is tried with the listed passwords."""
        stream.seek(0)
        prefix = stream.read(_PREFIX).find(_SIGNATURE)
        if prefix > 0:
            stream = cast("BinaryIO", _From(stream, prefix))
        done: Counter[str] = Counter()
        again = libarchive() is None
        if not again:
            for part in Unpacked("7z").segments(stream, budget):
                gap = part if isinstance(part, Gap) else part.gap if isinstance(part, Member) else None
                if gap is not None and gap.reason in (Reason.ENCRYPTED, Reason.UNSUPPORTED):
                    again = True  # the other library tells of these members, and counts them
                    budget.members -= isinstance(part, Member)
                elif not (again and isinstance(part, Gap) and gap and gap.reason is Reason.DAMAGED):
                    if isinstance(part, Member):
                        done[part.name] += 1
                    yield part
        if again:
            yield from _by_python(stream, budget, done)


class _From(io.RawIOBase):
    """A stream from some place on: what stands behind a program."""

    def __init__(self, stream: BinaryIO, start: int) -> None:
        self._stream, self._start = stream, start
        stream.seek(start)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move; the start is that of the archive."""
        place = offset + self._start if whence == 0 else offset
        return self._stream.seek(place, whence) - self._start

    def tell(self) -> int:
        """Say where it stands."""
        return self._stream.tell() - self._start

    def seekable(self) -> bool:
        """Say that it can go back."""
        return True


@dataclass(slots=True)
class _Found:
    """What one password opened."""

    held: dict[int, io.BytesIO] = field(default_factory=dict)
    files: list[Any] = field(default_factory=list)
    done: int = 0
    size: int = 0  # of all that is held
    beyond: int = 0  # members that are more than may be read
    fault: Gap | None = None


def _by_python(stream: BinaryIO, budget: Budget, done: Counter[str]) -> Iterator[Extracted]:
    note = ""
    try:
        found = _opened(stream, None, budget, done)
        if found is None:
            key: Key[_Found] = tried(budget, lambda each: _opened(stream, each, budget, done))
            found, note = key.opened, key.note
    except ExtractionError as error:
        if error.gap.reason is Reason.ENCRYPTED:
            yield from _locked(stream, error.gap, budget)
        yield error.gap
        return
    for number, name, size, mtime in found.files:
        budget.member()
        shown, told = label(name)
        member = Member(shown, None, size, mtime, note="; ".join(filter(None, (note, told))))
        held = found.held.get(number)
        if held is None:
            yield member.without(found.fault or Gap(Reason.OVERSIZED, f"more than {MEMBER_BYTES} bytes"))
        else:
            held.seek(0)
            yield Member(shown, held, size, mtime, note=member.note)
    if found.beyond:
        total = len(found.files) + found.beyond
        told = f"more than {budget.limits.members} members; read: {len(found.files)} of {total} members"
        yield Gap(Reason.TOO_MANY_MEMBERS, told, seen=len(found.files), total=total, unit="members")
    if found.fault is not None:
        seen, total = found.done, len(found.files)
        told = f"{found.fault.detail}; read: {seen} of {total} members"
        yield Gap(found.fault.reason, told, seen=seen, total=total, unit="members")


def _locked(stream: BinaryIO, gap: Gap, budget: Budget) -> Iterator[Extracted]:
    """Yield the members whose names can be read although they are locked."""
    archive = _archive(stream, None)
    for info in archive.files if archive is not None else ():
        if not info.is_directory and _is_locked(info):
            try:
                budget.member()
            except ExtractionError as error:
                yield error.gap
                return
            name, note = label(info.filename)
            yield Member(name, None, info.uncompressed, _time(info), gap, note)


def _archive(stream: BinaryIO, password: str | None) -> Any:
    """Open the list of members; None when it is locked, or when this password does not fit."""
    import py7zr

    stream.seek(0)
    head = stream.read(32)
    if int.from_bytes(head[20:28], "little") > _HEADER_BYTES:
        raise ExtractionError(Gap(Reason.OVERSIZED, "list of members"))
    stream.seek(0)
    try:
        return py7zr.SevenZipFile(stream, password=password)
    except py7zr.PasswordRequired:
        return None
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  its decoders have errors of their own
        if password is not None:
            return None
        raise ExtractionError(Gap(Reason.DAMAGED, type(error).__name__)) from None


def _is_locked(info: Any) -> bool:
    from py7zr.compressor import SupportedMethods

    return info.folder is not None and bool(SupportedMethods.needs_password(info.folder.coders))


def _time(info: Any) -> int:
    try:
        return int(info.lastwritetime.totimestamp() * 1_000_000_000) if info.lastwritetime else 0
    except MALFORMED:
        return 0


def _opened(stream: BinaryIO, password: str | None, budget: Budget, done: Counter[str]) -> _Found | None:
    """Return the members that one password opens, None when it opens none; raises `ExtractionError`.

    Only those that are not `done`: the locked ones, and rare methods.
    """
    import py7zr

    archive = _archive(stream, password)
    if archive is None:
        return None
    found, left = _Found(), done.copy()
    targets, locked = set[str](), False
    room, before = budget.limits.members - budget.members, budget.expanded
    for number, info in enumerate(archive.files):
        name = info.filename
        info._file_info["filename"] = str(number)  # noqa: SLF001  names of members never become paths
        if info.is_directory or info.is_symlink or info.is_socket:
            continue
        locked = locked or _is_locked(info)
        if left[label(name)[0]] > 0:
            left[label(name)[0]] -= 1
        elif len(targets) >= room:
            found.beyond += 1
        else:
            targets.add(str(number))
            found.files.append((number, name, info.uncompressed, _time(info)))
    if locked and password is None:
        return None
    writer = _factory(found, budget)
    try:
        archive.extract(targets=targets, factory=writer)
    except ExtractionError:
        raise
    except py7zr.exceptions.UnsupportedCompressionMethodError:
        found.fault = Gap(Reason.UNSUPPORTED, "its compression")
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  its decoders have errors of their own
        if password is not None and locked and not found.done:
            budget.expanded = before  # what a wrong password gives is no content
            return None
        found.fault = Gap(Reason.DAMAGED, type(error).__name__)
    return found


def _factory(found: _Found, budget: Budget) -> Any:
    from py7zr.io import Py7zIO, WriterFactory

    class Held(Py7zIO):
        """Takes one member's content, bounded together with all others."""

        def __init__(self, number: int) -> None:
            self._number = number
            self._buffer: io.BytesIO | None = io.BytesIO()
            self._size = 0

        def write(self, s: bytes | bytearray) -> int:
            budget.spend(len(s))
            self._size += len(s)
            if self._buffer is not None:
                if found.size + len(s) > MEMBER_BYTES:
                    found.size -= self._buffer.tell()
                    self._buffer = None
                else:
                    found.size += self._buffer.write(s)
            return len(s)

        def read(self, size: int | None = None) -> bytes:  # noqa: ARG002  the seam of py7zr
            return b""

        def seek(self, offset: int, whence: int = 0) -> int:  # noqa: ARG002
            return offset

        def flush(self) -> None:
            return None

        def size(self) -> int:
            return self._size

        def close(self) -> None:
            found.done += 1
            if self._buffer is not None:
                found.held[self._number] = self._buffer

    class Factory(WriterFactory):
        """Gives every member its place."""

        def create(self, filename: str) -> Py7zIO:
            return Held(int(filename.rpartition("/")[2]))

    return Factory()
