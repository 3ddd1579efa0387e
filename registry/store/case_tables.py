"""The tables of what becomes of differences: cases 差異の案件 with their history, and disposals 廃棄.

Declared like every other table of `registry.store.tables`; kept apart because they live longer than the
assessments that they point at.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import (
    Base,
    Code,
    Count,
    Key,
    MaybeMoment,
    Moment,
    Sealed,
    Uid,
    UnitRef,
    Versioned,
    Words,
)


class CaseRecord(Versioned, Base):
    """A difference over all assessments that find it, known by its identity; who approves never proposed.

    `discrepancy_id` is the newest row that found it, `seen_in_json` names the runs in which that was.
    """

    __tablename__ = "discrepancy_case"
    id: Mapped[Key]
    uid: Mapped[Uid]
    identity: Mapped[str] = mapped_column(String(32), unique=True)  # keyed: tells nothing without the vault
    kind: Mapped[Code]
    unit_id: Mapped[UnitRef]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"), index=True)
    discrepancy_id: Mapped[str] = mapped_column(ForeignKey("discrepancy.id"), index=True)
    score: Mapped[int]
    found: Mapped[bool]  # whether the current assessment finds it
    seen_in_json: Mapped[Words]
    state: Mapped[Code] = mapped_column(index=True)
    opened_at: Mapped[Moment]
    changed_at: Mapped[Moment]  # of the state
    due_on: Mapped[date]
    assignee_id: Mapped[int | None] = mapped_column(index=True)
    assignee_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    proposer_id: Mapped[int | None]
    proposer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    explanation_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_on: Mapped[date | None]
    approver_id: Mapped[int | None]
    approver_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    claimed_at: Mapped[MaybeMoment]
    __table_args__ = (
        CheckConstraint("approver_id <> proposer_id", name="two_persons"),
        CheckConstraint(
            "state <> 'explained' OR (approver_id IS NOT NULL AND expires_on IS NOT NULL)",
            name="approved_by_somebody",
        ),
        CheckConstraint("state <> 'assigned' OR assignee_id IS NOT NULL", name="assigned_to_somebody"),
    )


class CaseEventRecord(Base):
    """One step of a case, or a comment on it; never updated. Without a name: the platform itself."""

    __tablename__ = "case_event"
    id: Mapped[Key]
    uid: Mapped[Uid]
    case_id: Mapped[int] = mapped_column(ForeignKey("discrepancy_case.id"), index=True)
    unit_id: Mapped[UnitRef]
    at: Mapped[Moment]
    step: Mapped[Code]
    state: Mapped[Code]  # after the step
    actor_id: Mapped[int]
    actor_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)


class DisposalRecord(Versioned, Base):
    """One order to dispose of data; who approves never ordered. What it names lies in one source.

    `items_sealed` is JSON of the objects as they were when it was ordered, names masked.
    """

    __tablename__ = "disposal"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("discrepancy_case.id"), index=True)
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"), index=True)
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"), index=True)
    folder_sealed: Mapped[Sealed]  # true name below the source; empty: only the objects
    objects_json: Mapped[Words]  # ids, which tell nothing
    items_sealed: Mapped[Sealed]
    objects: Mapped[Count]
    persons: Mapped[Count]
    method: Mapped[Code]
    reason_sealed: Mapped[Sealed]
    due_on: Mapped[date]
    state: Mapped[Code] = mapped_column(index=True)
    orderer_id: Mapped[int]
    orderer_sealed: Mapped[Sealed]
    ordered_at: Mapped[Moment]
    approver_id: Mapped[int | None]
    approver_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_at: Mapped[MaybeMoment]
    executor_id: Mapped[int | None]
    executor_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    executed_at: Mapped[MaybeMoment]
    certificate_number: Mapped[str | None] = mapped_column(String(64), unique=True)
    certificate_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    examined_at: Mapped[MaybeMoment]  # when a later assessment could tell
    __table_args__ = (
        CheckConstraint("approver_id <> orderer_id", name="two_persons"),
        CheckConstraint("(state = 'proposed') = (approver_id IS NULL)", name="decided_by_somebody"),
        CheckConstraint(
            "(state IN ('executed', 'confirmed', 'not_confirmed')) = (certificate_number IS NOT NULL)",
            name="certified",
        ),
    )
