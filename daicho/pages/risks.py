"""Risk analysis リスク分析: all entries as matrix and list, and the measures that are due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import addresses, frame, risk_matrix, risk_page, risk_words, scope, tables
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from registry import risk_register
from registry.access import today_in_japan
from registry.model import EntryId, Permission, UnitId
from registry.risk_levels import Level
from registry.risk_model import RiskDraft, RiskState
from registry.risk_register import PAGE, DueMeasure, RiskFilter, Summary, Totals


def show(context: PageContext) -> None:
    """Show the analysis of the entry in the address, else the register."""
    text = context.text
    if not context.may(Permission.VIEW_LEDGER):
        frame.title(text("リスク分析"), _purpose(context))
        frame.no_right(text)
        return
    wanted = addresses.number("entry")
    if wanted is not None:
        risk_page.show(EntryId(wanted), context)
    else:
        _register(context)


def _purpose(context: PageContext) -> str:
    return context.text("記載ごとに、取得から廃棄までの脅威と対策を分析し、残るリスクを承認します。")


def _register(context: PageContext) -> None:
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(text("リスク分析"), _purpose(context))
    state_box, level_box, due_box, side_box = st.columns([2.2, 2, 2.8, 3], vertical_alignment="bottom")
    with state_box:
        state = st.selectbox(
            text("状態"),
            list(RiskState),
            index=None,
            key="risk-state",
            placeholder=text("すべて"),
            format_func=lambda each: text(risk_words.STATE[each]),
        )
    with level_box:
        level = st.selectbox(
            text("残留リスク"),
            list(reversed(Level)),
            index=None,
            key="risk-level",
            placeholder=text("すべて"),
            format_func=lambda each: risk_words.level(each, text),
        )
    with due_box:
        due = st.checkbox(text("期限の近い見直し・遅れた対策だけ"), key="risk-due")
    with side_box:
        residual = (
            st.radio(
                text("マトリクスの値"),
                ["residual", "present"],
                key="risk-side",
                horizontal=True,
                format_func=lambda each: text("対策後") if each == "residual" else text("今のまま"),
            )
            == "residual"
        )
    cell = risk_matrix.cell_of(str(st.session_state.get("risk-cell", "")))
    with context.read() as tx:
        units = scope.units(tx)
        with right:
            unit = scope.select(context, units, "risk-scope", whole=len(units) > 1)
        unit_id = unit.id if unit else None
        wanted = RiskFilter(unit_id, state, level, due, cell, residual)
        key = f"risk-page-{unit_id}-{state}-{level}-{due}-{cell}-{residual}"
        offset = (int(st.session_state.get(key, 1)) - 1) * PAGE
        page = risk_register.summaries(tx, wanted, offset=offset)
        counted = risk_register.totals(tx, unit_id=unit_id)
        counts = risk_register.matrix(tx, unit_id=unit_id, residual=residual)
        measures = risk_register.measures_due(tx, unit_id=unit_id, limit=PAGE)
        today = today_in_japan(tx.now)
    names = scope.full_names(units, context.language)
    _verdict(counted, context)
    if not counted.entries:
        frame.message(text("台帳にまだ記載がありません。先に台帳で記載を作ってください。"))
        return
    if counts:
        _matrix(counts, cell, context)
    risk_matrix.definitions(context)
    frame.heading(text("記載の一覧"))
    if not page.total:
        frame.message(
            text("条件に合う記載はありません。条件を外すと {number} 件あります。", number=counted.entries)
        )
    else:
        _rows(page.rows, page.total, offset, names, today, context)
        if page.total > PAGE:
            st.pagination(-(-page.total // PAGE), key=key)
    _measures(measures, names, today, context)


def _verdict(counted: Totals, context: PageContext) -> None:
    text, number = context.text, context.formats.number
    undone = counted.by_state.get(RiskState.NONE, 0)
    again = counted.by_state.get(RiskState.REOPENED, 0)
    if undone or again or counted.late_measures:
        frame.verdict(
            text(
                "**{undone} 件の記載が未分析**、"
                "{again} 件が再分析を待ち、対策 {late} 件が期限を過ぎています。",
                undone=number(undone),
                again=number(again),
                late=number(counted.late_measures),
            )
        )
    elif counted.entries:
        frame.verdict(text("すべての記載が分析され、期限を過ぎた対策はありません。"))


def _matrix(
    counts: Mapping[risk_matrix.Cell, int], selected: risk_matrix.Cell | None, context: PageContext
) -> None:
    text = context.text
    pressed = risk_matrix.show(counts, selected, context, "risk-matrix")
    if pressed:
        now = "" if selected is None else f"{selected[0]}-{selected[1]}"
        st.session_state["risk-cell"] = "" if pressed == now else pressed
        st.rerun()
    if selected is not None and st.button(text("マトリクスの絞り込みを外す"), key="risk-cell-clear"):
        st.session_state["risk-cell"] = ""
        st.rerun()


def _rows(
    rows: Sequence[Summary],
    total: int,
    offset: int,
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
) -> None:
    text, number = context.text, context.formats.number
    shown = [
        tables.Row(
            str(row.entry_id),
            [
                tables.Cell(row.number),
                tables.Cell(row.name, below="".join(risk_words.reasons(row.reopened, context)), link=True),
                tables.Cell(names.get(row.unit_id, NONE)),
                tables.Cell(text(risk_words.STATE[row.state])),
                tables.Cell(NONE) if row.worst is None else risk_words.cell(row.worst, text),
                tables.Cell(NONE)
                if row.worst_residual is None
                else risk_words.cell(row.worst_residual, text),
                tables.Cell(NONE if row.state is RiskState.NONE else number(row.threats)),
                tables.Cell(
                    NONE if row.state is RiskState.NONE else number(row.open_measures),
                    below=text("遅れ {number} 件", number=number(row.late_measures))
                    if row.late_measures
                    else "",
                ),
                tables.Cell(
                    context.formats.day(row.next_review),
                    below=text("見直しの時期です") if row.next_review and row.next_review <= today else "",
                ),
            ],
        )
        for row in rows
    ]
    caption = text(
        "{all} 件のうち {first}–{last} 件目（再分析が必要なもの、残留リスクの高い順）",
        all=number(total),
        first=number(offset + 1),
        last=number(offset + len(rows)),
    )
    columns = [
        tables.Column(text("番号"), nowrap=True),
        tables.Column(text("個人情報の名称")),
        tables.Column(text("単位")),
        tables.Column(text("状態")),
        tables.Column(text("今のリスク"), nowrap=True),
        tables.Column(text("残留リスク"), nowrap=True),
        tables.Column(text("脅威の数"), right=True),
        tables.Column(text("残る対策"), right=True),
        tables.Column(text("次の見直し日"), nowrap=True),
    ]
    opened = tables.show(tables.Table(caption, columns, shown), key="risks")
    if opened:
        addresses.go(addresses.RISKS, entry=opened)


def _measures(
    measures: Sequence[DueMeasure], names: Mapping[UnitId, str], today: date, context: PageContext
) -> None:
    text = context.text
    frame.heading(
        text("これから行う対策"), text("期限の早い順です。記載を開いて、実施したことを記録します。")
    )
    if not measures:
        frame.note(text("予定した対策はすべて実施済みか、まだありません。"))
        return
    rows = [
        tables.Row(
            f"{each.entry_id}",
            [
                tables.Cell(
                    context.formats.day(each.measure.due_on),
                    below=text("期限を過ぎています") if each.measure.due_on < today else "",
                ),
                tables.Cell(each.measure.what),
                tables.Cell(each.measure.owner),
                tables.Cell(
                    risk_words.threat(RiskDraft(each.phase, each.threat, title=each.title), context.language),
                    below=text(risk_words.PHASE[each.phase]),
                ),
                tables.Cell(f"{each.number} {each.entry}", below=names.get(each.unit_id, ""), link=True),
            ],
        )
        for each in measures
    ]
    labels = (text("実施期限"), text("対策"), text("対策の担当者"), text("脅威"), text("台帳の記載"))
    caption = text("{number} 件", number=context.formats.number(len(measures)))
    opened = tables.show(
        tables.Table(caption, [tables.Column(label, nowrap=label == labels[0]) for label in labels], rows),
        key="risk-measures",
    )
    if opened:
        addresses.go(addresses.RISKS, entry=opened)
