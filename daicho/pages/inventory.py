"""Inventory データの所在: every object with personal data, by category, kind, unit and risk, in pages."""

from __future__ import annotations

import streamlit as st

from daicho.pages import (
    addresses,
    drawer,
    frame,
    not_personal,
    risk_scale,
    saved_filters,
    scope,
    separation,
    tables,
    words,
)
from daicho.pages.context import PageContext
from registry import inventory as reality
from registry.inventory import ObjectFilter
from registry.model import ObjectId, ObjectRow, Permission, RiskLevel, SourceId, SourceRow, Unit, UnitId
from registry.saved_filters import FilteredPage
from registry.views import SensitiveList
from scanners.model import Category

PAGE = 50
_MISLEADING = "!"  # beside the kinds: what calls itself something else
_WIDGETS = ("inventory-text", "inventory-categories", "inventory-kinds", "inventory-levels")


def show(context: PageContext) -> None:
    """Show the page."""
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(text("データの所在"), text("見つかった個人情報を、種類・場所・リスクで絞り込みます。"))
    if not context.may(Permission.VIEW_LOCATIONS):
        frame.no_right(text)
        return
    store = context.workspace.findings
    with context.read() as tx:
        units = scope.units(tx)
        known = drawer.visible_sources(tx)
        closed = separation.closed(tx)
        with right:
            unit = scope.select(context, units, "inventory-scope", whole=len(units) > 1)
        wanted = _filters(unit, reality.kinds(tx, store), context)
        page_key = _page_key(wanted)
        number = int(st.session_state.get(page_key, 1))
        page = reality.objects(tx, store, wanted, offset=(number - 1) * PAGE, limit=PAGE)
        if page.total and not page.rows:
            # A new scan made the list shorter than the page that was open.
            page_key, number = _page_key(None), 1
            page = reality.objects(tx, store, wanted, offset=0, limit=PAGE)
        without_levels = None
        if not page.total:
            without_levels = reality.objects(tx, store, ObjectFilter(unit_id=wanted.unit_id), limit=1).total
    if page.rows:
        context.viewed(SensitiveList.LOCATIONS, wanted.unit_id)
    separation.note(closed, units, context)
    not_personal.proposals(context)
    if not page.total:
        _empty(without_levels or 0, context)
        return
    _rows(page.rows, page.total, number, scope.full_names(units, context.language), known, context)
    pages = -(-page.total // PAGE)
    if pages > 1:
        st.pagination(pages, key=page_key)
    wanted_object = st.query_params.get("object", "")
    if wanted_object:
        drawer.show(ObjectId(wanted_object), context)


def _page_key(wanted: ObjectFilter | None) -> str:
    """Return the key of the page numbers; another filter has another key and so starts at the first page."""
    if wanted is None or st.session_state.get("inventory-filter") != wanted:
        st.session_state["inventory-filter"] = wanted
        st.session_state["inventory-count"] = st.session_state.get("inventory-count", 0) + 1
    return f"inventory-page-{st.session_state['inventory-count']}"


def _clear() -> None:
    """Take every condition away but the unit."""
    for key in _WIDGETS:
        st.session_state[key] = "" if key == "inventory-text" else []


def _filters(unit: Unit | None, kinds: list[str], context: PageContext) -> ObjectFilter:
    text = context.text
    search, categories, formats, levels, clear = st.columns([3, 3, 2, 2.4, 1.4], vertical_alignment="bottom")
    with search:
        wanted = st.text_input(
            text("検索"), key="inventory-text", placeholder=text("場所や名前の一部"), icon=":material/search:"
        )
    with categories:
        chosen = st.multiselect(
            text("種類"),
            list(words.GRAVITY),
            key="inventory-categories",
            format_func=lambda each: text(words.CATEGORY[each]),
            placeholder=text("すべて"),
        )
    kinds = [*kinds, _MISLEADING]
    with formats:
        kept = st.multiselect(
            text("形式"),
            kinds,
            key="inventory-kinds",
            format_func=lambda kind: text("拡張子と内容が違う") if kind == _MISLEADING else kind,
            placeholder=text("すべて"),
        )
    with levels:
        steps = st.multiselect(
            text("リスク"),
            [step.level for step in reversed(risk_scale.STEPS)],
            key="inventory-levels",
            format_func=lambda level: f"{risk_scale.step(level).shape} {text(risk_scale.step(level).word)}",
            placeholder=text("すべて"),
        )
    with clear:
        st.button(text("条件を消す"), key="inventory-clear", on_click=_clear)
    saved_filters.show(
        FilteredPage.INVENTORY,
        saved_filters.Fields(
            ["inventory-text"],
            lists={
                "inventory-categories": list(words.GRAVITY),
                "inventory-kinds": kinds,
                "inventory-levels": [step.level for step in risk_scale.STEPS],
            },
        ),
        context,
    )
    return ObjectFilter(
        text=wanted.strip(),
        categories=frozenset(Category(each) for each in chosen),
        kinds=frozenset(kept) - {_MISLEADING},
        misleading=_MISLEADING in kept,
        unit_id=unit.id if unit else None,
        levels=frozenset(RiskLevel(step) for step in steps),
    )


def _empty(total: int, context: PageContext) -> None:
    text = context.text
    if total:
        frame.message(
            text(
                "条件に合うものはありません。条件を消すと {total} 件あります。",
                total=context.formats.number(total),
            )
        )
    else:
        frame.message(text("個人情報のある対象はまだありません。走査が終わると、ここに並びます。"))


def _rows(
    rows: tuple[ObjectRow, ...],
    total: int,
    number: int,
    units: dict[UnitId, str],
    known: dict[SourceId, SourceRow],
    context: PageContext,
) -> None:
    text, formats = context.text, context.formats
    first = (number - 1) * PAGE + 1
    caption = text(
        "{all} 件のうち {first}–{last} 件目、リスクの高い順",
        all=formats.number(total),
        first=formats.number(first),
        last=formats.number(first + len(rows) - 1),
    )
    table = tables.Table(
        caption=caption,
        columns=[
            tables.Column(text("リスク"), nowrap=True),
            tables.Column(text("対象")),
            tables.Column(text("単位")),
            tables.Column(text("種類")),
            tables.Column(text("本人（人）"), right=True),
            tables.Column(text("読める人"), nowrap=True),
            tables.Column(text("台帳との突合"), nowrap=True),
        ],
        rows=[
            tables.Row(
                row.id,
                [
                    tables.risk_cell(row.risk.score, text) if row.risk else tables.Cell("—"),
                    tables.Cell(drawer.name_of(row, context), below=drawer.place_of(row, known), link=True),
                    tables.Cell(units.get(row.unit_id, "—")),
                    tables.Cell(words.categories(row.categories, text, 4), below=drawer.notes(row, context)),
                    tables.Cell(formats.persons(row.persons)),
                    tables.Cell(text(words.READERS[row.exposure])),
                    tables.Cell(drawer.ledger_state(row, context)),
                ],
            )
            for row in rows
        ],
        selected=st.query_params.get("object", ""),
    )
    opened = tables.show(table, key="inventory")
    if opened:
        addresses.go(addresses.INVENTORY, unit=scope.chosen_code(), object=opened)
