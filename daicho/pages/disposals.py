"""Disposal 廃棄: what is due, orders that wait for a second person, their execution and certificates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import streamlit as st

from daicho.pages import addresses, disposal_drawer, frame, scope, separation, tables, words
from daicho.pages.case_sentences import refused
from daicho.pages.context import PageContext
from daicho.pages.scope import full_names
from registry import case_drafts, due
from registry import disposals as book
from registry.access import allowed, today_in_japan
from registry.case_states import CaseId
from registry.disposal_states import Disposal, DisposalDraft, DisposalId, DisposalMethod, DisposalState
from registry.due import SOON_DAYS, DueEntry
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.model import EntryId, Permission, UnitId
from registry.store import Tx
from registry.views import SensitiveList

_SAID = "disposals-said"
_ITEMS = 20


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What somebody is about to order; without a draft the sentence says why there is none."""

    draft: DisposalDraft | None
    why_not: str = ""


def show(context: PageContext) -> None:
    """Show the page."""
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(
            text("廃棄"), text("保管期限の来たデータの廃棄を依頼し、別の方が承認し、次の走査で確認します。")
        )
    if not context.may(Permission.VIEW_LEDGER):
        frame.no_right(text)
        return
    with context.read() as tx:
        units = scope.units(tx)
        with right:
            unit = scope.select(context, units, "disposals-scope", whole=len(units) > 1)
        today = today_in_japan(tx.now)
        unit_id = unit.id if unit else None
        orders = book.disposals(tx, unit_id=unit_id)
        until = today + timedelta(days=SOON_DAYS)
        soon = due.due_entries(tx, context.workspace.findings, until=until, unit_id=unit_id)
        wanted = _wanted(tx, context)
        closed = separation.closed(tx)
    names = full_names(units, context.language)
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    _verdict(orders, soon, today, context)
    separation.note(closed, units, context)
    if wanted is not None:
        _order(wanted, names, today, context)
    if any(order.items for order in orders):
        context.viewed(SensitiveList.LOCATIONS, unit_id)
    _orders(orders, names, today, context)
    _due(soon, names, today, context)
    chosen = addresses.number("disposal")
    if chosen is not None:
        disposal_drawer.show(DisposalId(chosen), context)


def _verdict(orders: Sequence[Disposal], soon: Sequence[DueEntry], today: date, context: PageContext) -> None:
    text, number = context.text, context.formats.number
    states = [order.state for order in orders]
    frame.verdict(
        text(
            "**{over} 件の記載が保管期限を過ぎ**、{soon} 件が 90 日以内に期限を迎えます。"
            "廃棄は {proposed} 件が承認待ち、{approved} 件が実施待ち、{left} 件が残存です。",
            over=number(sum(each.until < today for each in soon)),
            soon=number(sum(each.until >= today for each in soon)),
            proposed=number(states.count(DisposalState.PROPOSED)),
            approved=number(states.count(DisposalState.APPROVED)),
            left=number(states.count(DisposalState.NOT_CONFIRMED)),
        )
    )


def _wanted(tx: Tx, context: PageContext) -> _Wanted | None:
    """Return the order that the address asks for: of a case, or of what of an entry is due."""
    text, store = context.text, context.workspace.findings
    case, entry = addresses.number("case"), addresses.number("entry")
    try:
        if case is not None:
            return _checked(tx, case_drafts.disposal_from(tx, store, CaseId(case)), context)
        if entry is not None:
            draft = case_drafts.entry_disposal(tx, store, EntryId(entry))
            if draft is None:
                return _Wanted(None, text("この記載に、90 日以内に期限の来る対象は見つかっていません。"))
            return _checked(tx, draft, context)
    except (NotFound, AccessDenied):
        return _Wanted(None, text("この廃棄を依頼する権限がないか、対象が見つかりません。"))
    except InvalidValue as error:
        if error.rule == "held":
            return _Wanted(None, refused(error, context))
        return _Wanted(None, text("廃棄するデータが見つかっていません。"))
    return None


def _checked(tx: Tx, draft: DisposalDraft, context: PageContext) -> _Wanted:
    if not allowed(tx, Permission.HANDLE_CASES, draft.unit_id):
        return _Wanted(None, context.text("この廃棄を依頼する権限がないか、対象が見つかりません。"))
    return _Wanted(draft)


