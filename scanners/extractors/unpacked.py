"""Archives that libarchive reads: lzh, rar, cab, 7z, ar, cpio, iso, warc, and a zip without its directory."""

from __future__ import annotations

import ctypes
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, BinaryIO

from scanners.errors import ExtractionError
from scanners.extractors.holding import filled
from scanners.extractors.interface import Budget, Extracted, Member
from scanners.extractors.library import BLOCK, blocks, needed
from scanners.extractors.member_names import decoded_name, label, mended
from scanners.extractors.package import MALFORMED
from scanners.model import Gap, Reason

_FORMATS = {"lzh": ("lha",), "7z": ("7zip",), "iso": ("iso9660",), "rar": ("rar", "rar5")}

# Names that do not say what they are in; the last takes every byte
_ANY = "ISO-8859-1"
_CHARSETS = {"lzh": ("UTF-8", "CP932", "EUC-JP", _ANY)}


@dataclass(slots=True)
class _Count:
    """How far an archive was read."""

    listed: int = 0
    locked: int = 0
    broken: bool = False  # the library can go no further: asking it for the next member would crash it


class _Forward:
    """A stream that only goes on, so that the library reads members in the order in which they lie."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readinto(self, buffer: Any) -> int:
        """Fill the library's buffer."""
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seekable(self) -> bool:
        """Say that it cannot go back."""
        return False


class _Backward(_Forward):
    """A stream that the library may move in."""

    def seekable(self) -> bool:
        """Say that it can go back."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Say where it stands."""
        return self._stream.tell()


def _time(ffi: Any, entry: Any) -> int:
    pointer = entry._entry_p  # noqa: SLF001
    if not ffi.entry_mtime_is_set(pointer):
        return 0
    return int(ffi.entry_mtime(pointer)) * 1_000_000_000 + int(ffi.entry_mtime_nsec(pointer))


def _name(ffi: Any, entry: Any, kind: str) -> tuple[str, str]:
    """Return a name from its bytes; as wide characters where the archive keeps it so."""
    raw = ffi.entry_pathname(entry._entry_p)  # noqa: SLF001
    if raw is None:
        return label(ffi.entry_pathname_w(entry._entry_p) or "")  # noqa: SLF001
    return label(decoded_name(mended(raw) if kind == "rar" else raw))


