"""How far a large table was read (途中経過): a worker tells it from time to time, its parent keeps it.

What is told goes through a file of the worker's own folder that was given its length before the worker was
locked in: it is mapped, because a worker may write no file. One word at a time: the parent takes it away,
and only then is there room for the next. Nothing in it is a value that was read: counts, masks, keyed
fingerprints, and the names of the table's columns.
"""

from __future__ import annotations

import mmap
import os
import stat
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from scanners.memory import Half

ROOM = "told"
_BYTES = 1 << 30  # of the file, of which what is not written takes no room
_HEAD = struct.Struct("<Q?QQ")  # number of the reading (0: nothing is told), whether anew, bytes of both
_CAREFULLY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # where the system has them
_CHEAP = 50  # times what it took to tell: until then nothing is told again


def make_room(folder: Path) -> None:
    """Give a worker's folder the file through which it tells; where it cannot be, nothing is told."""
    with suppress(OSError), (folder / ROOM).open("wb") as file:
        file.truncate(_BYTES)


class Teller:
    """Tells the parent how far one reading is, the first time after so many seconds."""

    def __init__(self, folder: Path, reading: int, every: float) -> None:
        self._path, self._reading, self._every = folder / ROOM, reading, every
        self._next = time.monotonic() + every

    @property
    def is_due(self) -> bool:
        """Tell whether it is time to tell again, and the parent took what was told before."""
        if time.monotonic() < self._next:
            return False
        try:
            with self._path.open("rb") as file:
                head = file.read(_HEAD.size)
        except FileNotFoundError:
            return False
        return len(head) == _HEAD.size and not _HEAD.unpack(head)[0]

    def tell(self, state: bytes, piece: bytes, *, anew: bool, began: float) -> bool:
        """Leave both where the parent finds them; False where there is no room for as much.

        `began` is when they were begun to be made, on the monotonic clock.
        """
        start, middle = _HEAD.size, _HEAD.size + len(state)
        end = middle + len(piece)
        fits = end <= _BYTES
        with self._path.open("r+b") as file:
            try:  # where memory is full, writing to what is mapped would end this process
                if fits and hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, end)
            except OSError:
                fits = False
            if fits:
                with mmap.mmap(file.fileno(), end) as room:
                    room[start:middle], room[middle:end] = state, piece
                    _HEAD.pack_into(room, 0, self._reading, anew, len(state), len(piece))
        now = time.monotonic()
        self._next = now + max(self._every, _CHEAP * (now - began))
        return fits


def told(folder: Path) -> Iterator[tuple[int, Half]]:
    """Yield what workers told since the last call, with the numbers of the readings; make room again."""
    for path in folder.glob(f"*/{ROOM}"):
        try:
            word = _taken(path)
        except (OSError, struct.error):  # the folder of a worker that is no more
            continue
        if word is not None:
            yield word


def _taken(path: Path) -> tuple[int, Half] | None:
    """Return what one worker told, if anything; one that was taken over may have left other things there."""
    with os.fdopen(os.open(path, os.O_RDWR | _CAREFULLY), "r+b") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return None
        reading, anew, state, piece = _HEAD.unpack(file.read(_HEAD.size))
        if not reading:
            return None
        half = Half(file.read(min(state, _BYTES)), (file.read(min(piece, _BYTES)),), anew)
        file.truncate(0)
        file.truncate(_BYTES)
    return reading, half
