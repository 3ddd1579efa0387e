"""Why the ledger refused something, as a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.pages import entry_form
from daicho.pages.context import PageContext
from daicho.text import mark
from registry.errors import Conflict, InvalidValue

_RULES: Mapping[tuple[str, str], str] = {
    ("identity_copies_masked", "not_masked"): mark(
        "写しは、個人番号、被保険者等の記号・番号、基礎年金番号を黒塗りしたものだけを保管できます。"
    ),
    ("legal_hold_reason", "required"): mark("廃棄を留保する理由を入れてください。"),
    ("transfers", "country"): mark("国は US のような 2 文字で入れてください。"),
    ("transfers", "not_abroad"): mark("日本への提供は、外国への提供ではありません。"),
    ("transfers", "not_equal"): mark("同等の水準の国は、EU・EEA の国と英国だけです。"),
    ("approver", "same_person"): mark("ご自身が書いた、または申請した内容は承認できません。"),
    ("applicant", "other_person"): mark("ほかの方の申請は取り下げられません。"),
    ("state", "decided"): mark("すでに決まっています。"),
    ("reason", "required"): mark("申請の理由を入れてください。"),
    ("note", "required"): mark("差し戻す理由を入れてください。"),
    ("corporate_number", "check_digit"): mark("法人番号が正しくありません（13 桁、検査数字）。"),
    ("country", "country"): mark("国は US のような 2 文字で入れてください。"),
    ("name", "required"): mark("名称を入れてください。"),
    ("valid_until", "before_valid_from"): mark("終了日が開始日より前です。"),
}


def sentence(error: Exception, context: PageContext) -> str:
    """Return the sentence for a refusal of a ledger service."""
    text = context.text
    match error:
        case Conflict(who=who, when=when):
            return text(
                "{when} に {who} さんが先に変更しています。内容を確かめてください。",
                when=context.formats.moment(when),
                who=who,
            )
        case InvalidValue(column=column, rule="required_for_approval"):
            return text("{column}を入れてから承認してください。", column=entry_form.listed([column], context))
        case InvalidValue(column=column, rule="for_officers"):
            return text(
                "{column}は個人情報保護管理者が入れる項目です。", column=entry_form.listed([column], context)
            )
        case InvalidValue(column=column, rule=rule):
            if (column, rule) in _RULES:
                return text(_RULES[column, rule])
            return text("{column}の値を直してください。", column=entry_form.listed([column], context))
        case _:
            return text("この操作の権限がありません。")
