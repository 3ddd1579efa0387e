"""Corrective actions 是正処置 (J.7.1): the register, what is late, what came again; a form to raise one."""

from __future__ import annotations

import streamlit as st

from daicho.pages import (
    action_export,
    action_form,
    action_page,
    action_words,
    addresses,
    frame,
    paging,
    registers,
    tables,
)
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.actions import listing, register
from privacy_mark.actions.listing import PAGE, Line, Standing, Wanted
from privacy_mark.actions.model import ActionId, ActionState, Nonconformity, Source
from registry.model import Permission, UnitId

_SHORT = 80
_BY_HAND = (Source.OTHER, Source.INCIDENT, Source.ASSESSMENT, Source.COMPLAINT, Source.AUDIT)
"""What a person raises; confirmations and self checks raise theirs by themselves."""


def show(context: PageContext) -> None:
    """Show the action in the address, else the register."""
    text = context.text
    action = addresses.number("action")
    if not context.may(Permission.VIEW_AUDITS):
        frame.title(text("是正処置"), _purpose(context))
        frame.no_right(text)
    elif action is not None:
        action_page.show(ActionId(action), context)
    else:
        _register(context)


def _purpose(context: PageContext) -> str:
    return context.text(
        "不適合の事実と原因を確かめ、処置し、有効性を評価して、トップマネジメントが承認します。"
    )


def _register(context: PageContext) -> None:
    text = context.text
    head = registers.head(
        context,
        "actions",
        text("是正処置"),
        _purpose(context),
        view=Permission.VIEW_AUDITS,
        write=Permission.WORK_ON_ACTIONS,
    )
    wanted = _filters(head.unit_id, context)
    with context.read() as tx:
        stands = listing.standing(tx, wanted.unit_id)
        shown = paging.read(lambda offset: listing.listed(tx, wanted, offset=offset), PAGE)
    everything = stands.open + stands.closed + stands.withdrawn
    if everything:
        frame.verdict(_verdict(stands, context))
    if shown.rows:
        _table(shown, head, context)
        action_export.show(wanted, head.unit or head.choices[0], head.names, context)
    elif everything:
        frame.message(
            text("条件に合う是正処置はありません。条件を外すと {number} 件あります。", number=everything)
        )
    elif head.writers:
        frame.message(
            text(
                "是正処置はまだありません。監査の不適合、運用の確認の例外、苦情から始まります。"
                "ほかで見つかった不適合は、下の「不適合を登録する」から登録してください。"
            )
        )
    else:
        frame.message(text("見られる是正処置はまだありません。"))
    if head.writers:
        _form(head, context, expanded=not everything)


def _filters(unit_id: UnitId | None, context: PageContext) -> Wanted:
    text = context.text
    states = st.pills(
        text("次の手順"),
        list(ActionState),
        selection_mode="multi",
        format_func=lambda each: text(action_words.STATE[each]),
        key="actions-states",
    )
    sources = st.pills(
        text("見つかった場面"),
        list(Source),
        selection_mode="multi",
        format_func=lambda each: text(action_words.SOURCE[each]),
        key="actions-sources",
    )
    late = st.checkbox(text("期限を過ぎたものだけ"), key="actions-late")
    return Wanted(unit_id, tuple(states), tuple(sources), late)


def _verdict(stands: Standing, context: PageContext) -> str:
    text = context.text
    if stands.late:
        told = text(
            "**終わっていない是正処置 {number} 件のうち {late} 件が期限を過ぎています。**",
            number=stands.open,
            late=stands.late,
        )
    elif stands.open:
        told = text(
            "終わっていない是正処置は {number} 件で、期限を過ぎたものはありません。", number=stands.open
        )
    elif stands.closed:
        told = text("すべての是正処置が承認されています。")
    else:
        told = text("終わっていない是正処置はありません。")
    if stands.to_approve:
        told += text("承認を待つものは {number} 件です。", number=stands.to_approve)
    return told


def _table(shown: paging.Turned[Line], head: registers.Head, context: PageContext) -> None:
    text, formats = context.text, context.formats
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(
                    "—" if each.next_due is None else formats.day(each.next_due),
                    below=action_words.left(each.next_due, head.today, context),
                ),
                tables.Cell(each.number, below=each.requirement, link=True),
                tables.Cell(_short(each.finding), below=_below(each, context)),
                tables.Cell(head.names.get(each.unit_id, "—"), below=each.owner),
                tables.Cell(text(action_words.SOURCE[each.source]), below=each.reference.partition("/")[0]),
                tables.Cell(text(action_words.STATE[each.state])),
            ],
        )
        for each in shown.rows
    ]
    columns = [
        tables.Column(text("次の期限"), nowrap=True),
        tables.Column(text("番号"), nowrap=True),
        tables.Column(text("指摘")),
        tables.Column(text("単位と担当")),
        tables.Column(text("見つかった場面")),
        tables.Column(text("次の手順"), nowrap=True),
    ]
    caption = text(
        "是正処置 {total} 件のうち {first}–{last} 件目、期限の早いものから",
        total=formats.number(shown.total),
        first=shown.first,
        last=shown.last,
    )
    opened = tables.show(tables.Table(caption, columns, rows), key="actions")
    if opened:
        addresses.go(addresses.ACTIONS, action=opened)
    paging.turn(shown, "actions")


def _below(each: Line, context: PageContext) -> str:
    text = context.text
    told = [text(action_words.RECURRENCE[each.recurrence])] if each.recurrence else []
    if each.rounds:
        told.append(text("やり直し {number} 回", number=each.rounds))
    if asked := action_words.question(each.source, each.reference, context):
        told.append(_short(asked))
    return "　".join(told)


def _short(finding: str) -> str:
    line = " ".join(finding.split())
    return line if len(line) <= _SHORT else f"{line[:_SHORT]}…"


def _form(head: registers.Head, context: PageContext, *, expanded: bool) -> None:
    text, unit, today = context.text, head.unit, head.today
    key = registers.form_key("actions")
    asked = st.query_params.get("source", "")
    source_asked = Source(asked) if asked in _BY_HAND else _BY_HAND[0]
    units = [each.id for each in head.writers]
    with (
        st.expander(text("不適合を登録する"), expanded=expanded or bool(asked)),
        st.form("action-raise", border=False),
    ):
        first, second = st.columns(2)
        with first:
            unit_id = st.selectbox(
                text("単位"),
                units,
                index=units.index(unit.id) if unit is not None and unit.id in units else 0,
                format_func=lambda each: head.names[each],
                key=f"{key}-unit",
            )
            requirement = action_form.requirement(key, context)
            on = st.date_input(
                text("見つけた日"), today, max_value=today, format="YYYY/MM/DD", key=f"{key}-day"
            )
        with second:
            source = st.selectbox(
                text("見つかった場面"),
                _BY_HAND,
                index=_BY_HAND.index(source_asked),
                format_func=lambda each: text(action_words.SOURCE[each]),
                key=f"{key}-source",
            )
            grade = action_form.grade(key, context)
            reference = st.text_input(
                text("もとの記録の番号"),
                st.query_params.get("reference", "")[:64],
                max_chars=64,
                key=f"{key}-reference",
            )
        finding = action_form.finding(key, context)
        sent = st.form_submit_button(text("不適合を登録"), type="primary", key="action-raise-send")
    if sent:
        found = Nonconformity(unit_id, source, reference, requirement, finding, grade, on)
        take(
            lambda tx: register.raise_action(tx, found),
            text("登録しました。次は、事実と原因を記録します。"),
            context,
            key=registers.said_key("actions"),
            refused=action_words.refused,
        )
