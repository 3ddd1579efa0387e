"""The nouns of governance; no repr names a person or tells a decision."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NewType

from registry.model import UnitId

BodyId = NewType("BodyId", int)
AppointmentId = NewType("AppointmentId", int)
DecisionId = NewType("DecisionId", int)
ArrivalId = NewType("ArrivalId", int)
BODIES, APPOINTMENTS = "governance_body", "governance_appointment"
DECISIONS, ARRIVALS = "governance_decision", "governance_arrival"
LONGEST_NAME = 200


class BodyKind(enum.StrEnum):
    """What kind of body it is; the ids are public API."""

    COMMITTEE = "committee"  # 委員会
    COUNCIL = "council"  # 協議会
    MEETING = "meeting"  # 連絡会


class Post(enum.StrEnum):
    """A post of a body or of a unit; audit managers are appointed in `privacy_mark.audits.appointments`."""

    CHAIR = "chair"  # 委員長
    DEPUTY = "deputy"  # 副委員長
    MEMBER = "member"  # 委員
    SECRETARY = "secretary"  # 事務局
    TOP = "top"  # トップマネジメント
    PRIVACY_MANAGER = "privacy_manager"  # 個人情報保護管理者
    TRAINING_MANAGER = "training_manager"  # 教育責任者
    COMPLAINTS = "complaints"  # 苦情・相談窓口責任者
    DEPARTMENT = "department"  # 部門の責任者


OF_BODIES = (Post.CHAIR, Post.DEPUTY, Post.MEMBER, Post.SECRETARY)
OF_UNITS = tuple(post for post in Post if post not in OF_BODIES)


@dataclass(frozen=True, slots=True)
class BodyDraft:
    """A body as people register it."""

    unit_id: UnitId
    kind: BodyKind
    name_ja: str
    name_en: str

    def name(self, language: str) -> str:
        """Return the name in "ja" or "en"."""
        return self.name_en if language == "en" and self.name_en else self.name_ja


@dataclass(frozen=True, slots=True)
class Body(BodyDraft):
    """A registered body."""

    id: BodyId
    ended_on: date | None
    version: int


@dataclass(frozen=True, slots=True)
class AppointmentDraft:
    """An appointment 任命 as its letter says; both days are included."""

    unit_id: UnitId
    body_id: BodyId | None  # None: a post of the unit itself
    post: Post
    person: str = field(repr=False)
    appointer: str = field(repr=False)
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Appointment(AppointmentDraft):
    """A recorded appointment."""

    id: AppointmentId
    version: int

    def holds(self, day: date) -> bool:
        """Tell whether it holds on a day."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


@dataclass(frozen=True, slots=True)
class DecisionDraft:
    """A decision as people record it."""

    unit_id: UnitId
    body_id: BodyId | None
    decided_on: date
    title: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reach:
    """At how many of the units that a decision is meant for it has arrived; merged ones do not count."""

    units: int
    conveyed: int
    acknowledged: int


@dataclass(frozen=True, slots=True)
class Decision(DecisionDraft):
    """A recorded decision; in a list its text is left out."""

    id: DecisionId
    recorder: str = field(repr=False)
    due_on: date | None
    issued_at: datetime | None
    withdrawn_at: datetime | None
    reach: Reach
    version: int

    @property
    def number(self) -> str:
        """Return how people call it."""
        return number_of(self.id)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Whether a decision has arrived at a unit."""

    id: ArrivalId
    decision_id: DecisionId
    unit_id: UnitId
    above_id: UnitId | None  # who conveys it; None: the deciding unit
    conveyed_at: datetime | None
    conveyor: str = field(repr=False)
    acknowledged_at: datetime | None
    acknowledger: str = field(repr=False)
    note: str = field(repr=False)
    closed_at: datetime | None  # the unit was merged before it acknowledged
    version: int


def number_of(decision_id: int) -> str:
    """Return how people call a decision: DC-0012."""
    return f"DC-{decision_id:04}"
