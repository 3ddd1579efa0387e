"""The nouns of management reviews; no repr shows who attended or what was said."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NewType

from registry.model import UnitId, UserId

ReviewId = NewType("ReviewId", int)
DecisionId = NewType("DecisionId", int)
REVIEWS, INPUTS, DECISIONS = (
    "management_review",
    "management_review_input",
    "management_review_decision",
)


class State(enum.StrEnum):
    """How far a review is; the ids are public API."""

    PLANNED = "planned"  # 予定
    HELD = "held"  # 議事録の作成中
    SUBMITTED = "submitted"  # 承認待ち
    CLOSED = "closed"  # 承認済み
    CANCELLED = "cancelled"  # 中止


RUNNING = (State.PLANNED, State.HELD, State.SUBMITTED)
WAS_HELD = (State.HELD, State.SUBMITTED, State.CLOSED)


class Topic(enum.StrEnum):
    """What a review looks at (J.6.3), in the order of the agenda; the ids are public API."""

    FOLLOW_UP = "follow_up"  # 前回までの見直しの決定
    AUDITS = "audits"  # 監査の結果
    ACTIONS = "actions"  # 不適合と是正処置
    CHECKS = "checks"  # 運用の確認
    SELF_CHECKS = "self_checks"  # 海外会社の自己点検
    COMPLAINTS = "complaints"  # 苦情・相談と外部の意見
    REQUESTS = "requests"  # 開示等の請求
    ACCIDENTS = "accidents"  # 事故
    LEDGER = "ledger"  # 台帳の見直しと実態との差異
    RISKS = "risks"  # リスク分析
    TRAINING = "training"  # 教育
    PLAN = "plan"  # 個人情報保護目的と年間計画
    CERTIFICATES = "certificates"  # 付与と更新
    LAWS = "laws"  # 法令・指針・規範の変更
    CIRCUMSTANCES = "circumstances"  # 社会・技術・事業の変化
    PROPOSALS = "proposals"  # 改善の提案

    @property
    def is_written(self) -> bool:
        """True of what only people know: nothing in the product tells it."""
        return self in (Topic.CIRCUMSTANCES, Topic.PROPOSALS)


class DecisionKind(enum.StrEnum):
    """What a decision is about: what must come of a review (J.6.3)."""

    IMPROVEMENT = "improvement"  # 継続的改善の機会
    CHANGE = "change"  # マネジメントシステムの変更
    RESOURCES = "resources"  # 人員・予算・設備


class DecisionState(enum.StrEnum):
    """What became of a decision."""

    OPEN = "open"  # 対応中
    DONE = "done"  # 実施済み
    DROPPED = "dropped"  # 取りやめ


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a topic, maybe out of so many."""

    name: str  # id of what was counted, within its topic
    number: int
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Behind:
    """One row behind the numbers; it names no person."""

    number: str  # how people call the row: "CM-00001"
    row: str = ""  # what its page is opened with; "": it has none of its own
    code: str = ""  # what it is: states or kinds within its topic, with blanks between
    day: date | None = None
    count: int | None = None
    of: int | None = None
    title: str = field(default="", repr=False)
    title_en: str = field(default="", repr=False)

    def named(self, language: str) -> str:
        """Return its title in "ja" or "en"."""
        return self.title_en if language == "en" and self.title_en else self.title


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a topic; without figures there was nothing to count."""

    figures: tuple[Figure, ...] = ()
    rows: tuple[Behind, ...] = ()
    left: int = 0  # rows that are not listed


@dataclass(frozen=True, slots=True)
class Input:
    """One topic of a review; `facts` None: there is no record of it in the product."""

    topic: Topic
    facts: Facts | None
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Inputs:
    """All topics, of what happened from a day to another."""

    since: date
    as_of: date
    frozen: bool  # as they were when the review was held; else as they are now
    topics: tuple[Input, ...]


@dataclass(frozen=True, slots=True)
class DecisionDraft:
    """A decision as it is written down."""

    kind: DecisionKind
    what: str = field(repr=False)
    owner: str = field(repr=False)
    due_on: date
    owner_id: UserId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision and what became of it."""

    id: DecisionId
    review_id: ReviewId
    unit_id: UnitId
    number: str
    kind: DecisionKind
    what: str = field(repr=False)
    owner: str = field(repr=False)
    owner_id: UserId | None
    due_on: date
    state: DecisionState
    result: str = field(repr=False)
    note: str = field(repr=False)
    ended_on: date | None
    version: int

    def is_late(self, today: date) -> bool:
        """Return whether it should have been done by now."""
        return self.state is DecisionState.OPEN and self.due_on < today


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One review in the list: nothing that was said."""

    id: ReviewId
    number: str
    unit_id: UnitId
    state: State
    planned_on: date
    held_on: date | None
    decisions: int
    open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One review with its minutes and decisions."""

    id: ReviewId
    number: str
    unit_id: UnitId
    state: State
    planned_on: date
    chair: str = field(repr=False)
    held_on: date | None
    since: date | None
    as_of: date | None
    attendees: str = field(repr=False)
    minutes: str = field(repr=False)
    editors: frozenset[UserId]
    recorder: str = field(repr=False)
    submitted_at: datetime | None
    note: str = field(repr=False)
    conclusion: str = field(repr=False)
    approver: str = field(repr=False)
    closed_at: datetime | None
    decisions: tuple[Decision, ...]
    version: int

    def is_work_of(self, user_id: UserId) -> bool:
        """Return whether this person wrote in it, and so may not approve it."""
        return user_id in self.editors


def number_of(review_id: int) -> str:
    """Return how people call a review."""
    return f"MR-{review_id:04d}"


def decision_number(review_id: int, place: int) -> str:
    """Return how people call a decision of a review."""
    return f"{number_of(review_id)}-{place}"
