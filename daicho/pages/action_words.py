"""Words of corrective actions: states, steps, who takes them, causes, and why something was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import addresses
from daicho.pages.context import PageContext
from daicho.pages.steps import why_not
from daicho.requirements import catalogue_or_product
from daicho.text import mark
from privacy_mark.actions.model import (
    ActionId,
    ActionState,
    CauseClass,
    Effect,
    Grade,
    Recurrence,
    Source,
    Step,
    Taken,
)
from privacy_mark.audits.checklist import questions as audited
from privacy_mark.confirmations.questions import questions as confirmed
from privacy_mark.self_check.questions import self_check

STATE: Mapping[ActionState, str] = {
    ActionState.FOUND: mark("原因を調べる"),
    ActionState.ANALYSED: mark("処置を決める"),
    ActionState.PLANNED: mark("処置を実施する"),
    ActionState.DONE: mark("有効性を評価する"),
    ActionState.REVIEWED: mark("承認を待つ"),
    ActionState.CLOSED: mark("承認済み"),
    ActionState.WITHDRAWN: mark("取下げ済み"),
}
"""What is done next, which is how far it has come."""
STANDING: Mapping[ActionState, str] = {
    ActionState.FOUND: mark("原因を調査中"),
    ActionState.ANALYSED: mark("処置を検討中"),
    ActionState.PLANNED: mark("処置を実施中"),
    ActionState.DONE: mark("有効性を確認中"),
    ActionState.REVIEWED: mark("有効性を確認し、承認待ち"),
    ActionState.CLOSED: mark("有効性を確認し、承認済み"),
    ActionState.WITHDRAWN: mark("取下げ済み"),
}
"""How far it has come, for who does not work on it."""
STEP: Mapping[ActionState, str] = {
    ActionState.FOUND: mark("1　指摘"),
    ActionState.ANALYSED: mark("2　事実と原因"),
    ActionState.PLANNED: mark("3　処置の計画"),
    ActionState.DONE: mark("4　処置の結果"),
    ActionState.REVIEWED: mark("5　有効性の評価"),
    ActionState.CLOSED: mark("6　承認"),
}
WHO: Mapping[ActionState, str] = {
    ActionState.FOUND: mark("監査員、運用を確認した方、苦情を受けた方など"),
    ActionState.ANALYSED: mark("部門管理者・個人情報保護管理者など"),
    ActionState.PLANNED: mark("部門管理者・個人情報保護管理者など"),
    ActionState.DONE: mark("部門管理者・個人情報保護管理者など"),
    ActionState.REVIEWED: mark("部門管理者・個人情報保護管理者・監査員など（実施した方を除く）"),
    ActionState.CLOSED: mark("トップマネジメント（実施・評価した方を除く）"),
}
SOURCE: Mapping[Source, str] = {
    Source.AUDIT: mark("内部監査"),
    Source.CONFIRMATION: mark("運用の確認"),
    Source.INCIDENT: mark("事故"),
    Source.COMPLAINT: mark("苦情・相談"),
    Source.SELF_CHECK: mark("海外会社の自己点検"),
    Source.ASSESSMENT: mark("審査"),
    Source.OTHER: mark("日常の業務・その他"),
}
ORIGIN: Mapping[Source, tuple[str, str]] = {
    Source.AUDIT: (addresses.AUDITS, "audit"),
    Source.CONFIRMATION: (addresses.CONFIRMATIONS, "confirmation"),
    Source.COMPLAINT: (addresses.COMPLAINTS, "complaint"),
    Source.SELF_CHECK: (addresses.SELF_CHECKS, "check"),
    Source.ASSESSMENT: (addresses.ASSESSMENTS, "finding"),
}
"""The page of what it was found in, and the name in its address."""
GRADE: Mapping[Grade, str] = {Grade.MAJOR: mark("重大な不適合"), Grade.MINOR: mark("軽微な不適合")}
CAUSE: Mapping[CauseClass, str] = {
    CauseClass.RULE: mark("規程・手順の不備"),
    CauseClass.KNOWLEDGE: mark("教育・理解の不足"),
    CauseClass.CARELESSNESS: mark("不注意"),
    CauseClass.SYSTEM: mark("システム・設備"),
    CauseClass.RESOURCE: mark("人員・時間の不足"),
    CauseClass.SUPERVISION: mark("確認・監督の不足"),
    CauseClass.OUTSIDE: mark("委託先・外部"),
}
RECURRENCE: Mapping[Recurrence, str] = {
    Recurrence.AGAIN: mark("再発"),
    Recurrence.ALIKE: mark("似た指摘あり"),
}
EFFECT: Mapping[Effect, str] = {
    Effect.EFFECTIVE: mark("有効だった"),
    Effect.INEFFECTIVE: mark("有効でなかった（原因からやり直す）"),
}
TAKEN: Mapping[Step, str] = {
    Step.FOUND: mark("指摘した"),
    Step.CORRECTED: mark("指摘を直した"),
    Step.ANALYSED: mark("事実と原因を記録した"),
    Step.PLANNED: mark("処置を決めた"),
    Step.DONE: mark("処置の結果を記録した"),
    Step.REVIEWED: mark("有効性を評価した"),
    Step.RETURNED: mark("承認せずに戻した"),
    Step.APPROVED: mark("承認した"),
    Step.WITHDRAWN: mark("取り下げた"),
}
_SAID: Mapping[str, str] = {
    "finding": mark("指摘"),
    "requirement": mark("要求事項"),
    "fact": mark("事実"),
    "cause": mark("原因"),
    "measure": mark("処置"),
    "owner": mark("担当"),
    "result": mark("結果"),
    "effect": mark("評価"),
    "note": mark("戻した理由"),
    "reason": mark("取下げの理由"),
}
_DAYS: Mapping[str, str] = {
    "due_on": mark("実施の期限"),
    "done_on": mark("実施日"),
    "review_by": mark("評価の期限"),
}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("unit_id", "closed"): mark("この組織は閉じられています。"),
    ("finding", "required"): mark("指摘の内容を入れてください。"),
    ("finding", "too_long"): mark("指摘の内容が長すぎます。"),
    ("requirement", "required"): mark("要求事項の番号を選んでください。"),
    ("requirement", "too_long"): mark("要求事項の番号が長すぎます。"),
    ("found_on", "future"): mark("見つけた日が先の日付です。"),
    ("finder", "another"): mark("指摘を直せるのは、指摘した方だけです。"),
    ("fact", "required"): mark("確かめた事実を入れてください。"),
    ("cause", "required"): mark("原因を入れてください。"),
    ("measure", "required"): mark("原因に対して行う処置を入れてください。"),
    ("owner", "required"): mark("処置の担当を入れてください。"),
    ("due_on", "past"): mark("処置の期限が過ぎた日になっています。"),
    ("result", "required"): mark("処置の結果を入れてください。"),
    ("on", "future"): mark("実施日が先の日付です。"),
    ("review_by", "before_result"): mark("有効性を評価する日は、実施日より後にしてください。"),
    ("effect", "required"): mark("有効だったかどうかを選んでください。"),
    ("note", "required"): mark("確かめたことか理由を入れてください。"),
    ("reviewer", "same_person"): mark("処置を実施した方は評価できません。別の方が評価します。"),
    ("approver", "same_person"): mark(
        "処置を実施した方と有効性を評価した方は承認できません。別の方が承認します。"
    ),
    ("state", "no_cause"): mark("原因が記録されてから、処置を決めてください。"),
    ("state", "too_early"): mark("前の手順がまだ終わっていません。"),
    ("state", "too_late"): mark("この手順はすでに終わっています。"),
    ("state", "closed"): mark("承認済みの是正処置は変えられません。"),
    ("state", "withdrawn"): mark("この是正処置は取り下げられています。"),
    ("reason", "required"): mark("取り下げる理由を入れてください。"),
    ("reason", "too_long"): mark("取り下げる理由が長すぎます。"),
}


def refused(error: Exception, context: PageContext) -> str:
    """Return why something was not done, in words, and what to do."""
    return why_not(error, _REFUSED, context, mark("この是正処置は見つからないか、閲覧できません。"))


def question(source: Source, reference: str, context: PageContext) -> str:
    """Return the question that was answered with a nonconformity; nothing where none was asked."""
    _, _, name = reference.partition("/")
    said = ""
    if source is Source.CONFIRMATION and name in confirmed().by_id:
        said = confirmed().by_id[name].text.of(context.language)
    elif source is Source.SELF_CHECK and name in self_check().questions:
        said = self_check().questions[name].text.of(context.language)
    elif source is Source.AUDIT:
        said = next((each.question(context.language) for each in audited() if each.id == name), "")
    return context.text("「{question}」", question=said) if said else ""


def requirement(of: str, context: PageContext, on: date) -> str:
    """Return a requirement's number with its title on a day, where the catalogue has it."""
    known = catalogue_or_product(context.workspace.path).on(on).requirements.get(of)
    return of if known is None else f"{of}　{known.title.of(context.language)}"


