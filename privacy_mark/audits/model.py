"""Values of audit programmes, audits and work papers."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date
from typing import NewType

from privacy_mark.actions.model import ActionId
from privacy_mark.audits.assignment import AuditKind
from privacy_mark.audits.eligibility import Competence
from registry.model import UnitId, UserId

ProgrammeId = NewType("ProgrammeId", int)
AuditId = NewType("AuditId", int)
ProfileId = NewType("ProfileId", int)
AppointmentId = NewType("AppointmentId", int)


def fiscal_year(day: date) -> int:
    """Return the year of audits 年度 that a day is in: from April on."""
    return day.year if day.month >= 4 else day.year - 1


class ProgrammeScope(enum.StrEnum):
    """What a programme covers."""

    DEPARTMENTS = "departments"  # an entity's own audit of all its departments
    COMPANIES = "companies"  # headquarters' audit of the domestic companies and hospitals below


class ProgrammeState(enum.StrEnum):
    """How far a programme has come; the steps go in this order."""

    PLANNED = "planned"  # 作成
    APPROVED = "approved"  # トップマネジメント承認
    ASSIGNED = "assigned"  # 監査員を割当て
    REPORTED = "reported"  # 監査報告書
    RECEIVED = "received"  # トップマネジメント受領


class AuditState(enum.StrEnum):
    """How far an audit has come."""

    PLANNED = "planned"
    UNDER_WAY = "under_way"
    DONE = "done"


class PaperResult(enum.StrEnum):
    """What the auditor says of one question."""

    CONFORMING = "conforming"  # 適合
    OBSERVATION = "observation"  # 観察事項
    NONCONFORMING = "nonconforming"  # 不適合
    NOT_APPLICABLE = "not_applicable"  # 該当なし


@dataclass(frozen=True, slots=True)
class ProfileDraft:
    """What somebody can do as an auditor, in the register of a unit."""

    unit_id: UnitId
    user_id: UserId
    capacity: int  # audits a year
    competences: frozenset[Competence] = frozenset()
    languages: frozenset[str] = frozenset({"ja"})
    region: str = ""
    away: tuple[tuple[date, date], ...] = ()
    evidence: str = field(default="", repr=False)  # what shows it, e.g. a course


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(ProfileDraft):
    """One person of the register."""

    id: ProfileId
    name: str = field(repr=False)
    version: int


@dataclass(frozen=True, slots=True)
class UnitTerms:
    """What a unit asks of its auditors; empty values are those of the units above it."""

    unit_id: UnitId
    region: str = ""
    language: str = ""
    needs: frozenset[Competence] = frozenset()
    version: int = 0


@dataclass(frozen=True, slots=True)
class Appointment:
    """That somebody is audit manager 個人情報保護監査責任者 of a unit, by its top management."""

    id: AppointmentId
    unit_id: UnitId
    user_id: UserId
    name: str = field(repr=False)
    valid_from: date
    valid_until: date | None
    appointer: str = field(repr=False)
    appointed_on: date
    version: int

    def holds(self, day: date) -> bool:
        """Tell whether it holds on a day."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class ProgrammeDraft:
    """The plan of a year 監査計画."""

    unit_id: UnitId
    scope: ProgrammeScope
    year: int
    first: date
    last: date
    aim: str  # objectives and criteria
    apart: bool = True
    recent_days: int = 365
    same_years: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme(ProgrammeDraft):
    """One programme."""

    id: ProgrammeId
    number: str
    state: ProgrammeState
    planner_id: UserId
    planner: str = field(repr=False)
    approver: str = field(repr=False)
    fixed_on: date | None  # when auditors were assigned
    load: int | None  # audits of the busiest auditor; None before there is an assignment
    load_bound: int | None  # no assignment has less
    cost: int | None
    cost_bound: int | None
    overall: str = field(repr=False)
    reporter_id: UserId | None
    reporter: str = field(repr=False)
    reported_on: date | None
    receiver: str = field(repr=False)
    received_on: date | None
    version: int


@dataclass(frozen=True, slots=True)
class Audit:
    """One audit of one unit."""

    id: AuditId
    number: str
    programme_id: ProgrammeId
    unit_id: UnitId
    kind: AuditKind
    state: AuditState
    auditor_id: UserId
    auditor: str = field(repr=False)
    by_hand: bool
    belongs_to: tuple[UnitId, ...]
    manages: tuple[UnitId, ...]
    alone: bool
    travels: bool
    repeats: bool
    due_on: date
    started_on: date | None
    done_on: date | None
    conclusion: str = field(repr=False)
    version: int

    def days_late(self, today: date) -> int:
        """Return for how many days it should have been done."""
        return 0 if self.state is AuditState.DONE else max(0, (today - self.due_on).days)


@dataclass(frozen=True, slots=True)
class PaperDraft:
    """One answered question; a nonconformity opens its corrective action."""

    item: str
    result: PaperResult
    fact: str = field(default="", repr=False)
    sampled: str = field(default="", repr=False)  # what was sampled and how it was chosen
    population: int | None = None
    sample: int | None = None
    major: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper(PaperDraft):
    """One line of a work paper."""

    requirement: str
    action_id: ActionId | None
    filler: str = field(repr=False)
    version: int
