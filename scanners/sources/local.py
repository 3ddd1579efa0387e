"""Files below a folder of this machine, listed with `lstat` and never followed through links."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from scanners.errors import ExtractionError, SourceError, Trouble
from scanners.model import Entry, Exposure, Gap, Reason
from scanners.selection import EVERYTHING, Selection
from scanners.sources.circles import Bits, Way, let_in, listed, lists_of, owner_name
from scanners.sources.interface import Check, Readers, Step

_REASONS = {
    "PermissionError": Reason.DENIED,
    "FileNotFoundError": Reason.VANISHED,
    "NotADirectoryError": Reason.VANISHED,
}
_FSTAB = Path("/etc/fstab")
_TRIED = 1_000  # entries until a test finds one to read


def file_uri(path: Path) -> str:
    """Return the absolute `file:` URI (RFC 8089); bytes that are no UTF-8 are percent-encoded as they are."""
    return f"file://{_quoted(path)}"


def _quoted(path: Path | str) -> str:
    return quote_from_bytes(os.fsencode(path), safe="/!$&'()*+,;=:@~")


def readable_name(path: Path | str) -> str:
    """Return a path as text; bytes that are no UTF-8 become U+FFFD."""
    return os.fsencode(path).decode("utf-8", errors="replace")


def _gap(error: OSError, uri: str, fallback: Reason) -> Gap:
    reason = _REASONS.get(type(error).__name__, fallback)
    return Gap(reason, detail=f"errno {error.errno}", uri=uri)


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


def _lost(item: os.DirEntry[str]) -> Reason:
    try:
        return Reason.NOT_LISTED if item.is_dir(follow_symlinks=False) else Reason.UNREADABLE
    except OSError:  # a file system whose listings do not tell: it may be a folder
        return Reason.NOT_LISTED


def _mount_points() -> frozenset[str]:
    """Return the folders in which this machine is told to mount something (fstab(5))."""
    try:
        lines = _FSTAB.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return frozenset()
    told = (line.split() for line in lines if not line.lstrip().startswith("#"))
    return frozenset(
        re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), each[1]).rstrip("/")
        for each in told
        if len(each) > 1
    )


def _is_unmounted(folder: Path, points: frozenset[str]) -> bool:
    """Tell whether an empty folder is only the place of a share or disk that is not there now."""
    return str(folder) in points and not folder.is_mount()


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
    selection: Selection = EVERYTHING

    @property
    def place(self) -> str:
        """The `file:` URI."""
        return file_uri(self.target)

    def entries(self) -> Iterator[Entry | Gap]:
        """Yield every file in order of its path; links, pipes and devices are gaps left out by policy."""
        try:
            status = self.target.stat()
        except OSError as error:
            raise SourceError(
                f"{self.target}: {error.strerror}; check the path and its permissions",
                Trouble.LIST,
                place=str(self.target),
                code=errno.errorcode.get(error.errno or 0, ""),
            ) from error
        if not stat.S_ISDIR(status.st_mode):
            # whoever names a link means the file it leads to; links met on the way are not followed
            target = self.target.resolve() if self.target.is_symlink() else self.target
            uri = file_uri(target)
            yield _kind_gap(status.st_mode, uri) or self._entry(
                uri, readable_name(target.name), status, Way()
            )
            return
        try:
            found = _listing(self.target)
        except OSError as error:
            raise SourceError(
                f"{self.target}: {error.strerror}; check the path and its permissions",
                Trouble.LIST,
                place=str(self.target),
                code=errno.errorcode.get(error.errno or 0, ""),
            ) from error
        points = _mount_points()
        if not found and _is_unmounted(self.target, points):
            raise SourceError(
                f"{self.target}: nothing is mounted here; mount it first",
                Trouble.UNMOUNTED,
                place=str(self.target),
            )
        yield from self._below(found, Way().at(self.target, status), points)

    def check(self) -> Iterator[Check]:
        """Tell whether the place is there and can be listed, and its first file below it be read."""
        try:
            first = next((each for each in islice(self.entries(), _TRIED) if isinstance(each, Entry)), None)
        except SourceError as error:
            number = getattr(error.__cause__, "errno", None)
            yield Check(Step.LIST, passed=False, detail=f"errno {number}")
            return
        yield Check(Step.LIST, passed=True)
        if first is None:
            return
        try:
            with self.open(first) as stream:
                stream.read(1)
        except ExtractionError as error:
            yield Check(Step.READ, passed=False, detail=error.gap.detail or error.gap.reason)
            return
        yield Check(Step.READ, passed=True)

    def _below(
        self, found: list[os.DirEntry[str]], way: Way, points: frozenset[str]
    ) -> Iterator[Entry | Gap]:
        """Walk depth first without recursion: a path may hold two thousand folders."""
        levels = [(iter(found), way, file_uri(self.target).rstrip("/"), "")]
        left_out = _identity(self.left_out)
        while levels:
            listing, way, above, below = levels[-1]
            item = next(listing, None)
            if item is None:
                levels.pop()
                continue
            uri = f"{above}/{_quoted(item.name)}"
            try:
                status = item.stat(follow_symlinks=False)
            except OSError as error:
                # the listing itself says what is a folder, even where its status cannot be read
                yield _gap(error, uri, _lost(item))
                continue
            name = f"{below}{readable_name(item.name)}"
            if not stat.S_ISDIR(status.st_mode):
                if self.selection.takes(name):
                    yield _kind_gap(status.st_mode, uri) or self._entry(uri, name, status, way)
                else:
                    yield Gap(Reason.EXCLUDED, uri=uri)
                continue
            if not self.selection.enters(name) or (status.st_dev, status.st_ino) == left_out:
                yield Gap(Reason.EXCLUDED, uri=uri)
                continue
            path = Path(item.path)
            try:
                within = _listing(path)
                if not within and _is_unmounted(path, points):
                    yield Gap(Reason.NOT_LISTED, "nothing is mounted here", uri)
                    continue
                levels.append((iter(within), way.into(path, status), uri, f"{name}/"))
            except OSError as error:
                yield Gap(Reason.NOT_LISTED, detail=f"errno {error.errno}", uri=uri)

    def _entry(self, uri: str, name: str, status: os.stat_result, way: Way) -> Entry:
        exposure, access = listed(Bits.of(status), way)
        return Entry(
            uri=uri,
            name=name,
            size=status.st_size,
            mtime_ns=status.st_mtime_ns,
            file_id=f"{status.st_dev:x}:{status.st_ino:x}",
            owner=owner_name(status.st_uid),
            exposure=exposure,
            access=access,
        )

    def file_system(self, uri: str) -> str:
        """Return the device of the nearest folder above an object that is still there."""
        path = path_of(uri)
        for folder in path.parents:
            if not folder.is_relative_to(self.target):
                break
            try:
                return f"{folder.lstat().st_dev:x}"
            except OSError:
                continue
        return ""

    def readers(self, entry: Entry) -> Readers:
        """Return who can read one file by its own access list and those of the folders below the target."""
        path, way = path_of(entry.uri), Way()
        try:
            if path != self.target and path.is_relative_to(self.target):
                folder = self.target
                for part in path.relative_to(self.target).parts[:-1]:
                    folder /= part
                    way = way.into(folder, folder.lstat())
            return let_in(Bits.of(path.lstat()), lists_of(path)).within(way.circle).readers
        except OSError:
            return Readers(Exposure.UNKNOWN)

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
