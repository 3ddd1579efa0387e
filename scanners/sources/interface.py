"""What every source offers."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

from scanners.extractors.interface import Tables
from scanners.model import Entry, Gap

__all__ = ["Source", "Tables"]


class Source(Protocol):
    """A place that lists everything in scope; picklable, so that a worker can open its entries."""

    def entries(self) -> Iterator[Entry | Gap]:
        """Yield every object once, unread; a place that cannot be listed is a `Gap` with its uri.

        Raises `SourceError` when the source as a whole cannot be opened.
        """
        ...

    def open(self, entry: Entry) -> AbstractContextManager[BinaryIO | Tables]:
        """Open one entry for reading only: seekable bytes for files, blocks of rows for tables.

        Raises `ExtractionError` with the reason when this entry cannot be opened.
        """
        ...
