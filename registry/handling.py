"""How personal data of a ledger entry are handled: the columns beside the required ones, and their texts.

Recommended columns of ledger practice (JIS Q 15001 Annex B of 2017: 取得の形態, 利用目的の明示・通知方法,
本人同意, 第三者提供, 共同利用, 委託), with what GDPR Art. 30(1) asks of a record of processing beside them
(categories of data subjects, recipients, transfers, security measures). Every column has a value that says
"not stated", so that a department fills in about ten columns and the officer the rest.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import NewType

ProcessorId = NewType("ProcessorId", int)


class Subject(enum.StrEnum):
    """Whose data they are 本人の区分 (GDPR Art. 30(1)(c))."""

    CUSTOMER = "customer"  # 顧客
    PATIENT = "patient"  # 患者
    EMPLOYEE = "employee"  # 従業者
    APPLICANT = "applicant"  # 採用応募者
    RETIRED = "retired"  # 退職者
    FAMILY = "family"  # 家族・扶養親族
    BUSINESS_CONTACT = "business_contact"  # 取引先の担当者
    SHAREHOLDER = "shareholder"  # 株主
    VISITOR = "visitor"  # 来訪者
    OTHER = "other"


class Acquisition(enum.StrEnum):
    """How data are acquired 取得の形態."""

    UNSTATED = "unstated"
    DIRECT_WRITTEN = "direct_written"  # 本人から直接書面で
    DIRECT_OTHER = "direct_other"  # 本人から書面以外で
    INDIRECT = "indirect"  # 本人以外から
    ENTRUSTED = "entrusted"  # 受託により


class Consent(enum.StrEnum):
    """Whether the persons consented 本人同意の有無."""

    UNSTATED = "unstated"
    OBTAINED = "obtained"
    NOT_NEEDED = "not_needed"
    NOT_OBTAINED = "not_obtained"


class Answer(enum.StrEnum):
    """Yes, no, or not stated yet."""

    UNSTATED = "unstated"
    YES = "yes"
    NO = "no"


class Medium(enum.StrEnum):
    """What data are kept on 媒体."""

    FILE_SHARE = "file_share"
    DATABASE = "database"
    MAIL = "mail"
    CLOUD = "cloud"
    TERMINAL = "terminal"  # PC・携帯端末
    REMOVABLE = "removable"  # USB メモリーなど
    BACKUP = "backup"
    PAPER = "paper"


class RetentionEvent(enum.StrEnum):
    """From when the retention period 保管期間 runs."""

    LAST_CHANGE = "last_change"  # データの最終更新
    ACQUIRED = "acquired"  # 取得
    CONTRACT_END = "contract_end"  # 契約の終了
    EMPLOYMENT_END = "employment_end"  # 退職
    TREATMENT_END = "treatment_end"  # 診療の完結 (Medical Practitioners' Act Art. 24: five years)
    FISCAL_YEAR_END = "fiscal_year_end"  # 事業年度の終了


class TransferBasis(enum.StrEnum):
    """Why data may go to a third party abroad (APPI Art. 28)."""

    CONSENT = "consent"  # 本人の同意
    EQUIVALENT_SYSTEM = "equivalent_system"  # 基準適合体制
    EQUAL_COUNTRY = "equal_country"  # 同等の水準の国


_EU = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE"
_EQUAL = f"{_EU} IS LI NO GB"
EQUAL_COUNTRIES = frozenset(_EQUAL.split())
"""Members of the EU and the EEA, and the United Kingdom (PPC notification under APPI Art. 28(1))."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One country that data go to 外国への提供, and on what ground."""

    country: str  # ISO 3166-1 alpha-2
    basis: TransferBasis
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class Handling:
    """What an entry says of its data beyond the required columns; a new one says nothing yet."""

    subjects: frozenset[Subject] = frozenset()  # 本人の区分
    acquisition: Acquisition = Acquisition.UNSTATED  # 取得の形態
    acquired_from: str = ""  # 取得元
    purpose_notice: str = ""  # 利用目的の明示・通知方法
    consent: Consent = Consent.UNSTATED  # 本人同意
    legal_basis: str = ""  # 適法性の根拠 (GDPR Art. 6), for units abroad
    contact: str = ""  # 本人への連絡・接触
    my_number_purpose: str = ""  # 個人番号関係事務 (My Number Act Art. 9(4))
    identity_copies: bool = False  # 本人確認書類の写しを保管
    identity_copies_masked: bool = False  # …個人番号、保険の記号・番号、基礎年金番号は黒塗り
    media: frozenset[Medium] = frozenset()  # 媒体
    security_measures: str = ""  # 安全管理措置 (GDPR Art. 30(1)(g))
    retention_event: RetentionEvent = RetentionEvent.LAST_CHANGE  # 保管期間の起算
    retention_event_on: date | None = None  # 起算日, where the event is one day for all
    disposal_method: str = ""  # 廃棄方法
    legal_hold: bool = False  # 廃棄の留保
    legal_hold_reason: str = ""  # 留保の理由
    disclosable: Answer = Answer.UNSTATED  # 保有個人データに該当
    entrusted: bool = False  # 受託個人情報
    entrusted_by: str = ""  # 委託元
    processors: frozenset[ProcessorId] = frozenset()  # 委託先
    recipients: str = ""  # 第三者提供先
    joint_use: str = ""  # 共同利用
    transfers: tuple[Transfer, ...] = ()  # 外国への提供
    last_checked: date | None = None  # 最終確認日
    next_review: date | None = None  # 次回見直し日


