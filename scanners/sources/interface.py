"""What every source offers."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol, runtime_checkable

from scanners.extractors.interface import Tables
from scanners.model import Entry, Exposure, Gap, Mark
from scanners.pace import Pace

__all__ = [
    "Check",
    "Checked",
    "GoesOn",
    "Guarded",
    "Mounted",
    "Readers",
    "Source",
    "SpeedOwn",
    "Step",
    "Tables",
]


class Source(Protocol):
    """A place that lists everything in scope; picklable, so that a worker can open its entries."""

    @property
    def place(self) -> str:
        """The address as it may be stored and shown: without password, token and options."""
        ...

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


@runtime_checkable
class GoesOn(Protocol):
    """A source that reads what was interrupted from where it was."""

    def open_after(self, entry: Entry, behind: Mark | None) -> AbstractContextManager[Tables]:
        """Open a table as `open` does, behind a place in it.

        Where it can go on there, the place itself comes first and only the rest follows; else the whole.
        """
        ...


@dataclass(frozen=True, slots=True)
class Readers:
    """Who can read one object (閲覧できる人): how wide, and the names of accounts and groups, sorted."""

    exposure: Exposure
    names: tuple[str, ...] = ()


@runtime_checkable
class SpeedOwn(Protocol):
    """A source that keeps to a pace itself: a server shall not send what then waits here."""

    def at_pace(self, pace: Pace) -> Source:
        """Return the source as it is read on these terms."""
        ...


@runtime_checkable
class Guarded(Protocol):
    """A source whose objects have access lists of their own, too dear to be asked for with the listing."""

    def readers(self, entry: Entry) -> Readers:
        """Return who can read this object; unknown, and never an error, where nobody can tell.

        Asked only for objects in which something was found.
        """
        ...


@runtime_checkable
class Mounted(Protocol):
    """A source that knows which file system holds its objects: one may be away without any error."""

    def file_system(self, uri: str) -> str:
        """Return the file system on which an object lies or lay, as the first part of `Entry.file_id`.

        Empty where nobody can tell.
        """
        ...


class Step(enum.StrEnum):
    """What has to work, in this order, before a source can be scanned."""

    NAME = "name"  # the host's name leads to an address
    PORT = "port"  # something answers there
    SIGN_IN = "sign_in"
    LIST = "list"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Check:
    """One step of a test; `detail` is a code or a number, never anything that was read."""

    step: Step
    passed: bool
    detail: str = ""


@runtime_checkable
class Checked(Protocol):
    """A source that can tell what exactly is wrong with it."""

    def check(self) -> Iterator[Check]:
        """Yield the steps that apply to this kind of source, ending with the first that fails."""
        ...
