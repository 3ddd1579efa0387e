"""Errors of the scanners.

ScannerError
├── SourceError        a source cannot be opened or listed at all
├── RuleError          a detector, label list or custom rule is malformed
└── ExtractionError    one object cannot be read; carries the `Gap` it becomes
"""

from __future__ import annotations

import enum

from scanners.model import Gap


class Trouble(enum.StrEnum):
    """What stands in the way of a source as a whole; the ids are stored with scans that failed.

    The first five are the steps of a source's test (`scanners.sources.interface.Step`).
    """

    NAME = "name"
    PORT = "port"
    SIGN_IN = "sign_in"
    LIST = "list"
    READ = "read"
    ADDRESS = "address"  # it is malformed, or has options that cannot be meant
    UNMOUNTED = "unmounted"
    DRIVER = "driver"  # what would read it is not installed
    CHANGED = "changed"  # while it was listed
    CLUSTER = "cluster"  # workers or their scheduler are away


class ScannerError(Exception):
    """Base of every error that leaves the scanners; its message never holds scanned text."""


class SourceError(ScannerError):
    """A source cannot be opened or listed: name it, say why and what to do next.

    The message is in English; `trouble`, `place` and `code` are what other languages tell it from.
    """

    def __init__(
        self, said: str, trouble: Trouble = Trouble.ADDRESS, *, place: str = "", code: str = ""
    ) -> None:
        super().__init__(said)
        self.trouble, self.place, self.code = trouble, place, code


class RuleError(ScannerError):
    """A detector or rule file is malformed."""


class ExtractionError(ScannerError):
    """One object cannot be read; `gap` says why in the closed vocabulary of `Reason`."""

    def __init__(self, gap: Gap) -> None:
        super().__init__(f"{gap.reason}: {gap.detail}")
        self.gap = gap
