"""What can be wrong with a backup, in words of our own: no value of it is ever repeated."""

from __future__ import annotations

import enum
import errno
from collections.abc import Iterator
from contextlib import contextmanager

from registry.errors import RegistryError


class Fault(enum.StrEnum):
    """Why a backup cannot be made or restored; the ids are public API."""

    DAMAGED = "damaged"  # a byte of it is not what was written
    UNFINISHED = "unfinished"  # it ends before its end: whoever wrote it was stopped
    MISSING = "missing"  # a file that it needs is not there
    WRONG_KEY = "wrong_key"  # it was made with another master key
    NEWER = "newer"  # a newer program made it
    NOT_EMPTY = "not_empty"  # the target holds something already
    NO_SPACE = "no_space"  # the disk is full, or a limit is reached
    UNREADABLE = "unreadable"  # the file system refuses
    JOURNAL = "journal"  # the journal in it does not verify, or is not the one that it names
    SOURCE = "source"  # a file of the workspace is not the one that the registry lists


_SAID = {
    Fault.DAMAGED: "the backup is damaged; take another copy of it, or an earlier backup",
    Fault.UNFINISHED: "the backup was not written to its end; take an earlier backup",
    Fault.MISSING: "a file that the backup needs is missing; put the whole folder of backups in place",
    Fault.WRONG_KEY: "the backup was made with another master key; give the master key of its time",
    Fault.NEWER: "the backup was made by a newer version of Daicho; update the program",
    Fault.NOT_EMPTY: "the target is not empty; choose a new folder and an empty database",
    Fault.NO_SPACE: "there is no space left; make room, or choose another place",
    Fault.UNREADABLE: "the file system refuses; correct the rights, or choose another place",
    Fault.JOURNAL: "the journal in the backup does not verify; take an earlier backup",
    Fault.SOURCE: "a file of findings is not the one that the registry lists; restore it, or scan again",
}


class BackupError(RegistryError):
    """A backup cannot be made or restored; nothing was changed. `where` names the file or table."""

    def __init__(self, fault: Fault, where: str) -> None:
        super().__init__(f"{where}: {_SAID[fault]}")
        self.fault = fault
        self.where = where


@contextmanager
def file_errors(where: object) -> Iterator[None]:
    """Translate what the file system says."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        missing = error.errno == errno.ENOENT
        fault = Fault.NO_SPACE if full else Fault.MISSING if missing else Fault.UNREADABLE
        raise BackupError(fault, str(where)) from None
