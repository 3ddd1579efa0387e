"""Results of a scan as chunks: a batch of objects with their findings, then more findings of its last one.

Objects and findings are Arrow IPC streams without compression or dictionaries. What is read back is checked
in every cell before it is believed: the writer may be a stolen kit, so that a signature alone proves no form.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from registry.collected.errors import CollectedError, Fault
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

BATCH, MORE = b"B", b"M"
OBJECTS_AT_ONCE = 1_000
FINDINGS_AT_ONCE = 20_000
_TEXT_AT_MOST = 65_536
_WORD_AT_MOST = 1_000
_LIST_AT_MOST = 100_000
_NUMBER_AT_MOST = 1 << 62
_OBJECT_ID = re.compile(r"[0-9a-f]{32}")
_TALLY = pa.struct([("category", pa.string()), ("count", pa.int64()), ("distinct", pa.int64())])
_COLUMN = pa.struct(
    [
        ("table", pa.string()),
        ("index", pa.int64()),
        ("name", pa.string()),
        ("category", pa.string()),
        ("share", pa.float64()),
    ]
)
RESULTS = pa.schema(
    [
        ("id", pa.string()),
        ("uri", pa.string()),
        ("shown", pa.string()),
        ("kind", pa.string()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("detail", pa.string()),
        ("bytes", pa.int64()),
        ("mtime_ns", pa.int64()),
        ("owner", pa.string()),
        ("exposure", pa.string()),
        ("categories", pa.list_(_TALLY)),
        ("low", pa.int64()),
        ("high", pa.int64()),
        ("columns", pa.list_(_COLUMN)),
        ("allowed", pa.int64()),
        ("share", pa.float64()),
        ("suffix", pa.string()),
        ("readers", pa.list_(pa.string())),
    ]
)
"""`ObjectResult` without its findings, cell by cell."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Objects without their findings, and findings: of these objects, or more of the last one before."""

    objects: tuple[ObjectResult, ...]
    findings: pa.Table


class Batches:
    """Takes results as they arrive and writes them as chunks; memory stays bounded by one batch."""

    def __init__(self, write: Callable[[bytes, bytes], None]) -> None:
        self._write = write
        self._objects: list[dict[str, object]] = []
        self._findings: list[pa.Table] = []
        self._held = 0
        self.objects = self.findings = 0

    def add(self, result: ObjectResult) -> None:
        """Take one object and its findings."""
        found = FINDINGS.empty_table() if result.findings is None else result.findings
        if self._held and self._held + found.num_rows > FINDINGS_AT_ONCE:
            self.flush()
        self._objects.append(_row(result))
        self.objects += 1
        self.findings += found.num_rows
        for start in range(0, found.num_rows, FINDINGS_AT_ONCE):
            piece = found.slice(start, FINDINGS_AT_ONCE).select(FINDINGS.names).cast(FINDINGS)
            self._findings.append(piece)
            self._held += piece.num_rows
            if found.num_rows > FINDINGS_AT_ONCE:
                self.flush()  # more of them follow as such, and no other object among them
        if len(self._objects) >= OBJECTS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if not self._objects and not self._held:
            return
        found = pa.concat_tables(self._findings) if self._findings else FINDINGS.empty_table()
        if self._objects:
            objects = _ipc(pa.Table.from_pylist(self._objects, RESULTS))
            self._write(BATCH, len(objects).to_bytes(4, "big") + objects + _ipc(found))
        else:
            self._write(MORE, _ipc(found))
        self._objects.clear()
        self._findings.clear()
        self._held = 0


def batches(chunks: Iterable[tuple[bytes, bytes]]) -> Iterator[Batch]:
    """Yield the batches of chunks; CollectedError `malformed` at the first that is none."""
    last = ""
    for kind, payload in chunks:
        if kind == BATCH:
            size = int.from_bytes(payload[:4], "big")
            objects = tuple(map(_result, _table(payload[4 : 4 + size], RESULTS).to_pylist()))
            findings = _table(payload[4 + size :], FINDINGS)
            if not objects:
                raise CollectedError(Fault.MALFORMED)
            _check_findings(findings, [each.id for each in objects])
            last = objects[-1].id
        elif kind == MORE and last:
            objects, findings = (), _table(payload, FINDINGS)
            _check_findings(findings, [last])
        else:
            raise CollectedError(Fault.MALFORMED)
        yield Batch(objects, findings)


