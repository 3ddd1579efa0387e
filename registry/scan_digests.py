"""Keyed digests by which the memory of scans knows things again; without the key they tell nothing."""

from __future__ import annotations

import hashlib
import re

from scanners.model import Batch, Entry, Gap

_FILE_SYSTEM = re.compile(r"([0-9a-f]+):[0-9a-f]+")  # in `Entry.file_id` of files


class Digests:
    """Digests of one place, 16 bytes each: BLAKE2b (RFC 7693) under the key of its memory."""

    def __init__(self, key: bytes) -> None:
        self._keyed = hashlib.blake2b(key=key, digest_size=16)

    def of(self, kind: str, *parts: str) -> bytes:
        """Return the digest of texts; those of one kind never equal those of another."""
        message = "\0".join((kind, *(f"{len(part)}:{part}" for part in parts)))
        digest = self._keyed.copy()
        digest.update(stored(message))
        return digest.digest()

    def uri(self, uri: str) -> bytes:
        """Return by what an item is known."""
        return self.of("uri", uri)

    def access(self, item: Entry | Gap) -> bytes:
        """Return what lets people in, as far as the listing tells."""
        return self.of("access", item.access if isinstance(item, Entry) else "")

    def signature(self, item: Entry | Gap) -> bytes:
        """Return what is another when an item changed."""
        if isinstance(item, Gap):
            return self.of("gap", item.reason.value, item.detail)
        return self.of("entry", str(item.size), str(item.mtime_ns), item.file_id)

    def identity(self, item: Entry | Gap) -> bytes | None:
        """Return what stays when an entry is moved or renamed; None where nothing does."""
        if isinstance(item, Gap) or not item.file_id or item.mtime_ns == 0:
            return None
        content = item.file_id.startswith("etag:")
        return self.of("file", item.file_id, str(item.size), "" if content else str(item.mtime_ns))

    def system(self, item: Entry | Gap) -> bytes | None:
        """Return which file system an entry lies on; one for all of a source that does not tell."""
        if isinstance(item, Gap):
            return None
        told = _FILE_SYSTEM.fullmatch(item.file_id)
        return self.of("system", told[1] if told else "")

    def batch(self, batch: Batch) -> int:
        """Return the number of a batch in this very state, of 63 bits."""
        return int.from_bytes(self.of("batch", batch.state.hex())[:8]) >> 1


def stored(text: str) -> bytes:
    """Return a text as bytes, also one that is no valid Unicode."""
    return text.encode("utf-8", "surrogatepass")


def text(kept: bytes) -> str:
    """Return the text that `stored` made bytes of."""
    return kept.decode("utf-8", "surrogatepass")
