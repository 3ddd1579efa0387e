"""The columns of the files of a run: its objects and its findings, as Parquet keeps them."""

from __future__ import annotations

import pyarrow as pa

_TALLY = pa.struct([("category", pa.string()), ("count", pa.int64()), ("distinct", pa.int64())])
_COLUMN = pa.struct(
    [
        ("table", pa.string()),
        ("index", pa.int32()),
        ("name", pa.string()),
        ("category", pa.string()),
        ("share", pa.float64()),
    ]
)
OBJECTS = pa.schema(
    [
        ("object_id", pa.string()),
        ("run_id", pa.string()),
        ("unit_id", pa.int64()),
        ("source_id", pa.int64()),
        ("uri", pa.string()),  # the true location: may hold personal data, never shown
        ("shown", pa.string()),  # masked, and decoded, so that people can read it and search in it
        ("kind", pa.string()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("bytes", pa.int64()),
        ("mtime_ns", pa.int64()),
        ("owner", pa.string()),
        ("exposure", pa.string()),
        ("categories", pa.list_(_TALLY)),
        ("persons_low", pa.int64()),
        ("persons_high", pa.int64()),
        ("columns", pa.list_(_COLUMN)),
    ]
)
FINDINGS = pa.schema(
    [
        ("object_id", pa.string()),
        ("location", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("category", pa.string()),
        ("score", pa.float32()),
        ("masked", pa.string()),
        ("fingerprint", pa.binary(16)),
        ("rule", pa.string()),
        ("why", pa.string()),
    ]
)
"""The scanners' columns as plain strings: Parquet has dictionaries of its own, and files join freely."""
