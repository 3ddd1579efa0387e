"""Global Security Self Check: the year's round of all overseas companies, and the sample to verify."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import addresses, frame, scope, self_check_page, self_check_words, tables
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.self_check import rounds
from privacy_mark.self_check.questions import Level
from privacy_mark.self_check.rounds import UNANSWERED, CheckId, CheckRow, CheckState, Round
from registry.access import today_in_japan, units_allowed
from registry.model import Permission, Unit, UnitId
from registry.store import Tx

_SAID = "self-checks-said"
PER_PAGE = 50
_SHARES = (0.05, 0.1, 0.2, 0.3)


def show(context: PageContext) -> None:
    """Show the page, or one company of it."""
    text = context.text
    chosen = addresses.number("check")
    if chosen is not None:
        self_check_page.show(CheckId(chosen), context)
        return
    frame.title(
        text("海外会社の自己点検"),
        text("海外の会社が年 1 回、証跡とともに答え、社内で承認し、本社が抜き取りで確かめます。"),
    )
    if not context.may(Permission.VIEW_AUDITS):
        frame.no_right(text)
        return
    with context.read() as tx:
        units = scope.units(tx)
        found = rounds.rounds(tx)
        today = today_in_japan(tx.now)
        planned = units_allowed(tx, Permission.PLAN_AUDITS)
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    names = scope.full_names(units, context.language)
    planners = [unit for unit in units if unit.id in planned and unit.closed_at is None]
    if found:
        _round(found, names, today, planned, context)
    elif planners:
        frame.message(text("自己点検はまだ始まっていません。下から今年の点検を始めてください。"))
    else:
        frame.message(text("見られる自己点検はまだありません。"))
    if planners:
        _begin(planners, names, today, context)


def _round(
    found: Sequence[Round],
    names: Mapping[UnitId, str],
    today: date,
    planned: frozenset[UnitId],
    context: PageContext,
) -> None:
    text, number = context.text, context.formats.number
    by_id = {str(each.id): each for each in found}
    asked = str(addresses.number("round"))
    chosen = st.selectbox(
        text("年"),
        list(by_id),
        index=list(by_id).index(asked) if asked in by_id else 0,
        format_func=lambda key: f"{by_id[key].year}　{names.get(by_id[key].unit_id, text('上位の組織'))}",
        key="self-checks-round",
    )
    of = by_id[chosen]
    left, total = of.count(*UNANSWERED), len(of.rows)
    late = (
        text("**{left} 社が期限（{day}）を過ぎて未回答です。**")
        if left and today > of.due_on
        else text("**{left} 社が未回答です。**期限は {day} です。")
    )
    frame.verdict(
        late.format(left=number(left), day=context.formats.day(of.due_on))
        + text(
            "承認待ち {answered} 社、本社の確認待ち {approved} 社、確認済み {confirmed} 社です。",
            answered=number(of.count(CheckState.ANSWERED)),
            approved=number(of.count(CheckState.APPROVED)),
            confirmed=number(of.count(CheckState.CONFIRMED)),
        )
    )
    frame.bar(
        text("**回答 {answered} / {total}**", answered=total - left, total=total), (total - left) / total
    )
    _table(of, names, context)
    if of.unit_id in planned and any(row.state is CheckState.APPROVED and not row.drawn for row in of.rows):
        _draw(of, context)


def _table(of: Round, names: Mapping[UnitId, str], context: PageContext) -> None:
    text, number = context.text, context.formats.number
    order = [CheckState.RETURNED, CheckState.OPEN, CheckState.APPROVED, CheckState.ANSWERED]
    ranked = sorted(
        of.rows,
        key=lambda row: (
            order.index(row.state) if row.state in order else len(order),
            -row.sampled,
            -row.doubts,
            names.get(row.unit_id, ""),
        ),
    )
    pages = -(-len(ranked) // PER_PAGE)
    page = st.pagination(pages, key=f"self-checks-page-{of.id}") if pages > 1 else 1
    first = (page - 1) * PER_PAGE
    part = ranked[first : first + PER_PAGE]
    rows = [
        tables.Row(
            str(row.id),
            [
                tables.Cell(names.get(row.unit_id, "—"), link=True),
                tables.Cell(
                    text(self_check_words.STATE[row.state]),
                    below=text("抜き取り {number} 問", number=row.sampled) if row.sampled else "",
                ),
                *(tables.Cell(_level(row, level, context)) for level in Level),
                tables.Cell(number(row.doubts) if row.state not in UNANSWERED else "—"),
            ],
        )
        for row in part
    ]
    columns = [
        tables.Column(text("会社")),
        tables.Column(text("状態"), nowrap=True),
        *(tables.Column(text(self_check_words.LEVEL[level]), right=True) for level in Level),
        tables.Column(text("要説明"), right=True),
    ]
    caption = text(
        "{total} 社のうち {first}–{last} 社目、対応の要るものから",
        total=number(len(ranked)),
        first=first + 1,
        last=first + len(part),
    )
    opened = tables.show(tables.Table(caption, columns, rows), key="self-checks")
    if opened:
        addresses.go(addresses.SELF_CHECKS, check=opened)


def _level(row: CheckRow, level: Level, context: PageContext) -> str:
    return context.formats.number(row.levels[level]) if row.levels else "—"


def _draw(of: Round, context: PageContext) -> None:
    text = context.text
    with st.expander(text("抜き取りを決める")), st.form("self-check-draw", border=False):
        frame.note(
            text(
                "食い違いのある会社から先に選び、残りはくじで選びます。同じ回では同じ結果になり、"
                "選び直しはできません。"
            )
        )
        share = st.selectbox(
            text("承認済みの会社のうち"), _SHARES, index=1, format_func=lambda each: f"{each:.0%}"
        )
        if st.form_submit_button(text("抜き取る会社を決める"), type="primary", key="self-check-draw"):
            _save(
                lambda tx: rounds.draw_sample(tx, of.id, share), text("抜き取る会社を決めました。"), context
            )


def _begin(units: Sequence[Unit], names: Mapping[UnitId, str], today: date, context: PageContext) -> None:
    text = context.text
    with st.expander(text("今年の点検を始める")), st.form("self-check-begin", border=False):
        unit = st.selectbox(
            text("対象の組織"), [each.id for each in units], format_func=lambda each: names[each]
        )
        frame.note(text("選んだ組織の下の海外会社すべてに依頼します。期限は 60 日後です。"))
        if st.form_submit_button(text("海外会社に依頼"), type="primary", key="self-check-open"):
            _save(
                lambda tx: rounds.open_round(tx, unit, today.year),
                text("自己点検を依頼しました。"),
                context,
            )


def _save(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    take(act, said, context, key=_SAID, refused=self_check_words.refused)