def _order(wanted: _Wanted, names: Mapping[UnitId, str], today: date, context: PageContext) -> None:
    text, formats, draft = context.text, context.formats, wanted.draft
    if draft is None:
        frame.message(wanted.why_not)
        return
    with st.container(border=True):
        frame.heading(text("新しい廃棄の依頼"))
        listed = words.listed((item.shown for item in draft.items[:_ITEMS]), text)
        rest = len(draft.items) - _ITEMS
        frame.facts(
            {
                text("単位"): names.get(draft.unit_id, "—"),
                text("対象の数"): text("{number} 件", number=formats.number(len(draft.items))),
                text("対象"): f"{listed} +{rest}" if rest > 0 else listed,
            }
        )
        with st.form("disposal-order", border=False):
            left, right = st.columns(2)
            methods: Sequence[DisposalMethod] = tuple(DisposalMethod)
            with left:
                method = st.selectbox(
                    text("廃棄の方法"),
                    methods,
                    format_func=lambda each: text(words.DISPOSAL_METHOD[each]),
                )
            with right:
                day = st.date_input(
                    text("実施の期限"), today + timedelta(days=30), min_value=today, format="YYYY/MM/DD"
                )
            reason = st.text_area(text("廃棄の理由（必須）"), max_chars=2000, height=90)
            with st.container(horizontal=True, vertical_alignment="center"):
                sent = st.form_submit_button(text("廃棄の承認を依頼"), type="primary", key="disposal-propose")
                stop = st.form_submit_button(text("取りやめる"), key="disposal-stop")
    if stop:
        _leave()
    if not sent or not isinstance(day, date):
        return
    try:
        with context.write("disposal page") as tx:
            book.order(tx, replace(draft, reason=reason), method=method, due_on=day)
    except (Conflict, InvalidValue, AccessDenied, NotFound) as error:
        st.error(refused(error, context))
        return
    st.session_state[_SAID] = text("依頼しました。ほかの方が承認すると実施できます。")
    _leave()


def _leave() -> None:
    """Take the order out of the address and show the page anew."""
    for name in ("case", "entry"):
        st.query_params.pop(name, None)
    st.rerun()


def _orders(
    orders: Sequence[Disposal], names: Mapping[UnitId, str], today: date, context: PageContext
) -> None:
    text, formats = context.text, context.formats
    frame.heading(text("廃棄の依頼"))
    if not orders:
        frame.note(text("廃棄の依頼はまだありません。下の期限一覧か、差異の画面から依頼できます。"))
        return
    waiting = (DisposalState.PROPOSED, DisposalState.APPROVED, DisposalState.NOT_CONFIRMED)
    rows = [
        tables.Row(
            str(order.id),
            [
                tables.Cell(_called(order, context), link=True),
                tables.Cell(names.get(order.unit_id, "—")),
                tables.Cell(text(words.DISPOSAL_METHOD[order.method])),
                tables.Cell(text(words.DISPOSAL_STATE[order.state])),
                tables.Cell(
                    formats.day(order.due_on),
                    below=text("対応期限を超過") if order.state in waiting and order.due_on < today else "",
                ),
                tables.Cell(order.certificate_number or "—"),
            ],
        )
        for order in orders
    ]
    columns = [
        tables.Column(text("対象")),
        tables.Column(text("単位")),
        tables.Column(text("廃棄の方法"), nowrap=True),
        tables.Column(text("状態"), nowrap=True),
        tables.Column(text("実施の期限"), nowrap=True),
        tables.Column(text("証明書番号"), nowrap=True),
    ]
    caption = text("{number} 件、期限の早い順", number=formats.number(len(orders)))
    opened = tables.show(
        tables.Table(caption, columns, rows, selected=st.query_params.get("disposal", "")), key="disposals"
    )
    if opened:
        addresses.go(addresses.DISPOSALS, unit=scope.chosen_code(), disposal=opened)


def _called(order: Disposal, context: PageContext) -> str:
    text = context.text
    if order.items:
        rest = len(order.items) - 1
        return f"{order.items[0].shown} +{rest}" if rest else order.items[0].shown
    return text("{number} 件", number=context.formats.number(order.objects))


def _due(soon: Sequence[DueEntry], names: Mapping[UnitId, str], today: date, context: PageContext) -> None:
    text, formats = context.text, context.formats
    frame.heading(text("期限一覧"), text("保管期限を過ぎたもの、90 日以内に期限の来るもの。"))
    if not soon:
        frame.note(text("90 日以内に期限の来る記載はありません。台帳の保管期限を確かめてください。"))
        return
    rows = [
        tables.Row(
            str(each.entry_id),
            [
                tables.Cell(formats.day(each.until), below=_distance(each.until, today, context)),
                tables.Cell(f"{each.number} {each.name}", link=True),
                tables.Cell(names.get(each.unit_id, "—")),
                tables.Cell(formats.number(each.objects)),
            ],
        )
        for each in soon
    ]
    columns = [
        tables.Column(text("保管期限"), nowrap=True),
        tables.Column(text("台帳の記載")),
        tables.Column(text("単位")),
        tables.Column(text("見つかった対象（件）"), right=True),
    ]
    caption = text("{number} 件、期限の早い順", number=formats.number(len(soon)))
    opened = tables.show(tables.Table(caption, columns, rows), key="disposals-due")
    if not opened:
        return
    if context.may(Permission.HANDLE_CASES):
        addresses.go(addresses.DISPOSALS, unit=scope.chosen_code(), entry=opened)
    addresses.go(addresses.LEDGER, entry=opened)


def _distance(until: date, today: date, context: PageContext) -> str:
    days = (until - today).days
    if days < 0:
        return context.text("{days} 日超過", days=context.formats.number(-days))
    return context.text("あと {days} 日", days=context.formats.number(days))