def whole(parts: Iterable[Batch]) -> Iterator[ObjectResult]:
    """Yield every object with all of its findings, in the order in which they were written."""
    waiting: ObjectResult | None = None
    held: list[pa.Table] = []
    for part in parts:
        if part.objects and waiting is not None:
            yield _with(waiting, held)
            waiting, held = None, []
        for each in part.objects[:-1]:
            yield _with(each, [_of(part.findings, each.id)])
        if part.objects:
            waiting = part.objects[-1]
        if waiting is not None:
            held.append(_of(part.findings, waiting.id))
    if waiting is not None:
        yield _with(waiting, held)


def _with(result: ObjectResult, found: Sequence[pa.Table]) -> ObjectResult:
    table = pa.concat_tables(found)
    return replace(result, findings=table) if table.num_rows else result


def _of(findings: pa.Table, object_id: str) -> pa.Table:
    return findings.filter(pc.equal(findings["object_id"], object_id))


def _row(result: ObjectResult) -> dict[str, object]:
    return {
        "id": result.id,
        "uri": result.uri,
        "shown": result.shown,
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
        "low": result.persons.low,
        "high": result.persons.high,
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
        "allowed": result.allowed,
        "share": result.share,
        "suffix": result.suffix.value,
        "readers": list(result.readers),
    }


def _result(row: Mapping[str, Any]) -> ObjectResult:
    """Return what a row says, every cell checked."""
    try:
        return ObjectResult(
            id=_id(row["id"]),
            uri=_text(row["uri"]),
            shown=_text(row["shown"]),
            kind=_text(row["kind"], _WORD_AT_MOST),
            outcome=Outcome(row["outcome"]),
            reason=None if row["reason"] is None else Reason(row["reason"]),
            detail=_text(row["detail"]),
            bytes=_count(row["bytes"]),
            mtime_ns=_number(row["mtime_ns"]),
            owner=_text(row["owner"], _WORD_AT_MOST),
            exposure=Exposure(row["exposure"]),
            categories={
                Category(each["category"]): Tally(_count(each["count"]), _count(each["distinct"]))
                for each in _list(row["categories"])
            },
            persons=PersonBounds(_count(row["low"]), _count(row["high"])),
            columns=tuple(
                ColumnType(
                    _text(each["table"]),
                    _count(each["index"]),
                    _text(each["name"]),
                    Category(each["category"]),
                    _share(each["share"]),
                )
                for each in _list(row["columns"])
            ),
            allowed=_count(row["allowed"]),
            share=None if row["share"] is None else _share(row["share"]),
            suffix=Suffix(row["suffix"]),
            readers=tuple(_text(each, _WORD_AT_MOST) for each in _list(row["readers"])),
        )
    except (ValueError, TypeError, KeyError):
        raise CollectedError(Fault.MALFORMED) from None


def _text(value: object, at_most: int = _TEXT_AT_MOST) -> str:
    if not isinstance(value, str) or len(value) > at_most:
        raise ValueError
    return value


def _id(value: object) -> str:
    if not isinstance(value, str) or not _OBJECT_ID.fullmatch(value):
        raise ValueError
    return value


def _number(value: object) -> int:
    if type(value) is not int or abs(value) > _NUMBER_AT_MOST:
        raise ValueError
    return value


def _count(value: object) -> int:
    if (number := _number(value)) < 0:
        raise ValueError
    return number


def _share(value: object) -> float:
    if not isinstance(value, float) or not (math.isfinite(value) and 0 <= value <= 1):
        raise ValueError
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > _LIST_AT_MOST:
        raise ValueError
    return value


def _check_findings(table: pa.Table, ids: Sequence[str]) -> None:
    """Refuse findings of other objects, of unknown categories, and cells beyond their bounds."""
    if not table.num_rows:
        return
    required = [name for name in FINDINGS.names if name not in ("start", "end")]
    known = pa.array([category.value for category in Category], pa.string())
    longest = max(
        pc.max(pc.binary_length(table[name])).as_py() or 0 for name in ("location", "masked", "rule", "why")
    )
    score = pc.min_max(table["score"]).as_py()
    if (
        any(table[name].null_count for name in required)
        or longest > _TEXT_AT_MOST
        or not pc.all(pc.is_in(table["object_id"], pa.array(ids, pa.string()))).as_py()
        or not pc.all(pc.is_in(table["category"], known)).as_py()
        or not pc.all(pc.is_finite(table["score"])).as_py()
        or not 0 <= score["min"] <= score["max"] <= 1
    ):
        raise CollectedError(Fault.MALFORMED)


def _ipc(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _table(data: bytes, schema: pa.Schema) -> pa.Table:
    """Read an Arrow stream of exactly this schema; every offset and every text is validated."""
    try:
        with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
            if not reader.schema.equals(schema, check_metadata=True):
                raise CollectedError(Fault.MALFORMED)
            table = reader.read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError):
        raise CollectedError(Fault.MALFORMED) from None
    return table
