"""One opinion from two: the rules about names and the names model."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from scanners.model import Category, Evidence, EvidenceKind, Match
from scanners.names_english.model import VERSION as ENGLISH_VERSION
from scanners.names_model.model import VERSION, Span

# What the model alone must be sure of; measured in the model's card.
ALONE: Final = 0.45
# From here the model's bounds replace those of a rule that sees another stretch of the same name.
BETTER_BOUNDS: Final = 0.7
# Rules below this score need the model's consent. Was 0.76; lowered because five surnames before が were
# lost in the development set, at .003 of F1 on the public sentences: chosen on data seen, not proven.
_WEAK_RULE: Final = 0.5
_AGREED: Final = 0.97


@dataclass(frozen=True, slots=True)
class Source:
    """Which model spans come from: its evidence, and the rule of a match that it makes alone."""

    evidence: Evidence
    rule: str


JAPANESE: Final = Source(
    Evidence(EvidenceKind.CONTEXT, "names_model"), f"person.model/{VERSION.rsplit('-', 1)[-1]}"
)
ENGLISH: Final = Source(
    Evidence(EvidenceKind.CONTEXT, "english_model"), f"person.english/{ENGLISH_VERSION.rsplit('-', 1)[-1]}"
)


def combine(
    rules: Sequence[Match], spans: Sequence[Span], taken: Sequence[Match], source: Source = JAPANESE
) -> list[Match]:
    """Return the persons both opinions make, ordered by start, without overlaps among them.

    `rules` are the matches of the rules (category PERSON), `spans` what the model sees in the same
    text, `taken` the matches of other categories, ordered by start and free of overlaps: a name
    inside an address or a mail address is none. Where both see the same name its score rises; a
    rule with a weak reason that the model does not share is dropped.
    """
    kept: list[Match] = []
    ordered = sorted(spans, key=lambda span: span.start)
    used: set[int] = set()
    for match in sorted(rules, key=lambda match: match.start):
        seen = _overlapping(ordered, match.start, match.end)
        best = max(seen, key=lambda index: ordered[index].score, default=None)
        if best is None:
            if match.score >= _WEAK_RULE or not _readable(match):
                kept.append(match)
            continue
        span = ordered[best]
        if (span.start, span.end) == (match.start, match.end):
            used.add(best)
            kept.append(_agreed(match, span, source.evidence))
        elif span.score < BETTER_BOUNDS:
            kept.append(match)
    firm = sorted(kept, key=lambda match: match.start)
    for index, span in enumerate(ordered):
        if index in used or span.score < ALONE or _meets(taken, span) or _meets(firm, span):
            continue
        kept.append(
            Match(
                span.start, span.end, Category.PERSON, round(span.score, 3), source.rule, (source.evidence,)
            )
        )
    return sorted(kept, key=lambda match: (match.start, match.end))


def _readable(match: Match) -> bool:
    """Say whether the model reads such names well; readings and Latin script have rules of their own."""
    return match.rule.startswith(("person.surname", "person.full"))


def _agreed(match: Match, span: Span, evidence: Evidence) -> Match:
    score = min(_AGREED, 1 - (1 - match.score) * (1 - span.score * 0.9))
    return Match(
        match.start,
        match.end,
        match.category,
        round(max(match.score, score), 3),
        match.rule,
        (*match.evidence, evidence),
    )


def _overlapping(spans: Sequence[Span], start: int, end: int) -> list[int]:
    return list(_indices(spans, start, end))


def _indices(spans: Sequence[Span] | Sequence[Match], start: int, end: int) -> Iterator[int]:
    """Yield the indices of what overlaps [start, end); neither sequence overlaps itself."""
    index = max(0, bisect_left(spans, start, key=lambda span: span.start) - 1)
    while index < len(spans) and spans[index].start < end:
        if spans[index].end > start:
            yield index
        index += 1


def _meets(matches: Sequence[Match], span: Span) -> bool:
    return next(_indices(matches, span.start, span.end), None) is not None
