"""The yearly review 見直し of many entries: those that are right are confirmed at once, the others edited."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from daicho.pages import frame, ledger_refusals
from daicho.pages.context import PageContext
from registry import ledger_review
from registry.errors import AccessDenied, NotFound
from registry.ledger_review import Seen
from registry.model import LedgerEntry

_SAID = "review-said"


def words_of(entry: LedgerEntry, context: PageContext) -> str:
    """Return when an entry is to be reviewed next."""
    following = entry.handling.next_review
    if following is None:
        return context.text("見直しの記録なし")
    return context.text("次の見直し {day}", day=context.formats.day(following))


def confirm(due: Sequence[LedgerEntry], context: PageContext) -> None:
    """Let who edits confirm the entries shown, without those that are picked out for a change."""
    text, number = context.text, context.formats.number
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    if not due:
        return
    with st.container(border=True):
        frame.note(text("内容を確かめ、直すものを除いて、残りをまとめて確認済みにします。"))
        apart = st.multiselect(
            text("直すもの（確認から除く）"),
            [entry.id for entry in due],
            format_func={entry.id: f"{entry.number} {entry.name}" for entry in due}.__getitem__,
            key="review-apart",
            placeholder=text("なし"),
        )
        right = [entry for entry in due if entry.id not in apart]
        st.button(
            text("{number} 件を確認済みにする", number=number(len(right))),
            key="review-confirm",
            type="primary",
            disabled=not right,
            on_click=_confirm,
            args=([Seen(entry.id, entry.version) for entry in right], context),
        )


def _confirm(seen: Sequence[Seen], context: PageContext) -> None:
    text, number = context.text, context.formats.number
    try:
        with context.write("yearly review") as tx:
            result = ledger_review.review_entries(tx, seen)
    except (AccessDenied, NotFound) as error:
        st.session_state[_SAID] = ledger_refusals.sentence(error, context)
        return
    said = text("{number} 件を確認済みにしました。", number=number(len(result.confirmed)))
    if result.changed:
        said += text("{number} 件はほかの方が変更したため、残しました。", number=number(len(result.changed)))
    st.session_state[_SAID] = said
