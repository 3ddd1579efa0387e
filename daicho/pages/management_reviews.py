"""Management reviews マネジメントレビュー: the register, who has none planned, what was decided, a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import addresses, frame, management_review_page, paging, pm_words, registers, tables
from daicho.pages import management_review_words as words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.steps import take
from privacy_mark.reviews import calendar, follow_up, people, register
from privacy_mark.reviews.calendar import Next
from privacy_mark.reviews.model import Decision, ReviewId, ReviewLine, State
from privacy_mark.reviews.register import LONGEST_NAME, PAGE, Wanted
from registry.model import Permission, Unit, UnitId


def show(context: PageContext) -> None:
    """Show the review in the address, else the register."""
    text = context.text
    review = addresses.number("review")
    if not context.may(Permission.VIEW_REVIEWS):
        frame.title(text("マネジメントレビュー"), _purpose(context))
        frame.no_right(text)
    elif review is not None:
        management_review_page.show(ReviewId(review), context)
    else:
        _register(context)


def _purpose(context: PageContext) -> str:
    return context.text(
        "トップマネジメントが仕組みを年 1 回以上見直します。入力は自動で集まり、決定は次回まで追いかけます。"
    )


def _register(context: PageContext) -> None:
    text = context.text
    head = registers.head(
        context,
        "reviews",
        text("マネジメントレビュー"),
        _purpose(context),
        view=Permission.VIEW_REVIEWS,
        write=Permission.MANAGE_REVIEWS,
    )
    of, names, today = head.unit_id, head.names, head.today
    with context.read() as tx:
        shown = paging.read(lambda offset: register.reviews(tx, Wanted(of), offset=offset), PAGE)
        coming = calendar.calendar(tx, today, unit_id=of)
        waiting = follow_up.decisions(tx, of)
    asked = [each for each in coming if each.is_asked_for(today)]
    frame.verdict(_verdict(asked, shown.rows, waiting, today, context))
    writers = _held_by(head)
    if shown.rows:
        _table(shown, names, context)
    elif writers:
        frame.message(
            text("見直しの記録はまだありません。下の「見直しの日を決める」から予定を入れてください。")
        )
    else:
        frame.message(text("見られる見直しの記録はまだありません。"))
    if waiting:
        _decisions(waiting, names, today, context)
    if coming:
        _coming(coming, names, today, context)
    if writers:
        _form(writers, asked, names, today, context)


def _held_by(head: registers.Head) -> list[Unit]:
    """Return who can hold a review, of the chosen unit and below: entities, and the unit itself."""
    unit = head.unit
    if unit is None:
        return [each for each in head.writers if each.kind.is_entity]
    inside = {unit.id}
    for each in head.choices:  # in the order of the tree: each before those below it
        if each.parent_id in inside:
            inside.add(each.id)
    return [each for each in head.writers if each.id in inside and (each.kind.is_entity or each is unit)]


def _verdict(
    asked: Sequence[Next],
    found: Sequence[ReviewLine],
    waiting: Sequence[Decision],
    today: date,
    context: PageContext,
) -> str:
    text, number = context.text, context.formats.number
    overdue = sum(each.due_on < today for each in asked)
    late = sum(each.is_late(today) for each in waiting)
    told = []
    if overdue:
        told.append(
            text("**{number} 単位で、年 1 回の見直しの期限を過ぎています。**", number=number(overdue))
        )
    elif asked:
        told.append(text("{number} 単位で、見直しの日を決める時期です。", number=number(len(asked))))
    if late:
        told.append(text("**見直しの決定 {number} 件が期限を過ぎています。**", number=number(late)))
    elif waiting:
        told.append(text("実施中の決定は {number} 件です。", number=number(len(waiting))))
    submitted = sum(each.state is State.SUBMITTED for each in found)
    if submitted:
        told.append(text("議事録 {number} 件が承認を待っています。", number=number(submitted)))
    return "".join(told) or text("期限を過ぎた見直しも決定もありません。")


def _table(shown: paging.Turned[ReviewLine], names: Mapping[UnitId, str], context: PageContext) -> None:
    text, formats = context.text, context.formats
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.number, link=True),
                tables.Cell(names.get(each.unit_id, NONE)),
                tables.Cell(
                    words.day_of(each, context),
                    below=text("開催日") if each.held_on else text("開催の予定日"),
                ),
                tables.Cell(text(words.STATE[each.state])),
                tables.Cell(
                    formats.number(each.decisions) if each.decisions else NONE,
                    below=text("実施中 {number} 件", number=each.open) if each.open else "",
                ),
            ],
        )
        for each in shown.rows
    ]
    caption = text(
        "見直し {total} 件のうち {first}–{last} 件目、終わっていないものから",
        total=formats.number(shown.total),
        first=shown.first,
        last=shown.last,
    )
    columns = [
        tables.Column(text("番号"), nowrap=True),
        tables.Column(text("見直す単位")),
        tables.Column(text("開催"), nowrap=True),
        tables.Column(text("状態"), nowrap=True),
        tables.Column(text("決定の数"), nowrap=True),
    ]
    opened = tables.show(tables.Table(caption, columns, rows), key="reviews")
    if opened:
        addresses.go(addresses.MANAGEMENT_REVIEWS, review=opened)
    paging.turn(shown, "reviews")


def _decisions(
    waiting: Sequence[Decision], names: Mapping[UnitId, str], today: date, context: PageContext
) -> None:
    text, formats = context.text, context.formats
    frame.heading(
        text("まだ終わっていない決定"), text("承認された見直しの決定で、まだ終わっていないものです。")
    )
    rows = [
        tables.Row(
            f"{each.review_id}/{each.id}",
            [
                tables.Cell(formats.day(each.due_on), below=pm_words.left(each.due_on, today, context)),
                tables.Cell(each.number, link=True),
                tables.Cell(each.what),
                tables.Cell(each.owner),
                tables.Cell(names.get(each.unit_id, NONE)),
            ],
        )
        for each in waiting[:PAGE]
    ]
    columns = [
        tables.Column(text("実施期限"), nowrap=True),
        tables.Column(text("番号"), nowrap=True),
        tables.Column(text("決めたこと")),
        tables.Column(text("担当する方")),
        tables.Column(text("見直す単位")),
    ]
    caption = text(
        "実施中の決定 {total} 件のうち {shown} 件、期限の早い順",
        total=formats.number(len(waiting)),
        shown=formats.number(len(rows)),
    )
    opened = tables.show(tables.Table(caption, columns, rows), key="reviews-decisions")
    if opened:
        review, _, decision = opened.partition("/")
        addresses.go(addresses.MANAGEMENT_REVIEWS, review=review, decision=decision)


def _coming(coming: Sequence[Next], names: Mapping[UnitId, str], today: date, context: PageContext) -> None:
    """Show by when each certified unit holds its next review."""
    text, day = context.text, context.formats.day
    with st.expander(text("付与を受ける単位の次の見直し（{number} 単位）", number=len(coming))):
        rows = [
            tables.Row(
                str(each.review_id or ""),
                [
                    tables.Cell(day(each.due_on), below=pm_words.left(each.due_on, today, context)),
                    tables.Cell(names.get(each.unit_id, NONE), link=each.review_id is not None),
                    tables.Cell(day(each.held_on)),
                    tables.Cell(text("予定または作成中") if each.review_id is not None else text("予定なし")),
                ],
            )
            for each in coming
        ]
        columns = [
            tables.Column(text("次回の期限"), nowrap=True),
            tables.Column(text("見直す単位")),
            tables.Column(text("前回の開催日"), nowrap=True),
            tables.Column(text("次の見直し"), nowrap=True),
        ]
        caption = text("前回から 1 年、または年間計画の日のうち早い方")
        opened = tables.show(tables.Table(caption, columns, rows), key="reviews-coming")
        if opened:
            addresses.go(addresses.MANAGEMENT_REVIEWS, review=opened)


def _form(
    writers: Sequence[Unit],
    asked: Sequence[Next],
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
) -> None:
    """Offer to plan a review; the unit whose review is most due comes first."""
    text = context.text
    ids = [each.id for each in writers]
    first = next((each.unit_id for each in asked if each.unit_id in ids), ids[0])
    with st.expander(text("見直しの日を決める"), expanded=bool(asked)):
        unit = st.selectbox(
            text("見直す単位"),
            ids,
            index=ids.index(first),
            format_func=lambda each: names.get(each, NONE),
            key="review-unit",
        )
        with context.read() as tx:
            chairs = [each.name for each in people.people(tx, unit).chairs]
        with st.form("review-plan", border=False):
            left, right = st.columns(2)
            with left:
                on = st.date_input(text("開催の予定日"), today, format="YYYY/MM/DD", key="review-on")
            with right:
                chair = chair_field(chairs, "", context, key=f"review-chair-{unit}")
            sent = st.form_submit_button(text("予定を登録"), type="primary", key="review-plan-send")
        if sent and isinstance(on, date):
            take(
                lambda tx: register.plan(tx, unit, planned_on=on, chair=chair),
                text("予定を登録しました。開催の日までに、入力を確かめて補足を書き入れます。"),
                context,
                key=registers.said_key("reviews"),
                refused=words.refused,
            )


def chair_field(chairs: Sequence[str], held: str, context: PageContext, *, key: str) -> str:
    """Show the field for the chair: accounts of top management, or a name by hand."""
    text = context.text
    options = list(dict.fromkeys([*([held] if held else []), *chairs]))
    chosen = st.selectbox(
        text("議長（トップマネジメント）"),
        options,
        index=0 if options else None,
        accept_new_options=True,
        placeholder=text("氏名を選ぶか、入力して Enter"),
        key=key,
    )
    return str(chosen or "")[:LONGEST_NAME]
