"""One hyperscan database for all patterns and label words, run over text in blocks."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

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

Events = NDArray[np.int64]  # three rows: rules, starts, ends
Span = tuple[int, int]
_BETWEEN = "\n\n\n"  # parts pieces that are scanned as one text
_ONES, _HIGHEST = np.uint64(0x0101010101010101), np.uint64(56)
_KEPT = 64  # sets of expressions: those of all detectors, and of a few rules of a workspace
_ROWS = 4_096  # hits turned into objects at a time: a text may hold a million


@dataclass(frozen=True, slots=True)
class Found:
    """All hits of one text: pattern hits in batches of a detector (by its index), and label words."""

    hits: Iterator[tuple[int, list[Hit]]]  # once; those of a detector ordered by start
    labels: LabelHits


@lru_cache(maxsize=_KEPT)
def _compiled(rules: tuple[tuple[int, bytes, int], ...]) -> bytes:
    """Return rules (number, expression, flags) as hyperscan stores them: compiled once in a process.

    Stored, because whoever loads it gets scratch space of their own: analyzers of two threads share none.
    """
    database = hyperscan.Database()
    numbers, expressions, flags = zip(*rules, strict=True)
    try:
        database.compile(
            expressions=list(expressions), ids=list(numbers), elements=len(rules), flags=list(flags)
        )
    except hyperscan.error as error:
        raise RuleError(f"the patterns do not compile: {error}") from error
    stored: bytes = hyperscan.dumpb(database)
    return stored


class Database:
    """One compiled set of expressions; `scan` is linear in the text."""

    def __init__(self, expressions: Mapping[int, bytes], flags: Mapping[int, int]) -> None:
        self._empty = not expressions
        if self._empty:
            return
        rules = tuple((rule, expression, flags[rule]) for rule, expression in expressions.items())
        self._database = hyperscan.loadb(_compiled(rules), hyperscan.HS_MODE_BLOCK)
        self._database.scratch = hyperscan.Scratch(self._database)

    def scan(
        self, value: str, spans: Sequence[Span], inner: NDArray[np.int64] | None = None
    ) -> Iterator[Events]:
        """Yield what begins in the half-open `spans` of `value`, in no order.

        `inner` says per rule whether a boundary character surrounds the value; None: of no rule.
        """
        if self._empty:
            return
        for pieces in _batches(spans):
            found, crossing = self._pieces(value, pieces, inner)
            if found.size:
                yield found
            for piece in crossing:
                found, _ = self._pieces(value, [piece], inner)
                yield found

    def _pieces(
        self, value: str, pieces: Sequence[Span], inner: NDArray[np.int64] | None
    ) -> tuple[Events, Sequence[Span]]:
        """Scan pieces as one text; return what begins in them, and pieces that a match of it runs into.

        Each piece carries one character before it and OVERLAP after it as surroundings. The line breaks
        put around the text give every bounded pattern a character to stand on. What runs from one piece
        into the next may hide what stands there: that one is to be scanned on its own.
        """
        text = _BETWEEN.join([_surrounded(value, start, end) for start, end in pieces])
        data = text.encode("utf-8")
        rules: list[int] = []
        starts: list[int] = []
        ends: list[int] = []
        add_rule, add_start, add_end = rules.append, starts.append, ends.append

        def seen(rule: int, start: int, end: int, _flags: int, _context: object) -> None:
            add_rule(rule)
            add_start(start)
            add_end(end)

        self._database.scan(data, match_event_handler=seen)
        found = np.array((rules, starts, ends), dtype=np.int64)
        if not rules:
            return found, ()
        if len(data) != len(text):
            found[1:] = _code_points(data, found[1:])
        # The character of the boundary is no part of the value
        edge = 0 if inner is None else inner[found[0]]
        found[1] += edge - 1
        found[2] -= edge + 1
        if len(pieces) == 1:
            begin, until = pieces[0]
            found[1:] += begin
            return found[:, (found[1] >= begin) & (found[1] < until)], ()
        return _placed(found, pieces, len(value))


def _placed(found: Events, pieces: Sequence[Span], length: int) -> tuple[Events, Sequence[Span]]:
    """Return what lies within the pieces of one text by its place in the whole, and what is crossed into."""
    begins, ends = np.array(pieces, dtype=np.int64).T
    lengths = np.minimum(ends + OVERLAP, length) - begins + 1 + (ends + OVERLAP >= length)
    origins = np.cumsum(lengths + len(_BETWEEN)) - lengths - len(_BETWEEN)
    index = np.searchsorted(origins, found[1] + 1, side="right") - 1
    crossing = found[2] + 1 > (origins + lengths)[index]
    found[1:] += (begins - origins)[index]
    within = ~crossing & (found[1] >= begins[index]) & (found[1] < ends[index])
    again = np.unique(index[crossing]) + 1
    return found[:, within], [pieces[each] for each in again.tolist()]


def _batches(spans: Sequence[Span]) -> Iterator[list[Span]]:
    """Cut long spans, and put short ones together until they hold BLOCK characters."""
    batch: list[Span] = []
    size = 0
    for begin, until in spans:
        for start in range(begin, until, BLOCK):
            end = min(start + BLOCK, until)
            if batch and size + end - start > BLOCK:
                yield batch
                batch, size = [], 0
            batch.append((start, end))
            size += end - start + OVERLAP
    if batch:
        yield batch


def _surrounded(value: str, start: int, end: int) -> str:
    before = value[start - 1] if start else "\n"
    after = "\n" if end + OVERLAP >= len(value) else ""
    return f"{before}{value[start : end + OVERLAP]}{after}"


class Matcher:
    """Compiles patterns and labels once; `find` is linear in the text and keeps no state.

    Labels and free patterns see the whole text, the announced patterns of a detector only the zones
    that its labels govern. Not for use by two threads at once: scratch space is shared.
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
        self._ids = [pattern.id for _, pattern in patterns]
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
        bound: dict[tuple[int, int | None], dict[int, bytes]] = {}
        for rule, (detector, pattern) in enumerate(self._patterns):
            if pattern.announced or pattern.reach is not None:
                bound.setdefault((detector, pattern.reach), {})[rule] = expressions.pop(rule)
        self._bound = {where: Database(own, flags) for where, own in bound.items()}
        self._free = Database(expressions, flags)
        self._inner = np.zeros(len(flags), dtype=np.int64)
        self._inner[: len(self._patterns)] = [pattern.bounded for _, pattern in self._patterns]
        self._detector = np.array([detector for detector, _ in self._patterns], dtype=np.int64)
        screens = [pattern.screen for _, pattern in self._patterns]
        self._screens = {
            screen: np.array([each is screen for each in screens], dtype=np.bool_)
            for screen in screens
            if screen is not None
        }

    def find(self, value: str, layout: Layout, header: Sequence[str] | None = None) -> Found:
        """Return the pattern hits (longest per pattern and start) and the label words, ordered by start.

        Hits of announced patterns are left out where no label of their detector can govern them;
        for the cells of a column that is decided by the label words of its `header`.
        """
        events = _longest(list(self._free.scan(value, [(0, len(value))], self._inner)))
        is_label = events[0] >= len(self._patterns)
        labels = events[:, is_label]
        labels = labels[:, _stand_alone(layout, labels[1], labels[2])]
        labels[0] -= len(self._patterns)
        zones = self._zones(layout, labels, header or ())
        found = [events[:, ~is_label]]
        for (detector, reach), database in self._bound.items():
            if reach is None:
                spans = zones.spans(detector, len(value))
            else:
                spans = self._near(labels, detector, reach, len(value))
            found.extend(database.scan(value, spans, self._inner))
        hits = _longest(found)
        announced = zones.governed(self._detector[hits[0]], hits[1])
        kept = self._screened(layout, hits, announced)
        words = LabelHits(labels[1], labels[2], labels[0], self._words)
        return Found(self._hits(hits[:, kept], announced[kept]), words.without_contained(self._weak))

    def _hits(self, events: Events, announced: Mask) -> Iterator[tuple[int, list[Hit]]]:
        """Yield hits as objects, the detectors one after the other: each is faster on its own."""
        detectors = self._detector[events[0]]
        for detector in np.unique(detectors).tolist():
            (own,) = (detectors == detector).nonzero()
            for at in range(0, len(own), _ROWS):
                some = own[at : at + _ROWS]
                rules, starts, ends = events[:, some].tolist()
                patterns = [self._ids[rule] for rule in rules]
                yield detector, list(map(Hit, patterns, starts, ends, announced[some].tolist()))

    def _zones(self, layout: Layout, labels: Events, header: Sequence[str]) -> Zones:
        """Return where the values may stand that the labels govern: those of the text and of a column."""
        zones = Zones()
        words, _, ends = labels
        until = extents(layout, ends) if len(ends) else ends
        in_header = {detector for word in header for detector in self._serves.get(word, ())}
        for detector, serving in self._serving.items():
            if detector in in_header:
                zones.add(detector, np.array([0]), np.array([layout.length]))
                continue
            own = serving[words]
            if own.any():
                zones.add(detector, ends[own], until[own])
        return zones

    def _near(self, labels: Events, detector: int, reach: int, length: int) -> list[Span]:
        """Return where values may begin at most `reach` characters behind a label of their detector."""
        ends = np.sort(labels[2, self._serving[detector][labels[0]]])
        if not len(ends):
            return []
        zones = Zones()
        zones.add(detector, ends, ends + reach)
        return zones.spans(detector, length)

    def _screened(self, layout: Layout, hits: Events, announced: Mask) -> Mask:
        """Say which hits the screens of their patterns let through."""
        kept = np.ones(hits.shape[1], dtype=np.bool_)
        for screen, rules in self._screens.items():
            (own,) = rules[hits[0]].nonzero()
            if len(own):
                kept[own] = screen(layout, hits[1, own], hits[2, own], announced[own])
        return kept


