"""The forms of a corrective action's steps: each for who may take it, else why one may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal

import streamlit as st

from daicho.pages import action_form, action_words, frame
from daicho.pages.action_form import LONGEST_TEXT
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.actions import register, steps
from privacy_mark.actions.model import ENDED, Action, ActionState, CauseClass, Effect
from registry.store import Tx

SAID, _ASKED = "action-said", "action-asked"
_PLAN_DAYS, _REVIEW_DAYS = 30, 90
"""What the forms propose; no law names these days, and who fills in chooses."""


def show(of: Action, today: date, context: PageContext, *, works: bool, approves: bool) -> None:
    """Show the next step's form, or who takes it."""
    text = context.text
    if of.state in ENDED:
        return
    if of.state is ActionState.REVIEWED:
        _approval(of, context, approves=approves)
        return
    if not works:
        frame.note(
            text("次の手順は、是正処置を行う権限のある方（部門管理者・個人情報保護管理者など）が行います。")
        )
        return
    if of.state is ActionState.FOUND:
        frame.heading(text("事実と原因"), text("何が起きていたかを確かめ、なぜ起きたかを調べます。"))
        _analyse(of, context)
    elif of.state is ActionState.ANALYSED:
        frame.heading(text("処置"), text("原因をなくす処置と、担当、期限を決めます。"))
        _plan(of, today, context)
    elif of.state is ActionState.PLANNED:
        frame.heading(text("処置の結果"), text("処置を実施したら、結果と、効果を確かめる日を記録します。"))
        _finish(of, today, context)
    elif of.state is ActionState.DONE:
        frame.heading(
            text("有効性の評価"), text("しばらくたってから、同じことが起きていないかを確かめます。")
        )
        _review(of, context)
    if of.state in (ActionState.ANALYSED, ActionState.PLANNED):
        with st.expander(text("事実と原因を直す")):
            _analyse(of, context)
    if of.state is ActionState.PLANNED:
        with st.expander(text("処置・担当・期限を直す")):
            _plan(of, today, context)


def correct(of: Action, context: PageContext) -> None:
    """Let the person who found it say it anew, until the facts are written."""
    text = context.text
    if of.state is not ActionState.FOUND or of.rounds or of.finder_id != context.principal.user_id:
        return
    key = f"action-{of.id}-correct"
    with st.expander(text("指摘を直す")), st.form(key, border=False):
        left, right = st.columns(2)
        with left:
            requirement = action_form.requirement(key, context, of.requirement)
        with right:
            grade = action_form.grade(key, context, of.grade)
        finding = action_form.finding(key, context, of.finding)
        sent = st.form_submit_button(text("指摘を保存"), key=f"{key}-send")
    if sent:
        _take(
            lambda tx: register.correct(
                tx,
                of.id,
                finding=finding,
                requirement=requirement,
                grade=grade,
                expected_version=of.version,
            ),
            text("指摘を直しました。"),
            context,
        )


def withdraw(of: Action, context: PageContext, *, approves: bool) -> None:
    """Let who raised it, or may approve it, withdraw what was recorded by mistake."""
    text = context.text
    if of.state in ENDED or not (approves or of.finder_id == context.principal.user_id):
        return
    with st.expander(text("誤って登録した是正処置を取り下げる")):
        frame.note(
            text("取り下げると元に戻せません。記録は残り、終わっていないものにも承認済みにも数えません。")
        )
        why = st.text_area(
            text("取り下げる理由（必須）"), max_chars=LONGEST_TEXT, height=90, key="action-withdraw-reason"
        )
        sent = st.button(text("是正処置を取り下げる"), key="action-withdraw")
    if sent:
        _take(
            lambda tx: register.withdraw(tx, of.id, reason=why, expected_version=of.version),
            text("取り下げました。"),
            context,
        )


def _analyse(of: Action, context: PageContext) -> None:
    text = context.text
    classes = list(CauseClass)
    with st.form("action-analyse", border=False):
        fact = st.text_area(
            text("確かめた事実（必須）"), of.fact, max_chars=LONGEST_TEXT, height=90, key="action-fact"
        )
        cause_class = st.selectbox(
            text("原因の種類"),
            classes,
            index=classes.index(of.cause_class) if of.cause_class else 0,
            format_func=lambda each: text(action_words.CAUSE[each]),
            help=text("同じ単位で同じ種類の原因がくり返すと、再発として知らせます。"),
            key="action-cause-class",
        )
        cause = st.text_area(
            text("原因（必須）"), of.cause, max_chars=LONGEST_TEXT, height=90, key="action-cause"
        )
        sent = st.form_submit_button(
            text("事実と原因を記録"), type=_kind(of, ActionState.FOUND), key="action-analyse-send"
        )
    if sent:
        _take(
            lambda tx: steps.analyse(
                tx, of.id, fact=fact, cause_class=cause_class, cause=cause, expected_version=of.version
            ),
            text("事実と原因を記録しました。"),
            context,
        )


