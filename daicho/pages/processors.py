"""Processors 委託先: whom data are entrusted to, by which contract, and which scanned places lie there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import drawer, frame, ledger_refusals, scope, tables, words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.text import mark
from registry import processors
from registry.access import today_in_japan, units_allowed
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.model import Permission, SourceId, SourceRow, Unit, UnitId
from registry.processors import Processor, ProcessorDraft
from scanners.model import Category

_SAID = "processor-said"
COLUMN: Mapping[str, str] = {
    "name": mark("名称"),
    "corporate_number": mark("法人番号（13 桁）"),
    "country": mark("国"),
    "contract": mark("契約（名称・番号・保管場所）"),
    "categories": mark("契約で預ける項目"),
    "valid_from": mark("契約の開始日"),
    "valid_until": mark("契約の終了日"),
    "sources": mark("委託先にある走査対象"),
}


def show(context: PageContext) -> None:
    """Show the register, and the form of one processor for who may change it."""
    text = context.text
    frame.title(text("委託先"), text("個人情報を預ける相手と、預ける根拠となる契約を記録します。"))
    if not context.may(Permission.VIEW_LEDGER):
        frame.no_right(text)
        return
    with context.read() as tx:
        units = scope.units(tx)
        found = processors.processors(tx)
        sources = drawer.visible_sources(tx)
        today = today_in_japan(tx.now)
        managed = units_allowed(tx, Permission.MANAGE_PROCESSORS)
    mine = [unit for unit in units if unit.id in managed]
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    names = scope.full_names(units, context.language)
    chosen = _table(found, names, today, context)
    if chosen is not None and chosen.draft.unit_id in managed:
        frame.heading(text("委託先の内容を直す"))
        _form(chosen.draft, chosen, mine, sources, context)
    elif mine:
        with st.expander(text("委託先を登録する"), expanded=not found):
            _form(None, None, mine, sources, context)


def _table(
    found: Sequence[Processor], names: Mapping[UnitId, str], today: date, context: PageContext
) -> Processor | None:
    text, formats = context.text, context.formats
    if not found:
        frame.message(text("委託先はまだ登録されていません。"))
        return None
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.draft.name, below=each.draft.corporate_number, link=True),
                tables.Cell(names.get(each.draft.unit_id, NONE)),
                tables.Cell(words.categories(each.draft.categories, text, 4) or NONE),
                tables.Cell(each.draft.contract or NONE),
                tables.Cell(_period(each.draft, context)),
                tables.Cell(text("契約あり") if each.covers_on(today) else text("有効な契約なし")),
            ],
        )
        for each in found
    ]
    labels = [
        text("名称"),
        text("単位"),
        text("契約で預ける項目"),
        text("契約"),
        text("期間"),
        text("状態"),
    ]
    caption = text("{number} 件", number=formats.number(len(found)))
    opened = tables.show(
        tables.Table(caption, [tables.Column(label) for label in labels], rows), key="processors"
    )
    if opened:
        st.query_params["processor"] = opened
    wanted = st.query_params.get("processor", "")
    return next((each for each in found if str(each.id) == wanted), None)


def _period(of: ProcessorDraft, context: PageContext) -> str:
    first = context.formats.day(of.valid_from) if of.valid_from else ""
    last = context.formats.day(of.valid_until) if of.valid_until else ""
    return f"{first}–{last}" if first or last else NONE


def _form(
    start: ProcessorDraft | None,
    known: Processor | None,
    units: Sequence[Unit],
    sources: Mapping[SourceId, SourceRow],
    context: PageContext,
) -> None:
    text = context.text
    of = start or ProcessorDraft(units[0].id, "")
    key = f"processor-{known.id}-{known.version}" if known else "processor-new"
    with st.form(key, border=False):
        codes = [unit.id for unit in units]
        called = {unit.id: unit.name(context.language) for unit in units}
        unit_id = st.selectbox(
            text("単位"),
            codes,
            index=codes.index(of.unit_id),
            format_func=called.__getitem__,
            disabled=known is not None,
        )
        left, middle, right = st.columns([3, 2, 1])
        with left:
            name = st.text_input(text("{name}（必須）", name=text(COLUMN["name"])), of.name)
        with middle:
            number = st.text_input(text(COLUMN["corporate_number"]), of.corporate_number, max_chars=13)
        with right:
            country = st.text_input(text(COLUMN["country"]), of.country, max_chars=2)
        contract = st.text_input(text(COLUMN["contract"]), of.contract)
        left, right = st.columns(2)
        with left:
            first = st.date_input(text(COLUMN["valid_from"]), of.valid_from, format="YYYY/MM/DD")
        with right:
            last = st.date_input(text(COLUMN["valid_until"]), of.valid_until, format="YYYY/MM/DD")
        categories = st.multiselect(
            text(COLUMN["categories"]),
            list(words.GRAVITY),
            default=[each for each in words.GRAVITY if each in of.categories],
            format_func=lambda each: text(words.CATEGORY[each]),
            placeholder=text("選ぶ"),
        )
        places = st.multiselect(
            text(COLUMN["sources"]),
            list(sources),
            default=[each for each in sources if each in of.sources],
            format_func=lambda each: sources[each].name,
            placeholder=text("選ぶ"),
        )
        sent = st.form_submit_button(text("変更を保存") if known else text("委託先を登録"), type="primary")
    if not sent:
        return
    draft = ProcessorDraft(
        unit_id=unit_id,
        name=name.strip(),
        corporate_number=number.strip(),
        country=country.strip().upper(),
        contract=contract.strip(),
        categories=frozenset(Category(each) for each in categories),
        valid_from=first if isinstance(first, date) else None,
        valid_until=last if isinstance(last, date) else None,
        sources=frozenset(places) | (of.sources - frozenset(sources)),
    )
    _save(draft, known, context)


def _save(draft: ProcessorDraft, known: Processor | None, context: PageContext) -> None:
    text = context.text
    try:
        with context.write("processor page") as tx:
            if known is None:
                processors.add_processor(tx, draft)
            else:
                changes = {
                    column: getattr(draft, column)
                    for column in COLUMN
                    if getattr(draft, column) != getattr(known.draft, column)
                }
                processors.change_processor(tx, known.id, expected_version=known.version, changes=changes)
    except (AccessDenied, Conflict, InvalidValue, NotFound) as error:
        st.error(ledger_refusals.sentence(error, context))
        return
    context.reassess()
    st.session_state[_SAID] = text("「{name}」を保存しました。", name=draft.name)
    st.query_params.pop("processor", None)
    st.rerun()
