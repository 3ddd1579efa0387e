"""Normalised text with the label words that stand in it: what detectors are given."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from scanners.detectors.interface import Label
from scanners.headings import DELIMITERS, LINE_REACH, Headings
from scanners.labels import LabelHits
from scanners.layout import Layout
from scanners.model import Match

_LEAD = re.compile(r"[ \t\-*・●○■□◆◇()\[\]「\"'.,:0-9]{0,12}\Z")


class Passage:
    """A `Text` over the label hits of one pass; look-ups are binary searches in sorted lists.

    `header` is given for the cells of a table column (one cell a line); its label words then govern
    every cell that has no label of its own.
    """

    def __init__(
        self,
        value: str,
        hits: LabelHits,
        layout: Layout,
        *,
        column: str | None = None,
        header_words: Sequence[str] = (),
        weak: frozenset[str] = frozenset(),
    ) -> None:
        self.value = value
        self._starts = hits.starts.tolist()
        self._words = hits.words
        self._untils = hits.ends.tolist()
        ending = hits.by_end()
        self._begins = ending.starts.tolist()
        self._ends = ending.ends.tolist()
        self._ending = ending.words
        # One-character words (名, 甲) stand inside many others, and `weak` words announce persons: they
        # govern, but hide no other label.
        self._hiding = [len(word) > 1 and word not in weak for word in self._ending]
        self.column = column
        self._header_words = tuple(header_words)
        self._headings = Headings(value, layout)
        self._breaks: list[int] = layout.breaks.tolist()
        self._carried: dict[tuple[int, frozenset[str]], Label] = {}
        self._places: dict[frozenset[str], list[int]] = {}  # by labels: where they stand
        self.matches: Sequence[Match] = ()

    def line(self, at: int) -> tuple[int, int]:
        """Return the bounds of the line around `at`, at most 2,000 characters to each side."""
        return self._line(bisect_left(self._breaks, at), at)

    def _line(self, number: int, at: int) -> tuple[int, int]:
        breaks = self._breaks
        start = breaks[number - 1] + 1 if number else 0
        end = breaks[number] if number < len(breaks) else len(self.value)
        return max(start, at - LINE_REACH), min(end, at + LINE_REACH)

    def label(self, start: int, end: int, labels: frozenset[str], reach: int = 40) -> Label | None:
        """Return the label that governs [start, end): nearest before it, above it, or its column's."""
        breaks, ends, words = self._breaks, self._ends, self._ending
        number = bisect_left(breaks, start)
        line_start = breaks[number - 1] + 1 if number else 0
        low = max(line_start, start - reach - 1)
        index = bisect_right(ends, start) - 1
        while index >= 0 and ends[index] > low:
            word, until = words[index], ends[index]
            own = word in labels
            if own or self._hiding[index]:
                between = self.value[until:start]
                if own and "。" not in between:
                    return Label(word, column=False, distance=start - until, start=self._begins[index])
                if any(mark in between for mark in DELIMITERS):
                    return self._heading(start, end, number, labels)
                return None
            index -= 1
        if self.column is not None or self._headings.is_headed(number):
            heading = self._heading(start, end, number, labels)
            if heading is not None or self._headings.is_delimited(number):
                return heading
        above = self._above(number, max(line_start, start - LINE_REACH), start, labels, reach)
        if above is not None:
            self._carried[number, labels] = above
        return above

    def speaks_of(self, labels: frozenset[str], at: int, reach: int) -> bool:
        """Say whether a word of `labels` stands at most `reach` characters before `at`."""
        places = self._places.get(labels)
        if places is None:
            found = zip(self._starts, self._words, strict=True)
            places = self._places[labels] = [start for start, word in found if word in labels]
        return bisect_left(places, at - reach) < bisect_left(places, at)

    def labels_in(self, start: int, end: int, labels: frozenset[str]) -> list[Label]:
        """Return the words of `labels` wholly within [start, end), ordered by start."""
        return [
            Label(
                self._words[index],
                column=False,
                distance=max(0, start - self._untils[index]),
                start=self._starts[index],
            )
            for index in range(bisect_left(self._starts, start), bisect_left(self._starts, end))
            if self._untils[index] <= end and self._words[index] in labels
        ]

    def _heading(self, start: int, end: int, number: int, labels: frozenset[str]) -> Label | None:
        word = self._column_word(start, end, number, labels)
        return None if word is None else Label(word[1], column=True, distance=0, start=word[0])

    def _governing(self, index: int, start: int, labels: frozenset[str]) -> Label | None:
        word, until = self._ending[index], self._ends[index]
        if word not in labels or "。" in self.value[until:start]:
            return None
        return Label(word, column=False, distance=start - until, start=self._begins[index])

    def _above(
        self, number: int, line_start: int, start: int, labels: frozenset[str], reach: int
    ) -> Label | None:
        """Look at the line above a value that begins its line; a list below one label carries it on."""
        if number == 0 or self.column is not None or start - line_start > 12:
            return None
        if not _LEAD.match(self.value, line_start, start):
            return None
        carried = self._carried.get((number - 1, labels))
        if carried is not None:
            return carried
        above_start, above_end = self._line(number - 1, line_start - 1)
        index = bisect_right(self._ends, above_end) - 1
        if index < 0 or self._ends[index] <= max(above_start, above_end - reach):
            return None
        if any(mark in self.value[self._ends[index] : above_end] for mark in "。0123456789"):
            return None
        return self._governing(index, start, labels)

    def _column_word(
        self, start: int, end: int, number: int, labels: frozenset[str]
    ) -> tuple[int, str] | None:
        if self.column is not None:
            own = [word for word in self._header_words if word in labels]
            return (-1, own[-1]) if own else None
        cell = self._headings.cell(number, start, end)
        if cell is None:
            return None
        inside = self.labels_in(*cell, labels)
        return (inside[-1].start, inside[-1].word) if inside else None
