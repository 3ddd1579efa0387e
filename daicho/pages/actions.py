"""Corrective actions 是正処置 (J.7.1): the register, what is late, what came again; a form to raise one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import (
    action_export,
    action_form,
    action_page,
    action_words,
    addresses,
    frame,
    scope,
    tables,
)
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.actions import listing, register
from privacy_mark.actions.listing import PAGE, Line, Standing, Wanted
from privacy_mark.actions.model import ActionId, ActionState, Nonconformity, Source
from registry.access import today_in_japan, units_allowed
from registry.model import Permission, Unit, UnitId

_SAID, _RAISED = "actions-said", "actions-raised"
_SHORT = 80
_BY_HAND = (Source.OTHER, Source.INCIDENT, Source.ASSESSMENT, Source.COMPLAINT, Source.AUDIT)
"""What a person raises; confirmations and self checks raise theirs by themselves."""


def show(context: PageContext) -> None:
    """Show the action in the address, else the register."""
    text = context.text
    wanted = st.query_params.get("action", "")
    if not context.may(Permission.VIEW_AUDITS):
        frame.title(text("是正処置"), _purpose(context))
        frame.no_right(text)
    elif wanted.isdecimal() and len(wanted) < 10:
        action_page.show(ActionId(int(wanted)), context)
    else:
        _register(context)


def _purpose(context: PageContext) -> str:
    return context.text(
        "不適合の事実と原因を確かめ、処置し、有効性を評価して、トップマネジメントが承認します。"
    )


def _register(context: PageContext) -> None:
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(text("是正処置"), _purpose(context))
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
        st.session_state[_RAISED] = st.session_state.get(_RAISED, 0) + 1  # the form begins empty again
    with context.read() as tx:
        seen = units_allowed(tx, Permission.VIEW_AUDITS)
        may = units_allowed(tx, Permission.WORK_ON_ACTIONS)
        units = scope.units(tx)
        today = today_in_japan(tx.now)
    choices = [unit for unit in units if unit.id in seen]
    with right:
        unit = scope.select(context, choices, "actions-scope", whole=True)
    wanted, page = _filters(unit, context)
    with context.read() as tx:
        stands = listing.standing(tx, wanted.unit_id)
        found, total = listing.listed(tx, wanted, offset=(page - 1) * PAGE)
        if not found and total:  # a narrower filter has fewer pages than the address names
            page = 1
            found, total = listing.listed(tx, wanted)
    names = scope.full_names(units, context.language)
    everything = stands.open + stands.closed + stands.withdrawn
    writers = [each for each in units if each.id in may and each.closed_at is None]
    if everything:
        frame.verdict(_verdict(stands, context))
    if found:
        _table(found, total, page, names, today, context)
        action_export.show(wanted, unit or choices[0], names, context)
    elif everything:
        frame.message(
            text("条件に合う是正処置はありません。条件を外すと {number} 件あります。", number=everything)
        )
    elif writers:
        frame.message(
            text(
                "是正処置はまだありません。監査の不適合、運用の確認の例外、苦情から始まります。"
                "ほかで見つかった不適合は、下の「不適合を登録する」から登録してください。"
            )
        )
    else:
        frame.message(text("見られる是正処置はまだありません。"))
    if writers:
        _form(writers, unit, names, today, context, expanded=not everything)


def _filters(unit: Unit | None, context: PageContext) -> tuple[Wanted, int]:
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
    page = st.query_params.get("page", "1")
    number = int(page) if page.isdecimal() and 0 < int(page) < 10_000 else 1
    return Wanted(unit.id if unit else None, tuple(states), tuple(sources), late), number


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


def _table(
    found: Sequence[Line],
    total: int,
    page: int,
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
) -> None:
    text, formats = context.text, context.formats
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(
                    "—" if each.next_due is None else formats.day(each.next_due),
                    below=action_words.left(each.next_due, today, context),
                ),
                tables.Cell(each.number, below=each.requirement, link=True),
                tables.Cell(_short(each.finding), below=_below(each, context)),
                tables.Cell(names.get(each.unit_id, "—"), below=each.owner),
                tables.Cell(text(action_words.SOURCE[each.source]), below=each.reference.partition("/")[0]),
                tables.Cell(text(action_words.STATE[each.state])),
            ],
        )
        for each in found
    ]
    columns = [
        tables.Column(text("次の期限"), nowrap=True),
        tables.Column(text("番号"), nowrap=True),
        tables.Column(text("指摘")),
        tables.Column(text("単位と担当")),
        tables.Column(text("見つかった場面")),
        tables.Column(text("次の手順"), nowrap=True),
    ]
    first = (page - 1) * PAGE
    caption = text(
        "是正処置 {total} 件のうち {first}–{last} 件目、期限の早いものから",
        total=formats.number(total),
        first=first + 1,
        last=first + len(found),
    )
    opened = tables.show(tables.Table(caption, columns, rows), key="actions")
    if opened:
        addresses.go(addresses.ACTIONS, action=opened)
    pages = -(-total // PAGE)
    if pages > 1:
        chosen = st.pagination(pages, default=page, key=f"actions-page-{pages}")
        if chosen != page:
            st.query_params["page"] = str(chosen)
            st.rerun()


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


def _form(
    writers: Sequence[Unit],
    unit: Unit | None,
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
    *,
    expanded: bool,
) -> None:
    text = context.text
    key = f"action-new-{st.session_state.get(_RAISED, 0)}"
    asked = st.query_params.get("source", "")
    source_asked = Source(asked) if asked in _BY_HAND else _BY_HAND[0]
    units = [each.id for each in writers]
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
                format_func=lambda each: names[each],
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
            key=_SAID,
            refused=action_words.refused,
        )
