"""Comma-separated text for spreadsheets: a line for each object, or with findings one for each finding."""

from __future__ import annotations

import csv
from typing import TextIO

from scanners.model import Category, ObjectResult, RunTotals
from scanners.reports.cells import harmless
from scanners.reports.jsonl import FINDING_KEYS, finding_lines

_OBJECT_KEYS = ("uri", "kind", "outcome", "reason", "bytes", "persons_low", "persons_high")
_LATER_KEYS = ("detail", "share", "suffix")


def _cell(value: object) -> object:
    """Return a cell that no spreadsheet calculates; numbers stay numbers."""
    return harmless(value) if isinstance(value, str) else value


class Csv:
    """Writes a header and then lines; RFC 4180 with line feeds of its own dialect."""

    def __init__(self, out: TextIO, *, findings: bool) -> None:
        self._out = out
        self._findings = findings
        self._writer = csv.writer(out)
        counted = (*_OBJECT_KEYS, *(category.value for category in Category), *_LATER_KEYS)
        columns = FINDING_KEYS if findings else counted
        self._writer.writerow(columns)

    def object(self, result: ObjectResult) -> None:
        """Write the object, or its findings."""
        if self._findings:
            for line in finding_lines(result):
                self._writer.writerow([_cell(value) for value in line.values()])
            return
        counts = [result.categories[each].count if each in result.categories else 0 for each in Category]
        facts = (
            result.shown,
            result.kind,
            result.outcome.value,
            result.reason.value if result.reason else "",
            result.bytes,
            result.persons.low,
            result.persons.high,
        )
        share = "" if result.share is None else round(result.share, 4)
        later = (result.detail, share, result.suffix.value)
        self._writer.writerow([_cell(value) for value in (*facts, *counts, *later)])

    def finish(self, totals: RunTotals) -> None:  # noqa: ARG002  the protocol's
        """Write out what is buffered."""
        self._out.flush()
