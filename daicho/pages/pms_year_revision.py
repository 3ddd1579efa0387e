"""Changes 改定 of an approved year: the form that asks for one, its approval, and the plans before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from daicho.pages import frame, pm_words, pms_item_fields, tables
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.certificates import year_revisions
from privacy_mark.certificates.year_model import Item, Own, Revision, RevisionState, Year, YearState
from registry.access import allowed
from registry.model import Permission


def show(
    year: Year, found: Sequence[Revision], today: date, said: str, context: PageContext, *, may: bool
) -> None:
    """Show the form for a change unless one waits; below it those that were decided."""
    if may and year.state is YearState.APPROVED and _open(found) is None:
        _propose(year, today, said, context)
    decided = [each for each in found if each.state is not RevisionState.SUBMITTED]
    if decided:
        frame.heading(context.text("計画の改定"))
    for each in decided:
        _decided(each, year, context)


def waiting(year: Year, found: Sequence[Revision], said: str, context: PageContext) -> None:
    """Show the change that waits for approval, with the buttons of who decides; nothing without one."""
    of = _open(found)
    if of is not None:
        _waiting(of, year, said, context)


def _open(found: Sequence[Revision]) -> Revision | None:
    return next((each for each in found if each.state is RevisionState.SUBMITTED), None)


def _propose(year: Year, today: date, said: str, context: PageContext) -> None:
    text = context.text
    with st.expander(text("承認された計画を改定する")), st.form(f"revise-{year.version}", border=False):
        frame.note(text("承認されるまでは今の計画のままです。実施した項目は変えられません。"))
        reason = st.text_input(text("改定の理由（必須）"), max_chars=500)
        items = (each for each in year.items if each.is_open)
        changes = pms_item_fields.changes(items, year, context, key="revised")
        title = st.text_input(text("加える項目の名前"), max_chars=100)
        left, right = st.columns(2)
        on = left.date_input(text("加える項目の実施期限"), max(today, year.starts_on), format="YYYY/MM/DD")
        who = right.text_input(text("加える項目の担当"), max_chars=100)
        sent = st.form_submit_button(text("改定の承認を依頼"), type="primary", key="revision-ask")
    if sent:
        added = [Own(title, who, on)] if title.strip() and isinstance(on, date) else []
        pm_words.do(
            lambda tx: year_revisions.propose(
                tx, year.id, changes, added, reason=reason, expected_version=year.version
            ),
            text("改定の承認を依頼しました。承認されるまでは今の計画のままです。"),
            context,
            key=said,
        )


def _waiting(of: Revision, year: Year, said: str, context: PageContext) -> None:
    text = context.text
    frame.heading(text("承認を待つ改定"))
    _facts(of, context)
    _differences(of, year.items, year.starts_on, context)
    with context.read() as tx:
        mine = of.proposer_id == tx.principal.user_id
        decides = not mine and allowed(tx, Permission.DECIDE_REVIEWS, of.unit_id)
        withdraws = mine and allowed(tx, Permission.MANAGE_CERTIFICATION, of.unit_id)
    if not decides:
        frame.note(text("依頼した方とは別のトップマネジメントが承認します。"))
        if withdraws and st.button(text("改定の依頼を取り下げる"), key="revision-withdraw"):
            pm_words.do(
                lambda tx: year_revisions.withdraw(tx, of.id, expected_version=of.version),
                text("改定の依頼を取り下げました。今の計画のままです。"),
                context,
                key=said,
            )
        return
    if st.button(text("改定を承認"), type="primary", key="revision-approve"):
        pm_words.do(
            lambda tx: year_revisions.approve(tx, of.id, expected_version=of.version),
            text("改定を承認しました。改定前の計画も残っています。"),
            context,
            key=said,
        )
    with st.form("revision-return", border=False):
        note = st.text_input(text("差し戻す理由"), max_chars=500, key="revision-note")
        sent = st.form_submit_button(text("改定を差し戻す"), key="revision-return-save")
    if sent:
        pm_words.do(
            lambda tx: year_revisions.send_back(tx, of.id, note=note, expected_version=of.version),
            text("改定を差し戻しました。"),
            context,
            key=said,
        )


def _decided(of: Revision, year: Year, context: PageContext) -> None:
    text, formats = context.text, context.formats
    with st.expander(f"{formats.moment(of.decided_at)}　{text(pm_words.REVISION[of.state])}"):
        _facts(of, context)
        _differences(of, of.earlier or year.items, year.starts_on, context)
        if of.earlier:
            _earlier(of, year.starts_on, context)


def _facts(of: Revision, context: PageContext) -> None:
    text, formats = context.text, context.formats
    facts = {
        text("改定の理由"): of.reason,
        text("依頼した方"): f"{of.proposer}　{formats.moment(of.proposed_at)}",
    }
    if of.decided_at is not None:
        returned = of.state is RevisionState.RETURNED
        who = text("差し戻した方") if returned else text("承認した方")
        facts[who] = f"{of.decider}　{formats.moment(of.decided_at)}"
    if of.note:
        facts[text("差し戻しの理由")] = of.note
    frame.facts(facts)


def _differences(of: Revision, items: Sequence[Item], begins: date, context: PageContext) -> None:
    """Show what the change makes of the items before it."""
    text, formats = context.text, context.formats
    known = {each.id: each for each in items}
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(pm_words.item(known[each.id], context, begins)),
                tables.Cell(formats.day(known[each.id].due_on), below=known[each.id].owner),
                tables.Cell(formats.day(each.due_on), below=each.owner),
            ],
        )
        for each in of.moved
        if each.id in known
    ]
    rows += [
        tables.Row(
            f"new-{place}",
            [
                tables.Cell(own.title),
                tables.Cell(NONE),
                tables.Cell(formats.day(own.due_on), below=own.owner),
            ],
        )
        for place, own in enumerate(of.added)
    ]
    labels = (text("項目"), text("改定前"), text("改定後"))
    tables.show(
        tables.Table(
            text("変わる項目 {number} 件", number=formats.number(len(rows))),
            [tables.Column(label) for label in labels],
            rows,
        ),
        key=f"revision-{of.id}",
    )


def _earlier(of: Revision, begins: date, context: PageContext) -> None:
    text, formats = context.text, context.formats
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(pm_words.item(each, context, begins), below=each.requirement),
                tables.Cell(each.owner or NONE),
                tables.Cell(formats.day(each.due_on)),
                tables.Cell(formats.day(each.done_on), below=each.left),
            ],
        )
        for each in of.earlier
    ]
    labels = (text("項目"), text("担当"), text("実施期限"), text("実施"))
    tables.show(
        tables.Table(
            text("改定前の計画：{number} 項目", number=formats.number(len(rows))),
            [tables.Column(label) for label in labels],
            rows,
        ),
        key=f"earlier-{of.id}",
    )
