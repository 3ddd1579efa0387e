"""Words of evaluations of processors 委託先の評価: occasions, results, ratings, and why one was refused."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.pages.context import PageContext
from daicho.pages.steps import why_not
from daicho.text import mark
from privacy_mark.processors.model import Occasion, Rating, Result

OCCASION: Mapping[Occasion, str] = {
    Occasion.BEFORE: mark("契約前"),
    Occasion.REGULAR: mark("定期"),
    Occasion.AS_NEEDED: mark("臨時"),
}
RESULT: Mapping[Result, str] = {
    Result.FIT: mark("A　基準に達する"),
    Result.CONDITIONAL: mark("B　改善を条件に委託する"),
    Result.UNFIT: mark("C　基準に達しない"),
}
RATING: Mapping[Rating, str] = {
    Rating.MET: mark("達する"),
    Rating.PARTLY: mark("一部達する"),
    Rating.NOT_MET: mark("達しない"),
    Rating.NOT_ASKED: mark("対象外"),
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("evaluated_on", "future"): mark("評価した日は、今日までの日付にしてください。"),
    ("ratings", "incomplete"): mark("すべての基準に、達するかどうかを入れてください。"),
    ("result", "criteria_not_met"): mark("達しない基準があるときは、B か C を選んでください。"),
    ("result", "nothing_asked"): mark(
        "A にするには、一つ以上の基準を「達する」か「一部達する」にしてください。"
    ),
    ("note", "required"): mark("B と C のときは、改善を求める事項を所見に入れてください。"),
    ("note", "too_long"): mark("所見は 2,000 字までです。"),
    ("evidence", "too_long"): mark("根拠の資料は 2,000 字までです。"),
    ("next_on", "order"): mark("次の評価の期限は、評価した日より後にしてください。"),
    ("next_on", "too_far"): mark("次の評価の期限は、評価した日から 3 年以内にしてください。"),
    ("reason", "required"): mark("取り消す理由を入れてください。"),
    ("reason", "too_long"): mark("取り消す理由は 500 字までです。"),
    ("evaluation", "withdrawn"): mark("この評価はすでに取り消されています。"),
}


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not done, in words, and what to do."""
    return why_not(error, _REFUSED, context, mark("この委託先は見つからないか、閲覧できません。"))
