"""Words of internal rules: kinds, states, facts, and why something was refused."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from daicho.pages import words
from daicho.pages.context import PageContext
from daicho.pages.steps import why_not
from daicho.text import mark
from privacy_mark.documents.compare import Line, Mark
from privacy_mark.documents.fact_links import Fact
from privacy_mark.documents.facts import FactKind, FactRef
from privacy_mark.documents.model import Outcome, RuleKind, VersionState
from registry.model import Role, UnitId

KIND: Mapping[RuleKind, str] = {
    RuleKind.POLICY: mark("方針"),
    RuleKind.RULE: mark("規程"),
    RuleKind.PROCEDURE: mark("細則・手順"),
    RuleKind.FORM: mark("様式・書式"),
}
STATE: Mapping[VersionState, str] = {
    VersionState.WAITING: mark("承認待ち"),
    VersionState.RETURNED: mark("差し戻し中"),
    VersionState.APPROVED: mark("承認済み"),
    VersionState.WITHDRAWN: mark("取り下げ"),
}
OUTCOME: Mapping[Outcome, str] = {
    Outcome.KEPT: mark("改定は要らない"),
    Outcome.REVISE: mark("改定する"),
}
FACT: Mapping[FactKind, str] = {
    FactKind.ROLE_HOLDER: mark("役割を持つ方の氏名"),
    FactKind.UNIT_NAME: mark("組織の名称"),
    FactKind.RETENTION: mark("台帳の保存期間（か月）"),
    FactKind.PROCESSOR: mark("委託先の名称"),
    FactKind.ANSWER_DAYS: mark("苦情に答える日数"),
    FactKind.RIGHTS_LIMIT: mark("請求に答える法定の期限"),
}
_LIMIT: Mapping[str, str] = {
    "days": mark("{number} 日"),
    "months": mark("{number} か月"),
    "hours": mark("{number} 時間"),
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("unit_id", "closed"): mark("この組織は閉じられています。"),
    ("unit_id", "taken"): mark("この組織にはすでに配布しています。"),
    ("title_ja", "required"): mark("規程の名称を入れてください。"),
    ("title_ja", "too_long"): mark("規程の名称が長すぎます。"),
    ("title_en", "too_long"): mark("規程の名称が長すぎます。"),
    ("requirements", "malformed"): mark("指針の項番は「J.4.5.4」の形で、読点で区切って入れてください。"),
    ("text", "required"): mark("規程の本文を入れてください。"),
    ("text", "too_long"): mark("規程の本文が長すぎます。"),
    ("change", "required"): mark("改定の要点を入れてください。"),
    ("valid_from", "before_last"): mark("施行日が、前の版の施行日より前です。"),
    ("number", "waiting"): mark(
        "まだ承認されていない版があります。先にそれを承認するか、取り下げてください。"
    ),
    ("state", "ended"): mark("この規程は廃止されています。"),
    ("state", "decided"): mark("この版は、すでに承認されたか取り下げられています。"),
    ("state", "returned"): mark("この版は差し戻されています。作成した方が直すと、承認できます。"),
    ("state", "not_approved"): mark("まだ承認された版がありません。"),
    ("state", "old"): mark("新しい版が承認されています。新しい版を配布してください。"),
    ("author", "other_person"): mark(
        "この版を直せるのは作成した方だけです。取り下げて、新しい版を作れます。"
    ),
    ("approver", "own_version"): mark("ご自身が作成した版は承認できません。別の方が承認します。"),
    ("note", "required"): mark("理由を入れてください。"),
    ("due_on", "past"): mark("読む期限が過ぎた日です。"),
    ("kind", "taken"): mark("この事実は、すでにこの版に結び付けています。"),
    ("stated", "required"): mark("規程に書いてある値を入れてください。"),
    ("subject_id", "unknown"): mark("この規程に結び付けられるのは、同じ組織とその配下の事実です。"),
}


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not done, in words, and what to do."""
    return why_not(error, _REFUSED, context, mark("この規程は見つからないか、閲覧できません。"))


def fact(each: Fact, names: Mapping[UnitId, str], context: PageContext) -> str:
    """Return which fact it is: "役割を持つ方の氏名：個人情報保護管理者（東和電機）"."""
    text, ref = context.text, each.ref
    of: list[str] = [each.subject] if each.subject else []
    if ref.kind is FactKind.ROLE_HOLDER:
        of.append(text(words.ROLE[Role(ref.detail)]))
    if ref.kind is FactKind.RIGHTS_LIMIT:
        of.append(ref.detail)
    if ref.kind in (FactKind.ROLE_HOLDER, FactKind.UNIT_NAME, FactKind.ANSWER_DAYS):
        of.append(names.get(UnitId(ref.subject_id), "—"))
    return text("{fact}（{of}）", fact=text(FACT[ref.kind]), of="・".join(of)) if of else text(FACT[ref.kind])


def value(ref: FactRef, shown: str, context: PageContext) -> str:
    """Return a value as people read it; nothing is said to be gone."""
    text = context.text
    if not shown:
        return text("（今はありません）")
    if ref.kind is FactKind.RETENTION and shown.isdecimal():
        return text(_LIMIT["months"], number=shown)
    if ref.kind is FactKind.ANSWER_DAYS and shown.isdecimal():
        return text(_LIMIT["days"], number=shown)
    number, _, unit = shown.partition(" ")
    if ref.kind is FactKind.RIGHTS_LIMIT and unit in _LIMIT:
        return text(_LIMIT[unit], number=number)
    return shown


def comparison(lines: list[Line], context: PageContext) -> None:
    """Show the lines that went and came; signs beside them, so that colour is not needed."""
    text = context.text
    shown = []
    for line in lines:
        match line.mark:
            case Mark.LEFT_OUT:
                shown.append(
                    f"<div class='dc-muted'>{escape(text('（同じ {count} 行）', count=line.count))}</div>"
                )
            case Mark.ADDED:
                shown.append(f"<div>＋ <ins>{escape(line.text)}</ins></div>")
            case Mark.REMOVED:
                shown.append(f"<div>− <del>{escape(line.text)}</del></div>")
            case Mark.SAME:
                shown.append(f"<div>　 {escape(line.text)}</div>")
    st.html(f"<div class='dc-compare'>{''.join(shown)}</div>")
