"""What every place offers at which objects may be removed and put back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Standing:
    """An object as it lies at its place now; `kept` is put back beside its bytes."""

    size: int
    mtime_ns: int
    tag: str = ""  # what else tells versions apart: inode, etag
    kept: Mapping[str, str] = field(default_factory=dict)


class Place(Protocol):
    """One registered source, opened with a credential of its own; every method raises RemediationError."""

    def standing(self, uri: str) -> Standing:
        """Return what an object is now, unread."""
        ...

    def read(self, uri: str) -> Iterator[bytes]:
        """Yield the bytes of an object."""
        ...

    def close(self) -> None:
        """Leave the place."""
        ...

    def remove(self, uri: str, expected: Standing, sha256: str) -> None:
        """Read an object once more and remove it when it is still the one that was copied; else `changed`."""
        ...

    def put_back(self, uri: str, pieces: Iterator[bytes], kept: Mapping[str, str], mtime_ns: int) -> None:
        """Write an object where nothing lies; never overwrites: `occupied`."""
        ...
