"""Results sealed for headquarters, in memory: what a worker elsewhere hands back and cannot read itself.

The bytes tell nothing of who made them: the connection that they come over must.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from registry.collected.errors import CollectedError, Fault
from registry.collected.rows import Batches, batches, whole
from registry.collected.sealing import SealedWriter, key_id, open_chunks, read_head
from scanners.model import ObjectResult

MAGIC = b"DAICHO-RESULTS\x00\x01"
_END = b"E"


def seal_results(public_key: bytes, results: Iterable[ObjectResult]) -> bytes:
    """Return results that only the holder of the private key can read; 32 bytes X25519 (RFC 7748).

    Raises CollectedError `too_large` for an object whose description alone is beyond a chunk.
    """
    public = X25519PublicKey.from_public_bytes(public_key)
    sink = io.BytesIO()
    writer = SealedWriter(sink, public, magic=MAGIC, head={"key": key_id(public)})
    rows = Batches(writer.chunk)
    for result in results:
        rows.add(result)
    rows.flush()
    writer.finish(_END, b"")
    return sink.getvalue()


def open_results(private_key: bytes, sealed: bytes) -> list[ObjectResult]:
    """Return sealed results with their findings, in order; CollectedError for other or changed bytes."""
    private = X25519PrivateKey.from_private_bytes(private_key)
    stream = io.BytesIO(sealed)
    head, opening = read_head(stream, MAGIC)
    if head.get("key") != key_id(private.public_key()):
        raise CollectedError(Fault.ELSEWHERE)
    chunks = list(open_chunks(stream, private, opening))
    if stream.read(1) or not chunks or chunks[-1] != (_END, b""):
        raise CollectedError(Fault.CHANGED)
    return list(whole(batches(chunks[:-1])))
