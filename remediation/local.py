"""Folders of this machine: files are removed and put back with the rights of the account that runs this.

Between the last look at a file and its removal nobody can be kept from writing; it is held open meanwhile,
and what changed then is put back.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from remediation.errors import Fault, RemediationError
from remediation.interface import PIECE, Standing
from scanners.sources.local import absolute, path_of

_FAULTS = {
    errno.ENOENT: Fault.GONE,
    errno.ENOTDIR: Fault.GONE,
    errno.EACCES: Fault.DENIED,
    errno.EPERM: Fault.DENIED,
    errno.EROFS: Fault.DENIED,
    errno.ELOOP: Fault.NOT_REGULAR,
    errno.EEXIST: Fault.OCCUPIED,
    errno.ENOSPC: Fault.NO_SPACE,
    errno.EDQUOT: Fault.NO_SPACE,
}
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_ATTRIBUTE = "xattr:"


@contextmanager
def told() -> Iterator[None]:
    """Raise RemediationError for what the system refuses: its own message would name the file."""
    try:
        yield
    except OSError as error:
        raise RemediationError(_FAULTS.get(error.errno or 0, Fault.UNREADABLE)) from None


@dataclass(frozen=True, slots=True)
class LocalPlace:
    """One folder, or one file, of this machine."""

    target: Path

    def standing(self, uri: str) -> Standing:
        """Return what a file is now."""
        with self._opened(uri) as handle:
            return _standing(handle)

    def read(self, uri: str) -> Iterator[bytes]:
        """Yield the bytes of a file."""
        with self._opened(uri) as handle:
            yield from _pieces(handle)

    def close(self) -> None:
        """Do nothing: there is nothing to leave."""

    def remove(self, uri: str, expected: Standing, sha256: str) -> None:
        """Remove a file that is still the one that was copied."""
        with self._opened(uri) as handle, self._folder(uri) as (folder, name):
            if os.fstat(handle).st_nlink != 1:
                raise RemediationError(Fault.LINKED)
            digest = hashlib.sha256()
            for piece in _pieces(handle):
                digest.update(piece)
            now = os.stat(name, dir_fd=folder, follow_symlinks=False)
            same = _standing(handle)
            if not (digest.hexdigest() == sha256 and _alike(same, expected) and _tag(now) == same.tag):
                raise RemediationError(Fault.CHANGED)
            os.unlink(name, dir_fd=folder)
            os.fsync(folder)
            if not _alike(_standing(handle), expected):  # written to in the last moment: it is put back
                os.lseek(handle, 0, os.SEEK_SET)
                self.put_back(uri, _pieces(handle), same.kept, os.fstat(handle).st_mtime_ns)
                raise RemediationError(Fault.CHANGED)

    def put_back(self, uri: str, pieces: Iterator[bytes], kept: Mapping[str, str], mtime_ns: int) -> None:
        """Write a file beside its place and give it its name only where nobody has that name."""
        with self._folder(uri, missing=Fault.NO_FOLDER) as (folder, name):
            beside = f".daicho-{secrets.token_hex(8)}"
            handle = os.open(
                beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder
            )
            try:
                with os.fdopen(handle, "wb") as file:
                    for piece in pieces:
                        file.write(piece)
                    file.flush()
                    _dress(file.fileno(), kept)
                    os.utime(file.fileno(), ns=(mtime_ns, mtime_ns))
                    os.fsync(file.fileno())
                os.link(beside, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            finally:
                os.unlink(beside, dir_fd=folder)
                os.fsync(folder)

    def _path(self, uri: str) -> Path:
        if not uri.startswith("file:"):
            raise RemediationError(Fault.OUTSIDE)
        path, target = path_of(uri), absolute(self.target)
        if ".." in path.parts or not (path == target or path.is_relative_to(target)):
            raise RemediationError(Fault.OUTSIDE)
        return path

    @contextmanager
    def _opened(self, uri: str) -> Iterator[int]:
        """Open a file below the folder, through no link."""
        with told(), self._folder(uri) as (folder, name):
            handle = os.open(name, _READ, dir_fd=folder)
            try:
                if not stat.S_ISREG(os.fstat(handle).st_mode):
                    raise RemediationError(Fault.NOT_REGULAR)
                yield handle
            finally:
                os.close(handle)

    @contextmanager
    def _folder(self, uri: str, *, missing: Fault = Fault.GONE) -> Iterator[tuple[int, str]]:
        """Open the folder of a file, step by step below the target: a link on the way leads nowhere."""
        path, target = self._path(uri), absolute(self.target)
        below = () if path == target else path.relative_to(target).parts[:-1]
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        with told():
            try:
                folder = os.open(target.parent if path == target else target, flags)
            except FileNotFoundError:
                raise RemediationError(missing) from None
            try:
                for part in below:
                    try:
                        inner = os.open(part, flags | os.O_NOFOLLOW, dir_fd=folder)
                    except FileNotFoundError:
                        raise RemediationError(missing) from None
                    os.close(folder)
                    folder = inner
                yield folder, path.name
            finally:
                os.close(folder)


def _pieces(handle: int) -> Iterator[bytes]:
    while piece := os.read(handle, PIECE):
        yield piece


def _standing(handle: int) -> Standing:
    facts = os.fstat(handle)
    kept = {"mode": f"{stat.S_IMODE(facts.st_mode):o}", "uid": str(facts.st_uid), "gid": str(facts.st_gid)}
    with suppress(OSError):
        for name in os.listxattr(handle):
            kept[f"{_ATTRIBUTE}{name}"] = base64.b64encode(os.getxattr(handle, name)).decode("ascii")
    return Standing(facts.st_size, facts.st_mtime_ns, _tag(facts), kept)


def _tag(facts: os.stat_result) -> str:
    return f"{facts.st_dev:x}:{facts.st_ino:x}"


def _alike(one: Standing, other: Standing) -> bool:
    return (one.size, one.mtime_ns, one.tag) == (other.size, other.mtime_ns, other.tag)


def _dress(handle: int, kept: Mapping[str, str]) -> None:
    """Give a file its owner, access list and mode, as far as this account may."""
    with suppress(OSError, ValueError, KeyError):
        os.fchown(handle, int(kept["uid"]), int(kept["gid"]))
    os.fchmod(handle, int(kept.get("mode", "600"), 8) & 0o777)
    for name, value in kept.items():
        if name.startswith(_ATTRIBUTE):
            with suppress(OSError):
                os.setxattr(handle, name.removeprefix(_ATTRIBUTE), base64.b64decode(value))
