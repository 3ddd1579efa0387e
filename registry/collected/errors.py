"""What can be wrong with a kit or with collected results, in words of our own: none of theirs is repeated."""

from __future__ import annotations

import enum
import errno
from collections.abc import Iterator
from contextlib import contextmanager

from registry.errors import RegistryError


class Fault(enum.StrEnum):
    """Why a kit or a file of results is refused; the ids are public API."""

    NOT_ONE = "not_one"  # something else, or its first bytes were changed
    FORMAT = "format"  # another version of the format
    UNFINISHED = "unfinished"  # it ends before its end
    CHANGED = "changed"  # it is not what was written, or not by whom it names
    ELSEWHERE = "elsewhere"  # made for another headquarters
    UNKNOWN = "unknown"  # headquarters knows no such collector or kit
    REVOKED = "revoked"  # the kit was revoked
    UNIT = "unit"  # the collector belongs to another unit
    CLOCK = "clock"  # made in the future
    TAKEN = "taken"  # taken in before
    EMPTIED = "emptied"  # nothing lies where the run before found something: unmounted, or gone
    MALFORMED = "malformed"  # signed and whole, and yet no results of a scan
    TOO_LARGE = "too_large"  # beyond a limit of the format
    PASSPHRASE = "passphrase"  # noqa: S105 - the kit does not open with it
    NO_SPACE = "no_space"  # the disk is full, or a limit is reached
    UNREADABLE = "unreadable"  # the file system refuses


_SAID = {
    Fault.NOT_ONE: "no file of this kind; give the file that the collector wrote",
    Fault.FORMAT: "another version of Daicho wrote it in a format that this one does not read; "
    "bring both to the same version",
    Fault.UNFINISHED: "it ends before its end; copy it again from the site, or scan again",
    Fault.CHANGED: "it is not what the collector signed; copy it again from the site, or scan again",
    Fault.ELSEWHERE: "it was made for another headquarters; take it in there",
    Fault.UNKNOWN: "it names a collector or kit that this headquarters never made",
    Fault.REVOKED: "the kit that made it was revoked; scan again with a new kit",
    Fault.UNIT: "its collector belongs to another unit; leave out --unit, or name that unit",
    Fault.CLOCK: "it says that it was made in the future; set the clock of the site and scan again",
    Fault.TAKEN: "it was taken in before; nothing was changed",
    Fault.EMPTIED: "nothing was listed where the run before found something; mount it and scan again, "
    "or take it in with --empty",
    Fault.MALFORMED: "what it holds is no result of a scan; examine the machine that it comes from",
    Fault.TOO_LARGE: "it is larger than the format allows; scan in several parts",
    Fault.PASSPHRASE: "the kit does not open: the passphrase is another one, or the file was changed",
    Fault.NO_SPACE: "there is no space left; make room, or choose another place",
    Fault.UNREADABLE: "the file system refuses; correct the path or the rights",
}


class CollectedError(RegistryError):
    """A kit or a file of results is refused; nothing was taken in. `where` names the file."""

    def __init__(self, fault: Fault, where: str = "") -> None:
        super().__init__(f"{where or 'results'}: {_SAID[fault]}")
        self.fault = fault
        self.where = where


@contextmanager
def told_of(where: object) -> Iterator[None]:
    """Name the file in what goes wrong, and translate what the file system says."""
    try:
        yield
    except CollectedError as error:
        raise CollectedError(error.fault, error.where or str(where)) from None
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        raise CollectedError(Fault.NO_SPACE if full else Fault.UNREADABLE, str(where)) from None
