"""Why something was not taken, in words: the rules of services, of tables handed in, and of separated duties.

Commands say these sentences too; nothing here knows of pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daicho.text import Translator, mark
from registry.errors import AccessDenied, InvalidValue, NotReady
from registry.roles import Named

DUTIES: Mapping[str, str] = {
    "self": mark("自分自身に役割を与えることはできません。別の方が行ってください。"),
    "auditor_manages_unit": mark(
        "監査員は、自分が管理する単位やその上下の単位を監査できません。別の方か別の単位を選んでください。"
    ),
    "auditor_belongs_to_unit": mark(
        "監査員は、主務として所属する単位を監査できません。別の方か別の単位を選んでください。"
    ),
    "audit_manager_is_privacy_manager": mark(
        "個人情報保護監査責任者は、同じ法人の個人情報保護管理者を兼ねられません。"
    ),
    "audit_manager_is_top_management": mark(
        "個人情報保護監査責任者は、同じ法人のトップマネジメントを兼ねられません。"
    ),
    "audit_manager_is_statutory_auditor": mark(
        "個人情報保護監査責任者は、同じ法人の監査役を兼ねられません。"
    ),
    "representative_is_privacy_manager": mark(
        "トップマネジメントが個人情報保護管理者を兼ねられるのは、小規模とした法人だけです。"
    ),
}
"""The rules of `registry.duties`, by their ids."""

RULES: Mapping[str, str] = {
    **DUTIES,
    "required": mark("入力が必要です。"),
    "taken": mark("すでに使われています。"),
    "too_long": mark("長すぎます。"),
    "unknown": mark("見つかりません。"),
    "closed": mark("閉鎖した単位には加えられません。"),
    "circle": mark("上位の単位が循環しています。"),
    "below_itself": mark("自分自身やその下の単位の下へは移せません。"),
    "top_of_the_tree": mark("最上位の単位は移したり閉じたりできません。"),
    "letters_digits_dots_dashes": mark("半角の英数字と . _ - が使えます（メールアドレスでは @ と + も）。"),
    "iso_3166_alpha_2": mark("JP のような 2 文字の国コードを入れてください。"),
    "printable": mark("使えない文字があります。"),
    "ja_or_en": mark("ja か en を入れてください。"),
    "before_valid_from": mark("終了日が開始日より前です。"),
    "no_day": mark("2026/04/01 のような日付を入れてください。"),
    "two_primaries": mark("主務は同じ期間に一つだけです。今の主務を終えてから加えてください。"),
    "recorded_otherwise": mark("期間の一部だけがすでに登録されています。期間を確かめてください。"),
    "out_of_reach": mark("担当する範囲の外の利用者です。"),
    "registered": mark(
        "この単位の登録番号は、プライバシーマークの登録が示します。番号を空にするか、登録を直してください。"
    ),
    "manage_users": mark("この単位の利用者を管理する権限がありません。"),
    "manage_organisation": mark("この単位を変更する権限がありません。"),
}
"""Rules and missing permissions, by their ids."""


def sentence(error: Exception, text: Translator) -> str:
    """Return why a service refused, as a sentence for the person who asked."""
    if isinstance(error, InvalidValue):
        return rule(error.rule, text)
    if isinstance(error, NotReady):
        return not_ready(error.names, text)
    if isinstance(error, AccessDenied):
        return text("この操作の権限がありません。")
    return text("見つからないか、担当する範囲の外です。")


def not_ready(names: Sequence[Named], text: Translator) -> str:
    """Return why no role is given before some courses are passed, and what to do."""
    return text(
        "{courses}に合格するまで、役割は与えられません。本人がサインインし、「自分の教育」で受けてください。",
        courses=quoted(names, text),
    )


def comes_before(names: Sequence[Named], text: Translator) -> str:
    """Return which courses should be passed before a role is given that was given all the same."""
    return text(
        "アクセス権の付与前に必要な教育に、まだ合格していません：{courses}", courses=quoted(names, text)
    )


def quoted(names: Sequence[Named], text: Translator) -> str:
    """Return names in the quotation marks of the language, joined as it does."""
    japanese = text.language == "ja"
    return text("、").join(f"「{each.ja}」" if japanese else f"“{each.en}”" for each in names)


def rule(name: str, text: Translator) -> str:
    """Return a rule as a sentence."""
    return text(RULES.get(name, mark("この内容では受け付けられません。")))
