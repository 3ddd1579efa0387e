"""Complaints and consultations 苦情・相談: what is open, the register, its numbers, the terms, a form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import streamlit as st

from daicho.pages import (
    addresses,
    complaint_form,
    complaint_page,
    complaint_words,
    frame,
    paging,
    registers,
    tables,
)
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.complaints import register, statistics, terms
from privacy_mark.complaints.model import ComplaintId, ComplaintLine, Kind, State, Urgency
from privacy_mark.complaints.register import PAGE, Standing, Wanted
from privacy_mark.complaints.statistics import Statistics
from privacy_mark.complaints.terms import MOST_DAYS, MOST_MONTHS, Terms
from privacy_mark.confirmations.periods import first_day, period_of
from privacy_mark.confirmations.questions import Frequency
from registry.access import allowed
from registry.model import Permission, Unit, UnitId


def show(context: PageContext) -> None:
    """Show the complaint in the address, else the register."""
    text = context.text
    complaint = addresses.number("complaint")
    if not context.may(Permission.VIEW_COMPLAINTS):
        frame.title(text("苦情・相談"), _purpose(context))
        frame.no_right(text)
    elif complaint is not None:
        complaint_page.show(ComplaintId(complaint), context)
    else:
        _register(context)


def _purpose(context: PageContext) -> str:
    return context.text("受け付け、回答し、原因と再発防止を記録し、対応した方とは別の方が完了にします。")


def _register(context: PageContext) -> None:
    text = context.text
    head = registers.head(
        context,
        "complaints",
        text("苦情・相談"),
        _purpose(context),
        view=Permission.VIEW_COMPLAINTS,
        write=Permission.HANDLE_COMPLAINTS,
    )
    wanted = _filters(head.unit_id, context)
    with context.read() as tx:
        stands = register.standing(tx, wanted.unit_id)
        shown = paging.read(lambda offset: register.complaints(tx, wanted, offset=offset), PAGE)
        everything = register.complaints(tx, Wanted(wanted.unit_id), limit=1)[1]
    if everything:
        frame.verdict(_verdict(stands, context))
    if shown.rows:
        _table(shown, head, context)
    elif everything:
        frame.message(
            text("条件に合う苦情・相談はありません。条件を外すと {number} 件あります。", number=everything)
        )
    elif head.writers:
        frame.message(
            text(
                "苦情・相談はまだありません。届いたものを、"
                "下の「苦情・相談を受け付ける」から登録してください。"
            )
        )
    else:
        frame.message(text("見られる苦情・相談はまだありません。"))
    if head.writers:
        _form(head, context, expanded=not everything)
    of = head.unit or (head.choices[0] if head.choices else None)
    if of is not None:
        _statistics(of, head.names, head.today, context)
        _terms(of, head.names, context)


def _filters(unit_id: UnitId | None, context: PageContext) -> Wanted:
    text = context.text
    left, right = st.columns(2)
    with left:
        states = st.pills(
            text("状態"),
            list(State),
            selection_mode="multi",
            format_func=lambda each: text(complaint_words.STATE[each]),
            key="complaints-states",
        )
    with right:
        kinds = st.pills(
            text("種類"),
            list(Kind),
            selection_mode="multi",
            format_func=lambda each: text(complaint_words.KIND[each]),
            key="complaints-kinds",
        )
    return Wanted(unit_id, tuple(states), tuple(kinds))


def _verdict(stands: Standing, context: PageContext) -> str:
    text = context.text
    if stands.late:
        told = text(
            "**回答を待つ苦情・相談 {number} 件のうち {late} 件が期限を過ぎています。**",
            number=stands.to_answer,
            late=stands.late,
        )
    elif stands.to_answer:
        told = text(
            "回答を待つ苦情・相談は {number} 件で、期限を過ぎたものはありません。", number=stands.to_answer
        )
    else:
        told = text("回答待ちの苦情・相談はありません。")
    if stands.to_examine:
        told += text("回答後、原因と再発防止の記録を待つ苦情は {number} 件です。", number=stands.to_examine)
    if stands.to_close:
        told += text("回答後、完了の確認を待つものは {number} 件です。", number=stands.to_close)
    return told


def _table(shown: paging.Turned[ComplaintLine], head: registers.Head, context: PageContext) -> None:
    text, formats = context.text, context.formats
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(formats.day(each.due_on), below=_left(each, head.today, context)),
                tables.Cell(each.number, link=True),
                tables.Cell(
                    text(complaint_words.KIND[each.kind]),
                    below=text(complaint_words.URGENCY[each.urgency])
                    if each.urgency is Urgency.URGENT
                    else "",
                ),
                tables.Cell(text(complaint_words.SUBJECT[each.subject])),
                tables.Cell(head.names.get(each.unit_id, "—")),
                tables.Cell(formats.day(each.received_on)),
                tables.Cell(
                    text(complaint_words.LACKS_CAUSE)
                    if each.lacks_cause
                    else text(complaint_words.STATE[each.state])
                ),
            ],
        )
        for each in shown.rows
    ]
    labels = (
        text("回答の期限"),
        text("番号"),
        text("種類"),
        text("何についてか"),
        text("関係する組織"),
        text("受付日"),
        text("状態"),
    )
    caption = text(
        "苦情・相談 {total} 件のうち {first}–{last} 件目、対応の要るものから",
        total=formats.number(shown.total),
        first=shown.first,
        last=shown.last,
    )
    columns = [tables.Column(label, nowrap=label not in (labels[3], labels[4])) for label in labels]
    opened = tables.show(tables.Table(caption, columns, rows), key="complaints")
    if opened:
        addresses.go(addresses.COMPLAINTS, complaint=opened)
    paging.turn(shown, "complaints")


def _left(each: ComplaintLine, today: date, context: PageContext) -> str:
    text, days = context.text, (each.due_on - today).days
    if each.state is not State.RECEIVED:
        return ""
    if days < 0:
        return text("{days} 日過ぎています", days=-days)
    return text("今日まで") if days == 0 else text("あと {days} 日", days=days)


def _form(head: registers.Head, context: PageContext, *, expanded: bool) -> None:
    text = context.text
    opened = st.expander(text("苦情・相談を受け付ける"), expanded=expanded)
    with opened, st.form("complaint", border=False):
        draft = complaint_form.fields(
            [each.id for each in head.writers],
            head.names,
            head.today,
            context,
            key=registers.form_key("complaints"),
        )
        frame.note(
            text(
                "氏名・連絡先・内容は暗号化して保存し、一覧には出しません。回答の期限は法人ごとの日数で決まります。"
            )
        )
        sent = st.form_submit_button(text("苦情・相談を登録"), type="primary", key="complaint-receive")
    if sent:
        take(
            lambda tx: register.receive(tx, draft),
            text("登録しました。期限までに回答し、苦情は原因と再発防止も記録します。"),
            context,
            key=registers.said_key("complaints"),
            refused=complaint_words.refused,
        )


def _statistics(of: Unit, names: Mapping[UnitId, str], today: date, context: PageContext) -> None:
    text = context.text
    with st.expander(text("件数を見る")):
        left, right = st.columns(2)
        with left:
            since = st.date_input(
                text("この日から"),
                first_day(period_of(Frequency.YEARLY, today)),
                format="YYYY/MM/DD",
                key="complaints-since",
            )
        with right:
            until = st.date_input(text("この日まで"), today, format="YYYY/MM/DD", key="complaints-until")
        with context.read() as tx:
            found = statistics.statistics(tx, of.id, since, until)
        _numbers(found, names.get(of.id, ""), context)


def _numbers(found: Statistics, name: str, context: PageContext) -> None:
    text, number = context.text, context.formats.number
    frame.note(
        text(
            "{unit}と配下：受付 {total} 件、対応中 {open} 件、完了 {closed} 件、期限に遅れたもの {late} 件",
            unit=name,
            total=number(found.total),
            open=number(found.open),
            closed=number(found.closed),
            late=number(found.late),
        )
    )
    left, right = st.columns(2)
    with left:
        frame.pairs_list(
            [(text(complaint_words.KIND[kind]), number(count)) for kind, count in found.kinds.items()]
        )
    with right:
        frame.pairs_list(
            [
                (text(complaint_words.SUBJECT[subject]), number(count))
                for subject, count in found.subjects.items()
                if count
            ]
            or [(text("該当なし"), "0")]
        )


def _terms(of: Unit, names: Mapping[UnitId, str], context: PageContext) -> None:
    text = context.text
    if not of.kind.is_entity:
        return
    with context.read() as tx:
        held = terms.terms(tx, of.id)
        may = allowed(tx, Permission.HANDLE_COMPLAINTS, of.id)
    if not may:
        return
    with st.expander(text("回答の期限と保存期間を決める")), st.form("complaint-terms", border=False):
        frame.note(
            text(
                "{unit}の日数です。法令に日数の定めはありません。変更は、これから受け付けるものに効きます。"
                "保存期間を過ぎると、氏名と内容は消え、件数だけが残ります。",
                unit=names.get(of.id, ""),
            )
        )
        left, middle, right = st.columns(3)
        with left:
            days = st.number_input(text("通常の期限（日）"), 1, MOST_DAYS, held.days, key="complaint-days")
        with middle:
            urgent = st.number_input(
                text("至急の期限（日）"), 1, MOST_DAYS, held.urgent_days, key="complaint-urgent-days"
            )
        with right:
            months = st.number_input(
                text("完了後の保存期間（か月）"),
                1,
                MOST_MONTHS,
                held.retention_months,
                key="complaint-months",
            )
        if st.form_submit_button(text("期限を保存"), key="complaint-terms-save"):
            wanted = Terms(int(days), int(urgent), int(months), held.version)
            take(
                lambda tx: terms.change_terms(tx, of.id, wanted),
                text("回答の期限と保存期間を変更しました。"),
                context,
                key=registers.said_key("complaints"),
                refused=complaint_words.refused,
            )
