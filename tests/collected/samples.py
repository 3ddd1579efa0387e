"""Results of scans, made up."""

from __future__ import annotations

import hashlib

import pyarrow as pa

from registry.finding_columns import FINDINGS
from scanners.model import (
    Category,
    ColumnType,
    Exposure,
    ObjectResult,
    Outcome,
    PersonBounds,
    Reason,
    Suffix,
    Tally,
)


def findings(object_id: str, count: int) -> pa.Table:
    """Return so many findings of one object."""
    return pa.Table.from_pylist(
        [
            {
                "object_id": object_id,
                "location": f"A{number}",
                "start": None,
                "end": None,
                "category": "PHONE",
                "score": 0.9,
                "masked": "09*-****-**78",
                "fingerprint": hashlib.sha256(b"%d" % number).digest()[:16],
                "rule": "phone.mobile/1",
                "why": "pattern",
            }
            for number in range(count)
        ],
        FINDINGS,
    )


def result(number: int, found: int = 0) -> ObjectResult:
    """Return the result of one object with so many findings; every field holds something."""
    object_id = hashlib.sha256(b"object %d" % number).hexdigest()[:32]
    return ObjectResult(
        id=object_id,
        uri=f"file:///srv/share/%E5%90%8D{number}.csv",
        shown=f"file:///srv/share/%E5%90%8D{number}.csv",
        kind="csv",
        outcome=Outcome.PARTIAL if number % 2 else Outcome.COMPLETE,
        reason=Reason.SAMPLED if number % 2 else None,
        detail="1 of 2 pages" if number % 2 else "",
        bytes=number * 10,
        mtime_ns=-5 if number == 3 else 1_700_000_000_000_000_000,
        owner="yamada",
        exposure=Exposure.ALL_STAFF,
        categories={Category.PHONE: Tally(found, found)} if found else {},
        persons=PersonBounds(0, found),
        columns=(ColumnType("", 2, "電話", Category.PHONE, 0.5),) if found else (),
        findings=findings(object_id, found) if found else None,
        allowed=number % 3,
        share=0.5 if number % 2 else None,
        suffix=Suffix.MISLEADING if number % 5 == 0 else Suffix.FINE,
        readers=("人事部", "domain users"),
    )
