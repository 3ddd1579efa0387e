"""The nouns of assessments 審査; no repr shows what assessors wrote or what was answered."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NewType

from privacy_mark.certificates.model import CertificateId, RoundId, RoundState, StepDays
from privacy_mark.certificates.steps import Step
from registry.model import UnitId, UserId

AssessmentId = NewType("AssessmentId", int)
LetterId = NewType("LetterId", int)
FindingId = NewType("FindingId", int)
DocumentId = NewType("DocumentId", int)


class Stage(enum.StrEnum):
    """Which of the two reviews; the ids are public API."""

    DOCUMENT = "document"  # 文書審査
    ON_SITE = "on_site"  # 現地審査


class Turn(enum.StrEnum):
    """Whether a report is the first one on a document, or follows one that was returned."""

    FIRST = "first"
    AGAIN = "again"


class LetterState(enum.StrEnum):
    """How far the answer to a document with findings is."""

    OPEN = "open"  # 回答を作成中
    SENT = "sent"  # 審査機関の確認待ち
    ACCEPTED = "accepted"  # 改善を確認された


class FindingState(enum.StrEnum):
    """How far one finding is."""

    OPEN = "open"  # 回答待ち
    ANSWERED = "answered"  # 承認待ち
    APPROVED = "approved"  # 承認済み


class ReportState(enum.StrEnum):
    """What the body made of an improvement report."""

    SENT = "sent"
    ACCEPTED = "accepted"
    RETURNED = "returned"


class EvidenceKind(enum.StrEnum):
    """What kind of record shows an answer."""

    LEDGER = "ledger"  # 個人情報管理台帳
    PLAN = "plan"  # 年間計画
    COMPLAINT = "complaint"
    ACTION = "action"  # 是正処置
    TRAINING = "training"
    CONFIRMATION = "confirmation"
    RULE = "rule"  # an internal rule
    OTHER = "other"  # what lies outside the product: paper, a photograph


@dataclass(frozen=True, slots=True)
class Assessment:
    """The assessment of one application, with the days of its reviews as the application has them."""

    id: AssessmentId
    number: str
    round_id: RoundId
    round_state: RoundState
    certificate_id: CertificateId
    certificate_number: str
    unit_id: UnitId
    body: str
    steps: Mapping[Step, StepDays]
    assessors: str = field(repr=False)
    place: str = field(repr=False)
    note: str = field(repr=False)
    version: int

    @property
    def is_open(self) -> bool:
        """Return whether the application still runs: then all of it may be changed."""
        return self.round_state is RoundState.OPEN


@dataclass(frozen=True, slots=True)
class AssessmentLine:
    """One assessment in the list: how many findings, how far they are, what comes next."""

    assessment: Assessment
    findings: int
    open: int
    answered: int
    approved: int
    next_due: date | None  # the earliest day of a document whose report is not handed in


@dataclass(frozen=True, slots=True)
class FindingDraft:
    """A finding as the body wrote it, and whose work it is."""

    number: str  # as the body numbers it
    requirement: str  # "J.3.4"
    text: str = field(repr=False)
    unit_id: UnitId
    owner_id: UserId | None = None  # None: whoever may, answers
    due_on: date | None = None  # None: so many days before the report as the rules say


@dataclass(frozen=True, slots=True)
class Evidence:
    """One record that shows an answer: by its number in the product, or in words where it lies."""

    kind: EvidenceKind
    reference: str
    what: str = field(default="", repr=False)
    row: str = ""  # what its page is opened with; found when it is stored


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding with its answer."""

    id: FindingId
    letter_id: LetterId
    assessment_id: AssessmentId
    assessment_number: str
    stage: Stage
    dated_on: date  # of the letter: the requirements of that day count
    is_open: bool  # the application runs and its report is not handed in
    unit_id: UnitId
    number: str
    requirement: str
    text: str = field(repr=False)
    owner_id: UserId | None
    owner: str = field(repr=False)
    due_on: date
    state: FindingState
    cause: str = field(repr=False)
    answer: str = field(repr=False)
    evidence: tuple[Evidence, ...]
    answerer_id: UserId | None
    answerer: str = field(repr=False)
    answered_at: datetime | None
    approver: str = field(repr=False)
    approved_at: datetime | None
    note: str = field(repr=False)
    version: int

    def may_answer(self, user_id: UserId) -> bool:
        """Return whether this person answers it: its owner, or anybody who may while it has none."""
        return self.owner_id in (None, user_id)


@dataclass(frozen=True, slots=True)
class Report:
    """One improvement report as it was handed in, and what the body said."""

    turn: int
    state: ReportState
    sent_on: date
    sender: str = field(repr=False)
    decided_on: date | None
    note: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """One document with findings, and the reports on it."""

    id: LetterId
    assessment_id: AssessmentId
    unit_id: UnitId
    stage: Stage
    dated_on: date
    received_on: date
    due_on: date
    rule: str  # "": by a person
    due_reason: str = field(repr=False)
    state: LetterState
    findings: tuple[Finding, ...]
    reports: tuple[Report, ...]
    version: int

    @property
    def is_ready(self) -> bool:
        """Return whether the report can be handed in: there is something, and all of it is approved."""
        return bool(self.findings) and all(each.state is FindingState.APPROVED for each in self.findings)


@dataclass(frozen=True, slots=True)
class EarlierFinding:
    """A finding of an earlier assessment of the same certificate, with what was answered."""

    assessment_number: str
    stage: Stage
    dated_on: date
    number: str
    requirement: str
    text: str = field(repr=False)
    answer: str = field(repr=False)
    state: FindingState
    accepted: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """One line of the schedule of the visit; times as "09:30", in Japan."""

    on: date
    begins: str
    ends: str
    what: str = field(repr=False)
    who: str = field(repr=False)
    place: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Requested:
    """One document that the assessors asked for."""

    id: DocumentId
    assessment_id: AssessmentId
    unit_id: UnitId
    what: str = field(repr=False)
    asked_at: datetime
    due_at: datetime
    given_at: datetime | None
    given: str = field(repr=False)
    version: int
