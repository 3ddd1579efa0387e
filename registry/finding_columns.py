"""The columns of the files of a run: its objects and its findings, as Parquet keeps them."""

from __future__ import annotations

import pyarrow as pa

from registry.places import readable
from scanners.model import ObjectResult

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
        ("share", pa.float64()),  # of what is in it that was examined; null: nobody can tell
        ("suffix", pa.string()),  # what its name's suffix says beside its kind; null: not compared yet
        ("readers", pa.list_(pa.string())),  # who may read it, as its system names them; null: not asked yet
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


def object_row(result: ObjectResult) -> dict[str, object]:
    """Return the row of an object without the columns that a whole run shares."""
    return {
        "object_id": result.id,
        "uri": result.uri,
        "shown": readable(result.shown),
        "kind": result.kind,
        "outcome": result.outcome.value,
        "reason": None if result.reason is None else result.reason.value,
        "detail": result.detail,
        "bytes": result.bytes,
        "mtime_ns": result.mtime_ns,
        "owner": result.owner,
        "exposure": result.exposure.value,
        "categories": [
            {"category": category.value, "count": tally.count, "distinct": tally.distinct}
            for category, tally in result.categories.items()
        ],
        "persons_low": result.persons.low,
        "persons_high": result.persons.high,
        "columns": [
            {
                "table": column.table,
                "index": column.index,
                "name": column.name,
                "category": column.category.value,
                "share": column.share,
            }
            for column in result.columns
        ],
        "share": result.share,
        "suffix": result.suffix.value,
        "readers": list(result.readers),
    }
