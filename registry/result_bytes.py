"""Results of one entry and its members as bytes: small for the many that hold nothing, fast to read again."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from typing import NamedTuple

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

_SIZE = struct.Struct("<I")
_CODEC = pa.Codec("zstd", compression_level=1)


def written(results: Sequence[ObjectResult]) -> bytes:
    """Return results as bytes: a head of JSON, then the findings of each as an Arrow record batch."""
    heads, blocks = [], []
    for result in results:
        block, whole = _findings(result)
        blocks.append(block)
        heads.append(_head(result, whole, len(block)))
    head = json.dumps(heads, separators=(",", ":")).encode("ascii")
    return _SIZE.pack(len(head)) + head + b"".join(blocks)


def read(stored: bytes) -> tuple[ObjectResult, ...]:
    """Return the results that `written` made bytes of."""
    heads, blocks = opened([stored])
    found = iter(blocks)
    return tuple(
        _result(head, pa.Table.from_batches([next(found)]) if head.length else None) for head in heads
    )


def opened(stored: Sequence[bytes]) -> tuple[list[Head], list[pa.RecordBatch]]:
    """Return the heads of results that were written in parts, and the findings of those that have any.

    Both are in order. The heads of all parts are read at once: most are small.
    """
    starts = [_SIZE.size + _SIZE.unpack_from(part)[0] for part in stored]
    lists = (part[_SIZE.size + 1 : start - 1] for part, start in zip(stored, starts, strict=True))
    heads = list(map(Head._make, json.loads(f"[{b','.join(filter(None, lists)).decode('ascii')}]")))
    body = b"".join(part[start:] for part, start in zip(stored, starts, strict=True))
    blocks, at = [], 0
    for head in heads:
        if head.length:
            plain = _CODEC.decompress(body[at : at + head.length], head.whole)
            blocks.append(pa.ipc.read_record_batch(plain, FINDINGS))
            at += head.length
    return heads, blocks


def _findings(result: ObjectResult) -> tuple[bytes, int]:
    if result.findings is None or not result.findings.num_rows:
        return b"", 0
    table = result.findings.select(FINDINGS.names).cast(FINDINGS).combine_chunks()
    plain = table.to_batches()[0].serialize()
    return _CODEC.compress(plain, asbytes=True), plain.size


class Head(NamedTuple):
    """All of a result but its findings, as JSON keeps it."""

    id: str
    uri: str
    shown: str
    kind: str
    outcome: str
    reason: str | None
    detail: str
    bytes: int
    mtime_ns: int
    owner: str
    exposure: str
    categories: list[tuple[str, int, int]]  # category, count, distinct
    persons: tuple[int, int]
    columns: list[tuple[str, int, str, str, float]]
    allowed: int
    share: float | None
    suffix: str
    readers: list[str]
    whole: int  # bytes of its findings
    length: int  # of its findings as they are kept


def _head(result: ObjectResult, whole: int, length: int) -> Head:
    return Head(
        result.id,
        result.uri,
        result.shown,
        result.kind,
        result.outcome.value,
        result.reason.value if result.reason else None,
        result.detail,
        result.bytes,
        result.mtime_ns,
        result.owner,
        result.exposure.value,
        [(category.value, tally.count, tally.distinct) for category, tally in result.categories.items()],
        (result.persons.low, result.persons.high),
        [(each.table, each.index, each.name, each.category.value, each.share) for each in result.columns],
        result.allowed,
        result.share,
        result.suffix.value,
        list(result.readers),
        whole,
        length,
    )


def _result(head: Head, findings: pa.Table | None) -> ObjectResult:
    return ObjectResult(
        head.id,
        head.uri,
        head.shown,
        head.kind,
        Outcome(head.outcome),
        Reason(head.reason) if head.reason is not None else None,
        head.detail,
        head.bytes,
        head.mtime_ns,
        head.owner,
        Exposure(head.exposure),
        {Category(name): Tally(count, distinct) for name, count, distinct in head.categories},
        PersonBounds(*head.persons),
        tuple(
            ColumnType(table, index, name, Category(category), part)
            for table, index, name, category, part in head.columns
        ),
        findings,
        head.allowed,
        head.share,
        Suffix(head.suffix),
        tuple(head.readers),
    )
