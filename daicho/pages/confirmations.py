"""Confirmations 運用の確認: rounds with their response rate, who is late, and the operations asked."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import addresses, confirmation_page, confirmation_words, frame, scope, tables
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from daicho.text import mark
from privacy_mark.confirmations import campaigns, operations
from privacy_mark.confirmations.campaigns import (
    UNANSWERED,
    Campaign,
    CampaignRow,
    ConfirmationId,
    ConfirmationState,
    RowFilter,
)
from privacy_mark.confirmations.operations import Operation, OperationDraft
from privacy_mark.confirmations.periods import period_of
from privacy_mark.confirmations.questions import Frequency, questions
from registry.access import today_in_japan, units_allowed
from registry.model import Permission, Unit, UnitId
from registry.store import Tx

_SAID = "confirmations-said"
PER_PAGE = 50
_FREQUENCIES: Sequence[Frequency] = tuple(Frequency)


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
        known = operations.operations(tx)
    open_ = [unit for unit in units if unit.id in managed and unit.closed_at is None]
    if open_:
        _begin(open_, names, today, context)
    _operations(known, names, managed, context)
    if open_:
        _register(open_, names, context, expanded=not known)


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
    frame.bar(
        text(
            "**回答 {answered} / {total}**　確認済み {confirmed}",
            answered=of.answered,
            total=of.total,
            confirmed=of.counts.get(ConfirmationState.CONFIRMED, 0),
        ),
        of.answered / of.total if of.total else 0,
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
    else:
        told = text("**すべて確認済みです。**")
    return told + text(
        "例外は {exceptions} 件、前回と違うものは {changed} 件です。",
        exceptions=number(of.exceptions),
        changed=number(of.changed),
    )


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
                tables.Cell(sets[row.set_id].name.of(context.language)),
                tables.Cell(
                    text(confirmation_words.STATE[row.state]),
                    below=text("期限を超過") if row.state in UNANSWERED and today > of.due_on else "",
                ),
                tables.Cell(number(row.exceptions) if row.state not in UNANSWERED else "—"),
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


def _operations(
    known: Sequence[Operation], names: Mapping[UnitId, str], managed: frozenset[UnitId], context: PageContext
) -> None:
    text = context.text
    frame.heading(text("確認する職場・業務"))
    if not known:
        frame.note(text("職場・業務はまだ登録されていません。"))
        return
    sets = questions().sets
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.name, link=each.unit_id in managed),
                tables.Cell(names.get(each.unit_id, "—")),
                tables.Cell(sets[each.set_id].name.of(context.language)),
                tables.Cell(text(confirmation_words.FREQUENCY[each.frequency])),
                tables.Cell("—" if each.ended_on is None else context.formats.day(each.ended_on)),
            ],
        )
        for each in known[:PER_PAGE]
    ]
    labels = (text("職場・業務"), text("単位"), text("種類"), text("頻度"), text("終了日"))
    caption = text("{number} 件", number=context.formats.number(len(known)))
    if len(known) > PER_PAGE:
        caption = text(
            "{total} 件のうち {number} 件", total=context.formats.number(len(known)), number=PER_PAGE
        )
    opened = tables.show(
        tables.Table(caption, [tables.Column(label) for label in labels], rows), key="confirmation-operations"
    )
    if opened:
        st.session_state["confirmation-operation"] = opened
    chosen = st.session_state.get("confirmation-operation", "")
    found = [each for each in known if str(each.id) == chosen and each.unit_id in managed]
    if found:
        _change(found[0], context)


def _change(of: Operation, context: PageContext) -> None:
    text = context.text
    with st.form(f"confirmation-operation-{of.id}"):
        frame.heading(text("職場・業務を変更"))
        name = st.text_input(text("名前（必須）"), of.name, max_chars=operations.LONGEST)
        kind = _kind_select(context, of.set_id)
        ended = st.date_input(text("終了日"), of.ended_on, format="YYYY/MM/DD")
        sent = st.form_submit_button(text("変更を保存"), type="primary", key="confirmation-operation-save")
    if sent:
        st.session_state.pop("confirmation-operation", None)
        _save(
            lambda tx: operations.change(
                tx,
                of.id,
                name=name,
                set_id=kind,
                ended_on=ended if isinstance(ended, date) else None,
                expected_version=of.version,
            ),
            text("保存しました。"),
            context,
        )


def _kind_select(context: PageContext, chosen: str = "") -> str:
    sets = questions().sets
    return st.selectbox(
        context.text("種類"),
        list(sets),
        index=list(sets).index(chosen) if chosen in sets else 0,
        format_func=lambda each: sets[each].name.of(context.language),
    )


def _register(
    units: Sequence[Unit], names: Mapping[UnitId, str], context: PageContext, *, expanded: bool
) -> None:
    text = context.text
    with (
        st.expander(text("職場・業務を登録する"), expanded=expanded),
        st.form("confirmation-register", border=False, clear_on_submit=True),
    ):
        left, right = st.columns(2)
        with left:
            name = st.text_input(text("名前（必須）"), max_chars=operations.LONGEST)
            unit = st.selectbox(
                text("単位"), [each.id for each in units], format_func=lambda each: names[each]
            )
        with right:
            kind = _kind_select(context)
            frequency = st.selectbox(
                text("頻度"),
                _FREQUENCIES,
                format_func=lambda each: text(confirmation_words.FREQUENCY[each]),
            )
        if st.form_submit_button(text("登録"), type="primary", key="confirmation-register"):
            draft = OperationDraft(unit, name, kind, frequency)
            _save(lambda tx: operations.register(tx, draft), text("登録しました。"), context)


def _save(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    take(act, said, context, key=_SAID, refused=confirmation_words.refused)
