"""A file on a server as seekable bytes, of which only the pieces that are asked for travel."""

from __future__ import annotations

import io
from collections.abc import Callable

PIECE = 1 << 20  # small reads of SMB travel at a fifth of the speed of these


class Ranged(io.RawIOBase):
    """Bytes that `fetch(offset, length)` brings; wrap it in `io.BufferedReader(…, PIECE)`.

    `fetch` returns what there is, fewer bytes only at the end, and raises what the reader shall see.
    """

    def __init__(self, size: int, fetch: Callable[[int, int], bytes]) -> None:
        self._size, self._fetch, self._at = size, fetch, 0

    def readable(self) -> bool:
        """Tell that bytes can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that any place can be reached."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place, which may lie behind the end."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("a place before the start")
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed: WriteableBuffer
        """Fill a buffer from the server; 0 at the end."""
        wanted = min(len(buffer), self._size - self._at)
        if wanted <= 0:
            return 0
        got = self._fetch(self._at, wanted)[:wanted]
        buffer[: len(got)] = got
        self._at += len(got)
        return len(got)
