"""Disposal 廃棄 as pages and services exchange it: what is ordered, how far it is, and its certificate.

proposed 承認待ち → approved 承認済み (by another person) → executed 実施済み, with a certificate 廃棄証明書 →
confirmed 確認済み or not confirmed 未確認, as a later complete scan of the place finds.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date, datetime
from typing import NewType

from registry.case_states import CaseId
from registry.model import EntryId, ObjectId, SourceId, UnitId, UserId

DisposalId = NewType("DisposalId", int)


class DisposalState(enum.StrEnum):
    """How far a disposal is; the ids are public API."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    EXECUTED = "executed"
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"

    @property
    def is_certified(self) -> bool:
        """True once somebody carried it out, and there is a certificate."""
        return self in CERTIFIED


CERTIFIED = frozenset({DisposalState.EXECUTED, DisposalState.CONFIRMED, DisposalState.NOT_CONFIRMED})
EXECUTABLE = frozenset({DisposalState.APPROVED, DisposalState.NOT_CONFIRMED})
APPROVABLE = frozenset({DisposalState.PROPOSED})
REFUSABLE = frozenset({DisposalState.PROPOSED, DisposalState.APPROVED})  # as long as it was not carried out
WAITING = frozenset({DisposalState.EXECUTED, DisposalState.NOT_CONFIRMED})  # for a scan to tell


class DisposalMethod(enum.StrEnum):
    """How data are disposed of 廃棄方法."""

    DELETE = "delete"  # 削除
    OVERWRITE = "overwrite"  # 復元できない消去
    DESTROY = "destroy"  # 媒体の破壊
    DISSOLVE = "dissolve"  # 紙の裁断・溶解
    RETURN = "return"  # 提供元への返却
    ENTRUST = "entrust"  # 業者への委託


@dataclass(frozen=True, slots=True)
class DisposalItem:
    """One object as it was when its disposal was ordered; its name is masked."""

    id: ObjectId
    shown: str
    persons: int


@dataclass(frozen=True, slots=True)
class DisposalDraft:
    """What somebody orders to dispose of. `folder` is the true name below the source; empty: the objects."""

    unit_id: UnitId
    case_id: CaseId | None
    entry_id: EntryId | None
    source_id: SourceId | None
    folder: str
    items: tuple[DisposalItem, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Disposal:
    """One order, as the person asking may see it: without items for who may not see locations."""

    id: DisposalId
    state: DisposalState
    unit_id: UnitId
    case_id: CaseId | None
    entry_id: EntryId | None
    source_id: SourceId | None
    items: tuple[DisposalItem, ...]
    objects: int
    persons: int  # at least so many in the fullest object
    method: DisposalMethod
    reason: str
    due_on: date
    orderer_id: UserId
    orderer: str
    ordered_at: datetime
    approver: str  # who approved or refused
    decided_at: datetime | None
    executor: str
    executed_at: datetime | None
    certificate_number: str
    examined_at: datetime | None
    located: bool
    source_removed: bool  # taken off the list: no scan will tell of it
    version: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate of disposal 廃棄証明書 states, as it was when the disposal was carried out.

    `places` are empty for who may not see locations, and never hold a raw value: names are masked.
    """

    number: str
    unit_ja: str
    unit_en: str
    entry: str  # number and name in the ledger; empty when it was in none
    places: tuple[str, ...]
    objects: int
    persons: int
    method: DisposalMethod
    reason: str
    orderer: str
    ordered_at: datetime
    approver: str
    decided_at: datetime
    executor: str
    executed_at: datetime
    state: DisposalState
    examined_at: datetime | None
