"""One hyperscan database for all patterns and label words, run over text in blocks."""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import hyperscan
import numpy as np
from numpy.typing import NDArray

from scanners.detectors.interface import Hit, Pattern
from scanners.errors import RuleError
from scanners.passage import LabelHit

BLOCK = 32_768  # characters of a block
OVERLAP = 256  # a match is shorter than this, so it lies wholly in the block where it starts

LABEL_REACH = 80  # the farthest that a label on the same line may stand from its value
LIST_REACH = 1 << 20  # the longest list or table below one heading

Events = NDArray[np.int64]  # rows of rule, start, end
_DIGIT = re.compile("[0-9]")
_BLANK_LINE = re.compile("\n[ \t]*\n")
_KATAKANA = re.compile("[ァ-ヺー]")


@dataclass(frozen=True, slots=True)
class Found:
    """All hits of one text: pattern hits by (detector index, hit), and label words."""

    hits: list[tuple[int, Hit]]
    labels: list[LabelHit]


class Matcher:
    """Compiles patterns and labels once; `find` is linear in the text and keeps no state.

    Not for use by two threads at once: the scratch space is one per instance.
    """

    def __init__(self, patterns: Sequence[tuple[int, Pattern]], labels: Mapping[str, frozenset[int]]) -> None:
        """Take patterns with the index of their detector, and label words with the detectors they serve."""
        self._patterns = list(patterns)
        self._labels = sorted(labels)
        self._serves = [labels[word] for word in self._labels]
        expressions: list[bytes] = []
        flags: list[int] = []
        for _, pattern in self._patterns:
            bounded = f"[^0-9]{pattern.expression}[^0-9]" if pattern.bounded else pattern.expression
            expressions.append(bounded.encode("utf-8"))
            flags.append(hyperscan.HS_FLAG_SOM_LEFTMOST | hyperscan.HS_FLAG_UTF8)
        for word in self._labels:
            expressions.append(_label_expression(word))
            flags.append(hyperscan.HS_FLAG_SOM_LEFTMOST | hyperscan.HS_FLAG_CASELESS)
        self._database = hyperscan.Database()
        try:
            self._database.compile(
                expressions=expressions,
                ids=list(range(len(expressions))),
                elements=len(expressions),
                flags=flags,
            )
        except hyperscan.error as error:
            raise RuleError(f"the patterns do not compile: {error}") from error
        self._inner = np.zeros(len(expressions), dtype=np.int64)
        self._inner[: len(self._patterns)] = [pattern.bounded for _, pattern in self._patterns]
        self._detector = np.full(len(expressions), -1, dtype=np.int64)
        self._detector[: len(self._patterns)] = [
            detector if pattern.announced else -1 for detector, pattern in self._patterns
        ]
        self._announced = sorted({detector for detector, pattern in self._patterns if pattern.announced})

    def find(self, value: str, header: Sequence[str] | None = None) -> Found:
        """Return the pattern hits (longest per pattern and start) and the label words, ordered by start.

        Hits of announced patterns are left out where no label of their detector can govern them;
        for the cells of a column that is decided by the label words of its `header`.
        """
        blocks = [self._block(value, at) for at in range(0, len(value), BLOCK)]
        found = [block for block in blocks if len(block)]
        if not found:
            return Found([], [])
        events = _longest(np.concatenate(found))
        is_label = events[:, 0] >= len(self._patterns)
        labels, serving = self._label_hits(value, events[is_label])
        hits = events[~is_label]
        hits = hits[self._governed(value, hits, labels, serving, header)]
        rows = zip(hits[:, 0].tolist(), hits[:, 1].tolist(), hits[:, 2].tolist(), strict=True)
        return Found([self._hit(rule, start, end) for rule, start, end in rows], labels)

    def _hit(self, rule: int, start: int, end: int) -> tuple[int, Hit]:
        detector, pattern = self._patterns[rule]
        return detector, Hit(pattern.id, start, end)

    def _label_hits(self, value: str, events: Events) -> tuple[list[LabelHit], list[frozenset[int]]]:
        labels: list[LabelHit] = []
        serving: list[frozenset[int]] = []
        count = len(self._patterns)
        for rule, start, end in events.tolist():
            if _stands_alone(value, start, end):
                labels.append((start, end, self._labels[rule - count]))
                serving.append(self._serves[rule - count])
        return labels, serving

    def _governed(
        self,
        value: str,
        hits: Events,
        labels: list[LabelHit],
        serving: list[frozenset[int]],
        header: Sequence[str] | None,
    ) -> NDArray[np.bool_]:
        """Say for every hit whether a label of its detector can reach it."""
        detectors = self._detector[hits[:, 0]]
        kept: NDArray[np.bool_] = detectors < 0
        zones: dict[int, list[tuple[int, int]]] = {detector: [] for detector in self._announced}
        for (_, end, _), served in zip(labels, serving, strict=True):
            wanted = [detector for detector in served if detector in zones]
            if wanted:
                zone = (end, _zone_end(value, end))
                for detector in wanted:
                    zones[detector].append(zone)
        served_by_header: set[int] = set()
        for word in header or ():
            served_by_header |= self._serves[bisect_left(self._labels, word)]
        for detector, spans in zones.items():
            own = detectors == detector
            if detector in served_by_header:
                kept |= own
            elif spans and own.any():
                places = hits[own, 1]
                bounds = np.array(sorted(spans), dtype=np.int64)
                reach = np.maximum.accumulate(bounds[:, 1])
                index = np.searchsorted(bounds[:, 0], places, side="right") - 1
                kept[own] = (index >= 0) & (reach[np.maximum(index, 0)] >= places)
        return kept

    def _block(self, value: str, at: int) -> Events:
        """Scan one block; it carries one character before it and OVERLAP after it as surroundings.

        The line breaks put around the text give every bounded pattern a character to stand on.
        Returns rows (rule, start, end) of what begins in the block.
        """
        before = value[at - 1] if at else "\n"
        text = before + value[at : at + BLOCK + OVERLAP]
        if at + BLOCK + OVERLAP >= len(value):
            text += "\n"
        data = text.encode("utf-8")
        events: list[tuple[int, int, int]] = []
        add = events.append

        def seen(rule: int, start: int, end: int, _flags: int, _context: object) -> None:
            add((rule, start, end))

        self._database.scan(data, match_event_handler=seen)
        if not events:
            return np.empty((0, 3), dtype=np.int64)
        found = np.array(events, dtype=np.int64)
        if len(data) != len(text):
            found[:, 1:] = _code_points(data)[found[:, 1:]]
        inner = self._inner[found[:, 0]]  # the character of the boundary is no part of the value
        found[:, 1] += inner + (at - 1)
        found[:, 2] += (at - 1) - inner
        return found[(found[:, 1] >= at) & (found[:, 1] < at + BLOCK)]


