"""Words of the list of laws: kinds, whether they apply, states of reviews, and why something was refused."""

from __future__ import annotations

from collections.abc import Mapping

from daicho.pages.context import PageContext
from daicho.pages.steps import why_not
from daicho.text import mark
from privacy_mark.certificates.reading import Confidence
from privacy_mark.laws.catalogue import Kind
from privacy_mark.laws.model import Applies, ReviewState

KIND: Mapping[Kind, str] = {
    Kind.ACT: mark("法律"),
    Kind.ORDER: mark("政令"),
    Kind.RULE: mark("規則・省令"),
    Kind.GUIDELINE: mark("国の指針・ガイドライン"),
    Kind.STANDARD: mark("規格・制度の基準"),
    Kind.ORDINANCE: mark("条例"),
    Kind.INDUSTRY: mark("業界の規則"),
    Kind.CONTRACT: mark("契約で求められること"),
}
APPLIES: Mapping[Applies, str] = {
    Applies.UNDECIDED: mark("適用を判断していない"),
    Applies.APPLIES: mark("適用あり"),
    Applies.NOT: mark("適用なし"),
}
REVIEW: Mapping[ReviewState, str] = {
    ReviewState.SUBMITTED: mark("見直しの承認待ち"),
    ReviewState.APPROVED: mark("見直しを承認済み"),
    ReviewState.RETURNED: mark("見直しを差し戻し"),
}
CONFIDENCE: Mapping[Confidence, str] = {
    Confidence.HIGH: mark("確度：高"),
    Confidence.MEDIUM: mark("確度：中（公表元で確かめる）"),
    Confidence.LOW: mark("確度：低（使う前に確かめる）"),
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("unit_id", "closed"): mark("この組織は閉じられています。"),
    ("unit_id", "no_entity"): mark("法令等の一覧は、会社・病院ごとに作ります。"),
    ("applies", "required"): mark("適用の有無を選んでください。"),
    ("applies", "undecided"): mark(
        "適用を判断していない法令等があります。すべて判断してから見直しを記録します。"
    ),
    ("reason", "required"): mark("理由を入れてください。"),
    ("reason", "too_long"): mark("理由が長すぎます。"),
    ("name", "required"): mark("法令等の名称を入れてください。"),
    ("name", "too_long"): mark("法令等の名称が長すぎます。"),
    ("address", "https"): mark("公表元のアドレスは https:// で始めてください。"),
    ("until", "before_start"): mark("終わりの日が施行日より前です。"),
    ("law", "unknown"): mark("この一覧にない法令等です。"),
    ("laws", "required"): mark("判断する法令等を選んでください。"),
    ("summary", "required"): mark("改正の内容を入れてください。"),
    ("meaning", "required"): mark("自社への影響を入れてください。影響がないときは、そう書きます。"),
    ("result", "required"): mark("行ったことを入れてください。"),
    ("state", "done"): mark("この改正への対応は記録済みです。"),
    ("review", "waiting"): mark("承認を待つ見直しがあります。"),
    ("note", "required"): mark("見直しで確かめたことを入れてください。"),
    ("answer", "required"): mark("差し戻す理由を入れてください。"),
    ("state", "not_waiting"): mark("この見直しは、すでに承認または差し戻しされています。"),
    ("approver", "own_review"): mark("ご自身の見直しは承認できません。別の方が承認します。"),
    ("list", "empty"): mark("一覧に法令等がありません。先に加えてください。"),
    ("list", "changed"): mark("見直しの後に一覧が変わっています。差し戻して、見直しをやり直してください。"),
}


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not done, in words, and what to do."""
    return why_not(error, _REFUSED, context, mark("この法令等は見つからないか、閲覧できません。"))
