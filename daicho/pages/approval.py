"""The approval 承認 of an entry and its next review 見直し, beside its columns."""

from __future__ import annotations

import streamlit as st

from daicho.pages import entry_form, frame, ledger_refusals
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from registry import ledger_review
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.ledger_columns import unstated
from registry.model import LedgerEntry

_SAID = "approval-said"


def show(entry: LedgerEntry, may_approve: bool, context: PageContext) -> None:
    """Show whether the entry is approved, what is missing for it, and the button for who may."""
    text, formats, of = context.text, context.formats, entry.handling
    frame.heading(text("承認と見直し"))
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    approved = text("未承認")
    if entry.approved_at is not None:
        approved = f"{entry.approved_by}　{formats.moment(entry.approved_at)}"
    frame.facts(
        {
            text("承認した方"): approved,
            text("最終確認日"): formats.day(of.last_checked) if of.last_checked else NONE,
            text("次の見直し日"): formats.day(of.next_review) if of.next_review else NONE,
        }
    )
    if entry.is_approved:
        return
    if missing := unstated(entry):
        frame.note(text("承認の前に入れる項目：{columns}", columns=entry_form.listed(missing, context)))
    elif may_approve:
        st.button(text("この内容を承認"), key="approve", on_click=_approve, args=(entry, context))
    else:
        frame.note(text("この法人の個人情報保護管理者が、書いた方とは別に承認します。"))


def _approve(entry: LedgerEntry, context: PageContext) -> None:
    try:
        with context.write("ledger page") as tx:
            ledger_review.approve_entry(tx, entry.id, expected_version=entry.version)
        said = context.text("承認しました。")
    except (AccessDenied, Conflict, InvalidValue, NotFound) as error:
        said = ledger_refusals.sentence(error, context)
    st.session_state[_SAID] = said
