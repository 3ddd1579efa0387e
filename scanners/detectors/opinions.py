"""What the names models see, held against labels, titles and each other."""

from __future__ import annotations

import re
from typing import Final

from scanners.column_names import is_surname
from scanners.detectors.interface import Text
from scanners.model import Evidence, EvidenceKind, Match
from scanners.names.words import HONORIFICS, NOT_SURNAMES_EN
from scanners.names_english.reader import Reading, other_at
from scanners.names_model.combine import JAPANESE
from scanners.names_model.model import Span

DICTIONARY: Final = Evidence(EvidenceKind.DICTIONARY, "surname")
# What the English model overrules when it sees something else: a given name of the list, a guess.
WEAK: Final = frozenset({DICTIONARY, JAPANESE.evidence})
_TITLE: Final = re.compile(r"(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? ")
_ANSWERED: Final = re.compile(r"(?:\A|\s)[有無]\Z")  # 「前科 有」 answers a field
_BRACKETED: Final = re.compile(r"(?P<name>[一-龥々ァ-ヴーA-Za-z ]{2,}?)\([^()\n]*\)?\Z")
_TWO: Final = re.compile("(?P<first>[一-龥々]{1,4})[・/](?P<second>[一-龥々]{1,4}|[ァ-ヴー]{2,9})")
_SURE_OTHER: Final = 0.5
_NO_PERSON: Final = 0.02


def is_other(value: str, match: Match, reading: Reading) -> bool:
    """Say whether the English model is sure that a weakly founded name is a firm, a place or the like."""
    if (
        not match.evidence
        or not WEAK.issuperset(match.evidence)
        or not value[match.start : match.end].isascii()
    ):
        return False
    other = other_at(reading.others, match.start, match.end)
    return other is not None and other.score >= _SURE_OTHER and other.person < _NO_PERSON


def parted(text: Text, span: Span) -> list[Span]:
    """Return a span of the model without what stands in brackets behind it, and persons joined by ・ apart."""
    name = text.value[span.start : span.end]
    head = _BRACKETED.match(name)
    if head is not None:
        span = span._replace(end=span.start + len(head["name"].rstrip()))
    joined = _TWO.fullmatch(name)
    if joined is not None:
        first = span._replace(end=span.start + joined.end("first"))
        return [first, span._replace(start=span.start + joined.start("second"))]
    return [span]


def bare(text: Text, span: Span) -> Span:
    """Return a span of the model without the honorific at its end or the title before it."""
    title = _TITLE.match(text.value, span.start, span.end)
    if title is not None and title.end() < span.end:
        span = span._replace(start=title.end())
    name = text.value[span.start : span.end]
    for honorific in HONORIFICS:
        if name.endswith(honorific) and len(name) > len(honorific):
            return span._replace(end=span.end - len(honorific))
    return span


def is_plausible(text: Text, span: Span) -> bool:
    """Tell whether what the model reads as a person may be one: it knows no labels and no places."""
    name = text.value[span.start : span.end]
    if _ANSWERED.search(name) and not is_surname(name[:-1].strip()):
        return False
    return NOT_SURNAMES_EN.isdisjoint(name.split(" "))
