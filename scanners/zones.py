"""Where the values stand that a label word may govern."""

import re
from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

LABEL_REACH = 80  # characters: the farthest that a label on the same line may stand from its value
LIST_REACH = 1 << 20  # characters: the longest list or table below one heading

_DIGIT = re.compile("[0-9]")
_BLANK_LINE = re.compile("\n[ \t]*(?=\n)")
_NEAR = 256  # zones closer than this are scanned as one


class Extent:
    """Says how far labels of one text reach; blank lines are looked up once."""

    def __init__(self, value: str) -> None:
        self._value = value
        self._blanks: list[int] | None = None

    def of(self, end: int) -> int:
        """Return the end of what a label ending at `end` governs: its line, or the list or table it heads."""
        value = self._value
        line_end = value.find("\n", end, end + LABEL_REACH)
        if line_end < 0:
            line_end = min(len(value), end + LABEL_REACH)
        rest = value[end:line_end]
        if _DIGIT.search(rest) and not any(mark in rest for mark in "\t,|;"):
            return min(len(value), end + LABEL_REACH)
        if self._blanks is None:
            self._blanks = [blank.start() for blank in _BLANK_LINE.finditer(value)]
        place = bisect_left(self._blanks, end)
        blank_line = self._blanks[place] if place < len(self._blanks) else len(value)
        return min(len(value), max(end + LABEL_REACH, min(blank_line, end + LIST_REACH)))


class Zones:
    """Spans by detector; a value may begin in [start, end]."""

    def __init__(self) -> None:
        self._spans: dict[int, list[tuple[int, int]]] = {}

    def add(self, detector: int, start: int, end: int) -> None:
        """Add a span that a label of the detector governs."""
        self._spans.setdefault(detector, []).append((start, end))

    def merged(self, length: int) -> list[tuple[int, int]]:
        """Return the spans of all detectors as few half-open spans that lie apart, ordered."""
        merged: list[tuple[int, int]] = []
        for start, end in sorted({span for spans in self._spans.values() for span in spans}):
            until = min(length, end + 1)
            if merged and start <= merged[-1][1] + _NEAR:
                merged[-1] = (merged[-1][0], max(merged[-1][1], until))
            elif start < until:
                merged.append((start, until))
        return merged

    def governed(self, detectors: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Say for hits of `detectors` at `places` whether a span of their detector holds them."""
        kept = np.zeros(len(places), dtype=np.bool_)
        for detector, spans in self._spans.items():
            own = detectors == detector
            if own.any():
                bounds = np.array(sorted(spans), dtype=np.int64)
                reach = np.maximum.accumulate(bounds[:, 1])
                index = np.searchsorted(bounds[:, 0], places[own], side="right") - 1
                kept[own] = (index >= 0) & (reach[np.maximum(index, 0)] >= places[own])
        return kept
