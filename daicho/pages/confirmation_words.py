"""Words of confirmations: states, answers, facts with their numbers, and why something was refused."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.pages.context import PageContext
from daicho.text import mark
from privacy_mark.confirmations.answers import Result
from privacy_mark.confirmations.questions import FactKind, Frequency, QuestionKind, questions
from privacy_mark.confirmations.states import ConfirmationState
from registry.errors import Conflict, InvalidValue

STATE: Mapping[ConfirmationState, str] = {
    ConfirmationState.OPEN: mark("未回答"),
    ConfirmationState.ANSWERED: mark("確認待ち"),
    ConfirmationState.RETURNED: mark("差し戻し"),
    ConfirmationState.CONFIRMED: mark("確認済み"),
    ConfirmationState.WITHDRAWN: mark("対象外（終了）"),
}
RESULT: Mapping[Result, str] = {
    Result.RIGHT: mark("適切"),
    Result.EXCEPTION: mark("例外あり"),
    Result.NOT_APPLICABLE: mark("該当なし"),
}
FREQUENCY: Mapping[Frequency, str] = {Frequency.MONTHLY: mark("毎月"), Frequency.YEARLY: mark("毎年")}
KIND: Mapping[QuestionKind, str] = {
    QuestionKind.FACT: mark("記録から分かること"),
    QuestionKind.DECLARED: mark("担当部門が答えること"),
    QuestionKind.PHYSICAL: mark("現場で見て確かめること"),
}
KIND_NOTE: Mapping[QuestionKind, str] = {
    QuestionKind.FACT: mark(
        "走査・差異・権限の記録から分かるものには答えを入れてあります。違うときは直してください。"
    ),
    QuestionKind.DECLARED: mark("例外があるところだけ直してください。"),
    QuestionKind.PHYSICAL: mark("前もって答えは入れません。見た方と日を 1 件ずつ入れてください。"),
}
_FACT: Mapping[FactKind, str] = {
    FactKind.SCANS: mark(
        "保管場所 {sources} か所のうち、この期間に {complete} か所を最後まで調べました。"
        "調べられなかったもの {unexamined} 件。"
    ),
    FactKind.DIFFERENCES: mark("未対応の差異 {open} 件、うち期限超過 {late} 件。"),
    FactKind.EXPOSURE: mark("閲覧範囲を超えている差異 {open} 件。"),
    FactKind.RETENTION: mark("保管期限を過ぎている差異 {open} 件。"),
    FactKind.LEDGER: mark("台帳の記載 {entries} 件、うち見直しの遅れ {late} 件。"),
    FactKind.ACCESS: mark(
        "この期間の異動 {moved} 件、退職 {left} 人。退職後も Daicho の権限が残っている方 {active} 人。"
    ),
}
_NOTHING: Mapping[FactKind, str] = {
    FactKind.SCANS: mark("登録した保管場所がありません。"),
    FactKind.LEDGER: mark("台帳の記載がありません。"),
}
_NO_ROSTER = mark("従業者名簿がないため、異動と退職は分かりません。")
_ROLES = mark("Daicho で与えた権限 {given} 件、終えた権限 {ended} 件。ほかの権限はここでは分かりません。")
_RULE: Mapping[str, str] = {
    "required": mark("「{question}」に答えてください。"),
    "note_required": mark("「{question}」の内容を書いてください。"),
    "checker_required": mark("「{question}」を見た方の名前を入れてください。"),
    "day_required": mark("「{question}」を見た日を入れてください。"),
    "day_future": mark("「{question}」を見た日が先の日になっています。"),
    "day_before_period": mark("「{question}」を見た日が、この期間より前です。"),
    "day_after_period": mark("「{question}」を見た日が、この期間より後です。"),
    "too_long": mark("「{question}」の内容が長すぎます。"),
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("state", "confirmed"): mark("この確認はすでに済んでいます。"),
    ("state", "withdrawn"): mark("回答の前に終わったため、対象外です。"),
    ("state", "not_answered"): mark("まだ回答がありません。"),
    ("confirmer", "own_answer"): mark("ご自身の回答は確認できません。別の方が確認します。"),
    ("note", "required"): mark("差し戻す理由を入れてください。"),
    ("name", "required"): mark("職場・業務の名前を入れてください。"),
    ("name", "too_long"): mark("職場・業務の名前が長すぎます。"),
    ("operations", "none"): mark(
        "新しく依頼する職場・業務がありません。登録されているか、すでに依頼していないかを確かめてください。"
    ),
    ("units", "none"): mark("新しく登録する職場がありません。すでに登録されています。"),
    ("period", "future"): mark("先の期間の確認はまだ始められません。"),
    ("ended_on", "future"): mark("終了日が先の日になっています。"),
}


def period(of: str, context: PageContext) -> str:
    """Return how a period is called."""
    year, _, month = of.partition("-")
    if month:
        return context.text("{year}年{month}月", year=year, month=int(month))
    return context.text("{year}年度", year=year)


def fact(kind: FactKind, numbers: Mapping[str, int], context: PageContext) -> str:
    """Return what is known, as a sentence."""
    if not any(numbers.values()) and kind in _NOTHING:
        return context.text(_NOTHING[kind])
    number = context.formats.number
    if kind is FactKind.ACCESS:
        return _access(numbers, context)
    return context.text(_FACT[kind], **{name: number(value) for name, value in numbers.items()})


def _access(numbers: Mapping[str, int], context: PageContext) -> str:
    told = {name: context.formats.number(value) for name, value in numbers.items()}
    roles = context.text(_ROLES, given=told["given"], ended=told["ended"])
    if "workers" not in numbers:  # answered before the roster was looked at
        return roles
    people = context.text(_FACT[FactKind.ACCESS], **told) if numbers["workers"] else context.text(_NO_ROSTER)
    return people + (" " if context.language == "en" else "") + roles


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not saved."""
    text = context.text
    if isinstance(error, Conflict):
        return text("ほかの方が先に回答か確認をしています。開き直して確かめてください。")
    if isinstance(error, InvalidValue):
        asked = questions().by_id.get(error.column)
        if asked is not None and error.rule in _RULE:
            return text(_RULE[error.rule], question=asked.text.of(context.language))
        return text(_REFUSED.get((error.column, error.rule), mark("この内容では受け付けられません。")))
    return text("この操作の権限がありません。")
