"""Errors of the scanners.

ScannerError
├── SourceError        a source cannot be opened or listed at all
├── RuleError          a detector, label list or custom rule is malformed
└── ExtractionError    one object cannot be read; carries the `Gap` it becomes
"""

from scanners.model import Gap


class ScannerError(Exception):
    """Base of every error that leaves the scanners; its message never holds scanned text."""


class SourceError(ScannerError):
    """A source cannot be opened or listed: name it, say why and what to do next."""


class RuleError(ScannerError):
    """A detector or rule file is malformed."""


class ExtractionError(ScannerError):
    """One object cannot be read; `gap` says why in the closed vocabulary of `Reason`."""

    def __init__(self, gap: Gap) -> None:
        super().__init__(f"{gap.reason}: {gap.detail}")
        self.gap = gap
