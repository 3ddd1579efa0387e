"""The life of a difference 差異の案件: its states, the steps between them, and who may take each.

new 新規 → assigned 割当済み → explained 説明済み (by two persons, up to a day), ledger corrected 台帳訂正済み
or data removed データ除去済み (claimed by one) → confirmed 確認済み, by a later complete scan alone. A claim
that a later scan refutes, an explanation that ran out and a difference that comes back are reopened 再開.
What nobody claimed and a later complete scan no longer finds has vanished 消滅. What lay in a source that was
removed from the list is closed as such 対象外: no scan can tell of it any more.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NewType

from registry.model import Discrepancy, DiscrepancyKind, EntryId, UnitId, UserId
from registry.roles import Permission

CaseId = NewType("CaseId", int)


class CaseState(enum.StrEnum):
    """How far a case is; the ids are public API."""

    NEW = "new"
    ASSIGNED = "assigned"
    REOPENED = "reopened"
    PROPOSED = "proposed"  # an explanation waits for another person
    EXPLAINED = "explained"
    LEDGER_CORRECTED = "ledger_corrected"
    DATA_REMOVED = "data_removed"
    CONFIRMED = "confirmed"
    VANISHED = "vanished"
    SOURCE_REMOVED = "source_removed"  # no scan will look there any more

    @property
    def is_closed(self) -> bool:
        """True when nobody has to do anything, until a scan finds it again."""
        return self in CLOSED

    @property
    def is_claim(self) -> bool:
        """True when somebody says that it is put right, and a scan must confirm it."""
        return self in CLAIMS


CLOSED = frozenset({CaseState.CONFIRMED, CaseState.VANISHED, CaseState.SOURCE_REMOVED})
CLAIMS = frozenset({CaseState.LEDGER_CORRECTED, CaseState.DATA_REMOVED})
TO_DO = frozenset({CaseState.NEW, CaseState.ASSIGNED, CaseState.REOPENED})
WAITING = TO_DO | {CaseState.PROPOSED}  # for somebody, by a day


class Step(enum.StrEnum):
    """What leads from one state to the next; the first ones people take, the others follow from scans."""

    ASSIGN = "assign"
    EXPLAIN = "explain"
    APPROVE = "approve"
    REJECT = "reject"
    CORRECT_LEDGER = "correct_ledger"
    REMOVE_DATA = "remove_data"
    WITHDRAW = "withdraw"  # a claim, or what was explained
    COMMENT = "comment"
    OPEN = "open"
    CONFIRM = "confirm"
    VANISH = "vanish"
    SOURCE_GONE = "source_gone"  # its source was taken off the list
    FOUND_AGAIN = "found_again"  # after it was closed
    STILL_FOUND = "still_found"  # after somebody claimed that it is put right
    EXPIRE = "expire"  # an explanation ran out


@dataclass(frozen=True, slots=True)
class Transition:
    """From which states a step leads to which; `permission` None: no person takes it."""

    start: frozenset[CaseState]
    end: CaseState
    permission: Permission | None = None


_HANDLE, _DECIDE = Permission.HANDLE_CASES, Permission.DECIDE_CASES
_SETTLED = frozenset({CaseState.EXPLAINED, *CLAIMS})
TRANSITIONS: Mapping[Step, Transition] = {
    Step.ASSIGN: Transition(TO_DO, CaseState.ASSIGNED, _DECIDE),
    Step.EXPLAIN: Transition(TO_DO, CaseState.PROPOSED, _HANDLE),
    Step.APPROVE: Transition(frozenset({CaseState.PROPOSED}), CaseState.EXPLAINED, _DECIDE),
    Step.REJECT: Transition(frozenset({CaseState.PROPOSED}), CaseState.REOPENED, _DECIDE),
    Step.CORRECT_LEDGER: Transition(TO_DO, CaseState.LEDGER_CORRECTED, _HANDLE),
    Step.REMOVE_DATA: Transition(TO_DO, CaseState.DATA_REMOVED, _HANDLE),
    Step.WITHDRAW: Transition(_SETTLED, CaseState.REOPENED, _DECIDE),
    Step.CONFIRM: Transition(CLAIMS, CaseState.CONFIRMED),
    Step.VANISH: Transition(TO_DO | {CaseState.PROPOSED, CaseState.EXPLAINED}, CaseState.VANISHED),
    Step.SOURCE_GONE: Transition(frozenset(CaseState) - CLOSED, CaseState.SOURCE_REMOVED),
    Step.FOUND_AGAIN: Transition(CLOSED, CaseState.REOPENED),
    Step.STILL_FOUND: Transition(CLAIMS, CaseState.REOPENED),
    Step.EXPIRE: Transition(frozenset({CaseState.EXPLAINED}), CaseState.REOPENED),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One difference over time, as the person asking may see it."""

    id: CaseId
    kind: DiscrepancyKind
    state: CaseState
    unit_id: UnitId
    entry_id: EntryId | None
    found: Discrepancy  # as it was last found
    is_found: bool  # by the current assessment
    opened_at: datetime
    changed_at: datetime
    due_on: date
    assignee_id: UserId | None
    assignee: str
    proposer_id: UserId | None
    proposer: str
    explanation: str  # empty for who may not see locations: it may name them
    expires_on: date | None
    approver: str
    claimed_at: datetime | None
    located: bool  # whether the person asking sees where the data lie
    version: int

    def is_late(self, today: date) -> bool:
        """Return whether somebody should have done something by now."""
        return self.due_on < today and self.state in WAITING


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One step of a case or a comment on it; `actor` is empty for the platform itself."""

    at: datetime
    step: Step
    state: CaseState
    actor: str
    note: str = field(default="")
