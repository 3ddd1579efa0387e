"""The tables of persons' rights: requests, what a search found, provision records, notices, research.

Who asks, whom an answer goes to, and to whom data were given are personal data that the law asks to keep:
they stand in `*_sealed` columns only. What somebody was asked for to prove who they are is never kept.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, false
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
    Versioned,
    Words,
)


class RightsRequest(Versioned, Base):
    """One request 開示等の請求 that reached a legal entity; `unit_id` is that entity."""

    __tablename__ = "rights_request"
    id: Mapped[Key]
    uid: Mapped[Uid]
    number: Mapped[Code] = mapped_column(unique=True)
    unit_id: Mapped[UnitRef]
    kind: Mapped[Code]
    applicant: Mapped[Code]  # the person, an agent, or bereaved family
    person_sealed: Mapped[Sealed]
    contact_sealed: Mapped[Sealed]  # where the answer goes
    agent_sealed: Mapped[Sealed]
    subject_sealed: Mapped[Sealed]
    delivery: Mapped[Code]
    medical: Mapped[bool] = mapped_column(default=False, server_default=false())
    received_on: Mapped[date]
    target_on: Mapped[date]  # what the entity set itself, or the limit of its country
    limit_country: Mapped[Code]  # "" in Japan, where the law names no number of days
    extended_until: Mapped[date | None]
    extension_sealed: Mapped[Sealed]
    identity_method: Mapped[Code]
    identity_on: Mapped[date | None]
    identity_by_sealed: Mapped[Sealed]
    opinion: Mapped[Code]  # the physician's, of medical records
    physician_sealed: Mapped[Sealed]
    opinion_sealed: Mapped[Sealed]
    with_provisions: Mapped[bool] = mapped_column(default=False, server_default=false())
    fee_yen: Mapped[int | None]
    fee_paid_on: Mapped[date | None]
    state: Mapped[Code]
    decision: Mapped[Code]
    refusal: Mapped[Code]
    reasons_sealed: Mapped[Sealed]
    decider_sealed: Mapped[Sealed]
    decided_on: Mapped[date | None]
    answered_on: Mapped[date | None]
    updated_at: Mapped[Moment]
    updated_by_sealed: Mapped[Sealed]


class RequestPlace(Versioned, Base):
    """One object in which a search found the person of a request; `unit_id` is whose object it is."""

    __tablename__ = "request_place"
    id: Mapped[Key]
    uid: Mapped[Uid]
    request_id: Mapped[int] = mapped_column(ForeignKey("rights_request.id"), index=True)
    unit_id: Mapped[UnitRef]
    object_id: Mapped[Code]
    run_id: Mapped[Code]
    basis_id: Mapped[int | None] = mapped_column(ForeignKey("disclosure_basis.id"))
    grade: Mapped[Code]
    fields_json: Mapped[Words]  # which kinds of asked values stand there
    shown_sealed: Mapped[Sealed]
    state: Mapped[Code]
    found_at: Mapped[Moment]
    __table_args__ = (UniqueConstraint("request_id", "object_id"),)


class ProvisionRecord(Versioned, Base):
    """One record of provision 提供 or receipt 受領 (APPI Art. 29, 30), or why none is demanded."""

    __tablename__ = "provision_record"
    id: Mapped[Key]
    uid: Mapped[Uid]
    number: Mapped[Code] = mapped_column(unique=True)
    unit_id: Mapped[UnitRef]
    direction: Mapped[Code]
    ground: Mapped[Code]
    exempt: Mapped[bool]  # no record is demanded; the ground says why
    form: Mapped[Code]
    on_day: Mapped[date]
    last_day: Mapped[date | None]
    counterpart_sealed: Mapped[Sealed]
    address_sealed: Mapped[Sealed]
    representative_sealed: Mapped[Sealed]
    persons_sealed: Mapped[Sealed]
    items_sealed: Mapped[Sealed]
    acquired_sealed: Mapped[Sealed]  # how the giver obtained the data (Art. 30(1)(ii))
    note_sealed: Mapped[Sealed]
    country: Mapped[Code]  # ISO 3166-1; "" within Japan
    abroad: Mapped[Code]  # on what a provision abroad rests (Art. 28)
    checked_on: Mapped[date | None]  # the last periodic check of the recipient abroad
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"), index=True)
    retain_until: Mapped[date | None]
    disposed_at: Mapped[MaybeMoment]
    recorded_at: Mapped[Moment]
    recorded_by_sealed: Mapped[Sealed]


class Notice(Versioned, Base):
    """A notice or consent text 通知・同意文 of an entity; its wordings stand in `notice_text`."""

    __tablename__ = "notice"
    id: Mapped[Key]
    number: Mapped[Code] = mapped_column(unique=True)
    unit_id: Mapped[UnitRef]
    kind: Mapped[Code]
    title: Mapped[Words]
    posted: Mapped[Words]  # where people read it


class NoticeText(Base):
    """One wording of a notice, never changed; the newest that has begun is in force."""

    __tablename__ = "notice_text"
    id: Mapped[Key]
    uid: Mapped[Uid]
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), index=True)
    unit_id: Mapped[UnitRef]
    revision: Mapped[int]
    wording: Mapped[Words]
    purposes: Mapped[Words]  # one purpose of use a line
    valid_from: Mapped[date]
    written_at: Mapped[Moment]
    written_by_sealed: Mapped[Sealed]
    __table_args__ = (UniqueConstraint("notice_id", "revision"),)


class NoticeEntry(Base):
    """That a ledger entry's data are collected under a notice."""

    __tablename__ = "notice_entry"
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), primary_key=True, index=True)
    unit_id: Mapped[UnitRef]


class ResearchUse(Versioned, Base):
    """One study 研究 that uses personal data: approval, key table, end and disposal."""

    __tablename__ = "research_use"
    id: Mapped[Key]
    uid: Mapped[Uid]
    number: Mapped[Code] = mapped_column(unique=True)
    unit_id: Mapped[UnitRef]
    title: Mapped[Words]
    committee: Mapped[Words]
    approval: Mapped[Code]
    approved_on: Mapped[date]
    basis: Mapped[Code]
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))
    key_holder_sealed: Mapped[Sealed]
    ends_on: Mapped[date]
    dispose_by: Mapped[date]
    disposed_on: Mapped[date | None]
    disposal: Mapped[Words]
    disposer_sealed: Mapped[Sealed]
    __table_args__ = (CheckConstraint("disposed_on IS NULL OR disposal <> ''", name="disposed_somehow"),)


class ResearchRefusal(Base):
    """That a person does not want to be part of a study (opt-out); who, sealed."""

    __tablename__ = "research_refusal"
    id: Mapped[Key]
    uid: Mapped[Uid]
    research_id: Mapped[int] = mapped_column(ForeignKey("research_use.id"), index=True)
    unit_id: Mapped[UnitRef]
    person_sealed: Mapped[Sealed]
    received_on: Mapped[date]
    excluded_on: Mapped[date | None]
    recorded_at: Mapped[Moment]
