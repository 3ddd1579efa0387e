"""A detector that does what a parser may do when it meets the wrong bytes: die, hang, ask for all memory."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence

from scanners.detectors.interface import Text, TextDetector
from scanners.model import Category, Match

_MUCH = 800 << 20
_kept: list[bytearray] = []


class Deadly:
    """Obeys words of a text."""

    name = "deadly"
    version = 1
    categories: frozenset[Category] = frozenset()
    labels: frozenset[str] = frozenset()

    def detect(self, text: Text) -> Iterator[Match]:
        """Yield nothing; "DIE", "HANG", "EAT" and "KEEP" do harm; "NEED" asks for much."""
        if "DIE" in text.value:
            os.abort()
        if "HANG" in text.value:
            time.sleep(600)
        if "EAT" in text.value:
            bytes(64 << 30)
        if "KEEP" in text.value:
            _kept.append(bytearray(_MUCH))
        if "NEED" in text.value:
            bytearray(_MUCH)
        yield from ()


def detectors() -> Sequence[TextDetector]:
    """Return it alone; called in every worker."""
    return (Deadly(),)
