"""Words for the codes of requests 開示等の請求, and for what a request was refused for by the registry."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.pages.context import PageContext
from daicho.pages.steps import why_not
from daicho.text import mark
from registry.asked import AskedField, Grade
from registry.request_model import (
    Applicant,
    Decision,
    Delivery,
    IdentityMethod,
    Opinion,
    PlaceState,
    RequestKind,
    RequestState,
)

KIND: Mapping[RequestKind, str] = {
    RequestKind.DISCLOSURE: mark("開示"),
    RequestKind.PURPOSE_NOTICE: mark("利用目的の通知"),
    RequestKind.PROVISION_RECORDS: mark("第三者提供記録の開示"),
    RequestKind.CORRECTION: mark("訂正"),
    RequestKind.ADDITION: mark("追加"),
    RequestKind.DELETION: mark("削除"),
    RequestKind.STOP_USE: mark("利用停止"),
    RequestKind.ERASURE: mark("消去"),
    RequestKind.STOP_PROVISION: mark("第三者提供の停止"),
}
APPLICANT: Mapping[Applicant, str] = {
    Applicant.PERSON: mark("本人"),
    Applicant.STATUTORY_AGENT: mark("法定代理人"),
    Applicant.MANDATED_AGENT: mark("委任による代理人"),
    Applicant.BEREAVED: mark("遺族（診療記録）"),
}
IDENTITY: Mapping[IdentityMethod, str] = {
    IdentityMethod.PHOTO_CARD: mark("顔写真付きの証明書 1 点"),
    IdentityMethod.TWO_DOCUMENTS: mark("顔写真のない証明書 2 点"),
    IdentityMethod.SIGN_IN: mark("会員としてのサインイン"),
    IdentityMethod.CALL_BACK: mark("登録済みの連絡先への折り返し"),
    IdentityMethod.MANDATE: mark("委任状と代理人の証明書"),
    IdentityMethod.FAMILY_REGISTER: mark("戸籍の証明書と請求者の証明書"),
}
DELIVERY: Mapping[Delivery, str] = {
    Delivery.PAPER: mark("書面"),
    Delivery.ELECTRONIC: mark("電磁的記録"),
    Delivery.VIEWING: mark("閲覧"),
}
OPINION: Mapping[Opinion, str] = {
    Opinion.NONE: mark("まだ聞いていない"),
    Opinion.ASKED: mark("照会中"),
    Opinion.NO_OBJECTION: mark("支障なし"),
    Opinion.OBJECTION: mark("支障あり"),
}
STATE: Mapping[RequestState, str] = {
    RequestState.RECEIVED: mark("本人確認待ち"),
    RequestState.CHECKED: mark("調査中"),
    RequestState.DECIDED: mark("決定済み（回答待ち）"),
    RequestState.CLOSED: mark("回答済み"),
}
DECISION: Mapping[Decision, str] = {
    Decision.GRANTED: mark("応じる"),
    Decision.PARTLY: mark("一部に応じる"),
    Decision.REFUSED: mark("応じない"),
    Decision.NOT_HELD: mark("保有していない"),
    Decision.WITHDRAWN: mark("取下げ"),
}
GRADE: Mapping[Grade, str] = {
    Grade.SURE: mark("本人と見られる"),
    Grade.LIKELY: mark("可能性が高い"),
    Grade.POSSIBLE: mark("同姓同名かもしれない"),
}
PLACE: Mapping[PlaceState, str] = {
    PlaceState.FOUND: mark("未判断"),
    PlaceState.THEIRS: mark("本人のもの"),
    PlaceState.NOT_THEIRS: mark("別人のもの"),
}
FIELD: Mapping[AskedField, str] = {
    AskedField.NAME: mark("氏名"),
    AskedField.READING: mark("フリガナ"),
    AskedField.BIRTH_DATE: mark("生年月日"),
    AskedField.PHONE: mark("電話番号"),
    AskedField.EMAIL: mark("メールアドレス"),
    AskedField.ADDRESS: mark("住所"),
    AskedField.IDENTIFIER: mark("番号"),
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("person", "required"): mark("本人の氏名を入れてください。"),
    ("contact", "required"): mark("回答の送り先を入れてください。"),
    ("agent", "required"): mark("代理人または遺族の氏名を入れてください。"),
    ("applicant", "medical_only"): mark("遺族からの請求は、診療記録に限ります。"),
    ("received_on", "future"): mark("受付日が先の日付です。"),
    ("fee_yen", "no_fee"): mark("手数料を取れるのは、利用目的の通知と開示だけです（法第38条）。"),
    ("fee_yen", "out_of_range"): mark("手数料の額を確かめてください。"),
    ("extended_until", "before_target"): mark("延長の期限は、今の期限より後にしてください。"),
    ("extended_until", "beyond_limit"): mark("その国の法令が許す延長を超えています。"),
    ("extension", "required"): mark("延長の理由を入れてください。"),
    ("opinion", "not_medical"): mark("医師の意見は、診療記録の請求だけに記録します。"),
    ("opinion", "required"): mark("診療記録を開示する前に、医師の意見を記録してください。"),
    ("physician", "required"): mark("意見を述べた医師の氏名を入れてください。"),
    ("on", "before_receipt"): mark("確認日が受付日より前です。"),
    ("on", "future"): mark("確認日が先の日付です。"),
    ("method", "agents_only"): mark("この方法は代理人と遺族の確認に使います。"),
    ("method", "not_for_agents"): mark("代理人と遺族は、委任状または戸籍の証明書で確認します。"),
    ("identity_method", "required"): mark("先に本人確認を記録してください。"),
    ("refusal", "required"): mark("応じない理由を選んでください。"),
    ("refusal", "not_needed"): mark("この決定に、応じない理由は要りません。"),
    ("decision", "required"): mark("決定を選んでください。"),
    ("answered_on", "before_decision"): mark("回答日が決定日より前です。"),
    ("answered_on", "future"): mark("回答日が先の日付です。"),
    ("state", "closed"): mark("この請求は回答済みで、変更できません。"),
    ("state", "decided"): mark("この請求はすでに決まっています。"),
    ("asked", "too_little"): mark("氏名、電話番号、メールアドレス、番号のどれかを入れてください。"),
}


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not done, in words, and what to do."""
    return why_not(error, _REFUSED, context, mark("この請求は見つからないか、閲覧できません。"))