COLUMNS = tuple(field.name for field in fields(Handling))
DEFAULT = Handling()


def text_of(value: object) -> str:
    """Return a value as the history keeps it: ids comma-separated, transfers as JSON, nothing as ""."""
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case frozenset():
            return ",".join(sorted(str(member) for member in value))
        case tuple():
            rows = [[each.country, each.basis.value, each.recipient] for each in value]
            return json.dumps(rows, ensure_ascii=False, separators=(",", ":")) if rows else ""
        case _:
            return str(value)


def _set_of(kind: Callable[[str], object]) -> Callable[[str], object]:
    return lambda text: frozenset(kind(member) for member in text.split(",") if member)


def _transfers(text: str) -> tuple[Transfer, ...]:
    rows = json.loads(text) if text else []
    return tuple(Transfer(country, TransferBasis(basis), recipient) for country, basis, recipient in rows)


_READERS: Mapping[str, Callable[[str], object]] = {
    "subjects": _set_of(Subject),
    "acquisition": Acquisition,
    "consent": Consent,
    "identity_copies": bool,
    "identity_copies_masked": bool,
    "media": _set_of(Medium),
    "retention_event": RetentionEvent,
    "retention_event_on": date.fromisoformat,
    "legal_hold": bool,
    "disclosable": Answer,
    "entrusted": bool,
    "processors": _set_of(lambda text: ProcessorId(int(text))),
    "transfers": _transfers,
    "last_checked": date.fromisoformat,
    "next_review": date.fromisoformat,
}


def texts_of(handling: Handling) -> dict[str, str]:
    """Return column -> text of every column that states something."""
    return {
        column: text_of(value)
        for column in COLUMNS
        if (value := getattr(handling, column)) != getattr(DEFAULT, column)
    }


def of_texts(texts: Mapping[str, str]) -> Handling:
    """Return the handling that `texts_of` wrote; columns that are not there state nothing."""
    values = {column: value_of(column, text) for column, text in texts.items()}
    return Handling(**values)  # type: ignore[arg-type]  # each reader gives its column's type


def value_of(column: str, text: str) -> object:
    """Return the value of one column from its text."""
    if not text:
        return getattr(DEFAULT, column)
    return _READERS.get(column, str)(text)
