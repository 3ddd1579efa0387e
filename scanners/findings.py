"""Findings of one object as Arrow rows: masks and keyed fingerprints, never a value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from scanners.model import Category, Evidence, Match

SCHEMA = pa.schema(
    [
        ("object_id", pa.dictionary(pa.int32(), pa.string())),
        ("location", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("category", pa.dictionary(pa.int32(), pa.string())),
        ("score", pa.float32()),
        ("masked", pa.string()),
        ("fingerprint", pa.binary(16)),
        ("rule", pa.dictionary(pa.int32(), pa.string())),
        ("why", pa.string()),
    ]
)
"""One row per finding; `start` and `end` are null unless the kind is plain text."""

FLUSH_ROWS = 8192
Row = tuple[str, int | None, int | None, Category, float, str, bytes, str, tuple[Evidence, ...]]
"""A finding as `SCHEMA` has it, without the object and with the evidence itself."""


@lru_cache(maxsize=4096)
def why(evidence: tuple[Evidence, ...]) -> str:
    """Return the evidence as codes: "label=電話番号;numbering_plan=mobile;pattern"."""
    return ";".join(f"{term.kind}={term.detail}" if term.detail else str(term.kind) for term in evidence)


class FindingRows:
    """Collects the findings of one object in Arrow blocks, so that a million of them stay small."""

    def __init__(self, object_id: str, flush_rows: int = FLUSH_ROWS) -> None:
        self._object_id = object_id
        self._flush_rows = flush_rows
        self._pending: list[Row] = []
        self._batches: list[pa.RecordBatch] = []
        self._told = 0

    def add(
        self, match: Match, location: str, span: tuple[int, int] | None, masked: str, fingerprint: bytes
    ) -> None:
        """Add one finding; `span` is in code points of the whole decoded file, None for other kinds."""
        start, end = span or (None, None)
        _, _, category, score, rule, evidence = match
        self.extend([(location, start, end, category, score, masked, fingerprint, rule, evidence)])

    def extend(self, rows: Iterable[Row]) -> None:
        """Add findings in order."""
        self._pending.extend(rows)
        if len(self._pending) >= self._flush_rows:
            self._flush()

    def _flush(self) -> None:
        columns: list[Sequence[Any]] = list(zip(*self._pending, strict=True))
        columns[-1] = [why(evidence) for evidence in columns[-1]]
        same = pa.DictionaryArray.from_arrays(
            pa.array(np.zeros(len(self._pending), np.int32)), pa.array([self._object_id])
        )
        rest = zip(columns, list(SCHEMA)[1:], strict=True)
        arrays = [same, *(pa.array(values, type=field.type) for values, field in rest)]
        self._batches.append(pa.RecordBatch.from_arrays(arrays, schema=SCHEMA))
        self._pending = []

    def new(self) -> list[pa.RecordBatch]:
        """Return what was added since `told` was called, to keep it for `again`."""
        if self._pending:
            self._flush()
        return self._batches[self._told :]

    def told(self) -> None:
        """Note that what `new` returned is kept."""
        self._told = len(self._batches)

    def again(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Hold what `new` returned earlier, and nothing else."""
        self._pending, self._batches = [], list(batches)
        self._told = len(self._batches)

    def table(self) -> pa.Table | None:
        """Return all rows as one table of `SCHEMA`, or None when there are none."""
        if self._pending:
            self._flush()
        if not self._batches:
            return None
        return pa.Table.from_batches(self._batches, schema=SCHEMA).unify_dictionaries()
