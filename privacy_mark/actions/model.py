"""Values of corrective actions 是正処置: where a nonconformity came from, and how far its action has come."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NewType

from registry.model import UnitId, UserId

ActionId = NewType("ActionId", int)


class Source(enum.StrEnum):
    """Where a nonconformity was found."""

    AUDIT = "audit"  # 内部監査
    CONFIRMATION = "confirmation"  # 運用の確認
    INCIDENT = "incident"  # 事故
    COMPLAINT = "complaint"  # 苦情
    SELF_CHECK = "self_check"  # 海外会社の自己点検
    ASSESSMENT = "assessment"  # 審査
    OTHER = "other"


class Grade(enum.StrEnum):
    """How grave it is."""

    MAJOR = "major"  # 重大な不適合
    MINOR = "minor"  # 軽微な不適合


class ActionState(enum.StrEnum):
    """How far it has come; the steps go in this order."""

    FOUND = "found"  # 指摘
    ANALYSED = "analysed"  # 事実と原因
    PLANNED = "planned"  # 処置・担当・期限
    DONE = "done"  # 結果
    REVIEWED = "reviewed"  # 有効性
    CLOSED = "closed"  # 承認
    WITHDRAWN = "withdrawn"  # 取下げ: recorded by mistake; no step of the way


WAY = tuple(each for each in ActionState if each is not ActionState.WITHDRAWN)
"""The steps of an action in their order."""
ENDED = (ActionState.CLOSED, ActionState.WITHDRAWN)
"""Nothing is left to do; only what is closed was corrected."""


class Step(enum.StrEnum):
    """What somebody did with it, as its history tells."""

    FOUND = "found"
    CORRECTED = "corrected"  # what was found is said anew
    ANALYSED = "analysed"
    PLANNED = "planned"
    DONE = "done"
    REVIEWED = "reviewed"
    RETURNED = "returned"  # not approved
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class CauseClass(enum.StrEnum):
    """What kind of cause it has: recurrence is noticed by it too."""

    RULE = "rule"  # 規程・手順の不備
    KNOWLEDGE = "knowledge"  # 教育・理解の不足
    CARELESSNESS = "carelessness"  # 不注意
    SYSTEM = "system"  # システム・設備
    RESOURCE = "resource"  # 人員・時間の不足
    SUPERVISION = "supervision"  # 確認・監督の不足
    OUTSIDE = "outside"  # 委託先・外部


class Recurrence(enum.StrEnum):
    """Whether something like it was found in the same unit before."""

    NONE = ""
    ALIKE = "alike"  # the same requirement, or the same kind of cause
    AGAIN = "again"  # 再発: the same question, or the same requirement with the same kind of cause


class Effect(enum.StrEnum):
    """What the review of the effect says."""

    UNKNOWN = ""
    EFFECTIVE = "effective"
    INEFFECTIVE = "ineffective"


@dataclass(frozen=True, slots=True)
class Nonconformity:
    """What was found, where."""

    unit_id: UnitId
    source: Source
    reference: str  # number of the row that it was found in, "" for none
    requirement: str  # "J.9.2"
    finding: str = field(repr=False)
    grade: Grade = Grade.MINOR
    found_on: date | None = None  # None: today


@dataclass(frozen=True, slots=True)
class Taken:
    """One step that was taken: by whom, when, and what it said, by the name of the field."""

    step: Step
    round: int  # 0: the first time
    at: datetime
    actor: str = field(repr=False)
    told: Mapping[str, str] = field(repr=False)


def reached(of: Action, taken: Sequence[Taken]) -> ActionState:
    """Return the last step of the way that an action came to; of a withdrawn one, before it was."""
    last = taken[-1].told.get("reached", "") if taken else ""
    return ActionState(last) if of.state is ActionState.WITHDRAWN and last else of.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One nonconformity with its corrective action."""

    id: ActionId
    number: str
    unit_id: UnitId
    source: Source
    reference: str
    requirement: str
    grade: Grade
    state: ActionState
    finding: str = field(repr=False)
    found_on: date
    finder_id: UserId
    finder: str = field(repr=False)
    answer_by: date
    fact: str = field(repr=False)
    cause_class: CauseClass | None
    cause: str = field(repr=False)
    measure: str = field(repr=False)
    owner: str = field(repr=False)
    due_on: date | None
    result: str = field(repr=False)
    done_on: date | None
    doer_id: UserId | None
    doer: str = field(repr=False)
    review_by: date | None  # once reviewed: by when it is approved
    effect: Effect
    effect_note: str = field(repr=False)
    reviewed_on: date | None
    reviewer_id: UserId | None
    reviewer: str = field(repr=False)
    approver: str = field(repr=False)
    approved_at: datetime | None
    rounds: int
    version: int

    @property
    def next_due(self) -> date | None:
        """Return by when the next step must be done; None when it is closed or withdrawn."""
        return {
            ActionState.FOUND: self.answer_by,
            ActionState.ANALYSED: self.answer_by,
            ActionState.PLANNED: self.due_on,
            ActionState.DONE: self.review_by,
            ActionState.REVIEWED: self.review_by,
            ActionState.CLOSED: None,
            ActionState.WITHDRAWN: None,
        }[self.state]

    def days_late(self, today: date) -> int:
        """Return for how many days the next step is late."""
        due = self.next_due
        return 0 if due is None else max(0, (today - due).days)
