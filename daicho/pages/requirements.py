"""Requirements and readiness 要求事項と準備状況: all entities as a list, and one of them clause by clause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from daicho.pages import (
    addresses,
    frame,
    renewal_issue,
    requirement_detail,
    requirement_evidence,
    requirement_words,
    scope,
    tables,
)
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.requirements import catalogue_of
from privacy_mark.requirements import earlier, group, planned, readiness
from privacy_mark.requirements.earlier import EarlierNeed
from privacy_mark.requirements.model import Catalogue
from privacy_mark.requirements.planned import Plans
from privacy_mark.requirements.readiness import Line, Met, NotAssessed, NotMet, Readiness, Share
from registry.errors import ReferenceFileError
from registry.model import Permission, Unit, UnitKind

Earlier = Mapping[str, Sequence[EarlierNeed]]

_STATES: Sequence[type[readiness.State]] = (NotMet, NotAssessed, Met)


def show(context: PageContext) -> None:
    """Show the entity in the address, else the list of them."""
    text = context.text
    purpose = text("要求事項ごとに、何を示す証跡があり、何が足りないかを見ます。")
    if not context.may(Permission.VIEW_CERTIFICATION):
        frame.title(text("要求事項と準備状況"), purpose)
        frame.no_right(text)
        return
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(text("要求事項と準備状況"), purpose)
    try:
        catalogue = catalogue_of(context.workspace.path)
    except ReferenceFileError as error:
        frame.message(text("要求事項の訂正ファイルを読めません。次の行を直してください。"))
        st.code(str(error), language=None)
        return
    with context.read() as tx:
        entities = [unit for unit in scope.units(tx) if unit.kind.is_entity and unit.closed_at is None]
        with right:
            unit = scope.select(context, entities, "requirements-scope", whole=len(entities) > 1)
        found = readiness.readiness(tx, catalogue, unit.id) if unit is not None else None
        before = earlier.earlier(tx, catalogue, found) if found is not None else {}
        plans = planned.plans(tx, unit.id) if unit is not None else None
        listed = group.shares(tx, catalogue) if unit is None else []
    if unit is None or found is None or plans is None:
        _entities(entities, listed, context)
    else:
        _entity(unit, found, before, plans, catalogue, context)


def _entities(entities: Sequence[Unit], listed: Sequence[Share], context: PageContext) -> None:
    text, number = context.text, context.formats.number
    if not listed:
        frame.message(text("要求事項の当てはまる会社・病院がありません。先に組織を登録してください。"))
        return
    behind = sum(share.met < share.of for share in listed)
    frame.verdict(
        text(
            "**{behind} 法人**で、証跡がそろい確認された要求事項がまだ全部ではありません。",
            behind=number(behind),
        )
        if behind
        else text("すべての法人で、証跡がそろい確認されています。")
    )
    units = {unit.id: unit for unit in entities}
    rows = [
        tables.Row(
            units[share.unit_id].code,
            [
                tables.Cell(units[share.unit_id].name(context.language), link=True),
                tables.Cell(_percent(share), order=float(share.percent or 0)),
                tables.Cell(number(share.met), order=float(share.met)),
                tables.Cell(number(share.not_met), order=float(share.not_met)),
                tables.Cell(number(share.waiting), order=float(share.waiting)),
                tables.Cell(number(share.nothing), order=float(share.nothing)),
                tables.Cell(number(share.of), order=float(share.of)),
            ],
        )
        for share in listed
        if share.unit_id in units
    ]
    labels = (
        text("準備率"),
        text("証跡あり"),
        text("証跡不足"),
        text("確認待ち"),
        text("証跡なし"),
        text("要求事項の数"),
    )
    columns = [
        tables.Column(text("法人"), sortable=True),
        *(tables.Column(label, right=True, sortable=True) for label in labels),
    ]
    caption = text("{number} 法人", number=number(len(rows)))
    opened = tables.show(tables.Table(caption, columns, rows), key="requirements-entities")
    if opened:
        addresses.go(addresses.REQUIREMENTS, unit=opened)


def _percent(share: Share) -> str:
    return NONE if share.percent is None else f"{share.percent} %"


def _entity(
    unit: Unit,
    found: Readiness,
    before: Earlier,
    plans: Plans,
    catalogue: Catalogue,
    context: PageContext,
) -> None:
    text = context.text
    asked = {line.requirement.id for line in found.lines}
    gone = {name: needs for name, needs in before.items() if name not in asked}
    if found.lines:
        _verdict(unit, found, catalogue, context)
    else:
        frame.message(text("この法人に当てはまる要求事項はありません。種類と国は「組織」で直せます。"))
    renewal_issue.show(unit, catalogue, context, issues=bool(found.lines))
    wanted = st.query_params.get("requirement", "").partition("/")[0]
    chosen = next((line for line in found.lines if line.requirement.id == wanted), None)
    if chosen is not None:
        planned_for = plans.of(wanted, chosen.ran_out_on)
        requirement_detail.show(chosen, before.get(wanted, ()), unit, catalogue, planned_for, context)
    elif wanted in gone:
        requirement_evidence.drawer(wanted, gone[wanted], unit, context)
    if found.lines:
        _narrowed(unit, found, plans, catalogue, context)
    requirement_evidence.listed(gone, unit, context)


def _verdict(unit: Unit, found: Readiness, catalogue: Catalogue, context: PageContext) -> None:
    text, number, share = context.text, context.formats.number, found.share
    frame.verdict(
        text(
            "要求事項 {of} 件のうち **{met} 件（{percent} %）に証跡があり、確認されています。**"
            "不足 {missing} 件、確認待ち {waiting} 件、証跡なし {nothing} 件です。",
            of=number(share.of),
            met=number(share.met),
            percent=share.percent,
            missing=number(share.not_met),
            waiting=number(share.waiting),
            nothing=number(share.nothing),
        )
    )
    of_country = any(catalogue.sets[line.requirement.set_id].applies.countries for line in found.lines)
    if unit.kind is UnitKind.OVERSEAS and not of_country:
        frame.note(
            text(
                "{country} の法令は、一覧にないか未施行です。グループ共通の基準だけで見ています。",
                country=unit.country,
            )
        )


def _narrowed(unit: Unit, found: Readiness, plans: Plans, catalogue: Catalogue, context: PageContext) -> None:
    """Show the lines, of one set and in one state where that is chosen."""
    text, number = context.text, context.formats.number
    set_box, state_box, note_box = st.columns([4, 2, 4], vertical_alignment="bottom")
    names = list(dict.fromkeys(line.requirement.set_id for line in found.lines))
    with set_box:
        set_id = st.selectbox(
            text("基準"),
            names,
            index=None,
            key="requirements-set",
            placeholder=text("すべて"),
            format_func=lambda each: catalogue.sets[each].title.of(context.language),
        )
    with state_box:
        state = st.selectbox(
            text("状態"),
            _STATES,
            index=None,
            key="requirements-state",
            placeholder=text("すべて"),
            format_func=lambda each: text(requirement_words.STATE[each]),
        )
    with note_box:
        frame.note(text("証跡の有無を示すもので、適合しているという判定ではありません。"))
    shown = [
        line
        for line in found.lines
        if (set_id is None or line.requirement.set_id == set_id)
        and (state is None or isinstance(line.state, state))
    ]
    if not shown:
        frame.message(
            text(
                "条件に合う要求事項はありません。条件を外すと {number} 件あります。",
                number=number(found.share.of),
            )
        )
        return
    _table(shown, unit, plans, context)


def _below(line: Line, plans: Plans, context: PageContext) -> str:
    """Return how many more are missing, who brings them and by when."""
    if not line.missing:
        return ""
    told = requirement_words.planned(plans.of(line.requirement.id, line.ran_out_on), context)
    more = len(line.missing) - 1
    return context.text("ほか {number} 件。", number=more) + told if more else told


def _table(shown: Sequence[Line], unit: Unit, plans: Plans, context: PageContext) -> None:
    text, formats = context.text, context.formats
    rows = [
        tables.Row(
            line.requirement.id,
            [
                tables.Cell(line.requirement.id),
                tables.Cell(
                    line.requirement.title.of(context.language),
                    link=True,
                ),
                tables.Cell(
                    requirement_words.state(line.state, text), unknown=isinstance(line.state, NotAssessed)
                ),
                tables.Cell(
                    requirement_words.lacking(line.missing[0], context) if line.missing else NONE,
                    below=_below(line, plans, context),
                ),
                tables.Cell(
                    formats.day(line.until),
                    below=line.state.confirmation.by if isinstance(line.state, Met) else "",
                ),
                tables.Cell(requirement_words.next_action(line.state, text)),
            ],
        )
        for line in shown
    ]
    columns = [
        tables.Column(text("項番"), nowrap=True),
        tables.Column(text("要求事項")),
        tables.Column(text("状態"), nowrap=True),
        tables.Column(text("足りない記録")),
        tables.Column(text("有効期限・確認者"), nowrap=True),
        tables.Column(text("次にすること"), nowrap=True),
    ]
    caption = text("要求事項 {number} 件、項番順", number=formats.number(len(rows)))
    opened = tables.show(tables.Table(caption, columns, rows), key="requirements")
    if opened:
        addresses.go(addresses.REQUIREMENTS, unit=unit.code, requirement=opened)
