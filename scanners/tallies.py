"""Counts per category in bounded memory."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from scanners.model import Tally

_MERGE_AT = 1 << 16


class DistinctTally:
    """Counts findings and different values of one category; eight bytes for each different value."""

    def __init__(self) -> None:
        self.count = 0
        self._recent: set[bytes] = set()
        self._known = np.empty(0, dtype=np.uint64)

    def add(self, fingerprint: bytes) -> None:
        """Count one finding by the first 64 bits of its keyed fingerprint."""
        self.extend((fingerprint,))

    def extend(self, fingerprints: Collection[bytes]) -> None:
        """Count findings, each by the first 64 bits of its keyed fingerprint."""
        self.count += len(fingerprints)
        self._recent.update([each[:8] for each in fingerprints])
        if len(self._recent) >= _MERGE_AT:
            self._merge()

    def _merge(self) -> None:
        recent = np.frombuffer(b"".join(self._recent), dtype=np.uint64)
        self._known = np.union1d(self._known, recent)
        self._recent = set()

    def tally(self) -> Tally:
        """Return the counts so far."""
        self._merge()
        return Tally(self.count, len(self._known))
