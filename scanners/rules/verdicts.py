"""What is done with a finding under the rules in force: reported, left below its threshold, or allowed."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import unquote

from scanners.model import Category
from scanners.normalise import normalise
from scanners.rules.expressions import covers
from scanners.rules.model import Allow, RuleSet


class Verdict(enum.Enum):
    """What becomes of a finding."""

    REPORTED = enum.auto()
    BELOW = enum.auto()  # its score is under the category's threshold
    ALLOWED = enum.auto()  # known and counted, but no finding


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The rules as they apply to one object."""

    rules: RuleSet
    allows: tuple[Allow, ...]  # those whose path covers the object
    judged: frozenset[bytes]

    def of(
        self,
        category: Category,
        value: str,
        fingerprint: bytes,
        score: float,
        older: frozenset[bytes] = frozenset(),
    ) -> Verdict:
        """Return what becomes of one finding; linear in the value.

        `older` are its fingerprints under earlier keys, which people may have judged or written into rules.
        """
        if score < self.rules.thresholds.get(category, 0.0):
            return Verdict.BELOW
        known = older | {fingerprint}
        if known & self.judged:
            return Verdict.ALLOWED
        allowed = any(_holds(allow, category, value, known) for allow in self.allows)
        return Verdict.ALLOWED if allowed else Verdict.REPORTED


def verdicts(rules: RuleSet, uri: str, scope: str) -> Verdicts | None:
    """Return the rules for the object at `uri`, None when every finding is reported.

    `scope` is the name under which people's judgements apply to what is scanned.
    """
    judged = rules.judged.get(scope, frozenset())
    if not (judged or rules.allows or rules.thresholds):
        return None
    place = unquote(uri.partition("://")[2], errors="replace")
    covering = tuple(each for each in rules.allows if not each.path or fnmatchcase(place, each.path))
    return Verdicts(rules, covering, judged)


def _holds(allow: Allow, category: Category, value: str, known: frozenset[bytes]) -> bool:
    if allow.category is not None and allow.category is not category:
        return False
    if allow.fingerprint is not None and allow.fingerprint not in known:
        return False
    return not allow.pattern or covers(allow.pattern, normalise(value).value)
