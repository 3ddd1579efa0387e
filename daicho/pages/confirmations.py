"""Confirmations 運用の確認: rounds with their response rate, who is late, and the operations asked."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import (
    addresses,
    confirmation_operations,
    confirmation_page,
    confirmation_words,
    frame,
    scope,
    tables,
)
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from daicho.text import mark
from privacy_mark.confirmations import campaigns
from privacy_mark.confirmations.campaigns import (
    Campaign,
    CampaignRow,
    ConfirmationId,
    RowFilter,
)
from privacy_mark.confirmations.periods import period_of
from privacy_mark.confirmations.questions import Frequency, questions
from privacy_mark.confirmations.states import UNANSWERED, ConfirmationState
from registry.access import today_in_japan, units_allowed
from registry.model import Permission, Unit, UnitId
from registry.store import Tx

_SAID = confirmation_operations.SAID
PER_PAGE = 50
_FREQUENCIES: Sequence[Frequency] = tuple(Frequency)


_ANSWERED = (ConfirmationState.ANSWERED, ConfirmationState.CONFIRMED)


class _Wanted(enum.StrEnum):
    ALL = "all"
    UNANSWERED = "unanswered"
    ANSWERED = "answered"
    EXCEPTIONS = "exceptions"
    CHANGED = "changed"


_LABEL = {
    _Wanted.ALL: mark("すべて"),
    _Wanted.UNANSWERED: mark("未回答"),
    _Wanted.ANSWERED: mark("確認待ち"),
    _Wanted.EXCEPTIONS: mark("例外あり"),
    _Wanted.CHANGED: mark("前回と違う"),
}
_FILTER = {
    _Wanted.ALL: RowFilter(),
    _Wanted.UNANSWERED: RowFilter(states=UNANSWERED),
    _Wanted.ANSWERED: RowFilter(states=(ConfirmationState.ANSWERED,)),
    _Wanted.EXCEPTIONS: RowFilter(with_exceptions=True),
    _Wanted.CHANGED: RowFilter(changed=True),
}


def show(context: PageContext) -> None:
    """Show the page, or one confirmation of it."""
    text = context.text
    chosen = addresses.number("confirmation")
    if chosen is not None:
        confirmation_page.show(ConfirmationId(chosen), context)
        return
    frame.title(
        text("運用の確認"),
        text("職場と業務ごとに、個人情報の扱いが決まりどおりかを定期に確かめ、別の方が確認します。"),
    )
    if not context.may(Permission.VIEW_CONFIRMATIONS):
        frame.no_right(text)
        return
    with context.read() as tx:
        units = scope.units(tx)
        names = scope.full_names(units, context.language)
        rounds = campaigns.campaigns(tx)
        today = today_in_japan(tx.now)
        managed = units_allowed(tx, Permission.MANAGE_CONFIRMATIONS)
        said = st.session_state.pop(_SAID, "")
        if said:
            frame.message(said)
        _round(tx, rounds, names, today, context)
        unasked, known = confirmation_operations.read(tx)
    open_ = [unit for unit in units if unit.id in managed and unit.closed_at is None]
    if open_:
        _begin(open_, names, today, context)
    confirmation_operations.unasked(unasked, units, names, managed, context)
    confirmation_operations.register_of(known, names, managed, context)
    if open_:
        confirmation_operations.register(open_, names, context, expanded=not known.total)


def _round(
    tx: Tx, rounds: Sequence[Campaign], names: Mapping[UnitId, str], today: date, context: PageContext
) -> None:
    text = context.text
    if not rounds:
        frame.message(
            text("運用の確認はまだ始まっていません。職場・業務を登録し、確認を始めてください。")
            if context.may(Permission.MANAGE_CONFIRMATIONS)
            else text("見られる運用の確認はまだありません。")
        )
        return
    by_id = {str(each.id): each for each in rounds}
    asked = st.query_params.get("round", "")
    left, right = st.columns([4, 6], vertical_alignment="bottom")
    with left:
        chosen = st.selectbox(
            text("確認の回"),
            list(by_id),
            index=list(by_id).index(asked) if asked in by_id else 0,
            format_func=lambda key: _called(by_id[key], names, context),
            key="confirmations-round",
        )
    of = by_id[chosen]
    frame.verdict(_verdict(of, today, context))
    if of.total:
        frame.bar(
            text(
                "**回答 {answered} / {total}**　確認済み {confirmed}",
                answered=of.answered,
                total=of.total,
                confirmed=of.counts.get(ConfirmationState.CONFIRMED, 0),
            ),
            of.answered / of.total,
        )
    with right:
        wanted = st.segmented_control(
            text("表示"),
            list(_Wanted),
            default=_Wanted.ALL,
            format_func=lambda each: text(_LABEL[each]),
            key="confirmations-wanted",
        )
    filter_ = _FILTER[wanted or _Wanted.ALL]
    total = campaigns.rows(tx, of.id, filter_, limit=0)[1]
    pages = -(-total // PER_PAGE)
    page = st.pagination(pages, key=f"confirmations-page-{of.id}-{wanted}") if pages > 1 else 1
    rows, _ = campaigns.rows(tx, of.id, filter_, offset=(page - 1) * PER_PAGE, limit=PER_PAGE)
    _table(rows, total, (page - 1) * PER_PAGE, of, names, today, context)


def _called(of: Campaign, names: Mapping[UnitId, str], context: PageContext) -> str:
    unit = names.get(of.unit_id, context.text("上位の組織"))
    return f"{confirmation_words.period(of.period, context)}　{unit}"


def _verdict(of: Campaign, today: date, context: PageContext) -> str:
    text, number = context.text, context.formats.number
    left = of.total - of.answered
    waiting = of.counts.get(ConfirmationState.ANSWERED, 0)
    day = context.formats.day(of.due_on)
    if left and today > of.due_on:
        told = text("**{left} 件が期限（{day}）を過ぎて未回答です。**", left=number(left), day=day)
    elif left:
        told = text("**{left} 件が未回答です。**期限は {day} です。", left=number(left), day=day)
    elif waiting:
        told = text("**すべて回答済みです。**{waiting} 件が確認待ちです。", waiting=number(waiting))
    elif of.total:
        told = text("**すべて確認済みです。**")
    else:
        return text("**依頼した職場・業務は、回答の前にすべて終わりました。**")
    told += text(
        "例外は {exceptions} 件、前回と違うものは {changed} 件です。",
        exceptions=number(of.exceptions),
        changed=number(of.changed),
    )
    if of.withdrawn:
        told += text(
            "ほかに、終わったため対象外にしたものが {number} 件あります。", number=number(of.withdrawn)
        )
    return told


def _table(
    rows: Sequence[CampaignRow],
    total: int,
    before: int,
    of: Campaign,
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
) -> None:
    text, number = context.text, context.formats.number
    if not rows:
        frame.note(text("条件に合うものはありません。表示を「すべて」に戻してください。"))
        return
    sets = questions().sets
    shown = [
        tables.Row(
            str(row.id),
            [
                tables.Cell(row.name, below=names.get(row.unit_id, "—"), link=True),
                tables.Cell(sets[row.set_id].name.of(context.language) if row.set_id in sets else "—"),
                tables.Cell(
                    text(confirmation_words.STATE[row.state]),
                    below=text("期限を超過") if row.state in UNANSWERED and today > of.due_on else "",
                ),
                tables.Cell(number(row.exceptions) if row.state in _ANSWERED else "—"),
                tables.Cell("—" if row.changes is None else number(row.changes)),
                tables.Cell(", ".join(row.actions) or "—"),
            ],
        )
        for row in rows
    ]
    columns = [
        tables.Column(text("職場・業務")),
        tables.Column(text("種類")),
        tables.Column(text("状態"), nowrap=True),
        tables.Column(text("例外"), right=True),
        tables.Column(text("前回と違う"), right=True),
        tables.Column(text("是正処置"), nowrap=True),
    ]
    caption = text(
        "{total} 件のうち {first}–{last} 件目、未回答のものから",
        total=number(total),
        first=before + 1,
        last=before + len(rows),
    )
    opened = tables.show(tables.Table(caption, columns, shown), key="confirmations")
    if opened:
        addresses.go(addresses.CONFIRMATIONS, confirmation=opened)


def _begin(units: Sequence[Unit], names: Mapping[UnitId, str], today: date, context: PageContext) -> None:
    text = context.text
    with st.expander(text("確認を始める")), st.form("confirmations-begin", border=False):
        frame.note(
            text("選んだ組織とその下の職場・業務に依頼します。次の回からは、期間が変わると自動で始まります。")
        )
        left, middle = st.columns(2)
        with left:
            unit = st.selectbox(
                text("対象の組織"), [each.id for each in units], format_func=lambda each: names[each]
            )
        with middle:
            frequency = st.selectbox(
                text("頻度"),
                _FREQUENCIES,
                format_func=lambda each: (
                    f"{text(confirmation_words.FREQUENCY[each])}　"
                    f"{confirmation_words.period(period_of(each, today), context)}"
                ),
            )
        if st.form_submit_button(text("職場・業務に依頼"), type="primary", key="confirmations-open"):
            _save(
                lambda tx: campaigns.open_campaign(tx, unit, frequency, period_of(frequency, today)),
                text("確認を依頼しました。"),
                context,
            )


def _save(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    take(act, said, context, key=_SAID, refused=confirmation_words.refused)
