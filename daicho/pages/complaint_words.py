"""Words of complaints and consultations: kinds, ways, subjects, states, and why something was refused."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.pages.context import PageContext
from daicho.pages.steps import why_not
from daicho.text import mark
from privacy_mark.complaints.model import Kind, State, Subject, Urgency, Way

KIND: Mapping[Kind, str] = {
    Kind.COMPLAINT: mark("苦情"),
    Kind.CONSULTATION: mark("相談"),
    Kind.OPINION: mark("外部の意見"),
}
WAY: Mapping[Way, str] = {
    Way.PHONE: mark("電話"),
    Way.MAIL: mark("電子メール"),
    Way.FORM: mark("問い合わせフォーム"),
    Way.LETTER: mark("郵便"),
    Way.COUNTER: mark("窓口・対面"),
    Way.BODY: mark("審査機関・行政・団体を通じて"),
}
SUBJECT: Mapping[Subject, str] = {
    Subject.ACQUISITION: mark("取得のしかた"),
    Subject.PURPOSE: mark("目的外の利用"),
    Subject.CONTACT: mark("案内・電話"),
    Subject.PROVISION: mark("第三者への提供"),
    Subject.LEAK: mark("漏えい・紛失・誤送付"),
    Subject.RIGHTS: mark("開示・訂正・停止の求め"),
    Subject.STAFF: mark("応対・職員の振る舞い"),
    Subject.OTHER: mark("その他の申出"),
}
URGENCY: Mapping[Urgency, str] = {Urgency.NORMAL: mark("通常"), Urgency.URGENT: mark("至急")}
STATE: Mapping[State, str] = {
    State.RECEIVED: mark("対応中"),
    State.ANSWERED: mark("完了の確認待ち"),
    State.CLOSED: mark("対応完了"),
}
LACKS_CAUSE = mark("原因・再発防止の記録待ち")
"""What an answered complaint waits for before anybody can close it."""
_REFUSED: Mapping[tuple[str, str], str] = {
    ("unit_id", "closed"): mark("この組織は閉じられています。"),
    ("content", "required"): mark("申出の内容を入れてください。"),
    ("content", "too_long"): mark("申出の内容が長すぎます。"),
    ("received_on", "future"): mark("受付日が先の日付です。"),
    ("entry_number", "unknown"): mark("この番号の台帳の記載は、この法人にはありません。"),
    ("answer", "required"): mark("回答の内容を入れてください。"),
    ("answer", "too_long"): mark("回答の内容が長すぎます。"),
    ("answered_on", "future"): mark("回答日が先の日付です。"),
    ("answered_on", "before_receipt"): mark("回答日が受付日より前です。"),
    ("cause", "required"): mark("原因を入れてください。苦情は原因と再発防止がないと完了にできません。"),
    ("measure", "required"): mark("再発防止を入れてください。不要なときは、その理由を入れます。"),
    ("note", "required"): mark("差し戻す理由を入れてください。"),
    ("state", "closed"): mark("この苦情・相談は完了していて、変更できません。"),
    ("state", "not_answered"): mark("まだ回答が記録されていません。"),
    ("closer", "own_answer"): mark("ご自身の回答は完了にできません。別の方が確かめます。"),
    ("closer", "own_cause"): mark("原因を記録した方は完了にできません。別の方が確かめます。"),
    ("action", "followed"): mark("是正処置はすでに始まっています。"),
    ("action_number", "unknown"): mark("この番号の是正処置は、この法人にはありません。"),
    ("finding", "required"): mark("指摘の内容を入れてください。"),
    ("finding", "too_long"): mark("指摘の内容が長すぎます。"),
    ("requirement", "required"): mark("要求事項の番号を選んでください。"),
    ("days", "range"): mark("回答期限は 1 日から 365 日の間にしてください。"),
    ("urgent_days", "range"): mark("至急の期限は、通常の期限より長くできません。"),
    ("retention_months", "range"): mark("保存期間は 1 か月から 240 か月の間にしてください。"),
}


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not done, in words, and what to do."""
    return why_not(error, _REFUSED, context, mark("この苦情・相談は見つからないか、閲覧できません。"))
