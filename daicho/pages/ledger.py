"""Ledger 個人情報管理台帳: the list of entries with their differences, and the way to one entry."""

from __future__ import annotations

import streamlit as st

from daicho.pages import (
    addresses,
    applications,
    bulk_edit,
    entry_page,
    frame,
    ledger_export,
    ledger_import,
    review,
    saved_filters,
    scope,
    tables,
    words,
)
from daicho.pages.context import PageContext
from registry import applications as book_applications
from registry import discrepancies
from registry import ledger as book
from registry.access import today_in_japan, units_allowed
from registry.applications import ApplicationId
from registry.case_states import CaseId
from registry.ledger_review import is_due
from registry.model import Discrepancy, EntryId, LedgerEntry, ObjectId, Permission, UnitId
from registry.saved_filters import FilteredPage
from scanners.model import Category


def show(context: PageContext) -> None:
    """Show the entry in the address, the draft in the address, else the list."""
    text = context.text
    if not context.may(Permission.VIEW_LEDGER):
        frame.title(text("個人情報管理台帳"), _purpose(context))
        frame.no_right(text)
        return
    wanted = addresses.number("entry")
    draft = st.query_params.get("draft", "")
    application = addresses.number("application")
    case = addresses.number("case")
    if wanted is not None:
        entry_page.show(EntryId(wanted), context)
    elif application is not None:
        applications.show(ApplicationId(application), context)
    elif st.query_params.get("new", ""):
        applications.show_new(context)
    elif case is not None:
        entry_page.show_case(CaseId(case), context)
    elif draft:
        entry_page.show_draft(ObjectId(draft), context)
    else:
        _list(context)


def _purpose(context: PageContext) -> str:
    return context.text("どの個人情報を、何のために、どこに持つかを記録し、検出結果と比べます。")


def _list(context: PageContext) -> None:
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(text("個人情報管理台帳"), _purpose(context))
    applications.said()
    search, items, only, due = st.columns([2, 2, 2.6, 2.4], vertical_alignment="bottom")
    with search:
        wanted = st.text_input(
            text("検索"),
            key="ledger-text",
            placeholder=text("名称、番号、目的の一部"),
            icon=":material/search:",
        )
    with items:
        chosen = st.multiselect(
            text("項目"),
            list(words.GRAVITY),
            key="ledger-items",
            format_func=lambda each: text(words.CATEGORY[each]),
            placeholder=text("すべて"),
        )
    with only:
        different = st.checkbox(text("差異のある記載だけ"), key="ledger-different")
    with due:
        if "ledger-due" not in st.session_state:  # a link of a digest leads here
            st.session_state["ledger-due"] = st.query_params.get("due", "") == "1"
        reviewing = st.checkbox(text("見直し時期の記載だけ"), key="ledger-due")
    saved_filters.show(
        FilteredPage.LEDGER,
        saved_filters.Fields(
            ["ledger-text"], ["ledger-different", "ledger-due"], {"ledger-items": list(words.GRAVITY)}
        ),
        context,
    )
    with context.read() as tx:
        units = scope.units(tx)
        with right:
            unit = scope.select(context, units, "ledger-scope", whole=len(units) > 1)
        unit_id = unit.id if unit else None
        found = book.entries(
            tx, unit_id=unit_id, text=wanted.strip(), categories=[Category(each) for each in chosen]
        )
        differences = discrepancies.open_discrepancies(tx, unit_id=unit_id)
        asked = book_applications.applications(tx)
        ended = book_applications.decided(tx)
        today = today_in_japan(tx.now)
        edits = units_allowed(tx, Permission.EDIT_LEDGER)
    names = scope.full_names(units, context.language)
    by_entry: dict[EntryId, list[Discrepancy]] = {}
    for each in differences:
        if each.entry_id is not None:
            by_entry.setdefault(each.entry_id, []).append(each)
    shown = [
        entry
        for entry in found
        if (not different or entry.id in by_entry) and (not reviewing or is_due(entry, today))
    ]
    unregistered = sum(each.entry_id is None for each in differences)
    _summary(len(by_entry), unregistered, context)
    applications.waiting(asked, names, context)
    applications.ended(ended, names, context)
    may_add = context.may(Permission.EDIT_LEDGER) or context.may(Permission.APPLY_LEDGER)
    if may_add and st.button(text("新しい記載を作る"), key="ledger-new", icon=":material/add:"):
        addresses.go(addresses.LEDGER, new="1")
    editable = [each for each in units if each.id in edits and each.closed_at is None]
    if editable:
        ledger_import.show(editable, context)
    ledger_export.show(unit, units, context)
    if not shown:
        frame.message(
            text("条件に合う記載はありません。")
            if found or wanted or chosen
            else text("台帳にはまだ記載がありません。")
        )
        return
    if reviewing:
        review.confirm([entry for entry in shown if entry.unit_id in edits], context)
    bulk_edit.show([entry for entry in shown if entry.unit_id in edits], context)
    _rows(shown, len(found), by_entry, names, context)


def _summary(different: int, unregistered: int, context: PageContext) -> None:
    text = context.text
    if different or unregistered:
        frame.verdict(
            text(
                "**{different} 件の記載が実態と違い**、台帳にないデータが {unregistered} 件あります。",
                different=context.formats.number(different),
                unregistered=context.formats.number(unregistered),
            )
        )
    else:
        frame.verdict(text("記載と実態に違いは見つかっていません。"))


def _rows(
    shown: list[LedgerEntry],
    total: int,
    by_entry: dict[EntryId, list[Discrepancy]],
    units: dict[UnitId, str],
    context: PageContext,
) -> None:
    text, formats = context.text, context.formats
    rows = []
    for entry in shown:
        found = by_entry.get(entry.id, [])
        kinds = words.listed(dict.fromkeys(text(words.DISCREPANCY[each.kind]) for each in found), text)
        rows.append(
            tables.Row(
                str(entry.id),
                [
                    tables.Cell(entry.number),
                    tables.Cell(entry.name, below=entry.purpose, link=True),
                    tables.Cell(units.get(entry.unit_id, "—")),
                    tables.Cell(words.categories(entry.items, text, 4)),
                    tables.Cell(formats.number(entry.approximate_count), order=entry.approximate_count or 0),
                    tables.Cell(kinds or "—", order=-len(found)),
                    tables.Cell(formats.moment(entry.updated_at), below=entry.updated_by),
                    tables.Cell(
                        text("承認済み") if entry.is_approved else text("未承認"),
                        below=review.words_of(entry, context),
                    ),
                ],
            )
        )
    table = tables.Table(
        caption=text("{all} 件のうち {shown} 件", all=formats.number(total), shown=formats.number(len(rows))),
        columns=[
            tables.Column(text("番号"), sortable=True, nowrap=True),
            tables.Column(text("個人情報の名称"), sortable=True),
            tables.Column(text("単位"), sortable=True),
            tables.Column(text("項目")),
            tables.Column(text("件数（人）"), right=True, sortable=True),
            tables.Column(text("差異"), sortable=True, nowrap=True),
            tables.Column(text("更新"), nowrap=True),
            tables.Column(text("承認と見直し"), nowrap=True),
        ],
        rows=rows,
    )
    opened = tables.show(table, key="ledger")
    if opened:
        addresses.go(addresses.LEDGER, entry=opened)
