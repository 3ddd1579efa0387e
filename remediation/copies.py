"""Encrypted copies of removed objects 隔離領域: a file each, with a random key of its own.

The file is a stream as backups have it (`registry.backup.stream`, AES-256-GCM in chunks). Its key is in the
registry alone, sealed: without that row the file tells its size, and destroying the key destroys the copy.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from registry.backup.errors import BackupError
from registry.backup.stream import SealingWriter
from registry.backup.stream import opened as stream_of
from registry.keyring import sync_folder
from registry.remediation_states import Copy
from remediation.errors import Fault, RemediationError
from remediation.local import told

_KEY_BYTES, _VERSION = 32, 1
_SUFFIX = ".quarantined"


@dataclass(frozen=True, slots=True)
class Written:
    """A copy on the disk and its key."""

    copy: Copy
    key: bytes

    def __repr__(self) -> str:
        return f"Written({self.copy.name!r})"


@dataclass(frozen=True, slots=True)
class Copies:
    """The folder of the copies; names tell nothing."""

    folder: Path

    @contextmanager
    def at(self, uid: str) -> Iterator[None]:
        """Keep everybody else on this machine from one remediation meanwhile: `busy`."""
        with told():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.folder / f"{uid}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise RemediationError(Fault.BUSY) from None
            yield
        finally:
            os.close(handle)

    def write(self, uid: str, pieces: Iterator[bytes], kept: Callable[[], dict[str, str]]) -> Written:
        """Encrypt the pieces into a new file and sync it to the disk; leaves nothing when it fails."""
        key, name = secrets.token_bytes(_KEY_BYTES), f"{uid}-{secrets.token_hex(4)}{_SUFFIX}"
        path, digest, size = self.folder / name, hashlib.sha256(), 0
        try:
            with told():
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                writer = SealingWriter(file, key, _VERSION, uid)
                for piece in pieces:
                    digest.update(piece)
                    size += len(piece)
                    with told():
                        writer.write(piece)
                with told():
                    writer.finish()
                    file.flush()
                    os.fsync(file.fileno())
                    sync_folder(self.folder)
            return Written(Copy(name, digest.hexdigest(), size, kept()), key)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def read(self, uid: str, copy: Copy, key: bytes) -> Iterator[bytes]:
        """Yield the plain pieces of a copy; `copy_missing`, `copy_damaged`."""
        try:
            file = (self.folder / copy.name).open("rb")
        except OSError:
            raise RemediationError(Fault.COPY_MISSING) from None
        with file:
            try:
                yield from stream_of(file, lambda _version: key, uid)
            except (BackupError, OSError):
                raise RemediationError(Fault.COPY_DAMAGED) from None

    def verify(self, uid: str, copy: Copy, key: bytes) -> None:
        """Read a copy back and compare it with what was read at the place: `copy_damaged`."""
        digest, size = hashlib.sha256(), 0
        for piece in self.read(uid, copy, key):
            digest.update(piece)
            size += len(piece)
        if (digest.hexdigest(), size) != (copy.sha256, copy.size):
            raise RemediationError(Fault.COPY_DAMAGED)

    def delete(self, copy: Copy | None) -> None:
        """Delete the file of a copy that nobody needs any more."""
        if copy is None or not copy.name.endswith(_SUFFIX) or Path(copy.name).name != copy.name:
            return
        with told():
            (self.folder / copy.name).unlink(missing_ok=True)

    def clear(self, uid: str) -> None:
        """Delete the files of a remediation that has no copy on record: what a killed attempt left."""
        with told():
            for path in self.folder.glob(f"{uid}-*{_SUFFIX}"):
                path.unlink(missing_ok=True)
