"""Management reviews マネジメントレビュー: the register, who has none planned, what was decided, a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import addresses, frame, management_review_page, pm_words, scope, tables
from daicho.pages import management_review_words as words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.steps import take
from privacy_mark.reviews import calendar, follow_up, people, register
from privacy_mark.reviews.calendar import Next
from privacy_mark.reviews.model import Decision, ReviewId, ReviewLine, State
from privacy_mark.reviews.register import LONGEST_NAME, PAGE, Wanted
from registry.access import today_in_japan, units_allowed
from registry.model import Permission, Unit, UnitId

_SAID = "reviews-said"


def show(context: PageContext) -> None:
    """Show the review in the address, else the register."""
    text = context.text
    wanted = st.query_params.get("review", "")
    if not context.may(Permission.VIEW_REVIEWS):
        frame.title(text("マネジメントレビュー"), _purpose(context))
        frame.no_right(text)
    elif wanted.isdecimal() and len(wanted) < 10:
        management_review_page.show(ReviewId(int(wanted)), context)
    else:
        _register(context)


def _purpose(context: PageContext) -> str:
    return context.text(
        "トップマネジメントが仕組みを年 1 回以上見直します。入力は自動で集まり、決定は次回まで追いかけます。"
    )


def _register(context: PageContext) -> None:
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(text("マネジメントレビュー"), _purpose(context))
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    with context.read() as tx:
        seen = units_allowed(tx, Permission.VIEW_REVIEWS)
        may = units_allowed(tx, Permission.MANAGE_REVIEWS)
        units = scope.units(tx)
        today = today_in_japan(tx.now)
    choices = [unit for unit in units if unit.id in seen]
    with right:
        unit = scope.select(context, choices, "reviews-scope", whole=True)
    page = st.query_params.get("page", "1")
    at = int(page) if page.isdecimal() and 0 < int(page) < 10_000 else 1
    of = unit.id if unit else None
    with context.read() as tx:
        found, total = register.reviews(tx, Wanted(of), offset=(at - 1) * PAGE)
        if not found and total:  # a narrower scope has fewer pages than the address names
            at = 1
            found, total = register.reviews(tx, Wanted(of))
        coming = calendar.calendar(tx, today, unit_id=of)
        waiting = follow_up.decisions(tx, of)
    names = scope.full_names(units, context.language)
    asked = [each for each in coming if each.is_asked_for(today)]
    frame.verdict(_verdict(asked, found, waiting, today, context))
    below = _below(choices, unit)
    writers = [each for each in below if each.id in may and each.closed_at is None]
    if found:
        _table(found, total, at, names, context)
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


def _below(choices: Sequence[Unit], unit: Unit | None) -> list[Unit]:
    """Return the units that hold reviews, of the chosen one and below: entities, and the unit itself."""
    if unit is None:
        return [each for each in choices if each.kind.is_entity]
    inside = {unit.id}
    for each in choices:  # in the order of the tree: each before those below it
        if each.parent_id in inside:
            inside.add(each.id)
    return [each for each in choices if each.id in inside and (each.kind.is_entity or each is unit)]


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


def _table(
    found: Sequence[ReviewLine],
    total: int,
    page: int,
    names: Mapping[UnitId, str],
    context: PageContext,
) -> None:
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
        for each in found
    ]
    first = (page - 1) * PAGE
    caption = text(
        "見直し {total} 件のうち {first}–{last} 件目、終わっていないものから",
        total=formats.number(total),
        first=first + 1,
        last=first + len(found),
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
    pages = -(-total // PAGE)
    if pages > 1:
        chosen = st.pagination(pages, default=page, key=f"reviews-page-{pages}")
        if chosen != page:
            st.query_params["page"] = str(chosen)
            st.rerun()


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
                key=_SAID,
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
