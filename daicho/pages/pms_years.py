"""Yearly plans 年間計画 of the group: who has one, who is late, up to whom it has risen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import addresses, frame, pm_words, pms_year_page, scope, tables
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.certificates import year_overview, years
from privacy_mark.certificates.cycle import cycle
from privacy_mark.certificates.year_model import Summary, YearId, YearState
from privacy_mark.certificates.year_overview import Overview
from registry.access import today_in_japan, units_allowed
from registry.model import Permission, Unit, UnitId, UnitKind

SAID = "years-said"


def show(context: PageContext) -> None:
    """Show the year of the address, else the overview."""
    text = context.text
    if not context.may(Permission.VIEW_CERTIFICATION):
        frame.title(text("年間計画"), _purpose(context))
        frame.no_right(text)
        return
    wanted = addresses.number("year")
    if wanted is not None:
        pms_year_page.show(YearId(wanted), context)
    else:
        _overview(context)


def _purpose(context: PageContext) -> str:
    return context.text("各社・病院が 1 年に行うことを計画し、実施と記録を確かめます。")


def _overview(context: PageContext) -> None:
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(text("年間計画"), _purpose(context))
    if said := st.session_state.pop(SAID, ""):
        frame.message(said)
    only_late = st.checkbox(text("遅れのある計画だけ"), key="years-late")
    with context.read() as tx:
        units = scope.units(tx)
        with right:
            unit = scope.select(context, units, "years-scope", whole=len(units) > 1)
        today = today_in_japan(tx.now)
        found = year_overview.overview(tx, today, unit_id=unit.id if unit else None)
        may = units_allowed(tx, Permission.MANAGE_CERTIFICATION)
    names = scope.full_names(units, context.language)
    frame.verdict(_verdict(found, context))
    shown = [each for each in found.years if each.late or not only_late]
    if shown:
        _table(shown, len(found.years), names, today, context)
    elif found.years:
        frame.message(
            text("遅れのある計画はありません。条件を外すと {number} 件あります。", number=len(found.years))
        )
    elif may:
        frame.message(text("年間計画はまだありません。下の「年間計画を作る」から作ってください。"))
    else:
        frame.message(text("見られる年間計画はまだありません。"))
    if found.without:
        frame.heading(
            text("計画のない単位"), text("付与または申請の登録があるのに、今日を含む計画がありません。")
        )
        frame.pairs_list(
            [
                (
                    names.get(each.unit_id, NONE),
                    text("{day} から計画なし", day=context.formats.day(each.since)),
                )
                for each in found.without
            ]
        )
    _form([each for each in units if each.id in may], found, names, today, context)


def _verdict(found: Overview, context: PageContext) -> str:
    text, number = context.text, context.formats.number
    late = [each for each in found.years if each.late]
    waits = sum(each.waits for each in found.years)
    changes = text("改定 {number} 件が承認を待っています。", number=number(waits)) if waits else ""
    between = "" if context.language == "ja" else " "
    if late:
        said = text(
            "**計画 {years} 件で、{items} 項目が遅れています。**",
            years=number(len(late)),
            items=number(sum(each.late for each in late)),
        )
        return between.join(filter(None, (said, changes)))
    waiting = sum(each.state is YearState.SUBMITTED for each in found.years)
    told = [
        text("**{number} 単位に、今年度の計画がありません。**", number=number(len(found.without)))
        if found.without
        else "",
        text("計画 {number} 件が承認を待っています。", number=number(waiting)) if waiting else "",
        changes,
    ]
    if any(told):
        return between.join(filter(None, told))
    if not found.years:
        return text("まだ計画がありません。")
    return text("計画 {number} 件に、遅れはありません。", number=number(len(found.years)))


def _table(
    shown: Sequence[Summary], total: int, names: Mapping[UnitId, str], today: date, context: PageContext
) -> None:
    text, formats, language = context.text, context.formats, context.language
    rows = []
    for each in shown:
        known, running = cycle(each.starts_on).get(each.next_item), each.state is YearState.APPROVED
        rows.append(
            tables.Row(
                str(each.id),
                [
                    tables.Cell(names.get(each.unit_id, NONE), below=each.number, link=True),
                    tables.Cell(formats.period(each.starts_on, each.ends_on)),
                    tables.Cell(
                        text(pm_words.YEAR[each.state]), below=text("改定の承認待ち") if each.waits else ""
                    ),
                    tables.Cell(text("{done} / {all} 項目", done=each.done, all=each.items), order=each.done),
                    tables.Cell(
                        formats.number(each.late) if each.late else NONE,
                        below=text(
                            "知らせる先：{level}",
                            level=text(pm_words.LEVEL[year_overview.level(each, today)]),
                        )
                        if each.late
                        else "",
                    ),
                    tables.Cell(
                        (known.name.of(language) if known else text("この単位の項目"))
                        if each.next_due and running
                        else NONE
                    ),
                    tables.Cell(
                        formats.day(each.next_due if running else None),
                        below=pm_words.left(each.next_due, today, context)
                        if each.next_due and running
                        else "",
                    ),
                ],
            )
        )
    labels = (
        text("単位"),
        text("年度"),
        text("状態"),
        text("実施した項目"),
        text("遅れ"),
        text("次の項目"),
        text("実施期限"),
    )
    narrow = (labels[1], labels[3], labels[6])
    caption = text(
        "計画 {all} 件のうち {number} 件（遅れの多い順）",
        all=formats.number(total),
        number=formats.number(len(shown)),
    )
    opened = tables.show(
        tables.Table(caption, [tables.Column(label, nowrap=label in narrow) for label in labels], rows),
        key="years",
    )
    if opened:
        addresses.go(addresses.PMS_YEARS, year=opened)


def _form(
    writers: Sequence[Unit],
    found: Overview,
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
) -> None:
    text = context.text
    entities = [
        each
        for each in writers
        if each.kind.is_entity and each.kind is not UnitKind.OVERSEAS and each.closed_at is None
    ]
    if not entities:
        return
    lacking = {each.unit_id for each in found.without}
    entities.sort(key=lambda each: each.id not in lacking)
    april = date(today.year if today.month >= 4 else today.year - 1, 4, 1)
    with st.expander(text("年間計画を作る")), st.form("year-new", border=False):
        frame.note(text("項目と期限は、更新の受付期間と前の年度の実施日から作ります。後から変えられます。"))
        left, right = st.columns(2)
        unit = left.selectbox(text("単位"), entities, format_func=lambda each: names[each.id])
        starts = right.date_input(text("年度の始まり"), april, format="YYYY/MM/DD")
        sent = st.form_submit_button(text("年間計画を作成する"), type="primary", key="year-make")
    if sent:
        pm_words.do(
            lambda tx: years.plan(tx, unit.id, starts_on=starts),
            text("計画の案を作りました。一覧から開いて、目的を入れ、承認を依頼してください。"),
            context,
            key=SAID,
        )
