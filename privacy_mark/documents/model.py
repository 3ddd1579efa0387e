"""The nouns of internal rules 内部規程; no repr shows what a rule says."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NewType

from registry.model import UnitId, UserId

RuleId = NewType("RuleId", int)
VersionId = NewType("VersionId", int)
FactId = NewType("FactId", int)
TABLE, VERSIONS, FACTS = "internal_rule", "internal_rule_version", "internal_rule_fact"
LONGEST_TEXT = 100_000
LONGEST_NOTE = 1_000
REVIEW_MONTHS = 12
"""So many months after it was approved or reviewed a rule is looked at again."""


class RuleKind(enum.StrEnum):
    """Level of a rule; the ids are public API."""

    POLICY = "policy"  # 個人情報保護方針
    RULE = "rule"  # 規程
    PROCEDURE = "procedure"  # 細則・手順
    FORM = "form"  # 様式


class VersionState(enum.StrEnum):
    """How far a version is."""

    WAITING = "waiting"  # 承認待ち
    RETURNED = "returned"  # 差し戻し
    APPROVED = "approved"  # 承認済み
    WITHDRAWN = "withdrawn"  # 取り下げ


OPEN = (VersionState.WAITING, VersionState.RETURNED)


class Outcome(enum.StrEnum):
    """What a yearly review found."""

    KEPT = "kept"  # 改定不要
    REVISE = "revise"  # 改定する


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as people register it."""

    unit_id: UnitId
    kind: RuleKind
    title_ja: str
    title_en: str
    requirements: tuple[str, ...]

    def title(self, language: str) -> str:
        """Return the title in "ja" or "en"."""
        return self.title_en if language == "en" and self.title_en else self.title_ja


@dataclass(frozen=True, slots=True)
class RuleLine(RuleDraft):
    """One rule in the register: nothing that it says."""

    id: RuleId
    in_force: int | None  # number of the version that holds today
    since: date | None  # its first day
    waiting: VersionState | None  # the state of the version that is not decided yet
    differs: bool  # a fact that it states has changed
    revise_since: date | None
    review_due_on: date | None
    ended_on: date | None

    @property
    def number(self) -> str:
        """Return how people call it."""
        return number_of(self.id)


@dataclass(frozen=True, slots=True)
class VersionDraft:
    """One version as people write it: its words, and what changed."""

    valid_from: date
    text: str = field(repr=False)
    change: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Version:
    """One version without its text; `text_of` in `versions` opens that."""

    id: VersionId
    rule_id: RuleId
    unit_id: UnitId
    number: int
    state: VersionState
    valid_from: date
    change: str = field(repr=False)
    author_id: UserId
    author: str = field(repr=False)
    written_at: datetime
    note: str = field(repr=False)
    approver: str = field(repr=False)
    approved_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Review:
    """One yearly review."""

    reviewed_on: date
    outcome: Outcome
    note: str = field(repr=False)
    reviewer: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rule(RuleDraft):
    """One rule with its versions and reviews, the newest first."""

    id: RuleId
    versions: tuple[Version, ...]
    reviews: tuple[Review, ...]
    review_due_on: date | None
    revise_since: date | None
    ended_on: date | None
    version: int

    @property
    def number(self) -> str:
        """Return how people call it."""
        return number_of(self.id)

    def in_force(self, day: date) -> Version | None:
        """Return the version that holds on a day; None before there is one and once the rule has ended."""
        if self.ended_on is not None and day >= self.ended_on:
            return None
        return next((each for each in self._approved() if each.valid_from <= day), None)

    def newest_approved(self) -> Version | None:
        """Return the newest version that was approved, whether or not its first day has come."""
        return next(iter(self._approved()), None)

    def open_version(self) -> Version | None:
        """Return the version that is not decided yet."""
        return next((each for each in self.versions if each.state in OPEN), None)

    def _approved(self) -> list[Version]:
        return [each for each in self.versions if each.state is VersionState.APPROVED]


def number_of(rule_id: int, version: int | None = None) -> str:
    """Return how people call a rule, or a version of it: RU-0012, RU-0012/2."""
    return f"RU-{rule_id:04}" if version is None else f"RU-{rule_id:04}/{version}"
