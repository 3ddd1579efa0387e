"""Words of training: audiences, kinds of employment, standings, columns, and why something is refused."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.text import Translator, mark
from privacy_mark.training.headings import Kind
from privacy_mark.training.model import Audience, Cycle, Employment, Source, Standing
from registry.errors import Conflict, InvalidValue, NotFound, ReferenceFileError, RegistryError

AUDIENCE: Mapping[Audience, str] = {
    Audience.ALL: mark("全従業者"),
    Audience.NEW: mark("新しく入った従業者"),
    Audience.MANAGERS: mark("管理職"),
    Audience.SYSTEM_ADMINISTRATORS: mark("システム管理者"),
    Audience.OFFICERS: mark("役員（監査役を含む）"),
    Audience.SUPPLIERS: mark("委託先の従業者"),
}
CYCLE: Mapping[Cycle, str] = {
    Cycle.ROUNDS: mark("期間を決めて全員（年 1 回以上）"),
    Cycle.JOINING: mark("入社・受入のとき、各人"),
}
EMPLOYMENT: Mapping[Employment, str] = {
    Employment.REGULAR: mark("正社員・正職員"),
    Employment.CONTRACT: mark("契約社員・嘱託"),
    Employment.PART_TIME: mark("パート・アルバイト"),
    Employment.DISPATCHED: mark("派遣社員"),
    Employment.SECONDED: mark("出向（受入）"),
    Employment.OFFICER: mark("役員"),
    Employment.SUPPLIER: mark("委託先の従業者"),
}
TOO_FEW = mark("「—」は、少人数で個人が分かるため示しません。")
STANDING: Mapping[Standing, str] = {
    Standing.PASSED: mark("合格"),
    Standing.FAILED: mark("受講済み・不合格"),
    Standing.OPEN: mark("未受講"),
}
SOURCE: Mapping[Source, str] = {
    Source.TEST: mark("この画面のテスト"),
    Source.IMPORTED: mark("ほかの教育システム"),
    Source.ATTENDED: mark("集合研修など"),
}
KIND: Mapping[Kind, str] = {
    Kind.WORKERS: mark("従業者の名簿（人事から）"),
    Kind.COMPLETIONS: mark("受講の結果（ほかの教育システムから）"),
}
COLUMN: Mapping[str, str] = {
    "number": mark("社員番号"),
    "name": mark("氏名"),
    "unit": mark("所属の記号"),
    "employment": mark("雇用区分"),
    "manager": mark("管理職か"),
    "system_administrator": mark("システム管理者か"),
    "joined": mark("入社日"),
    "left": mark("退職日"),
    "mail": mark("メールアドレス"),
    "moved": mark("異動日"),
    "leave": mark("休職・休業の区分"),
    "leave_from": mark("休職・休業の開始日"),
    "leave_until": mark("休職・休業の終了日"),
    "taken": mark("受講日"),
    "score": mark("点数"),
    "passed": mark("合否"),
}
STEP: Mapping[str, str] = {
    "joined": mark("新しい従業者"),
    "changed": mark("内容の変更"),
    "moved": mark("異動"),
    "left": mark("退職"),
    "on_leave": mark("休職・休業"),
    "back": mark("復帰"),
    "unchanged": mark("変更なし"),
    "recorded": mark("受講の記録"),
}
_RULE: Mapping[str, str] = {
    "required": mark("必ず入れてください"),
    "too_long": mark("長すぎます"),
    "no_day": mark("日付として読めません（例：2026/04/01）"),
    "no_yes_or_no": mark("はい・いいえとして読めません"),
    "no_percent": mark("0 から 100 の数で入れてください"),
    "no_address": mark("メールアドレスとして読めません"),
    "unknown": mark("見つかりません"),
    "ambiguous": mark("当てはまる方が複数います"),
    "out_of_reach": mark("担当する範囲の外です"),
    "closed": mark("統合されて閉じた単位です"),
    "doubled": mark("同じ番号の行が二つあります"),
    "before_joining": mark("入社日より前です"),
    "before_leave": mark("開始日より前です"),
    "before_last": mark("前の異動より前です"),
    "future": mark("未来の日付は記録できません"),
    "unchanged": mark("公開中の版と同じ内容です"),
    "nothing_published": mark("先に教材を公開してください"),
    "on_joining": mark("このコースは入社・受入のときに受けるため、実施回はありません"),
    "before_opening": mark("期限が開始日より前です"),
    "before_course": mark("コースの開始日より前です"),
    "taken": mark("同じ開始日の実施回があります"),
    "ended": mark("このコースは終了しています"),
    "range": mark("1 から 365 の間で入れてください"),
    "used_up": mark("受けられる回数を使い切りました。教育責任者に相談してください"),
    "passed": mark("すでに合格しています"),
    "submitted": mark("このテストはすでに提出されています"),
    "outdated": mark("始めた後に実施回か教材が新しくなりました。もう一度始めてください"),
    "incomplete": mark("すべての問いに答えてください"),
    "people": mark("人数は 1 から 100,000 の間で入れてください"),
}


def rule(column: str, code: str, text: Translator) -> str:
    """Return why a column of a file is refused."""
    named = text(COLUMN[column]) if column in COLUMN else ""
    why = text(_RULE.get(code, mark("この内容では受け付けられません")))
    return text("{column}：{why}", column=named, why=why) if named else why


def refused(error: RegistryError, text: Translator) -> str:
    """Return why something was not done, and what to do."""
    match error:
        case ReferenceFileError():
            return text("教材を読めません：{why}", why=str(error))
        case InvalidValue():
            return rule(error.column if error.column in ("on", "score") else "", error.rule, text)
        case Conflict():
            return text("ほかの方が先に変更しました。画面を開き直して、もう一度行ってください。")
        case NotFound():
            return text("見つからないか、担当する範囲の外です。")
        case _:
            return text("この操作の権限がありません。")
