"""One hyperscan database for all patterns and label words, run over text in blocks."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import hyperscan
import numpy as np
from numpy.typing import NDArray

from scanners.detectors.interface import Hit, Pattern
from scanners.errors import RuleError
from scanners.passage import LabelHit
from scanners.zones import Extent, Zones

BLOCK = 32_768  # characters of a block
OVERLAP = 256  # a match is shorter than this, so it lies wholly in the block where it starts

Events = NDArray[np.int64]  # rows of rule, start, end
_ROWS = 4_096  # hits turned into objects at a time: a text may hold a million
_KATAKANA = re.compile("[ァ-ヺー]")


@dataclass(frozen=True, slots=True)
class Found:
    """All hits of one text: pattern hits by (detector index, hit), and label words."""

    hits: Iterator[tuple[int, Hit]]  # once, ordered by start
    labels: list[LabelHit]


class _Database:
    """One compiled set of expressions; `scan` is linear in the text."""

    def __init__(self, expressions: Mapping[int, bytes], flags: Mapping[int, int]) -> None:
        self._database = hyperscan.Database()
        self._empty = not expressions
        if self._empty:
            return
        try:
            self._database.compile(
                expressions=list(expressions.values()),
                ids=list(expressions),
                elements=len(expressions),
                flags=[flags[rule] for rule in expressions],
            )
        except hyperscan.error as error:
            raise RuleError(f"the patterns do not compile: {error}") from error

    def scan(self, value: str, start: int, end: int, inner: NDArray[np.int64]) -> Iterator[Events]:
        """Yield rows of what begins in [start, end) of `value`, block by block, in no order.

        `inner` says per rule whether a boundary character surrounds the value.
        """
        if self._empty:
            return
        for at in range(start, end, BLOCK):
            found = self._block(value, at, min(at + BLOCK, end), inner)
            if found is not None:
                yield found

    def _block(self, value: str, at: int, until: int, inner: NDArray[np.int64]) -> Events | None:
        """Scan one block; it carries one character before it and OVERLAP after it as surroundings.

        The line breaks put around the text give every bounded pattern a character to stand on.
        """
        before = value[at - 1] if at else "\n"
        text = before + value[at : until + OVERLAP]
        if until + OVERLAP >= len(value):
            text += "\n"
        data = text.encode("utf-8")
        events: list[tuple[int, int, int]] = []
        add = events.append

        def seen(rule: int, start: int, end: int, _flags: int, _context: object) -> None:
            add((rule, start, end))

        self._database.scan(data, match_event_handler=seen)
        if not events:
            return None
        found = np.array(events, dtype=np.int64)
        if len(data) != len(text):
            found[:, 1:] = _code_points(data)[found[:, 1:]]
        edge = inner[found[:, 0]]  # the character of the boundary is no part of the value
        found[:, 1] += edge + (at - 1)
        found[:, 2] += (at - 1) - edge
        return found[(found[:, 1] >= at) & (found[:, 1] < until)]


class Matcher:
    """Compiles patterns and labels once; `find` is linear in the text and keeps no state.

    Two databases: labels and free patterns see the whole text, announced patterns only the zones
    that labels of their detectors govern. Not for use by two threads at once: scratch space is shared.
    """

    def __init__(self, patterns: Sequence[tuple[int, Pattern]], labels: Mapping[str, frozenset[int]]) -> None:
        """Take patterns with the index of their detector, and label words with the detectors they serve."""
        self._patterns = list(patterns)
        self._labels = sorted(labels)
        self._serves = [labels[word] for word in self._labels]
        expressions: dict[int, bytes] = {}
        flags: dict[int, int] = {}
        for rule, (_, pattern) in enumerate(self._patterns):
            bounded = f"[^0-9]{pattern.expression}[^0-9]" if pattern.bounded else pattern.expression
            expressions[rule] = bounded.encode("utf-8")
            flags[rule] = hyperscan.HS_FLAG_SOM_LEFTMOST | hyperscan.HS_FLAG_UTF8
        for rule, word in enumerate(self._labels, start=len(self._patterns)):
            expressions[rule] = _label_expression(word)
            flags[rule] = hyperscan.HS_FLAG_SOM_LEFTMOST | hyperscan.HS_FLAG_CASELESS
        announced = {rule for rule, (_, pattern) in enumerate(self._patterns) if pattern.announced}
        self._free = _Database({r: e for r, e in expressions.items() if r not in announced}, flags)
        self._bound = _Database({r: e for r, e in expressions.items() if r in announced}, flags)
        self._inner = np.zeros(len(expressions), dtype=np.int64)
        self._inner[: len(self._patterns)] = [pattern.bounded for _, pattern in self._patterns]
        self._detector = np.array([detector for detector, _ in self._patterns], dtype=np.int64)
        self._announced = frozenset(self._patterns[rule][0] for rule in announced)

    def find(self, value: str, header: Sequence[str] | None = None) -> Found:
        """Return the pattern hits (longest per pattern and start) and the label words, ordered by start.

        Hits of announced patterns are left out where no label of their detector can govern them;
        for the cells of a column that is decided by the label words of its `header`.
        """
        events = _longest(list(self._free.scan(value, 0, len(value), self._inner)))
        is_label = events[:, 0] >= len(self._patterns)
        labels, zones = self._label_hits(value, events[is_label])
        for word in header or ():
            for detector in self._serves[bisect_left(self._labels, word)] & self._announced:
                zones.add(detector, 0, len(value))
        bound = [
            events
            for start, end in zones.merged(len(value))
            for events in self._bound.scan(value, start, end, self._inner)
        ]
        more = _longest(bound)
        kept = zones.governed(self._detector[more[:, 0]], more[:, 1])
        hits = _longest([events[~is_label], more[kept]])
        return Found(self._hits(hits), labels)

    def _hits(self, events: Events) -> Iterator[tuple[int, Hit]]:
        for at in range(0, len(events), _ROWS):
            for rule, start, end in events[at : at + _ROWS].tolist():
                detector, pattern = self._patterns[rule]
                yield detector, Hit(pattern.id, start, end)

    def _label_hits(self, value: str, events: Events) -> tuple[list[LabelHit], Zones]:
        """Return the labels that are words of their own, and where the values may stand that they govern."""
        labels: list[LabelHit] = []
        zones = Zones()
        extent = Extent(value)
        count = len(self._patterns)
        for rule, start, end in events.tolist():
            if not _stands_alone(value, start, end):
                continue
            labels.append((start, end, self._labels[rule - count]))
            served = self._serves[rule - count] & self._announced
            if served:
                until = extent.of(end)
                for detector in served:
                    zones.add(detector, end, until)
        return labels, zones


def _longest(found: Sequence[Events]) -> Events:
    """Return all rows ordered by start and rule, of each such pair the one with the last end."""
    events = np.concatenate(found) if found else np.empty((0, 3), dtype=np.int64)
    ordered = events[np.lexsort((events[:, 2], events[:, 0], events[:, 1]))]
    last = np.ones(len(ordered), dtype=np.bool_)
    last[:-1] = (ordered[1:, 0] != ordered[:-1, 0]) | (ordered[1:, 1] != ordered[:-1, 1])
    return ordered[last]


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
