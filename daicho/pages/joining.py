"""What somebody must have been taught before access is given, for who gives it and for who waits for it."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from daicho.pages import frame, refusals
from daicho.pages.context import PageContext
from daicho.text import mark
from privacy_mark.training import joining
from privacy_mark.training.joining import Gate
from registry.model import Unit, UserId
from registry.roles import Named

_GATE: Mapping[Gate, str] = {
    Gate.OFF: mark("何もしない"),
    Gate.WARN: mark("知らせる"),
    Gate.REFUSE: mark("付与しない"),
}
_MEANS: Mapping[Gate, str] = {
    Gate.OFF: mark("利用者の画面にも出しません。"),
    Gate.WARN: mark("役割を与える画面で知らせます。役割は与えられます。"),
    Gate.REFUSE: mark(
        "役割を与えられません。今日から後に入社した人は、役割があっても合格するまで使えません。"
    ),
}


def show(user_id: UserId, context: PageContext) -> None:
    """Show which courses come before access and are not passed; nothing for who is on no roster."""
    text = context.text
    with context.read() as tx:
        found = joining.before_access(tx, user_id)
    refusing, warning = found.names[Gate.REFUSE], found.names[Gate.WARN]
    if not found.needed and not refusing and not warning:
        return
    if not found.missing and not refusing and not warning:
        frame.note(text("アクセス権の付与前に必要な教育は、すべて合格しています。"))
        return
    if refusing:
        frame.message(refusals.not_ready(refusing, text))
    elif warning:
        frame.message(refusals.comes_before(warning, text))


def rule(unit: Unit, context: PageContext) -> tuple[Gate, int] | None:
    """Show what a unit does before training is passed; return what was chosen, and the version it changes."""
    text = context.text
    with context.read() as tx:
        found = joining.rule(tx, unit.id)
    with (
        st.expander(text("アクセス権の付与前の教育の扱い（今：{gate}）", gate=text(_GATE[found.holds]))),
        st.form("training-gate", border=False),
    ):
        frame.note(
            text(
                "「付与前に必要」としたコースに合格していない人を、どう扱うかを決めます。下の単位にも及び、"
                "上の単位より緩くはなりません。"
            )
        )
        if found.since is not None:
            frame.note(
                text(
                    "{day} 以後に入社した人は、合格するまで「自分の教育」だけを使えます。",
                    day=context.formats.day(found.since),
                )
            )
        gates = list(Gate)
        chosen = st.radio(
            text("合格していないとき"),
            gates,
            index=gates.index(found.own or found.holds),
            key=f"training-gate-{unit.code}-{found.version}",
            format_func=lambda each: text(_GATE[each]),
            captions=[text(_MEANS[each]) for each in gates],
        )
        sent = st.form_submit_button(text("扱いを保存"), key="training-gate-save")
    return (chosen, found.version) if sent else None


def own(context: PageContext) -> None:
    """Say to who is signed in what opens the other pages, or comes before a role; nothing to who has one."""
    with context.read() as tx:
        found = joining.own_missing(tx)
    if not found:
        return
    text = context.text
    courses = refusals.quoted([Named(each.title("ja"), each.title("en")) for each in found], text)
    if context.principal.held_back:
        frame.message(text("{courses}に合格すると、ほかの画面を使えます。", courses=courses))
    else:
        frame.message(text("役割は、{courses}に合格してから与えられます。", courses=courses))
