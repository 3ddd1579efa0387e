"""What services and pages say of a year of a management system."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NewType

from privacy_mark.certificates.cycle import Derived
from registry.model import UnitId

YearId = NewType("YearId", int)
ItemId = NewType("ItemId", int)
ObjectiveId = NewType("ObjectiveId", int)
RevisionId = NewType("RevisionId", int)


class YearState(enum.StrEnum):
    """How a year's plan stands; the ids are public API."""

    DRAFT = "draft"  # 作成中
    SUBMITTED = "submitted"  # 承認待ち
    APPROVED = "approved"  # 承認済み
    CLOSED = "closed"  # 終了


class RevisionState(enum.StrEnum):
    """How a change of an approved plan stands; the ids are public API."""

    SUBMITTED = "submitted"  # 承認待ち
    APPROVED = "approved"  # 承認済み
    RETURNED = "returned"  # 差戻し


class Outcome(enum.StrEnum):
    """What came of an objective."""

    REACHED = "reached"
    PARTLY = "partly"
    MISSED = "missed"


class Room(enum.StrEnum):
    """Whose record finishes an item; the ids are public API."""

    PLAN = "plan"  # the approved plan itself
    LAWS = "laws"
    LEDGER = "ledger"
    RISKS = "risks"
    RULES = "rules"
    TRAINING = "training"
    PROCESSORS = "processors"
    CONFIRMATIONS = "confirmations"
    AUDIT = "audit"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Shown:
    """That the records of a room show an item to be done."""

    room: Room
    row: str  # what its page is opened with; "" for the list of the unit
    number: str  # how people call the record; "" of many
    on: date


@dataclass(frozen=True, slots=True)
class Objective:
    """One objective 個人情報保護目的."""

    id: ObjectiveId
    what: str = field(repr=False)
    measure: str = field(repr=False)
    result: str = field(repr=False)
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do in a year."""

    id: ItemId
    item: str  # id of the cycle; "" of the unit's own
    turn: int
    title: str = field(repr=False)  # of the unit's own
    owner: str = field(repr=False)
    requirement: str
    due_on: date
    derived: Derived
    done_on: date | None
    record: str = field(repr=False)
    left: str = field(repr=False)  # why it is not done this year
    actor: str = field(repr=False)
    room: Room | None = None  # None: a person recorded it
    row: str = ""

    @property
    def is_open(self) -> bool:
        """Tell whether it is still to be done."""
        return self.done_on is None and not self.left


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """One year with its objectives and items, the earliest first."""

    id: YearId
    number: str
    unit_id: UnitId
    starts_on: date
    ends_on: date
    state: YearState
    author_id: int
    author: str = field(repr=False)
    approver: str = field(repr=False)
    approved_at: datetime | None
    note: str = field(repr=False)
    objectives: tuple[Objective, ...]
    items: tuple[Item, ...]
    version: int


@dataclass(frozen=True, slots=True)
class Moved:
    """One open item of an approved plan as it is to be."""

    id: ItemId
    due_on: date
    owner: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Own:
    """An item of the unit's own that is to be added."""

    title: str = field(repr=False)
    owner: str = field(repr=False)
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One change 改定 of an approved plan: what, why, who asked, who decided, and the plan before it."""

    id: RevisionId
    year_id: YearId
    unit_id: UnitId
    state: RevisionState
    reason: str = field(repr=False)
    moved: tuple[Moved, ...]
    added: tuple[Own, ...]
    proposer_id: int
    proposer: str = field(repr=False)
    proposed_at: datetime
    decider: str = field(repr=False)
    decided_at: datetime | None
    note: str = field(repr=False)  # why it was sent back
    earlier: tuple[Item, ...]  # all items as they were until it was approved
    version: int


@dataclass(frozen=True, slots=True)
class Summary:
    """One year as counts: for the overview of the group."""

    id: YearId
    number: str
    unit_id: UnitId
    starts_on: date
    ends_on: date
    state: YearState
    items: int
    done: int  # or left out with a reason
    late: int
    next_due: date | None  # the earliest open item
    next_item: str  # its id of the cycle
    waits: bool  # a change of it 改定 waits for approval
