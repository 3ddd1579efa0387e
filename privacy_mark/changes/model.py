"""The nouns of change reports; no repr shows what people wrote."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date
from typing import NewType

from privacy_mark.certificates.model import CertificateId
from privacy_mark.changes.catalogue import Kind, Outcome
from registry.model import UnitId, UserId

ChangeId = NewType("ChangeId", int)
TaskId = NewType("TaskId", int)


class Origin(enum.StrEnum):
    """How a change report came to be."""

    TREE = "tree"  # a unit of the tree changed
    POSTS = "posts"  # somebody new holds a post
    HAND = "hand"  # somebody entered it


class State(enum.StrEnum):
    """How far a change report is; the ids are public API."""

    OPEN = "open"  # 対応中
    SUBMITTED = "submitted"  # 承認待ち
    CLOSED = "closed"  # 完了


class TaskState(enum.StrEnum):
    """How far a task is."""

    OPEN = "open"
    DONE = "done"
    LEFT = "left"  # not needed, with a reason


@dataclass(frozen=True, slots=True)
class ChangeDraft:
    """A change as it is entered."""

    kind: Kind
    changed_on: date
    before: str = field(default="", repr=False)
    after: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    owner: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ChangeTask:
    """One task of a change report."""

    id: TaskId
    task: str  # id of the catalogue
    due_on: date
    state: TaskState
    owner: str = field(repr=False)
    done_on: date | None
    doer: str = field(repr=False)
    note: str = field(repr=False)  # what was done, or why it is left out
    version: int


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change report in the list."""

    id: ChangeId
    unit_id: UnitId
    kind: Kind
    body: str
    origin: Origin
    changed_on: date
    due_on: date | None  # the earliest task that is open
    state: State
    done: int
    tasks: int
    asked: bool  # a question without an answer

    @property
    def number(self) -> str:
        """Return how people call it."""
        return number_of(self.id)


@dataclass(frozen=True, slots=True)
class Change(ChangeDraft):
    """One change report with everything that is known of it."""

    id: ChangeId = field(kw_only=True)
    unit_id: UnitId = field(kw_only=True)
    certificate_id: CertificateId = field(kw_only=True)
    body: str = field(kw_only=True)
    origin: Origin = field(kw_only=True)
    state: State = field(kw_only=True)
    question: bool = field(kw_only=True)
    outcome: Outcome | None = field(kw_only=True)
    answer: str = field(kw_only=True, repr=False)
    answered_on: date | None = field(kw_only=True)
    answerer: str = field(kw_only=True, repr=False)
    answerer_id: UserId | None = field(kw_only=True)
    submitter: str = field(kw_only=True, repr=False)
    submitter_id: UserId | None = field(kw_only=True)
    approver: str = field(kw_only=True, repr=False)
    approved_on: date | None = field(kw_only=True)
    remark: str = field(kw_only=True, repr=False)
    tasks: tuple[ChangeTask, ...] = field(kw_only=True)
    workers: frozenset[UserId] = field(kw_only=True)  # who did a task
    version: int = field(kw_only=True)

    @property
    def number(self) -> str:
        """Return how people call it."""
        return number_of(self.id)

    @property
    def ready(self) -> bool:
        """Return whether nothing is left to do or to answer."""
        answered = not self.question or self.outcome is not None
        return answered and all(task.state is not TaskState.OPEN for task in self.tasks)

    def is_work_of(self, user_id: UserId) -> bool:
        """Return whether this person worked on it, and so may not approve it."""
        return user_id in (self.answerer_id, self.submitter_id) or user_id in self.workers


def number_of(change_id: int) -> str:
    """Return how people call a change report."""
    return f"CH-{change_id:04d}"
