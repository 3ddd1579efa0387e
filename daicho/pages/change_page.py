"""One change report: what changed, its tasks, what the body answered, closing by another person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import streamlit as st

from daicho.pages import addresses, change_words, frame, law_words, scope
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.steps import take
from privacy_mark.certificates.bodies import body_of
from privacy_mark.changes import handling, register
from privacy_mark.changes.catalogue import Outcome, rules
from privacy_mark.changes.handling import LONGEST_OWNER
from privacy_mark.changes.model import Change, ChangeDraft, ChangeId, ChangeTask, State, TaskState
from privacy_mark.changes.register import LONGEST_TEXT
from registry.access import allowed, today_in_japan
from registry.errors import NotFound
from registry.model import Permission
from registry.store import Tx

_SAID = "change-said"
_OUTCOMES = tuple(Outcome)


def show(change_id: ChangeId, context: PageContext) -> None:
    """Show one change report."""
    text = context.text
    try:
        with context.read() as tx:
            of = register.change(tx, change_id)
            name = scope.full_names(scope.units(tx), context.language).get(of.unit_id, NONE)
            may = allowed(tx, Permission.MANAGE_CERTIFICATION, of.unit_id)
            decides = allowed(tx, Permission.DECIDE_REVIEWS, of.unit_id)
            today = today_in_japan(tx.now)
    except NotFound:
        frame.title(text("変更報告"), "")
        frame.message(text("この変更報告は見つからないか、閲覧できません。"))
        _back(context)
        return
    frame.title(
        text(
            "変更報告 {number}　{unit}の{what}",
            number=of.number,
            unit=name,
            what=change_words.kind(of.kind, context),
        ),
        _next_step(of, context),
    )
    _back(context)
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    if of.remark and of.state is State.OPEN:
        frame.message(text("差し戻しの理由：{note}", note=of.remark))
    _facts(of, name, context)
    works = may and of.state is State.OPEN
    if of.question:
        _question(of, today, context, may=works)
    _tasks(of, today, context, may=works)
    if works:
        _submit(of, context)
        _correct(of, context)
    _approval(of, context, decides=decides and of.state is State.SUBMITTED)


def texts(of: ChangeDraft, context: PageContext, *, key: str) -> ChangeDraft:
    """Show before, after and note as fields of a form; return the draft with what they say now."""
    text = context.text
    left, right = st.columns(2)
    with left:
        before = st.text_area(
            text("変更前"), of.before, max_chars=LONGEST_TEXT, height=90, key=f"{key}-before"
        )
    with right:
        after = st.text_area(
            text("変更後（必須）"), of.after, max_chars=LONGEST_TEXT, height=90, key=f"{key}-after"
        )
    note = st.text_area(text("補足"), of.note, max_chars=LONGEST_TEXT, height=70, key=f"{key}-note")
    return replace(of, before=before, after=after, note=note)


def _back(context: PageContext) -> None:
    if st.button(
        context.text("変更報告の一覧に戻る"),
        key="change-back",
        type="tertiary",
        icon=":material/arrow_back:",
    ):
        addresses.go(addresses.CHANGES, unit=scope.chosen_code())


def _next_step(of: Change, context: PageContext) -> str:
    text = context.text
    if of.state is State.CLOSED:
        return text("完了しています。内容は変更できません。")
    if of.state is State.SUBMITTED:
        return text("次は、対応した方とは別の方が確かめて承認します。")
    if of.question and of.outcome is None:
        return text("次は、付与がどうなるかを審査機関に確かめ、回答を記録します。")
    if not of.ready:
        return text("次は、残りの作業を期限までに終えます。")
    return text("次は、完了の承認を依頼します。")


def _facts(of: Change, unit: str, context: PageContext) -> None:
    text, day = context.text, context.formats.day
    rule = rules().of(of.body, of.changed_on)
    left, right = st.columns(2)
    with left:
        frame.facts(
            {
                text("会社・病院"): unit,
                text("変更日"): day(of.changed_on),
                text("変更前"): of.before or NONE,
                text("変更後"): of.after or NONE,
                text("補足"): of.note or NONE,
            }
        )
    with right:
        frame.facts(
            {
                text("状態"): text(change_words.STATE[of.state]),
                text("審査機関"): body_of(of.body).name.of(context.language),
                text("報告の決まり"): text(change_words.REPORTS[rule.reports[of.kind]]),
                text("決まりの出所"): f"{rule.address}　{text(law_words.CONFIDENCE[rule.confidence])}",
                text("担当"): of.owner or NONE,
                text("始まり"): text(change_words.ORIGIN[of.origin]),
            }
        )
    if st.button(text("付与を開く"), key="change-certificate", type="tertiary", icon=":material/verified:"):
        addresses.go(addresses.CERTIFICATES, certificate=str(of.certificate_id))


def _question(of: Change, today: date, context: PageContext, *, may: bool) -> None:
    text, day = context.text, context.formats.day
    frame.heading(
        text("付与はどうなるか"),
        text("決めるのは審査機関です。確かめた回答を記録すると、続く作業が加わります。"),
    )
    if of.outcome is not None:
        found, told, on = (
            (text("確かめた結果"), text("確かめた内容"), text("確かめた日"))
            if of.outcome is Outcome.NONE  # nobody asked the body
            else (text("審査機関の回答"), text("回答の内容"), text("回答を受けた日"))
        )
        frame.facts(
            {
                found: change_words.outcome(of.outcome, context),
                told: of.answer,
                on: f"{day(of.answered_on)}　{of.answerer}",
            }
        )
    if may:
        _answer(of, today, context)


def _answer(of: Change, today: date, context: PageContext) -> None:
    """Show the form: what the body answered, or that there is nothing that it need be asked."""
    text = context.text
    title = text("確かめた結果を記録する") if of.outcome is None else text("確かめた結果を直す")
    with st.expander(title, expanded=of.outcome is None), st.form("change-answer", border=False):
        outcome = st.radio(
            text("確かめた結果"),
            _OUTCOMES,
            index=None if of.outcome is None else _OUTCOMES.index(of.outcome),
            format_func=lambda each: change_words.outcome(each, context),
            key="change-outcome",
        )
        answer = st.text_area(
            text("確かめた内容（必須）"),
            of.answer,
            max_chars=LONGEST_TEXT,
            height=90,
            placeholder=text("誰が、どのように確かめたか"),
            key="change-answer-text",
        )
        answered_on = st.date_input(
            text("確かめた日"),
            of.answered_on or today,
            max_value=today,
            format="YYYY/MM/DD",
            key="change-answered-on",
        )
        sent = st.form_submit_button(text("確かめた結果を記録"), type="primary", key="change-answer")
    if sent:
        if outcome is None:
            st.error(text("確かめた結果を選んでください。"))
            return
        _take(
            lambda tx: handling.answer(
                tx, of.id, outcome, answer, answered_on=answered_on, expected_version=of.version
            ),
            text("記録し、残りの作業を不要としました。")
            if outcome is Outcome.NONE
            else text("回答を記録しました。"),
            context,
        )


def _tasks(of: Change, today: date, context: PageContext, *, may: bool) -> None:
    text, number = context.text, context.formats.number
    done = sum(task.state is not TaskState.OPEN for task in of.tasks)
    frame.heading(
        text("行うこと"),
        text("{all} 件のうち {done} 件を終えました。", all=number(len(of.tasks)), done=number(done)),
    )
    for task in of.tasks:
        _task(task, today, context, may=may)


def _task(of: ChangeTask, today: date, context: PageContext, *, may: bool) -> None:
    text, day = context.text, context.formats.day
    if of.state is TaskState.OPEN:
        days = (of.due_on - today).days
        state = (
            text("{days} 日過ぎています", days=-days) if days < 0 else text("期限 {day}", day=day(of.due_on))
        )
    else:
        state = f"{text(change_words.TASK[of.state])}　{day(of.done_on)}"
    with st.expander(f"{change_words.task(of.task, context)}　—　{state}"):
        if of.state is not TaskState.OPEN:
            frame.facts({text("記録"): of.note, text("実施した方"): of.doer, text("期限"): day(of.due_on)})
            if may and st.button(text("やり直す"), key=f"change-reopen-{of.id}"):
                _take(
                    lambda tx: handling.reopen_task(tx, of.id, expected_version=of.version),
                    text("作業を未実施に戻しました。"),
                    context,
                )
            return
        frame.facts({text("期限"): day(of.due_on), text("担当"): of.owner or NONE})
        if may:
            _finish(of, today, context)
            _plan(of, context)


def _finish(of: ChangeTask, today: date, context: PageContext) -> None:
    text = context.text
    with st.form(f"change-finish-{of.id}", border=False):
        left, right = st.columns([7, 3])
        with left:
            note = st.text_area(
                text("行ったこと、または不要な理由（必須）"),
                max_chars=LONGEST_TEXT,
                height=70,
                key=f"change-note-{of.id}",
            )
        with right:
            on = st.date_input(
                text("実施した日"), today, max_value=today, format="YYYY/MM/DD", key=f"change-on-{of.id}"
            )
        first, second, _rest = st.columns([2, 2, 5])
        with first:
            done = st.form_submit_button(text("実施済みにする"), type="primary", key=f"change-done-{of.id}")
        with second:
            left_out = st.form_submit_button(text("不要とする"), key=f"change-left-{of.id}")
    if done or left_out:
        _take(
            lambda tx: handling.finish_task(
                tx, of.id, note, on=on, left=left_out, expected_version=of.version
            ),
            text("記録しました。"),
            context,
        )


def _plan(of: ChangeTask, context: PageContext) -> None:
    text = context.text
    with st.form(f"change-plan-{of.id}", border=False):
        left, right = st.columns(2)
        with left:
            due_on = st.date_input(text("期限"), of.due_on, format="YYYY/MM/DD", key=f"change-due-{of.id}")
        with right:
            owner = st.text_input(
                text("担当する人・部署"), of.owner, max_chars=LONGEST_OWNER, key=f"change-owner-{of.id}"
            )
        sent = st.form_submit_button(text("期限と担当を変える"), key=f"change-plan-{of.id}")
    if sent:
        _take(
            lambda tx: handling.plan_task(tx, of.id, due_on=due_on, owner=owner, expected_version=of.version),
            text("期限と担当を変えました。"),
            context,
        )


def _submit(of: Change, context: PageContext) -> None:
    text = context.text
    if not of.ready:
        frame.note(text("すべての作業と回答が終わると、完了の承認を依頼できます。"))
        return
    if st.button(text("完了の承認を依頼する"), type="primary", key="change-submit"):
        _take(
            lambda tx: handling.submit(tx, of.id, expected_version=of.version),
            text("承認を依頼しました。対応した方とは別の方が承認します。"),
            context,
        )


def _correct(of: Change, context: PageContext) -> None:
    text = context.text
    with st.expander(text("登録した内容を直す")), st.form("change-correct", border=False):
        left, right = st.columns(2)
        with left:
            on = st.date_input(text("変更日"), of.changed_on, format="YYYY/MM/DD", key="change-correct-on")
        with right:
            owner = st.text_input(
                text("担当する人・部署"), of.owner, max_chars=LONGEST_TEXT, key="change-correct-owner"
            )
        draft = texts(
            ChangeDraft(of.kind, on, of.before, of.after, of.note, owner), context, key="change-correct"
        )
        sent = st.form_submit_button(text("訂正を保存"), key="change-correct-save")
    if sent:
        _take(
            lambda tx: register.correct(tx, of.id, draft, expected_version=of.version),
            text("訂正を保存しました。"),
            context,
        )


def _approval(of: Change, context: PageContext, *, decides: bool) -> None:
    text, day = context.text, context.formats.day
    if of.state is State.OPEN:
        return
    frame.heading(text("完了の承認"), text("依頼した方：{who}", who=of.submitter))
    if of.state is State.CLOSED:
        frame.facts(
            {
                text("承認した日と人"): f"{day(of.approved_on)}　{of.approver}",
                text("所見"): of.remark or NONE,
            }
        )
        return
    if not decides:
        return
    if of.is_work_of(context.principal.user_id):
        frame.note(text("ご自身が対応した変更は承認できません。別の方が承認します。"))
        return
    with st.form("change-decide", border=False):
        remark = st.text_area(
            text("承認の所見、または差し戻す理由"), max_chars=LONGEST_TEXT, height=90, key="change-remark"
        )
        left, right, _rest = st.columns([2, 2, 5])
        with left:
            yes = st.form_submit_button(text("完了を承認する"), type="primary", key="change-approve")
        with right:
            no = st.form_submit_button(text("対応した方に差し戻す"), key="change-return")
    if yes:
        _take(
            lambda tx: handling.approve(tx, of.id, remark, expected_version=of.version),
            text("承認しました。"),
            context,
        )
    if no:
        _take(
            lambda tx: handling.send_back(tx, of.id, remark, expected_version=of.version),
            text("差し戻しました。"),
            context,
        )


def _take(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    take(act, said, context, key=_SAID, refused=change_words.refused)
