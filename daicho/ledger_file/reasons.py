"""What is wrong with a cell, in words of both languages."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.ledger_file.lines import Issue
from daicho.ledger_file.vocabulary import vocabulary
from daicho.text import Translator, mark

REASONS: Mapping[str, str] = {
    "required": mark("空欄です。記入してください。"),
    "missing_column": mark("新しい行に必要な列がこのファイルにありません。"),
    "items": mark("知らない項目です。氏名、住所など、台帳で使う語にしてください。"),
    "items_unkept": mark("台帳に種類のない項目です。ほかの項目だけを取り込みます。"),
    "special_care": mark("要配慮個人情報の有無が項目と合いません。台帳では項目から決まります。"),
    "word": mark("知らない語です。docs/ledger-file.md の語にしてください。"),
    "yes_no": mark("有・無（○・×）のどちらか分かりません。"),
    "count": mark("人数として読めません。1200、約1,200人、1.2万 のように書いてください。"),
    "date": mark("日付として読めません。2026/3/31、令和8年3月31日 のように書いてください。"),
    "date_era": mark("その元号にない日付です。"),
    "period": mark("期間として読めません。5年、36か月、退職後5年、永年 のように書いてください。"),
    "period_unit": mark("年か月か分かりません。5年、36か月 のように書いてください。"),
    "processor_name": mark("登録のない委託先、または同じ名前が複数ある委託先です。先に登録してください。"),
    "processor": mark("この委託先は使えません。"),
    "source": mark("この走査の対象は使えません。"),
    "transfer": mark("外国への提供として読めません。「国名（根拠）: 提供先」と書いてください。"),
    "unit": mark("そのような組織単位はないか、複数あります。"),
    "unit_needed": mark("組織単位がありません。--unit で示してください。"),
    "closed": mark("閉鎖した組織単位には登録できません。"),
    "unknown": mark("その番号の台帳はないか、閲覧できません。"),
    "twice": mark("同じ番号の行が二つあります。"),
    "machine": mark("機械用の列が壊れています。空にすると、見える欄から読みます。"),
    "edit_ledger": mark("この組織単位の台帳を編集する権限がありません。"),
    "view_locations": mark("保管場所を閲覧する権限がないため、変更できません。"),
    "too_long": mark("長すぎます。"),
    "too_many": mark("多すぎます。"),
    "range": mark("数が範囲の外です。"),
    "control_characters": mark("使えない文字（制御文字など）があります。"),
    "outside_the_source": mark("フォルダーに .. は使えません。"),
    "not_masked": mark("本人確認書類の写しは、番号を黒塗りにしたときだけ保管できます。"),
    "country": mark("国は ISO 3166-1 の 2 文字です。"),
    "not_abroad": mark("日本は外国ではありません。"),
    "not_equal": mark("同等の水準の国ではありません。"),
    "skipped": mark("名称のない行なので、取り込みません。"),
}
_OTHER = mark("この値は使えません（{rule}）。")


def sentence(issue: Issue, text: Translator) -> str:
    """Return the reason with the column and the part of the cell that it is about."""
    known = REASONS.get(issue.rule)
    reason = text(known) if known is not None else text(_OTHER, rule=issue.rule)
    detail = f"「{issue.detail}」" if text.language == "ja" else f'"{issue.detail}"'
    return f"{title(issue.column, text.language)}: {reason}" + (f" {detail}" if issue.detail else "")


def title(column: str, language: str) -> str:
    """Return what a column is called; its id where files do not show it."""
    known = vocabulary().columns.get(column)
    return column if known is None else known.title[language]