def told(of: Taken, context: PageContext) -> str:
    """Return what a step of the history said, in words."""
    text, parts = context.text, []
    joined = "：" if context.language == "ja" else ": "
    for name, said in of.told.items():
        if name in _SAID and said:
            parts.append(f"{text(_SAID[name])}{joined}{said}")
        elif name in _DAYS:
            parts.append(f"{text(_DAYS[name])}{joined}{context.formats.day(date.fromisoformat(said))}")
        elif name == "cause_class":
            parts.append(text(CAUSE[CauseClass(said)]))
        elif name == "grade":
            parts.append(text(GRADE[Grade(said)]))
        elif name == "outcome":
            parts.append(text(EFFECT[Effect(said)]))
    return "　".join(parts)


def left(due: date | None, today: date, context: PageContext) -> str:
    """Return how long there is until a day, in words; nothing when there is none."""
    if due is None:
        return ""
    text, days = context.text, (due - today).days
    if days < 0:
        return text("{days} 日過ぎています", days=-days)
    return text("今日まで") if days == 0 else text("あと {days} 日", days=days)


def links(numbers: Sequence[str], known: Mapping[str, ActionId], context: PageContext) -> None:
    """Show a button to each corrective action that one may see."""
    shown = [number for number in numbers if number in known]
    if not shown:
        return
    with st.container(horizontal=True, gap="small"):
        for number in shown:
            label = context.text("是正処置 {number} を開く", number=number)
            if st.button(label, key=f"action-open-{number}", type="tertiary", icon=":material/build_circle:"):
                addresses.go(addresses.ACTIONS, action=str(known[number]))
