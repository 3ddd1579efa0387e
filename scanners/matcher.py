"""One hyperscan database for all patterns and label words, run over text in blocks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import hyperscan
import numpy as np
from numpy.typing import NDArray

from scanners.detectors.interface import Hit, Pattern
from scanners.errors import RuleError
from scanners.passage import LabelHit

BLOCK = 32_768  # characters of a block
OVERLAP = 256  # a match is shorter than this, so it lies wholly in the block where it starts

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

    def __init__(self, patterns: Sequence[tuple[int, Pattern]], labels: Sequence[str]) -> None:
        self._patterns = list(patterns)
        self._labels = sorted(labels)
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
        if expressions:
            try:
                self._database.compile(
                    expressions=expressions,
                    ids=list(range(len(expressions))),
                    elements=len(expressions),
                    flags=flags,
                )
            except hyperscan.error as error:
                raise RuleError(f"the patterns do not compile: {error}") from error
        self._empty = not expressions
        self._inner = np.zeros(len(expressions), dtype=np.int64)
        self._inner[: len(self._patterns)] = [pattern.bounded for _, pattern in self._patterns]

    def find(self, value: str) -> Found:
        """Return every pattern hit (longest per pattern and start) and every label word, by start."""
        longest: dict[tuple[int, int], int] = {}
        if not self._empty:
            for at in range(0, len(value), BLOCK):
                self._block(value, at, longest)
        hits: list[tuple[int, Hit]] = []
        labels: list[LabelHit] = []
        count = len(self._patterns)
        for (start, rule), end in sorted(longest.items()):
            if rule >= count:
                if _stands_alone(value, start, end):
                    labels.append((start, end, self._labels[rule - count]))
                continue
            detector, pattern = self._patterns[rule]
            hits.append((detector, Hit(pattern.id, start, end)))
        return Found(hits, labels)

    def _block(self, value: str, at: int, longest: dict[tuple[int, int], int]) -> None:
        """Scan one block; it carries one character before it and OVERLAP after it as surroundings.

        The line breaks put around the text give every bounded pattern a character to stand on.
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
            return
        found = np.array(events, dtype=np.int64)
        starts, ends = found[:, 1], found[:, 2]
        if len(data) != len(text):
            places = _code_points(data)
            starts, ends = places[starts], places[ends]
        rules = found[:, 0]
        inner = self._inner[rules]  # the character of the boundary is no part of the value
        starts = starts + inner + (at - 1)
        ends = ends - inner + (at - 1)
        kept = (starts >= at) & (starts < at + BLOCK)
        for rule, start, end in zip(
            rules[kept].tolist(), starts[kept].tolist(), ends[kept].tolist(), strict=True
        ):
            key = (start, rule)
            if end > longest.get(key, -1):
                longest[key] = end


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
