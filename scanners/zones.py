"""Where the values stand that a label word may govern."""

import numpy as np

from scanners.layout import DELIMITER, DIGIT, TAB, Layout, Mask, Places

LABEL_REACH = 80  # characters: the farthest that a label on the same line may stand from its value
LIST_REACH = 1 << 20  # characters: the longest list or table below one heading


def extents(layout: Layout, ends: Places) -> Places:
    """Return the ends of what labels ending at `ends` govern: their line, or the list or table they head."""
    near = np.minimum(layout.length, ends + LABEL_REACH)
    line_ends = layout.line_ends[np.searchsorted(layout.line_ends, ends)]
    rest = layout.seen(ends, np.minimum(line_ends, near))
    has_value = ((rest & DIGIT) != 0) & ((rest & (TAB | DELIMITER)) == 0)
    blanks = np.append(layout.blank_lines, layout.length)
    far = np.minimum(blanks[np.searchsorted(blanks[:-1], ends)], ends + LIST_REACH)
    return np.where(has_value, near, np.minimum(layout.length, np.maximum(ends + LABEL_REACH, far)))


class Zones:
    """Spans by detector; a value may begin in [start, end]."""

    def __init__(self) -> None:
        self._starts: dict[int, Places] = {}
        self._reach: dict[int, Places] = {}  # the farthest end of the spans up to here

    def add(self, detector: int, starts: Places, ends: Places) -> None:
        """Add all the spans that labels of a detector govern, ordered by start."""
        self._starts[detector] = starts
        self._reach[detector] = np.maximum.accumulate(ends)

    def spans(self, detector: int, length: int) -> list[tuple[int, int]]:
        """Return where values of a detector may begin: half-open spans that lie apart, ordered."""
        if detector not in self._starts:
            return []
        starts, reach = self._starts[detector], np.minimum(length, self._reach[detector] + 1)
        first = np.ones(len(starts), dtype=np.bool_)
        first[1:] = starts[1:] > reach[:-1]
        last = np.append(first[1:], True)
        spans = zip(starts[first].tolist(), reach[last].tolist(), strict=True)
        return [(start, end) for start, end in spans if start < end]

    def governed(self, detectors: Places, places: Places) -> Mask:
        """Say for hits of `detectors` at `places` whether a span of their detector holds them."""
        kept = np.zeros(len(places), dtype=np.bool_)
        for detector, starts in self._starts.items():
            (own,) = (detectors == detector).nonzero()
            if len(own):
                index = np.searchsorted(starts, places[own], side="right") - 1
                kept[own] = (index >= 0) & (self._reach[detector][np.maximum(index, 0)] >= places[own])
        return kept
