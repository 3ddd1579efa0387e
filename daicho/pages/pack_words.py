"""What page and command say of evidence packs: states, purposes, and why one is not built."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.originals.package import OriginalRefusedError, Refusal
from daicho.text import Translator, mark
from privacy_mark.certificates.reading import Confidence
from privacy_mark.pack.model import Purpose
from privacy_mark.pack.original_model import LIMIT, Fault, Wrong
from privacy_mark.pack.sheets import State
from registry.errors import InvalidValue

PURPOSE: Mapping[Purpose, str] = {
    Purpose.NEW: mark("新規申請"),
    Purpose.RENEWAL: mark("更新申請"),
    Purpose.AUDIT: mark("監査"),
}
STATE: Mapping[State, str] = {
    State.COMPLETE: mark("作成できます"),
    State.BLANKS: mark("未記入あり"),
    State.NO_RECORD: mark("記録なし"),
    State.WITHHELD: mark("閲覧権限なし"),
    State.BY_HAND: mark("別途添付"),
}
CONFIDENCE: Mapping[Confidence, str] = {
    Confidence.HIGH: mark("高"),
    Confidence.MEDIUM: mark("中"),
    Confidence.LOW: mark("低"),
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("unit_id", "no_entity"): mark("証跡パックは法人か病院ごとに作ります。会社や病院を選んでください。"),
    ("unit_id", "closed"): mark("統合された組織の証跡パックは作れません。"),
    ("purpose", "not_in_japan"): mark("海外の会社はマークの対象外です。監査用のパックを選んでください。"),
    ("body", "unknown"): mark("この審査機関は登録されていません。"),
    ("language", "unknown"): mark("言語は ja か en です。"),
    ("as_of", "future"): mark("基準日時が未来です。"),
    ("as_of", "too_early"): mark("この日時には、操作記録がまだありません。"),
    ("as_of", "before_head"): mark("基準日時が、操作記録の最後の記録より前です。"),
    ("head", "out_of_range"): mark("操作記録の件数が、いまの記録と合いません。"),
    ("head", "changed_since"): mark(
        "この時点のあとに記録が変わったため、同じパックは作れません。いまの時点で作ってください。"
    ),
    ("document", "unknown"): mark("この様式に、この書類はありません。"),
    ("mapping", "required"): mark("記入する場所がありません。場所と項目を一行ずつ書いてください。"),
    ("mapping", "too_many"): mark("記入する場所は 500 までです。"),
    ("mapping", "too_long"): mark("場所と項目の名前は、それぞれ 200 文字までです。"),
    ("data", "required"): mark("ファイルが空です。"),
    ("data", "too_large"): mark("ファイルが大きすぎます。5 MB までにしてください。"),
    ("data", "kind"): mark("Word（.docx）か Excel（.xlsx）のファイルではありません。"),
    ("data", "taken"): mark("同じファイルが、同じ使用開始日と項目で登録されています。"),
    ("state", "decided"): mark("この版は、すでに使用を終えています。"),
    ("journal", "broken"): mark(
        "操作記録が壊れているため、署名しませんでした。daicho journal verify で確かめてください。"
    ),
}


def refused(error: InvalidValue, text: Translator) -> str:
    """Return why a pack is not built, in words."""
    known = _REFUSED.get((error.column, error.rule))
    if known is not None:
        return text(known)
    if error.rule == "too_long":
        return text("項目 {name} が長すぎます（500 文字まで）。", name=error.column)
    return text("様式に項目 {name} はありません。", name=error.column)


_FAULTS: Mapping[Fault, str] = {
    Fault.UNKNOWN_FIELD: mark("「{what}」という項目はありません。"),
    Fault.UNCLEAR_FIELD: mark("「{what}」はいくつかの書類にあります。次のどれかを書いてください：{hint}"),
    Fault.NO_PLACE: mark("「{what}」はセルの場所ではありません。「シート名!B5」の形で書いてください。"),
    Fault.NO_SHEET: mark("「{what}」のシートはありません。"),
    Fault.OUTSIDE: mark("「{what}」は、シートの使われている範囲の外です。"),
    Fault.MERGED: mark("「{what}」は結合されたセルの途中です。「{hint}」と書いてください。"),
    Fault.FORMULA: mark("「{what}」には数式があります。"),
    Fault.NO_NAME: mark("「{what}」という名前の場所は、ファイルにありません。"),
    Fault.NO_TEXT: mark("「{what}」は文字を入れるコンテンツ コントロールではありません。"),
    Fault.TWICE: mark("「{what}」は「{hint}」と同じ場所です。"),
}
_REFUSALS: Mapping[Refusal, str] = {
    Refusal.TOO_LARGE: mark("ファイルが大きすぎるか、展開すると大きくなりすぎます（{limit} MB まで）。"),
    Refusal.KIND: mark("Word（.docx）か Excel（.xlsx）のファイルではありません。保存し直してください。"),
    Refusal.ENCRYPTED: mark("パスワードで保護されています。外してから選び直してください。"),
    Refusal.DAMAGED: mark("ファイルが壊れていて読めません（{where}）。開いて保存し直してください。"),
    Refusal.MACRO: mark("マクロや ActiveX のあるファイルは登録できません（{where}）。"),
    Refusal.EMBEDDED: mark("ほかのファイルが埋め込まれています（{where}）。外してから選び直してください。"),
    Refusal.EXTERNAL: mark(
        "ファイルの外を参照しています（{where}）。リンク、外部のテンプレート、データ接続を外してください。"
    ),
}


def fault(of: Wrong, text: Translator) -> str:
    """Return what is wrong with one line of a mapping."""
    return text(_FAULTS[of.fault], what=of.what, hint=of.hint)


def refusal(error: OriginalRefusedError, text: Translator) -> str:
    """Return why a file is not taken."""
    return text(_REFUSALS[error.refusal], where=error.where, limit=LIMIT >> 20)
