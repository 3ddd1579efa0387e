"""The tables of the list of laws and norms 法令等一覧 (J.1.3): decisions, changes of laws, yearly reviews.

What people write in their own words, and who they are, is sealed. Two-person rules are constraints too.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped

from registry.store.base import Base, Code, Key, Moment, Sealed, Uid, UnitRef, Versioned


class LawEntryRecord(Versioned, Base):
    """What an entity decided of one norm; what is NULL of one of the catalogue is as the catalogue has it."""

    __tablename__ = "law_entry"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    law: Mapped[Code]  # id of the catalogue, or own:<uid>
    kind: Mapped[Code]
    applies: Mapped[Code]
    since: Mapped[date | None]
    until: Mapped[date | None]
    decided_on: Mapped[date]
    changed_at: Mapped[Moment]
    name_sealed: Mapped[Sealed | None]
    number_sealed: Mapped[Sealed | None]
    authority_sealed: Mapped[Sealed | None]
    address_sealed: Mapped[Sealed | None]
    reason_sealed: Mapped[Sealed]
    owner_sealed: Mapped[Sealed | None]
    __table_args__ = (UniqueConstraint("unit_id", "law"), CheckConstraint("since <= until", name="in_order"))


class LawAmendmentRecord(Versioned, Base):
    """A change of a norm that an entity noted, and what it did about it."""

    __tablename__ = "law_amendment"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    law: Mapped[Code]
    effective_on: Mapped[date]
    due_on: Mapped[date]
    summary_sealed: Mapped[Sealed]
    meaning_sealed: Mapped[Sealed]
    owner_sealed: Mapped[Sealed | None]
    done_on: Mapped[date | None]
    result_sealed: Mapped[Sealed | None]
    doer_id: Mapped[int | None]
    doer_sealed: Mapped[Sealed | None]
    __table_args__ = (
        CheckConstraint("(done_on IS NULL) = (doer_id IS NULL)", name="done_by_somebody"),
        CheckConstraint("(done_on IS NULL) = (result_sealed IS NULL)", name="done_with_result"),
    )


class LawReviewRecord(Versioned, Base):
    """One review of an entity's list; another person approves it."""

    __tablename__ = "law_review"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    state: Mapped[Code]
    reviewed_on: Mapped[date]
    submitted_at: Mapped[Moment]
    reviewer_id: Mapped[int]
    reviewer_sealed: Mapped[Sealed]
    note_sealed: Mapped[Sealed]
    copy_sealed: Mapped[Sealed | None]  # the list as it was reviewed; NULL of reviews before 0040
    applying: Mapped[int]
    excluded: Mapped[int]
    approver_id: Mapped[int | None]
    approver_sealed: Mapped[Sealed | None]
    answer_sealed: Mapped[Sealed | None]
    approved_on: Mapped[date | None]
    __table_args__ = (
        CheckConstraint("approver_id <> reviewer_id", name="two_persons"),
        CheckConstraint(
            "(state = 'approved') = (approved_on IS NOT NULL AND approver_id IS NOT NULL)",
            name="approved_by_somebody",
        ),
    )
