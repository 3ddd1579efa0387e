"""Holds the whole analyzer, a workspace's rules included, to the workspace's examples and cases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanners.detection import DetectorAnalyzer, analyzer
from scanners.detectors.table import pattern_detectors, text_detectors
from scanners.model import Category
from scanners.rules.model import Example, RuleSet


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that the analyzer does not meet; values are those of the rule file."""

    rule: str  # a pattern's or a detector's name
    example: Example
    found: tuple[str, ...]


def examples(rules: RuleSet) -> int:
    """Return how many examples `failures` looks at."""
    groups = [each.examples for each in rules.patterns] + [each.examples for each in rules.cases]
    return sum(len(group) for group in groups)


def failures(rules: RuleSet) -> Iterator[Failure]:
    """Yield every example that all detectors and rules together do not meet, in the order of the files."""
    categories = {each.name: each.categories for each in (*pattern_detectors(), *text_detectors())}
    slow = {each.name for each in text_detectors()}
    built = analyzer(names=any(each.detector in slow for each in rules.cases), rules=rules)
    for rule in rules.patterns:
        for example in rule.examples:
            wanted = frozenset({rule.category})
            found = tuple(_found(built, example, wanted, f"custom.{rule.id}/"))
            if found != example.values:
                yield Failure(rule.id, example, found)
    for case in rules.cases:
        for example in case.examples:
            found = tuple(_found(built, example, categories[case.detector], ""))
            if found != example.values:
                yield Failure(case.detector, example, found)


def _found(
    built: DetectorAnalyzer, example: Example, wanted: frozenset[Category], rule: str
) -> Iterator[str]:
    for match in built.text(example.text):
        if match.category in wanted and match.rule.startswith(rule):
            yield example.text[match.start : match.end]
