"""The nouns of training: frozen values that services, pages and imports exchange."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NewType

from registry.model import UnitId
from registry.risk_levels import Words

CourseId = NewType("CourseId", int)
VersionId = NewType("VersionId", int)
RoundId = NewType("RoundId", int)
WorkerId = NewType("WorkerId", int)
AttemptId = NewType("AttemptId", int)
ResultId = NewType("ResultId", int)


class Audience(enum.StrEnum):
    """Whom a course is for; the ids are public API."""

    ALL = "all"  # 全従業者
    NEW = "new"  # 新しく入った従業者
    MANAGERS = "managers"  # 管理職
    SYSTEM_ADMINISTRATORS = "system_administrators"  # システム管理者
    OFFICERS = "officers"  # 役員
    SUPPLIERS = "suppliers"  # 委託先の従業者


class Cycle(enum.StrEnum):
    """When a course is taken."""

    ROUNDS = "rounds"  # by everybody between two days, at least once a year
    JOINING = "joining"  # by each within some days of joining


class Employment(enum.StrEnum):
    """How somebody is employed: all of them are workers 従業者 whose training the standard asks for."""

    REGULAR = "regular"  # 正社員
    CONTRACT = "contract"  # 契約社員・嘱託
    PART_TIME = "part_time"  # パート・アルバイト
    DISPATCHED = "dispatched"  # 派遣社員
    SECONDED = "seconded"  # 出向（受入）
    OFFICER = "officer"  # 役員
    SUPPLIER = "supplier"  # 委託先の従業者


class Source(enum.StrEnum):
    """How a result is known."""

    TEST = "test"  # taken here
    IMPORTED = "imported"  # from another e-learning system
    ATTENDED = "attended"  # 集合研修 and such, recorded by who keeps the training


class Standing(enum.StrEnum):
    """How somebody stands with a course on a day."""

    PASSED = "passed"  # 合格
    FAILED = "failed"  # 受講したが不合格
    OPEN = "open"  # 未受講


@dataclass(frozen=True, slots=True)
class Course:
    """One course, its newest version, and the round that counts on the day asked about."""

    id: CourseId
    number: str  # E-0001
    unit_id: UnitId
    title_ja: str
    title_en: str
    audience: Audience
    cycle: Cycle
    days: int  # to take it after joining or coming back from leave
    before_access: bool
    starts_on: date
    ended_on: date | None
    version_id: VersionId | None  # of the round, else the newest
    revision: int  # 0: nothing is published yet
    round_id: RoundId | None
    opens_on: date | None
    due_on: date | None
    version: int

    def title(self, language: str) -> str:
        """Return the title in "ja" or "en"."""
        return self.title_en if language == "en" and self.title_en else self.title_ja

    def runs_on(self, day: date) -> bool:
        """Tell whether somebody has to take it on a day."""
        ended = self.ended_on is not None and self.ended_on < day
        return (
            self.starts_on <= day and not ended and (self.cycle is Cycle.JOINING or self.opens_on is not None)
        )


@dataclass(frozen=True, slots=True)
class Rate:
    """How many must take a course, took it, passed it; who is on leave and has not passed is explained."""

    in_scope: int = 0
    done: int = 0
    passed: int = 0
    on_leave: int = 0  # of those who have not passed

    @property
    def percent(self) -> float | None:
        """Return the share that passed of all but the explained ones; None when there is nobody."""
        counted = self.in_scope - self.on_leave
        return None if counted <= 0 else 100 * self.passed / counted

    @property
    def missing(self) -> int:
        """Return how many have not passed and are not explained."""
        return self.in_scope - self.on_leave - self.passed

    def plus(self, other: Rate) -> Rate:
        """Return both together."""
        return Rate(
            self.in_scope + other.in_scope,
            self.done + other.done,
            self.passed + other.passed,
            self.on_leave + other.on_leave,
        )


@dataclass(frozen=True, slots=True)
class Comprehension:
    """How many answers on a topic were right, in so many persons' first tests."""

    topic: str
    name: Words
    persons: int
    correct: int
    asked: int


@dataclass(frozen=True, slots=True)
class PersonStanding:
    """One worker and how they stand with a course: for who may see who was trained."""

    worker_id: WorkerId
    unit_id: UnitId
    number: str = field(repr=False)
    name: str = field(repr=False)
    employment: Employment
    standing: Standing
    on_leave: bool
    due_on: date
    followed_up_on: date | None
    planned_on: date | None

    def days_late(self, today: date) -> int:
        """Return for how many days it is late; 0 for who passed or is on leave."""
        explained = self.on_leave or self.standing is Standing.PASSED
        return 0 if explained else max(0, (today - self.due_on).days)


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One result of a worker."""

    id: ResultId
    course_id: CourseId
    revision: int | None  # of the material; None when it is not ours
    source: Source
    taken_on: date
    score: int | None  # percent
    passed: bool
    recorded_at: datetime
    has_sheet: bool
