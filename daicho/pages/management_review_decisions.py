"""The decisions of a review on its page: written down with owner and day, then followed to their end."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta

import streamlit as st

from daicho.pages import frame, tables
from daicho.pages import management_review_words as words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.management_review_inputs import SAID
from daicho.pages.steps import take
from privacy_mark.reviews import follow_up, minutes, people
from privacy_mark.reviews.model import Decision, DecisionDraft, DecisionKind, DecisionState, Review, State
from privacy_mark.reviews.register import LONGEST_NAME, LONGEST_NOTE
from registry.store import Tx

_DAYS = 90  # proposed for a decision


def show(
    of: Review,
    today: date,
    context: PageContext,
    *,
    may: bool,
    decides: bool,
    reports: Collection[int],
) -> None:
    """Show the decisions, the chosen one with what may be done with it, and a form for another one."""
    text = context.text
    if of.held_on is None:
        return
    frame.heading(text("見直しの決定"), text("決めたことに、担当する方と実施期限を付けます。"))
    writing = may and of.state is State.HELD
    chosen = st.query_params.get("decision", "")
    if of.decisions:
        _table(of, chosen, today, context)
    else:
        frame.message(text("決定はまだありません。") if writing else text("この見直しに決定はありません。"))
    one = next((each for each in of.decisions if str(each.id) == chosen), None)
    if one is not None:
        _chosen(of, one, today, context, writing=writing, decides=decides, reports=one.id in reports)
    if writing:
        _form(of, today, context)


def _table(of: Review, chosen: str, today: date, context: PageContext) -> None:
    text, day = context.text, context.formats.day
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.number, below=text(words.KIND[each.kind]), link=True),
                tables.Cell(each.what, below=each.result),
                tables.Cell(each.owner),
                tables.Cell(day(each.due_on), below=each.note),
                tables.Cell(
                    words.decided(each, today, context) if of.state is State.CLOSED else NONE,
                    below=day(each.ended_on) if each.ended_on else "",
                ),
            ],
        )
        for each in of.decisions
    ]
    columns = [
        tables.Column(text("番号"), nowrap=True),
        tables.Column(text("決めたこと")),
        tables.Column(text("担当する方")),
        tables.Column(text("実施期限"), nowrap=True),
        tables.Column(text("実施の状況")),
    ]
    caption = text("この見直しの決定 {number} 件", number=len(rows))
    opened = tables.show(tables.Table(caption, columns, rows, selected=chosen), key="review-decisions")
    if opened and opened != chosen:
        st.query_params["decision"] = opened
        st.rerun()


def _chosen(
    of: Review,
    one: Decision,
    today: date,
    context: PageContext,
    *,
    writing: bool,
    decides: bool,
    reports: bool,
) -> None:
    text = context.text
    closed = of.state is State.CLOSED
    open_ = one.state is DecisionState.OPEN
    if not (writing or (closed and (decides or (reports and open_)))):
        return
    frame.heading(text("決定 {number}", number=one.number), one.what)
    if writing:
        with st.popover(text("この決定を取り除く"), key="decision-more"):
            frame.note(text("取り除いた決定は元に戻せません。"))
            if st.button(text("取り除く"), key="decision-remove"):
                st.query_params.pop("decision", None)
                _take(
                    lambda tx: minutes.remove_decision(tx, of.id, one.id, expected_version=of.version),
                    text("決定を取り除きました。"),
                    context,
                )
        return
    if reports and open_:
        _report(one, today, context)
    if decides:
        _again(one, today, context)
        if open_:
            _drop(one, context)


def _report(one: Decision, today: date, context: PageContext) -> None:
    text = context.text
    with st.form("decision-report", border=False):
        result = st.text_area(
            text("行ったこと（必須）"), max_chars=LONGEST_NOTE, height=90, key="decision-result"
        )
        on = st.date_input(
            text("決定を実施した日"), today, max_value=today, format="YYYY/MM/DD", key="decision-ended-on"
        )
        sent = st.form_submit_button(text("実施を記録"), type="primary", key="decision-report")
    if sent and isinstance(on, date):
        _take(
            lambda tx: follow_up.report(tx, one.id, result=result, ended_on=on, expected_version=one.version),
            text("決定の実施を記録しました。次回の見直しで確かめます。"),
            context,
        )


def _again(one: Decision, today: date, context: PageContext) -> None:
    text = context.text
    with st.expander(text("期限を決め直す")), st.form("decision-extend", border=False):
        on = st.date_input(
            text("新しい期限"),
            max(today, one.due_on),
            min_value=today,
            format="YYYY/MM/DD",
            key="decision-due-on",
        )
        why = st.text_area(
            text("決め直す理由（必須）"), max_chars=LONGEST_NOTE, height=80, key="decision-note"
        )
        if one.state is not DecisionState.OPEN:
            frame.note(text("結果が十分でないときは、新しい期限を決めると実施中に戻ります。"))
        sent = st.form_submit_button(text("新しい期限を保存"), key="decision-extend")
    if sent and isinstance(on, date):
        _take(
            lambda tx: follow_up.extend(tx, one.id, due_on=on, note=why, expected_version=one.version),
            text("期限を決め直しました。"),
            context,
        )


def _drop(one: Decision, context: PageContext) -> None:
    text = context.text
    with st.expander(text("決定を取りやめる")):
        why = st.text_area(
            text("取りやめる理由（必須）"), max_chars=LONGEST_NOTE, height=80, key="decision-drop-note"
        )
        if st.button(text("取りやめる"), key="decision-drop"):
            _take(
                lambda tx: follow_up.drop(tx, one.id, result=why, expected_version=one.version),
                text("決定を取りやめました。"),
                context,
            )


def _form(of: Review, today: date, context: PageContext) -> None:
    """Offer to write down another decision; the fields begin empty after each."""
    text, place = context.text, len(of.decisions)
    with context.read() as tx:
        owners = people.people(tx, of.unit_id).owners
    kinds = tuple(DecisionKind)
    with (
        st.expander(text("決定を加える"), expanded=not of.decisions),
        st.form("decision-add", border=False),
    ):
        what = st.text_area(
            text("決めたこと（必須）"), max_chars=LONGEST_NOTE, height=90, key=f"decision-what-{place}"
        )
        left, right = st.columns(2)
        with left:
            kind = st.selectbox(
                text("決定の種類"),
                kinds,
                format_func=lambda each: text(words.KIND[each]),
                key=f"decision-kind-{place}",
            )
            on = st.date_input(
                text("実施期限"),
                today + timedelta(days=_DAYS),
                min_value=of.held_on,
                format="YYYY/MM/DD",
                key=f"decision-on-{place}",
            )
        with right:
            owner = st.selectbox(
                text("担当する方（必須）"),
                list(dict.fromkeys(each.name for each in owners)),
                index=None,
                accept_new_options=True,
                placeholder=text("氏名を選ぶか、入力して Enter"),
                key=f"decision-owner-{place}",
            )
            frame.note(text("選んだ方には、今日の対応に期限が出ます。"))
        sent = st.form_submit_button(text("決定を記録"), key="decision-add")
    if sent and isinstance(on, date):
        named = str(owner or "")[:LONGEST_NAME]
        same = [each.user_id for each in owners if each.name == named]
        draft = DecisionDraft(kind, what, named, on, same[0] if len(same) == 1 else None)
        _take(
            lambda tx: minutes.add_decision(tx, of.id, draft, expected_version=of.version),
            text("決定を記録しました。"),
            context,
        )


def _take(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    take(act, said, context, key=SAID, refused=words.refused)