class Unpacked:
    """The members of an archive that libarchive knows; `backwards` False reads it as a stream."""

    def __init__(self, kind: str, *, backwards: bool = True) -> None:
        self._kind = kind
        self._formats = _FORMATS.get(kind, (kind,))
        self._backwards = backwards

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield every member; links and devices are listed as what they are, and never followed."""
        binding = needed(self._kind)
        count = _Count()
        for charset in _CHARSETS.get(self._kind, ("",)):
            try:
                yield from self._read(binding, stream, budget, charset, count)
                break
            except binding.ArchiveError as error:
                if "cannot be converted" in str(error.msg) and charset != _ANY:
                    continue  # a name in another encoding: on from there
                encrypted = "encrypt" in str(error.msg).lower()
                reason = Reason.ENCRYPTED if encrypted else Reason.DAMAGED
                yield Gap(reason, f"{self._kind}; read: {count.listed} members")
                break
            except ExtractionError as error:
                yield replace(
                    error.gap, detail=f"{error.gap.detail}; read: {max(0, count.listed - 1)} members"
                )
                break
        if count.locked:
            told, seen = f"{count.locked} of {count.listed} members", count.listed - count.locked
            yield Gap(Reason.ENCRYPTED, told, seen=seen, total=count.listed, unit="members")

    def _read(
        self, binding: Any, stream: BinaryIO, budget: Budget, charset: str, count: _Count
    ) -> Iterator[Extracted]:
        before = count.listed
        with reading(binding, self._formats, stream, backwards=self._backwards, charset=charset) as archive:
            for entry in islice(archive, before, None):
                try:
                    budget.member()
                except ExtractionError as error:
                    yield replace(error.gap, detail=f"read: {count.listed} members, more follow")
                    return
                count.listed += 1
                member = self._member(binding, archive, entry, budget, count)
                if member is not None:
                    count.locked += member.gap is not None and member.gap.reason is Reason.ENCRYPTED
                    yield member
                if count.broken:
                    yield Gap(Reason.DAMAGED, f"{self._kind}; read: {count.listed} members")
                    return

    def _member(self, binding: Any, archive: Any, entry: Any, budget: Budget, count: _Count) -> Member | None:
        ffi = binding.ffi
        name, note = _name(ffi, entry, self._kind)
        kind = stat.S_IFMT(entry.filetype)
        size = int(ffi.entry_size(entry._entry_p)) if ffi.entry_size_is_set(entry._entry_p) else 0  # noqa: SLF001
        member = Member(name, None, max(0, size), _time(ffi, entry), note=note)
        if kind == stat.S_IFDIR:
            return None
        if kind == stat.S_IFLNK or (ffi.entry_hardlink(entry._entry_p) and not size):  # noqa: SLF001
            return member.without(Gap(Reason.LINK))
        if kind not in (0, stat.S_IFREG):
            return member.without(Gap(Reason.NOT_REGULAR))
        if _is_locked(binding, entry):
            return member.without(Gap(Reason.ENCRYPTED))
        return filled(member, _blocks(archive, binding, count), budget)


def _blocks(archive: Any, binding: Any, count: _Count) -> Iterator[bytes]:
    try:
        yield from blocks(archive, binding)
    except binding.ArchiveError as error:
        count.broken = error.retcode == binding.ffi.ARCHIVE_FATAL
        text = str(error.msg).lower()
        if "encrypt" in text or "passphrase" in text:
            raise ExtractionError(Gap(Reason.ENCRYPTED)) from None
        unsupported = "unsupported" in text or "not supported" in text
        raise ExtractionError(
            Gap(
                Reason.UNSUPPORTED if unsupported else Reason.DAMAGED,
                "its compression" if unsupported else "content",
            )
        ) from None


def _is_locked(binding: Any, entry: Any) -> bool:
    library = binding.ffi.libarchive
    try:
        asked = library.archive_entry_is_data_encrypted
    except AttributeError:
        return False
    asked.argtypes = [binding.ffi.c_void_p]
    return bool(asked(entry._entry_p))  # noqa: SLF001


@contextmanager
def reading(
    binding: Any,
    names: Sequence[str],
    stream: BinaryIO,
    *,
    backwards: bool,
    packed: str = "none",
    charset: str = "",
) -> Iterator[Any]:
    """Open a stream as one of these formats of the library, behind the filters of `packed`.

    `charset` is what names are in where the format does not say: the library fails on what it cannot convert.
    """
    stream.seek(0)
    wrapped = _Backward(stream) if backwards else _Forward(stream)
    with binding.read.new_archive_read(names[0], packed) as pointer:
        for name in names[1:]:
            try:
                binding.ffi.get_read_format_function(name)(pointer)
            except ValueError:
                continue  # an older library
        if charset:
            chosen = binding.ffi.libarchive.archive_read_set_option
            chosen.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p]
            chosen(pointer, names[0].encode(), b"hdrcharset", charset.encode())
        with _opened(binding, pointer, wrapped) as archive:
            yield archive


@contextmanager
def _opened(binding: Any, pointer: Any, wrapped: _Forward) -> Iterator[Any]:
    ffi = binding.ffi
    buffer = ctypes.create_string_buffer(BLOCK)
    place = ctypes.cast(buffer, ctypes.c_void_p)
    view = memoryview(buffer).cast("B")

    def read(_archive: Any, _context: Any, target: Any) -> int:
        try:
            length = wrapped.readinto(view)
        except MALFORMED:
            return -1
        ctypes.cast(target, ctypes.POINTER(ctypes.c_void_p))[0] = place.value
        return length

    def seek(_archive: Any, _context: Any, offset: int, whence: int) -> int:
        try:
            return wrapped.seek(offset, whence)  # type: ignore[attr-defined, no-any-return]
        except MALFORMED:
            return -30

    reading = ffi.READ_CALLBACK(read)
    seeking = ffi.SEEK_CALLBACK(seek)
    if wrapped.seekable():
        ffi.read_set_seek_callback(pointer, seeking)
    ffi.read_open(pointer, None, ffi.NO_OPEN_CB, reading, ffi.NO_CLOSE_CB)
    yield binding.read.ArchiveRead(pointer)
