"""The form of a processor 委託先: whom data are entrusted to, by which contract, and what lies there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import ledger_refusals, words
from daicho.pages.context import PageContext
from daicho.text import mark
from registry import processors
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.model import SourceId, SourceRow, Unit
from registry.processors import Processor, ProcessorDraft
from scanners.model import Category

SAID = "processor-said"
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


def form(
    start: ProcessorDraft | None,
    known: Processor | None,
    units: Sequence[Unit],
    sources: Mapping[SourceId, SourceRow],
    context: PageContext,
) -> None:
    """Show the form of a known processor, or of a new one."""
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
    st.session_state[SAID] = text("「{name}」を保存しました。", name=draft.name)
    st.rerun()
