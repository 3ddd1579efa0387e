"""What detectors offer, and the text they are given."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from scanners.layout import Layout, Mask, Places
from scanners.model import Category, Evidence, EvidenceKind, Match

Screen = Callable[[Layout, Places, Places, Mask], Mask]
"""Says for many hits at once (starts, ends, `Hit.announced`) which of them are worth judging."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One expression of the shared hyperscan database, matched against normalised text as UTF-8.

    No look-around, no anchors, no `\\b`; small bounded repeats only (a match stays under 200
    characters). With `bounded` the framework demands that no ASCII digit stands directly before
    or after the match. Every end of a match is seen, the longest per start is judged. An `announced`
    pattern is looked for only where a label of its detector may govern, one with a `reach` only where
    such a label stands at most so many characters before it. A `screen` spares `judge` the hits that it
    would certainly refuse.
    """

    id: str  # unique within its detector: "mobile"
    expression: str
    bounded: bool = True
    announced: bool = False
    reach: int | None = None
    screen: Screen | None = None


class Hit(NamedTuple):
    """Where a pattern matched: code points of `Text.value`."""

    pattern: str
    start: int
    end: int
    announced: bool  # False when no label of its detector governs it: `Text.label` need not be asked


class Nobodys(NamedTuple):
    """A value that is recognised as nobody's: no match that overlaps it is a finding."""

    start: int
    end: int


class Label(NamedTuple):
    """The word that announces a value: before it on the line, on the line above, or heading its column."""

    word: str  # as the detector's own list writes it
    column: bool  # True when it heads the column (of a table or of delimited text)
    distance: int  # characters between label and value; 0 for a column header
    start: int  # where it stands in `Text.value`; -1 when it is the header of a table column

    @property
    def evidence(self) -> Evidence:
        """Return the label as one term of a score."""
        return Evidence(EvidenceKind.COLUMN if self.column else EvidenceKind.LABEL, self.word)


class Text(Protocol):
    """Normalised text with the evidence that stands around a place.

    Full-width digits, letters, hyphens of all kinds and spaces are their ASCII forms, half-width
    kana full-width. Offsets are offsets into `value`; the framework maps matches to the original.
    """

    @property
    def value(self) -> str:
        """The normalised text."""
        ...

    @property
    def column(self) -> str | None:
        """The header when the text is the cells of one table column, one a line; None for prose."""
        ...

    @property
    def matches(self) -> Sequence[Match]:
        """What the pattern detectors found, ordered by start; empty while they are still at work."""
        ...

    def line(self, at: int) -> tuple[int, int]:
        """Return start and end of the line (or cell) that holds offset `at`, without its line break."""
        ...

    def label(self, start: int, end: int, labels: frozenset[str], reach: int = 40) -> Label | None:
        """Return the label that governs [start, end), or None.

        It is the nearest label word of *any* detector before the value (at most `reach` characters
        away, on its line; on the line above when only blanks stand before the value); when that is
        one of `labels` it governs. Otherwise the header of the value's column is looked at.
        """
        ...

    def speaks_of(self, labels: frozenset[str], at: int, reach: int) -> bool:
        """Say whether a word of `labels` stands at most `reach` characters before `at`."""
        ...

    def labels_in(self, start: int, end: int, labels: frozenset[str]) -> list[Label]:
        """Return the words of `labels` that stand wholly within [start, end), ordered by start."""
        ...


class Detector(Protocol):
    """What every detector says of itself; plain class attributes do."""

    @property
    def name(self) -> str:
        """The detector's id: "phone"."""
        ...

    @property
    def version(self) -> int:
        """Raised with every change of what is found."""
        ...

    @property
    def categories(self) -> frozenset[Category]:
        """What it may find."""
        ...

    @property
    def labels(self) -> frozenset[str]:
        """Words that announce its values: 「電話番号」, "tel no"; a blank also means "_", "-" or nothing."""
        ...


class PatternDetector(Detector, Protocol):
    """Judges the hits of its own patterns: the fast tier."""

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """Its expressions."""
        ...

    def judge(self, hit: Hit, text: Text) -> Match | Nobodys | None:
        """Return the match with score and evidence, or None when the hit is not of the category."""
        ...


class TextDetector(Detector, Protocol):
    """Reads whole passages: names and other things that no pattern describes."""

    def detect(self, text: Text) -> Iterator[Match]:
        """Yield the matches of one passage, ordered by start."""
        ...
