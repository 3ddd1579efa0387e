"""The index of two years' records with a way to each, and the ledger shown without names of persons."""

from __future__ import annotations

import streamlit as st

from daicho.pages import addresses, assessment_words, frame, risk_words, tables, words
from daicho.pages.assessment_case import Case
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.assessments import index, lookup
from privacy_mark.assessments.index import IndexLine, RecordKind
from registry.access import allowed
from registry.model import Permission
from registry.risk_model import RiskState


def show(case: Case, context: PageContext) -> None:
    """Show the look-up and the index."""
    _lookup(case, context)
    _index(case, context)


def _lookup(case: Case, context: PageContext) -> None:
    text, formats = context.text, context.formats
    with context.read() as tx:
        may = allowed(tx, Permission.VIEW_LEDGER, case.of.unit_id)
    if not may:
        return
    frame.heading(
        text("その場で台帳を見せる"),
        text("番号・名称・利用目的で探します。管理者や承認者の氏名は、ここには出ません。"),
    )
    wanted = st.text_input(
        text("探す言葉"),
        max_chars=100,
        placeholder="L-0001",
        key="records-words",
        label_visibility="collapsed",
    )
    if not wanted.strip():
        return
    with context.read() as tx:
        found, total = lookup.entries(tx, case.of.unit_id, wanted)
    if not found:
        frame.message(text("この言葉を含む台帳の記載は、審査を受ける組織にはありません。"))
        return
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.number),
                tables.Cell(each.name, below=each.purpose),
                tables.Cell(words.categories(each.items, text)),
                tables.Cell(formats.number(each.approximate_count)),
                tables.Cell(each.retention or NONE),
                tables.Cell(text(risk_words.STATE[RiskState(each.risk_state or RiskState.NONE)])),
                tables.Cell(formats.day(each.next_review)),
                tables.Cell(formats.number(each.files)),
            ],
        )
        for each in found
    ]
    labels = (
        *(text("番号"), text("名称と利用目的"), text("項目"), text("本人の数")),
        *(text("利用の終わり"), text("リスク分析"), text("次回見直し日"), text("添付")),
    )
    caption = text("台帳の記載 {total} 件のうち {number} 件", total=formats.number(total), number=len(rows))
    tables.show(tables.Table(caption, [tables.Column(label) for label in labels], rows), key="lookup")


def _index(case: Case, context: PageContext) -> None:
    text, formats = context.text, context.formats
    with context.read() as tx:
        found = index.index(tx, case.of.id)
    frame.heading(
        text("2 年分の記録の一覧"),
        text(
            "{period} の記録が製品のどこにあるかです。紙で保管する記録は、下の一覧に入りません。",
            period=formats.period(found.since, found.until),
        ),
    )
    rows = [
        tables.Row(
            line.kind.value,
            [
                tables.Cell(line.requirement),
                tables.Cell(text(assessment_words.RECORD[line.kind].name), link=line.number is not None),
                tables.Cell(_number(line, context), order=line.number if line.number is not None else -1),
                tables.Cell(formats.day(line.newest)),
                tables.Cell(text("出る") if line.names else text("出ない")),
            ],
        )
        for line in found.lines
    ]
    labels = (
        *(text("要求事項"), text("記録"), text("件数")),
        *(text("最も新しい日"), text("開いた画面に人の氏名が")),
    )
    columns = [tables.Column(label, right=label == labels[2], nowrap=True) for label in labels]
    opened = tables.show(
        tables.Table(text("記録 {number} 種類、要求事項の順", number=len(rows)), columns, rows), key="index"
    )
    if opened:
        unit = next((each for each in case.units if each.id == found.unit_id), None)
        addresses.go(assessment_words.RECORD[RecordKind(opened)].address, unit=unit.code if unit else "")


def _number(line: IndexLine, context: PageContext) -> str:
    if line.number is None:
        return context.text("閲覧の権限なし")
    return context.text("{number} 件", number=context.formats.number(line.number))
