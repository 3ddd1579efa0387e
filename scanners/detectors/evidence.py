"""How reasons add up to a score, and the questions that number detectors ask of a text."""

import re
import string
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import prod
from types import MappingProxyType

from scanners.detectors.calibration import calibrated
from scanners.detectors.foreign import FOREIGN_LABELS
from scanners.detectors.interface import Label, Text
from scanners.layout import CODE, DASH, DIGIT, PERCENT, SIGN, STOP, UNDERSCORE, Layout, Mask, Places
from scanners.model import Category, Evidence, EvidenceKind, Match

SEPARATOR = "[ -]{0,2}\n?"  # between groups of digits: hyphen, blanks, and a line break of wrapped text
ANY_SEPARATOR = "[ ./・-]{0,3}\n?"  # where a label says what number it is
PATTERN = Evidence(EvidenceKind.PATTERN)
CHECK_DIGIT = Evidence(EvidenceKind.CHECK_DIGIT)

# How far each reason alone would be believed. They are combined as independent doubts: the score is
# one minus the product of what each leaves open.
WEIGHT: Mapping[EvidenceKind, float] = MappingProxyType(
    {
        EvidenceKind.PATTERN: 0.3,
        EvidenceKind.CHECK_DIGIT: 0.5,
        EvidenceKind.LABEL: 0.7,
        EvidenceKind.COLUMN: 0.75,
        EvidenceKind.DENSITY: 0.5,
        EvidenceKind.DICTIONARY: 0.5,
        EvidenceKind.NUMBERING_PLAN: 0.5,
        EvidenceKind.CONTEXT: 0.4,
    }
)
# What speaks against a value lowers the whole score: to a guess where it cannot be, a little where many err.
AGAINST: Mapping[EvidenceKind, float] = MappingProxyType(
    {EvidenceKind.ERA_ENDED: 0.5, EvidenceKind.ERA_TURN: 0.95}
)

_NAMED = re.compile(
    "[一-龥々ヶ]{1,4} [一-龥々ぁ-んァ-ヶー]{1,5}|[ァ-ヶー]{2,8}[ ・][ァ-ヶー]{2,8}|"
    "[A-Z][A-Za-z]+,? [A-Z][A-Za-z]+|[一-龥ぁ-んァ-ヶー](?:様|さん|氏)|"
    "(?<=[|\t,]) ?[一-龥々ぁ-んァ-ヶー]{2,8} ?(?=[|\t,])"
)
_NOT_DIGIT = re.compile("[^0-9]+")
_JOINERS = frozenset("-./_")
_CODE = frozenset(string.ascii_letters + string.digits)
_DIGITS = frozenset(string.digits)
_BEFORE = _CODE | frozenset("_\\#$")
_AFTER = _CODE | frozenset("_%")


def score(*evidence: Evidence) -> float:
    """Return 0..1: one minus the product of the doubts that each reason for a value leaves."""
    doubt = 1.0
    for reason in evidence:
        doubt *= 1.0 - WEIGHT.get(reason.kind, 0.0)
    return round(1.0 - doubt, 3)


def believed(category: Category, evidence: Iterable[Evidence]) -> float:
    """Return the score of a match: its evidence calibrated for the category, less what speaks against."""
    reasons = tuple(evidence)
    return round(calibrated(category, score(*reasons)) * _against(reasons), 3)


def _against(evidence: Iterable[Evidence]) -> float:
    return prod(AGAINST.get(reason.kind, 1.0) for reason in evidence)


def weight(match: Match) -> float:
    """Return what a match weighs against one it overlaps: its evidence as it is, before calibration.

    That a category is nearly always right where it was counted says nothing of a place that two claim.
    """
    return _weight(match.category, match.evidence, match.score)


@lru_cache(maxsize=4096)
def _weight(category: Category, evidence: tuple[Evidence, ...], total: float) -> float:
    if believed(category, evidence) != total:  # of a name or a rule of the workspace: made otherwise
        return total
    return round(score(*evidence) * _against(evidence), 3)


def number(rule: str, category: Category, start: int, end: int, *evidence: Evidence | Label | None) -> Match:
    """Return a match over [start, end) whose score follows from its evidence; None terms are left out."""
    reasons, total = _settled(
        category,
        tuple([reason.evidence if type(reason) is Label else reason for reason in evidence if reason]),
    )
    return Match(start, end, category, total, sys.intern(rule), reasons)


@lru_cache(maxsize=4096)
def _settled(category: Category, reasons: tuple[Evidence, ...]) -> tuple[tuple[Evidence, ...], float]:
    """Return the one shared tuple of these reasons and their score: a text may hold a million matches."""
    return reasons, believed(category, reasons)


def digits(value: str) -> str:
    """Return the ASCII digits of a value."""
    return _NOT_DIGIT.sub("", value)


def alone(value: str, start: int, end: int, label: Label | None = None) -> bool:
    """Say whether [start, end) is no part of a longer code: AB-123-4567-8, 1.2.3, x123, 12%.

    A `label` that ends where the value begins parts it from what stands before: TEL03-1234-5678.
    """
    if start and (label is None or label.column or label.distance):
        before = value[start - 1]
        if before in _BEFORE or _joined(before, value[max(0, start - 2) : start - 1]):
            return False
    if end < len(value):
        after = value[end]
        if after in _AFTER or (after in _JOINERS and value[end + 1 : end + 2] in _CODE):
            return False
    return True


def stand_alone(layout: Layout, starts: Places, ends: Places) -> Mask:
    """Say what `alone` says without a label, for many values at once."""
    before, before_that = layout.at(starts - 1), layout.at(starts - 2)
    after, after_that = layout.at(ends), layout.at(ends + 1)
    joined = (before & (DASH | UNDERSCORE) != 0) & (before_that & CODE != 0)
    joined |= (before & STOP != 0) & (before_that & DIGIT != 0)
    joined |= (after & (DASH | UNDERSCORE | STOP) != 0) & (after_that & CODE != 0)
    part = (before & (CODE | UNDERSCORE | SIGN)) | (after & (CODE | UNDERSCORE | PERCENT))
    apart: Mask = ~joined & (part == 0)
    return apart


def _joined(mark: str, before: str) -> bool:
    # 「No.123」 and 「TEL.03」 abbreviate a word: a stop joins digits only.
    return mark in _JOINERS and before != "" and before in (_DIGITS if mark == "." else _CODE)


def is_foreign(text: Text, start: int, end: int, reach: int = 24) -> bool:
    """Say whether a word for something else (an order, a lot, a part) governs the value."""
    return text.label(start, end, FOREIGN_LABELS, reach) is not None


def is_topic(text: Text, start: int, end: int, words: re.Pattern[str], reach: int = 1_500) -> bool:
    """Say whether a text speaks of something before a value, or shortly behind it on its line."""
    high = min(text.line(start)[1], end + 60)
    return words.search(text.value, max(0, start - reach), high) is not None


def names_somebody(text: Text, start: int) -> bool:
    """Say whether what looks like a full name stands before a value on its line or on the line above."""
    low, _ = text.line(start)
    above = text.value.rfind("\n", 0, max(0, low - 1)) + 1
    return _NAMED.search(text.value, max(above, start - 120), start) is not None


def around(text: Text, start: int, end: int, reach: int) -> str:
    """Return the surroundings of a value, `reach` characters to each side, the value included."""
    return text.value[max(0, start - reach) : end + reach]
