"""What a workspace's own rules say: frozen values that reach every worker of a scan."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from scanners.model import Category


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule stands, for messages."""

    file: str
    line: int  # 1-based

    def __str__(self) -> str:
        """Return "rules.yaml:12", as compilers write it."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Example:
    """A text and exactly the values to be found in it; no values: nothing may be found."""

    text: str
    values: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class CustomPattern:
    """A pattern of the workspace's own."""

    id: str
    category: Category
    expression: str
    version: int
    labels: tuple[str, ...]
    label_required: bool
    check_digit: str  # a name in `scanners.rules.patterns.CHECK_DIGITS`, empty for none
    score: float  # of the form alone; a label and a right check digit raise it
    examples: tuple[Example, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Cases:
    """True and false cases that a workspace holds one detector to."""

    detector: str
    examples: tuple[Example, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Allow:
    """What is known not to need a report: every condition that is given must hold."""

    id: str
    category: Category | None
    fingerprint: bytes | None
    pattern: str  # the whole normalised value, empty for any
    path: str  # a glob over the whole location, empty for anywhere
    owner: str
    expires: date  # the last day on which it holds
    reason: str
    place: Place


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules of one workspace on one day; the empty one changes nothing."""

    patterns: tuple[CustomPattern, ...] = ()
    labels: tuple[tuple[Category, str], ...] = ()
    thresholds: Mapping[Category, float] = field(default_factory=dict)
    cases: tuple[Cases, ...] = ()
    allows: tuple[Allow, ...] = ()
    expired: tuple[Allow, ...] = ()  # no longer applied: listed, so that somebody renews or removes them
    given: tuple[tuple[str, Place], ...] = ()  # what may be given once in all files, and where it is
    judged: Mapping[str, frozenset[bytes]] = field(default_factory=dict)
    """Fingerprints that people judged not to be personal data, by the scope that a scan names."""

    @property
    def digest(self) -> str:
        """Return 16 hex digits that change with every rule in force; empty when there is none."""
        terms = [
            *(repr((each.id, each.version, each.expression, each.category.value)) for each in self.patterns),
            *(
                repr((each.labels, each.label_required, each.check_digit, each.score))
                for each in self.patterns
            ),
            *(repr((category.value, word)) for category, word in self.labels),
            *(repr((category.value, least)) for category, least in sorted(self.thresholds.items())),
            *(repr((each.category, each.fingerprint, each.pattern, each.path)) for each in self.allows),
            *(repr((scope, sorted(values))) for scope, values in sorted(self.judged.items()) if values),
        ]
        if not terms:
            return ""
        return hashlib.sha256("\n".join(terms).encode("utf-8")).hexdigest()[:16]
