"""The scratch folder of workers, and where each of them stands: both outlive a worker that dies.

A folder on tmpfs where there is one, so that what a program leaves there never reaches a disk. Each worker
has its own below it (0700), wiped after each task; what a dead worker or a killed scan left, the next one
takes away.
"""

from __future__ import annotations

import mmap
import os
import shutil
import struct
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from scanners.errors import ScannerError
from scanners.halfway import ROOM, make_room

_PREFIX = "daicho-scratch-"
_LOCK, _PROGRESS = "lock", "progress"
_PLACE = struct.Struct("<II")


def _memory_places() -> Iterator[Path]:
    """Yield folders that lie on tmpfs and take files of ours."""
    wanted = [Path("/dev/shm"), Path(os.environ.get("XDG_RUNTIME_DIR") or "/nonexistent")]  # noqa: S108
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    tmpfs = {Path(fields[1]) for fields in map(str.split, lines) if len(fields) > 2 and fields[2] == "tmpfs"}
    for place in wanted:
        if (place in tmpfs or tmpfs & set(place.parents)) and os.access(place, os.W_OK | os.X_OK):
            yield place


def on_memory() -> bool:
    """Tell whether there is a tmpfs for what workers write."""
    return next(_memory_places(), None) is not None


class Scratch:
    """What the parent holds: the folder of all workers, and a table that says where each task stands."""

    def __init__(self, tasks: int) -> None:
        place = next(_memory_places(), None)
        if place is not None:
            _remove_abandoned(place)
        try:
            self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
        except OSError as error:
            raise ScannerError(
                f"no folder for what workers write ({error.strerror}); set TMPDIR to one with room"
            ) from None
        self._removed = weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self._lock = (self.folder / _LOCK).open("wb")
        _lock(self._lock)
        with (self.folder / _PROGRESS).open("wb") as file:
            file.truncate(max(1, tasks) * _PLACE.size)
        self._table = _mapped(self.folder)

    def place(self, task: int) -> tuple[int, int]:
        """Return which member a task was in when its worker last told (0: none), and the last one done."""
        inside, last = _PLACE.unpack_from(self._table, task * _PLACE.size)
        return inside, last

    def begin(self, task: int) -> None:
        """Forget where another task of this number stood."""
        _PLACE.pack_into(self._table, task * _PLACE.size, 0, 0)

    def clear_dead(self) -> None:
        """Remove what workers left that are no more."""
        for folder in self.folder.iterdir():
            if folder.name.isdecimal() and not _lives(int(folder.name)):
                shutil.rmtree(folder, ignore_errors=True)

    def remove(self) -> None:
        """Remove everything; harmless when done twice."""
        self._removed()
        self._lock.close()


class Own:
    """What one worker holds of it; made before the worker is confined."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / str(os.getpid())
        self.folder.mkdir(mode=0o700, exist_ok=True)
        make_room(self.folder)
        self._table = _mapped(folder)
        os.environ["TMPDIR"] = tempfile.tempdir = str(self.folder)

    def at(self, task: int, inside: int, last: int) -> None:
        """Tell the parent where a task stands."""
        _PLACE.pack_into(self._table, task * _PLACE.size, inside, last)

    def wipe(self) -> None:
        """Remove whatever a task left."""
        for left in os.scandir(self.folder):
            if left.name == ROOM:
                continue
            if left.is_dir(follow_symlinks=False):
                shutil.rmtree(left.path, ignore_errors=True)
            else:
                with suppress(OSError):
                    Path(left.path).unlink()


def _mapped(folder: Path) -> mmap.mmap:
    """Map the table: writing to it is no writing of a file, which the limits of a worker forbid."""
    with (folder / _PROGRESS).open("r+b") as file:
        return mmap.mmap(file.fileno(), 0)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _lock(file: IO[bytes]) -> bool:
    """Take a lock that ends with this process, however it ends; False when another one has it."""
    try:
        import fcntl
    except ImportError:  # not a POSIX system
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove_abandoned(place: Path) -> None:
    """Remove what scans of this account left that were killed."""
    for folder in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
                continue
            with (folder / _LOCK).open("rb") as file:
                if _lock(file):
                    shutil.rmtree(folder, ignore_errors=True)
