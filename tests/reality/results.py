"""Makes results as a scan would hand them over; all values are synthetic."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

import pyarrow as pa

from scanners.model import Category, Exposure, ObjectResult, Outcome, PersonBounds, Reason, Tally

JANUARY = 1_767_225_600_000_000_000  # 2026-01-01 UTC in nanoseconds


def object_id(uri: str) -> str:
    """Return an id of the shape that scans give."""
    return hashlib.sha256(uri.encode()).hexdigest()[:32]


def fingerprint(category: Category, value: object) -> bytes:
    """Return a fingerprint of the shape that scans give."""
    return hashlib.sha256(f"{category}|{value}".encode()).digest()[:16]


def findings(key: str, values: Mapping[Category, Sequence[object]], *, is_table: bool = False) -> pa.Table:
    """Return findings of one object, a table with a column per category, as scans deliver them."""
    rows = [(category, value) for category, each in values.items() for value in each]
    cells = [
        f"{category.value.lower()}[{row}]" if is_table else f"名簿!{chr(65 + column)}{row}"
        for column, (category, each) in enumerate(values.items())
        for row, _ in enumerate(each, 2)
    ]
    count = len(rows)
    return pa.table(
        {
            "object_id": pa.array([key] * count, pa.string()).dictionary_encode(),
            "location": cells,
            "start": pa.array(range(count), pa.int64()),
            "end": pa.array(range(1, count + 1), pa.int64()),
            "category": pa.array([category.value for category, _ in rows]).dictionary_encode(),
            "score": pa.array([0.5 + number % 50 / 100 for number in range(count)], pa.float32()),
            "masked": [f"{category.value[:1]}●●{number}" for number, (category, _) in enumerate(rows)],
            "fingerprint": pa.array([fingerprint(*row) for row in rows], pa.binary(16)),
            "rule": pa.array(
                [f"{category.value.lower()}.test/1" for category, _ in rows]
            ).dictionary_encode(),
            "why": ["label=氏名;pattern"] * count,
        }
    )


def result(
    path: str,
    values: Mapping[Category, Iterable[object]] | None = None,
    *,
    persons: int = 0,
    exposure: Exposure = Exposure.OWNER,
    shown: str = "",
    kind: str = "csv",
    outcome: Outcome = Outcome.COMPLETE,
    reason: Reason | None = None,
) -> ObjectResult:
    """Return one object below a path with the values that stand in it."""
    uri = "file://" + quote(path, safe="/!")
    key = object_id(uri)
    held = {category: list(each) for category, each in (values or {}).items()}
    return ObjectResult(
        id=key,
        uri=uri,
        shown=shown or uri,
        kind=kind,
        outcome=outcome,
        reason=reason,
        detail="",
        bytes=1000,
        mtime_ns=JANUARY,
        owner="sato",
        exposure=exposure,
        categories={category: Tally(len(each), len(set(each))) for category, each in held.items()},
        persons=PersonBounds(persons, persons + 5 if persons else 0),
        columns=(),
        findings=findings(key, held, is_table=kind == "table") if held else None,
    )
