"""My notifications お知らせ: how often one is told what there is to do, of what, and what it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st

from daicho.notify.plan import with_cycle
from daicho.notify.subjects import NAME
from daicho.notify.words import PAGE, TASK
from daicho.pages import frame, words
from daicho.pages.context import PageContext
from daicho.requirements import catalogue_or_product
from daicho.text import mark
from privacy_mark import cycle_digest
from registry import digests, notifications
from registry.digests import Digest
from registry.errors import Conflict, NotFound
from registry.notifications import DUTY, Choice, Frequency, Subject

_SAID = "notifications-said"
FREQUENCY: Mapping[Frequency, str] = {
    Frequency.DAILY: mark("毎日"),
    Frequency.WEEKLY: mark("週に 1 回"),
    Frequency.OFF: mark("義務のものだけ（週に 1 回）"),
}


def show(context: PageContext) -> None:
    """Show what there is to do, and the choice of how often it is told by mail."""
    text = context.text
    frame.title(text("お知らせ"), text("対応が必要なことの件数を、メールで受け取る頻度と内容を決めます。"))
    try:
        with context.read() as tx:
            chosen = notifications.own(tx)
            address = notifications.own_address(tx)
            more = cycle_digest.counted(tx, catalogue_or_product(context.workspace.path))
            told = with_cycle(digests.digest(tx, context.workspace.findings), more)
    except NotFound:
        frame.no_right(text)
        return
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    _now(told, context)
    _where(address, context)
    _form(chosen, context)


def _now(told: Digest, context: PageContext) -> None:
    text, number = context.text, context.formats.number
    if not told.lines:
        frame.verdict(text("いま対応が必要なことはありません。"))
        return
    frame.verdict(text("いま**対応が必要なことが {count} 件**あります。", count=number(told.total)))
    links = {
        line: f"<a href='{escape(PAGE[line.task])}' target='_self'>{escape(text(TASK[line.task]))}</a>"
        for line in told.lines
    }
    lines = (f"<li><span>{link}</span><span>{number(line.count)}</span></li>" for line, link in links.items())
    st.html(f"<ul class='dc-list'>{''.join(lines)}</ul>")


def _where(address: str, context: PageContext) -> None:
    text = context.text
    if context.workspace.settings.notify.mail is None:
        frame.note(text("メールの送信は設定されていません。この画面ではいつでも確かめられます。"))
    elif not address:
        frame.note(text("サインイン名がメールアドレスではないため、メールは届きません。"))
    else:
        frame.note(text("送り先: {address}。件数とリンクだけを送ります。", address=address))


def _form(chosen: Choice, context: PageContext) -> None:
    text = context.text
    choices: Sequence[Frequency] = tuple(Frequency)
    with st.form("notifications", border=False):
        wanted = st.radio(
            text("メールで受け取る頻度"),
            choices,
            index=choices.index(chosen.frequency),
            format_func=lambda each: text(FREQUENCY[each]),
            key=f"notifications-frequency-{chosen.version}",
        )
        free = [each for each in Subject if each not in DUTY]
        kinds = st.pills(
            text("メールで受け取る内容"),
            free,
            selection_mode="multi",
            default=[each for each in free if each not in chosen.left_out],
            format_func=lambda each: text(NAME[each]),
            key=f"notifications-kinds-{chosen.version}",
        )
        frame.note(
            text(
                "{kinds}は、選び方にかかわらず、少なくとも週に 1 回は届きます。"
                "審査機関への事故の報告は、期限の 7 日前から、報告が済むまで毎日届きます。",
                kinds=words.listed((text(NAME[each]) for each in Subject if each in DUTY), text),
            )
        )
        sent = st.form_submit_button(text("変更を保存"), type="primary", key="notifications-save")
    if not sent:
        return
    try:
        with context.write("notifications page") as tx:
            left_out = frozenset(free) - frozenset(kinds)
            notifications.choose(tx, wanted, left_out, expected_version=chosen.version)
    except (Conflict, NotFound):
        st.session_state[_SAID] = text("ほかの画面で先に変更されています。確かめて選び直してください。")
    else:
        st.session_state[_SAID] = text("保存しました。")
    st.rerun()
