"""The tables of remediation 是正: what is to be done about one object, and places at which it may be done."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import (
    Base,
    Code,
    Key,
    MaybeMoment,
    Moment,
    Sealed,
    Uid,
    UnitRef,
    UsedOnce,
    Versioned,
)

_MaybeSealed = Mapped[bytes | None]


class RemediationRecord(Versioned, Base):
    """One proposal and what came of it; who approves never proposed.

    `facts_sealed` is JSON of the object as it was found, `copy_sealed` of its encrypted copy, whose key
    stands alone in `key_sealed`: what was destroyed has none.
    """

    __tablename__ = "remediation"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    source_id: Mapped[int | None] = mapped_column(ForeignKey("source.id"), index=True)
    object_id: Mapped[str] = mapped_column(String(32), index=True)  # keyed: tells nothing without the vault
    kind: Mapped[Code]
    state: Mapped[Code] = mapped_column(index=True)
    step: Mapped[Code] = mapped_column(default="")  # of a quarantine or its restoring: the last that was done
    facts_sealed: Mapped[Sealed]
    reason_sealed: Mapped[Sealed]
    wish_sealed: _MaybeSealed = mapped_column(LargeBinary)  # of a request: JSON of address, wish, language
    answer_sealed: _MaybeSealed = mapped_column(LargeBinary)
    until: Mapped[date | None]  # last day of an exclusion, of a quarantine, or for the answer to a request
    proposer_id: Mapped[int]
    proposer_sealed: Mapped[Sealed]
    proposed_at: Mapped[Moment]
    decider_id: Mapped[int | None]
    decider_sealed: _MaybeSealed = mapped_column(LargeBinary)
    decided_at: Mapped[MaybeMoment]
    failure: Mapped[Code] = mapped_column(default="")
    copy_sealed: _MaybeSealed = mapped_column(LargeBinary)
    key_sealed: _MaybeSealed = mapped_column(LargeBinary)
    done_at: Mapped[MaybeMoment]
    ended_at: Mapped[MaybeMoment]  # restored, destroyed, expired or withdrawn
    seen: Mapped[Code] = mapped_column(default="")  # what a later scan told
    seen_at: Mapped[MaybeMoment]
    certificate_number: Mapped[str | None] = mapped_column(String(64), unique=True)
    certificate_sealed: _MaybeSealed = mapped_column(LargeBinary)
    __table_args__ = (
        CheckConstraint("decider_id <> proposer_id", name="two_persons"),
        CheckConstraint("(state = 'proposed') = (decider_id IS NULL)", name="decided_by_somebody"),
        CheckConstraint(
            "state <> 'destroyed' OR (certificate_number IS NOT NULL AND key_sealed IS NULL)",
            name="destroyed_with_certificate",
        ),
    )


class RemediationPlaceRecord(UsedOnce, Versioned, Base):
    """A source at which objects may be removed, with a credential of its own, which no scan uses."""

    __tablename__ = "remediation_place"
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"), unique=True)
    credential_sealed: Mapped[Sealed]  # a reference, never a secret; empty for folders of the machine
