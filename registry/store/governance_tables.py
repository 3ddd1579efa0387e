"""The tables of governance 体制: bodies, appointments, decisions, and where each decision has arrived."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from registry.store.base import Base, Code, Key, MaybeMoment, Sealed, Uid, UnitRef, UsedOnce, Versioned, Words


class BodyRecord(Versioned, Base):
    """A committee or council of a unit."""

    __tablename__ = "governance_body"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    kind: Mapped[Code]
    name_ja_sealed: Mapped[Sealed]
    name_en_sealed: Mapped[Sealed]
    ended_on: Mapped[date | None]


class AppointmentRecord(UsedOnce, Versioned, Base):
    """That somebody was appointed to a post of a unit, or of a body of it, from a day to a day."""

    __tablename__ = "governance_appointment"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    body_id: Mapped[int | None] = mapped_column(ForeignKey("governance_body.id"), index=True)
    post: Mapped[Code]
    person_sealed: Mapped[Sealed]
    appointer_sealed: Mapped[Sealed]  # by whom, as the letter of appointment says
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    __table_args__ = (CheckConstraint("valid_until >= valid_from", name="ends_after_it_begins"),)


class DecisionRecord(Versioned, Base):
    """What a body or the top of a unit has decided; `issued_at` None: not conveyed to anybody yet."""

    __tablename__ = "governance_decision"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    body_id: Mapped[int | None] = mapped_column(ForeignKey("governance_body.id"), index=True)
    decided_on: Mapped[date]
    title_sealed: Mapped[Sealed]
    text_sealed: Mapped[Sealed]
    recorder_id: Mapped[int]
    recorder_sealed: Mapped[Sealed]
    due_on: Mapped[date | None]
    issued_at: Mapped[MaybeMoment]
    withdrawn_at: Mapped[MaybeMoment]
    kinds: Mapped[Words] = mapped_column(default="", server_default="")  # of units it is meant for
    __table_args__ = (CheckConstraint("issued_at IS NULL OR due_on IS NOT NULL", name="issued_with_a_day"),)


class ArrivalRecord(Versioned, Base):
    """Whether a decision has arrived at a unit: one row per decision and unit that it is meant for."""

    __tablename__ = "governance_arrival"
    id: Mapped[Key]
    uid: Mapped[Uid]
    unit_id: Mapped[UnitRef]
    decision_id: Mapped[int] = mapped_column(ForeignKey("governance_decision.id"))
    above_id: Mapped[int | None]  # the unit that conveys it; None: the deciding unit does
    conveyed_at: Mapped[MaybeMoment]
    conveyor_id: Mapped[int | None]
    conveyor_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    acknowledged_at: Mapped[MaybeMoment]
    acknowledger_id: Mapped[int | None]
    acknowledger_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    note_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # what the unit does about it
    closed_at: Mapped[MaybeMoment]  # the unit was merged before it acknowledged
    __table_args__ = (
        UniqueConstraint("decision_id", "unit_id"),
        CheckConstraint("acknowledger_id <> conveyor_id", name="two_persons"),
        CheckConstraint("acknowledged_at IS NULL OR conveyed_at IS NOT NULL", name="conveyed_first"),
        CheckConstraint("(acknowledged_at IS NULL) = (acknowledger_id IS NULL)", name="by_somebody"),
    )
