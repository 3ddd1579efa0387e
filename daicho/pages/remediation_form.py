"""The form that proposes what is to become of one object; another person approves it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import streamlit as st

from daicho.pages import drawer, frame, words
from daicho.pages.context import PageContext
from daicho.pages.remediation_drawer import SAID
from daicho.pages.remediation_words import KIND, REFUSED, WISH
from daicho.pages.steps import why_not
from daicho.text import mark
from registry import inventory, remediation, remediation_places
from registry.access import allowed, today_in_japan
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.model import ObjectId, ObjectRow, Permission
from registry.remediation_states import LONGEST, REASON_LENGTH, RemediationKind, Request, Wish

_KIND, _REASON, _UNTIL = "remediation-kind", "remediation-reason", "remediation-until"
_TO, _WISH, _LANGUAGE = "remediation-to", "remediation-wish", "remediation-language"

_MEANING: Mapping[RemediationKind, str] = {
    RemediationKind.QUARANTINE: mark(
        "承認の後、暗号化した写しを取り、確かめてから元の場所で除きます。{days} 日の間は元に戻せます。"
    ),
    RemediationKind.EXCLUDE_OBJECT: mark(
        "期限まで、台帳との突合とリスクから外します。ファイルには触れません。"
    ),
    RemediationKind.EXCLUDE_FOLDER: mark(
        "期限まで、フォルダの中を台帳との突合とリスクから外します。ファイルには触れません。"
    ),
    RemediationKind.REQUEST: mark("承認の後、所有者にメールを送ります。値は載せず、場所の名前は伏せます。"),
}


def show(object_id: ObjectId, context: PageContext) -> None:
    """Ask what is to be done about an object, why, and until when; and propose it."""
    text = context.text
    try:
        with context.read() as tx:
            row = inventory.object_row(tx, context.workspace.findings, object_id)
            handles = allowed(tx, Permission.HANDLE_CASES, row.unit_id)
            place = drawer.place_of(row, drawer.visible_sources(tx))
            permitted = row.source_id in remediation_places.permitted(tx)
    except NotFound:
        frame.message(text("この対象は見つからないか、閲覧できません。"))
        return
    if not handles:
        frame.no_right(text)
        return
    frame.heading(text("提案する"))
    counts = words.listed(
        (
            f"{text(words.CATEGORY[category])} {context.formats.number(tally.distinct)}"
            for category, tally in sorted(row.categories.items())
        ),
        text,
    )
    frame.facts({text("対象"): row.name, text("場所"): place or "—", text("見つかったもの"): counts})
    kinds = [kind for kind in RemediationKind if permitted or kind is not RemediationKind.QUARANTINE]
    kind = st.radio(
        text("是正"), kinds, key=_KIND, horizontal=True, format_func=lambda each: text(KIND[each])
    )
    if not permitted:
        frame.note(text("この走査対象では隔離が許されていません（daicho remediation permit）。"))
    frame.note(text(_MEANING[kind], days=context.workspace.settings.remediation.keep_days))
    _terms(kind, context)
    st.text_area(text("理由"), key=_REASON, max_chars=REASON_LENGTH, height=80)
    with st.container(horizontal=True, gap="small"):
        st.button(text("キャンセル"), key="remediation-cancel", on_click=_closed)
        sent = st.button(text("承認を依頼する"), key="remediation-propose", type="primary")
    if sent:
        _propose(row, kind, context)


def _terms(kind: RemediationKind, context: PageContext) -> None:
    text, today = context.text, today_in_japan(context.now())
    if kind is RemediationKind.QUARANTINE:
        return
    if kind is RemediationKind.REQUEST:
        left, middle, right = st.columns([3, 3, 1])
        with left:
            st.text_input(text("所有者のメールアドレス"), key=_TO)
        with middle:
            st.selectbox(text("お願い"), list(Wish), key=_WISH, format_func=lambda each: text(WISH[each]))
        with right:
            st.selectbox(text("言語"), ["ja", "en"], key=_LANGUAGE)
    days = 14 if kind is RemediationKind.REQUEST else 365
    st.date_input(
        text("回答の期限") if kind is RemediationKind.REQUEST else text("期限（この日まで除外する）"),
        today + timedelta(days=days),
        min_value=today,
        max_value=today + LONGEST,
        format="YYYY/MM/DD",
        key=f"{_UNTIL}-{days}",
    )


def _propose(row: ObjectRow, kind: RemediationKind, context: PageContext) -> None:
    text, held = context.text, st.session_state
    request, until = None, None
    if kind is RemediationKind.REQUEST:
        request = Request(held[_TO].strip().lower(), held[_WISH], held[_LANGUAGE])
    if kind is not RemediationKind.QUARANTINE:
        chosen = held[f"{_UNTIL}-{14 if kind is RemediationKind.REQUEST else 365}"]
        until = chosen if isinstance(chosen, date) else None
    try:
        with context.write("remediation page") as tx:
            remediation.propose(
                tx,
                context.workspace.findings,
                row.id,
                kind,
                reason=held[_REASON],
                until=until,
                request=request,
            )
    except (Conflict, InvalidValue, AccessDenied, NotFound) as error:
        st.error(why_not(error, REFUSED, context))
        return
    st.session_state[SAID] = text("提案しました。ほかの方の承認が要ります。")
    _closed()
    st.rerun()


def _closed() -> None:
    """Take the object out of the address."""
    st.query_params.pop("object", None)
