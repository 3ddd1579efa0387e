"""What every extractor offers."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO, Protocol

from scanners.errors import ExtractionError
from scanners.model import Gap, Reason, RecordSegment, TableSegment, TextSegment

Tables = Iterator[TableSegment | Gap]


@dataclass(frozen=True, slots=True)
class Limits:
    """How far one object may drive us; sizes in bytes, time in seconds."""

    object_bytes: int = 2 << 30
    expanded_bytes: int = 1 << 30  # sum of all that comes out of one object, nested members included
    expansion_ratio: int = 200  # only looked at beyond 50 MB of output
    members: int = 100_000
    depth: int = 6
    seconds: float = 120.0
    memory_bytes: int = 2 << 30  # address space of a worker


@dataclass(slots=True)
class Budget:
    """What is left of the limits while one object is read; counts bytes that really streamed."""

    limits: Limits
    source_bytes: int  # of the outermost object: what the ratio is measured against
    expanded: int = 0
    members: int = 0
    depth: int = 0
    passwords: tuple[str, ...] = field(default=(), repr=False)  # what a scan may try on what is locked
    last_password: int = 0  # the number of the one that opened something: it is tried first
    tries: int = 0

    def spend(self, count: int) -> None:
        """Count `count` bytes that came out; raise `ExtractionError` when the object expands too far."""
        self.expanded += count
        beyond = self.expanded > self.limits.expanded_bytes
        ratio = self.expanded > (50 << 20) and self.expanded > self.limits.expansion_ratio * max(
            1, self.source_bytes
        )
        if beyond or ratio:
            raise ExtractionError(
                Gap(Reason.EXPANDS_TOO_FAR, f"{self.expanded} bytes out of {self.source_bytes}")
            )

    def member(self) -> None:
        """Count one member; raise `ExtractionError` beyond the limit."""
        self.members += 1
        if self.members > self.limits.members:
            raise ExtractionError(Gap(Reason.TOO_MANY_MEMBERS, f"more than {self.limits.members}"))


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
