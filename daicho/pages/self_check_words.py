"""Words of the self check: states, levels, doubts, and why something was refused."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.pages.context import PageContext
from daicho.text import mark
from privacy_mark.self_check.answers import Contradiction, Doubt, Fallen, Missed
from privacy_mark.self_check.questions import Level, self_check
from privacy_mark.self_check.rounds import CheckState
from registry.errors import Conflict, InvalidValue

STATE: Mapping[CheckState, str] = {
    CheckState.OPEN: mark("未回答"),
    CheckState.ANSWERED: mark("社内の承認待ち"),
    CheckState.RETURNED: mark("差し戻し"),
    CheckState.APPROVED: mark("本社の確認待ち"),
    CheckState.CONFIRMED: mark("確認済み"),
}
LEVEL: Mapping[Level, str] = {
    Level.IMPLEMENTED: mark("実施済み"),
    Level.PARTLY: mark("一部"),
    Level.PLANNED: mark("予定"),
    Level.NO: mark("未実施"),
    Level.NOT_APPLICABLE: mark("該当なし"),
}
_RULE: Mapping[str, str] = {
    "required": mark("「{question}」に答えてください。"),
    "evidence_required": mark("「{question}」の証跡の場所を書いてください。"),
    "note_required": mark("「{question}」の内容を書いてください。"),
    "day_required": mark("「{question}」の予定日を入れてください。"),
    "day_past": mark("「{question}」の予定日が過ぎています。"),
    "too_long": mark("「{question}」の内容が長すぎます。"),
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("state", "approved"): mark("承認済みの回答は変えられません。"),
    ("state", "not_answered"): mark("まだ回答がありません。"),
    ("state", "not_approved"): mark("会社の承認がまだありません。"),
    ("state", "not_drawn"): mark("先に、抜き取る会社を決めてください。"),
    ("approver", "own_answer"): mark("ご自身の回答は承認できません。別の方が承認します。"),
    ("verifier", "same_person"): mark("回答または承認した方は確認できません。"),
    ("note", "required"): mark("差し戻す理由を入れてください。"),
    ("companies", "none"): mark("対象の会社がありません。"),
}


def doubt(of: Doubt, context: PageContext) -> str:
    """Return what asks for an explanation, as a sentence."""
    text, asked = context.text, self_check().questions
    match of:
        case Contradiction(rule):
            return rule.text.of(context.language)
        case Fallen(name, before, now):
            return text(
                "「{question}」は昨年「{before}」、今年「{now}」です。",
                question=asked[name].text.of(context.language),
                before=text(LEVEL[before]),
                now=text(LEVEL[now]),
            )
        case Missed(name, planned_on):
            return text(
                "「{question}」は {day} の予定でしたが、まだ実施済みではありません。",
                question=asked[name].text.of(context.language),
                day=context.formats.day(planned_on),
            )


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not saved."""
    text = context.text
    if isinstance(error, Conflict):
        return text("ほかの方が先に回答か確認をしています。開き直して確かめてください。")
    if isinstance(error, InvalidValue):
        asked = self_check().questions.get(error.column)
        if asked is not None and error.rule in _RULE:
            return text(_RULE[error.rule], question=asked.text.of(context.language))
        return text(_REFUSED.get((error.column, error.rule), mark("この内容では受け付けられません。")))
    return text("この操作の権限がありません。")
