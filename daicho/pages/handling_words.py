"""Words for the codes of how data are handled, and the texts of the history in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daicho.pages import words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.text import Translator, mark
from registry.handling import (
    Acquisition,
    Answer,
    Consent,
    Medium,
    RetentionEvent,
    Subject,
    Transfer,
    TransferBasis,
    value_of,
)

SUBJECT: Mapping[Subject, str] = {
    Subject.CUSTOMER: mark("顧客"),
    Subject.PATIENT: mark("患者"),
    Subject.EMPLOYEE: mark("従業者"),
    Subject.APPLICANT: mark("採用応募者"),
    Subject.RETIRED: mark("退職者"),
    Subject.FAMILY: mark("家族"),
    Subject.BUSINESS_CONTACT: mark("取引先の担当者"),
    Subject.SHAREHOLDER: mark("株主"),
    Subject.VISITOR: mark("来訪者"),
    Subject.OTHER: mark("その他の本人"),
}
ACQUISITION: Mapping[Acquisition, str] = {
    Acquisition.UNSTATED: mark("未記入"),
    Acquisition.DIRECT_WRITTEN: mark("本人から直接、書面で"),
    Acquisition.DIRECT_OTHER: mark("本人から、書面以外で"),
    Acquisition.INDIRECT: mark("本人以外から"),
    Acquisition.ENTRUSTED: mark("受託により"),
}
CONSENT: Mapping[Consent, str] = {
    Consent.UNSTATED: mark("未記入"),
    Consent.OBTAINED: mark("同意を得ている"),
    Consent.NOT_NEEDED: mark("同意は不要"),
    Consent.NOT_OBTAINED: mark("同意を得ていない"),
}
ANSWER: Mapping[Answer, str] = {
    Answer.UNSTATED: mark("未記入"),
    Answer.YES: mark("該当する"),
    Answer.NO: mark("該当しない"),
}
MEDIUM: Mapping[Medium, str] = {
    Medium.FILE_SHARE: mark("共有フォルダー"),
    Medium.DATABASE: mark("データベース"),
    Medium.MAIL: mark("メール"),
    Medium.CLOUD: mark("クラウドサービス"),
    Medium.TERMINAL: mark("PC・携帯端末"),
    Medium.REMOVABLE: mark("USB メモリーなど"),
    Medium.BACKUP: mark("バックアップ媒体"),
    Medium.PAPER: mark("紙"),
}
RETENTION_EVENT: Mapping[RetentionEvent, str] = {
    RetentionEvent.LAST_CHANGE: mark("最後に更新した日"),
    RetentionEvent.ACQUIRED: mark("取得した日"),
    RetentionEvent.CONTRACT_END: mark("契約が終わった日"),
    RetentionEvent.EMPLOYMENT_END: mark("退職した日"),
    RetentionEvent.TREATMENT_END: mark("診療が完結した日"),
    RetentionEvent.FISCAL_YEAR_END: mark("事業年度の末日"),
}
TRANSFER_BASIS: Mapping[TransferBasis, str] = {
    TransferBasis.CONSENT: mark("本人の同意"),
    TransferBasis.EQUIVALENT_SYSTEM: mark("基準に適合する体制"),
    TransferBasis.EQUAL_COUNTRY: mark("同等の水準の国"),
}
COLUMN: Mapping[str, str] = {
    "subjects": mark("本人の区分"),
    "acquisition": mark("取得の形態"),
    "acquired_from": mark("取得元"),
    "purpose_notice": mark("利用目的の明示・通知"),
    "consent": mark("本人の同意の有無"),
    "legal_basis": mark("適法性の根拠（海外の単位）"),
    "contact": mark("本人への連絡・接触"),
    "my_number_purpose": mark("個人番号を使う事務"),
    "identity_copies": mark("本人確認書類の写しを保管する"),
    "identity_copies_masked": mark("写しの番号は黒塗りしている"),
    "media": mark("媒体"),
    "security_measures": mark("安全管理措置"),
    "retention_event": mark("保管期間の起算"),
    "retention_event_on": mark("起算日（全員に同じとき）"),
    "disposal_method": mark("廃棄方法"),
    "legal_hold": mark("廃棄を留保する"),
    "legal_hold_reason": mark("留保の理由"),
    "disclosable": mark("保有個人データ"),
    "entrusted": mark("受託した個人情報である"),
    "entrusted_by": mark("委託元"),
    "processors": mark("委託先"),
    "recipients": mark("第三者提供先"),
    "joint_use": mark("共同利用の相手と責任者"),
    "transfers": mark("外国への提供"),
    "last_checked": mark("最終確認日"),
    "next_review": mark("次の見直し日"),
    "approved_by": mark("承認した方"),
}

_COLLECTIONS: Mapping[str, Mapping[Any, str]] = {"subjects": SUBJECT, "media": MEDIUM}
_SINGLE: Mapping[str, Mapping[Any, str]] = {
    "acquisition": ACQUISITION,
    "consent": CONSENT,
    "disclosable": ANSWER,
    "retention_event": RETENTION_EVENT,
}


def kept_text(column: str, kept: str, context: PageContext) -> str:
    """Return a text of the history, or of an application, in words; codes never reach the screen."""
    text = context.text
    value = value_of(column, kept) if column in COLUMN and column != "approved_by" else kept
    if column in _SINGLE:
        return text(_SINGLE[column][value])
    if column in _COLLECTIONS and isinstance(value, frozenset):
        names = _COLLECTIONS[column]
        return words.listed((text(names[each]) for each in names if each in value), text) or NONE
    match value:
        case bool():
            return text("はい") if value else text("いいえ")
        case frozenset():
            return text("{number} 件", number=context.formats.number(len(value))) if value else NONE
        case tuple():
            return words.listed((transfer_text(each, text) for each in value), text) or NONE
        case None | "":
            return NONE
        case str():
            return value
        case _:
            return context.formats.day(value)  # type: ignore[arg-type]  # what is left are days


def transfer_text(each: Transfer, text: Translator) -> str:
    """Return one transfer abroad as people read it."""
    called = f"{each.country} {each.recipient}".strip()
    return text("{recipient}（{basis}）", recipient=called, basis=text(TRANSFER_BASIS[each.basis]))