def _longest(events: Events) -> Events:
    """Return the rows ordered by start and rule, of each such pair the one with the last end."""
    ordered = events[np.lexsort((events[:, 2], events[:, 0], events[:, 1]))]
    last = np.ones(len(ordered), dtype=np.bool_)
    last[:-1] = (ordered[1:, 0] != ordered[:-1, 0]) | (ordered[1:, 1] != ordered[:-1, 1])
    return ordered[last]


def _zone_end(value: str, end: int) -> int:
    """Return how far a label that ends at `end` can govern: its line, or the list or table it heads."""
    line_end = value.find("\n", end, end + LABEL_REACH)
    if line_end < 0:
        line_end = min(len(value), end + LABEL_REACH)
    rest = value[end:line_end]
    heads = not _DIGIT.search(rest) or any(mark in rest for mark in "\t,|;")
    if not heads:
        return end + LABEL_REACH
    blank = _BLANK_LINE.search(value, end, end + LIST_REACH)
    return min(len(value), end + LIST_REACH) if blank is None else max(blank.start(), end + LABEL_REACH)


def _code_points(data: bytes) -> NDArray[np.int64]:
    """Return for every byte offset the number of characters that begin before it."""
    heads = (np.frombuffer(data, dtype=np.uint8) & 0xC0) != 0x80
    places = np.zeros(len(data) + 1, dtype=np.int64)
    np.cumsum(heads, out=places[1:])
    return places


def _label_expression(word: str) -> bytes:
    """Write a label word as an expression: a blank also stands for "_", "-" or nothing."""
    escaped = re.sub(r"([.^$*+?{}\[\]\\|()/])", r"\\\1", word)
    return escaped.replace(" ", r"[ _\-]?").encode("utf-8")


def _stands_alone(value: str, start: int, end: int) -> bool:
    """Say whether a label is a word of its own: "lic" is none in "duplicate", 「テル」 none in 「ホテル」."""
    before = value[start - 1] if start else " "
    after = value[end] if end < len(value) else " "
    first, last = value[start], value[end - 1]
    if first.isascii() and first.isalpha() and before.isascii() and before.isalpha():
        camel = first.isupper() and before.islower()
        if not camel:
            return False
    if last.isascii() and last.isalpha() and after.isascii() and after.isalpha():
        camel = last.islower() and after.isupper()
        if not camel:
            return False
    if _KATAKANA.match(first) and _KATAKANA.match(before):
        return False
    return not (_KATAKANA.match(last) and _KATAKANA.match(after))
