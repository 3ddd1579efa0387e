"""What detectors offer, and the text they are given."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from scanners.model import Category, Match


@dataclass(frozen=True, slots=True)
class Pattern:
    """One expression of the shared hyperscan database, matched against normalised text as UTF-8.

    No look-around, no `\\b` beside kana or kanji, small bounded repeats only; boundaries and
    check digits are judged in Python afterwards.
    """

    id: str  # unique within its detector: "mobile"
    expression: str


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a pattern matched (code points of the normalised text, which has the original's length)."""

    pattern: str
    start: int
    end: int


class Text(Protocol):
    """Normalised text of the original's length, with the evidence that stands around a place.

    Full-width digits, letters, hyphens of all kinds and spaces are their ASCII forms.
    """

    @property
    def value(self) -> str:
        """The normalised text; offsets into it are offsets into the original."""
        ...

    def label(self, start: int, end: int, labels: frozenset[str], reach: int = 40) -> str | None:
        """Return the label word that governs [start, end): before it on the line, or its table header."""
        ...


class PatternDetector(Protocol):
    """Judges the hits of its own patterns: the fast tier."""

    name: str
    version: int
    categories: frozenset[Category]
    patterns: tuple[Pattern, ...]
    labels: frozenset[str]  # words that announce the value: 「電話番号」「TEL」

    def judge(self, hit: Hit, text: Text) -> Match | None:
        """Return the match with score and evidence, or None when the hit is not of the category."""
        ...


class TextDetector(Protocol):
    """Reads whole passages: names and other things that no pattern describes."""

    name: str
    version: int
    categories: frozenset[Category]

    def detect(self, text: Text) -> Iterator[Match]:
        """Yield the matches of one passage, ordered by start."""
        ...
