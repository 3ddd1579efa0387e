"""Items of one folder as one batch, so that a scan sees at once when none of them changed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

from scanners.model import Batch, Entry, Gap
from scanners.sources.interface import Source

AT_MOST = 1_000
"""Items of a batch."""
_PATIENCE = 0.5  # seconds that a slow listing keeps its first item back


@runtime_checkable
class Batched(Protocol):
    """A source that tells the state of a folder for less than its entries cost."""

    def batches(self) -> Iterator[Batch]:
        """Yield what `entries` yields, in any order, at most `AT_MOST` at a time; errors are those of it."""
        ...


def batches_of(source: Source) -> Iterator[Batch]:
    """Yield everything that a source lists, batch by batch."""
    return source.batches() if isinstance(source, Batched) else grouped(source.entries())


def grouped(listing: Iterator[Entry | Gap]) -> Iterator[Batch]:
    """Yield the items of a listing folder by folder; one that breaks off first yields what it had."""
    held: list[Entry | Gap] = []
    folder, since = "", 0.0
    try:
        for item in listing:
            above = item.uri.rpartition("/")[0]
            slow = time.monotonic() - since > _PATIENCE
            if held and (above != folder or len(held) >= AT_MOST or slow):
                yield batch(held)
                held = []
            if not held:
                folder, since = above, time.monotonic()  # not before the batch was taken, which may last
            held.append(item)
    except Exception:
        if held:
            yield batch(held)
        raise
    if held:
        yield batch(held)


def batch(items: Sequence[Entry | Gap]) -> Batch:
    """Return items as a batch."""
    told = "\0".join(map(_told, items))
    return Batch(len(items), digest(told), lambda: items)


def digest(told: str) -> bytes:
    """Return the state of what is told so."""
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _told(item: Entry | Gap) -> str:
    if isinstance(item, Gap):
        return f"gap\0{item.uri}\0{item.reason}\0{item.detail}"
    facts = f"{item.size}\0{item.mtime_ns}\0{item.file_id}"
    return f"{item.uri}\0{facts}\0{item.owner}\0{item.exposure}\0{item.access}"
