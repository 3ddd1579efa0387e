"""Processors 委託先: whom data are entrusted to, by which contract, and whether evaluated in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import (
    addresses,
    drawer,
    frame,
    pm_words,
    processor_form,
    processor_page,
    scope,
    tables,
    words,
)
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.processor_words import RESULT
from privacy_mark.processors.model import Result, Standing
from privacy_mark.processors.standing import standings
from registry import processors
from registry.access import today_in_japan, units_allowed
from registry.handling import ProcessorId
from registry.model import Permission, UnitId
from registry.processors import Processor


def show(context: PageContext) -> None:
    """Show the processor of the address, else the register and the form of a new one."""
    text = context.text
    if not context.may(Permission.VIEW_LEDGER):
        frame.title(text("委託先"), _purpose(context))
        frame.no_right(text)
        return
    wanted = addresses.number("processor")
    if wanted is not None:
        processor_page.show(ProcessorId(wanted), context)
    else:
        _register(context)


def _purpose(context: PageContext) -> str:
    return context.text("個人情報を預ける相手、預ける根拠となる契約、委託先の評価を記録します。")


def _register(context: PageContext) -> None:
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(text("委託先"), _purpose(context))
    with context.read() as tx:
        units = scope.units(tx)
        with right:
            unit = scope.select(context, units, "processors-scope", whole=len(units) > 1)
        found = processors.processors(tx, unit_id=unit.id if unit else None)
        sources = drawer.visible_sources(tx)
        today = today_in_japan(tx.now)
        stands = {each.processor_id: each for each in standings(tx, today, unit_id=unit.id if unit else None)}
        managed = units_allowed(tx, Permission.MANAGE_PROCESSORS)
    mine = [each for each in units if each.id in managed and each.closed_at is None]
    if said := st.session_state.pop(processor_form.SAID, ""):
        frame.message(said)
    names = scope.full_names(units, context.language)
    if found:
        frame.verdict(_verdict([stands[each.id] for each in found], today, context))
    _table(sorted(found, key=lambda each: _order(stands[each.id])), stands, names, today, context)
    if mine:
        with st.expander(text("委託先を登録する"), expanded=not found):
            processor_form.form(None, None, mine, sources, context)


def _order(of: Standing) -> tuple[bool, date]:
    return not of.supervised, of.due_on


def _verdict(stands: Sequence[Standing], today: date, context: PageContext) -> str:
    """Return how many are to be evaluated now; of those that are supervised."""
    text, number = context.text, context.formats.number
    watched = [each for each in stands if each.supervised]
    never = sum(each.evaluated_on is None for each in watched)
    late = sum(each.evaluated_on is not None and each.due_on < today for each in watched)
    unfit = sum(each.result is Result.UNFIT for each in watched)
    said = [
        text("評価の期限を過ぎた委託先が {number} 件", number=number(late)) if late else "",
        text("一度も評価していない委託先が {number} 件", number=number(never)) if never else "",
        text("基準に達しない委託先が {number} 件", number=number(unfit)) if unfit else "",
    ]
    if not watched:
        return text("評価が必要な委託先はありません。")
    if not any(said):
        return text("委託先 {number} 件は、期限内に評価しています。", number=number(len(watched)))
    return text("**{listed}あります。**", listed=words.listed(filter(None, said), text))


def _table(
    found: Sequence[Processor],
    stands: Mapping[ProcessorId, Standing],
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
) -> None:
    text = context.text
    if not found:
        frame.message(text("委託先はまだ登録されていません。"))
        return
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.draft.name, below=each.draft.corporate_number, link=True),
                tables.Cell(names.get(each.draft.unit_id, NONE)),
                tables.Cell(words.categories(each.draft.categories, text, 4) or NONE),
                tables.Cell(
                    text("契約あり") if each.covers_on(today) else text("有効な契約なし"),
                    below=processor_page.period(each.draft, context),
                ),
                evaluated(stands[each.id], context),
                due(stands[each.id], today, context),
            ],
        )
        for each in found
    ]
    columns = [
        tables.Column(text("名称")),
        tables.Column(text("単位")),
        tables.Column(text("契約で預ける項目")),
        tables.Column(text("契約")),
        tables.Column(text("委託先の評価")),
        tables.Column(text("次の評価の期限"), nowrap=True),
    ]
    caption = text("{number} 件（次の評価の期限が早い順）", number=context.formats.number(len(found)))
    opened = tables.show(tables.Table(caption, columns, rows), key="processors")
    if opened:
        addresses.go(addresses.PROCESSORS, unit=scope.chosen_code(), processor=opened)


def evaluated(of: Standing, context: PageContext) -> tables.Cell:
    """Return the newest evaluation of a processor."""
    if of.result is None:
        return tables.Cell(context.text("評価の記録なし"))
    return tables.Cell(context.text(RESULT[of.result]), below=context.formats.day(of.evaluated_on))


def due(of: Standing, today: date, context: PageContext) -> tables.Cell:
    """Return by when a processor is evaluated next; of one that is not supervised any more that."""
    if not of.supervised:
        return tables.Cell(NONE, below=context.text("委託は終わりました"))
    return tables.Cell(context.formats.day(of.due_on), below=pm_words.left(of.due_on, today, context))