def _plan(of: Action, today: date, context: PageContext) -> None:
    text = context.text
    with st.form("action-plan", border=False):
        measure = st.text_area(
            text("処置（必須）"),
            of.measure,
            max_chars=LONGEST_TEXT,
            height=90,
            placeholder=text("起きたことの手当てだけでなく、原因をなくすことを書きます。"),
            key="action-measure",
        )
        left, right = st.columns(2)
        with left:
            owner = st.text_input(text("担当（必須）"), of.owner, max_chars=200, key="action-owner")
        with right:
            due_on = st.date_input(
                text("実施の期限"),
                max(today, of.due_on or today + timedelta(days=_PLAN_DAYS)),
                min_value=today,
                format="YYYY/MM/DD",
                key="action-due",
            )
        sent = st.form_submit_button(
            text("処置を記録"), type=_kind(of, ActionState.ANALYSED), key="action-plan-send"
        )
    if sent:
        _take(
            lambda tx: steps.plan(
                tx, of.id, measure=measure, owner=owner, due_on=due_on, expected_version=of.version
            ),
            text("処置を記録しました。実施したら、結果を記録してください。"),
            context,
        )


def _finish(of: Action, today: date, context: PageContext) -> None:
    text = context.text
    with st.form("action-finish", border=False):
        result = st.text_area(
            text("処置の結果（必須）"), max_chars=LONGEST_TEXT, height=90, key="action-result"
        )
        left, right = st.columns(2)
        with left:
            on = st.date_input(
                text("実施日"), today, max_value=today, format="YYYY/MM/DD", key="action-done-on"
            )
        with right:
            review_by = st.date_input(
                text("有効性を評価する期限"),
                today + timedelta(days=_REVIEW_DAYS),
                format="YYYY/MM/DD",
                key="action-review-by",
            )
        frame.note(text("結果を記録した方と、有効性を評価した方は、承認できません。"))
        sent = st.form_submit_button(text("結果を記録"), type="primary", key="action-finish-send")
    if sent:
        _take(
            lambda tx: steps.finish(
                tx, of.id, result=result, on=on, review_by=review_by, expected_version=of.version
            ),
            text("結果を記録しました。期限までに有効性を評価してください。"),
            context,
        )


def _review(of: Action, context: PageContext) -> None:
    text = context.text
    if context.principal.user_id == of.doer_id:
        frame.note(text("処置を実施した方は評価できません。別の方が評価します。"))
        return
    with st.form("action-review", border=False):
        effect = st.radio(
            text("有効性（必須）"),
            list(action_words.EFFECT),
            index=None,
            format_func=lambda each: text(action_words.EFFECT[each]),
            key="action-effect",
        )
        note = st.text_area(
            text("確かめたこと（必須）"), max_chars=LONGEST_TEXT, height=90, key="action-effect-note"
        )
        sent = st.form_submit_button(text("評価を記録"), type="primary", key="action-review-send")
    if sent:
        said = (
            text("評価を記録しました。トップマネジメントの承認を待ちます。")
            if effect is Effect.EFFECTIVE
            else text("評価を記録しました。原因から調べ直してください。")
        )
        _take(
            lambda tx: steps.review(
                tx, of.id, effect or Effect.UNKNOWN, note=note, expected_version=of.version
            ),
            said,
            context,
        )


def _approval(of: Action, context: PageContext, *, approves: bool) -> None:
    text = context.text
    frame.heading(text("承認"), text("トップマネジメントが、原因から有効性までを確かめて承認します。"))
    if not approves:
        frame.note(text("承認は、この法人のトップマネジメントが行います。"))
        return
    own = context.principal.user_id in (of.doer_id, of.reviewer_id)
    if own:
        frame.note(text("処置を実施した方と有効性を評価した方は承認できません。別の方が承認します。"))
        return
    if st.session_state.get(_ASKED) != of.id:
        st.button(text("承認"), type="primary", key="action-approve", on_click=_ask, args=(of.id,))
    else:
        st.warning(text("承認すると終わりになり、内容は変えられません。承認しますか？"))
        with st.container(horizontal=True, gap="small"):
            st.button(text("キャンセル"), key="action-cancel", on_click=_ask, args=(0,))
            if st.button(text("承認する"), type="primary", key="action-sure"):
                _take(
                    lambda tx: steps.approve(tx, of.id, expected_version=of.version),
                    text("承認しました。"),
                    context,
                )
    with st.expander(text("承認せずに戻す")):
        note = st.text_area(
            text("戻す理由（必須）"), max_chars=LONGEST_TEXT, height=90, key="action-return-note"
        )
        if st.button(text("原因から調べ直すよう戻す"), key="action-return"):
            _take(
                lambda tx: steps.send_back(tx, of.id, note=note, expected_version=of.version),
                text("戻しました。"),
                context,
            )


def _kind(of: Action, state: ActionState) -> Literal["primary", "secondary"]:
    return "primary" if of.state is state else "secondary"


def _ask(action_id: int) -> None:
    st.session_state[_ASKED] = action_id


def _take(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    st.session_state.pop(_ASKED, None)
    take(act, said, context, key=SAID, refused=action_words.refused)
