"""What page and command say of evidence packs: states, purposes, and why one is not built."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.text import Translator, mark
from privacy_mark.certificates.reading import Confidence
from privacy_mark.pack.model import Purpose
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
