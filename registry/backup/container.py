"""The file of a backup: members one after the other, the signed manifest last.

    file   = magic (16) || member* ; member = name length (2) || name || size (8) || bytes

The last two members are `manifest.json` and `signature`: a file without them was not written to its end.
Every byte counts: magic, names and sizes are what they must be, and the contents are held by the manifest.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from registry.backup.errors import BackupError, Fault, file_errors
from registry.keyring import sync_folder

MAGIC = b"DAICHO-BACKUP\x00\x00\x01"
MANIFEST, SIGNATURE = "manifest.json", "signature"
_MANIFEST_AT_MOST = 256 << 20
_NAME_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Member:
    """Where one member stands in the file."""

    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Held:
    """What the manifest says of a member or blob: its size and SHA-256 as it is stored."""

    bytes: int
    sha256: str


class ContainerWriter:
    """Writes members in order; nothing has the backup's name before `written` ends well."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.members: dict[str, Held] = {}
        file.write(MAGIC)

    @contextmanager
    def member(self, name: str) -> Iterator[_Counting]:
        """Open one member; its size is put in when it ends."""
        encoded = name.encode()
        self._file.write(len(encoded).to_bytes(2, "big") + encoded)
        place = self._file.tell()
        self._file.write(bytes(8))
        counting = _Counting(self._file)
        yield counting
        self._file.seek(place)
        self._file.write(counting.size.to_bytes(8, "big"))
        self._file.seek(0, os.SEEK_END)
        self.members[name] = Held(counting.size, counting.digest.hexdigest())


class _Counting:
    """Counts and digests what goes through."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Take bytes."""
        self._file.write(data)
        self.size += len(data)
        self.digest.update(data)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Write a file that appears under its name as a whole, synced, or not at all; its owner's alone."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    with file_errors(path):
        try:
            descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(path)
            sync_folder(path.parent)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


class Container:
    """An opened backup file: where its members stand. Nothing of it is trusted before it is verified."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with file_errors(path), path.open("rb") as file:
            self._members = _directory(file, path.name, path.stat().st_size)

    @property
    def names(self) -> list[str]:
        """Return the names of all members but the last two, in order."""
        return [name for name in self._members if name not in (MANIFEST, SIGNATURE)]

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def small(self, name: str) -> bytes:
        """Return a member as a whole; BackupError when there is none, or it is no small one."""
        if self._members[name].size > _MANIFEST_AT_MOST:
            raise BackupError(Fault.DAMAGED, self.path.name)
        with self.open(name) as stream:
            return stream.read(-1)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open a member for reading from its first to its last byte."""
        with file_errors(self.path), self.path.open("rb") as file:
            yield _Window(file, self._members[name])  # type: ignore[misc]  # reads only, which is all we use


class _Window:
    """A part of a file as a file of its own."""

    def __init__(self, file: BinaryIO, member: Member) -> None:
        self._file = file
        self._left = member.size
        file.seek(member.offset)

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, all that are left when it is negative."""
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data


def _directory(file: BinaryIO, where: str, size: int) -> Mapping[str, Member]:
    if file.read(len(MAGIC)) != MAGIC:
        raise BackupError(Fault.DAMAGED if size >= len(MAGIC) else Fault.UNFINISHED, where)
    members: dict[str, Member] = {}
    while file.tell() < size:
        length = int.from_bytes(file.read(2), "big")
        if not 0 < length <= _NAME_AT_MOST:
            raise BackupError(Fault.DAMAGED, where)
        try:
            name = file.read(length).decode()
        except UnicodeDecodeError:
            raise BackupError(Fault.DAMAGED, where) from None
        held = int.from_bytes(file.read(8), "big")
        offset = file.tell()
        if offset + held > size:
            raise BackupError(Fault.UNFINISHED, where)
        if name in members:
            raise BackupError(Fault.DAMAGED, where)
        members[name] = Member(offset, held)
        file.seek(offset + held)
    if SIGNATURE not in members or MANIFEST not in members:
        raise BackupError(Fault.UNFINISHED, where)
    if list(members)[-2:] != [MANIFEST, SIGNATURE]:
        raise BackupError(Fault.DAMAGED, where)
    return members


def sha256_of(stream: BinaryIO) -> str:
    """Return the SHA-256 of what is left of a stream, in hexadecimal."""
    digest = hashlib.sha256()
    while data := stream.read(1 << 20):
        digest.update(data)
    return digest.hexdigest()
