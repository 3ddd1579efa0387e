"""Governance 体制と決定事項: what has arrived at one's units, decisions, bodies and officers, the forms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import (
    addresses,
    frame,
    governance_decision,
    governance_officers,
    governance_words,
    paging,
    registers,
    tables,
)
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.audits.appointments import managers
from privacy_mark.governance import arrivals, bodies, decisions
from privacy_mark.governance.arrivals import Received
from privacy_mark.governance.decisions import PAGE
from privacy_mark.governance.model import ArrivalId, Body, Decision, DecisionId
from registry.model import Permission, Unit, UnitId


def show(context: PageContext) -> None:
    """Show the decision or the arrival in the address, else everything."""
    text = context.text
    decision, arrival = addresses.number("decision"), addresses.number("arrival")
    if not context.may(Permission.VIEW_REVIEWS):
        frame.title(text("体制と決定事項"), _purpose(context))
        frame.no_right(text)
    elif decision is not None:
        governance_decision.show(DecisionId(decision), context)
    elif arrival is not None:
        governance_decision.show_received(ArrivalId(arrival), context)
    else:
        _all(context)


def _purpose(context: PageContext) -> str:
    return context.text("委員会と役職者を期間ごとに記録し、決定事項がどの組織まで届いたかを確かめます。")


def _all(context: PageContext) -> None:
    text = context.text
    head = registers.head(
        context,
        "governance",
        text("体制と決定事項"),
        _purpose(context),
        view=Permission.VIEW_REVIEWS,
        write=Permission.MANAGE_REVIEWS,
    )
    wanted, names, writers, today = head.unit_id, head.names, head.writers, head.today
    if said := st.session_state.pop(governance_officers.SAID, ""):
        frame.message(said)
    with context.read() as tx:
        got = arrivals.received(tx)
        shown = paging.read(lambda offset: decisions.decisions(tx, wanted, offset=offset), PAGE)
        known = bodies.bodies(tx, wanted)
        held = bodies.officers(tx, wanted)
        auditing = managers(tx, wanted)
    if got:
        _received(got, names, today, context)
    frame.heading(text("決定事項"), text("配下の組織に伝達した決定事項が、どこまで届いたかを示します。"))
    if shown.rows:
        _table(shown, names, context)
    elif writers:
        frame.message(
            text("この範囲の組織の決定事項はまだありません。下の「決定事項を記録する」から記録してください。")
        )
    else:
        frame.message(text("見られる決定事項はまだありません。"))
    if writers:
        _form(writers, [each for each in known if each.ended_on is None], names, today, context)
    governance_officers.show(known, held, auditing, writers, names, today, context)


def _received(
    got: Sequence[Received], names: Mapping[UnitId, str], today: date, context: PageContext
) -> None:
    text, formats = context.text, context.formats
    waiting = sum(each.arrival.acknowledged_at is None for each in got)
    frame.heading(
        text("届いた決定事項"),
        text("受領を待つものが {number} 件あります。", number=waiting)
        if waiting
        else text("すべて受領しています。"),
    )
    rows = [
        tables.Row(
            str(each.arrival.id),
            [
                tables.Cell(each.title, below=each.number, link=True),
                tables.Cell(names.get(each.arrival.unit_id, "—")),
                tables.Cell(
                    formats.day(each.due_on),
                    below=text("期限切れ")
                    if each.arrival.acknowledged_at is None and each.due_on < today
                    else "",
                ),
                tables.Cell(
                    governance_words.arrived(each.arrival, context),
                    below=text("配下 {number} 組織に未伝達", number=each.below_waiting)
                    if each.below_waiting
                    else "",
                ),
            ],
        )
        for each in got
    ]
    labels = (text("決定事項"), text("受け取る組織"), text("受領の期限"), text("状態"))
    opened = tables.show(
        tables.Table("", [tables.Column(label) for label in labels], rows), key="governance-received"
    )
    if opened:
        addresses.go(addresses.GOVERNANCE, arrival=opened)


def _table(shown: paging.Turned[Decision], names: Mapping[UnitId, str], context: PageContext) -> None:
    text, formats = context.text, context.formats
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.title, below=each.number, link=True),
                tables.Cell(names.get(each.unit_id, "—")),
                tables.Cell(formats.day(each.decided_on)),
                tables.Cell(formats.day(each.due_on)),
                tables.Cell(governance_words.state(each, context)),
            ],
        )
        for each in shown.rows
    ]
    labels = (text("決定事項"), text("決定した組織"), text("決定日"), text("受領の期限"), text("伝達の状況"))
    caption = text(
        "決定事項 {total} 件のうち {first}–{last} 件目、新しい順",
        total=formats.number(shown.total),
        first=shown.first,
        last=shown.last,
    )
    columns = [tables.Column(label, nowrap=label in labels[2:4]) for label in labels]
    opened = tables.show(tables.Table(caption, columns, rows), key="governance-decisions")
    if opened:
        addresses.go(addresses.GOVERNANCE, decision=opened)
    paging.turn(shown, "governance")


def _form(
    writers: Sequence[Unit],
    known: Sequence[Body],
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
) -> None:
    text = context.text
    with st.expander(text("決定事項を記録する")):
        draft = governance_decision.fields(
            [each.id for each in writers], known, names, today, context, key="governance-new"
        )
        if st.button(text("決定事項を記録"), type="primary", key="governance-record"):
            take(
                lambda tx: decisions.record(tx, draft),
                text("記録しました。決定事項を開いて、配下の組織に伝達してください。"),
                context,
                key=registers.said_key("governance"),
                refused=governance_words.refused,
            )
