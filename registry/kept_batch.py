"""Results of a batch as a scan's memory keeps them: counted and written without making objects of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import pyarrow as pa

from registry import result_bytes
from registry.finding_columns import FINDINGS, OBJECTS
from registry.places import readable
from registry.result_bytes import Head
from scanners.model import Category, ObjectResult, Outcome, Reason, RunTotals, Suffix


class KeptBatch:
    """Implements `scanners.memory.Unchanged`."""

    def __init__(self, kept: Sequence[bytes]) -> None:
        """Take what was kept of each item, in order."""
        heads, self._blocks = result_bytes.opened(kept)
        self._count, self._kept = len(heads), kept
        self._columns: dict[str, Sequence[Any]] = dict(
            zip(Head._fields, zip(*heads, strict=True), strict=True)
        )

    def results(self) -> Iterator[ObjectResult]:
        """Yield them one by one."""
        for each in self._kept:
            yield from result_bytes.read(each)

    @cached_property
    def totals(self) -> RunTotals:
        """How many objects they are, and what came of them."""
        each = self._columns
        outcomes, left = Counter(each["outcome"]), Counter(zip(each["outcome"], each["reason"], strict=True))
        return RunTotals(
            listed=self._count,
            complete=outcomes[Outcome.COMPLETE],
            partial=outcomes[Outcome.PARTIAL],
            skipped=outcomes[Outcome.SKIPPED],
            failed=outcomes[Outcome.FAILED],
            bytes=sum(each["bytes"]),
            by_policy=sum(left[Outcome.SKIPPED, reason] for reason in Reason if reason.by_policy),
            allowed=sum(each["allowed"]),
            misleading=each["suffix"].count(Suffix.MISLEADING),
        )

    @cached_property
    def counts(self) -> Counter[Category]:
        """How many findings of each category they hold."""
        counts: Counter[Category] = Counter()
        for found in filter(None, self._columns["categories"]):
            for category, count, _ in found:
                counts[Category(category)] += count
        return counts

    def objects(self, run: Mapping[str, object]) -> pa.Table:
        """Return their rows as `OBJECTS` has them, with what a whole run shares."""
        each = self._columns
        low, high = zip(*each["persons"], strict=True)
        columns: dict[str, Sequence[Any]] = {
            **{name: each[name] for name in OBJECTS.names if name in each},
            "object_id": each["id"],
            "shown": [readable(shown) for shown in each["shown"]],
            "categories": _structs(each["categories"]),
            "persons_low": low,
            "persons_high": high,
            "columns": _structs(each["columns"]),
        }
        columns |= {name: [value] * self._count for name, value in run.items()}
        return pa.table({name: columns[name] for name in OBJECTS.names}, OBJECTS)

    def findings(self) -> pa.Table:
        """Return all their findings."""
        return pa.Table.from_batches(self._blocks, FINDINGS)


def _structs(column: Sequence[Sequence[Sequence[object]]]) -> list[list[tuple[object, ...]]]:
    """Return lists of structs as Arrow takes them; most are empty."""
    return [[tuple(each) for each in found] if found else [] for found in column]
