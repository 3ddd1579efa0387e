"""JSON lines: one for each object, and on demand one for each finding; keys and order are a contract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TextIO

from scanners.model import ObjectResult, RunTotals

Line = dict[str, object]
_BATCH_ROWS = 4096
FINDING_KEYS = (
    "uri",
    "location",
    "start",
    "end",
    "category",
    "score",
    "masked",
    "fingerprint",
    "rule",
    "why",
)


def object_line(result: ObjectResult) -> Line:
    """Return an object as its line says it; `uri` is masked where the location itself holds personal data."""
    return {
        "uri": result.shown,
        "kind": result.kind,
        "outcome": result.outcome.value,
        "reason": result.reason.value if result.reason else None,
        "detail": result.detail,
        "bytes": result.bytes,
        "categories": {
            category.value: {"count": tally.count, "distinct": tally.distinct}
            for category, tally in result.categories.items()
        },
        "persons": {"low": result.persons.low, "high": result.persons.high},
        "columns": [
            {
                "index": column.index,
                "name": column.name,
                "category": column.category.value,
                "share": round(column.share, 4),
                "table": column.table,
            }
            for column in result.columns
        ],
    }


def finding_lines(result: ObjectResult) -> Iterator[Line]:
    """Yield an object's findings as their lines say them."""
    if result.findings is None:
        return
    for batch in result.findings.to_batches(max_chunksize=_BATCH_ROWS):
        for row in batch.to_pylist():
            row |= {
                "uri": result.shown,
                "fingerprint": row["fingerprint"].hex(),
                "score": round(row["score"], 4),
            }
            yield {key: row[key] for key in FINDING_KEYS}


class JsonLines:
    """Writes the contract lines."""

    def __init__(self, out: TextIO, *, findings: bool) -> None:
        self._out = out
        self._findings = findings

    def object(self, result: ObjectResult) -> None:
        """Write the object's line and then those of its findings."""
        self._write(object_line(result))
        if self._findings:
            for line in finding_lines(result):
                self._write(line)

    def finish(self, totals: RunTotals) -> None:  # noqa: ARG002  the protocol's
        """Write out what is buffered; totals follow from the lines."""
        self._out.flush()

    def _write(self, line: Line) -> None:
        self._out.write(json.dumps(line, ensure_ascii=False) + "\n")
