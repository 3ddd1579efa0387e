"""The on-site assessment: its schedule, documents that the assessors ask for, the interview."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal

import streamlit as st

from daicho.pages import assessment_words, frame, tables
from daicho.pages.assessment_case import SAID, TAKEN, Case
from daicho.pages.context import PageContext
from daicho.pages.formats import JAPAN, NONE
from privacy_mark.assessments import visit
from privacy_mark.assessments.interview import questions
from privacy_mark.assessments.model import Requested, Slot
from privacy_mark.assessments.visit import LONGEST
from privacy_mark.certificates.steps import Step

_BLANK = 4  # so many empty lines of the schedule
_HOURS = 1  # a document is asked for within so many hours until somebody says otherwise


def show(case: Case, context: PageContext) -> None:
    """Show the schedule, what is asked for, and the sheet of the interview."""
    with context.read() as tx:
        slots = visit.schedule(tx, case.of.id)
        asked = visit.requested(tx, case.of.id)
        prepared = visit.interview(tx, case.of.id)
        now = tx.now
    _schedule(case, slots, context)
    _requested(case, asked, now, context)
    _interview(case, prepared, context)


def _schedule(case: Case, slots: Sequence[Slot], context: PageContext) -> None:
    text, formats = context.text, context.formats
    frame.heading(text("当日の日程"))
    if slots:
        rows = [
            tables.Row(
                str(place),
                [
                    tables.Cell(formats.day(each.on)),
                    tables.Cell(f"{each.begins}–{each.ends}"),
                    tables.Cell(each.what),
                    tables.Cell(each.who or NONE),
                    tables.Cell(each.place or NONE),
                ],
            )
            for place, each in enumerate(slots)
        ]
        labels = (text("日"), text("時刻"), text("内容"), text("対応する方"), text("場所"))
        columns = [tables.Column(label, nowrap=label in labels[:2]) for label in labels]
        tables.show(tables.Table(text("日程 {number} 行", number=len(rows)), columns, rows), key="visit")
    else:
        frame.note(text("日程はまだありません。審査機関から届いた日程を書き写します。"))
    if not case.may:
        return
    with st.expander(text("日程を書く")), st.form("visit-schedule", border=False):
        wanted = _slot_fields(case, slots, context)
        frame.note(text("内容を空にした行は消えます。"))
        sent = st.form_submit_button(text("日程を保存"), type="primary", key="visit-save")
    if sent:
        assessment_words.do(
            lambda tx: visit.set_schedule(tx, case.of.id, wanted, expected_version=case.of.version),
            text("日程を保存しました。"),
            context,
            key=SAID,
        )


def _slot_fields(case: Case, slots: Sequence[Slot], context: PageContext) -> list[Slot]:
    text = context.text
    on_site = case.of.steps[Step.ON_SITE]
    day = on_site.actual or on_site.planned or case.today
    found = []
    for place, each in enumerate([*slots, *[None] * _BLANK]):
        shown: Literal["visible", "collapsed"] = "visible" if place == 0 else "collapsed"
        key = f"slot-{case.of.version}-{place}"
        first, second, third, fourth, fifth, sixth = st.columns([3, 2, 2, 5, 4, 3])
        on = first.date_input(
            text("日"),
            each.on if each else day,
            format="YYYY/MM/DD",
            key=f"{key}-on",
            label_visibility=shown,
        )
        begins = second.text_input(
            text("始まり"),
            each.begins if each else "",
            max_chars=5,
            placeholder="10:00",
            key=f"{key}-begins",
            label_visibility=shown,
        )
        ends = third.text_input(
            text("終わり"),
            each.ends if each else "",
            max_chars=5,
            placeholder="11:00",
            key=f"{key}-ends",
            label_visibility=shown,
        )
        what = fourth.text_input(
            text("内容"),
            each.what if each else "",
            max_chars=LONGEST,
            key=f"{key}-what",
            label_visibility=shown,
        )
        who = fifth.text_input(
            text("対応する方"),
            each.who if each else "",
            max_chars=LONGEST,
            key=f"{key}-who",
            label_visibility=shown,
        )
        where = sixth.text_input(
            text("場所"),
            each.place if each else "",
            max_chars=LONGEST,
            key=f"{key}-place",
            label_visibility=shown,
        )
        if what.strip() and isinstance(on, date):
            found.append(Slot(on, begins.strip(), ends.strip(), what, who, where))
    return found


def _requested(case: Case, asked: Sequence[Requested], now: datetime, context: PageContext) -> None:
    text, formats = context.text, context.formats
    waiting = [each for each in asked if each.given_at is None]
    frame.heading(
        text("審査員が求めた書類"),
        text("{waiting} 件を渡していません。", waiting=len(waiting)) if waiting else "",
    )
    if asked:
        rows = [
            tables.Row(
                str(each.id),
                [
                    tables.Cell(each.what),
                    tables.Cell(formats.moment(each.asked_at)),
                    tables.Cell(
                        formats.moment(each.due_at),
                        below=text("過ぎています") if each.given_at is None and each.due_at < now else "",
                    ),
                    tables.Cell(
                        formats.moment(each.given_at) if each.given_at else text("まだ渡していない"),
                        below=each.given,
                    ),
                ],
            )
            for each in asked
        ]
        labels = (text("書類"), text("求められた時刻"), text("いつまでに"), text("渡した時刻"))
        columns = [tables.Column(label, nowrap=label in labels[1:3]) for label in labels]
        caption = text("書類 {number} 件、渡していないものから", number=len(rows))
        tables.show(tables.Table(caption, columns, rows), key="requested")
    else:
        frame.note(text("求められた書類はまだありません。"))
    if not case.may:
        return
    if waiting:
        _give(waiting, context)
    _ask(case, now, context)
    given = [each for each in asked if each.given_at is not None]
    if given:
        _take_back(given, context)


def _give(waiting: Sequence[Requested], context: PageContext) -> None:
    text = context.text
    turn = st.session_state.get(TAKEN, 0)
    with st.form(f"document-give-{turn}", border=False):
        left, right = st.columns(2)
        chosen = left.selectbox(
            text("渡す書類"),
            list(waiting),
            format_func=lambda each: each.what,
            key=f"document-give-which-{turn}",
        )
        given = right.text_input(
            text("渡したもの、見せたもの（必須）"), max_chars=LONGEST, key=f"document-given-{turn}"
        )
        sent = st.form_submit_button(text("渡したことを記録"), type="primary", key="document-give")
    if sent:
        assessment_words.do(
            lambda tx: visit.give(tx, chosen.id, given=given, expected_version=chosen.version),
            text("渡したことを記録しました。"),
            context,
            key=SAID,
        )


def _ask(case: Case, now: datetime, context: PageContext) -> None:
    text = context.text
    turn = st.session_state.get(TAKEN, 0)
    proposal = (now.astimezone(JAPAN) + timedelta(hours=_HOURS)).replace(minute=0, second=0, microsecond=0)
    proposal += timedelta(hours=1)
    with st.expander(text("求められた書類を書く")), st.form(f"document-ask-{turn}", border=False):
        what = st.text_input(text("書類（必須）"), max_chars=LONGEST, key=f"document-what-{turn}")
        left, right = st.columns(2)
        on = left.date_input(
            text("いつまでに（日）"),
            proposal.date(),
            min_value=case.today,
            format="YYYY/MM/DD",
            key=f"document-day-{turn}",
        )
        at = right.time_input(text("いつまでに（時刻）"), proposal.time(), key=f"document-time-{turn}")
        sent = st.form_submit_button(text("求められた書類を記録"), key="document-ask")
    if sent:
        due_at = datetime.combine(on, at, JAPAN)
        assessment_words.do(
            lambda tx: visit.ask(tx, case.of.id, what=what, due_at=due_at),
            text("求められた書類を記録しました。"),
            context,
            key=SAID,
        )


def _take_back(given: Sequence[Requested], context: PageContext) -> None:
    text = context.text
    with st.expander(text("渡した記録を取り消す")):
        chosen = st.selectbox(
            text("渡した書類"), list(given), format_func=lambda each: each.what, key="document-back-which"
        )
        if st.button(text("渡していないことに戻す"), key="document-back"):
            assessment_words.do(
                lambda tx: visit.take_back(tx, chosen.id, expected_version=chosen.version),
                text("渡していないことに戻しました。"),
                context,
                key=SAID,
            )


def _interview(case: Case, prepared: dict[str, str], context: PageContext) -> None:
    text, language = context.text, context.language
    frame.heading(
        text("トップインタビューの準備"),
        text(
            "審査員が代表者に尋ねることの例です。答えを用意した問い {done} / {all}",
            done=len(prepared),
            all=len(questions()),
        ),
    )
    rows = [
        tables.Row(
            each.id,
            [
                tables.Cell(each.requirement),
                tables.Cell(each.words.of(language)),
                tables.Cell(prepared.get(each.id) or text("まだ用意していません")),
            ],
        )
        for each in questions().values()
    ]
    labels = (text("要求事項"), text("問い"), text("用意した答え"))
    columns = [tables.Column(label, nowrap=label == labels[0]) for label in labels]
    tables.show(tables.Table(text("問い {number} 件", number=len(rows)), columns, rows), key="interview")
    if not case.may:
        return
    with st.expander(text("答えを用意する")), st.form("visit-interview", border=False):
        answers = {
            each.id: st.text_area(
                f"{each.requirement}　{each.words.of(language)}",
                prepared.get(each.id, ""),
                max_chars=4_000,
                height=70,
                key=f"interview-{each.id}",
            )
            for each in questions().values()
        }
        sent = st.form_submit_button(text("答えを保存"), type="primary", key="interview-save")
    if sent:
        changed = {
            name: answer for name, answer in answers.items() if answer.strip() != prepared.get(name, "")
        }
        assessment_words.do(
            lambda tx: visit.set_interview(tx, case.of.id, changed, expected_version=case.of.version),
            text("答えを保存しました。"),
            context,
            key=SAID,
        )
