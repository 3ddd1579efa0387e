"""One corrective action: six steps, who may take each, what was found before, and its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from daicho.pages import action_steps, action_words, addresses, frame, scope, tables
from daicho.pages.action_report import report_pdf
from daicho.pages.action_steps import SAID
from daicho.pages.context import PageContext
from privacy_mark.actions import history, origin, recurrence, register
from privacy_mark.actions.model import (
    WAY,
    Action,
    ActionId,
    ActionState,
    Effect,
    Recurrence,
    Source,
    Step,
    Taken,
    reached,
)
from privacy_mark.actions.recurrence import ELSEWHERE_MONTHS, RECURRENCE_YEARS, Earlier, Elsewhere
from registry.access import allowed, today_in_japan
from registry.errors import NotFound
from registry.model import Permission, UnitId
from registry.store import Tx

_ORDER = WAY
_MOST = 10  # of other units
_LAST: dict[ActionState, tuple[Step, ...]] = {
    ActionState.FOUND: (Step.FOUND, Step.CORRECTED),
    ActionState.ANALYSED: (Step.ANALYSED,),
    ActionState.PLANNED: (Step.PLANNED,),
    ActionState.DONE: (Step.DONE,),
    ActionState.REVIEWED: (Step.REVIEWED,),
    ActionState.CLOSED: (Step.APPROVED,),
}


@dataclass(frozen=True, slots=True)
class _Case:
    of: Action
    unit: str
    earlier: Sequence[Earlier]
    elsewhere: Sequence[Elsewhere]
    names: Mapping[UnitId, str]
    taken: Sequence[Taken]
    origin: int | None
    works: bool
    approves: bool
    today: date


def show(action_id: ActionId, context: PageContext) -> None:
    """Show one action, or that it cannot be seen."""
    text = context.text
    try:
        case = _read(action_id, context)
    except NotFound:
        frame.title(text("是正処置"), "")
        frame.message(text("この是正処置は見つからないか、閲覧できません。"))
        _back(context)
        return
    of = case.of
    frame.title(
        text("是正処置　{number} {unit}", number=of.number, unit=case.unit), _next_step(case, context)
    )
    _back(context)
    if said := st.session_state.pop(SAID, ""):
        frame.message(said)
    _returned(case, context)
    left, right = st.columns([62, 38], gap="large")
    with left:
        frame.heading(text("指摘の内容"))
        if asked := action_words.question(of.source, of.reference, context):
            frame.note(asked)
        frame.message(of.finding)
        action_steps.correct(of, context)
        _results(of, case.taken, context)
        action_steps.show(of, case.today, context, works=case.works, approves=case.approves)
    with right:
        _facts(case, context)
        st.download_button(
            text("是正処置報告書（PDF）"),
            lambda: report_pdf(action_id, context),
            file_name=f"{of.number}.pdf",
            mime="application/pdf",
            icon=":material/download:",
            key="action-pdf",
            on_click="ignore",
        )
        if of.state is not ActionState.WITHDRAWN:
            _again(case, context)
            _elsewhere(case, context)
    _steps(case, context)
    _history(case, context)
    action_steps.withdraw(of, context, approves=case.approves)


def _read(action_id: ActionId, context: PageContext) -> _Case:
    with context.read() as tx:
        of = register.action(tx, action_id)
        names = scope.full_names(scope.units(tx), context.language)
        return _Case(
            of,
            names.get(of.unit_id, "—"),
            recurrence.earlier(tx, action_id),
            recurrence.elsewhere(tx, action_id),
            names,
            history.history(tx, action_id),
            origin.origin(tx, of),
            allowed(tx, Permission.WORK_ON_ACTIONS, of.unit_id) or _audits(tx, of),
            allowed(tx, Permission.APPROVE_ACTIONS, of.unit_id),
            today_in_japan(tx.now),
        )


def _audits(tx: Tx, of: Action) -> bool:
    """Tell whether the person asking reviews the effect for the audit side."""
    found = of.source is Source.AUDIT and of.state is ActionState.DONE
    return found and allowed(tx, Permission.CONDUCT_AUDITS, of.unit_id)


def _back(context: PageContext) -> None:
    if st.button(
        context.text("一覧に戻る"), key="action-back", type="tertiary", icon=":material/arrow_back:"
    ):
        addresses.go(addresses.ACTIONS)


def _next_step(case: _Case, context: PageContext) -> str:
    text, of = context.text, case.of
    if of.state is ActionState.CLOSED:
        return text("承認されて終わりました。内容は変えられません。")
    if of.state is ActionState.WITHDRAWN:
        return text("誤って登録したものとして取り下げられました。記録には残り、件数には入りません。")
    told = text("次は「{step}」です。", step=text(action_words.STATE[of.state]))
    late = of.days_late(case.today)
    if late:
        return told + text("期限を {days} 日過ぎています。", days=late)
    if of.next_due is None:
        return told
    days = (of.next_due - case.today).days
    return told + text("期限 {day}（あと {days} 日）。", day=context.formats.day(of.next_due), days=days)


def _returned(case: _Case, context: PageContext) -> None:
    """Show why an action is worked on again."""
    if case.of.state is ActionState.WITHDRAWN:
        gone = case.taken[-1]
        frame.message(
            context.text(
                "取下げの理由：{reason}（{who}　{when}）",
                reason=gone.told.get("reason", ""),
                who=gone.actor,
                when=context.formats.moment(gone.at),
            )
        )
        return
    if case.of.state not in _ORDER[:2]:
        return
    last = next((each for each in reversed(case.taken) if each.step in (Step.REVIEWED, Step.RETURNED)), None)
    if last is None:
        return
    if last.step is Step.RETURNED:
        frame.message(context.text("承認されずに戻されました：{note}", note=last.told.get("note", "")))
    else:
        frame.message(
            context.text("前の処置は有効ではありませんでした：{note}", note=last.told.get("effect", ""))
        )


def _facts(case: _Case, context: PageContext) -> None:
    text, formats, of = context.text, context.formats, case.of
    frame.heading(text("登録の内容"))
    found = text(action_words.SOURCE[of.source])
    frame.facts(
        {
            text("番号"): of.number,
            text("単位"): case.unit,
            text("見つかった場面"): f"{found}　{of.reference.partition('/')[0]}".strip(),
            text("要求事項"): action_words.requirement(of.requirement, context, of.found_on),
            text("重さ"): text(action_words.GRADE[of.grade]),
            text("指摘した方"): f"{of.finder}　{formats.day(of.found_on)}",
            text("やり直した回数"): formats.number(of.rounds),
        }
    )
    if case.origin is not None and of.source in action_words.ORIGIN:
        address, query = action_words.ORIGIN[of.source]
        label = text("もとの記録を開く（{source}）", source=found)
        if st.button(label, key="action-origin", type="tertiary", icon=":material/link:"):
            addresses.go(address, **{query: str(case.origin)})


def _again(case: _Case, context: PageContext) -> None:
    """Show what was found before in the same unit."""
    text = context.text
    frame.heading(text("再発"))
    if not case.earlier:
        frame.note(
            text(
                "この単位では、過去 {years} 年に同じ要求事項・同じ種類の原因の指摘はありません。",
                years=RECURRENCE_YEARS,
            )
        )
        return
    frame.message(
        text(
            "再発です。前の処置がなぜ効かなかったかも調べてください。"
            "この単位の過去 {years} 年の似た指摘：{number} 件。",
            years=RECURRENCE_YEARS,
            number=len(case.earlier),
        )
        if case.earlier[0].kind is Recurrence.AGAIN
        else text(
            "この単位の過去 {years} 年の似た指摘：{number} 件。再発かどうかを確かめてください。",
            years=RECURRENCE_YEARS,
            number=len(case.earlier),
        )
    )
    told = []
    for each in case.earlier:
        alike = [text("同じ問い")] if each.same_question else []
        alike += [text("同じ要求事項")] if each.same_requirement else []
        alike += [text("同じ種類の原因")] if each.same_cause else []
        told.append((each.id, each.number, each.found_on, " · ".join(alike)))
    _table(told, text("似ている点"), "action-earlier", context)


def _elsewhere(case: _Case, context: PageContext) -> None:
    """Show where else the same was found, so that others need not find it again."""
    text = context.text
    if not case.elsewhere:
        return
    frame.heading(text("ほかの単位の同じ指摘"))
    frame.note(
        text(
            "過去 {months} か月に {number} 件あります。"
            "処置を合わせるか、ほかの単位にも広げるかを決めてください。",
            months=ELSEWHERE_MONTHS,
            number=len(case.elsewhere),
        )
    )
    told = [
        (each.id, each.number, each.found_on, case.names.get(each.unit_id, "—"))
        for each in case.elsewhere[:_MOST]
    ]
    _table(told, text("単位"), "action-elsewhere", context)


def _table(
    told: Sequence[tuple[ActionId, str, date, str]], label: str, key: str, context: PageContext
) -> None:
    """Show other actions that the reader may open: number, day found, and one thing said of each."""
    rows = [
        tables.Row(
            str(id_), [tables.Cell(number, below=context.formats.day(day), link=True), tables.Cell(said)]
        )
        for id_, number, day, said in told
    ]
    columns = [tables.Column(context.text("番号"), nowrap=True), tables.Column(label)]
    opened = tables.show(tables.Table("", columns, rows), key=key)
    if opened:
        addresses.go(addresses.ACTIONS, action=opened)


def _results(of: Action, taken: Sequence[Taken], context: PageContext) -> None:
    """Show what the steps so far say; a measure that had no effect is in the history."""
    text, day = context.text, context.formats.day
    last = _ORDER.index(reached(of, taken))
    if last >= _ORDER.index(ActionState.ANALYSED):
        kind = "—" if of.cause_class is None else text(action_words.CAUSE[of.cause_class])
        frame.heading(text("事実と原因"))
        frame.facts({text("事実"): of.fact, text("原因の種類"): kind, text("原因"): of.cause})
    if last >= _ORDER.index(ActionState.PLANNED):
        frame.heading(text("処置"))
        frame.facts({text("処置"): of.measure, text("担当"): of.owner, text("実施の期限"): day(of.due_on)})
    if last >= _ORDER.index(ActionState.DONE):
        frame.heading(text("処置の結果"), f"{day(of.done_on)}　{of.doer}")
        waits = {text("評価の期限"): day(of.review_by)} if of.state is ActionState.DONE else {}
        frame.facts({text("結果"): of.result, **waits})
    if last >= _ORDER.index(ActionState.REVIEWED) and of.effect is not Effect.UNKNOWN:
        frame.heading(text("有効性の評価"), f"{day(of.reviewed_on)}　{of.reviewer}")
        frame.facts(
            {text("評価"): text(action_words.EFFECT[of.effect]), text("確かめたこと"): of.effect_note}
        )
    if of.state is ActionState.CLOSED:
        frame.heading(text("承認"), f"{context.formats.moment(of.approved_at)}　{of.approver}")


def _steps(case: _Case, context: PageContext) -> None:
    """Show the six steps: who may take each, who took it, by when the next one is due."""
    text, of = context.text, case.of
    frame.heading(text("手順の一覧"))
    at = _ORDER.index(reached(of, case.taken))
    ends = of.state is ActionState.WITHDRAWN
    rows = []
    for place, state in enumerate(_ORDER):
        done, follows = place <= at, place == at + 1 and not ends
        last = next((each for each in reversed(case.taken) if each.step in _LAST[state]), None)
        stands = text("済み") if done else text("次の手順") if follows else "—" if ends else text("この先")
        if done and last is not None:
            when, below = context.formats.moment(last.at), last.actor
        elif follows:
            when, below = (
                context.formats.day(of.next_due),
                action_words.left(of.next_due, case.today, context),
            )
        else:
            when, below = "—", ""
        rows.append(
            tables.Row(
                state.value,
                [
                    tables.Cell(text(action_words.STEP[state])),
                    tables.Cell(text(action_words.WHO[state])),
                    tables.Cell(stands),
                    tables.Cell(when, below=below),
                ],
            )
        )
    labels = (text("手順"), text("行える方"), text("状態"), text("行った日時・期限"))
    columns = [tables.Column(label, nowrap=label != labels[1]) for label in labels]
    tables.show(tables.Table("", columns, rows), key="action-steps")


def _history(case: _Case, context: PageContext) -> None:
    text = context.text
    with st.expander(text("履歴 {number} 件", number=len(case.taken))):
        rows = [
            tables.Row(
                str(place),
                [
                    tables.Cell(context.formats.moment(each.at), below=each.actor),
                    tables.Cell(
                        text(action_words.TAKEN[each.step]),
                        below=text("{number} 回目", number=each.round + 1) if case.of.rounds else "",
                    ),
                    tables.Cell(action_words.told(each, context) or "—"),
                ],
            )
            for place, each in enumerate(case.taken)
        ]
        labels = (text("日時と行った方"), text("行ったこと"), text("内容"))
        columns = [tables.Column(label, nowrap=label != labels[2]) for label in labels]
        tables.show(tables.Table("", columns, rows), key="action-history")
