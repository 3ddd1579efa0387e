"""What is done with a review on its page: moved, held, written, submitted, approved or sent back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import streamlit as st

from daicho.pages import frame
from daicho.pages import management_review_words as words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.management_review_inputs import SAID
from daicho.pages.steps import take
from privacy_mark.reviews import holding, register
from privacy_mark.reviews import minutes as written
from privacy_mark.reviews.minutes import LONGEST_MINUTES
from privacy_mark.reviews.model import Review, State
from privacy_mark.reviews.register import LONGEST_NAME, LONGEST_NOTE
from registry.sealing import LONGEST
from registry.store import Tx


def minutes(of: Review, context: PageContext, *, may: bool) -> None:
    """Show the minutes, or the form for them."""
    text = context.text
    if of.held_on is None:
        return
    frame.heading(text("議事録"))
    if not (may and of.state is State.HELD):
        frame.facts({text("出席者"): text("、").join(of.attendees.splitlines()) or NONE})
        if of.minutes:
            frame.said(of.minutes)
        else:
            frame.message(text("まだ書かれていません。"))
        if of.conclusion:
            frame.heading(text("トップマネジメントの総括"))
            frame.said(of.conclusion)
        return
    with st.form("review-minutes", border=False):
        attendees = st.text_area(
            text("出席者（必須）"),
            of.attendees or of.chair,
            max_chars=LONGEST,
            height=80,
            key="review-attendees",
        )
        said = st.text_area(
            text("議事の内容（必須）"),
            of.minutes,
            max_chars=LONGEST_MINUTES,
            height=240,
            key="review-minutes-text",
        )
        frame.note(text("氏名と内容は暗号化して保存します。"))
        sent = st.form_submit_button(text("議事録を保存"), type="primary", key="review-minutes-save")
    if sent:
        _take(
            lambda tx: written.write(
                tx, of.id, attendees=attendees, minutes=said, expected_version=of.version
            ),
            text("議事録を保存しました。"),
            context,
        )


def show(of: Review, today: date, context: PageContext, *, may: bool, decides: bool) -> None:
    """Show the next step to who may take it."""
    if of.state is State.PLANNED and may:
        _hold(of, today, context)
        _change(of, context)
        _cancel(of, context)
    elif of.state is State.HELD and may:
        _submit(of, context)
    elif of.state is State.SUBMITTED and decides:
        _approve(of, context)


def _hold(of: Review, today: date, context: PageContext) -> None:
    text = context.text
    frame.heading(text("開催の記録"))
    with st.form("review-hold", border=False):
        on = st.date_input(
            text("開催日"),
            min(of.planned_on, today),
            max_value=today,
            format="YYYY/MM/DD",
            key="review-held-on",
        )
        frame.note(text("記録すると、入力は今の時点のものに固定され、元に戻せません。"))
        sent = st.form_submit_button(text("開催を記録して入力を固定"), type="primary", key="review-hold")
    if sent and isinstance(on, date):
        _take(
            lambda tx: holding.hold(tx, of.id, held_on=on, expected_version=of.version),
            text("開催を記録し、入力を固定しました。議事録と決定を書いてください。"),
            context,
        )


def _change(of: Review, context: PageContext) -> None:
    text = context.text
    with st.expander(text("予定を変える")), st.form("review-change", border=False):
        on = st.date_input(text("開催の予定日"), of.planned_on, format="YYYY/MM/DD", key="review-planned-on")
        chair = st.text_input(
            text("議長（トップマネジメント）"), of.chair, max_chars=LONGEST_NAME, key="review-chair"
        )
        sent = st.form_submit_button(text("予定を保存"), key="review-change")
        if sent and isinstance(on, date):
            _take(
                lambda tx: register.change(
                    tx, of.id, planned_on=on, chair=chair, expected_version=of.version
                ),
                text("予定を変更しました。"),
                context,
            )


def _cancel(of: Review, context: PageContext) -> None:
    text = context.text
    with st.expander(text("中止する")):
        why = st.text_area(
            text("中止する理由（必須）"), max_chars=LONGEST_NOTE, height=80, key="review-cancel-note"
        )
        frame.note(text("中止した見直しは記録に残り、元に戻せません。"))
        if st.button(text("見直しを中止"), key="review-cancel"):
            _take(
                lambda tx: register.cancel(tx, of.id, note=why, expected_version=of.version),
                text("見直しを中止しました。"),
                context,
            )


def _submit(of: Review, context: PageContext) -> None:
    text = context.text
    frame.heading(text("承認の依頼"))
    frame.note(text("依頼すると、差し戻されるまで議事録・決定・補足は変えられません。"))
    if not of.decisions:
        frame.note(text("まだ決定がありません。決定のない見直しには、承認の際に総括が要ります。"))
    if st.button(text("トップマネジメントに承認を依頼"), key="review-submit", type="primary"):
        _take(
            lambda tx: written.submit(tx, of.id, expected_version=of.version),
            text("承認を依頼しました。"),
            context,
        )


def _approve(of: Review, context: PageContext) -> None:
    text = context.text
    frame.heading(text("議事録の承認"))
    if of.is_work_of(context.principal.user_id):
        frame.note(text("ご自身が書き込んだ議事録は承認できません。別の方が承認します。"))
        return
    with st.form("review-approve", border=False):
        conclusion = st.text_area(
            text("トップマネジメントの総括") if of.decisions else text("トップマネジメントの総括（必須）"),
            max_chars=LONGEST,
            height=110,
            key="review-conclusion",
        )
        frame.note(text("承認すると、議事録と決定は変えられません。"))
        sent = st.form_submit_button(text("議事録と決定を承認"), type="primary", key="review-approve")
    if sent:
        _take(
            lambda tx: written.close(tx, of.id, conclusion=conclusion, expected_version=of.version),
            text("承認しました。決定は、担当の方の今日の対応に並びます。"),
            context,
        )
    with st.expander(text("差し戻す")):
        why = st.text_area(
            text("差し戻す理由（必須）"), max_chars=LONGEST_NOTE, height=80, key="review-return-note"
        )
        if st.button(text("議事録を差し戻す"), key="review-return"):
            _take(
                lambda tx: written.send_back(tx, of.id, note=why, expected_version=of.version),
                text("差し戻しました。"),
                context,
            )


def _take(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    take(act, said, context, key=SAID, refused=words.refused)
