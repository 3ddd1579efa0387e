"""A source whose objects are read no faster than its place allows."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from scanners.model import Entry, Gap
from scanners.pace import Pace, Throttle
from scanners.sources.interface import Source, SpeedOwn, Tables
from scanners.sources.ranged import PIECE

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


def paced(source: Source, pace: Pace) -> Source:
    """Return the source as it is read on these terms; databases keep to them themselves."""
    if isinstance(source, SpeedOwn):
        return source.at_pace(pace)
    return Paced(source, pace.bytes_per_second) if pace.bytes_per_second else source


@dataclass(frozen=True, slots=True)
class Paced:
    """Reads the objects of another source slowly; listing is as fast as it goes."""

    of: Source
    bytes_per_second: float

    @property
    def place(self) -> str:
        """The address of the source."""
        return self.of.place

    def entries(self) -> Iterator[Entry | Gap]:
        """Yield every object as the source does."""
        return self.of.entries()

    @contextmanager
    def open(self, entry: Entry) -> Iterator[BinaryIO | Tables]:
        """Open one entry as the source does; its bytes come slowly."""
        with self.of.open(entry) as opened:
            if not hasattr(opened, "read"):
                yield opened
                return
            slow = _Slow(cast("BinaryIO", opened), Throttle(0, self.bytes_per_second))
            with io.BufferedReader(slow, PIECE) as stream:
                yield cast("BinaryIO", stream)


class _Slow(io.RawIOBase):
    """Bytes of another stream, which counts what it brings."""

    def __init__(self, of: BinaryIO, throttle: Throttle) -> None:
        self._of, self._throttle = of, throttle

    def readable(self) -> bool:
        """Tell that bytes can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that any place can be reached."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place."""
        return self._of.seek(offset, whence)

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._of.tell()

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer, then wait as long as that may take."""
        view = memoryview(buffer)
        got = self._of.read(len(view))
        view[: len(got)] = got
        self._throttle.passed(0, len(got))
        return len(got)
