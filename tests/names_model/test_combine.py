"""How the rules' and the model's opinions become one."""

from __future__ import annotations

import pytest

from scanners.model import Category, Evidence, EvidenceKind, Match
from scanners.names_model.combine import combine
from scanners.names_model.model import Span


def rule(start: int, end: int, score: float, kind: str = "full") -> Match:
    """Return a match of the rules."""
    evidence = (Evidence(EvidenceKind.DICTIONARY, "surname"),)
    return Match(start, end, Category.PERSON, score, f"person.{kind}/1", evidence)


ADDRESS = Match(20, 30, Category.ADDRESS, 0.9, "address.full/1", ())


@pytest.mark.parametrize(
    ("rules", "spans", "expected"),
    [
        ([], [Span(2, 4, 0.95)], [(2, 4)]),  # the model alone, sure
        ([], [Span(2, 4, 0.4)], []),  # the model alone, unsure
        ([], [Span(22, 24, 0.99)], []),  # inside an address
        ([rule(2, 4, 0.93)], [], [(2, 4)]),  # a good rule alone
        ([rule(2, 4, 0.4, "surname")], [], []),  # a very weak rule alone
        ([rule(2, 4, 0.6, "surname")], [], [(2, 4)]),  # a weak rule alone keeps its low score
        ([rule(2, 4, 0.7, "katakana")], [], [(2, 4)]),  # kana are the rules' own
        ([rule(2, 4, 0.6, "surname")], [Span(2, 4, 0.5)], [(2, 4)]),  # both
        ([rule(2, 6, 0.93)], [Span(2, 4, 0.95)], [(2, 4)]),  # the model knows the bounds better
        ([rule(2, 6, 0.93)], [Span(2, 4, 0.5)], [(2, 6)]),  # unless it is unsure
        ([rule(8, 10, 0.9)], [Span(2, 4, 0.9), Span(12, 14, 0.9)], [(2, 4), (8, 10), (12, 14)]),
    ],
)
def test_two_opinions_become_one(
    rules: list[Match], spans: list[Span], expected: list[tuple[int, int]]
) -> None:
    """Spans are kept, replaced or dropped by who says so and how surely."""
    found = combine(rules, spans, [ADDRESS])
    assert [(match.start, match.end) for match in found] == expected


def test_agreement_raises_the_score_and_says_so() -> None:
    """Both together are surer than either, and the model is named as a reason."""
    (match,) = combine([rule(2, 4, 0.8)], [Span(2, 4, 0.8)], [])
    assert match.score > 0.9
    assert Evidence(EvidenceKind.CONTEXT, "names_model") in match.evidence
    assert match.rule == "person.full/1"


def test_the_model_alone_says_how_sure_it_is() -> None:
    """A span of the model carries its probability as score and the model's version as rule."""
    (match,) = combine([], [Span(2, 4, 0.875)], [])
    assert (match.score, match.rule) == (0.875, "person.model/1")
