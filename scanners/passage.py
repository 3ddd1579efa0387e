"""Normalised text with the label words that stand in it: what detectors are given."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from scanners.detectors.interface import Label
from scanners.headings import DELIMITERS, LINE_REACH, Headings
from scanners.model import Match

_LEAD = re.compile(r"[ \t\-*・●○■□◆◇()\[\]「\"'.,:0-9]{0,12}\Z")

LabelHit = tuple[int, int, str]  # start, end, word


def without_contained(hits: Sequence[LabelHit], weak: frozenset[str] = frozenset()) -> list[LabelHit]:
    """Return the label hits that lie in no longer hit, ordered by start: 番号 gives way to 受付番号.

    `weak` words give way to every longer word, other words only to words that are not weak.
    """
    kept: list[LabelHit] = []
    reach = strong_reach = -1
    for hit in sorted(hits, key=lambda hit: (hit[0], -hit[1])):
        is_weak = hit[2] in weak
        if hit[1] > (reach if is_weak else strong_reach):
            kept.append(hit)
        reach = max(reach, hit[1])
        if not is_weak:
            strong_reach = max(strong_reach, hit[1])
    return kept


class Passage:
    """A `Text` over the label hits of one pass; look-ups are binary searches in sorted lists.

    `header` is given for the cells of a table column (one cell a line); its label words then govern
    every cell that has no label of its own.
    """

    def __init__(
        self,
        value: str,
        hits: Sequence[LabelHit],
        *,
        column: str | None = None,
        header_words: Sequence[str] = (),
        weak: frozenset[str] = frozenset(),
    ) -> None:
        self._value = value
        self._weak = weak
        kept = without_contained(hits, weak)
        self._by_start = kept
        self._starts = [hit[0] for hit in kept]
        self._hits = sorted(kept, key=lambda hit: (hit[1], hit[0]))
        self._ends = [hit[1] for hit in self._hits]
        self._column = column
        self._header_words = tuple(header_words)
        self._headings = Headings(value)
        self._last = (0, -1)  # the line looked up last: its neighbours on the line ask next
        self._carried: dict[tuple[int, frozenset[str]], Label] = {}
        self.matches: Sequence[Match] = ()

    @property
    def value(self) -> str:
        """The normalised text."""
        return self._value

    @property
    def column(self) -> str | None:
        """The header of the column whose cells these are, or None for prose."""
        return self._column

    def line(self, at: int) -> tuple[int, int]:
        """Return the bounds of the line around `at`, at most 2,000 characters to each side."""
        if self._last[0] <= at <= self._last[1]:
            return self._last
        low, high = max(0, at - LINE_REACH), at + LINE_REACH
        start = self._value.rfind("\n", low, at) + 1
        end = self._value.find("\n", at, high)
        if start and end >= 0:
            self._last = (start, end)
        return max(start, low), min(len(self._value), high) if end < 0 else end

    def label(self, start: int, end: int, labels: frozenset[str], reach: int = 40) -> Label | None:
        """Return the label that governs [start, end): nearest before it, above it, or its column's."""
        line_start, _ = self.line(start)
        index = self._nearest(start, max(line_start, start - reach - 1), labels)
        if index >= 0:
            governing = self._governing(index, start, labels)
            between = self._value[self._ends[index] : start]
            if governing is not None or not any(mark in between for mark in DELIMITERS):
                return governing
            return self._heading(start, end, line_start, labels)
        heading = self._heading(start, end, line_start, labels)
        if heading is not None or self._headings.is_delimited(line_start):
            return heading
        above = self._above(line_start, start, labels, reach)
        if above is not None:
            self._carried[line_start, labels] = above
        return above

    def labels_in(self, start: int, end: int, labels: frozenset[str]) -> list[Label]:
        """Return the words of `labels` wholly within [start, end), ordered by start."""
        first = bisect_left(self._starts, start)
        last = bisect_left(self._starts, end)
        return [
            Label(word, column=False, distance=max(0, start - until), start=at)
            for at, until, word in self._by_start[first:last]
            if until <= end and word in labels
        ]

    def _nearest(self, start: int, low: int, labels: frozenset[str]) -> int:
        """Return the index of the last label that ends in (low, start], or -1.

        One-character words (名, 甲) stand inside many others, and `weak` words announce persons: they
        govern, but hide no other label.
        """
        index = bisect_right(self._ends, start) - 1
        while index >= 0 and self._ends[index] > low:
            word = self._hits[index][2]
            if word in labels or (len(word) > 1 and word not in self._weak):
                return index
            index -= 1
        return -1

    def _heading(self, start: int, end: int, line_start: int, labels: frozenset[str]) -> Label | None:
        word = self._column_word(start, end, line_start, labels)
        return None if word is None else Label(word[1], column=True, distance=0, start=word[0])

    def _governing(self, index: int, start: int, labels: frozenset[str]) -> Label | None:
        at, until, word = self._hits[index]
        if word not in labels or "。" in self._value[until:start]:
            return None
        return Label(word, column=False, distance=start - until, start=at)

    def _above(self, line_start: int, start: int, labels: frozenset[str], reach: int) -> Label | None:
        """Look at the line above a value that begins its line; a list below one label carries it on."""
        if line_start == 0 or self._column is not None or start - line_start > 12:
            return None
        if not _LEAD.match(self._value, line_start, start):
            return None
        above_start, above_end = self.line(line_start - 1)
        carried = self._carried.get((above_start, labels))
        if carried is not None:
            return carried
        index = bisect_right(self._ends, above_end) - 1
        if index < 0 or self._ends[index] <= max(above_start, above_end - reach):
            return None
        if any(mark in self._value[self._ends[index] : above_end] for mark in "。0123456789"):
            return None
        return self._governing(index, start, labels)

    def _column_word(
        self, start: int, end: int, line_start: int, labels: frozenset[str]
    ) -> tuple[int, str] | None:
        if self._column is not None:
            own = [word for word in self._header_words if word in labels]
            return (-1, own[-1]) if own else None
        cell = self._headings.cell(line_start, start, end)
        if cell is None:
            return None
        inside = self.labels_in(*cell, labels)
        return (inside[-1].start, inside[-1].word) if inside else None
