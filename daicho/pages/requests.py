"""Requests 開示等の請求: who asked for what, until when to answer, and the way to one request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import addresses, frame, request_page, request_words, scope, tables
from daicho.pages.context import PageContext
from registry import requests as register
from registry.access import allowed, today_in_japan
from registry.errors import RegistryError
from registry.limits import limit_of
from registry.model import Permission, Unit, UnitId
from registry.request_model import (
    Applicant,
    Delivery,
    Request,
    RequestDraft,
    RequestId,
    RequestKind,
    RequestState,
)
from registry.views import SensitiveList

SOON_DAYS = 3
_SAID, _TAKEN = "requests-said", "requests-taken"


def show(context: PageContext) -> None:
    """Show the request in the address, else the list."""
    text = context.text
    wanted = addresses.number("request")
    if not context.may(Permission.VIEW_REQUESTS):
        _title(context)
        frame.no_right(text)
    elif wanted is not None:
        request_page.show(RequestId(wanted), context)
    else:
        _list(context)


def _title(context: PageContext) -> None:
    text = context.text
    frame.title(
        text("開示等の請求"), text("本人からの請求を受け付け、どこに本人のデータがあるかを調べ、回答します。")
    )


def _list(context: PageContext) -> None:
    text = context.text
    _title(context)
    with context.read() as tx:
        units = scope.units(tx)
        found = register.requests(tx)
        today = today_in_japan(tx.now)
        receivers = [
            unit
            for unit in units
            if unit.kind.is_entity
            and unit.closed_at is None
            and allowed(tx, Permission.HANDLE_REQUESTS, unit.id)
        ]
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    if found:
        context.viewed(SensitiveList.REQUESTS)
        frame.verdict(_verdict(found, today, context))
        _table(found, {unit.id: unit.name(context.language) for unit in units}, today, context)
    elif receivers:
        frame.message(
            text("請求はまだありません。届いた請求を、下の「請求を受け付ける」から登録してください。")
        )
    else:
        frame.message(text("見られる請求はまだありません。"))
    if receivers:
        _form(receivers, today, context, expanded=not found)


def _verdict(found: Sequence[Request], today: date, context: PageContext) -> str:
    text = context.text
    waiting = [each for each in found if each.state is not RequestState.CLOSED]
    late = sum((each.days_left(today) or 0) < 0 for each in waiting)
    soon = sum(0 <= (each.days_left(today) or 0) <= SOON_DAYS for each in waiting)
    if not waiting:
        return text("すべての請求に回答しました。")
    if late:
        return text(
            "**回答待ちの {number} 件のうち {late} 件が期限を過ぎています。**", number=len(waiting), late=late
        )
    if soon:
        return text(
            "回答待ちは {number} 件で、**{soon} 件の期限が 3 日以内です。**", number=len(waiting), soon=soon
        )
    return text("回答待ちは {number} 件で、期限を過ぎたものはありません。", number=len(waiting))


def due_words(each: Request, today: date, context: PageContext) -> str:
    """Return how much time is left, in words."""
    text, left = context.text, each.days_left(today)
    if left is None:
        return text("回答 {day}", day=context.formats.day(each.answered_on))
    if left < 0:
        return text("{days} 日過ぎています", days=-left)
    return text("今日まで") if left == 0 else text("あと {days} 日", days=left)


def _table(found: Sequence[Request], names: Mapping[UnitId, str], today: date, context: PageContext) -> None:
    text, formats = context.text, context.formats
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(formats.day(each.due_on), below=due_words(each, today, context)),
                tables.Cell(each.number, link=True),
                tables.Cell(text(request_words.KIND[each.kind]), below=_notes(each, context)),
                tables.Cell(each.person, below=text(request_words.APPLICANT[each.applicant])),
                tables.Cell(names.get(each.unit_id, "—")),
                tables.Cell(formats.day(each.received_on)),
                tables.Cell(text(request_words.STATE[each.state]), below=_decided(each, context)),
            ],
        )
        for each in found
    ]
    labels = (
        text("回答の期限"),
        text("番号"),
        text("請求"),
        text("本人"),
        text("受けた法人"),
        text("受付日"),
        text("状態"),
    )
    caption = text("請求 {number} 件、期限の早い順", number=formats.number(len(found)))
    columns = [tables.Column(label, nowrap=label != labels[-1]) for label in labels]
    opened = tables.show(
        tables.Table(caption, columns, rows),
        key="requests",
    )
    if opened:
        addresses.go(addresses.REQUESTS, request=opened)


def _notes(each: Request, context: PageContext) -> str:
    text = context.text
    notes = [text("診療記録") if each.medical else "", text("提供記録を含む") if each.with_provisions else ""]
    return text("、").join(filter(None, notes))


def _decided(each: Request, context: PageContext) -> str:
    return context.text(request_words.DECISION[each.decision]) if each.decision else ""


def _form(receivers: Sequence[Unit], today: date, context: PageContext, *, expanded: bool) -> None:
    text = context.text
    key = f"request-{st.session_state.get(_TAKEN, 0)}"
    target = context.workspace.settings.rights_days
    opened = st.expander(text("請求を受け付ける"), expanded=expanded)
    with opened, st.form("request", border=False, clear_on_submit=False):
        left, right = st.columns(2)
        with left:
            unit = st.selectbox(
                text("受けた法人"),
                receivers,
                format_func=lambda each: each.name(context.language),
                key=f"{key}-unit",
            )
            kinds: Sequence[RequestKind] = tuple(request_words.KIND)
            kind = st.selectbox(
                text("請求の種類"),
                kinds,
                format_func=lambda each: text(request_words.KIND[each]),
                key=f"{key}-kind",
            )
            person = st.text_input(text("本人の氏名（必須）"), max_chars=200, key=f"{key}-person")
            contact = st.text_area(
                text("回答の送り先（必須）"), max_chars=1000, height=104, key=f"{key}-contact"
            )
        with right:
            applicants: Sequence[Applicant] = tuple(request_words.APPLICANT)
            applicant = st.selectbox(
                text("請求した方"),
                applicants,
                format_func=lambda each: text(request_words.APPLICANT[each]),
                key=f"{key}-applicant",
            )
            agent = st.text_input(text("代理人・遺族の氏名と続柄"), max_chars=200, key=f"{key}-agent")
            received = st.date_input(text("受付日"), today, format="YYYY/MM/DD", key=f"{key}-received")
            deliveries: Sequence[Delivery] = tuple(request_words.DELIVERY)
            delivery = st.selectbox(
                text("回答の方法（本人が選びます）"),
                deliveries,
                format_func=lambda each: text(request_words.DELIVERY[each]),
                key=f"{key}-delivery",
            )
            fee = st.number_input(text("手数料（円）"), min_value=0, value=None, step=100, key=f"{key}-fee")
        subject = st.text_area(text("請求の内容"), max_chars=4000, height=104, key=f"{key}-subject")
        medical = st.checkbox(text("診療記録の請求（医師の意見を聞きます）"), key=f"{key}-medical")
        provisions = st.checkbox(text("第三者提供記録を含める"), key=f"{key}-provisions")
        frame.note(
            text(
                "法律は「遅滞なく」と定め、日数を定めていません。期限は社内の目標（{days} 日）で、"
                "海外の法人ではその国の期限の早い方です。本人確認の書類の写しは保存しません。",
                days=target,
            )
        )
        sent = st.form_submit_button(text("請求を登録"), type="primary", key="request-receive")
    if not sent or not isinstance(received, date):
        return
    draft = RequestDraft(
        unit_id=unit.id,
        kind=kind,
        applicant=applicant,
        person=person,
        contact=contact,
        received_on=received,
        subject=subject,
        agent=agent,
        delivery=delivery,
        medical=medical,
        with_provisions=provisions,
        fee_yen=fee,
    )
    try:
        with context.write("request received") as tx:
            made = register.receive(tx, draft, target_days=target)
    except RegistryError as error:
        st.error(request_words.refused(error, context))
        return
    st.session_state[_TAKEN] = st.session_state.get(_TAKEN, 0) + 1  # the form begins empty again
    limit = limit_of(made.limit_country)
    law = "" if limit is None else text("（{law} による）", law=limit.law)
    st.session_state[_SAID] = text(
        "請求 {number} を登録しました。回答の期限は {day} です{law}。次は本人確認です。",
        number=made.number,
        day=context.formats.day(made.due_on),
        law=law,
    )
    st.rerun()