def _longest(found: Sequence[Events]) -> Events:
    """Return all events ordered by start and rule, of each such pair the one with the last end."""
    events = np.concatenate(found, axis=1) if found else np.empty((3, 0), dtype=np.int64)
    # One number an event: starts below 2**31, rules and lengths (of a block at most) below 2**16
    keys = (events[1] << 32) | (events[0] << 16) | (events[2] - events[1])
    keys.sort()
    last = np.ones(len(keys), dtype=np.bool_)
    last[:-1] = (keys[1:] >> 16) != (keys[:-1] >> 16)
    keys = keys[last]
    starts = keys >> 32
    return np.stack(((keys >> 16) & 0xFFFF, starts, starts + (keys & 0xFFFF)))


def _code_points(data: bytes, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for byte offsets the number of characters that begin before them.

    Eight bytes are counted at a time: a product with ones in every byte has their sum in the highest.
    """
    heads = np.zeros((len(data) // 8 + 1) * 8, dtype=np.bool_)
    np.greater_equal(np.frombuffer(data, dtype=np.int8), -64, out=heads[: len(data)])  # 0x80..0xBF follow
    words = heads.view("<u8")
    before = np.zeros(len(words) + 1, dtype=np.int64)
    np.cumsum((words * _ONES) >> _HIGHEST, out=before[1:], dtype=np.int64)
    word, rest = offsets >> 3, (offsets & 7).astype(np.uint64)
    partly = words[word] << (_HIGHEST - 8 * rest) << np.uint64(8)
    places: NDArray[np.int64] = before[word] + ((partly * _ONES) >> _HIGHEST).astype(np.int64)
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
