"""Whether a passage is somebody's record or speaks to everybody: signs of both, weighed around a place.

A disease is a person's where the document has the shape of a record (主訴, 既往歴, ages, doses, findings)
and nobody's where it has that of a leaflet, a statute or a statistic. One word decides nothing: all
signs within reach are added up, each counted once.
"""

from __future__ import annotations

import enum
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

import hyperscan
import yaml

from data import read_text
from scanners.diseases import ABBREVIATIONS, hints
from scanners.matcher import Database

_LEXICON: Final[dict[str, Any]] = yaml.safe_load(read_text("lexicon_clinical.yaml"))
CONTEXT_WORDS: Final[tuple[str, ...]] = tuple(
    dict.fromkeys(word for group in _LEXICON["context"].values() for word in group)
)
_CELL: Final = 128  # characters: what surrounds a place is weighed once per cell
_CELLS: Final = 4  # cells to each side that surround it
_SENTENCE: Final = 100  # characters to each side that a sentence reaches at most
_STOP: Final = re.compile(r"[。\n]|[.!?] (?=[A-Z])")


class Sign(enum.IntEnum):
    """What a sign speaks for."""

    RECORD = 0  # somebody's record
    KIN = 1  # a relative: of his own sentence only
    GENERAL = 2  # everybody
    CONTEXT = 3  # a test, treatment, department or drug
    DISEASE = 4  # perhaps the name of a disease
    ABBREVIATION = 5  # the same, in capitals; begins one character later


_CONTEXT: Final = int(Sign.CONTEXT)
_DISEASE: Final = int(Sign.DISEASE)


class Weights(NamedTuple):
    """How much speaks for a record, a relative and everybody."""

    record: float
    kin: float
    general: float


