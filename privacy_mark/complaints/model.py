"""The nouns of complaints and consultations; no repr shows who complained or about what."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NewType

from registry.model import EntryId, UnitId, UserId

ComplaintId = NewType("ComplaintId", int)
TABLE = "complaint"


class Kind(enum.StrEnum):
    """What it is; the ids are public API."""

    COMPLAINT = "complaint"  # 苦情
    CONSULTATION = "consultation"  # 相談
    OPINION = "opinion"  # 外部の意見


class Way(enum.StrEnum):
    """How it arrived."""

    PHONE = "phone"
    MAIL = "mail"  # e-mail
    FORM = "form"  # form of the web site
    LETTER = "letter"
    COUNTER = "counter"  # in person
    BODY = "body"  # through an assessment body, an authority or a protection organisation


class Subject(enum.StrEnum):
    """What it is about, as it is counted."""

    ACQUISITION = "acquisition"  # how data were obtained
    PURPOSE = "purpose"  # use beyond the purpose
    CONTACT = "contact"  # direct mail, calls
    PROVISION = "provision"  # given to others
    LEAK = "leak"  # lost, misdirected, seen by others
    RIGHTS = "rights"  # disclosure, correction, stopping of use
    STAFF = "staff"  # how somebody behaved
    OTHER = "other"


class Urgency(enum.StrEnum):
    """How soon it must be answered."""

    NORMAL = "normal"
    URGENT = "urgent"


class State(enum.StrEnum):
    """How far it is."""

    RECEIVED = "received"  # 対応中
    ANSWERED = "answered"  # 完了の確認待ち
    CLOSED = "closed"  # 完了


@dataclass(frozen=True, slots=True)
class ComplaintDraft:
    """A complaint as it arrives."""

    unit_id: UnitId
    kind: Kind
    way: Way
    subject: Subject
    urgency: Urgency
    received_on: date
    sender: str = field(repr=False)
    contact: str = field(repr=False)
    content: str = field(repr=False)
    entry_number: str = ""  # of the ledger entry that it is about: "L-0012"


@dataclass(frozen=True, slots=True)
class ComplaintLine:
    """One complaint in the list: nothing that it says."""

    id: ComplaintId
    number: str
    unit_id: UnitId
    kind: Kind
    subject: Subject
    urgency: Urgency
    received_on: date
    due_on: date
    state: State
    lacks_cause: bool  # answered, but its cause must be found before it can be closed


@dataclass(frozen=True, slots=True)
class Complaint(ComplaintDraft):
    """One complaint with everything that is known of it; after its period without what it says."""

    id: ComplaintId = ComplaintId(0)
    number: str = ""
    entry_id: EntryId | None = None
    due_on: date = date.max
    state: State = State.RECEIVED
    receiver: str = field(default="", repr=False)
    answer: str = field(default="", repr=False)
    answerer_id: UserId | None = None
    answerer: str = field(default="", repr=False)
    answered_on: date | None = None
    cause: str = field(default="", repr=False)
    measure: str = field(default="", repr=False)
    examiner_id: UserId | None = None
    examiner: str = field(default="", repr=False)
    examined_on: date | None = None
    note: str = field(default="", repr=False)
    closer: str = field(default="", repr=False)
    closed_on: date | None = None
    request_number: str = ""
    action_number: str = ""
    action_withdrawn: bool = False  # it was recorded by mistake: another may be begun
    erased_at: datetime | None = None
    version: int = 1

    @property
    def lacks_cause(self) -> bool:
        """Return whether its cause must still be found before it can be closed; only complaints need one."""
        return self.kind is Kind.COMPLAINT and self.examined_on is None

    def is_work_of(self, user_id: UserId) -> bool:
        """Return whether this person answered it or examined its cause, and so may not close it."""
        return user_id in (self.answerer_id, self.examiner_id)


def number_of(complaint_id: int) -> str:
    """Return how people call a complaint."""
    return f"CM-{complaint_id:05d}"
