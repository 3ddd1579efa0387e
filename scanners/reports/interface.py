"""What every report offers."""

from __future__ import annotations

from typing import Protocol

from scanners.model import ObjectResult, RunTotals


class Report(Protocol):
    """Writes the results of a scan as they arrive; holds masks and fingerprints, never a value."""

    def object(self, result: ObjectResult) -> None:
        """Take one object's result."""
        ...

    def finish(self, totals: RunTotals) -> None:
        """Take the totals of the whole scan, after the last object."""
        ...
