"""One hyperscan database for all patterns and label words, run over text in blocks."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import hyperscan
import numpy as np
from numpy.typing import NDArray

from scanners.detectors.interface import Hit, Pattern
from scanners.errors import RuleError
from scanners.labels import LabelHits
from scanners.layout import KATAKANA, LETTER, LOWER, UPPER, Layout, Mask, Places
from scanners.zones import Zones, extents

BLOCK = 32_768  # characters of a block
OVERLAP = 256  # a match is shorter than this, so it lies wholly in the block where it starts

Events = NDArray[np.int64]  # rows of rule, start, end
_ROWS = 4_096  # hits turned into objects at a time: a text may hold a million


@dataclass(frozen=True, slots=True)
class Found:
    """All hits of one text: pattern hits by (detector index, hit), and label words."""

    hits: Iterator[tuple[int, Hit]]  # once, ordered by start
    labels: LabelHits


class Database:
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

    def scan(
        self, value: str, start: int, end: int, inner: NDArray[np.int64] | None = None
    ) -> Iterator[Events]:
        """Yield rows of what begins in [start, end) of `value`, block by block, in no order.

        `inner` says per rule whether a boundary character surrounds the value; None: of no rule.
        """
        if self._empty:
            return
        for at in range(start, end, BLOCK):
            found = self._block(value, at, min(at + BLOCK, end), inner)
            if found is not None:
                yield found

    def _block(self, value: str, at: int, until: int, inner: NDArray[np.int64] | None) -> Events | None:
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
        found[:, 1:] += at - 1
        if inner is not None:
            edge = inner[found[:, 0]]  # the character of the boundary is no part of the value
            found[:, 1] += edge
            found[:, 2] -= edge
        elif not at and until == len(value):
            return np.maximum(found, 0)  # the break before the text is no part of it
        return found[(found[:, 1] >= at) & (found[:, 1] < until)]


class Matcher:
    """Compiles patterns and labels once; `find` is linear in the text and keeps no state.

    Two databases: labels and free patterns see the whole text, announced patterns only the zones
    that labels of their detectors govern. Not for use by two threads at once: scratch space is shared.
    """

    def __init__(
        self,
        patterns: Sequence[tuple[int, Pattern]],
        labels: Mapping[str, frozenset[int]],
        *,
        meanings: Mapping[str, str] | None = None,
        weak: frozenset[str] = frozenset(),
    ) -> None:
        """Take patterns with the index of their detector, and label words with the detectors they serve.

        `meanings` gives the word that another one stands in for, `weak` words that hide no other one.
        """
        self._patterns = list(patterns)
        written = sorted(labels)
        self._words = tuple((meanings or {}).get(word, word) for word in written)
        self._weak = np.array([word in weak for word in self._words], dtype=np.bool_)
        self._serving = {
            detector: np.array([detector in labels[word] for word in written], dtype=np.bool_)
            for detector in frozenset(detector for detector, _ in self._patterns)
        }
        self._serves = {word: labels[word] for word in written}
        expressions: dict[int, bytes] = {}
        flags: dict[int, int] = {}
        for rule, (_, pattern) in enumerate(self._patterns):
            bounded = f"[^0-9]{pattern.expression}[^0-9]" if pattern.bounded else pattern.expression
            expressions[rule] = bounded.encode("utf-8")
            flags[rule] = hyperscan.HS_FLAG_SOM_LEFTMOST | hyperscan.HS_FLAG_UTF8
        for rule, word in enumerate(written, start=len(self._patterns)):
            expressions[rule] = _label_expression(word)
            flags[rule] = hyperscan.HS_FLAG_SOM_LEFTMOST | hyperscan.HS_FLAG_CASELESS
        announced = {rule for rule, (_, pattern) in enumerate(self._patterns) if pattern.announced}
        self._free = Database({r: e for r, e in expressions.items() if r not in announced}, flags)
        self._bound = Database({r: e for r, e in expressions.items() if r in announced}, flags)
        self._inner = np.zeros(len(expressions), dtype=np.int64)
        self._inner[: len(self._patterns)] = [pattern.bounded for _, pattern in self._patterns]
        self._detector = np.array([detector for detector, _ in self._patterns], dtype=np.int64)
        self._announced = frozenset(self._patterns[rule][0] for rule in announced)
        self._screens = {rule: p.screen for rule, (_, p) in enumerate(self._patterns) if p.screen}

    def find(self, value: str, layout: Layout, header: Sequence[str] | None = None) -> Found:
        """Return the pattern hits (longest per pattern and start) and the label words, ordered by start.

        Hits of announced patterns are left out where no label of their detector can govern them;
        for the cells of a column that is decided by the label words of its `header`.
        """
        events = _longest(list(self._free.scan(value, 0, len(value), self._inner)))
        is_label = events[:, 0] >= len(self._patterns)
        labels = self._alone(layout, events[is_label])
        zones = self._zones(layout, labels, header or ())
        more = _longest(
            [
                events
                for start, end in zones.merged(self._announced, len(value))
                for events in self._bound.scan(value, start, end, self._inner)
            ]
        )
        more = more[zones.governed(self._detector[more[:, 0]], more[:, 1])]
        hits = _longest([events[~is_label], more])
        announced = zones.governed(self._detector[hits[:, 0]], hits[:, 1])
        kept = self._screened(layout, hits, announced)
        words = LabelHits(labels[:, 1], labels[:, 2], labels[:, 0] - len(self._patterns), self._words)
        return Found(self._hits(hits[kept], announced[kept]), words.without_contained(self._weak))

    def _hits(self, events: Events, announced: Mask) -> Iterator[tuple[int, Hit]]:
        for at in range(0, len(events), _ROWS):
            some = slice(at, at + _ROWS)
            for (rule, start, end), governed in zip(
                events[some].tolist(), announced[some].tolist(), strict=True
            ):
                detector, pattern = self._patterns[rule]
                yield detector, Hit(pattern.id, start, end, governed)

    def _alone(self, layout: Layout, events: Events) -> Events:
        return events[_stand_alone(layout, events[:, 1], events[:, 2])]

    def _zones(self, layout: Layout, labels: Events, header: Sequence[str]) -> Zones:
        """Return where the values may stand that the labels govern: those of the text and of a column."""
        zones = Zones()
        words, ends = labels[:, 0] - len(self._patterns), labels[:, 2]
        until = extents(layout, ends)
        in_header = {detector for word in header for detector in self._serves.get(word, ())}
        for detector, serving in self._serving.items():
            if detector in in_header:
                zones.add(detector, np.array([0]), np.array([layout.length]))
                continue
            own = serving[words]
            if own.any():
                zones.add(detector, ends[own], until[own])
        return zones

    def _screened(self, layout: Layout, hits: Events, announced: Mask) -> Mask:
        """Say which hits the screens of their patterns let through."""
        kept = np.ones(len(hits), dtype=np.bool_)
        for rule, screen in self._screens.items():
            own = np.flatnonzero(hits[:, 0] == rule)
            if len(own):
                kept[own] = screen(layout, hits[own, 1], hits[own, 2], announced[own])
        return kept


def _longest(found: Sequence[Events]) -> Events:
    """Return all rows ordered by start and rule, of each such pair the one with the last end."""
    events = np.concatenate(found) if found else np.empty((0, 3), dtype=np.int64)
    # One number a row: starts below 2**31, rules and lengths (of a block at most) below 2**16
    keys = (events[:, 1] << 32) | (events[:, 0] << 16) | (events[:, 2] - events[:, 1])
    keys.sort()
    last = np.ones(len(keys), dtype=np.bool_)
    last[:-1] = (keys[1:] >> 16) != (keys[:-1] >> 16)
    keys = keys[last]
    starts = keys >> 32
    return np.stack(((keys >> 16) & 0xFFFF, starts, starts + (keys & 0xFFFF)), axis=1)


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


def _stand_alone(layout: Layout, starts: Places, ends: Places) -> Mask:
    """Say which labels are words of their own: "lic" is none in "duplicate", 「テル」 none in 「ホテル」.

    In camel case a capital begins a word.
    """
    before, first = layout.at(starts - 1), layout.at(starts)
    last, after = layout.at(ends - 1), layout.at(ends)
    joined: Mask = ((first & before) | (last & after)) & KATAKANA != 0
    for left, right in ((before, first), (last, after)):
        camel = ((left & LOWER) != 0) & ((right & UPPER) != 0)
        joined |= ((left & LETTER) != 0) & ((right & LETTER) != 0) & ~camel
    return ~joined
