"""One file on a WebDAV server: pieces by range, or the stream from its start where there are no ranges."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from email.utils import parsedate_to_datetime

import httpx2

from scanners.sources.ranged import PIECE
from scanners.sources.webdav_client import Login, StatusError, answered, asked

MOST_STARTS = 32  # of a stream without ranges: who jumps more often would have it all sent again each time


class RemoteFile:
    """What the server says of a file, and its bytes; every answer must be of one state of the file."""

    def __init__(self, login: Login, path: str) -> None:
        self._login, self._path = login, path
        self.size, self.mtime_ns, self.tag = 0, 0, ""
        self._first = b""
        self._ranges = True
        self._open = ExitStack()
        self._pieces: Iterator[bytes] = iter(())
        self._at, self._rest, self._starts = 0, b"", 0

    def begin(self) -> None:
        """Ask for the first piece, which tells size, time and tag; raises `StatusError` or `LostError`."""
        asked(self._begin)

    def close(self) -> None:
        """End a stream that is still open."""
        self._open.close()

    def _begin(self) -> None:
        try:
            with answered(self._login, "GET", self._path, {"Range": f"bytes=0-{PIECE - 1}"}) as answer:
                self._take(answer)
        except StatusError as error:
            if error.status != 416:
                raise
            with answered(self._login, "GET", self._path, {}) as answer:  # an empty file has no first byte
                self._take(answer)

    def _take(self, answer: httpx2.Response) -> None:
        self._ranges = answer.status_code == 206
        told = answer.headers.get("content-range", "").rpartition("/")[2]
        told = told if self._ranges else answer.headers.get("content-length", "")
        if not told.isdecimal():
            raise StatusError(answer.status_code, "a file of unknown length")
        self.size, self.mtime_ns = int(told), _nanoseconds(answer.headers.get("last-modified", ""))
        self.tag = answer.headers.get("etag", "")
        self._first = b""
        wanted = min(self.size, PIECE)
        pieces = answer.iter_raw()
        while len(self._first) < wanted and (piece := next(pieces, b"")):
            self._first += piece
        if len(self._first) < wanted:
            raise httpx2.ReadError("the answer ends too early")
        self._first = self._first[:wanted]

    def fetched(self, offset: int, length: int) -> bytes:
        """Return a piece; raises `StatusError` or `LostError`, CHANGED's status where the file did."""
        if offset < len(self._first):
            return self._first[offset : offset + length]
        if self._ranges:
            return asked(lambda: self._piece(offset, length))
        return asked(lambda: self._streamed(offset, length))

    def _piece(self, offset: int, length: int) -> bytes:
        last = min(offset + length, self.size) - 1
        with answered(self._login, "GET", self._path, {"Range": f"bytes={offset}-{last}"}) as answer:
            self._same(answer)
            if answer.headers.get("content-range", "") != f"bytes {offset}-{last}/{self.size}":
                raise StatusError(412, "another range than asked for")
            held = bytearray()
            for piece in answer.iter_raw():
                held += piece
                if len(held) > last + 1 - offset:
                    raise StatusError(412, "more bytes than asked for")
        if len(held) < last + 1 - offset:
            raise httpx2.ReadError("the answer ends too early")
        return bytes(held)

    def _same(self, answer: httpx2.Response) -> None:
        tag, changed = answer.headers.get("etag", ""), _nanoseconds(answer.headers.get("last-modified", ""))
        if (tag, changed) != (self.tag, self.mtime_ns):
            raise StatusError(412, "changed while it was read")

    def _streamed(self, offset: int, length: int) -> bytes:
        """Return a piece of the stream, begun anew for whatever lies behind; memory holds one piece."""
        try:
            if self._starts == 0 or offset < self._at:
                self._start()
            while self._at < offset:
                self._at += len(self._next(offset - self._at))
            held = bytearray()
            while len(held) < length and self._at < self.size:
                piece = self._next(length - len(held))
                held += piece
                self._at += len(piece)
        except BaseException:
            self._at = self.size + 1  # whatever comes next begins anew
            raise
        return bytes(held)

    def _start(self) -> None:
        self.close()
        self._starts += 1
        if self._starts > MOST_STARTS:
            raise StatusError(416 if self._ranges else 200, "no ranges: too many jumps in a large file")
        answer = self._open.enter_context(answered(self._login, "GET", self._path, {}))
        self._same(answer)
        self._pieces, self._at, self._rest = answer.iter_raw(PIECE), 0, b""

    def _next(self, most: int) -> bytes:
        held = self._rest or next(self._pieces, b"")
        if not held:
            raise httpx2.ReadError("the answer ends too early")
        self._rest = held[most:]
        return held[:most]


def _nanoseconds(date: str) -> int:
    try:
        return int(parsedate_to_datetime(date).timestamp()) * 1_000_000_000 if date else 0
    except (ValueError, OverflowError):
        return 0
