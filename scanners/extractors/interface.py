"""What every extractor offers."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Protocol

from scanners.errors import ExtractionError
from scanners.model import Gap, Mark, Reason, RecordSegment, TableSegment, TextSegment
from scanners.ocr.model import OcrMode

Tables = Iterator["TableSegment | TextSegment | Member | Mark | Gap"]
"""A table: blocks of rows, what is written about it, documents in its cells, and where it may go on."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one object may drive us; sizes in bytes, time in seconds."""

    object_bytes: int = 2 << 30
    expanded_bytes: int = 1 << 30  # sum of all that comes out of one object, nested members included
    expanded_times: int = 4  # its own size so many times, where that is more: large mailboxes
    expansion_ratio: int = 200  # only looked at beyond 50 MB of output
    members: int = 100_000
    depth: int = 6
    seconds: float = 120.0
    memory_bytes: int = 1536 << 20  # of a worker, with what it shares
    scratch_bytes: int = 0  # of one file that a worker may write in its scratch folder; no reader needs one
    ocr: OcrMode = OcrMode.AUTO  # which pictures are read


def told_size(count: int) -> str:
    """Return a limit in bytes as an outcome names it."""
    return f"{count >> 20} MiB" if count >= 1 << 20 else f"{count} bytes"


@dataclass(slots=True)
class Budget:
    """What is left of the limits while one object is read; counts bytes that really streamed."""

    limits: Limits
    source_bytes: int  # of the outermost object: what the ratio is measured against
    expanded: int = 0
    members: int = 0
    depth: int = 0
    until: float = math.inf  # of the monotonic clock: then reading ends, and what was read is kept
    seconds: float = 0.0  # the limit that `until` stands before, as it is told
    place: tuple[int, int, str] = field(default=(0, 0, ""))
    passwords: tuple[str, ...] = field(default=(), repr=False)  # what a scan may try on what is locked
    last_password: int = 0  # the number of the one that opened something: it is tried first
    tries: int = 0

    def reached(self, done: int, total: int, unit: str) -> None:
        """Tell how far the reader is, so that a part can be named when something stops it: 3, 10, "pages"."""
        self.place = (done, total, unit)

    def check_time(self) -> None:
        """Raise `ExtractionError` when the time for this object is over."""
        if time.monotonic() > self.until:
            raise ExtractionError(Gap(Reason.TIME_LIMIT, f"{self.seconds:g} s"))

    def spend(self, count: int) -> None:
        """Count `count` bytes that came out; raise `ExtractionError` when the object expands too far."""
        self.check_time()
        self.expanded += count
        most = max(self.limits.expanded_bytes, self.limits.expanded_times * self.source_bytes)
        ratio = self.expanded > (50 << 20) and self.expanded > self.limits.expansion_ratio * max(
            1, self.source_bytes
        )
        if self.expanded > most:
            told = f"more than {told_size(most)}"
            raise ExtractionError(Gap(Reason.EXPANDS_TOO_FAR, told))
        if ratio:
            told = f"more than {self.limits.expansion_ratio} times its {self.source_bytes} bytes"
            raise ExtractionError(Gap(Reason.EXPANDS_TOO_FAR, told))

    def member(self, count: int = 1) -> None:
        """Count a member, or several at once; raise `ExtractionError` beyond the limit."""
        self.check_time()
        self.members += count
        if self.members > self.limits.members:
            raise ExtractionError(Gap(Reason.TOO_MANY_MEMBERS, f"more than {self.limits.members} members"))


@dataclass(frozen=True, slots=True)
class Member:
    """An object inside an object: an archive member, an attachment; the engine reads it in turn.

    `stream` is seekable bytes, or blocks of rows for the table of a database file.
    `gap` is set and `stream` is None when the member could be listed but not opened; with both, `stream`
    is what could be had of it. Without a name it is called as its container, less the last suffix.
    """

    name: str  # as the archive says it, decoded; may hold personal data
    stream: "BinaryIO | Tables | None"
    size: int
    mtime_ns: int = 0
    gap: Gap | None = None
    note: str = ""  # what is told of it although it was read: how it was opened, where its name leads

    def without(self, gap: Gap) -> "Member":
        """Return this member as one that could not be opened."""
        return replace(self, stream=None, gap=gap)


@dataclass(frozen=True, slots=True)
class Opened:
    """Said of the object itself: how what was locked was opened, and the kind of what came out."""

    note: str
    kind: str = ""


Extracted = TextSegment | TableSegment | RecordSegment | Member | Opened | Gap


def size_of(stream: BinaryIO) -> int:
    """Return how many bytes a seekable stream holds, leaving it at its start."""
    size = stream.seek(0, 2)
    stream.seek(0)
    return size


class Extractor(Protocol):
    """Turns one kind of bytes into text with locations; bounded, streaming, never writing to disk."""

    def segments(self, stream: BinaryIO, budget: Budget) -> Iterator[Extracted]:
        """Yield everything readable in order; a part that cannot be read is a `Gap` and the rest follows.

        Raises `ExtractionError` when nothing (more) of the object can be read.
        """
        ...