_NOTHING: Final = Weights(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class _Signs:
    database: Database
    kinds: tuple[int, ...]
    weights: tuple[float, ...]


def _rules() -> Iterator[tuple[str, Sign, float]]:
    """Yield expression, kind and weight of all signs."""
    for weight, words in _LEXICON["heads"].items():
        for word in words:
            yield rf"{re.escape(word)} ?[:\]】>)|\n\t ]", Sign.RECORD, float(weight)
    for key, kind in (("signs", Sign.RECORD), ("kin", Sign.KIN), ("general", Sign.GENERAL)):
        for weight, expressions in _LEXICON[key].items():
            for expression in expressions:
                for alternative in _alternatives(expression):
                    yield alternative, kind, float(weight)
    for word in CONTEXT_WORDS:
        yield re.escape(word), Sign.CONTEXT, 0.5
    for word in hints():
        yield re.escape(word), Sign.DISEASE, 0.0
    yield f"[^A-Za-z0-9]({'|'.join(ABBREVIATIONS)})[^A-Za-z0-9]", Sign.ABBREVIATION, 0.0


def _alternatives(expression: str) -> Iterator[str]:
    """Yield what bars outside all brackets part: each is a sign of its own."""
    depth = start = 0
    for at, char in enumerate(expression):
        if expression[at - 1 : at] != "\\":
            depth += (char in "([") - (char in ")]")
        if char == "|" and not depth:
            yield expression[start:at]
            start = at + 1
    yield expression[start:]


@cache
def _signs() -> _Signs:
    rules = list(dict.fromkeys(_rules()))
    flags = hyperscan.HS_FLAG_SOM_LEFTMOST | hyperscan.HS_FLAG_UTF8
    return _Signs(
        Database(
            {index: expression.encode() for index, (expression, _, _) in enumerate(rules)},
            {
                index: flags | (hyperscan.HS_FLAG_CASELESS if _is_caseless(expression, kind) else 0)
                for index, (expression, kind, _) in enumerate(rules)
            },
        ),
        tuple(int(kind) for _, kind, _ in rules),
        tuple(weight for _, _, weight in rules),
    )


def _is_caseless(expression: str, kind: Sign) -> bool:
    return kind in (Sign.CONTEXT, Sign.DISEASE) and expression.isascii() and not expression.isupper()


class Reader:
    """Reads a text once for the detectors that look at it one after the other; one per thread."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._last: tuple[str, Reading] | None = None

    def read(self, value: str) -> Reading:
        """Return the signs of a text and keep them for whoever asks next."""
        reading = Reading(value)
        self._last = value, reading
        return reading

    def taken(self, value: str) -> Reading:
        """Return the signs of a text, those that were kept if it is the same, and keep nothing."""
        last, self._last = self._last, None
        return last[1] if last is not None and last[0] is value else Reading(value)


class Reading:
    """The signs of one text; every question costs what surrounds its place, not the text."""

    def __init__(self, value: str) -> None:
        """Read a normalised text."""
        signs = _signs()
        self._value = value
        self._kinds, self._weights = signs.kinds, signs.weights
        self.diseases: list[int] = []  # where names of diseases may stand, ordered
        self.context: list[tuple[int, int]] = []  # tests, treatments, departments and drugs, ordered
        self._abbreviations: list[int] = []
        self._rules: list[int] = []
        self._starts: list[int] = []
        self._sort(
            event for block in signs.database.scan(value, [(0, len(value))]) for event in block.T.tolist()
        )
        self._cells: dict[int, Weights] = {}

    def _sort(self, events: Iterator[list[int]]) -> None:
        """Part the events by what they are."""
        kinds = self._kinds
        told = []
        for rule, start, end in events:
            kind = kinds[rule]
            if kind < _DISEASE:
                told.append((start, rule))
                if kind == _CONTEXT:
                    self.context.append((start, end))
            elif kind == _DISEASE:
                self.diseases.append(start)
            else:
                self.diseases.append(start + 1)
                self._abbreviations.append(start + 1)
        told.sort()
        self._starts, self._rules = [start for start, _ in told], [rule for _, rule in told]
        self.diseases.sort()
        self.context.sort()
        self._abbreviations.sort()

    def abbreviates(self, start: int, end: int) -> bool:
        """Say whether an abbreviation of a disease may stand in [start, end)."""
        places = self._abbreviations
        return bool(places) and bisect_left(places, start) < bisect_left(places, end)

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Return the bounds of the sentence around [start, end)."""
        low = max(0, start - _SENTENCE)
        stop = None
        for stop in _STOP.finditer(self._value, low, start):  # noqa: B007  the last one
            pass
        after = _STOP.search(self._value, end, end + _SENTENCE)
        return stop.end() if stop else low, after.end() if after else min(len(self._value), end + _SENTENCE)

    def within(self, start: int, end: int) -> Weights:
        """Return what the signs say that begin in [start, end), each counted once."""
        first, last = bisect_left(self._starts, start - 1), bisect_left(self._starts, end)
        if first == last:
            return _NOTHING
        sums = [0.0, 0.0, 0.0, 0.0]
        for rule in set(self._rules[first:last]):
            sums[self._kinds[rule]] += self._weights[rule]
        return Weights(sums[0] + min(1.5, sums[3]), sums[1], sums[2])

    def around(self, at: int) -> Weights:
        """Return what the signs say in the surroundings of a place."""
        cell = at // _CELL
        weights = self._cells.get(cell)
        if weights is None:
            weights = self.within((cell - _CELLS) * _CELL, (cell + _CELLS + 1) * _CELL)
            self._cells[cell] = weights
        return weights


def balance(said: Weights, around: Weights) -> float:
    """Return what the signs of a record leave over those of text for everybody.

    `said` are those of the sentence, `around` those of its surroundings: there they weigh less, and in
    a clear record a general word weighs little.
    """
    record = 0.8 * min(said.record, 6.0) + 0.5 * min(max(0.0, around.record - said.record), 8.0)
    general = 1.5 * min(said.general, 6.0) + 0.4 * min(max(0.0, around.general - said.general), 9.0)
    return record + min(2.0, said.kin) - general / (1.0 + 0.3 * max(0.0, around.record - 3.0))
