"""Units 組織: the tree of the group, new units, a table of units; a unit opens on a page of its own."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import streamlit as st

from daicho.pages import addresses, frame, refusals, scope, tables, unit_form, unit_page, upload, words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.table_file import Row
from daicho.table_headings import UNIT_HEADINGS
from daicho.text import Translator, mark
from registry import organisation, organisation_import
from registry.access import together
from registry.errors import AccessDenied, InvalidValue, NotFound
from registry.model import Permission, Unit, UnitId
from registry.organisation_import import ImportRefusedError, Outcome, Step
from registry.store import Tx

PAGE = 100
_SAID = "units-said"
_STEP: Mapping[Step, str] = {
    Step.CREATED: mark("追加"),
    Step.CHANGED: mark("変更"),
    Step.MOVED: mark("移動"),
    Step.UNCHANGED: mark("変更なし"),
    Step.REFUSED: mark("誤り"),
}


def show(context: PageContext) -> None:
    """Show the unit in the address, else the tree."""
    text = context.text
    if not context.may(Permission.MANAGE_ORGANISATION):
        frame.title(text("組織"), _purpose(text))
        frame.no_right(text)
        return
    wanted = st.query_params.get("opened", "")
    with context.read() as tx:
        units = scope.units(tx)
        managed = managed_by(tx)
        unit = organisation.unit_by_code(tx, wanted) if wanted else None
    if wanted:
        unit_page.show(unit, units, managed, context)
        return
    frame.title(text("組織"), _purpose(text))
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    _adding([each for each in units if each.id in managed and each.closed_at is None], context)
    upload.show(
        upload.Importer(
            "units-import",
            text("列：記号、名称、英語名、種類、上位の記号、国、プライバシーマーク"),
            UNIT_HEADINGS,
            functools.partial(_import, context=context),
        ),
        context,
    )
    _tree(units, context)


def managed_by(tx: Tx) -> frozenset[int]:
    """Return the units that the person may change, by any of their affiliations."""
    return frozenset[int]().union(*together(tx, Permission.MANAGE_ORGANISATION))


def _purpose(text: Translator) -> str:
    return text("会社、病院、事業所、部門の木を確かめ、追加、変更、移動、統合します。")


def _tree(units: Sequence[Unit], context: PageContext) -> None:
    text, number = context.text, context.formats.number
    search, _rest = st.columns([4, 6])
    with search:
        wanted = st.text_input(
            text("検索"), key="units-text", placeholder=text("名称か記号の一部"), icon=":material/search:"
        ).strip()
    depth = scope.depths(units)
    found = [unit for unit in units if not wanted or _holds(unit, wanted.casefold())]
    if not found:
        frame.message(
            text("条件に合うものはありません。条件を消すと {total} 件あります。", total=number(len(units)))
        )
        return
    key = f"units-page-{wanted}"
    first = (int(st.session_state.get(key, 1)) - 1) * PAGE
    rows = found[first : first + PAGE]
    caption = text(
        "{all} 単位のうち {first}–{last} 番目",
        all=number(len(found)),
        first=number(first + 1),
        last=number(first + len(rows)),
    )
    columns = [
        tables.Column(text("名称")),
        tables.Column(text("記号"), nowrap=True),
        tables.Column(text("種類"), nowrap=True),
        tables.Column(text("国"), nowrap=True),
        tables.Column(text("法人"), nowrap=True),
        tables.Column(text("小規模"), nowrap=True),
        tables.Column(text("状態"), nowrap=True),
    ]
    table = tables.Table(
        caption,
        columns,
        [
            tables.Row(
                unit.code,
                [
                    tables.Cell(
                        unit.name(context.language), link=True, indent=0 if wanted else depth[unit.id]
                    ),
                    tables.Cell(unit.code, code=True),
                    tables.Cell(text(words.UNIT_KIND[unit.kind])),
                    tables.Cell(unit.country),
                    tables.Cell(text("法人") if unit.kind.is_entity else NONE),
                    tables.Cell(text("小規模") if unit.small else NONE),
                    tables.Cell(text("閉鎖") if unit.closed_at is not None else NONE),
                ],
            )
            for unit in rows
        ],
    )
    opened = tables.show(table, key="units")
    if len(found) > PAGE:
        st.pagination(-(-len(found) // PAGE), key=key)
    if opened:
        addresses.go(addresses.UNITS, opened=opened)


def _holds(unit: Unit, wanted: str) -> bool:
    return any(wanted in each.casefold() for each in (unit.code, unit.name_ja, unit.name_en))


def _adding(parents: Sequence[Unit], context: PageContext) -> None:
    text = context.text
    with st.expander(text("単位を追加する")), st.form("unit-new", border=False, clear_on_submit=False):
        parent = unit_form.choice(text("上位の単位（必須）"), parents, "unit-new-parent", context)
        values = unit_form.fields(unit_form.EMPTY, context, "unit-new")
        sent = st.form_submit_button(text("単位を追加"), type="primary", key="unit-add")
    if not sent:
        return
    if parent is None:
        st.error(text("上位の単位を選んでください。"))
        return
    try:
        with context.write("units page") as tx:
            made = organisation.create_unit(tx, parent_id=UnitId(parent.id), **values.as_columns())  # type: ignore[arg-type]  # the values are of these columns
    except (InvalidValue, AccessDenied, NotFound) as error:
        st.error(unit_form.refused(error, text))
        return
    st.session_state[_SAID] = text("追加しました：{name}", name=made.name(context.language))
    st.rerun()


def _import(rows: Sequence[Row], *, context: PageContext, dry_run: bool) -> upload.Report:
    """Take a table of units, or try it."""
    lines, wrong = [], []
    for number, row in rows:
        try:
            lines.append(organisation_import.line(number, row))
        except InvalidValue as error:
            refused = (Step.REFUSED,)
            wrong.append(Outcome(number, row.get("code", ""), refused, error.column, error.rule))
    if wrong:
        return _told(wrong, len(rows), context)
    try:
        with context.write("units page, import") as tx:
            outcomes = organisation_import.take(tx, lines)
            if dry_run:
                tx.session.rollback()
    except ImportRefusedError as error:
        return _told(error.outcomes, len(rows), context)
    return _told(outcomes, len(rows), context)


def _told(outcomes: Sequence[Outcome], rows: int, context: PageContext) -> upload.Report:
    text = context.text
    lines = []
    for each in outcomes:
        if each.steps == (Step.UNCHANGED,):
            continue
        why = ""
        if each.refused:
            column = text(unit_form.COLUMN.get(each.column, each.column))
            why = text("{column}：{why}", column=column, why=refusals.rule(each.rule, text))
        steps = words.listed((text(_STEP[step]) for step in each.steps), text)
        lines.append(upload.Line(each.number, each.code, steps, why))
    return upload.Report(tuple(lines), rows)
