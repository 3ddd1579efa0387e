"""Results that are sealed for headquarters come back as they were, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from registry.collected import rows
from registry.collected.errors import CollectedError, Fault
from registry.collected.results import open_results, seal_results
from scanners.model import ObjectResult
from tests.collected.samples import result

PRIVATE = X25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()


def same(one: ObjectResult, other: ObjectResult) -> bool:
    """Tell whether two results say the same."""
    if (one.findings is None) != (other.findings is None):
        return False
    alike = one.findings is None or one.findings.equals(other.findings)
    return alike and replace(one, findings=None) == replace(other, findings=None)


def test_sealed_results_come_back_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Objects keep every field and all their findings, also when those fill many chunks."""
    monkeypatch.setattr(rows, "FINDINGS_AT_ONCE", 50)
    monkeypatch.setattr(rows, "OBJECTS_AT_ONCE", 4)
    given = [result(number, found) for number, found in enumerate([0, 3, 49, 173, 0, 0, 0, 50, 51, 1, 0])]
    opened = open_results(bytes(range(32)), seal_results(PUBLIC, given))
    assert len(opened) == len(given)
    assert all(same(one, other) for one, other in zip(given, opened, strict=True))


def test_no_results_are_results_too() -> None:
    """A task without objects comes back empty."""
    assert open_results(bytes(range(32)), seal_results(PUBLIC, [])) == []


def test_sealed_results_tell_nothing_and_open_for_headquarters_alone() -> None:
    """Neither addresses nor masks stand in the bytes, and another private key is refused by name."""
    sealed = seal_results(PUBLIC, [result(1, 2)])
    for telling in (b"srv/share", "人事部".encode(), b"phone", b"yamada", bytes(range(32))):
        assert telling not in sealed
    with pytest.raises(CollectedError) as refused:
        open_results(bytes(32), sealed)
    assert refused.value.fault is Fault.ELSEWHERE
    assert seal_results(PUBLIC, [result(1, 2)]) != sealed


def test_a_changed_byte_or_another_length_is_refused() -> None:
    """Every byte counts, and none may be missing or too many."""
    sealed = seal_results(PUBLIC, [result(1, 2)])
    for at in range(len(sealed)):
        with pytest.raises(CollectedError):
            open_results(bytes(range(32)), sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])
        with pytest.raises(CollectedError):
            open_results(bytes(range(32)), sealed[:at])
    with pytest.raises(CollectedError):
        open_results(bytes(range(32)), sealed + b"\0")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", "../../etc"),
        ("outcome", "fine"),
        ("reason", "because"),
        ("bytes", -1),
        ("uri", "x" * 70_000),
        ("uri", None),
        ("share", float("nan")),
        ("categories", [{"category": "SHOE_SIZE", "count": 1, "distinct": 1}]),
        ("categories", [{"category": "PHONE", "count": None, "distinct": 1}]),
        ("readers", [None]),
    ],
)
def test_a_row_that_no_scan_writes_is_refused(column: str, value: object) -> None:
    """Whoever holds a key can seal anything: every cell is checked."""
    written: list[tuple[bytes, bytes]] = []
    batch = rows.Batches(lambda kind, payload: written.append((kind, payload)))
    batch._objects.append({**rows._row(result(1)), column: value})
    batch.flush()
    with pytest.raises(CollectedError) as refused:
        list(rows.batches(written))
    assert refused.value.fault is Fault.MALFORMED


def test_findings_of_objects_that_are_not_there_are_refused() -> None:
    """No finding is filed under an object that another chunk, or nobody, described."""
    written: list[tuple[bytes, bytes]] = []
    batch = rows.Batches(lambda kind, payload: written.append((kind, payload)))
    batch.add(replace(result(1, 3), id=result(2).id))
    batch.flush()
    for chunks in (
        written,
        [(rows.MORE, written[0][1])],
        [(b"?", b"")],
        [(rows.BATCH, b"\0\0\0\x05nonsense")],
    ):
        with pytest.raises(CollectedError) as refused:
            list(rows.batches(chunks))
        assert refused.value.fault is Fault.MALFORMED


def test_arrow_bytes_of_another_shape_are_refused() -> None:
    """A stream of another schema, or one cut anywhere, is no batch."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, pa.schema([("id", pa.int64())])) as writer:
        writer.write_table(pa.table({"id": [1]}))
    other = bytes(sink.getvalue())
    written: list[bytes] = []
    batch = rows.Batches(lambda _kind, payload: written.append(payload))
    batch.add(result(1, 1))
    batch.flush()
    for payload in (len(other).to_bytes(4, "big") + other, *(written[0][:at] for at in range(0, 2_000, 97))):
        with pytest.raises(CollectedError) as refused:
            list(rows.batches([(rows.BATCH, payload)]))
        assert refused.value.fault is Fault.MALFORMED
