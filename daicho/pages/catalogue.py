"""The catalogue of requirements 要求事項の一覧 and the tables that map numbers to each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from daicho.pages import frame, requirement_words, tables
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.requirements import catalogue_of
from privacy_mark.requirements.model import Catalogue, MappingTable, Requirement
from registry.errors import ReferenceFileError
from registry.model import Permission, UnitKind


def show(context: PageContext) -> None:
    """Show one set, or one mapping table."""
    text = context.text
    frame.title(
        text("要求事項の一覧と対応表"),
        text(
            "基準ごとの要求事項と、新旧の項番の対応を調べます。題は自社の言葉で、規格の本文は載せていません。"
        ),
    )
    if not context.may(Permission.VIEW_CERTIFICATION):
        frame.no_right(text)
        return
    try:
        catalogue = catalogue_of(context.workspace.path)
    except ReferenceFileError as error:
        frame.message(text("要求事項の訂正ファイルを読めません。次の行を直してください。"))
        st.code(str(error), language=None)
        return
    what = st.segmented_control(
        text("表示"),
        ["sets", "maps"],
        default="sets",
        key="catalogue-what",
        format_func=lambda each: text("要求事項") if each == "sets" else text("対応表"),
    )
    if what == "maps":
        _mapping(catalogue, context)
    else:
        _set(catalogue, context)


def _set(catalogue: Catalogue, context: PageContext) -> None:
    text = context.text
    left, middle, right = st.columns([5, 3, 2], vertical_alignment="bottom")
    chosen = left.selectbox(
        text("基準"),
        list(catalogue.sets),
        key="catalogue-set",
        format_func=lambda each: catalogue.sets[each].title.of(context.language),
    )
    searched = middle.text_input(text("項番・言葉で絞り込む"), key="catalogue-search").strip().lower()
    on = right.date_input(text("時点（空欄は全期間）"), None, format="YYYY/MM/DD", key="catalogue-day")
    items = catalogue.of_set(chosen)
    versions = [version for each in items for version in catalogue.versions(each.id)]
    listed = [each for each in versions if not isinstance(on, date) or each.holds_on(on)]
    shown = [each for each in listed if searched in _searched(each)]
    unsure = sum(each.confidence.value.startswith("M") for each in items)
    of = catalogue.sets[chosen]
    frame.note(
        text("第 {version} 版。出典：{source}", version=of.version, source="；".join(of.sources.values()))
    )
    if of.applies.countries and UnitKind.OVERSEAS in of.applies.kinds:
        countries = sorted(of.applies.countries)
        frame.note(text("国：{countries}", n=len(countries), countries=text("、").join(countries)))
    if unsure:
        frame.verdict(
            text(
                "**{number} 件は原典の確認が要ります。**"
                "訂正はワークスペースの requirements フォルダーで行います。",
                number=unsure,
            )
        )
    if not shown:
        frame.message(
            text("条件に合う要求事項はありません。条件を外すと {number} 件あります。", number=len(versions))
        )
        return
    _items(shown, len(versions), context)


def _searched(each: Requirement) -> str:
    return f"{each.id} {each.title.ja} {each.title.en}".lower()


def _items(shown: Sequence[Requirement], total: int, context: PageContext) -> None:
    text = context.text
    rows = []
    for each in shown:
        needs = text("、").join(
            text(
                "{name}（{every}）",
                name=need.name.of(context.language),
                every=text(requirement_words.FREQUENCY[need.every]),
            )
            for need in each.needs
        )
        rows.append(
            tables.Row(
                f"{each.id}/{each.first}",
                [
                    tables.Cell(each.id),
                    tables.Cell(
                        each.title.of(context.language),
                        below=each.note.of(context.language) if each.note is not None else "",
                        indent=0 if not each.parent else min(3, each.id.count(".")),
                    ),
                    tables.Cell(needs or NONE),
                    tables.Cell(text(requirement_words.CONFIDENCE[each.confidence])),
                    tables.Cell(
                        requirement_words.period(each, context),
                        below=requirement_words.corrected(each.corrected_by, context),
                    ),
                ],
            )
        )
    labels = (
        text("項番"),
        text("要求事項"),
        text("示すもの（頻度）"),
        text("原典との確認"),
        text("適用期間・訂正"),
    )
    caption = text("{all} 件のうち {number} 件、項番順", all=total, number=len(rows))
    tables.show(
        tables.Table(caption, [tables.Column(label, nowrap=label == labels[0]) for label in labels], rows),
        key="catalogue",
    )


def _mapping(catalogue: Catalogue, context: PageContext) -> None:
    text = context.text
    left, right = st.columns([6, 4], vertical_alignment="bottom")
    chosen = left.selectbox(
        text("対応表"),
        list(catalogue.mappings),
        key="catalogue-mapping",
        format_func=lambda each: catalogue.mappings[each].title.of(context.language),
    )
    turned = right.checkbox(text("逆向きに引く"), key="catalogue-turned")
    table = catalogue.mappings[chosen]
    frame.note(
        text(
            "確からしさ：{confidence}。対応のない項番は理由を示しています。",
            confidence=text(requirement_words.CONFIDENCE[table.confidence]),
        )
    )
    found = table.back() if turned else table.rows
    gaps = table.to_gaps if turned else table.gaps
    own, other = (table.to_set, table.of_set) if turned else (table.of_set, table.to_set)
    rows = [
        tables.Row(
            item.id,
            [
                tables.Cell(item.id),
                tables.Cell(item.title.of(context.language)),
                tables.Cell(
                    text("、").join(found[item.id])
                    if item.id in found
                    else text("対応なし：{why}", why=gaps[item.id].of(context.language)),
                    below=_corrected(table, item.id, context) if not turned else "",
                ),
                tables.Cell(_titles(catalogue, found.get(item.id, ()), context)),
            ],
        )
        for item in catalogue.of_set(own)
        if item.id in found or item.id in gaps
    ]
    names = [catalogue.sets[each].title.of(context.language) for each in (own, other)]
    labels = (text("項番"), names[0], text("対応する項番"), names[1])
    tables.show(
        tables.Table(
            _caption(table, len(rows), context),
            [tables.Column(label, nowrap=label == labels[0]) for label in labels],
            rows,
        ),
        key="catalogue-mapping-table",
    )


def _corrected(table: MappingTable, item_id: str, context: PageContext) -> str:
    by = table.corrected_by.get(item_id)
    return requirement_words.corrected((by,), context) if by is not None else ""


def _titles(catalogue: Catalogue, ids: Sequence[str], context: PageContext) -> str:
    return context.text("、").join(catalogue.requirements[each].title.of(context.language) for each in ids)


def _caption(table: MappingTable, rows: int, context: PageContext) -> str:
    return context.text("{title}、{number} 行", title=table.title.of(context.language), number=rows)
