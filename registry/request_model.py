"""The nouns of requests 開示等の請求等: kinds, who asks, how they were checked, decisions."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NewType

from registry.asked import AskedField, Grade
from registry.disclosures import DisclosureId
from registry.model import ObjectId, UnitId

RequestId = NewType("RequestId", int)
PlaceId = NewType("PlaceId", int)


class RequestKind(enum.StrEnum):
    """What a person asks for."""

    PURPOSE_NOTICE = "purpose_notice"  # 利用目的の通知, APPI Art. 32(2)
    DISCLOSURE = "disclosure"  # 開示, Art. 33(1)
    PROVISION_RECORDS = "provision_records"  # 第三者提供記録の開示, Art. 33(5)
    CORRECTION = "correction"  # 訂正, Art. 34(1)
    ADDITION = "addition"  # 追加, Art. 34(1)
    DELETION = "deletion"  # 削除, Art. 34(1)
    STOP_USE = "stop_use"  # 利用停止, Art. 35(1), (5)
    ERASURE = "erasure"  # 消去, Art. 35(1), (5)
    STOP_PROVISION = "stop_provision"  # 第三者提供の停止, Art. 35(3), (5)

    @property
    def may_cost(self) -> bool:
        """True where a fee may be taken: purpose notice and disclosure alone (Art. 38(1))."""
        return self in (
            RequestKind.PURPOSE_NOTICE,
            RequestKind.DISCLOSURE,
            RequestKind.PROVISION_RECORDS,
        )


class Applicant(enum.StrEnum):
    """Who asks (Art. 37(3); Cabinet Order Art. 13)."""

    PERSON = "person"  # 本人
    STATUTORY_AGENT = "statutory_agent"  # 法定代理人
    MANDATED_AGENT = "mandated_agent"  # 任意代理人
    BEREAVED = "bereaved"  # 遺族: of medical records of the dead, whom the Act itself does not cover


class IdentityMethod(enum.StrEnum):
    """How it was checked who asks; no copy of what was shown is kept."""

    PHOTO_CARD = "photo_card"  # 運転免許証など顔写真付きの証明書
    TWO_DOCUMENTS = "two_documents"  # 資格確認書と住民票の写しなど2点
    SIGN_IN = "sign_in"  # 会員としてのサインイン
    CALL_BACK = "call_back"  # 登録済みの連絡先への折り返し
    MANDATE = "mandate"  # 委任状と代理人の証明書
    FAMILY_REGISTER = "family_register"  # 戸籍の記載事項証明書 (法定代理人・遺族)


class Delivery(enum.StrEnum):
    """How the person wants the answer (Art. 33(1): the person chooses)."""

    PAPER = "paper"  # 書面の交付
    ELECTRONIC = "electronic"  # 電磁的記録の提供
    VIEWING = "viewing"  # 閲覧など事業者の定める方法


class Opinion(enum.StrEnum):
    """The physician's opinion 医師の意見 on disclosing a medical record."""

    NONE = ""
    ASKED = "asked"
    NO_OBJECTION = "no_objection"
    OBJECTION = "objection"  # the patient's state could be harmed, or others


class RequestState(enum.StrEnum):
    """How far a request is."""

    RECEIVED = "received"
    CHECKED = "checked"  # who asks was confirmed
    DECIDED = "decided"
    CLOSED = "closed"


class Decision(enum.StrEnum):
    """What comes of a request."""

    NONE = ""
    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    NOT_HELD = "not_held"  # 保有個人データが存在しない, Art. 33(3)
    WITHDRAWN = "withdrawn"

    @property
    def needs_reason(self) -> bool:
        """True for decisions whose reason the person is told (Art. 36)."""
        return self in (Decision.PARTLY, Decision.REFUSED)


class PlaceState(enum.StrEnum):
    """What was said of a place that a search found."""

    FOUND = "found"
    THEIRS = "theirs"
    NOT_THEIRS = "not_theirs"  # a namesake's


@dataclass(frozen=True, slots=True)
class RequestDraft:
    """A request as it arrives; its repr shows no name."""

    unit_id: UnitId
    kind: RequestKind
    applicant: Applicant
    person: str = field(repr=False)
    contact: str = field(repr=False)
    received_on: date
    subject: str = field(default="", repr=False)
    agent: str = field(default="", repr=False)
    delivery: Delivery = Delivery.PAPER
    medical: bool = False
    with_provisions: bool = False
    fee_yen: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One request as people who handle it see it."""

    id: RequestId
    number: str
    unit_id: UnitId
    kind: RequestKind
    applicant: Applicant
    person: str = field(repr=False)
    contact: str = field(repr=False)
    agent: str = field(repr=False)
    subject: str = field(repr=False)
    delivery: Delivery
    medical: bool
    received_on: date
    target_on: date
    limit_country: str  # "" where the law names no number of days
    extended_until: date | None
    extension: str = field(repr=False)
    identity_method: IdentityMethod | None
    identity_on: date | None
    identity_by: str
    opinion: Opinion
    physician: str
    opinion_text: str = field(repr=False)
    with_provisions: bool
    fee_yen: int | None
    fee_paid_on: date | None
    state: RequestState
    decision: Decision
    refusal: str
    reasons: str = field(repr=False)
    decider: str
    decided_on: date | None
    answered_on: date | None
    updated_at: datetime
    updated_by: str
    version: int

    @property
    def due_on(self) -> date:
        """Return until when to answer, with the extension."""
        return self.extended_until or self.target_on

    def days_left(self, today: date) -> int | None:
        """Return the days until the answer is due, negative when late; None when it was answered."""
        return None if self.state is RequestState.CLOSED else (self.due_on - today).days


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """One object that a search found for a request."""

    id: PlaceId
    request_id: RequestId
    unit_id: UnitId
    object_id: ObjectId
    basis_id: DisclosureId | None
    grade: Grade
    fields: frozenset[AskedField]
    shown: str
    state: PlaceState
    found_at: datetime
    version: int
