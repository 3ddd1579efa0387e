"""Files below a folder of this machine, listed with `lstat` and never followed through links."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from scanners.errors import ExtractionError, SourceError
from scanners.model import Entry, Exposure, Gap, Reason

_REASONS = {
    "PermissionError": Reason.DENIED,
    "FileNotFoundError": Reason.VANISHED,
    "NotADirectoryError": Reason.VANISHED,
}
_ANYONE_MAY_ENTER = stat.S_IXOTH
_GROUP_MAY_ENTER = stat.S_IXGRP


def file_uri(path: Path) -> str:
    """Return the absolute `file:` URI (RFC 8089); bytes that are no UTF-8 are percent-encoded as they are."""
    return "file://" + quote_from_bytes(os.fsencode(path), safe="/!$&'()*+,;=:@~")


def readable_name(path: Path) -> str:
    """Return a path as text; bytes that are no UTF-8 become U+FFFD."""
    return os.fsencode(path).decode("utf-8", errors="replace")


def _gap(error: OSError, uri: str, fallback: Reason) -> Gap:
    reason = _REASONS.get(type(error).__name__, fallback)
    return Gap(reason, detail=f"errno {error.errno}", uri=uri)


@lru_cache(maxsize=1024)
def owner_name(uid: int) -> str:
    """Return the account name of a user id, or the number where it has none."""
    try:
        import pwd
    except ImportError:  # not a POSIX system
        return str(uid)
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def exposure(mode: int, folder: Exposure) -> Exposure:
    """Return who can read a file: its own mode bits, no wider than the folders above it let in."""
    if mode & stat.S_IROTH and folder is Exposure.EVERYONE:
        return Exposure.EVERYONE
    if mode & (stat.S_IRGRP | stat.S_IROTH) and folder in (Exposure.EVERYONE, Exposure.GROUP):
        return Exposure.GROUP
    return Exposure.OWNER


def _entered(mode: int, above: Exposure) -> Exposure:
    """Return who can pass through a folder that lies in folders which `above` can pass."""
    if mode & _ANYONE_MAY_ENTER and above is Exposure.EVERYONE:
        return Exposure.EVERYONE
    if mode & (_GROUP_MAY_ENTER | _ANYONE_MAY_ENTER) and above in (Exposure.EVERYONE, Exposure.GROUP):
        return Exposure.GROUP
    return Exposure.OWNER


def _kind_gap(mode: int, uri: str) -> Gap | None:
    """Return the gap of what is neither file nor folder; links are read where their target lies."""
    if stat.S_ISLNK(mode):
        return Gap(Reason.LINK, uri=uri)
    if not stat.S_ISREG(mode):
        return Gap(Reason.NOT_REGULAR, detail=stat.filemode(mode)[0], uri=uri)
    return None


def _listing(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as listing:
        return sorted(listing, key=lambda item: item.name)


def _identity(folder: Path | None) -> tuple[int, int] | None:
    try:
        status = folder.stat() if folder else None
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status else None


def path_of(uri: str) -> Path:
    """Return the path of a `file:` URI, byte for byte."""
    return Path(os.fsdecode(unquote_to_bytes(urlsplit(uri).path)))


def absolute(path: Path) -> Path:
    """Return the absolute path without "..", behind which a link may hide another folder than it seems."""
    return path.resolve() if ".." in path.parts else path.absolute()


@dataclass(frozen=True, slots=True)
class LocalSource:
    """One file, or every file below a folder; `target` and the folder `left_out` are absolute."""

    target: Path
    left_out: Path | None = None

    def entries(self) -> Iterator[Entry | Gap]:
        """Yield every file in order of its path; links, pipes and devices are gaps left out by policy."""
        try:
            status = self.target.stat()
        except OSError as error:
            raise SourceError(
                f"{self.target}: {error.strerror}; check the path and its permissions"
            ) from error
        if not stat.S_ISDIR(status.st_mode):
            # whoever names a link means the file it leads to; links met on the way are not followed
            target = self.target.resolve() if self.target.is_symlink() else self.target
            yield _kind_gap(status.st_mode, file_uri(target)) or self._entry(
                target, target.parent, status, Exposure.EVERYONE
            )
            return
        try:
            found = _listing(self.target)
        except OSError as error:
            raise SourceError(
                f"{self.target}: {error.strerror}; check the path and its permissions"
            ) from error
        yield from self._below(found)

    def _below(self, found: list[os.DirEntry[str]]) -> Iterator[Entry | Gap]:
        """Walk depth first without recursion: a path may hold two thousand folders."""
        levels = [(iter(found), Exposure.EVERYONE)]
        left_out = _identity(self.left_out)
        while levels:
            listing, passable = levels[-1]
            item = next(listing, None)
            if item is None:
                levels.pop()
                continue
            path = Path(item.path)
            try:
                status = item.stat(follow_symlinks=False)
            except OSError as error:
                # the listing itself says what is a folder, even where its status cannot be read
                lost = Reason.NOT_LISTED if item.is_dir(follow_symlinks=False) else Reason.UNREADABLE
                yield _gap(error, file_uri(path), lost)
                continue
            if not stat.S_ISDIR(status.st_mode):
                yield _kind_gap(status.st_mode, file_uri(path)) or self._entry(
                    path, self.target, status, passable
                )
                continue
            if (status.st_dev, status.st_ino) == left_out:
                yield Gap(Reason.EXCLUDED, uri=file_uri(path))
                continue
            try:
                levels.append((iter(_listing(path)), _entered(status.st_mode, passable)))
            except OSError as error:
                yield Gap(Reason.NOT_LISTED, detail=f"errno {error.errno}", uri=file_uri(path))

    def _entry(self, path: Path, below: Path, status: os.stat_result, passable: Exposure) -> Entry:
        return Entry(
            uri=file_uri(path),
            name=readable_name(path.relative_to(below)),
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            file_id=f"{status.st_dev:x}:{status.st_ino:x}",
            owner=owner_name(status.st_uid),
            exposure=exposure(status.st_mode, passable),
        )

    @contextmanager
    def open(self, entry: Entry) -> Iterator[BinaryIO]:
        """Open one file for reading; raises CHANGED on leaving when it changed since it was listed.

        The name may have become a link or a pipe since the listing: neither is followed or waited for.
        """
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(path_of(entry.uri), flags)
        except OSError as error:
            raise ExtractionError(_gap(error, "", Reason.UNREADABLE)) from None
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ExtractionError(Gap(Reason.NOT_REGULAR))
            try:
                yield stream
            except OSError as error:
                raise ExtractionError(Gap(Reason.UNREADABLE, f"errno {error.errno}")) from None
            after = os.fstat(descriptor)
            if (after.st_size, after.st_mtime_ns) != (entry.size, entry.mtime_ns):
                raise ExtractionError(Gap(Reason.CHANGED))
